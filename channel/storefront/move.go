package storefront

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/purchase/amend"
	"korzo/purchase/order"
	"korzo/value/address"
	"korzo/value/money"
)

// move is a change of address as its buyer looks at it, before it is made.
type move struct {
	to    address.Address
	days  []string     // when it arrives there, group by group
	pay   money.Amount // what the delivery there costs more
	back  money.Amount // what goes back because it costs less
	seen  string       // what was looked at: it is made only while it is still so
	other bool         // it arrives on another day, or costs something else
}

// looked is a change of address with what it means.
func (p orderPage) looked(to address.Address, a amend.Amendment) move {
	m := move{to: to, pay: a.ToPay, back: a.Back(), seen: a.Seen(), other: a.Differs(p.Order)}
	for _, d := range a.Promises {
		m.days = append(m.days, p.promise(order.Group{Kind: shipment.KindShip, PromiseFrom: d.Window.From.String(), PromiseTo: d.Window.To.String()}))
	}
	return m
}

// changeAddress sends an order elsewhere in the same country and region. Where it
// then arrives on another day, or costs more or less, that is shown first, and
// made only while it is still so; what it costs more is paid by a link.
func (s *Shop) changeAddress(w http.ResponseWriter, r *http.Request) error {
	of := order.ID(r.PathValue("id"))
	p, err := s.loadOrder(r, of)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	if !p.sends() {
		return errNowhere
	}
	if !p.way.Open || s.Amend == nil {
		return shipment.ErrBegun
	}
	to := p.contact.Shipping
	for name, field := range map[string]*string{"name": &to.Name, "line1": &to.Line1, "line2": &to.Line2, "postal_code": &to.PostalCode, "city": &to.City} {
		*field = strings.TrimSpace(r.PostForm.Get(name))
	}
	if to = to.Clean(); to == p.contact.Shipping {
		return see(w, r, orderPath(of)) // sent twice
	}
	if problems := to.Check(); len(problems) > 0 {
		p.typed, p.wrong = to, problems
		return write(w, r, http.StatusUnprocessableEntity, orderTemplate(p))
	}
	want := amend.Request{Order: of, Key: id.New[string]("buyer", s.DB.Now()), Kind: amend.KindEdit, Address: &to, Mail: true, Reason: "sent elsewhere by the buyer", Actor: shipment.Buyer,
		Proof: func(ctx context.Context, tx *db.Tx) error { return shipment.Untouched(ctx, tx, of) }}
	looked, err := s.Amend.Preview(r.Context(), want)
	if err != nil {
		return err
	}
	if m := p.looked(to, looked); m.other && r.PostForm.Get("seen") != m.seen {
		p.move, p.typed = &m, to
		return write(w, r, http.StatusOK, orderTemplate(p))
	}
	made, err := s.Amend.Propose(r.Context(), want)
	switch {
	case errors.Is(err, amend.ErrNothing):
		return see(w, r, orderPath(of)) // sent twice at once
	case err == nil && made.State == amend.StateAwaiting:
		return see(w, r, s.Links.URL(made.Link))
	case err != nil:
		return err
	}
	return see(w, r, orderPath(of))
}
