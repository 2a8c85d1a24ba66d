// Package apptest opens a whole small shop for a test: every part wired as in
// production, on a database of the test's own, with a sandbox bank on its own
// file behind HTTP.
//
// A World sells two mugs and a poster in DE (tax included), HU and US (tax on
// top), from two locations, through one flow of one page and one of three. Its
// clock is real, because banks and people are.
//
// Never true: a part replaced by something that is not in production.
package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/app"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/seal"
	"korzo/purchase/payment/bank"
)

// Secret is the sandbox account's.
const Secret = "sandbox-secret"

// World is a running shop with its bank.
type World struct {
	T     *testing.T
	App   *app.App
	Bank  *bank.Bank
	Shop  *httptest.Server
	Store string // a publishable key
	Admin string // a secret key

	ids     sync.Map
	named   bool          // it is reached by a name, as passkeys want
	ahead   *atomic.Int64 // how far the shop's clock is ahead, in nanoseconds
	gateway string        // the bank's address
	more    []string      // other gateways
	data    string        // its folder; "": an empty one
	post    *Post         // where mails and texts go; nil: they are kept
}

// Open starts a World on d. The bank lives as long as the test, on SQLite.
func Open(t *testing.T, d *db.DB, c bank.Config) *World {
	t.Helper()
	return OpenWith(t, d, c)
}

// OpenNamed is Open with a shop that is reached as localhost: passkeys want a
// name. URL returns its address.
func OpenNamed(t *testing.T, d *db.DB, c bank.Config) *World {
	t.Helper()
	return open(t, d, c, &World{T: t, named: true})
}

// URL is where the shop is reached.
func (w *World) URL() string {
	if w.named {
		return strings.Replace(w.Shop.URL, "127.0.0.1", "localhost", 1)
	}
	return w.Shop.URL
}

// OpenWith is Open with more gateways than the bank.
func OpenWith(t *testing.T, d *db.DB, c bank.Config, more ...string) *World {
	t.Helper()
	return open(t, d, c, &World{T: t, more: more})
}

func open(t *testing.T, d *db.DB, c bank.Config, w *World) *World {
	t.Helper()
	w.wind(d, new(atomic.Int64))
	w.Shop = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.App.Handler.ServeHTTP(rw, r) }))
	c.Secret, c.Webhook = Secret, w.Shop.URL+"/callbacks/payments/sandbox"
	gateway := w.openBank(c)
	w.start(d, gateway)
	w.fill(d)
	return w
}

// wind gives the shop on d a clock that Pass puts forward.
func (w *World) wind(d *db.DB, ahead *atomic.Int64) {
	w.ahead = ahead
	d.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
}

// Pass lets so much time go by in the shop, on all its nodes, at once. The bank
// lives by a clock of its own.
func (w *World) Pass(d time.Duration) { w.ahead.Add(int64(d)) }

// OpenTelling is Open for a shop whose mails and texts are sent.
func OpenTelling(t *testing.T, d *db.DB, c bank.Config, post *Post) *World {
	t.Helper()
	return open(t, d, c, &World{T: t, post: post})
}

// openBank starts a sandbox bank and returns its address as a gateway.
func (w *World) openBank(c bank.Config) string {
	w.T.Helper()
	d, err := db.Open(w.T.Context(), "sqlite:"+filepath.Join(w.T.TempDir(), "bank.db"))
	if err != nil {
		w.T.Fatal(err)
	}
	if err := d.Migrate(w.T.Context(), bank.Schema); err != nil {
		w.T.Fatal(err)
	}
	var server *httptest.Server
	w.Bank = bank.New(d, func() string { return server.URL }, c)
	server = httptest.NewServer(w.Bank.Handler())
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { w.Bank.Run(ctx) })
	w.T.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		stop()
		running.Wait()
		if err := d.Close(); err != nil {
			w.T.Error(err)
		}
	})
	u, err := url.Parse(server.URL)
	if err != nil {
		w.T.Fatal(err)
	}
	return "sandbox://demo:" + Secret + "@" + u.Host
}

// start assembles the shop and runs what recurs until the test ends.
func (w *World) start(d *db.DB, gateway string) {
	w.T.Helper()
	w.gateway = gateway
	if w.data == "" {
		w.data = w.T.TempDir()
	}
	config := app.Config{Data: w.data, Gateways: append([]string{gateway}, w.more...), Carriers: []string{"sandbox:"}, VATRegister: "fake:", BaseURL: w.URL(), PrivateWebhooks: true}
	if w.post != nil {
		config.Mail, config.MailFrom, config.Text = w.post.Mail, "Korzo <shop@example.com>", w.post.Text
	}
	var err error
	if w.App, err = app.Assemble(w.T.Context(), d, keeper(), config); err != nil {
		w.T.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { w.App.Run(ctx) })
	w.T.Cleanup(func() {
		w.Shop.CloseClientConnections()
		w.Shop.Close()
		w.App.Checkout.Wait()
		stop()
		running.Wait()
		w.App.Checkout.Wait() // what jobs began meanwhile
		w.App.Payments.Wait()
		if err := w.App.Search.Close(); err != nil {
			w.T.Error(err)
		}
	})
}

// keeper keeps what the shops of tests seal.
func keeper() *seal.Keeper {
	k, err := seal.Open(bytes.Repeat([]byte{7}, seal.KeySize))
	if err != nil {
		panic(err) // a key of the right length is always taken
	}
	return k
}

// keys makes the keys a client needs.
func (w *World) keys(ctx context.Context, tx *db.Tx) (err error) {
	if _, w.Store, err = auth.CreateKey(ctx, tx, auth.NewKey{Kind: auth.Publishable, Name: "test", Channel: "web"}); err != nil {
		return err
	}
	_, w.Admin, err = auth.CreateKey(ctx, tx, auth.NewKey{Kind: auth.Secret, Name: "test", Scopes: []string{auth.ScopeAll}})
	return err
}

// Answer is what a door said.
type Answer struct {
	Status int
	Header http.Header
	Bytes  []byte
	JSON   map[string]any // nil when the body is no object
}

// Call sends a request to a door; body is marshalled unless it is a string.
// Paths under /admin carry the secret key, others the publishable one.
func (w *World) Call(method, path string, body any, header ...string) Answer {
	w.T.Helper()
	a, err := w.Try(method, path, body, header...)
	if err != nil {
		w.T.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// Try is Call for goroutines that may not end the test.
func (w *World) Try(method, path string, body any, header ...string) (Answer, error) {
	text, ok := body.(string)
	if !ok && body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return Answer{}, err
		}
		text = string(b)
	}
	r, err := http.NewRequestWithContext(w.T.Context(), method, w.Shop.URL+path, bytes.NewReader([]byte(text)))
	if err != nil {
		return Answer{}, err
	}
	key := w.Store
	if len(path) > 6 && path[:6] == "/admin" {
		key = w.Admin
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = got.Body.Close() }()
	a := Answer{Status: got.StatusCode, Header: got.Header}
	if a.Bytes, err = io.ReadAll(got.Body); err != nil {
		return a, err
	}
	_ = json.Unmarshal(a.Bytes, &a.JSON)
	return a, nil
}

// At follows keys and indexes into the answer: At("order", "id"); nil when
// there is nothing.
func (a Answer) At(path ...any) any {
	var v any = a.JSON
	for _, p := range path {
		switch at := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[at]
		case int:
			l, _ := v.([]any)
			if at < 0 || at >= len(l) {
				return nil
			}
			v = l[at]
		}
	}
	return v
}

// Text is At as a string.
func (a Answer) Text(path ...any) string {
	s, _ := a.At(path...).(string)
	return s
}

// Int is At as a whole number; 0 when it is none.
func (a Answer) Int(path ...any) int64 {
	f, _ := a.At(path...).(float64)
	return int64(f)
}

// Variant returns the id of a SKU of the fixture.
func (w *World) Variant(sku string) catalog.VariantID {
	v, _ := w.ids.Load(sku)
	id, _ := v.(catalog.VariantID)
	return id
}

// Stock sets what lies in Berlin of a SKU.
func (w *World) Stock(sku string, units int64) {
	w.T.Helper()
	err := w.App.DB.Write(w.T.Context(), func(tx *db.Tx) error {
		levels, err := inventory.Levels(w.T.Context(), tx, w.Variant(sku))
		if err != nil {
			return err
		}
		for _, l := range levels {
			want := int64(0)
			if l.Location == "loc_berlin" {
				want = units
			}
			if want == l.OnHand {
				continue
			}
			if _, err := inventory.Adjust(w.T.Context(), tx, inventory.Adjustment{Variant: l.Variant, Location: l.Location, Delta: want - l.OnHand, Reason: "test"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// Levels returns what lies on hand and is reserved of a SKU, over all locations.
func (w *World) Levels(sku string) (onHand, reserved int64) {
	w.T.Helper()
	err := w.App.DB.Read(w.T.Context(), func(tx *db.Tx) error {
		levels, err := inventory.Levels(w.T.Context(), tx, w.Variant(sku))
		for _, l := range levels {
			onHand, reserved = onHand+l.OnHand, reserved+l.Reserved
		}
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return onHand, reserved
}

// Whole fails the test when the shop's books do not agree.
func (w *World) Whole() {
	w.T.Helper()
	findings, err := app.Verify(w.T.Context(), w.App.DB)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, f := range findings {
		for _, wrong := range f.Wrong {
			w.T.Errorf("%s: %s", f.Part, wrong)
		}
	}
}

// Until waits for something to become true, for at most a minute.
func (w *World) Until(what string, is func() bool) {
	w.T.Helper()
	end := time.Now().Add(time.Minute)
	for !is() {
		if time.Now().After(end) {
			w.T.Fatalf("after a minute still not: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Dir is a folder of the test's own for screenshots and the like, kept when
// KORZO_KEEP names one.
func Dir(t *testing.T) string {
	if dir := os.Getenv("KORZO_KEEP"); dir != "" {
		return dir
	}
	return t.TempDir()
}
