package checkout

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/value/money"
)

// settle sets the status. A session that is being paid or was placed shows the
// frozen totals, not today's.
func (c *Checkout) settle(ctx context.Context, tx *db.Tx, v *View) error {
	switch v.State {
	case StateCanceled:
		v.Status = StatusCanceled
	case StateOpen:
		v.Status = StatusReady
		if len(v.Requirements) > 0 {
			v.Status = StatusIncomplete
		}
	default:
		return c.frozen(ctx, tx, v)
	}
	return nil
}

// frozen shows a session that is being paid, or was placed, as it was frozen.
func (c *Checkout) frozen(ctx context.Context, tx *db.Tx, v *View) error {
	p, err := selectPlacing(ctx, tx, v.Placing)
	if err != nil {
		return err
	}
	d := p.Draft
	v.Requirements, v.Messages, v.Problems = nil, nil, nil
	v.Quote.Subtotal, v.Quote.Discount, v.Quote.ShippingTotal = d.Subtotal, d.Discount, d.Shipping
	v.Quote.Tax, v.Quote.Total = d.Tax, d.Total
	v.Tenders, v.Due = d.Tenders, d.Due()
	if v.State == StatePlaced {
		out, err := c.outcome(ctx, tx, v.Session)
		v.Status, v.Placed = StatusCompleted, out.Order
		return err
	}
	out := pending(p.ActionURL)
	v.Status, v.Messages, v.NextURL = out.Status, told(v.Session.Locale, out.Messages), out.NextURL
	if d.Payment == "" {
		return nil
	}
	_, attempts, err := payment.Find(ctx, tx, payment.ID(d.Payment))
	for _, a := range attempts {
		if a.State.Open() {
			v.attempt, v.Asked = a.ID, a.CreatedAt
		}
	}
	return err
}

// outcome is the answer of a session whose order was placed.
func (c *Checkout) outcome(ctx context.Context, tx *db.Tx, s Session) (Outcome, error) {
	o, err := order.Head(ctx, tx, s.Order)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Status: StatusCompleted, Order: &Placed{o.ID, o.Number, o.Total, c.token(o.ID)}}, nil
}

// refuse reports why a session cannot be completed as the shopper agreed to it.
func (v View) refuse(expected money.Amount, due *money.Amount) (Outcome, bool) {
	if len(v.Requirements) > 0 {
		m := Message{Type: "error", Code: "incomplete", Path: "$.requirements", Severity: "requires_buyer_input",
			Content: "the checkout still needs " + strings.Join(v.Requirements, ", ") + ": say it with PATCH, then complete again", about: about{missing: v.Requirements}}
		return Outcome{Status: v.Status, Messages: append(slices.Clone(v.Messages), told(v.Session.Locale, []Message{m})...), Total: v.total()}, true
	}
	if expected != v.Quote.Total {
		m := Message{Type: "error", Code: "total_changed", Path: "$.totals.total", Severity: "requires_buyer_review",
			Content: fmt.Sprintf("the total is %s %s now, not %s %s; show it to the shopper and complete again with it",
				v.Quote.Total.Decimal(), v.Quote.Total.Currency, expected.Decimal(), expected.Currency), about: about{total: v.Quote.Total}}
		return v.refused(m), true
	}
	m, no := v.dueRefused(due)
	return v.refused(m), no
}

// refused is the view with a message on top.
func (v View) refused(m Message) Outcome {
	return Outcome{Status: v.Status, Messages: append(told(v.Session.Locale, []Message{m}), v.Messages...), Total: v.total()}
}

// shortage says which line has too little stock.
func (v View) shortage(s inventory.Shortage) Message {
	line, at := "", ""
	if s.At != "" {
		at = " where you want to collect them"
	}
	for _, l := range v.Basket.Lines {
		if l.Variant == string(s.Variant) && v.collectedAt(v.lineOf(l.ID)) == s.At {
			line = string(v.lineOf(l.ID))
		}
	}
	return Message{Type: "error", Code: "insufficient_stock", Path: path(line), Severity: "recoverable",
		Content: fmt.Sprintf("only %d are left%s; lower the quantity, remove the line, or choose another delivery", max(s.Available, 0), at), about: about{left: s.Available}}
}
