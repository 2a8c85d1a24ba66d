package transfer

import (
	"fmt"
	"slices"

	"korzo/purchase/order"
	"korzo/value/money"
)

// lineSums sees that a line's parts add up, as the database will.
func (p *purchase) lineSums(out *order.Past, line *order.Line, l *lineRecord, a amounts) {
	shares := money.Of(0, a.c)
	for _, s := range l.Shares {
		share := order.Share{Promotion: s.Promotion, Code: s.Code, Amount: a.of("shares", s.Amount, money.Of(0, a.c))}
		if share.Amount.Minor <= 0 {
			a.fail("shares", "a share is more than nothing: leave it out")
		}
		line.Shares, shares = append(line.Shares, share), shares.Plus(share.Amount)
	}
	if len(l.Shares) == 0 && line.Discount.Minor > 0 {
		line.Shares, shares = []order.Share{{Promotion: importedChannel, Amount: line.Discount}}, line.Discount
	}
	if len(line.Taxes) == 0 && line.Tax.Minor > 0 {
		line.Taxes = []order.Tax{{Name: importedChannel, Base: money.Of(0, a.c), Amount: line.Tax}}
	}
	if line.Subtotal.Less(line.Discount) || shares != line.Discount {
		a.fail("line_discount", "a line's discount is the sum of its shares and no more than its subtotal")
		return
	}
	line.Total = line.Subtotal.Minus(line.Discount)
	line.Shipped = 0
	if l.Shipped != nil {
		line.Shipped = *l.Shipped
	} else if out.State == order.StateCompleted {
		line.Shipped = line.Quantity
	}
	switch {
	case sumTax(line.Taxes, a.c) != line.Tax:
		a.fail("line_tax", "a line's tax is the sum of its taxes")
	case a.of("line_total", l.Total, line.Total) != line.Total:
		a.fail("line_total", "a line's total is its subtotal less its discount")
	case line.Shipped < 0 || line.Shipped > line.Quantity || line.Returned < 0 || line.Returned > line.Shipped:
		a.fail("shipped", "no more is shipped than was bought, and no more returned than was shipped")
	case !slices.ContainsFunc(out.Groups, func(g order.Group) bool { return g.ID == line.Group }):
		a.fail("group", "the order has no such group: leave it empty, or name one of its groups")
	}
}

func (p *purchase) returns(out *order.Past, a amounts) {
	for _, b := range p.rec.Returns {
		if b.Line < 1 || b.Line > len(out.Lines) || b.Quantity < 1 || b.Ref == "" {
			a.fail("returns", "a return names a line of the order, counted from 1, how many came back, and the document that told")
			continue
		}
		out.Returns = append(out.Returns, order.Return{Ref: b.Ref, Position: b.Position, Line: out.Lines[b.Line-1].ID, Quantity: b.Quantity,
			Amount: a.of("returns", b.Amount, money.Of(0, a.c)), At: b.At})
	}
}

// totals sums up the order, and sees that the file says the same where it does.
func (p *purchase) totals(out *order.Past, a amounts) {
	d := &out.Draft
	d.Subtotal, d.Discount, d.Shipping, d.Tax = money.Of(0, a.c), money.Of(0, a.c), money.Of(0, a.c), money.Of(0, a.c)
	for _, l := range d.Lines {
		d.Subtotal, d.Discount, d.Tax = d.Subtotal.Plus(l.Subtotal), d.Discount.Plus(l.Discount), d.Tax.Plus(l.Tax)
	}
	for _, g := range d.Groups {
		d.Shipping, d.Tax = d.Shipping.Plus(g.Price).Minus(g.Discount), d.Tax.Plus(g.Tax)
	}
	d.Total = d.Subtotal.Minus(d.Discount).Plus(d.Shipping)
	if !d.TaxIncluded {
		d.Total = d.Total.Plus(d.Tax)
	}
	for _, c := range []struct {
		column, text string
		is           money.Amount
	}{{"subtotal", p.rec.Subtotal, d.Subtotal}, {"discount", p.rec.Discount, d.Discount}, {"shipping_price", p.rec.ShippingPrice, d.Shipping},
		{"tax", p.rec.Tax, d.Tax}, {"total", p.rec.Total, d.Total}} {
		if a.of(c.column, c.text, c.is) != c.is {
			a.fail(c.column, fmt.Sprintf("is %s, but the lines come to %s: correct one of them", c.text, c.is.Decimal()))
		}
	}
}
