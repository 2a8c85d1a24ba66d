package desk_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/engagement/message"
)

// passer is somebody in the street before the shop: a browser's cookies, without
// the browser.
type passer struct {
	t      *testing.T
	base   string
	client *http.Client
}

// passBy is somebody who reads English and wants nothing but what is necessary.
func passBy(t *testing.T, w *apptest.World, language, market string) *passer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &passer{t, w.Shop.URL, &http.Client{Jar: jar}}
	p.send("/settings", "market", market, "language", language, "back", "/")
	p.send("/consent", "answer", "none", "back", "/")
	return p
}

// open reads a page and returns where it is and what it says.
func (p *passer) open(path string) (at, body string) {
	p.t.Helper()
	r, err := p.client.Get(p.base + path)
	return p.read(r, err)
}

// send fills in a form.
func (p *passer) send(path string, fields ...string) (at, body string) {
	p.t.Helper()
	in := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		in.Add(fields[i], fields[i+1])
	}
	r, err := p.client.PostForm(p.base+path, in)
	return p.read(r, err)
}

func (p *passer) read(r *http.Response, err error) (at, body string) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode >= 400 {
		p.t.Fatalf("%s: %d %v\n%.2000s", r.Request.URL, r.StatusCode, err, b)
	}
	return r.Request.URL.RequestURI(), string(b)
}

// part is what the first group of a pattern finds in a page.
func (p *passer) part(body, pattern string) string {
	p.t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(body)
	if found == nil {
		p.t.Fatalf("nothing matches %s in\n%.4000s", pattern, body)
	}
	return html.UnescapeString(found[1])
}

// take puts what is first on a product's page into the bag.
func (p *passer) take(product string) {
	p.t.Helper()
	_, body := p.open("/products/" + product)
	p.send("/cart/lines", "product", p.part(body, `name="product" value="([^"]+)"`), "variant", p.part(body, `name="variant" value="([^"]+)"`), "quantity", "1")
}

// buys what is in the bag, on however many pages, and stops before a step that is
// named; it returns where the last page is.
func (p *passer) buys(until string) (at string) {
	p.t.Helper()
	at, body := p.open("/checkout")
	for range 4 {
		if !strings.HasPrefix(at, "/checkout") {
			return at
		}
		step := p.part(body, `name="step" value="([^"]*)"`)
		if step == until {
			return at
		}
		in := []string{"step", step, "intent", "next"}
		if strings.Contains(body, `name="agreed"`) {
			in[3] = "place"
			in = append(in, "key", p.part(body, `name="key" value="([^"]*)"`), "agreed", p.part(body, `name="agreed" value="([^"]*)"`), "method", "card", "card", "approve")
		}
		if step == "" || step == "contact" {
			in = append(in, "email", "lotte.lindenblatt@example.com", "country", "DE", "name", "Lotte Lindenblatt", "line1", "Am Platzhalter 55", "postal_code", "50667", "city", "Köln")
		}
		if step == "" || step == "delivery" {
			in = append(in, "option", "de_standard")
		}
		at, body = p.send("/checkout", in...)
	}
	if until != "" || strings.HasPrefix(at, "/checkout") {
		p.t.Fatalf("at %s:\n%.6000s", at, body)
	}
	return at
}

// linkIn is an address of the shop in a mail that somebody got, once it came.
func linkIn(t *testing.T, w *apptest.World, to, pattern string) (path string) {
	t.Helper()
	inbox := w.App.Outbox.(message.Inbox)
	is := regexp.MustCompile(regexp.QuoteMeta(w.Shop.URL) + `(` + pattern + `)`)
	w.Until("there is a mail with "+pattern, func() bool {
		kept, err := inbox.List(t.Context(), 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range kept {
			full, err := inbox.Find(t.Context(), k.ID)
			if err != nil {
				t.Fatal(err)
			}
			if found := is.FindStringSubmatch(full.Mail.Text); full.Mail.To == to && found != nil {
				path = found[1]
				return true
			}
		}
		return false
	})
	return path
}
