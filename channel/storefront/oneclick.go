package storefront

import (
	"errors"
	"net/http"

	"korzo/purchase/checkout"
	"korzo/purchase/payment/vault"
	"korzo/value/money"
)

// oneClickPage is all that a customer sees whose address and card are kept: what
// would happen, and one button; or how long it may still be undone.
type oneClickPage struct {
	checkoutPage
	card vault.Card // zero where nothing is left to pay
}

// oneClick shows a checkout of one click, if it can be one. Who wants to change
// something is shown the whole page.
func (s *Shop) oneClick(w http.ResponseWriter, r *http.Request, p checkoutPage) (shown bool, err error) {
	pending := p.Tap.Waiting() || p.Tap.Begun()
	if !pending && (!p.OneClick || r.URL.Query().Has("change")) {
		return false, nil
	}
	o := oneClickPage{checkoutPage: p}
	for _, c := range p.SavedCards {
		if c.ID == p.Session.Saved {
			o.card = c
		}
	}
	if pending {
		o.title, o.again = p.T("shop.tap.waiting"), p.at("/checkout")
	}
	return true, write(w, r, http.StatusOK, oneClickTemplate(o))
}

// tap agrees to the sum on the button; the order is placed when it can no longer
// be undone.
func (s *Shop) tap(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	v, c, err := s.session(r)
	if err != nil || c == nil {
		return seeCart(w, r, err)
	}
	_, refused, err := s.Checkout.Tap(r.Context(), checkout.TapRequest{Session: c.Session.ID, Caller: v.caller(),
		Expected: money.Of(agreed(in, "agreed"), c.Quote.Currency), Due: money.Of(agreed(in, "due"), c.Quote.Currency)})
	switch {
	case errors.Is(err, checkout.ErrPaying), errors.Is(err, checkout.ErrPlaced), errors.Is(err, checkout.ErrNoTap):
		return see(w, r, "/checkout") // it shows how things are
	case err != nil:
		return err
	case refused != nil:
		p := s.checkoutPage(r.Context(), v, *c, "")
		p.said, p.checked = append(p.said, refused.Messages...), true
		return write(w, r, http.StatusUnprocessableEntity, checkoutTemplate(p))
	}
	return see(w, r, "/checkout")
}

// undo takes a tap back; what is being placed already is shown.
func (s *Shop) undo(w http.ResponseWriter, r *http.Request) error {
	v, c, err := s.session(r)
	if err != nil || c == nil {
		return seeCart(w, r, err)
	}
	if err := s.Checkout.Undo(r.Context(), c.Session.ID, v.caller()); err != nil && !errors.Is(err, checkout.ErrTooLate) {
		return err
	}
	return see(w, r, "/checkout")
}
