package quote_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"korzo/purchase/promotion"
	"korzo/purchase/promotion/basket"
	"korzo/purchase/quote"
	"korzo/purchase/tax"
	"korzo/value/money"
)

// spec is a basket as data: the cases of testdata are written so, and the
// oracle reads nothing else. Promotions are kinds with settings, as merchants
// give them; Compute gets what the promotion package makes of them.
type spec struct {
	Currency    money.Currency `json:"currency"`
	TaxIncluded bool           `json:"tax_included"`
	TaxRounding quote.Rounding `json:"tax_rounding,omitempty"`
	Lines       []specLine     `json:"lines"`
	Promotions  []deal         `json:"promotions,omitempty"`
	Shipping    specShipping   `json:"shipping"`
}

type specLine struct {
	ID         string     `json:"id"`
	Quantity   int64      `json:"quantity"`
	UnitPrice  int64      `json:"unit_price"`
	Rates      []int64    `json:"rates"`
	Product    string     `json:"product,omitempty"`
	Tags       []string   `json:"tags,omitempty"`
	Categories []string   `json:"categories,omitempty"`
	Parts      []specPart `json:"parts,omitempty"`
}

type specPart struct {
	Weight int64   `json:"weight"`
	Rates  []int64 `json:"rates"`
}

type specShipping struct {
	Price   int64   `json:"price"`
	Rates   []int64 `json:"rates"`
	AsGoods bool    `json:"as_goods,omitempty"`
}

// deal is a promotion in a spec.
type deal struct {
	Benefit    string           `json:"benefit"`
	Settings   json.RawMessage  `json:"settings"`
	Items      basket.Items     `json:"items,omitzero"`
	Conditions []promotion.Spec `json:"conditions,omitempty"`
	Priority   int64            `json:"priority,omitempty"`
	Exclusive  bool             `json:"exclusive,omitempty"`
	Budget     int64            `json:"budget,omitempty"` // what is left of it; 0 is without
}

func percentOff(ppm int64) deal {
	text, _ := basket.Percent(ppm).MarshalJSON()
	return deal{Benefit: "percent", Settings: fmt.Appendf(nil, `{"percent":%s}`, text)}
}

func amountOff(minor int64, c money.Currency) deal {
	return deal{Benefit: "fixed", Settings: fmt.Appendf(nil, `{"amounts":{%q:%d}}`, c, minor)}
}

// discount is a deal as quote reckons with it.
func (d deal) discount(t fataler, i int, c money.Currency, v basket.Visit) (promotion.Discount, string) {
	t.Helper()
	draft := promotion.Draft{Name: "a promotion", Benefit: promotion.Spec{Kind: d.Benefit, Settings: d.Settings}, Items: d.Items,
		Conditions: d.Conditions, Priority: d.Priority, Exclusive: d.Exclusive}
	off, reason, err := draft.Try(v)
	if err != nil {
		t.Errorf("promotion %d: %v", i, err)
	}
	off.Promotion, off.Code = promotion.ID(fmt.Sprint("promo_", i)), fmt.Sprint("CODE", i)
	if d.Budget > 0 {
		off.Budget = money.Of(d.Budget, c)
	}
	return off, reason
}

// discounts are the deals that apply, and why the others do not.
func (s spec) discounts(t fataler) (all []promotion.Discount, unmet map[int]string) {
	t.Helper()
	v := basket.Visit{Market: "DE", Currency: s.Currency}
	for _, l := range s.Lines {
		gross := l.Quantity * l.UnitPrice
		v.Lines = append(v.Lines, basket.Line{Item: l.item(), Quantity: l.Quantity, UnitPrice: l.UnitPrice, Left: gross})
		v.Total, v.Units = v.Total+gross, v.Units+l.Quantity
	}
	unmet = map[int]string{}
	for i, d := range s.Promotions {
		off, reason := d.discount(t, i, s.Currency, v)
		if reason != "" {
			unmet[i] = reason
			continue
		}
		all = append(all, off)
	}
	return all, unmet
}

func (l specLine) item() basket.Item {
	return basket.Item{Product: l.Product, Variant: "var_" + l.ID, Tags: l.Tags, Categories: l.Categories}
}

// basket is what Compute is given.
func (s spec) basket(t fataler) quote.Basket {
	t.Helper()
	b := quote.Basket{Currency: s.Currency, TaxIncluded: s.TaxIncluded, TaxRounding: s.TaxRounding,
		Shipping: quote.Shipping{Price: money.Of(s.Shipping.Price, s.Currency), Rates: rates(s.Shipping.Rates...), AsGoods: s.Shipping.AsGoods}}
	for _, l := range s.Lines {
		line := quote.Line{ID: l.ID, Product: l.Product, Variant: "var_" + l.ID, SKU: "SKU-" + l.ID, Tags: l.Tags, Categories: l.Categories,
			Quantity: l.Quantity, UnitPrice: money.Of(l.UnitPrice, s.Currency), Rates: rates(l.Rates...)}
		for _, p := range l.Parts {
			line.Parts = append(line.Parts, quote.Part{Quantity: 1, Weight: p.Weight, Rates: rates(p.Rates...)})
		}
		b.Lines = append(b.Lines, line)
	}
	b.Discounts, _ = s.discounts(t)
	return b
}

func rates(ppm ...int64) []tax.Rate {
	var all []tax.Rate
	for i, n := range ppm {
		all = append(all, tax.Rate{Name: []string{"VAT", "county", "city"}[i%3], Country: "DE", PPM: n})
	}
	return all
}

// sums is what a case states of a quote, and what the oracle answers.
type sums struct {
	Lines            []lineSums `json:"lines"`
	Promotions       []dealSums `json:"promotions,omitempty"` // one per promotion
	Subtotal         int64      `json:"subtotal"`
	Discount         int64      `json:"discount"`
	Shipping         int64      `json:"shipping"` // after discounts
	ShippingDiscount int64      `json:"shipping_discount,omitempty"`
	ShippingTax      int64      `json:"shipping_tax"`
	Tax              int64      `json:"tax"`
	Total            int64      `json:"total"`
}

// lineSums is a line. Paid is what a refund of the whole line gives back: what
// it cost after its frozen shares, and its tax where that came on top.
type lineSums struct {
	Total    int64      `json:"total"`
	Discount int64      `json:"discount"`
	Tax      int64      `json:"tax"`
	Paid     int64      `json:"paid"`
	Shares   []int64    `json:"shares"`
	Parts    []partSums `json:"parts,omitempty"`
}

type partSums struct {
	Gross int64 `json:"gross"`
	Total int64 `json:"total"`
	Tax   int64 `json:"tax"`
}

type dealSums struct {
	Goods    int64  `json:"goods"`
	Shipping int64  `json:"shipping,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// sumsOf is a quote as the cases state it.
func sumsOf(s spec, q quote.Quote, unmet map[int]string) sums {
	all := sums{Subtotal: q.Subtotal.Minor, Discount: q.Discount.Minor, Shipping: q.ShippingTotal.Minor, ShippingDiscount: q.Shipping.Discount.Minor,
		ShippingTax: q.Shipping.Tax.Minor, Tax: q.Tax.Minor, Total: q.Total.Minor}
	for _, l := range q.Lines {
		line := lineSums{Total: l.Total.Minor, Discount: l.Discount.Minor, Tax: l.Tax.Minor, Paid: l.Total.Minor}
		if !q.TaxIncluded {
			line.Paid += l.Tax.Minor
		}
		for _, share := range l.Shares {
			line.Shares = append(line.Shares, share.Amount.Minor)
		}
		for _, p := range l.Split {
			line.Parts = append(line.Parts, partSums{p.Gross.Minor, p.Total.Minor, p.Tax.Minor})
		}
		all.Lines = append(all.Lines, line)
	}
	next := 0
	for i := range s.Promotions {
		if reason, ok := unmet[i]; ok {
			all.Promotions = append(all.Promotions, dealSums{Reason: reason})
			continue
		}
		o := q.Discounts[next]
		next++
		all.Promotions = append(all.Promotions, dealSums{o.Goods.Minor, o.Shipping.Minor, o.Reason})
	}
	return all
}

// priced computes a spec, and fails on an error.
func priced(t fataler, s spec) (quote.Basket, quote.Quote, sums) {
	t.Helper()
	b := s.basket(t)
	q, err := quote.Compute(b)
	if err != nil {
		t.Errorf("%v", err)
	}
	_, unmet := s.discounts(t)
	return b, q, sumsOf(s, q, unmet)
}

// fataler is what a test and a rapid check have in common.
type fataler interface {
	Helper()
	Errorf(format string, args ...any)
}

var _ fataler = (*testing.T)(nil)
