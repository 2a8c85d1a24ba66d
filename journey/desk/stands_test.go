package desk_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/app/demo"
	"korzo/customer/visitor"
	"korzo/offer/catalog"
	"korzo/offer/content"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/purchase/order"
)

// stand is a page of the shop in one of its states: who stands before it, and
// what they did there.
type stand struct {
	name, pattern, at string
	who               *passer // nil: somebody who was never here
	then, wait        string  // a script that does something, and what is there when it is done
}

// noStand are addresses of the shop that are no page of their own, with the reason.
var noStand = map[string]string{
	"/robots.txt":                       "a text for crawlers",
	"/sitemap.xml":                      "a file for crawlers",
	"/checkout/places":                  "a list for a script",
	"/cart/resume/{token}":              "leads to the cart",
	"/pay/return/{attempt}":             "leads to the order, or back to the checkout",
	"/orders/{id}/documents/{document}": "a file",
	"/orders/{id}/events":               "a stream",
	"/downloads/{right}":                "a file",
	"/account/exports/{export}":         "a file",
	"/letters/end/{link}":               "the page of /letters/{link}",
	"/account/cards/{card}":             "leads to the bank and back to the wallet",
	"/checkout/express/{method}":        "leads from a wallet to the checkout",
	"/checkout/wait":                    "leads on as soon as the bank has answered",
}

// street gathers stands.
type street struct {
	t   *testing.T
	w   *apptest.World
	all []stand
}

func (s *street) add(who *passer, name, pattern, at string, does ...string) {
	does = append(does, "", "")
	s.all = append(s.all, stand{name, pattern, at, who, does[0], does[1]})
}

// typedInto is a script that types into a field and presses a button.
func typedInto(field, text, press string) string {
	return fmt.Sprintf(`document.querySelector(%q).value = %q; document.querySelector(%q).click(); true`, field, text, press)
}

// stands are all pages of the shop, in the states in which people meet them, in
// a language and a market.
func stands(t *testing.T, w *apptest.World, report demo.Report, language, market string) []stand {
	t.Helper()
	s := &street{t: t, w: w}
	guest := passBy(t, w, language, market)
	s.goods(guest)
	s.bag(guest, language, market)
	s.doors(guest, language, market)
	s.letters(guest, language, market)
	s.account(report, language, market)
	for _, pattern := range w.App.Shop.Patterns() {
		path, isGet := strings.CutPrefix(pattern, "GET ")
		if isGet && noStand[path] == "" && !slices.ContainsFunc(s.all, func(p stand) bool { return p.pattern == path }) {
			t.Errorf("nobody stands before %s: add it to the stands, so that it is looked at", path)
		}
	}
	return s.all
}

// goods are the pages on which one looks around.
func (s *street) goods(guest *passer) {
	s.add(nil, "home-first", "/{$}", "/?lang=en")
	s.add(guest, "home", "/{$}", "/")
	s.add(guest, "search", "/{$}", "/?q=teapott")
	s.add(guest, "search-none", "/{$}", "/?q=qqqqq")
	s.add(guest, "suggest", "/search/suggest", "/", `const q = document.querySelector('.search input[name=q]'); q.focus(); q.value = 'ner'; q.dispatchEvent(new Event('input', {bubbles: true})); true`, `.search a`)
	_, mugs := guest.open("/categories/mugs")
	s.add(guest, "category", "/categories/{slug}", "/categories/mugs")
	s.add(guest, "category-narrowed", "/categories/{slug}", "/categories/mugs?facet.color="+url.QueryEscape(guest.part(mugs, `name="facet.color" value="([^"]+)"`)))
	s.add(guest, "category-none", "/categories/{slug}", "/categories/mugs?facet.color=none")
	s.add(guest, "product", "/products/{slug}", "/products/nera-mug")
	s.add(guest, "product-set", "/products/{slug}", "/products/"+firstOf(guest, "/categories/sets"))
	s.add(guest, "product-gift-card", "/products/{slug}", "/products/gift-card")
	s.add(guest, "content", "/pages/{slug}", "/pages/right-of-withdrawal")
	draft := content.ID(s.w.Call("GET", "/admin/v1/content", nil).Text("data", 1, "id"))
	s.add(guest, "content-preview", "/pages/{page}/preview", "/pages/"+string(draft)+"/preview?key="+content.Preview(s.w.App.Keeper, draft, s.w.App.DB.Now().Add(content.PreviewLife)))
	s.add(guest, "wishes-empty", "/wishes", "/wishes")
	s.add(guest, "lost", "/", "/nowhere")
}

// bag are the pages from the bag to the parcel.
func (s *street) bag(guest *passer, language, market string) {
	s.add(guest, "cart-empty", "/cart", "/cart")
	p := passBy(s.t, s.w, language, market)
	p.take("nera-mug")
	p.take("isar-table-lamp")
	s.add(p, "cart", "/cart", "/cart")
	s.add(p, "cart-code", "/cart", "/cart", `document.querySelector('.code-more').open = true; `+typedInto(`#code`, "NOSUCHCODE", `form[action="/cart/codes"] button`), `.code .error-line`)
	s.add(p, "drawer", "", "/products/orla-bowl", `document.querySelector('.buy-button').click(); true`, `.drawer .lines`)
	s.add(p, "checkout", "/checkout", "/checkout")
	s.add(p, "checkout-wrong", "/checkout", "/checkout", `document.querySelector('#place .button-place, #next button').click(); true`, `.alert-error`)
	if market != "DE" {
		return
	}
	s.broken(language, market)
	for _, step := range []string{"delivery", "payment"} {
		p := passBy(s.t, s.w, language, market)
		p.take("nera-mug")
		s.add(p, "checkout-"+step, "/checkout", p.buys(step))
	}
	s.add(guest, "order", "/orders/{id}", s.orderLink(buy(s.w, "PLN-NER-GRA-14", 2)))
	sent := buy(s.w, "PLN-NER-GRA-14", 1)
	s.ship(sent)
	s.add(guest, "order-sent", "/orders/{id}", s.orderLink(sent))
}

func (s *street) orderLink(id string) string {
	s.t.Helper()
	return pathOf(s.t, s.w.App.Checkout.OrderLink(order.ID(id)))
}

// broken is what somebody sees whose checkout cannot be read: the page of an error
// that is ours.
func (s *street) broken(language, market string) {
	s.t.Helper()
	p := passBy(s.t, s.w, language, market)
	p.take("nera-mug")
	p.open("/checkout")
	dbtest.Write(s.t, s.w.App.DB, func(tx *db.Tx) error {
		_, err := tx.Exec(s.t.Context(), `UPDATE checkout_sessions SET groups = '{' WHERE id = (SELECT MAX(id) FROM checkout_sessions)`)
		return err
	})
	r, err := p.client.Get(p.base + "/checkout")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusInternalServerError || !bytes.Contains(body, []byte("<main")) || bytes.Contains(body, []byte("JSON")) {
		s.t.Errorf("a checkout that cannot be read: %d %v\n%.2000s", r.StatusCode, err, body)
	}
	s.add(p, "broken", "", "/checkout")
}

// ship has an order packed and handed over.
func (s *street) ship(id string) {
	s.t.Helper()
	var f string
	s.w.Until("the goods wait to be sent", func() bool {
		f = s.w.Call("GET", "/admin/v1/fulfilments?order="+id, nil).Text("data", 0, "id")
		return f != ""
	})
	var packed apptest.Answer
	for _, action := range []string{"accept", "pick", "pack"} {
		body := map[string]any{}
		if action == "pack" {
			body["weight_grams"] = 900
		}
		packed = s.w.Call("POST", "/admin/v1/fulfilments/"+f+"/"+action, body)
	}
	if a := s.w.Call("POST", "/admin/v1/parcels/"+packed.Text("parcels", 0, "id")+"/ship", map[string]any{}); a.Status != 200 {
		s.t.Fatalf("%s: %s", packed.Bytes, a.Bytes)
	}
}

// doors are the pages of somebody who comes in, pays what was sent to them, or
// takes back what they said.
func (s *street) doors(guest *passer, language, market string) {
	s.add(guest, "sign-in", "/sign-in", "/sign-in?next=/checkout")
	s.add(guest, "sign-in-wrong", "/sign-in", "/sign-in", typedInto("#f-email", "ada@", "main .button-primary"), `main .error, main .alert-error`)
	s.add(guest, "sign-in-code", "/sign-in", "/sign-in", typedInto("#f-email", "lotte.lindenblatt@example.com", `button[formaction="/sign-in/mail"]`), `#f-code`)
	s.add(guest, "sign-in-link", "/sign-in/link/{token}", "/sign-in/link/old")
	s.add(guest, "register", "/register", "/register")
	s.add(guest, "consent", "/consent", "/consent")
	s.add(guest, "stores", "/stores", "/stores")
	s.add(guest, "withdrawal", "/withdrawal", "/withdrawal")
	s.add(guest, "withdrawal-wrong", "/withdrawal", "/withdrawal", `document.querySelector('main .button-primary').click(); true`, `.error, .alert-error`)
	s.add(guest, "farewell", "/farewell", "/farewell")
	link := s.w.Call("POST", "/admin/v1/pay-links", map[string]any{"market": "DE", "amount": map[string]any{"amount": 2900, "currency": "EUR"}, "text": "Engraving, as agreed by telephone"}, "Idempotency-Key", "stand"+language)
	s.add(guest, "pay-link", "/pay/{token}", pathOf(s.t, link.Text("url")))
	s.add(guest, "preview-checkout", "/checkout/preview", "/checkout/preview?of="+s.preview(language, market))
}

// preview is the link to a flow as its editor shows it.
func (s *street) preview(language, market string) string {
	s.t.Helper()
	ctx := s.t.Context()
	p := checkout.Preview{Market: market, Channel: "web", Locale: language, As: flow.Visit{Device: visitor.Device{Kind: "phone"}}, Until: s.w.App.DB.Now().Add(time.Hour)}
	err := s.w.App.DB.Read(ctx, func(tx *db.Tx) error {
		flows, err := flow.List(ctx, tx, "", 1)
		if err != nil {
			return err
		}
		live, err := flow.Find(ctx, tx, flows[0].ID, flows[0].Live)
		if err != nil {
			return err
		}
		mug, err := catalog.FindSKU(ctx, tx, "PLN-NER-GRA-14")
		p.Document, p.Lines = live.Document, []checkout.PreviewLine{{Variant: string(mug.ID), Quantity: 2}}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	link, err := p.Link(s.w.App.Keeper)
	if err != nil {
		s.t.Fatal(err)
	}
	return link
}

// letters are the pages that a mail about letters leads to.
func (s *street) letters(guest *passer, language, market string) {
	s.add(guest, "letters", "/letters", "/letters")
	one, other := "nora."+language+"@example.com", "otto."+language+"@example.com"
	guest.send("/letters", "email", one)
	s.add(guest, "letters-asked", "/letters", "/letters?told=asked")
	s.add(guest, "letters-confirm", "/letters/confirm/{link}", linkIn(s.t, s.w, one, `/letters/confirm/[^"\s<>]+`))
	p := passBy(s.t, s.w, language, market)
	p.send("/letters", "email", other)
	p.send(linkIn(s.t, s.w, other, `/letters/confirm/[^"\s<>]+`))
	s.add(p, "letters-choose", "/letters/{link}", strings.Replace(linkIn(s.t, s.w, other, `/letters/end/[^"\s<>]+`), "/end/", "/", 1))
}

// account are the pages of the demo's customer, who buys, wishes for something
// and keeps a card.
func (s *street) account(report demo.Report, language, market string) {
	p := passBy(s.t, s.w, language, market)
	s.add(p, "account", "/account", "/account")
	p.send("/sign-in", "email", report.Customer.Email, "password", report.Customer.Password)
	for _, slug := range []string{"nera-mug", "isar-table-lamp", "orla-bowl"} {
		_, body := p.open("/products/" + slug)
		p.send("/wishes", "slug", slug, "product", p.part(body, `name="product" value="(prd_[^"]+)"`), "back", "/wishes")
	}
	s.add(p, "wishes", "/wishes", "/wishes")
	_, wishes := p.open("/wishes")
	_, shared := p.send("/wishes/lists", "intent", "share", "list", p.part(wishes, `name="list" value="([^"]*)"`))
	s.add(p, "wishes-shared", "/wishes/shared/{link}", pathOf(s.t, p.part(shared, `id="share"[^>]*value="([^"]+)"`)))
	p.send("/account/cards", "agree", "yes", "instrument", "sandbox:card.424242.4242.abcdefghjkmnpq")
	p.take("nera-mug")
	if market == "DE" {
		s.add(p, "order-own", "/orders/{id}", p.buys(""))
	}
	_, addresses := p.open("/account/addresses")
	s.add(p, "account-addresses", "/account/addresses", "/account/addresses")
	s.add(p, "account-address", "/account/addresses", p.part(addresses, `href="(/account/addresses\?[^"]+)"`))
	s.add(p, "account-wallet", "/account/wallet", "/account/wallet")
	var letter string
	s.w.Until("her order is confirmed by mail", func() bool {
		_, body := p.open("/account/messages")
		_, letter, _ = strings.Cut(body, `href="/account/messages/`)
		return letter != ""
	})
	letter, _, _ = strings.Cut(letter, `"`)
	s.add(p, "account-messages", "/account/messages", "/account/messages")
	s.add(p, "account-message", "/account/messages/{message}", "/account/messages/"+letter)
	s.add(p, "account-security", "/account/security", "/account/security")
	s.add(p, "account-privacy", "/account/privacy", "/account/privacy")
	s.add(p, "account-farewell", "/account/farewell", "/account/farewell")
}

// firstOf is the first product of a category.
func firstOf(p *passer, path string) string {
	p.t.Helper()
	_, body := p.open(path)
	return p.part(body, `href="/products/([^"?#]+)`)
}

// pathOf is an address without the shop it leads to.
func pathOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		t.Fatalf("%q is no address: %v", address, err)
	}
	return u.RequestURI()
}
