package storefront_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"korzo/channel/storeapi"
	"korzo/channel/storefront"
	"korzo/customer/profile"
	"korzo/delivery/method"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/auth"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/i18n"
	"korzo/platform/idempotency"
	"korzo/platform/job"
	"korzo/platform/ledger"
	"korzo/platform/remember"
	"korzo/platform/seal"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/bank"
	"korzo/purchase/payment/gateway"
	"korzo/purchase/promotion"
	"korzo/purchase/tax"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

var schemas = []fs.FS{
	remember.Schema, event.Schema, job.Schema, ledger.Schema, exception.Schema, idempotency.Schema, auth.Schema,
	market.Schema, catalog.Schema, pricing.Schema, inventory.Schema, profile.Schema, method.Schema, tax.Schema,
	promotion.Schema, cart.Schema, flow.Schema, order.Schema, payment.Schema, checkout.Schema,
}

// world is a shop with three markets, three products, a bank and a browser.
type world struct {
	t        *testing.T
	d        *db.DB
	keeper   *seal.Keeper
	checkout *checkout.Checkout
	payments *payment.Payments
	bank     *bank.Bank
	server   *httptest.Server
	missing  []string // messages that were looked for and not found
}

// each runs test on a fresh shop on every database.
func each(t *testing.T, test func(w *world)) {
	t.Helper()
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) { test(open(t, d)) })
}

func open(t *testing.T, d *db.DB) *world {
	t.Helper()
	keeper, err := seal.Open(bytes.Repeat([]byte{7}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, d: d, keeper: keeper}
	w.openBank()
	media := blob.Folder(t.TempDir())
	w.furnish(media)

	words := i18n.Load()
	words.OnMissing = func(language, id string) { w.missing = append(w.missing, language+": "+id) }
	mux := http.NewServeMux()
	shop := &storefront.Shop{DB: d, Keeper: keeper, Checkout: w.checkout, Catalog: words, Channel: "web", BaseURL: "http://shop.test", Sync: w.payments.Sync}
	shop.Routes(mux)
	mux.Handle("GET /media/{name}", media)
	w.server = httptest.NewServer(web.Chain(mux, web.Options{Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))}))
	t.Cleanup(func() {
		w.server.Close()
		w.checkout.Wait()
		w.payments.Wait()
		if len(w.missing) > 0 {
			t.Errorf("messages not found, or not filled in: %v", w.missing)
		}
	})
	return w
}

// openBank starts the sandbox bank and what pays through it.
func (w *world) openBank() {
	var counter *httptest.Server
	w.bank = bank.New(dbtest.SQLite(w.t, []fs.FS{bank.Schema}), func() string { return counter.URL },
		bank.Config{Secret: "s3cret", ChallengeAfter: time.Hour, LateAfter: time.Hour, Silence: 30 * time.Second})
	counter = httptest.NewServer(w.bank.Handler())
	w.t.Cleanup(func() { counter.CloseClientConnections(); counter.Close() })
	at, _ := url.Parse(counter.URL)
	gateways, err := gateway.Open("sandbox://demo:s3cret@" + at.Host)
	if err != nil {
		w.t.Fatal(err)
	}
	w.checkout = checkout.New(checkout.Config{DB: w.d, Keeper: w.keeper, Answer: storeapi.Answer, BaseURL: "http://shop.test",
		Payments: func() *payment.Payments { return w.payments }})
	w.payments = payment.New(w.d, gateways, map[string]payment.Forward{checkout.OwnerKind: w.checkout.Forward},
		func(ctx context.Context, tx *db.Tx, kind string, a payment.Attempt, text string) error {
			return exception.Raise(ctx, tx, exception.Problem{Kind: kind, Ref: string(a.ID), Text: text})
		})
}

// furnish fills the shop.
func (w *world) furnish(media *blob.FolderStore) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		ctx := w.t.Context()
		for _, step := range []func(context.Context, *db.Tx) error{markets, rates, deliveries, flows, codes} {
			if err := step(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	w.sell("mug", "Stoneware mug", "Becher aus Steinzeug", 1290, []string{"Red", "Blue", "Sand"}, []int64{10, 3, 0}, drawn(w.t, media, 214, 120, 92))
	w.sell("throw", "Wool throw", "Wolldecke", 8900, []string{""}, []int64{40}, drawn(w.t, media, 108, 132, 118))
	w.sell("lamp", "Paper lamp", "Papierlampe", 4500, []string{""}, []int64{0}, drawn(w.t, media, 226, 192, 128))
}

func markets(ctx context.Context, tx *db.Tx) error {
	seat := address.Address{Name: "Korzo GmbH", Line1: "Torstraße 1", City: "Berlin", PostalCode: "10119", Country: "DE"}
	if err := market.SaveEntity(ctx, tx, market.Entity{ID: "ent_gmbh", Name: "Korzo GmbH", VATID: "DE999999999", Address: seat, Series: "DE"}); err != nil {
		return err
	}
	for _, m := range []market.Market{
		{ID: "DE", Name: "Germany and Austria", Currency: "EUR", Countries: []string{"DE", "AT"}, Country: "DE", Locale: "de-DE", Zone: "Europe/Berlin", TaxIncluded: true, TaxShipping: true},
		{ID: "HU", Name: "Hungary", Currency: "HUF", Countries: []string{"HU"}, Country: "HU", Locale: "hu-HU", Zone: "Europe/Budapest", TaxIncluded: true, TaxShipping: true},
		{ID: "US", Name: "United States", Currency: "USD", Countries: []string{"US"}, Country: "US", Locale: "en-US", Zone: "America/New_York"},
	} {
		m.Entity = "ent_gmbh"
		if err := market.Save(ctx, tx, m); err != nil {
			return err
		}
	}
	if err := inventory.SaveLocation(ctx, tx, inventory.Location{ID: "loc_berlin", Name: "Berlin", Country: "DE", City: "Berlin", Zone: "Europe/Berlin", Ships: true}); err != nil {
		return err
	}
	return market.SaveChannel(ctx, tx, market.Channel{ID: "web", Name: "Korzo", Kind: "storefront", Markets: []string{"DE", "HU", "US"}, DefaultMarket: "DE"})
}

func rates(ctx context.Context, tx *db.Tx) error {
	for _, e := range []tax.Entry{{Country: "DE", Name: "MwSt. 19 %", PPM: 190_000}, {Country: "AT", Name: "USt. 20 %", PPM: 200_000},
		{Country: "HU", Name: "ÁFA 27%", PPM: 270_000}, {Country: "US", Region: "CA", Name: "CA sales tax", PPM: 72_500}} {
		e.Class, e.From = tax.Standard, calendar.On(2020, 1, 1)
		if err := tax.SaveRate(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

func deliveries(ctx context.Context, tx *db.Tx) error {
	for _, m := range []method.Method{
		{ID: "de_standard", Market: "DE", Name: map[string]string{"de": "Standardversand", "en": "Standard"}, Settings: json.RawMessage(`{"amount":490}`), Countries: []string{"DE"}, TransitMin: 1, TransitMax: 3},
		{ID: "de_express", Market: "DE", Name: map[string]string{"de": "Express", "en": "Express"}, Settings: json.RawMessage(`{"amount":1290}`), Countries: []string{"DE"}, TransitMin: 1, TransitMax: 1, Position: 1},
		{ID: "at_standard", Market: "DE", Name: map[string]string{"de": "Versand nach Österreich", "en": "Austria"}, Settings: json.RawMessage(`{"amount":990}`), Countries: []string{"AT"}, TransitMin: 2, TransitMax: 4, Position: 2},
		{ID: "hu_standard", Market: "HU", Name: map[string]string{"hu": "Házhoz szállítás", "en": "Home delivery"}, Settings: json.RawMessage(`{"amount":149000}`), TransitMin: 2, TransitMax: 4},
		{ID: "us_ground", Market: "US", Name: map[string]string{"en": "Ground"}, Settings: json.RawMessage(`{"amount":700}`), TransitMin: 3, TransitMax: 6},
	} {
		m.Kind, m.Rule, m.CutOff, m.Active = method.Ship, "flat", 14*60, true
		if err := method.Save(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

func flows(ctx context.Context, tx *db.Tx) error {
	pay := map[string][]string{"DE": {"card"}, "HU": {"card"}, "US": {"card"}}
	for _, doc := range []flow.Document{
		{Name: "One page", Layout: flow.OnePage, Payments: pay},
		{Name: "Three pages", Layout: flow.ThreePage, Payments: pay, Trigger: `market == "HU"`, Priority: 10},
	} {
		v, err := flow.Save(ctx, tx, "", doc)
		if err != nil {
			return err
		}
		if err := flow.Publish(ctx, tx, v.Flow, v.Version); err != nil {
			return err
		}
	}
	return nil
}

func codes(ctx context.Context, tx *db.Tx) error {
	_, err := promotion.Create(ctx, tx, promotion.Draft{Name: "Spring", Code: "SPRING", Kind: promotion.Percent, PPM: 100_000})
	if err == nil {
		_, err = promotion.Create(ctx, tx, promotion.Draft{Name: "Dollars", Code: "DOLLARS", Kind: promotion.Fixed, Amount: money.Of(500, "USD"), Market: "US"})
	}
	return err
}

// sell puts a product on sale everywhere: its price in cents, in forints a
// hundredfold of whole euros.
func (w *world) sell(slug, title, german string, price int64, variants []string, stock []int64, picture catalog.Image) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		ctx := w.t.Context()
		draft := catalog.Draft{Slug: slug, Title: title, Description: "Made to be used every day, and to be mended.\nKeeps for a lifetime.",
			Images: []catalog.Image{picture}, Translations: map[string]catalog.Translation{"de": {Title: german}}}
		for i, name := range variants {
			draft.Variants = append(draft.Variants, catalog.Variant{SKU: strings.ToUpper(fmt.Sprint(slug, "-", i)), Title: name, WeightGrams: 300})
		}
		p, err := catalog.Create(ctx, tx, draft)
		if err != nil {
			return err
		}
		for i, v := range p.Variants {
			for id, a := range map[string]money.Amount{"DE": money.Of(price, "EUR"), "HU": money.Of(price*400, "HUF"), "US": money.Of(price+100, "USD")} {
				if err := pricing.Set(ctx, tx, id, v.ID, a); err != nil {
					return err
				}
			}
			if stock[i] == 0 {
				continue
			}
			if _, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: v.ID, Location: "loc_berlin", Delta: stock[i], Reason: "delivery", Actor: "test"}); err != nil {
				return err
			}
		}
		return nil
	})
}

// drawn puts a picture of one colour and a circle into the shop.
func drawn(t *testing.T, media *blob.FolderStore, r, g, b uint8) catalog.Image {
	t.Helper()
	const size = 400
	m := image.NewRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			c := color.RGBA{r, g, b, 255}
			if dx, dy := x-size/2, y-size/2; dx*dx+dy*dy < 110*110 {
				c = color.RGBA{r/2 + 110, g/2 + 110, b/2 + 110, 255}
			}
			m.Set(x, y, c)
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	name := blob.Name(file.Bytes(), "png")
	if media != nil {
		if err := media.Put(t.Context(), name, &file); err != nil {
			t.Fatal(err)
		}
	}
	return catalog.Image{Blob: name, Alt: "A round thing", Width: size, Height: size}
}

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

var tags = regexp.MustCompile(`<[^>]*>`)

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
