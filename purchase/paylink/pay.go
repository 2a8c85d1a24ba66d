package paylink

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"korzo/platform/db"
	"korzo/purchase/checkout"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/guard"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/payment/route"
	"korzo/value/money"
)

// Methods are the ways a link can be paid: those of its market that end at once
// and need no address.
func (l *Links) Methods(ctx context.Context, tx *db.Tx, link Link) ([]paymethod.Offer, error) {
	q := paymethod.Query{Market: link.Market, Total: link.Amount, Takes: func(m paymethod.Method) bool {
		if m.Flow == paymethod.Instructions || m.Flow == paymethod.Cash || len(m.Needs) > 0 {
			return false
		}
		_, err := l.Payments().Choose(m, nil)
		return err == nil
	}}
	settings, err := paymethod.Settings(ctx, tx, link.Market)
	if len(settings) == 0 { // nobody has chosen for this market: what its schemes and gateways take
		for _, m := range paymethod.All() {
			q.Named = append(q.Named, m.ID)
		}
	}
	if err != nil {
		return nil, err
	}
	all, err := paymethod.Offered(ctx, tx, q)
	for i := range all {
		all[i].Charge = money.Of(0, link.Amount.Currency) // the sum that was asked for is the sum that is paid
	}
	return all, err
}

// Try is how somebody pays.
type Try struct {
	Method     string
	Instrument string
	IP, Agent  string // where the payer comes from
	Agreed     bool   // the payer is away and agreed before that this instrument is charged then
}

// Pay begins a try at a link and asks the gateway. The attempt it returns may be
// undecided: its ActionURL says where the payer goes. It must run outside any
// transaction. It returns ErrEnded, ErrPaying, ErrNothing or ErrMethod when nothing was asked.
func (l *Links) Pay(ctx context.Context, id ID, t Try) (a payment.Attempt, err error) {
	err = l.DB.Write(ctx, func(tx *db.Tx) error {
		a, err = l.begin(ctx, tx, id, t)
		return err
	})
	if err != nil {
		return a, fmt.Errorf("pay link %s: %w", id, err)
	}
	return l.Payments().Pay(context.WithoutCancel(ctx), a)
}

// begin writes the payment of a try, where routing says.
func (l *Links) begin(ctx context.Context, tx *db.Tx, id ID, t Try) (payment.Attempt, error) {
	if err := l.free(ctx, tx, id); err != nil {
		return payment.Attempt{}, err
	}
	link, err := selectLink(ctx, tx, id, tx.ForUpdate())
	switch {
	case errors.Is(err, db.ErrNoRow):
		return payment.Attempt{}, ErrNotFound
	case err != nil:
		return payment.Attempt{}, err
	case link.State == StatePaying:
		return payment.Attempt{}, ErrPaying
	case link.State != StateOpen || link.Ended(tx.Now):
		return payment.Attempt{}, ErrEnded
	}
	m, err := l.method(ctx, tx, link, t)
	if err != nil {
		return payment.Attempt{}, err
	}
	name := payment.NewID(tx.Now)
	card, takers := l.Payments().Read(t.Instrument)
	f := route.Facts{Payment: string(name), Amount: link.Amount.Minor, Currency: link.Amount.Currency, Market: link.Market, Channel: link.Channel,
		Method: m.ID, Kind: m.Kind, CardCountry: card.Country, CardBrand: card.Brand, Takers: takers}
	d, err := l.Router.Decide(ctx, tx, f)
	if err != nil {
		return payment.Attempt{}, err
	}
	traces := guard.Of(l.Keeper, guard.Who{Cart: string(link.ID), IP: t.IP, Agent: t.Agent, Card: t.Instrument})
	stop, err := l.Guard.Ask(ctx, tx, m.Kind, traces, &d)
	if stop && err == nil {
		err = ErrDeclined
	}
	if err != nil {
		return payment.Attempt{}, err
	}
	if err := route.Record(ctx, tx, f, d); err != nil {
		return payment.Attempt{}, err
	}
	if t.Agreed {
		d.Proof = payment.Proof{Exemption: payment.ExemptAgreed}
	}
	if n, err := beginTry(ctx, tx, link.ID, name); err != nil || n == 0 {
		return payment.Attempt{}, errors.Join(err, ErrPaying)
	}
	pays := link.Order
	if link.Placing != "" {
		if pays, err = checkout.OrderOf(ctx, tx, link.Placing); err != nil {
			return payment.Attempt{}, err
		}
	}
	return l.Payments().Open(ctx, tx, payment.Intent{ID: name, Owner: payment.Owner{Kind: OwnerKind, ID: string(name)}, Market: link.Market,
		Channel: link.Channel, Order: string(pays), Amount: link.Amount, Method: m.ID, Kind: m.Kind, Gateway: d.Order[0],
		Instrument: t.Instrument, Proof: d.Proof, Traces: string(traces), Capture: true, ReturnURL: l.URL(link.ID)})
}

// free keeps an order from being paid another way while its link is: it is
// ErrPaying while somebody pays at a counter, and ErrNothing once somebody has.
func (l *Links) free(ctx context.Context, tx *db.Tx, id ID) error {
	link, err := Find(ctx, tx, id)
	if err != nil || link.Order == "" || link.State != StateOpen {
		return err
	}
	o, err := order.Locked(ctx, tx, link.Order)
	if err != nil || o.Payment == "" {
		return err
	}
	pay, attempts, err := payment.Find(ctx, tx, payment.ID(o.Payment))
	if err != nil {
		return err
	}
	if m, _ := paymethod.Find(pay.Method); len(m.Tills) > 0 && (pay.Moving.Minor > 0 || slices.ContainsFunc(attempts, func(a payment.Attempt) bool { return a.State.Open() })) {
		return ErrPaying
	}
	d := Draft{Order: link.Order, Edit: link.Edit, Amount: link.Amount}
	return l.lacking(ctx, tx, &d)
}

func (l *Links) method(ctx context.Context, tx *db.Tx, link Link, t Try) (paymethod.Method, error) {
	if t.Instrument != "" && !payment.ValidInstrument(t.Instrument) {
		return paymethod.Method{}, ErrMethod
	}
	offers, err := l.Methods(ctx, tx, link)
	for _, o := range offers {
		if o.ID == t.Method && (o.Flow != paymethod.Fields || t.Instrument != "") {
			return o.Method, nil
		}
	}
	return paymethod.Method{}, errors.Join(err, ErrMethod)
}

// Sync asks the gateway about a link whose payment is under way, such as when
// its payer comes back from their bank, and returns the link as it is then.
func (l *Links) Sync(ctx context.Context, link Link) (Link, payment.Attempt, error) {
	var last payment.Attempt
	read := func(tx *db.Tx) (err error) {
		if link, err = Find(ctx, tx, link.ID); err != nil || link.Payment == "" {
			return err
		}
		_, attempts, err := payment.Find(ctx, tx, link.Payment)
		if err == nil {
			last = attempts[len(attempts)-1]
		}
		return err
	}
	err := l.DB.Read(ctx, read)
	if err != nil || link.State != StatePaying || !last.State.Open() {
		return link, last, err
	}
	if _, err := l.Payments().Sync(ctx, last.ID); err != nil && !payment.IsSilence(err) {
		return link, last, err
	}
	return link, last, l.DB.Read(ctx, read)
}
