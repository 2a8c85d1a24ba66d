package journey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/remember"
)

// victimOf tells this test binary that it is to be a shop that dies.
const victimOf = "KORZO_JOURNEY_VICTIM"

func TestMain(m *testing.M) {
	if text := os.Getenv(victimOf); text != "" {
		if err := buyUntilKilled(context.Background(), text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	openPair()
	remember.Doubt(true)
	os.Exit(m.Run())
}

// plan is what a victim is told: where the shop is, what is bought with, and
// at which point it dies. At point 0 it lives, and names every point it passes.
type plan struct {
	Data, Database, Bank, Key, Instrument string
	Gift                                  string // the code of a gift card that pays a part
	Point                                 int64
}

// victim is a shop in a process of its own that dies by kill -9.
type victim struct {
	plan
	app    *app.App
	passed atomic.Int64
	begun  atomic.Int64 // transactions
	ahead  atomic.Int64 // nanoseconds that its clock is ahead
	phase  string
}

// buyUntilKilled opens the shop, makes one whole purchase, does the work that
// follows from it, and prints each answer that the buyer has got.
func buyUntilKilled(ctx context.Context, text string) (err error) {
	v := &victim{phase: "before"}
	if err := json.Unmarshal([]byte(text), &v.plan); err != nil {
		return err
	}
	slog.SetDefault(slog.New(slog.DiscardHandler))
	bank, err := v.relay()
	if err != nil {
		return err
	}
	if v.app, err = app.New(ctx, app.Config{Data: v.Data, Database: v.Database, Gateways: []string{bank}}); err != nil {
		return err
	}
	v.app.DB.Now = func() time.Time { // each transaction asks once, when it begins
		v.begun.Add(1)
		return time.Now().Add(time.Duration(v.ahead.Load()))
	}
	v.app.Jobs.Workers, v.app.Bus.Workers = 1, 1 // the points come in the same order each time
	v.app.DB.OnStatement(func(_ context.Context, query string) { v.point(query) })
	b := buyer{Instrument: v.Instrument, Gift: v.Gift, call: v.call}
	for b.Next != "settle" {
		if v.phase = "before"; b.Next == "complete" {
			v.phase = "complete"
		}
		if _, err := b.step(); err != nil {
			return err
		}
		v.point("answered")
		if err := report("answered", b.seen); err != nil {
			return err
		}
	}
	v.phase = "after"
	if v.Instrument == "sandbox:challenge" {
		time.Sleep(decides) // or there is nothing to learn from the bank
	}
	v.ahead.Store(int64(follows)) // what was not decided is asked about
	for range 2 {
		if _, err := v.app.Jobs.RunOnce(ctx); err != nil {
			return err
		}
		if _, err := v.app.Bus.Deliver(ctx, v.app.DB); err != nil {
			return err
		}
	}
	_, err = v.app.Jobs.RunOnce(ctx)
	return err
}

// follows is how long after the purchase a victim does what follows from it.
const follows = 5 * time.Second

// decides is how long the bank takes for a challenge, its rounds included.
const decides = 300 * time.Millisecond

// report tells the parent something, at once.
func report(what string, v any) error {
	text, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintf(os.Stdout, "%s %s\n", what, text)
	}
	return err
}

// point is where a victim may die.
type point struct {
	Phase, What string
	Transaction int64 // the latest that had begun
}

// point is passed before each statement, before each call to the bank, and
// between the bank's answer and its reading.
func (v *victim) point(what string) {
	n := v.passed.Add(1)
	if v.Point == 0 {
		_ = report("point", point{v.phase, what, v.begun.Load()})
	}
	if n != v.Point {
		return
	}
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
	select {} // until the signal arrives
}

// relay stands between the shop and its bank, in the victim's own process, and
// returns the address that the shop is to call.
func (v *victim) relay() (string, error) {
	bank, err := url.Parse(v.Bank)
	if err != nil {
		return "", err
	}
	there := bank.Host
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.Method + " to the bank"
		v.point(name + ", before it is sent")
		out := r.Clone(r.Context())
		out.URL.Scheme, out.URL.Host, out.RequestURI = "http", there, ""
		got, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer func() { _ = got.Body.Close() }()
		v.point(name + ", before the reply is read")
		w.WriteHeader(got.StatusCode)
		_, _ = io.Copy(w, got.Body)
	}))
	here, err := url.Parse(server.URL)
	if err != nil {
		return "", err
	}
	bank.Host = here.Host
	return bank.String(), nil
}

// call asks the shop without a network.
func (v *victim) call(method, path string, body any, header ...string) (apptest.Answer, error) {
	return ask(v.app, v.Key, method, path, body, header...)
}

// ask calls a shop's handler without a network.
func ask(a *app.App, key, method, path string, body any, header ...string) (apptest.Answer, error) {
	return askIn(context.Background(), a, key, method, path, body, header...)
}

func askIn(ctx context.Context, a *app.App, key, method, path string, body any, header ...string) (got apptest.Answer, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return got, err
	}
	r := httptest.NewRequestWithContext(ctx, method, path, bytes.NewReader(text))
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	a.Handler.ServeHTTP(w, r)
	got = apptest.Answer{Status: w.Code, Header: w.Header(), Bytes: w.Body.Bytes()}
	_ = json.Unmarshal(got.Bytes, &got.JSON)
	return got, nil
}

// seen is what a buyer knows from the answers she has got.
type seen struct {
	Next, Cart, Checkout string
	Total, Due           map[string]any
}

// buyer buys two red mugs and a poster with a code and, where she has one, a
// gift card that pays a part, a step at a time. Her
// steps can be repeated: an answer that got lost is asked for again.
type buyer struct {
	seen
	Instrument string
	Gift       string
	plain      bool // without a code
	tries      int
	call       func(method, path string, body any, header ...string) (apptest.Answer, error)
}

// step does what comes next. A step that is not answered as it should is an error.
func (b *buyer) step() (a apptest.Answer, err error) {
	next := ""
	switch b.Next {
	case "":
		a, err = b.call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 2), line("POSTER", 1)}})
		if b.Cart, next = a.Text("id"), "code"; b.plain {
			next = "checkout"
		}
	case "code":
		a, err = b.call("POST", "/store/v1/carts/"+b.Cart+"/codes", map[string]any{"code": "SPRING"})
		if next = "gift"; b.Gift == "" {
			next = "checkout"
		}
	case "gift":
		a, err = b.call("POST", "/store/v1/carts/"+b.Cart+"/gift-cards", map[string]any{"code": b.Gift})
		next = "checkout"
	case "checkout":
		a, err = b.call("POST", "/store/v1/checkouts", map[string]any{"cart": b.Cart})
		b.Checkout, next = a.Text("id"), "say"
	case "say":
		a, err = b.call("PATCH", "/store/v1/checkouts/"+b.Checkout, map[string]any{"email": "ada@example.com", "shipping_address": berlin,
			"shipping_option": "de_standard", "payment": map[string]any{"method": "card", "instrument": b.Instrument}})
		b.Total, _ = a.At("totals", "total").(map[string]any)
		b.Due, _ = a.At("amount_due").(map[string]any)
		next = "complete"
	case "complete":
		a, err = b.call("POST", "/store/v1/checkouts/"+b.Checkout+"/complete", map[string]any{"expected_total": b.Total, "expected_due": b.Due},
			"Idempotency-Key", fmt.Sprint("k", b.tries))
		next = "settle"
	case "settle":
		if a, err = b.call("GET", "/store/v1/checkouts/"+b.Checkout, nil); a.Text("status") == "ready_for_complete" {
			b.tries++ // the payment failed: another way, under another key
			next = "say"
			break
		}
		next = "settle"
	}
	if err == nil && a.Status/100 != 2 {
		err = fmt.Errorf("%q was answered with %d %s", b.Next, a.Status, a.Bytes)
	}
	if err == nil {
		b.Next = next
	}
	return a, err
}
