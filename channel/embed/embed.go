// Package embed puts a checkout into somebody else's page.
//
// The page loads one script and writes one element:
//
//	<script src="https://shop.example/embed.js" async></script>
//	<korzo-checkout items="MUG-RED:2" market="DE"></korzo-checkout>
//
// The script makes an iframe of the shop's own checkout pages. Browsers keep
// cookies of such frames away from us, so everything that lasts stands in a
// token in the frame's address: the cart, whose page is around it, the look. The
// token is signed, ends after a day, and is in no address bar.
//
// The frame tells the page around what happens (korzo:ready, height, step,
// total, completed), always to the one origin that its token names; it listens
// to that origin and to its parent alone, and takes from it tokens of the look
// and nothing else. Which origins may frame a checkout is the flow's to say
// (frame-ancestors): whoever is not named sees an empty frame.
//
// Never true: a cookie that the checkout needs; a price, a shopper's word or an
// order told to an origin that the merchant did not name.
package embed

import (
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"korzo/channel/storefront"
	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/seal"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/ui"
)

// The failures a page around can act on.
var (
	ErrOrigin = fault.New(fault.Forbidden, "embed.origin", "no checkout of this shop may stand in this page: have the shop's owner add its origin to a published flow")
	ErrToken  = fault.New(fault.NotFound, "embed.token", "this checkout has ended: reload the page and begin again")
	ErrItems  = fault.New(fault.Invalid, "embed.items", "name what is bought as items=\"SKU:quantity, SKU\", at most 50 lines")
)

var (
	//go:embed embed.js
	hostScript string
	//go:embed frame.js
	frameScript string
	//go:embed begin.html
	beginPage string
)

// lives is how long a frame's address opens its checkout.
const lives = 24 * time.Hour

// maxItems bounds the lines that one element may ask for.
const maxItems = 50

// Embed serves the script and the frames. Every field is required.
type Embed struct {
	DB     *db.DB
	Keeper *seal.Keeper
	Shop   *storefront.Shop

	frame ui.Asset
	begin *template.Template
}

// Routes opens the door.
func (e *Embed) Routes(mux *http.ServeMux) {
	e.frame = ui.NewAsset("/embed-assets/", "frame.js", frameScript)
	e.begin = template.Must(template.New("begin").Parse(beginPage))
	mux.Handle("GET /embed-assets/{name}", ui.Handler(e.frame))
	mux.HandleFunc("GET /embed.js", script)
	mux.Handle("GET /embed", web.Pages(trouble).Handle(e.ask))
	mux.Handle("POST /embed", web.SameOrigin(web.Pages(trouble).Handle(e.start)))
	for pattern, page := range e.Shop.Framed(e.open) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" /embed/{token}"+path, page)
	}
}

// script is what the page around loads. Its address never changes, so it is
// asked for anew each hour.
func script(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	_, _ = w.Write([]byte(hostScript)) // nobody is left to tell
}

// trouble is the page of what a frame refuses: whoever builds the page around
// reads it.
func trouble(w http.ResponseWriter, _ *http.Request, p *web.Problem) error {
	_, err := w.Write([]byte("<!DOCTYPE html><title>Checkout</title><p>" + template.HTMLEscapeString(p.Detail) + "</p>"))
	return err
}

// ticket is what the address of a frame tells, signed.
type ticket struct {
	Cart   string `json:"c"`
	Market string `json:"m"`
	Locale string `json:"l"`
	Origin string `json:"o"`
	Theme  string `json:"t,omitempty"`
	Until  int64  `json:"u"`
}

func (e *Embed) seal(t ticket) string {
	text, err := json.Marshal(t)
	if err != nil {
		panic("embed: a ticket is plain data: " + err.Error())
	}
	body := base64.RawURLEncoding.EncodeToString(text)
	return body + "." + e.Keeper.Token("embed", body)
}

// open reads the frame of a request, or returns ErrToken, or ErrOrigin when the
// merchant took the origin out since.
func (e *Embed) open(r *http.Request) (*storefront.Frame, error) {
	token := r.PathValue("token")
	body, sign, _ := strings.Cut(token, ".")
	var t ticket
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || !e.Keeper.CheckToken("embed", body, sign) || json.Unmarshal(text, &t) != nil || e.DB.Now().Unix() > t.Until {
		return nil, ErrToken
	}
	theme, err := url.ParseQuery(t.Theme)
	if err != nil {
		return nil, ErrToken
	}
	if err := e.allowed(r, t.Origin); err != nil {
		return nil, err
	}
	return &storefront.Frame{Base: "/embed/" + token, Cart: cart.ID(t.Cart), Market: t.Market, Locale: t.Locale, Origin: t.Origin, Theme: theme, Script: e.frame.URL}, nil
}

// allowed returns ErrOrigin where no published flow may stand.
func (e *Embed) allowed(r *http.Request, origin string) error {
	return e.DB.Read(r.Context(), func(tx *db.Tx) error {
		ok, err := flow.Embeds(r.Context(), tx, origin)
		if err == nil && !ok {
			err = ErrOrigin.With(strconv.Quote(origin) + ": " + ErrOrigin.Text)
		}
		return err
	})
}

// ask is the first page of a frame: it posts itself, because looking at a page
// makes no cart.
func (e *Embed) ask(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := e.allowed(r, q.Get("origin")); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	r = web.Guard(w, r, "default-src 'none'; script-src 'nonce-"+web.NonceMark+"'; form-action 'self'; base-uri 'none'; frame-ancestors "+q.Get("origin"))
	return e.begin.Execute(w, map[string]any{"Query": q, "Script": e.frame.URL, "Nonce": web.Nonce(r.Context())})
}

// start makes the cart of a frame and leads to its checkout.
func (e *Embed) start(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return ErrItems
	}
	in := r.PostForm
	if err := e.allowed(r, in.Get("origin")); err != nil {
		return err
	}
	t := ticket{Origin: in.Get("origin"), Theme: themeOf(in).Encode(), Until: e.DB.Now().Add(lives).Unix()}
	err := e.DB.Write(r.Context(), func(tx *db.Tx) error {
		channel, err := market.FindChannel(r.Context(), tx, e.Shop.Channel)
		if err != nil {
			return err
		}
		c, err := e.cart(r, tx, channel)
		t.Cart, t.Market, t.Locale = string(c.ID), c.Market, c.Locale
		return err
	})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/embed/"+e.seal(t)+"/checkout", http.StatusSeeOther)
	return nil
}

// cart is the one that the page around made over the API, or a new one of the
// items it names.
func (e *Embed) cart(r *http.Request, tx *db.Tx, channel market.Channel) (cart.Cart, error) {
	if id := r.PostForm.Get("cart"); id != "" {
		return cart.Find(r.Context(), tx, cart.ID(id), cart.Caller{})
	}
	d := cart.Draft{Market: channel.DefaultMarket, Channel: channel.ID}
	if asked := r.PostForm.Get("market"); channel.Serves(asked) {
		d.Market = asked
	}
	m, err := market.Find(r.Context(), tx, d.Market)
	if err != nil {
		return cart.Cart{}, err
	}
	d.Locale = m.Locale
	if locale := r.PostForm.Get("locale"); len(locale) >= 2 && len(locale) <= 20 {
		d.Locale = locale
	}
	for item := range strings.SplitSeq(r.PostForm.Get("items"), ",") {
		sku, count, counted := strings.Cut(strings.TrimSpace(item), ":")
		n, err := strconv.ParseInt(strings.TrimSpace(count), 10, 64)
		if !counted {
			n, err = 1, nil
		}
		if err != nil || len(d.Lines) == maxItems {
			return cart.Cart{}, ErrItems
		}
		v, err := catalog.FindSKU(r.Context(), tx, sku)
		if err != nil {
			return cart.Cart{}, ErrItems.With(strconv.Quote(sku) + " is not sold here: name a SKU of the shop")
		}
		d.Lines = append(d.Lines, cart.Line{Variant: v.ID, Quantity: n})
	}
	return cart.Create(r.Context(), tx, d)
}

// themeOf is what the element says of the look: values of tokens, which the
// style sheet checks once more.
func themeOf(in url.Values) url.Values {
	t := url.Values{}
	for _, token := range []string{"accent", "radius", "font", "scheme"} {
		if value := in.Get(token); value != "" && len(value) <= 20 {
			t.Set(token, value)
		}
	}
	return t
}
