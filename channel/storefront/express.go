package storefront

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"korzo/customer/visitor"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/quote"
)

// expressPath is where a wallet is opened from any page, and come back to.
const expressPath = "/checkout/express"

// visitOf is what is known of a visitor for the choice of a flow.
func (v *visit) visitOf(r *http.Request) flow.Visit {
	who := seenBy(r)
	return flow.Visit{Visitor: who.id, Locale: v.Tag(), Device: visitor.DeviceOf(r.UserAgent()), Path: pathOf(r, who.path),
		Place: visitor.Place{Country: v.spot.country, PostalCode: v.spot.postalCode}}
}

// expressOf are the wallets with which what is in a bag can be bought at once.
func (s *Shop) expressOf(r *http.Request, tx *db.Tx, v *visit, loaded cart.View) ([]paymethod.Method, error) {
	if v.frame != nil {
		return nil, nil
	}
	return s.Checkout.Wallets(r.Context(), tx, v.visitOf(r), loaded)
}

// express finds the wallets with which the chosen variant can be bought at once.
func (s *Shop) express(r *http.Request, tx *db.Tx, p *productPage) (err error) {
	o, ok := p.choose(string(p.chosen))
	if !ok || !o.buyable() {
		return nil
	}
	q := quote.Quote{Currency: o.price.Currency, Total: o.price}
	p.wallets, err = s.expressOf(r, tx, p.visit, cart.View{Quote: q, Items: map[catalog.VariantID]catalog.Item{o.ID: {SKU: o.SKU, Categories: p.goods.Categories}},
		Cart: cart.Cart{Market: p.market.ID, Channel: p.channel.ID, Locale: p.Tag(), Currency: o.price.Currency, Customer: p.customer}})
	return err
}

// alongside counts what is in the bag beside a product: it is bought with it.
func (p productPage) alongside() (n int64) {
	if !p.open() {
		return 0
	}
	for _, l := range p.visit.cart.Lines {
		if l.Variant != p.chosen {
			n += l.Quantity
		}
	}
	return n
}

// openWallet begins the checkout of the bag at a wallet: from a product's page the
// variant goes into the bag first, unless it is there already, so that nothing
// that was gathered is left behind. Where no wallet is offered the checkout asks
// as usual.
func (s *Shop) openWallet(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	if in.Has("variant") {
		id, err := s.atLeast(r, in)
		switch {
		case errors.Is(err, cart.ErrLocked):
			return see(w, r, "/checkout/wait")
		case err != nil:
			return s.refuseLine(w, r, in, err)
		}
		web.SetCookie(w, r, cookieCart, string(id), month)
		r = withCart(r, id)
	}
	v, c, err := s.session(r)
	if err != nil || c == nil {
		return seeCart(w, r, err)
	}
	return s.toWallet(w, r, v, *c, in.Get("wallet"))
}

// withCart is a request as if its cookie named a cart.
func withCart(r *http.Request, id cart.ID) *http.Request {
	out := r.Clone(r.Context())
	out.Header.Del("Cookie")
	for _, c := range r.Cookies() {
		if c.Name != cookieCart {
			out.AddCookie(c)
		}
	}
	out.AddCookie(&http.Cookie{Name: cookieCart, Value: string(id)})
	return out
}

// atLeast puts a variant into the bag that does not hold as much of it.
func (s *Shop) atLeast(r *http.Request, in url.Values) (id cart.ID, err error) {
	quantity, err := strconv.ParseInt(strings.TrimSpace(in.Get("quantity")), 10, 64)
	if err != nil || quantity < 1 {
		return "", cart.ErrQuantity
	}
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		if there := v.cart.Units(catalog.VariantID(in.Get("variant"))); v.open() && v.cart.Market == v.market.ID && there > 0 {
			if id = v.cart.ID; there >= quantity {
				return nil
			}
			quantity -= there
		}
		id, err = s.add(r.Context(), tx, v, in, quantity)
		return err
	})
	return id, err
}

// expressPage leads to a wallet: a form's answer may not lead to another site.
type expressPage struct {
	page
	way paymethod.Method
}

// toWallet goes to a wallet that tells who buys, or on with the checkout when it
// is not offered or does not answer.
func (s *Shop) toWallet(w http.ResponseWriter, r *http.Request, v *visit, c checkout.View, method string) error {
	m, _ := paymethod.Find(method)
	to, err := s.Checkout.OpenWallet(r.Context(), c.Session.ID, v.caller(), method, s.BaseURL+expressPath+"/"+url.PathEscape(method))
	switch {
	case errors.Is(err, checkout.ErrPaying), errors.Is(err, checkout.ErrPlaced), errors.Is(err, checkout.ErrMethod):
		return see(w, r, "/checkout")
	case fault.KindOf(err) == fault.Unavailable:
		return see(w, r, "/checkout?wallet=silent")
	case err != nil:
		return err
	}
	p := expressPage{page: s.page(v, v.T("shop.express.to", "Name", m.Name.In(v.Tag()))).own(), way: m}
	p.bare, p.leave = true, to
	return write(w, r, http.StatusOK, expressTemplate(p))
}

// fromWallet takes over what a wallet told of who buys, and shows what is still
// to be asked, with the total, before anything is ordered.
func (s *Shop) fromWallet(w http.ResponseWriter, r *http.Request) error {
	v, c, err := s.session(r)
	if err != nil || c == nil {
		return seeCart(w, r, err)
	}
	_, err = s.Checkout.Shared(r.Context(), c.Session.ID, v.caller(), r.PathValue("method"), r.URL.Query())
	switch {
	case errors.Is(err, payment.ErrNotShared):
		return see(w, r, "/cart")
	case fault.KindOf(err) == fault.Unavailable:
		return see(w, r, "/checkout?wallet=silent")
	case err != nil && !errors.Is(err, checkout.ErrPaying) && !errors.Is(err, checkout.ErrPlaced) && !errors.Is(err, checkout.ErrMethod):
		return err
	}
	return see(w, r, "/checkout")
}

// told reports whether a step need not be asked: a wallet told it, and the
// shopper did not ask to change it.
func (p checkoutPage) told(step string) bool {
	if !p.express() || p.change == step {
		return false
	}
	switch step {
	case stepContact:
		return !lacks(p.View, stepContact) && !p.mistaken()
	case stepPayment:
		return !lacks(p.View, stepPayment) && !p.Due.IsZero() && !p.has("gift_card") && p.Credit.Minor == 0 && p.Points.Available == 0
	}
	return false
}

// knows reports whether a part of the contact was told by a wallet, so that only
// the rest of it is asked.
func (p checkoutPage) knows(need string) bool {
	return p.express() && p.change != stepContact && !slices.Contains(p.Requirements, need)
}

// express reports whether a wallet told who buys.
func (p checkoutPage) express() bool { return p.View.Express() && p.frame == nil }
