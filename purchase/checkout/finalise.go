package checkout

import (
	"context"
	"errors"
	"fmt"

	"korzo/customer/profile"
	"korzo/delivery/sourcing"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/idempotency"
	"korzo/platform/ledger"
	"korzo/purchase/cart"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/promotion"
	"korzo/purchase/tax"
	"korzo/value/money"
)

// TroubleShort is the exception of an order that was paid when its goods were
// gone.
const TroubleShort = "checkout.stock_shortfall"

// HoldShort is why such an order is on hold.
const HoldShort = "stock_shortfall"

// forward is called in the transaction that moved a placing's payment.
func (c *Checkout) forward(ctx context.Context, tx *db.Tx, id PlacingID, _ payment.Payment, a payment.Attempt) error {
	switch {
	case a.State.Paid():
		if err := c.finalise(ctx, tx, id); err != nil {
			return err
		}
		if err := c.forgetBirth(ctx, tx, a); err != nil {
			return err
		}
		c.Guard.Approved(tx, a.Kind)
		return c.keepCard(ctx, tx, a)
	case a.State.Failed():
		return c.failed(ctx, tx, id, a)
	}
	return c.pause(ctx, tx, id, a)
}

// finalise places the order of a placing: here and only here an order is
// inserted. Placing it again changes nothing; it never refuses, because money
// has moved.
func (c *Checkout) finalise(ctx context.Context, tx *db.Tx, id PlacingID) error {
	p, err := selectSealed(ctx, tx, id)
	if err != nil || p.State != placingOpen {
		return err
	}
	if err := c.draft(&p); err != nil {
		return err
	}
	short, err := claim(ctx, tx, &p)
	if err != nil {
		return err
	}
	o, err := c.numbers.Place(ctx, tx, p.Order, p.Draft, short)
	if err != nil {
		return err
	}
	if err := cart.MarkOrdered(ctx, tx, p.Cart, string(id), string(o.ID)); err != nil {
		return err
	}
	if p.Redeemed {
		if err := promotion.Claim(ctx, tx, string(id), string(o.ID)); err != nil {
			return err
		}
	}
	if err := claimTenders(ctx, tx, p); err != nil {
		return err
	}
	if err := ledger.Post(ctx, tx, posting(o)); err != nil {
		return err
	}
	if err := closePlacing(ctx, tx, id, placingPlaced); err != nil {
		return err
	}
	if err := placeSession(ctx, tx, p.Session, o.ID); err != nil {
		return err
	}
	out := Outcome{Status: StatusCompleted, Order: &Placed{o.ID, o.Number, o.Total, c.token(o.ID)}}
	if err := c.keep(ctx, tx, p, out); err != nil {
		return fmt.Errorf("finalise %s: %w", id, err)
	}
	return nil
}

// claim turns the holds of a placing into claims of its order. When they
// expired meanwhile the goods are taken again; when those are gone it returns
// why the order is on hold. Each line of the draft is told where its units are.
func claim(ctx context.Context, tx *db.Tx, p *placingRow) (short string, err error) {
	lines := p.Draft.Needs()
	if len(lines) == 0 {
		return "", nil
	}
	from, err := inventory.Claim(ctx, tx, string(p.ID), string(p.Order))
	if errors.Is(err, inventory.ErrNoHold) {
		from, err = inventory.ClaimAgain(ctx, tx, string(p.ID), string(p.Order), lines)
	}
	p.Draft.Locate(from)
	if !errors.Is(err, inventory.ErrShort) {
		return "", err
	}
	return HoldShort, exception.Raise(ctx, tx, exception.Problem{Kind: TroubleShort, Ref: string(p.Order),
		Text: "the customer paid after the stock hold had expired and the goods were sold: deliver from elsewhere or refund"})
}

// failed tries a placing's payment again where routing says so, or ends it.
func (c *Checkout) failed(ctx context.Context, tx *db.Tx, id PlacingID, a payment.Attempt) error {
	p, err := selectPlacing(ctx, tx, id)
	if m, _ := paymethod.Find(a.Method); err == nil && p.State == placingPlaced && a.State != payment.StateVoided && !m.InStore {
		return exception.Raise(ctx, tx, exception.Problem{Kind: payment.TroubleLapsed, Ref: string(a.ID),
			Text: "the money of an order was held, let go by the gateway, and cannot be held anew: send its buyer a link to pay, or cancel it"})
	}
	if err != nil || p.State != placingOpen {
		return err
	}
	again, err := c.Router.Again(ctx, tx, c.Payments(), a)
	switch {
	case err != nil:
		return err
	case again && p.ActionURL != "":
		return updateAction(ctx, tx, id, "")
	case again:
		return nil
	}
	if err := c.Guard.Failed(ctx, tx, a); err != nil {
		return err
	}
	if a.DeclineCode == payment.DeclineGateway || a.DeclineCode == payment.DeclineUnheard {
		s, err := selectSession(ctx, tx, p.Session)
		if err != nil {
			return err
		}
		tx.After(func() { c.broke(s.Visitor, "gateway") })
	}
	return c.end(ctx, tx, p, failure(a))
}

// end ends a placing whose payment is known to have failed: what it held is
// let go, the cart is open again, the session says why.
func (c *Checkout) end(ctx context.Context, tx *db.Tx, p placingRow, m Message) error {
	if err := failSession(ctx, tx, p.Session, p.ID, m); err != nil {
		return err
	}
	if err := cart.Unlock(ctx, tx, p.Cart, string(p.ID)); err != nil {
		return err
	}
	if err := closePlacing(ctx, tx, p.ID, placingFailed); err != nil {
		return err
	}
	if p.Redeemed {
		if err := promotion.Release(ctx, tx, string(p.ID)); err != nil {
			return err
		}
	}
	if err := releaseTenders(ctx, tx, p); err != nil {
		return err
	}
	if err := sourcing.Release(ctx, tx, string(p.ID)); err != nil {
		return err
	}
	if err := inventory.Release(ctx, tx, string(p.ID)); err != nil {
		return err
	}
	if p.Draft.TaxReason == tax.ReasonReverse { // no order rests on the VAT id now
		if err := c.VATIDs.Bind(ctx, tx, profile.ContactID(p.Draft.Contact), ""); err != nil {
			return err
		}
	}
	if err := c.keep(ctx, tx, p, Outcome{Status: StatusReady, Messages: []Message{m}}); err != nil {
		return fmt.Errorf("end placing %s: %w", p.ID, err)
	}
	return nil
}

// pause tells the shopper's side where a payment stands that is not decided.
func (c *Checkout) pause(ctx context.Context, tx *db.Tx, id PlacingID, a payment.Attempt) error {
	p, err := selectPlacing(ctx, tx, id)
	if err != nil || p.State != placingOpen {
		return err
	}
	if err := updateAction(ctx, tx, id, a.ActionURL); err != nil {
		return err
	}
	return c.keep(ctx, tx, p, pending(a.ActionURL))
}

// pending is the outcome of a payment that is not decided: the shopper must
// act where url is given, else wait.
func pending(url string) Outcome {
	if url == "" {
		return inProgress()
	}
	return Outcome{Status: StatusEscalation, NextURL: url, Messages: []Message{{Type: "info", Code: "payment_action_required",
		Severity: "requires_buyer_input", Content: "the bank wants to know that it is you: open next_action.url, then read the checkout"}}}
}

// keep stores the answer under the request's key, first answer wins, and hands
// it to whoever waits once it is on disk.
func (c *Checkout) keep(ctx context.Context, tx *db.Tx, p placingRow, out Outcome) error {
	out.Messages = told(p.Draft.Locale, out.Messages)
	reply := c.Answer(out)
	if err := idempotency.Close(ctx, tx, p.Key, reply); err != nil {
		return err
	}
	tx.After(func() { c.deliver(p.ID, reply) })
	return nil
}

// failure says why a payment failed, without telling a card thief too much.
func failure(a payment.Attempt) Message {
	m := Message{Type: "error", Code: "payment_declined", Path: "$.payment", Severity: "requires_buyer_input",
		Content: "the payment was declined and nothing was taken; choose another way to pay and complete again"}
	switch {
	case a.State == payment.StateAbandoned:
		m.Code = "payment_not_completed"
		m.Content = "the payment was not finished and nothing was taken; complete again, or choose another way to pay"
	case a.DeclineCode == "gateway_error":
		m.Code = "payment_unavailable"
		m.Content = "this way to pay does not work at the moment and nothing was taken; choose another and complete again"
	}
	return m
}

// receivable is what customers owe.
const receivable = "receivable:customers"

// postingKey names an order's posting.
func postingKey(id order.ID) string { return "order:" + string(id) }

// posting is an order as the ledger keeps it: what the customer owes, to
// revenue, shipping and tax. Gift cards that were bought are no revenue until
// they are spent: their face value waits on giftcard.Sold for their issue.
func posting(o order.Order) ledger.Transaction {
	c := o.Currency()
	goods := o.Subtotal.Minus(o.Discount)
	shipping, goodsTax, shippingTax := o.Shipping, money.Of(0, c), money.Of(0, c)
	cards, given := money.Of(0, c), money.Of(0, c)
	for _, l := range o.Lines {
		goodsTax = goodsTax.Plus(l.Tax)
		switch {
		case l.Kind == catalog.KindGiftCard:
			cards = cards.Plus(l.Subtotal)
		case l.OwedOn():
			given = given.Plus(l.Total)
		}
	}
	for _, g := range o.Groups {
		shippingTax = shippingTax.Plus(g.Tax)
	}
	if o.TaxIncluded {
		goods, shipping = goods.Minus(goodsTax), shipping.Minus(shippingTax)
	}
	t := ledger.Transaction{Kind: "order.placed", Ref: string(o.ID), Key: postingKey(o.ID)}
	for _, e := range []ledger.Entry{
		{Account: receivable, Amount: o.Total},
		{Account: "revenue:" + o.Market, Amount: cards.Plus(given).Minus(goods)},
		{Account: order.DonationsOwed, Amount: given.Neg()},
		{Account: giftcard.Sold, Amount: cards.Neg()},
		{Account: "shipping:" + o.Market, Amount: shipping.Neg()},
		{Account: "tax:" + o.Market, Amount: goodsTax.Plus(shippingTax).Neg()},
	} {
		if !e.Amount.IsZero() {
			t.Entries = append(t.Entries, e)
		}
	}
	return t
}
