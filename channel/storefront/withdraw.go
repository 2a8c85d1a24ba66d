package storefront

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"korzo/customer/profile"
	"korzo/fulfilment/withdrawal"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/purchase/order"
	"korzo/ui"
)

// withdrawPage is the button that EU law wants on every shop: first what one
// withdraws from, then the confirmation, then the receipt.
type withdrawPage struct {
	page
	withdrawal.Statement
	order   order.Order // that is known; zero for who has only its number
	review  bool        // the statement is complete and waits to be confirmed
	done    bool
	problem string
	wrong   string // the field it is about
}

// withdraw shows the form: with the order's lines to who may see the order, with
// a field for its number to everybody else.
func (s *Shop) withdraw(w http.ResponseWriter, r *http.Request) error {
	p, err := s.loadWithdrawal(r, r.URL.Query())
	if err != nil {
		return err
	}
	p.ID = withdrawal.NewID(s.DB.Now())
	return write(w, r, http.StatusOK, withdrawTemplate(p))
}

// loadWithdrawal reads what a form or an address says.
func (s *Shop) loadWithdrawal(r *http.Request, in url.Values) (p withdrawPage, err error) {
	id := order.ID(in.Get("order"))
	err = s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		p.page = s.page(v, v.T("shop.withdraw.title"))
		p.Statement = withdrawal.Statement{ID: withdrawal.ID(in.Get("id")), Number: strings.TrimSpace(in.Get("number")), Name: strings.TrimSpace(in.Get("name")),
			Email: strings.TrimSpace(in.Get("email")), Locale: v.Tag()}
		if id == "" {
			return nil
		}
		if err := s.mayFollow(r, tx, v, id); err != nil {
			return err
		}
		return p.about(r.Context(), tx, s, id, in)
	})
	return p, err
}

// about fills in an order that the visitor may see.
func (p *withdrawPage) about(ctx context.Context, tx *db.Tx, s *Shop, id order.ID, in url.Values) (err error) {
	if p.order, err = order.Find(ctx, tx, id); err != nil {
		return err
	}
	p.Order, p.Number = id, p.order.Number
	for _, l := range p.order.Lines {
		if slices.Contains(in["line"], string(l.ID)) {
			p.Lines = append(p.Lines, l.ID)
		}
	}
	if in.Has("name") {
		return nil
	}
	c, err := profile.FindContact(ctx, tx, s.Keeper, profile.ContactID(p.order.Contact))
	if errors.Is(err, profile.ErrErased) {
		return nil
	}
	p.Name, p.Email = c.Shipping.Name, c.Email
	return err
}

// goods are the lines that can be chosen.
func (p withdrawPage) goods() (all []order.Line) {
	for _, l := range p.order.Lines {
		if l.Kind != order.KindBundle {
			all = append(all, l)
		}
	}
	return all
}

// chosen reports whether a line is withdrawn from; at first all are.
func (p withdrawPage) chosen(l order.Line) bool {
	return len(p.Lines) == 0 || slices.Contains(p.Lines, l.ID)
}

// declare takes the form: it shows the statement once more, and when that is
// confirmed takes it. Pressing twice declares once.
func (s *Shop) declare(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	p, err := s.loadWithdrawal(r, in)
	if err != nil {
		return err
	}
	if p.order.ID != "" && len(p.Lines) == 0 {
		return s.refuseWithdrawal(w, r, p, withdrawal.ErrLines)
	}
	if err := p.Check(); err != nil {
		return s.refuseWithdrawal(w, r, p, err)
	}
	if in.Get("intent") != "confirm" {
		p.review = true
		return write(w, r, http.StatusOK, withdrawTemplate(p))
	}
	said := p.Statement
	if len(said.Lines) == len(p.goods()) {
		said.Lines = nil // the whole contract
	}
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		if p.order.ID == "" {
			if err := auth.Ask(r.Context(), tx, auth.RealmCustomer, "withdrawal", web.ClientIP(r)); err != nil {
				return err
			}
		}
		_, err := withdrawal.Declare(r.Context(), tx, s.Keeper, said)
		return err
	})
	if err != nil {
		return s.refuseWithdrawal(w, r, p, err)
	}
	p.done = true
	return write(w, r, http.StatusOK, withdrawTemplate(p))
}

// refuseWithdrawal shows the form with what is wrong by its field.
func (s *Shop) refuseWithdrawal(w http.ResponseWriter, r *http.Request, p withdrawPage, why error) error {
	text, ok := p.sayError(why)
	if !ok {
		return why
	}
	p.problem, p.review = text, false
	switch {
	case errors.Is(why, withdrawal.ErrName):
		p.wrong = "name"
	case errors.Is(why, withdrawal.ErrNumber):
		p.wrong = "number"
	case errors.Is(why, profile.ErrEmail):
		p.wrong = "email"
	}
	return write(w, r, web.Status(fault.KindOf(why)), withdrawTemplate(p))
}

// fields are who declares, and of which order.
func (p withdrawPage) fields() []ui.Input {
	wrong := func(name string) string {
		if p.wrong == name {
			return p.problem
		}
		return ""
	}
	fields := []ui.Input{{Name: "name", Label: p.T("shop.field.name"), Value: p.Name, Autocomplete: "name", MaxLength: 200, Required: true, Error: wrong("name")}}
	if p.order.ID == "" {
		fields = append(fields, ui.Input{Name: "number", Label: p.T("shop.withdraw.number"), Value: p.Number, MaxLength: 60, Required: true, Hint: p.T("shop.withdraw.number_hint"), Error: wrong("number")})
	}
	return append(fields, ui.Input{Name: "email", Label: p.T("shop.withdraw.email"), Value: p.Email, Type: "email", Mode: "email", Autocomplete: "email", MaxLength: 254, Required: true,
		Hint: p.T("shop.withdraw.email_hint"), Error: wrong("email")})
}

// withdrawable reports how an order stands to be withdrawn from.
func (s *Shop) withdrawable(ctx context.Context, tx *db.Tx, p *orderPage) (err error) {
	p.right, err = withdrawal.RightOf(ctx, tx, p.Order, withdrawal.Terms{Country: p.contact.Shipping.Country, Days: p.returnDays(p.Market), Zone: p.zone})
	return err
}
