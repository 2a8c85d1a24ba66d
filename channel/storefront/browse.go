package storefront

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"korzo/engagement/banner"
	"korzo/fulfilment/pickup"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/purchase/payment/paymethod"
	"korzo/value/calendar"
	"korzo/value/money"
)

// perPage is how many products a page shows: it fills rows of 2, 3 and 4.
const perPage = 24

// searchMost bounds what is searched for.
const searchMost = 80

// card is a product in a list.
type card struct {
	slug, title string
	image       catalog.Image
	price       string // "" when it is not sold in this market
	prior       string // the price before a sale; "" without one
	from        bool   // variants differ in price
	unit        string // what a litre or kilogram costs; "" when it is not known or they differ
	soldOut     bool   // nothing of it is sent
	collect     bool   // and it can be collected in a store
}

type listPage struct {
	page
	wish
	besides
	cards  []card
	first  bool
	next   string // address of the next page; "" at the end
	total  int    // products in all; -1 when nobody counted
	facets []facet
	path   []place // what the category stands in
	below  []place // the categories right below it

	meant   string      // the words as the search understood them, where it had to guess
	leftOut string      // words without which it found something
	other   suggestions // offered when nothing was found
	welcome written     // what the merchant wrote above the goods of the front page
}

// goods is a product with what its variants cost here and how many there are.
type goods struct {
	catalog.Product
	offers []offer
}

// offer is a variant as it is sold in a market.
type offer struct {
	catalog.Variant
	price     money.Amount
	sold      bool // it has a price in this market
	stocked   bool // stock is kept of it
	available int64
	free      int64 // of them, that can be sent today
	status    inventory.Status
	expected  calendar.Date // when more come; zero: nobody knows
	prior     money.Amount  // the lowest price of the thirty days before a sale; zero without one
	tiers     []pricing.Tier
	counters  int64 // of what cannot be sent, that lie where people collect
}

// buyable reports whether anyone can buy it now.
func (o offer) buyable() bool { return o.sold && (!o.stocked || o.available > 0) }

// collected reports whether it is sold, sent from nowhere, and lies where people
// collect. What is made of parts is not gathered there.
func (o offer) collected() bool {
	return o.sold && o.stocked && o.available == 0 && o.counters > 0 && len(o.Parts) == 0
}

// goodsOf adds price and stock to products: two statements, however many.
func goodsOf(ctx context.Context, tx *db.Tx, v *visit, products []catalog.Product) ([]goods, error) {
	var ids []catalog.VariantID
	for _, p := range products {
		for _, variant := range p.Variants {
			ids = append(ids, variant.ID)
			ids = append(ids, catalog.PartIDs(variant.Parts)...)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	q, err := cart.Pricing(ctx, tx, v.market.ID, v.channel.ID, v.customer)
	if err != nil {
		return nil, err
	}
	offers, err := pricing.Offers(ctx, tx, q, ids)
	if err != nil {
		return nil, err
	}
	prices := pricing.Singles(offers)
	standing, err := inventory.StandingIn(ctx, tx, v.channel.ID, ids)
	if err != nil {
		return nil, err
	}
	counters, err := pickup.Counters(ctx, tx, v.market.ID)
	if err != nil {
		return nil, err
	}
	stock, lies := standing.All(), standing.OnlyAt(counters)
	all := make([]goods, len(products))
	for i, p := range products {
		all[i].Product = p
		for _, variant := range p.Variants {
			o := offers[variant.ID]
			price, sold := catalog.BundlePrice(variant.ID, variant.Parts, variant.PartsDiscountPPM, prices)
			s := stock[variant.ID]
			if len(variant.Parts) > 0 {
				s = inventory.Bundled(variant.Parts, stock)
			}
			all[i].offers = append(all[i].offers, offer{variant, price, sold,
				cart.Stocked(catalog.Item{Kind: p.Kind}), s.Units, s.Free, s.Status, s.Expected, o.Prior, o.Tiers, lies[variant.ID]})
		}
	}
	return all, nil
}

func (g goods) card(v *visit) card {
	c := card{slug: g.Slug, title: g.Title, soldOut: true}
	if len(g.Images) > 0 {
		c.image = g.Images[0]
	}
	var lowest money.Amount
	for _, o := range g.offers {
		if !o.sold {
			continue
		}
		if c.price != "" && o.price != lowest {
			c.from = true
		}
		if c.price == "" || o.price.Less(lowest) {
			lowest = o.price
			c.price, c.unit = v.Money(lowest), v.unitPrice(o)
			if c.prior = ""; !o.prior.IsZero() {
				c.prior = v.Money(o.prior)
			}
		}
		c.soldOut, c.collect = c.soldOut && !o.buyable(), c.collect || o.collected()
	}
	return c
}

type productPage struct {
	page
	goods
	besides
	wordsFirst bool // the description stands before what is said of delivery
	chosen     catalog.VariantID
	quantity   string
	problem    string
	delivery   delivery
	path       []place
	related    []relatedShelf
	alike      []card   // what can be bought in place of what is sold out
	inside     []inside // of a bundle

	wallets   []paymethod.Method // with which it can be bought at once
	wishedFor bool               // by the visitor
	slugs     map[string]string  // of the product, by language

	gift giftForm // for whom a gift card is

	waiter, waits, waitProblem string // who wants to be told that it is back: what they typed, what came of it
}

// buyable reports whether any variant can be bought.
func (p productPage) buyable() bool {
	for _, o := range p.offers {
		if o.buyable() {
			return true
		}
	}
	return false
}

func (s *Shop) product(w http.ResponseWriter, r *http.Request) error {
	var p productPage
	err := s.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if p, err = s.loadProduct(r, tx, r.PathValue("slug")); err != nil {
			return err
		}
		return p.show(r.Context(), tx, r, p.visit, banner.Product)
	})
	if err != nil {
		return err
	}
	if p.Slug != r.PathValue("slug") && r.Method == http.MethodGet {
		return moved(w, r, productPath(p.Slug))
	}
	s.found(r, p)
	s.reveal(r, &p.besides, p.customer)
	p.wordsFirst = s.wordsFirst(r, p.looker, p.customer)
	return write(w, r, http.StatusOK, productTemplate(p))
}

// found notes that a shopper came to a product from what words had found: the
// browser says so, and no more is kept than the words and the product.
func (s *Shop) found(r *http.Request, p productPage) {
	came, err := url.Parse(r.Referer())
	if err != nil || came.Host != r.Host || s.Search == nil || r.Method != http.MethodGet || r.Header.Get("Sec-Purpose") != "" {
		return
	}
	if words := came.Query().Get("q"); words != "" && (came.Path == "/" || strings.HasPrefix(came.Path, "/categories/")) {
		s.Search.Clicked(p.market.ID, p.Tag(), words, p.Product.ID)
	}
}

func (s *Shop) loadProduct(r *http.Request, tx *db.Tx, slug string) (p productPage, err error) {
	v, err := s.enter(r.Context(), tx, r)
	if err != nil {
		return p, err
	}
	found, err := catalog.FindBySlug(r.Context(), tx, slug, v.channel.ID, v.Tag())
	if err != nil {
		return p, err
	}
	all, err := goodsOf(r.Context(), tx, v, []catalog.Product{found})
	if err != nil {
		return p, err
	}
	p = productPage{page: s.page(v, found.Title), goods: goods{Product: found}, quantity: "1"}
	p.description = found.Description
	if len(all) == 1 {
		p.goods = all[0]
	}
	if o, ok := p.choose(r.URL.Query().Get("variant")); ok {
		p.chosen = o.ID
		if p.delivery, err = deliveries(r.Context(), tx, v, o); err != nil {
			return p, err
		}
	}
	if p.slugs, err = catalog.Slugs(r.Context(), tx, p.Product.ID); err != nil {
		return p, err
	}
	p.home()
	p.tell()
	return p, errors.Join(p.wish(r.Context(), tx, r), p.surroundings(r.Context(), tx, v), p.resemble(r.Context(), tx, v), s.express(r, tx, &p))
}

// choose returns the variant that an address names by its SKU or id, or else the
// first that can be bought, or else the first that is sold here.
func (p productPage) choose(named string) (o offer, ok bool) {
	for _, fits := range []func(o offer) bool{
		func(o offer) bool { return named != "" && (o.SKU == named || string(o.ID) == named) },
		offer.buyable,
		func(o offer) bool { return o.sold },
	} {
		if i := slices.IndexFunc(p.offers, fits); i >= 0 {
			return p.offers[i], true
		}
	}
	return o, false
}

var errNotSold = fault.New(fault.Conflict, "storefront.not_sold", "this cannot be bought here now; choose another")

// addLine puts a variant into the cart. When it cannot, the product's page
// says why and keeps what was chosen.
func (s *Shop) addLine(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	quantity, err := strconv.ParseInt(strings.TrimSpace(in.Get("quantity")), 10, 64)
	if err != nil || quantity < 1 {
		err = cart.ErrQuantity
	}
	var id cart.ID
	if err == nil {
		err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
			v, err := s.enter(r.Context(), tx, r)
			if err == nil {
				id, err = s.add(r.Context(), tx, v, in, quantity)
			}
			return err
		})
	}
	switch {
	case errors.Is(err, cart.ErrLocked):
		return see(w, r, "/checkout/wait")
	case err != nil:
		return s.refuseLine(w, r, in, err)
	}
	web.SetCookie(w, r, cookieCart, string(id), month)
	return see(w, r, "/cart?added=1")
}

// add puts a variant into the visitor's cart, or into a new one when there is
// none that may change.
func (v *visit) add(ctx context.Context, tx *db.Tx, variant catalog.VariantID, quantity int64) (cart.Cart, error) {
	items, err := catalog.SellableIn(ctx, tx, v.channel.ID, "", []catalog.VariantID{variant})
	if err != nil {
		return cart.Cart{}, err
	}
	if !items[variant].Active {
		return cart.Cart{}, errNotSold
	}
	if v.cart.State == cart.StateOpen && v.cart.Market == v.market.ID || v.cart.State == cart.StateLocked {
		return cart.AddLine(ctx, tx, v.cart.ID, v.caller(), variant, quantity)
	}
	return cart.Create(ctx, tx, cart.Draft{Market: v.market.ID, Channel: v.channel.ID, Locale: v.Tag(),
		Customer: v.customer, Lines: []cart.Line{{Variant: variant, Quantity: quantity}}})
}

// add puts a variant into the visitor's cart and, where it is a gift card, says
// for whom the first of them is.
func (s *Shop) add(ctx context.Context, tx *db.Tx, v *visit, in url.Values, quantity int64) (cart.ID, error) {
	variant := catalog.VariantID(in.Get("variant"))
	into, err := v.add(ctx, tx, variant, quantity)
	if at := in.Get("collect"); err == nil && at != "" {
		into, err = cart.CollectAt(ctx, tx, into.ID, v.caller(), at)
	}
	if err != nil {
		return "", err
	}
	return into.ID, s.putGift(ctx, tx, into, variant, into.Units(variant)-quantity, in)
}

// refuseLine shows the product again with what is wrong.
func (s *Shop) refuseLine(w http.ResponseWriter, r *http.Request, in url.Values, why error) error {
	var p productPage
	err := s.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		p, err = s.loadProduct(r, tx, in.Get("product"))
		return err
	})
	if err != nil {
		return err
	}
	text, ok := p.sayError(why)
	if !ok {
		return why
	}
	p.here = "/products/" + url.PathEscape(p.Slug)
	p.gift = giftForm{typed: in, problem: text, field: giftFieldOf(fault.CodeOf(why))}
	p.problem, p.quantity, p.chosen = text, in.Get("quantity"), catalog.VariantID(in.Get("variant"))
	return write(w, r, web.Status(fault.KindOf(why)), productTemplate(p))
}
