package transfer

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/value/calendar"
	"korzo/value/money"
)

// What a row of orders came to.
const (
	tallyOrdered  = "ordered"  // it is a line of an order that is new here
	tallyKnown    = "known"    // it was here already
	tallyReturned = "returned" // it is linked to what it gives back
	tallyRefused  = "refused"  // it was not taken; the report says why
)

// Tally is what rows of a month came to.
type Tally struct {
	Month    string `json:"month"` // 2010-12, by the market's clock; "" where no row says
	Currency string `json:"currency"`
	What     string `json:"what"` // ordered, known, returned, refused
	Rows     int64  `json:"rows"`
	Amount   int64  `json:"amount"` // minor units; below 0 for what was given back
}

// Tallies returns what the rows of a run of orders came to, by month. Each row
// of the file is in one of them.
func Tallies(ctx context.Context, tx *db.Tx, run RunID) ([]Tally, error) {
	return selectTallies(ctx, tx, run)
}

type tallyKey struct{ month, currency, what string }

// tallies are sums of rows.
type tallies map[tallyKey]Tally

func (t tallies) count(k tallyKey, rows, amount int64) {
	sum := t[k]
	sum.Rows, sum.Amount = sum.Rows+rows, sum.Amount+amount
	t[k] = sum
}

func (t tallies) add(others tallies) {
	for k, o := range others {
		t.count(k, o.Rows, o.Amount)
	}
}

func addTallies(ctx context.Context, tx *db.Tx, run RunID, all tallies) error {
	for _, k := range slices.SortedFunc(maps.Keys(all), tallyKey.compare) {
		if err := upsertTally(ctx, tx, run, k, all[k]); err != nil {
			return err
		}
	}
	return nil
}

func (k tallyKey) compare(o tallyKey) int {
	return slices.Compare([]string{k.month, k.currency, k.what}, []string{o.month, o.currency, o.what})
}

// worth is what an entry's rows would come to, each as far as it can be read.
// Entries that are no orders come to nothing.
func (e entry) worth(r *reporter, what string) tallies {
	sums := tallies{}
	if r.run.Kind != KindOrders {
		return sums
	}
	for _, p := range e.parts {
		sums.add(worthOf(r, what, p.fields, e.fields))
	}
	for _, p := range e.left {
		sums.add(worthOf(r, tallyRefused, p.fields, p.fields))
	}
	return sums
}

func worthOf(r *reporter, what string, line, order fields) tallies {
	c := money.Currency(orElse(order.text("currency"), string(r.currency)))
	k := tallyKey{monthOf(order.text("placed_at"), r.market), string(c), what}
	var quantity int64
	if json.Unmarshal(line["quantity"], &quantity) != nil || quantity > mostUnits || quantity < -mostUnits {
		return tallies{k: {Rows: 1}}
	}
	price, err := money.Parse(line.text("unit_price"), c)
	if err != nil || price.Minor > money.MaxPrice || price.Minor < -money.MaxPrice {
		return tallies{k: {Rows: 1}}
	}
	return tallies{k: {Rows: 1, Amount: price.Minor * quantity}}
}

// monthOf is the month of a time as files have it, by the clock of a market.
func monthOf(placed string, m market.Market) string {
	at, err := time.Parse(time.RFC3339, placed)
	if err != nil {
		return ""
	}
	zone, err := calendar.Zone(m.Zone) // remembered
	if err != nil {
		zone = time.UTC
	}
	return at.In(zone).Format("2006-01")
}
