package promotion

import "korzo/value/money"

// ID names a promotion: "promo_01j…".
type ID string

// Kind says how a promotion reckons.
type Kind string

// The kinds of promotion.
const (
	Percent Kind = "percent" // PPM of what the goods still cost
	Fixed   Kind = "fixed"   // Amount off the goods
)

// Discount is a promotion that applies, as quote reckons with it. It stands
// alone, so that a frozen quote needs no promotion any more.
type Discount struct {
	Promotion ID
	Code      string // as the merchant wrote it; "" for an automatic promotion
	Kind      Kind
	PPM       int64        // parts per million of the goods, 0..1_000_000, of a Percent
	Amount    money.Amount // of a Fixed
}
