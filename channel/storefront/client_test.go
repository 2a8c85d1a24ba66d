package storefront_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
)

// browser is one shopper's: it keeps cookies and follows redirects.
type browser struct {
	w        *world
	client   *http.Client
	language string
}

func (w *world) browser(language string) *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{w: w, client: &http.Client{Jar: jar}, language: language}
}

// shown is a page as it was answered.
type shown struct {
	t      *testing.T
	status int
	path   string // where redirects led
	header http.Header
	body   string
}

func (b *browser) open(path string) shown {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), http.MethodGet, b.w.server.URL+path, nil)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return b.do(r)
}

// send posts a form; pairs are names and values in turn.
func (b *browser) send(path string, pairs ...string) shown {
	b.w.t.Helper()
	return b.post(path, valuesOf(pairs))
}

func valuesOf(pairs []string) url.Values {
	in := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		in.Set(pairs[i], pairs[i+1])
	}
	return in
}

func (b *browser) post(path string, in url.Values) shown {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), http.MethodPost, b.w.server.URL+path, strings.NewReader(in.Encode()))
	if err != nil {
		b.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func (b *browser) do(r *http.Request) shown {
	b.w.t.Helper()
	r.Header.Set("Accept-Language", b.language)
	answer, err := b.client.Do(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return shown{b.w.t, answer.StatusCode, answer.Request.URL.Path, answer.Header, string(body)}
}

var tags = regexp.MustCompile(`<script[^>]*>[^<]*</script>|<[^>]*>`)

// text is what a reader sees, on one line.
func (s shown) text() string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(s.body, " "))), " ")
}

// says fails the test unless the page shows every one of these.
func (s shown) says(wanted ...string) shown {
	s.t.Helper()
	text := s.text()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			s.t.Fatalf("%s (%d) does not say %q:\n%s", s.path, s.status, want, text)
		}
	}
	return s
}

// silent fails the test if the page shows any of these.
func (s shown) silent(unwanted ...string) shown {
	s.t.Helper()
	for _, word := range unwanted {
		if strings.Contains(s.text(), word) {
			s.t.Fatalf("%s (%d) says %q:\n%s", s.path, s.status, word, s.text())
		}
	}
	return s
}

// at fails the test unless the page is at path, answered with status.
func (s shown) at(status int, path string) shown {
	s.t.Helper()
	if s.status != status || s.path != path {
		s.t.Fatalf("at %s with %d, want %s with %d:\n%s", s.path, s.status, path, status, s.text())
	}
	return s
}

// value is what a field of the page holds.
func (s shown) value(name string) string {
	s.t.Helper()
	m := regexp.MustCompile(`<input[^>]*name="` + name + `"[^>]*>`).FindString(s.body)
	if m == "" {
		s.t.Fatalf("%s has no field %q:\n%s", s.path, name, s.text())
	}
	v := regexp.MustCompile(`value="([^"]*)"`).FindStringSubmatch(m)
	if v == nil {
		return ""
	}
	return html.UnescapeString(v[1])
}

// address is the first one in the page, within the shop, that begins and ends so.
func (s shown) address(begin, end string) string {
	s.t.Helper()
	m := regexp.MustCompile(regexp.QuoteMeta(begin) + `[^"?&]+` + regexp.QuoteMeta(end)).FindString(s.body)
	if m == "" {
		s.t.Fatalf("%s leads to no %s…%s:\n%s", s.path, begin, end, s.text())
	}
	return m
}

// variant is the id of a SKU.
func (w *world) variant(sku string) string {
	w.t.Helper()
	var v catalog.Variant
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		v, err = catalog.FindSKU(w.t.Context(), tx, sku)
		return err
	})
	return string(v.ID)
}

// orders are all that were placed.
func (w *world) orders() (all []order.Order) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		all, _, err = order.List(w.t.Context(), tx, order.Filter{Limit: 100})
		return err
	})
	return all
}

// available is how many of a SKU anyone may buy.
func (w *world) available(sku string) int64 {
	w.t.Helper()
	id := catalog.VariantID(w.variant(sku))
	var stock map[catalog.VariantID]int64
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		stock, err = inventory.Available(w.t.Context(), tx, []catalog.VariantID{id})
		return err
	})
	return stock[id]
}

// berlin is a form filled in rightly for a buyer in Germany.
func berlin(page shown, card string) url.Values {
	page.t.Helper()
	return valuesOf([]string{"email", "ada@example.com", "country", "DE", "name", "Ada Lovelace", "line1", "Torstraße 1", "line2", "",
		"postal_code", "10119", "city", "Berlin", "option", "de_standard", "method", "card", "card", card,
		"intent", "place", "step", "", "key", page.value("key"), "agreed", page.value("agreed")})
}

func (w *world) url(path string) *url.URL {
	u, _ := url.Parse(w.server.URL + path)
	return u
}

// forget drops a cookie.
func (b *browser) forget(name string) {
	b.client.Jar.SetCookies(b.w.url("/"), []*http.Cookie{{Name: name, Path: "/", MaxAge: -1}})
}
