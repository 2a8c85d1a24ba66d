package storefront

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"korzo/offer/market"
	"korzo/offer/taxonomy"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/i18n"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/value/calendar"
)

// The cookies of the shop and how long they last.
const (
	cookieCart     = "cart"
	cookieCustomer = "customer"
	cookieMarket   = "market"
	cookieLanguage = "language"
	cookieOrders   = "orders"

	month = 30 * 24 * time.Hour
	year  = 365 * 24 * time.Hour
)

// visit is who looks at a page, and where they stand. Its Locale says things
// in their language.
type visit struct {
	i18n.Locale
	channel     market.Channel
	markets     []market.Market // of the channel
	market      market.Market
	entity      market.Entity
	zone        *time.Location
	customer    string    // signed in as; "" for a guest
	since       time.Time // when they signed in
	cart        cart.Cart // without an ID when there is none
	tree        *taxonomy.Tree
	spot        spot              // where things would be sent
	legal       []place           // pages for the footer
	consent     string            // the answer, "" while nothing was said
	asked       string            // the language that the address names; "" for none
	askedMarket string            // the market that it names, where there is one so called
	here        string            // the page to come back to after a change of settings
	frame       *Frame            // it is in; nil: the shop itself
	openNow     map[string]string // "open until 18:00", by the place where one collects
}

func (v *visit) caller() cart.Caller { return cart.Caller{Customer: v.customer} }

// units counts what is in the cart, for the header.
func (v *visit) units() (n int64) {
	if v.cart.State != cart.StateOpen && v.cart.State != cart.StateLocked {
		return 0
	}
	for _, l := range v.cart.Lines {
		n += l.Quantity
	}
	return n
}

// enter learns who asks: market, language, customer, cart. What a cookie names
// that does not exist, or is somebody else's, is as if it were not there.
func (s *Shop) enter(ctx context.Context, tx *db.Tx, r *http.Request) (*visit, error) {
	known := cart.ID(web.Cookie(r, cookieCart))
	frame := frameOf(r)
	if frame != nil {
		r, known = frame.request(r), frame.Cart
	}
	v := &visit{here: whereOf(r), frame: frame}
	v.consent, _ = consentOf(r)
	var err error
	if v.channel, err = market.FindChannel(ctx, tx, s.Channel); err != nil {
		return nil, err
	}
	all, err := market.All(ctx, tx)
	if err != nil {
		return nil, err
	}
	if v.tree, err = taxonomy.Load(ctx, tx); err != nil {
		return nil, err
	}
	language, marketID := asked(r)
	v.asked = language
	if slices.ContainsFunc(all, func(m market.Market) bool { return m.ID == marketID && v.channel.Serves(m.ID) }) {
		v.askedMarket = marketID
	}
	v.settle(all, cmp.Or(web.Cookie(r, cookieMarket), marketID))
	v.spot = v.spotOf(web.Cookie(r, cookiePlace))
	v.Locale = s.language(r, v.market.Locale)
	if v.legal, err = footLinks(ctx, tx, v.Tag()); err != nil {
		return nil, err
	}
	if v.zone, err = calendar.Zone(v.market.Zone); err != nil {
		return nil, err
	}
	if v.entity, err = market.FindEntity(ctx, tx, v.market.Entity); err != nil {
		return nil, err
	}
	if err := v.know(ctx, tx, web.Cookie(r, cookieCustomer)); err != nil {
		return nil, err
	}
	return v, v.find(ctx, tx, known)
}

// settle finds the markets of the channel and which of them the visitor chose.
func (v *visit) settle(all []market.Market, chosen string) {
	if !v.channel.Serves(chosen) {
		chosen = v.channel.DefaultMarket
	}
	for _, m := range all {
		if v.channel.Serves(m.ID) {
			v.markets = append(v.markets, m)
		}
		if m.ID == chosen {
			v.market = m
		}
	}
}

// know finds who is signed in.
func (v *visit) know(ctx context.Context, tx *db.Tx, token string) error {
	if token == "" {
		return nil
	}
	session, err := auth.FindSession(ctx, tx, auth.RealmCustomer, token)
	if errors.Is(err, auth.ErrSession) {
		return nil
	}
	v.customer, v.since = session.Subject, session.CreatedAt
	return err
}

// find finds the cart.
func (v *visit) find(ctx context.Context, tx *db.Tx, id cart.ID) error {
	if id == "" {
		return nil
	}
	c, err := cart.Find(ctx, tx, id, v.caller())
	if errors.Is(err, cart.ErrNotFound) {
		return nil
	}
	v.cart = c
	return err
}

// language is the one that the address names, or was chosen, or that the browser asks for, or the
// market's.
func (s *Shop) language(r *http.Request, fallback string) i18n.Locale {
	language, _ := asked(r)
	return s.Catalog.Locale(language, web.Cookie(r, cookieLanguage), r.Header.Get("Accept-Language"), fallback)
}

// visit enters in a transaction of its own, for handlers that need no other.
func (s *Shop) visit(r *http.Request) (v *visit, err error) {
	err = s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err = s.enter(r.Context(), tx, r)
		return err
	})
	return v, err
}

// whereOf is the page that shows what r is about.
func whereOf(r *http.Request) string {
	path, q := r.URL.Path, r.URL.Query()
	q.Del(askLanguage) // or another choice would not count there
	q.Del(askMarket)
	switch {
	case r.Method == http.MethodGet && len(q) > 0 && !q.Has("token"):
		return path + "?" + q.Encode()
	case r.Method == http.MethodGet:
		return path
	case strings.HasPrefix(path, "/cart"):
		return "/cart"
	case path == "/checkout", path == "/sign-in", path == "/register":
		return path
	}
	return "/"
}

// local returns path if it leads to a page of this shop, and the front page if not.
func local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, `\`) {
		return "/"
	}
	return path
}

var errForm = fault.New(fault.Invalid, "storefront.form", "the form could not be read; go back and send it again")

// form reads what was posted.
func form(r *http.Request) (url.Values, error) {
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, fault.New(fault.TooLarge, "storefront.form_too_large", "the form is too large; shorten what you typed")
		}
		return nil, errForm
	}
	return r.PostForm, nil
}

// settings changes market and language, and takes the cart along: one of a
// market has its currency, so there it is a new cart with the same things.
func (s *Shop) settings(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	back := local(in.Get("back"))
	var moved cart.ID
	var to market.Market
	language := in.Get("language")
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		to = v.market
		if i := slices.IndexFunc(v.markets, func(m market.Market) bool { return m.ID == in.Get("market") }); i >= 0 {
			to = v.markets[i]
		}
		if !slices.Contains(i18n.Languages, language) {
			language = v.Tag()
		}
		moved, err = v.moveCart(r.Context(), tx, to.ID, language)
		return err
	})
	if errors.Is(err, cart.ErrLocked) {
		return see(w, r, "/checkout/wait")
	}
	if err != nil {
		return err
	}
	web.SetCookie(w, r, cookieMarket, to.ID, year)
	web.SetCookie(w, r, cookieLanguage, language, year)
	if moved != "" {
		web.SetCookie(w, r, cookieCart, string(moved), month)
	}
	return see(w, r, back)
}

// moveCart copies the open cart into another market or language. It returns ""
// when there is nothing to move, and cart.ErrLocked while it is being paid.
func (v *visit) moveCart(ctx context.Context, tx *db.Tx, marketID, language string) (cart.ID, error) {
	switch {
	case v.cart.State == cart.StateLocked:
		return "", cart.ErrLocked
	case v.cart.State != cart.StateOpen, v.cart.Market == marketID && v.cart.Locale == language:
		return "", nil
	}
	c, err := cart.Create(ctx, tx, cart.Draft{Market: marketID, Channel: v.channel.ID, Locale: language,
		Customer: v.customer, Lines: v.cart.Lines})
	for _, code := range v.cart.Codes {
		if err != nil {
			return "", err
		}
		c, err = cart.AddCode(ctx, tx, c.ID, v.caller(), code)
	}
	return c.ID, err
}
