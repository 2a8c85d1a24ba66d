package journey_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
	"korzo/purchase/payment/guard"
)

// payer is somebody who pays through the shop's own server, which says for whom
// it calls.
type payer struct {
	w                   *apptest.World
	key                 string
	ip, agent, address  string
	instrument, attempt string
}

func (b payer) call(method, path string, body any, header ...string) apptest.Answer {
	b.w.T.Helper()
	return b.w.Call(method, path, body, append(header, "Authorization", "Bearer "+b.key, "Shopper-IP", b.ip, "Shopper-Agent", b.agent)...)
}

// pay buys a poster in a new cart and returns what completing it answered.
func (b payer) pay() (checkout string, done apptest.Answer) {
	b.w.T.Helper()
	c := b.call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}})
	k := b.call("POST", "/store/v1/checkouts", map[string]any{"cart": c.Text("id")})
	checkout = k.Text("id")
	p := b.call("PATCH", "/store/v1/checkouts/"+checkout, map[string]any{"email": b.attempt + "@example.com",
		"shipping_address": map[string]any{"name": "A B", "line1": b.address, "city": "Berlin", "postal_code": "10115", "country": "DE"},
		"shipping_option":  k.Text("shipping_options", 0, "id"), "payment": map[string]any{"method": "card", "instrument": b.instrument}})
	if p.Text("status") != "ready_for_complete" {
		b.w.T.Fatalf("not ready: %d %s", p.Status, p.Bytes)
	}
	return checkout, b.call("POST", "/store/v1/checkouts/"+checkout+"/complete", map[string]any{"expected_total": p.At("totals", "total")}, "Idempotency-Key", checkout)
}

// buys pays as an honest buyer does: with proof where the bank asks for it.
func (b payer) buys() (asked bool) {
	b.w.T.Helper()
	checkout, done := b.pay()
	if done.Text("status") == "requires_escalation" {
		asked = true
		b.prove(done.Text("next_action", "url"))
	}
	b.w.Until("the honest buyer's order is placed", func() bool {
		return b.call("GET", "/store/v1/checkouts/"+checkout, nil).Text("status") == "completed"
	})
	return asked
}

// prove says at the bank's page that it is the cardholder.
func (b payer) prove(page string) {
	b.w.T.Helper()
	r, err := http.NewRequestWithContext(b.w.T.Context(), "POST", page, strings.NewReader(url.Values{"answer": {"yes"}}.Encode()))
	if err != nil {
		b.w.T.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got, err := http.DefaultTransport.RoundTrip(r) // where it leads back to is not followed
	if err != nil {
		b.w.T.Fatal(err)
	}
	_ = got.Body.Close()
	if got.StatusCode != http.StatusSeeOther {
		b.w.T.Fatalf("prove: %d", got.StatusCode)
	}
}

// server makes a key as a shop's own server has one.
func server(w *apptest.World) (key string) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) (err error) {
		_, key, err = auth.CreateKey(w.T.Context(), tx, auth.NewKey{Kind: auth.Secret, Name: "server", Channel: "web", Scopes: []string{auth.ScopeAll}})
		return err
	})
	return key
}

// card is the token of a published card, typed anew.
func card(bin, last string, n int) string { return fmt.Sprintf("sandbox:card.%s.%s.n%d", bin, last, n) }

// A tester learns something of a card when the shop says at once whether it was
// taken. Everything else is the cardholder's to answer.
func learns(a apptest.Answer, stopped bool) bool {
	return a.Text("status") != "requires_escalation" && !stopped
}

func TestACardTesterIsStoppedAndHonestBuyersAreNot(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Stock("POSTER", 500)
		key := server(w)
		honest := func(i int) payer {
			return payer{w, key, fmt.Sprintf("198.51.%d.7", i), "Firefox", fmt.Sprintf("Hauptstraße %d", i), card("424242", "4242", 9000+i), fmt.Sprintf("honest%d", i)}
		}
		t.Run("from one place", func(t *testing.T) {
			learned, texts := 0, map[string]bool{}
			for i := range 24 {
				b := payer{w, key, "203.0.113.9", "python-requests", fmt.Sprintf("Nowhere %d", i), card("400000", "0002", i), fmt.Sprintf("t%d", i)}
				before := w.App.Guard.State(guard.Settings{}, w.App.DB.Now()).Figures.Stopped
				_, a := b.pay()
				stopped := w.App.Guard.State(guard.Settings{}, w.App.DB.Now()).Figures.Stopped > before
				if learns(a, stopped) {
					learned++
				}
				if m := a.Text("messages", 0, "content"); a.Text("status") != "requires_escalation" {
					texts[a.Text("messages", 0, "code")+": "+m] = true
				}
			}
			if learned != 3 {
				t.Errorf("the tester learned of %d cards, want 3", learned)
			}
			if len(texts) != 1 {
				t.Errorf("the tester reads more than one text: %v", texts)
			}
			if neighbour := honest(1); neighbour.buys() {
				t.Error("somebody elsewhere is asked")
			}
			same := honest(2) // behind the same address, with a browser of their own
			same.ip = "203.0.113.9"
			same.buys()
		})
		t.Run("from everywhere", func(t *testing.T) {
			learned, asked := 0, 0
			for i := range 60 {
				b := payer{w, key, fmt.Sprintf("192.0.%d.9", i), fmt.Sprint("agent", i), fmt.Sprintf("Elsewhere %d", i), card("400000", "0127", 100+i), fmt.Sprintf("d%d", i)}
				if _, a := b.pay(); learns(a, false) {
					learned++
				}
				if i%10 == 9 && honest(10+i).buys() {
					asked++
				}
			}
			if learned > 20 {
				t.Errorf("the testers learned of %d cards", learned)
			}
			if asked == 0 {
				t.Error("nobody is asked for proof while cards are tested")
			}
			w.Until("staff see it", func() bool {
				return number(t, w.App.DB, `SELECT COUNT(*) FROM exception_problems WHERE kind = 'payment.card_testing'`) == 1
			})
		})
		if got := number(t, w.App.DB, `SELECT COUNT(*) FROM order_orders`); got != 8 {
			t.Errorf("%d orders were placed, want those of 8 honest buyers", got)
		}
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM payment_attempts WHERE traces LIKE '%203.0.113%'`); n != 0 {
			t.Errorf("%d attempts tell an address", n)
		}
	})
}
