package checkout

import (
	"context"
	"errors"
	"slices"
	"strings"

	"korzo/platform/db"
	"korzo/purchase/flow"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/guard"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/payment/route"
	"korzo/purchase/payment/vault"
	"korzo/value/money"
)

// method finds a method that the flow offers in this market and that some
// gateway takes.
func (c *Checkout) method(doc flow.Document, market, id string) (paymethod.Method, error) {
	m, ok := paymethod.Find(id)
	if named := doc.PaymentMethods(market); !ok || len(named) > 0 && !slices.Contains(named, id) {
		return paymethod.Method{}, ErrMethod
	}
	_, err := c.Payments().Choose(m, doc.Gateways(market))
	return m, err
}

// open writes the payment of a placing: where it goes is decided and logged
// before its first attempt is on disk.
func (c *Checkout) open(ctx context.Context, tx *db.Tx, v View, placing PlacingID, to order.ID, from From) (payment.Attempt, error) {
	m, err := c.method(v.Flow, v.Session.Market, v.Method)
	if err != nil {
		return payment.Attempt{}, err
	}
	f := c.facts(v, m, payment.NewID(tx.Now), v.Due)
	d, err := c.Router.Decide(ctx, tx, f)
	if errors.Is(err, route.ErrNone) {
		return payment.Attempt{}, refusal{v.refused(Message{Type: "error", Code: "payment_unavailable", Path: "$.payment", Severity: "requires_buyer_input",
			Content: "this way to pay does not work at the moment and nothing was taken; choose another and complete again"})}
	}
	if err != nil {
		return payment.Attempt{}, err
	}
	traces := c.traces(v, from)
	stop, err := c.Guard.Ask(ctx, tx, m.Kind, traces, &d)
	if stop && err == nil {
		err = refusal{v.refused(failure(payment.Attempt{State: payment.StateDeclined, DeclineCode: payment.DeclineCard}))}
	}
	if err != nil {
		return payment.Attempt{}, err
	}
	if err := route.Record(ctx, tx, f, d); err != nil {
		return payment.Attempt{}, err
	}
	return c.Payments().Open(ctx, tx, payment.Intent{
		ID: payment.ID(f.Payment), Owner: payment.Owner{Kind: OwnerKind, ID: string(placing)}, Market: v.Session.Market, Channel: v.Session.Channel, Order: string(to), Amount: v.Due, Traces: string(traces),
		Method: m.ID, Kind: m.Kind, Gateway: d.Order[0], Instrument: v.Instrument, Proof: d.Proof, Keep: v.keeps(m),
		ReturnURL: c.BaseURL + "/pay/return/{attempt}",
	})
}

// traces are what somebody who completes a checkout leaves for the guard.
func (c *Checkout) traces(v View, from From) guard.Traces {
	who := guard.Who{Cart: string(v.View.Cart.ID), IP: from.IP, Agent: from.Agent, Card: v.Instrument, Customer: v.Session.Customer}
	if to := v.Contact.Shipping; to.Line1 != "" {
		who.Address = strings.Join([]string{to.Line1, to.PostalCode, to.Country}, " ")
	}
	if who.Customer == "" {
		who.Customer = v.Contact.Email
	}
	return guard.Of(c.Keeper, who)
}

// keeps is the customer whose card is kept with its payment, as they agreed; ""
// for nobody.
func (v View) keeps(m paymethod.Method) string {
	if !v.Session.Keep || !m.Saves || v.Session.Saved != "" {
		return ""
	}
	return v.Session.Customer
}

// keepCard writes the wish of a customer who agreed that their card be kept,
// now that it has paid. What cannot be kept is no reason to refuse an order.
func (c *Checkout) keepCard(ctx context.Context, tx *db.Tx, a payment.Attempt) error {
	if a.Keep == "" || !c.Payments().Saves(a.Gateway) {
		return nil
	}
	_, err := vault.Ask(ctx, tx, vault.Wish{Customer: a.Keep, Gateway: a.Gateway, Method: a.Method, Instrument: a.Instrument, Attempt: a.ID})
	if errors.Is(err, vault.ErrFull) || errors.Is(err, vault.ErrWish) {
		return nil
	}
	return err
}

// facts are what routing may know of a payment to be.
func (c *Checkout) facts(v View, m paymethod.Method, id payment.ID, due money.Amount) route.Facts {
	card, takers := c.Payments().Read(v.Instrument)
	if i := slices.IndexFunc(v.SavedCards, func(kept vault.Card) bool { return kept.ID == v.Session.Saved }); i >= 0 && card == (payment.Card{}) {
		card.Brand, card.Last = v.SavedCards[i].Brand, v.SavedCards[i].Last
	}
	return route.Facts{
		Payment: string(id), Amount: due.Minor, Currency: due.Currency, Market: v.Session.Market, Channel: v.Session.Channel,
		Flow: string(v.Session.Flow), Method: m.ID, Kind: m.Kind, CardCountry: card.Country, CardBrand: card.Brand,
		CustomerKnown: v.Session.Customer != "", Route: v.Flow.Gateways(v.Session.Market), Takers: takers,
	}
}

// Watch tells the router what a call to a gateway came to; the app gives it to
// the payments.
func (c *Checkout) Watch(a payment.Attempt) {
	c.Router.Observe(c.DB.Now(), route.Facts{Payment: string(a.Payment), Method: a.Method, Currency: a.Amount.Currency,
		CardCountry: a.Card.Country, CardBrand: a.Card.Brand}, a.Gateway, route.SeenOf(a.State, a.DeclineCode))
}
