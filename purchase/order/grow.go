package order

import (
	"context"
	"fmt"

	"korzo/platform/db"
	"korzo/value/money"
)

// Addition is what an edit adds to an order that was placed: new lines, each in
// a group that the order has, and charges for delivery as groups without lines.
// What was placed stays as it was frozen. Its JSON is stored: fields are added,
// never renamed.
type Addition struct {
	By     string // the edit
	Lines  []Line
	Groups []Group
}

// growth is by how much the sums of an order grow, in minor units.
type growth struct{ goods, shipping, tax, total int64 }

// Total is what an addition costs with tax, as an order that has it within its
// prices or not.
func (a Addition) Total(taxIncluded bool, c money.Currency) money.Amount {
	return money.Of(a.growth(taxIncluded).total, c)
}

func (a Addition) growth(taxIncluded bool) (g growth) {
	for _, l := range a.Lines {
		g.goods, g.tax = g.goods+l.Subtotal.Minor, g.tax+l.Tax.Minor
	}
	for _, s := range a.Groups {
		g.shipping, g.tax = g.shipping+s.Price.Minor, g.tax+s.Tax.Minor
	}
	g.total = g.goods + g.shipping
	if !taxIncluded {
		g.total += g.tax
	}
	return g
}

// Grow adds to an order that is placed or on hold, and returns it as it is
// then: its total, and what is left for payments, grow by what the addition
// costs. It returns ErrState when the order is closed. It is not for repeating.
func Grow(ctx context.Context, tx *db.Tx, id ID, a Addition) (Order, error) {
	o, err := Locked(ctx, tx, id)
	if err != nil {
		return o, err
	}
	if o, err = Find(ctx, tx, id); err != nil {
		return o, err
	}
	n, err := growBy(ctx, tx, id, a.growth(o.TaxIncluded))
	if err == nil && n == 0 {
		err = ErrState
	}
	if err == nil {
		err = insertAddition(ctx, tx, o, a)
	}
	if err != nil {
		return o, fmt.Errorf("add to order %s: %w", id, err)
	}
	return Find(ctx, tx, id)
}

func insertAddition(ctx context.Context, tx *db.Tx, o Order, a Addition) error {
	for i := range a.Lines {
		a.Lines[i].Added = a.By
	}
	for i := range a.Groups {
		a.Groups[i].Added = a.By
	}
	if len(a.Groups) > 0 {
		if err := insertGroupsFrom(ctx, tx, o.ID, len(o.Groups), a.Groups); err != nil {
			return err
		}
	}
	if len(a.Lines) > 0 {
		if err := insertSome(ctx, tx, o.ID, len(o.Lines), a.Lines); err != nil {
			return err
		}
	}
	o.Lines, o.Groups = a.Lines, a.Groups
	return insertShares(ctx, tx, o)
}
