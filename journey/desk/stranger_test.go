package desk_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// placeholder is a part of a pattern that names a thing.
var placeholder = regexp.MustCompile(`\{([a-z]+)\}`)

// notOwned are placeholders that everybody may know, or whose value is the right itself.
var notOwned = map[string]bool{"slug": true, "method": true, "page": true, "token": true, "link": true}

// belongings are a customer's own things by the placeholder that names them, and
// where they are found. What the demo's customer has none of is made up: it must
// be refused all the same.
type belongings struct {
	t      *testing.T
	w      *apptest.World
	her    *passer
	things map[string]string
	madeUp map[string]bool
	pages  []string // of hers, as she finds them
}

func (b *belongings) has(name, page, pattern string) {
	b.t.Helper()
	b.w.Until("she has a "+name, func() bool {
		_, body := b.her.open(page)
		found := regexp.MustCompile(pattern).FindStringSubmatch(body)
		if found != nil {
			b.things[name] = found[1]
		}
		return found != nil
	})
}

// belong gives the demo's customer one of everything.
func belong(t *testing.T, w *apptest.World, email, password string) *belongings {
	t.Helper()
	her := passBy(t, w, "en", "DE")
	b := &belongings{t: t, w: w, her: her, things: map[string]string{"key": "psk_01", "wish": "wsh_01", "right": "rgt_01"}, madeUp: map[string]bool{"key": true, "wish": true, "right": true}}
	her.send("/sign-in", "email", email, "password", password)
	her.send("/account/cards", "agree", "yes", "instrument", "sandbox:card.424242.4242.abcdefghjkmnpq")
	_, mug := her.open("/products/nera-mug")
	her.send("/wishes", "slug", "nera-mug", "product", her.part(mug, `name="product" value="(prd_[^"]+)"`), "back", "/wishes")
	her.take("nera-mug")
	order := her.buys("")
	at, _, _ := strings.Cut(order, "?")
	b.things["id"] = strings.TrimPrefix(at, "/orders/")
	her.take("isar-table-lamp")
	her.send("/account/exports")
	b.has("document", order, `/documents/([^"?]+)`)
	b.has("line", "/cart", `/cart/lines/([^"/]+)`)
	b.has("address", "/account/addresses", `action="/account/addresses/([^"]+)"`)
	b.has("message", "/account/messages", `href="/account/messages/([^"]+)"`)
	b.has("export", "/account/privacy", `href="/account/exports/([^"]+)"`)
	b.has("card", "/account/wallet", `action="/account/cards/([^"/]+)"`)
	b.has("list", "/wishes", `name="list" value="([^"]*)"`)
	b.things["attempt"] = w.Call("GET", "/admin/v1/orders/"+b.things["id"], nil).Text("payments", 0, "attempts", 0, "id")
	b.pages = []string{order, "/cart", "/wishes", "/account", "/account/addresses", "/account/wallet", "/account/messages", "/account/security", "/account/privacy"}
	return b
}

// path is a pattern with her things in it; "" where nothing of hers is in it.
func (b *belongings) path(pattern string) (path string, real bool) {
	b.t.Helper()
	owned := false
	real = true
	path = placeholder.ReplaceAllStringFunc(pattern, func(part string) string {
		name := strings.Trim(part, "{}")
		if notOwned[name] {
			return part
		}
		owned = true
		if b.things[name] == "" {
			b.t.Errorf("nobody has a %s to knock at %s with: give her one", name, pattern)
		}
		real = real && !b.madeUp[name]
		return b.things[name]
	})
	if !owned {
		return "", false
	}
	return path, real
}

// knock asks for something and returns what came of it, wherever it led.
func (p *passer) knock(method, path string, form url.Values) (status int, at, body string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, answer.Request.URL.Path, string(text)
}

// ofStrangers is what a stranger would have done with somebody else's things.
var ofStrangers = url.Values{"intent": {"remove"}, "quantity": {"0"}, "sure": {"yes"}, "reason": {"mine now"}, "name": {"Eve Example"}, "line1": {"Torstr. 1"}, "postal_code": {"10119"},
	"city": {"Berlin"}, "country": {"DE"}, "password": {"a password of eve's own"}, "delete": {"yes"}, "default": {"yes"}}

var markup = regexp.MustCompile(`<script[^>]*>[^<]*</script>|<[^>]*>`)

// Whoever is not her, as nobody, as a guest with a bag and as another customer,
// knocks with the names of her things at every address of the shop that names
// one: nothing of hers is shown, and she finds everything as she left it. The
// table is the router's own: an address whose thing nobody has fails the test.
func TestAStrangerSeesAndChangesNothingOfSomebodyElses(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: strangers knock in the full run")
	}
	w, report := apptest.OpenDemo(t, bank.Config{})
	hers := belong(t, w, report.Customer.Email, report.Customer.Password)
	guest, other := passBy(t, w, "en", "DE"), passBy(t, w, "en", "DE")
	guest.take("orla-bowl")
	other.send("/register", "name", "Otto Other", "email", "otto.other@example.com", "password", "a password of otto's own")
	other.take("orla-bowl")
	before := hers.read()
	number := w.Call("GET", "/admin/v1/orders/"+hers.things["id"], nil).Text("number")
	secrets := []string{report.Customer.Email, number, "4242"}
	knocks := 0
	for who, p := range map[string]*passer{"nobody": passBy(t, w, "en", "DE"), "a guest": guest, "another customer": other} {
		tries := func(method, path string, form url.Values, real bool) {
			knocks++
			status, at, body := p.knock(method, path, form)
			for _, secret := range secrets {
				if strings.Contains(body, secret) {
					t.Errorf("%s is told %q by %s %s (%d at %s)", who, secret, method, path, status, at)
				}
			}
			if method == http.MethodGet && status < 400 && at == path {
				t.Errorf("%s is let in to %s", who, path)
			}
			if status >= 500 {
				t.Errorf("%s breaks %s %s: %d", who, method, path, status)
			}
			if method == http.MethodGet && real && who == "nobody" {
				if status, _, _ := hers.her.knock(method, path, nil); status >= 400 {
					t.Errorf("she herself is refused at %s: %d", path, status)
				}
			}
		}
		for _, pattern := range w.App.Shop.Patterns() {
			method, rest, _ := strings.Cut(pattern, " ")
			if strings.HasSuffix(rest, "/events") {
				continue // a stream; its page is asked for
			}
			if path, real := hers.path(rest); path != "" {
				tries(method, path, ofStrangers, real)
			}
		}
		tries("POST", "/wishes/lists", url.Values{"intent": {"share"}, "list": {hers.things["list"]}}, true)
		tries("POST", "/wishes/lists", url.Values{"intent": {"remove"}, "list": {hers.things["list"]}}, true)
		tries("POST", "/checkout", url.Values{"intent": {"place"}, "saved": {hers.things["card"]}, "email": {"eve@example.com"}}, true)
	}
	if knocks < 3*15 {
		t.Errorf("%d knocks", knocks)
	}
	for i, now := range hers.read() {
		if now != before[i] {
			t.Errorf("%s was\n%s\nand is\n%s", hers.pages[i], before[i], now)
		}
	}
}

// read is what all her pages say, as a reader sees them.
func (b *belongings) read() (all []string) {
	b.t.Helper()
	for _, page := range b.pages {
		_, body := b.her.open(page)
		all = append(all, strings.Join(strings.Fields(markup.ReplaceAllString(body, " ")), " "))
	}
	return all
}
