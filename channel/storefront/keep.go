package storefront

import (
	"errors"
	"net/http"

	"korzo/customer/profile"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/purchase/checkout"
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

// keepOrder makes an account of a guest's order, with a password alone, or gives
// the order to the account that has its address, once its owner has signed in.
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
	if p.claimable {
		return s.claim(w, r, p)
	}
	if !p.keepable() {
		return see(w, r, orderPath(id))
	}
	hash, err := auth.HashPassword(r.Context(), in.Get("password")) // slow on purpose: outside any transaction
	var token string
	if err == nil {
		err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
			who, err := checkout.Enrol(r.Context(), tx, s.Keeper, p.Order, p.Tag(), hash)
			if err == nil {
				token, err = s.begin(r, tx, string(who))
			}
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

// claim gives a guest's order to the account of the same address.
func (s *Shop) claim(w http.ResponseWriter, r *http.Request, p orderPage) error {
	err := s.DB.Write(r.Context(), func(tx *db.Tx) error {
		o, err := order.Find(r.Context(), tx, p.ID)
		if err == nil {
			err = checkout.Claim(r.Context(), tx, s.Keeper, o, profile.CustomerID(p.customer))
		}
		return err
	})
	if err != nil && !errors.Is(err, checkout.ErrOthers) {
		return err
	}
	return see(w, r, orderPath(p.ID))
}
