package pickup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/order"
	"korzo/purchase/paylink"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// What is collected may be paid at the counter: before it is handed over, in cash,
// with a card or by the code on a phone. The money is package payment's; here is who may take it, when,
// and what goes back of a note.

// The refusals of a till. No money moved.
var (
	ErrGiven = fault.New(fault.Invalid, "pickup.given", "say how much the customer gave you: at least what is to be paid in cash, in its currency")
	ErrOwed  = fault.New(fault.Conflict, "pickup.owed", "nothing is taken for this here: it is paid another way, its order is canceled, or it is not ready to be collected")
)

// Owed is what is to be paid for a collection before it is handed over.
type Owed struct {
	Payment payment.ID      // "" where nothing is paid at a counter
	Amount  money.Amount    // 0: nothing is
	Cash    money.Amount    // all of it, as coins and notes can pay it
	Ways    []string        // the methods of a till that take it
	Last    payment.Attempt // at the counter, whatever became of it; none has no id
	Link    paylink.Link    // that can pay it, or is being paid; none has no id
}

// Wants reports whether money is to be taken first.
func (o Owed) Wants() bool { return o.Amount.Minor > 0 }

// Takes reports whether a method of a till takes it.
func (o Owed) Takes(method string) bool { return slices.Contains(o.Ways, method) }

// Owes returns what is to be paid for a collection, by ways that its market offers
// and the shop's gateways take.
func Owes(ctx context.Context, tx *db.Tx, p *payment.Payments, of shipment.ID) (owed Owed, err error) {
	f, err := shipment.Find(ctx, tx, of)
	if err != nil {
		return owed, err
	}
	o, err := order.Head(ctx, tx, f.Order)
	if err != nil || o.Payment == "" {
		return owed, err
	}
	pay, attempts, err := payment.Find(ctx, tx, payment.ID(o.Payment))
	m, _ := paymethod.Find(pay.Method)
	if err != nil || len(m.Tills) == 0 || o.State != order.StatePlaced {
		return owed, err
	}
	owed.Payment, owed.Amount, owed.Cash = pay.ID, pay.Owed(), payment.InCash(pay.Amount)
	for _, a := range attempts {
		if a.Method != pay.Method {
			owed.Last = a
		}
	}
	link, asked, err := paylink.Asked(ctx, tx, o.ID)
	if err != nil {
		return owed, err
	}
	if asked && link.Edit == "" {
		owed.Link = link
	}
	ways, err := paymethod.Offered(ctx, tx, paymethod.Query{Market: pay.Market, Total: owed.Amount, Named: m.Tills, InStore: true, Takes: func(m paymethod.Method) bool {
		_, err := p.Choose(m, nil)
		return err == nil
	}})
	for _, w := range ways {
		owed.Ways = append(owed.Ways, w.ID)
	}
	return owed, err
}

// Taking is money that is given at a counter.
type Taking struct {
	Of         shipment.ID
	Method     string       // of a till
	Given      money.Amount // in cash; zero: just what is to be paid
	Instrument string       // that is presented: see payment.Counter
	Key        string       // the same key takes money once
	By         payment.By
}

// Taken is what came of it.
type Taken struct {
	payment.Attempt
	Change money.Amount // of what was given in cash, to be given back
}

// Take takes the money of what is ready to be collected, outside any
// transaction. It returns ErrGiven, ErrOwed and what Payments.Collect does.
func Take(ctx context.Context, d *db.DB, p *payment.Payments, t Taking) (Taken, error) {
	var owed Owed
	err := d.Read(ctx, func(tx *db.Tx) error {
		f, err := shipment.Find(ctx, tx, t.Of)
		if err != nil {
			return err
		}
		if owed, err = Owes(ctx, tx, p, t.Of); err != nil {
			return err
		}
		switch {
		case owed.Payment == "", owed.Wants() && (f.Kind != shipment.KindPickup || f.State != shipment.StateReady):
			return ErrOwed
		case owed.Wants() && !owed.Takes(t.Method):
			return payment.ErrTill
		}
		return nil
	})
	taken := Taken{Change: money.Of(0, owed.Cash.Currency)}
	if err == nil && t.Method == cash && !t.Given.IsZero() {
		if t.Given.Currency != owed.Cash.Currency || t.Given.Less(owed.Cash) {
			return taken, ErrGiven
		}
		taken.Change = t.Given.Minus(owed.Cash)
	}
	if err == nil {
		taken.Attempt, err = p.Collect(ctx, owed.Payment, payment.Counter{Method: t.Method, Instrument: t.Instrument, Key: t.Key, By: t.By, May: placed(t.Of)})
	}
	if err != nil {
		return taken, fmt.Errorf("take the money of %s: %w", t.Of, err)
	}
	return taken, nil
}

// linkLife is how long a link that is shown at a counter can be paid.
const linkLife = time.Hour

// AskByLink makes a link for what is to be paid for a collection, so that it is
// paid on the customer's own phone: they read its code from the till's screen, or
// get it by mail. Asked again it returns the one that can be paid. It returns
// ErrOwed where nothing is taken, and payment.ErrBusy while somebody pays.
func AskByLink(ctx context.Context, tx *db.Tx, p *payment.Payments, links *paylink.Links, of shipment.ID, mail bool, actor string) (paylink.Link, error) {
	if err := placed(of)(ctx, tx); err != nil {
		return paylink.Link{}, fmt.Errorf("ask for the money of %s by a link: %w", of, err)
	}
	owed, err := Owes(ctx, tx, p, of)
	if err != nil {
		return paylink.Link{}, err
	}
	f, err := shipment.Find(ctx, tx, of)
	switch {
	case err != nil:
		return paylink.Link{}, err
	case !owed.Wants() || f.Kind != shipment.KindPickup || f.State != shipment.StateReady:
		return paylink.Link{}, ErrOwed
	case owed.Last.ID != "" && owed.Last.State.Open():
		return paylink.Link{}, payment.ErrBusy
	case owed.Link.ID != "":
		return owed.Link, nil
	}
	d := paylink.Draft{Order: f.Order, Amount: owed.Amount, Mail: mail, Actor: actor}
	if !mail {
		d.ExpiresAt = tx.Now.Add(linkLife)
	}
	return links.Make(ctx, tx, d)
}

// placed returns ErrOwed once the order of a fulfilment is canceled, payment.ErrBusy
// while somebody pays its link, and keeps both from being before the transaction
// has ended.
func placed(of shipment.ID) func(ctx context.Context, tx *db.Tx) error {
	return func(ctx context.Context, tx *db.Tx) error {
		f, err := shipment.Find(ctx, tx, of)
		if err != nil {
			return err
		}
		o, err := order.Locked(ctx, tx, f.Order)
		if err != nil {
			return err
		}
		if o.State != order.StatePlaced {
			return ErrOwed
		}
		link, asked, err := paylink.Asked(ctx, tx, f.Order)
		if err == nil && asked && link.State == paylink.StatePaying {
			err = payment.ErrBusy
		}
		return err
	}
}

// cash is the method of a till that is given change of.
const cash = "cash"
