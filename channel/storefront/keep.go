package storefront

import (
	"errors"
	"net/http"

	"korzo/customer/profile"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/purchase/order"
	"korzo/ui"
)

// keepable reports whether the guest who looks at their order may make an
// account of it. It is offered to every address alike: a page that is opened by
// a link does not tell who has an account.
func (p orderPage) keepable() bool {
	return p.Customer == "" && p.customer == "" && p.contact.Email != "" && p.State != order.StateCanceled
}

// keepField is all that an account needs beside what the order knows.
func (p orderPage) keepField() ui.Input {
	return ui.Input{Name: "password", Label: p.T("shop.field.password"), Hint: p.T("shop.field.password_hint"), Error: p.refused, Type: "password",
		Autocomplete: "new-password", MaxLength: 500, Required: true}
}

// keepOrder makes an account of a guest's order, with a password alone: the
// person of its contact registers, so that name and address come along, and what
// they ask to be forgotten one day is forgotten with the order's contact.
func (s *Shop) keepOrder(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	id := order.ID(r.PathValue("id"))
	p, err := s.loadOrder(r, id)
	if err != nil {
		return err
	}
	if !p.keepable() {
		return see(w, r, orderPath(id))
	}
	hash, err := auth.HashPassword(r.Context(), in.Get("password")) // slow on purpose: outside any transaction
	var token string
	if err == nil {
		err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
			token, err = s.enrolGuest(r, tx, p, hash)
			return err
		})
	}
	if err == nil {
		return s.welcome(w, r, token, orderPath(id)+"?account=new")
	}
	text, ok := p.sayError(err)
	if !ok {
		return err
	}
	p.refused = text
	return write(w, r, web.Status(fault.KindOf(err)), orderTemplate(p))
}

// enrolGuest registers who placed an order as a guest, and signs them in.
func (s *Shop) enrolGuest(r *http.Request, tx *db.Tx, p orderPage, hash string) (string, error) {
	ctx, to := r.Context(), p.contact.Shipping
	name := p.contact.Name
	if name == "" {
		name = to.Name
	}
	c, err := profile.Register(ctx, tx, s.Keeper, profile.Registration{Name: name, Email: p.contact.Email, Phone: p.contact.Phone,
		Locale: p.Tag(), Market: p.Market, Guest: p.contact.Person})
	if err == nil {
		err = auth.SetPassword(ctx, tx, auth.RealmCustomer, string(c.ID), profile.HashEmail(s.Keeper, c.Email), hash)
	}
	if err == nil {
		err = order.Adopt(ctx, tx, p.ID, string(c.ID))
	}
	if err == nil && p.homeward() {
		_, err = profile.AddAddress(ctx, tx, s.Keeper, c.ID, to)
		if errors.Is(err, profile.ErrAddress) { // it was good enough to send to; the book is stricter
			err = nil
		}
	}
	if err != nil {
		return "", err
	}
	return s.begin(r, tx, string(c.ID))
}
