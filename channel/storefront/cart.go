package storefront

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"korzo/delivery/method"
	"korzo/engagement/banner"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/giftcard"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/quote"
	"korzo/ui"
	"korzo/value/money"
)

type cartPage struct {
	page
	besides
	cart.View
	added    bool
	problem  string // about the cart as a whole
	code     string // as typed, when it could not be taken
	cards    []giftcard.Card
	link     string // opens the cart on another device, when it was asked for
	free     progress
	collects string             // the name of the place where it is collected; "" where it is sent
	wallets  []paymethod.Method // with which it can be bought at once
	removed  *removed           // what was just taken out, to be brought back
	saved    []savedLine
	wrong    map[cart.LineID]string
	gifts    map[string][]giftcard.Gift // for whom the gift cards in it are, by variant

	gift     giftForm // one that was refused, of giftLine
	giftLine cart.LineID

	typed map[cart.LineID]string
}

// travels reports whether anything in the cart is sent or collected.
func (p cartPage) travels() bool { return slices.ContainsFunc(p.View.Cart.Lines, p.Travels) }

// progress is how far the goods are on their way to a free delivery.
type progress struct {
	from, left money.Amount // from is zero when there is no such sum
}

// removed is a line that is gone, with all it takes to bring it back.
type removed struct {
	catalog.Item
	quantity int64
}

// cartLine is a line with all that the page shows of it.
type cartLine struct {
	cart.Line
	catalog.Item
	priced  quote.Priced
	sold    bool // it is part of the quote
	problem *cart.Problem
}

// lines joins lines, items, prices and problems.
func (p cartPage) lines() []cartLine {
	all := make([]cartLine, len(p.View.Cart.Lines))
	for i, l := range p.View.Cart.Lines {
		all[i] = cartLine{Line: l, Item: p.Items[l.Variant]}
		for _, q := range p.Priced() {
			if q.ID == string(l.ID) {
				all[i].priced, all[i].sold = q, true
			}
		}
		for _, problem := range p.Problems {
			if problem.Line == l.ID {
				all[i].problem = &problem
			}
		}
	}
	return all
}

// asked is the field of a line that asks how many.
func (p cartPage) asked(l cartLine) ui.Quantity {
	q := ui.Quantity{ID: "q-" + string(l.Line.ID), Label: p.T("shop.quantity_of", "Title", l.Item.Title), Value: p.quantity(l), Least: "0", Bare: true}
	if p.wrong[l.Line.ID] != "" || l.problem != nil {
		q.Wrong = "line-error-" + string(l.Line.ID)
	}
	return q
}

// quantity is what the field of a line holds: as typed, when that was refused.
func (p cartPage) quantity(l cartLine) string {
	if text, ok := p.typed[l.Line.ID]; ok {
		return text
	}
	return strconv.FormatInt(l.Quantity, 10)
}

// blocked reports whether something keeps the cart from being bought.
func (p cartPage) blocked() bool { return len(p.Problems) > 0 }

// open reports whether there is a cart to show: one that was ordered, or went
// into another, is not.
func (v *visit) open() bool {
	return v.cart.State == cart.StateOpen || v.cart.State == cart.StateLocked
}

func (s *Shop) cart(w http.ResponseWriter, r *http.Request) error {
	p, err := s.loadCart(r)
	if err != nil {
		return err
	}
	if p.visit.cart.State == cart.StateLocked {
		return see(w, r, "/checkout/wait")
	}
	p.added = r.URL.Query().Has("added")
	s.reveal(r, &p.besides, p.customer)
	return write(w, r, http.StatusOK, cartTemplate(p))
}

// loadCart reads the visitor's cart in the language of the page.
func (s *Shop) loadCart(r *http.Request) (p cartPage, err error) {
	err = s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		p.page = s.page(v, v.T("shop.cart.title"))
		if err := p.later(r.Context(), tx, v.wisher(r)); err != nil {
			return err
		}
		if !v.open() {
			return p.undo(r.Context(), tx, r.URL.Query().Get("removed"))
		}
		shown := v.cart
		shown.Locale = v.Tag()
		if p.View, err = cart.Show(r.Context(), tx, shown, cart.Options{Caller: v.caller()}); err == nil && v.cart.GiftCards > 0 {
			p.cards, err = giftcard.Applied(r.Context(), tx, string(v.cart.ID))
		}
		if err == nil {
			p.collects, err = v.collecting(r.Context(), tx)
		}
		if err == nil {
			p.wallets, err = s.expressOf(r, tx, v, p.View)
		}
		if err == nil {
			p.gifts, err = checkout.Gifts(r.Context(), tx, s.Keeper, p.View)
		}
		if err == nil && len(p.View.Cart.Lines) > 0 { // banners of the cart stand beside goods
			err = p.show(r.Context(), tx, r, v, banner.Cart)
		}
		if err != nil {
			return err
		}
		return errors.Join(p.reach(r.Context(), tx), p.undo(r.Context(), tx, r.URL.Query().Get("removed")))
	})
	return p, err
}

// reach finds how much is missing until delivery costs nothing.
func (p *cartPage) reach(ctx context.Context, tx *db.Tx) error {
	if p.Units == 0 {
		return nil
	}
	q := method.Query{Market: p.market.ID, Country: p.spot.country, PostalCode: p.spot.postalCode}
	q.Basket = p.Whole()
	from, ok, err := method.FreeFrom(ctx, tx, q)
	if !ok {
		return err
	}
	p.free.from, p.free.left = from, money.Of(0, from.Currency)
	if goods := p.Quote.Subtotal.Minus(p.Quote.Discount); goods.Less(from) {
		p.free.left = from.Minus(goods)
	}
	return err
}

// undo finds what the address says was taken out, as "variant.quantity".
func (p *cartPage) undo(ctx context.Context, tx *db.Tx, said string) error {
	variant, count, _ := strings.Cut(said, ".")
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil || n < 1 {
		return nil //nolint:nilerr // an address that says nothing of the kind
	}
	id := catalog.VariantID(variant)
	items, err := catalog.SellableIn(ctx, tx, p.channel.ID, p.Tag(), []catalog.VariantID{id})
	there := slices.ContainsFunc(p.View.Cart.Lines, func(l cart.Line) bool { return l.Variant == id })
	if it, ok := items[id]; ok && it.Active && !there {
		p.removed = &removed{it, n}
	}
	return err
}

// change runs a verb on the visitor's cart and then shows it, or shows it with
// what the verb refused; explain adds that to the page.
func (s *Shop) change(w http.ResponseWriter, r *http.Request, verb func(tx *db.Tx, v *visit) error, explain func(p *cartPage, text string)) error {
	after := "/cart"
	return s.changeTo(w, r, &after, verb, explain)
}

// changeTo is change for a verb that says where to go on.
func (s *Shop) changeTo(w http.ResponseWriter, r *http.Request, after *string, verb func(tx *db.Tx, v *visit) error, explain func(p *cartPage, text string)) error {
	err := s.DB.Write(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil || !v.open() {
			return err
		}
		return verb(tx, v)
	})
	if err == nil {
		return see(w, r, *after)
	}
	return s.changed(w, r, err, explain)
}

// changed shows the cart after a change, or with what the change refused.
func (s *Shop) changed(w http.ResponseWriter, r *http.Request, err error, explain func(p *cartPage, text string)) error {
	switch {
	case err == nil, errors.Is(err, cart.ErrNoLine), errors.Is(err, cart.ErrNoCode), errors.Is(err, cart.ErrOrdered), errors.Is(err, cart.ErrMerged):
		return see(w, r, "/cart") // it shows how things are
	case errors.Is(err, cart.ErrLocked):
		return see(w, r, "/checkout/wait")
	}
	p, again := s.loadCart(r)
	if again != nil {
		return again
	}
	text, ok := p.sayError(err)
	if !ok {
		return err
	}
	explain(&p, text)
	return write(w, r, web.Status(fault.KindOf(err)), cartTemplate(p))
}

// setLine changes how many a line holds; none removes it.
func (s *Shop) setLine(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	line, typed := cart.LineID(r.PathValue("line")), strings.TrimSpace(in.Get("quantity"))
	after := "/cart"
	return s.changeTo(w, r, &after, func(tx *db.Tx, v *visit) error {
		n, err := strconv.ParseInt(typed, 10, 64)
		if in.Has("remove") || err == nil && n == 0 {
			if i := slices.IndexFunc(v.cart.Lines, func(l cart.Line) bool { return l.ID == line }); i >= 0 {
				after = fmt.Sprintf("/cart?removed=%s.%d", v.cart.Lines[i].Variant, v.cart.Lines[i].Quantity)
			}
			_, err = cart.RemoveLine(r.Context(), tx, v.cart.ID, v.caller(), line)
			return err
		}
		if err != nil {
			return cart.ErrQuantity
		}
		_, err = cart.SetQuantity(r.Context(), tx, v.cart.ID, v.caller(), line, n)
		return err
	}, func(p *cartPage, text string) {
		p.wrong, p.typed = map[cart.LineID]string{line: text}, map[cart.LineID]string{line: typed}
	})
}

// addCode takes a discount code, or a gift card's, which is told by its form.
func (s *Shop) addCode(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	code := strings.TrimSpace(in.Get("code"))
	if giftcard.IsCode(code) {
		return s.onGiftCards(w, r, func(v *visit) error {
			return s.Checkout.AddGiftCard(r.Context(), v.cart.ID, v.caller(), code, web.ClientIP(r))
		}, func(p *cartPage, text string) { p.problem, p.code = text, code })
	}
	return s.change(w, r, func(tx *db.Tx, v *visit) error {
		_, err := cart.AddCode(r.Context(), tx, v.cart.ID, v.caller(), code)
		return err
	}, func(p *cartPage, text string) { p.problem, p.code = text, code })
}

func (s *Shop) removeGiftCard(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	return s.onGiftCards(w, r, func(v *visit) error {
		return s.Checkout.RemoveGiftCard(r.Context(), v.cart.ID, v.caller(), giftcard.ID(in.Get("card")))
	}, func(p *cartPage, text string) { p.problem = text })
}

// onGiftCards is change for a verb that has a transaction of its own, because
// every look at a code is counted, also when nothing comes of it.
func (s *Shop) onGiftCards(w http.ResponseWriter, r *http.Request, verb func(v *visit) error, explain func(p *cartPage, text string)) error {
	v, err := s.visit(r)
	if err == nil && v.open() {
		err = verb(v)
	}
	return s.changed(w, r, err, explain)
}

func (s *Shop) removeCode(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	return s.change(w, r, func(tx *db.Tx, v *visit) error {
		_, err := cart.RemoveCode(r.Context(), tx, v.cart.ID, v.caller(), in.Get("code"))
		return err
	}, func(p *cartPage, text string) { p.problem = text })
}

// resume opens a cart on another device. The link is exchanged for a cookie at
// once, so that the cart's key does not stay in the bar.
func (s *Shop) resume(w http.ResponseWriter, r *http.Request) error {
	var found cart.Cart
	err := s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		id, err := cart.OpenResume(s.Keeper, r.PathValue("token"), tx.Now)
		if err != nil {
			return err
		}
		found, err = cart.Find(r.Context(), tx, id, v.caller())
		return err
	})
	if err != nil {
		return err
	}
	web.SetCookie(w, r, cookieMarket, found.Market, year)
	web.SetCookie(w, r, cookieCart, string(found.ID), month)
	return see(w, r, "/cart")
}

// linkTo shows the cart with a link that opens it on another device.
func (s *Shop) linkTo(w http.ResponseWriter, r *http.Request) error {
	p, err := s.loadCart(r)
	if err != nil {
		return err
	}
	if id := p.visit.cart.ID; id != "" {
		p.link = s.BaseURL + "/cart/resume/" + cart.ResumeToken(s.Keeper, id, s.DB.Now().Add(cart.ResumeLife))
	}
	return write(w, r, http.StatusOK, cartTemplate(p))
}

// codeProblem says why a code takes nothing off.
func (p page) codeProblem(reason string) string {
	return p.say("code."+reason, p.T("shop.say.code.unknown"))
}

// lineProblem says what keeps a line from being bought.
func (p page) lineProblem(problem cart.Problem) string {
	code := problem.Code
	if code == cart.ProblemShort && problem.Available == 0 {
		code = "sold_out"
	}
	return p.say(code, problem.Text, "Count", int(problem.Available))
}

func productPath(slug string) string { return "/products/" + url.PathEscape(slug) }
