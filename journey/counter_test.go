package journey_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
	"korzo/purchase/payment/device"
)

// eachCounter runs a test on a shop of each database that collects in Berlin,
// takes payment there, and has a drawer and a terminal.
func eachCounter(t *testing.T, test func(t *testing.T, w *apptest.World)) {
	t.Parallel()
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		terminal := httptest.NewServer(device.New(device.Config{Key: "pairing", Pace: 50 * time.Millisecond}).Handler())
		t.Cleanup(terminal.Close)
		w := apptest.OpenWith(t, d, bank.Config{Silence: 300 * time.Millisecond}, "cash://berlin?currencies=EUR", "terminal://T1:pairing@"+terminal.Listener.Addr().String())
		counterIn(w)
		if a := w.Call("PATCH", "/admin/v1/locations/loc_berlin", map[string]any{"till": true}); a.Status != 200 || a.At("till") != true {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		if a := w.Call("PUT", "/admin/v1/payment-methods/in_store", map[string]any{"market": "DE", "enabled": true, "position": 9}); a.Status >= 300 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "With counters", Trigger: `market == "DE"`, Layout: flow.OnePage, Priority: 100, Payments: map[string][]string{"DE": {"card", "in_store"}}})
			if err != nil {
				return err
			}
			return flow.Publish(t.Context(), tx, v.Flow, v.Version)
		})
		test(t, w)
	})
}

// reserved buys two posters that are paid when they are collected, and returns the
// order, its fulfilment at the counter, and what it costs.
func reserved(w *apptest.World, key string) (p placed, of string, due int64) {
	w.T.Helper()
	cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 2)}})
	at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
	sent := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard"})
	if strings.Contains(string(mustJSON(sent.At("payment_methods"))), "in_store") {
		w.T.Fatalf("what is sent may be paid at the counter: %s", sent.Bytes)
	}
	ready := w.Call("PATCH", at, map[string]any{"shipping_option": "berlin_pickup", "payment": map[string]any{"method": "in_store"}})
	done := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", key)
	p = placed{World: w, id: done.Text("order", "id"), token: done.Text("order", "token")}
	if p.id == "" {
		w.T.Fatalf("%s: %s", ready.Bytes, done.Bytes)
	}
	w.Until("its counter knows", func() bool {
		of = w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).Text("data", 0, "id")
		return of != ""
	})
	poster := w.Call("GET", "/admin/v1/orders/"+p.id, nil).Text("lines", 0, "id")
	for _, do := range []string{"accept", "pick", "ready"} {
		if a := w.Call("POST", "/admin/v1/fulfilments/"+of+"/"+do, map[string]any{"lines": []any{map[string]any{"line": poster, "units": 2}}}); a.Status != 200 {
			w.T.Fatalf("%s: %d %s", do, a.Status, a.Bytes)
		}
	}
	return p, of, ready.Int("totals", "total", "amount")
}

// hands gives what is ready to its buyer, whom staff know.
func hands(w *apptest.World, of string) apptest.Answer {
	w.T.Helper()
	return w.Call("POST", "/admin/v1/fulfilments/"+of+"/hand_over", map[string]any{"reason": "a neighbour"})
}

// pays takes money at the counter as a till does.
func pays(w *apptest.World, of, key string, body map[string]any) apptest.Answer {
	w.T.Helper()
	return w.Call("POST", "/admin/v1/fulfilments/"+of+"/payments", body, "Idempotency-Key", key)
}

// stands is what an account of the ledger has.
func stands(w *apptest.World, account string) int64 {
	w.T.Helper()
	return number(w.T, w.App.DB, `SELECT COALESCE(SUM(amount), 0) FROM ledger_entries WHERE account = $1`, account)
}

// collectedAndPaid checks an order that was paid at the counter, by which gateway.
func collectedAndPaid(w *apptest.World, p placed, of, gateway string, due int64) {
	w.T.Helper()
	o := w.Call("GET", "/admin/v1/orders/"+p.id, nil)
	if got := o.Int("payments", 0, "captured", "amount"); got != due {
		w.T.Errorf("captured %d of %d: %s", got, due, o.Bytes)
	}
	if a := hands(w, of); a.Status != 200 || a.Text("status") != "delivered" || a.At("owed") != nil {
		w.T.Errorf("paid, and not handed over: %d %s", a.Status, a.Bytes)
	}
	if has, owes, held := stands(w, "clearing:"+gateway), stands(w, "receivable:customers"), stands(w, "held:customers"); has != due || owes != 0 || held != 0 {
		w.T.Errorf("%s has %d of %d, customers owe %d, %d is held", gateway, has, due, owes, held)
	}
	w.Until("all is quiet", func() bool {
		return number(w.T, w.App.DB, `SELECT (SELECT COUNT(*) FROM job_jobs) + (SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL)`) == 0
	})
	if open := w.Call("GET", "/admin/v1/exceptions", nil); open.At("data", 0) != nil {
		w.T.Errorf("exceptions: %s", open.Bytes)
	}
	w.Whole()
}

func TestWhatIsCollectedIsPaidInCashBeforeItIsHandedOver(t *testing.T) {
	eachCounter(t, func(t *testing.T, w *apptest.World) {
		p, of, due := reserved(w, "k")
		if o := w.Call("GET", "/admin/v1/fulfilments/"+of, nil); o.Int("owed", "amount", "amount") != due || len(o.At("owed", "ways").([]any)) != 3 {
			t.Errorf("owed: %s", o.Bytes)
		}
		if a := hands(w, of); a.Status != 409 || a.Text("code") != "shipment.unpaid" {
			t.Fatalf("handed over unpaid: %d %s", a.Status, a.Bytes)
		}
		if a := w.Call("POST", "/admin/v1/fulfilments/"+of+"/send_instead", map[string]any{}); a.Status != 409 || a.Text("code") != "shipment.unpaid" {
			t.Errorf("sent unpaid: %d %s", a.Status, a.Bytes)
		}
		if page := seenBy(w, p.id, p.token); !strings.Contains(page, "To be paid at the counter") {
			t.Errorf("the order's page does not say what is to be paid: %.3000s", page)
		}
		if a := pays(w, of, "little", map[string]any{"method": "cash", "given": eur(due - 1)}); a.Status != 422 {
			t.Errorf("too little: %d %s", a.Status, a.Bytes)
		}
		for range 2 { // the till asks twice
			if a := pays(w, of, "cash", map[string]any{"method": "cash", "given": eur(due + 7_65)}); a.Status != 201 || a.Text("status") != "captured" || a.Int("change", "amount") != 7_65 {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		if a := pays(w, of, "again", map[string]any{"method": "cash"}); a.Status != 409 || a.Text("code") != "payment.paid" {
			t.Errorf("paid again: %d %s", a.Status, a.Bytes)
		}
		collectedAndPaid(w, p, of, "cash", due)
	})
}

func TestWhatIsCollectedIsPaidByCardAfterOneWasDeclined(t *testing.T) {
	eachCounter(t, func(t *testing.T, w *apptest.World) {
		p, of, due := reserved(w, "k")
		if a := pays(w, of, "first", map[string]any{"method": "terminal", "instrument": "terminal:refused"}); a.Status != 201 || a.Text("status") != "declined" || a.Text("decline_code") != "card_declined" {
			t.Fatalf("declined: %d %s", a.Status, a.Bytes)
		}
		if a := hands(w, of); a.Status != 409 || a.Text("code") != "shipment.unpaid" {
			t.Fatalf("handed over after a declined card: %d %s", a.Status, a.Bytes)
		}
		if o := w.Call("GET", "/admin/v1/fulfilments/"+of, nil); o.Int("owed", "amount", "amount") != due || o.Text("owed", "last", "status") != "declined" {
			t.Errorf("owed: %s", o.Bytes)
		}
		if a := pays(w, of, "second", map[string]any{"method": "terminal", "instrument": "terminal:pin"}); a.Status != 201 || a.Text("status") != "pending" {
			t.Fatalf("at the terminal: %d %s", a.Status, a.Bytes)
		}
		if a := pays(w, of, "meanwhile", map[string]any{"method": "cash"}); a.Status != 409 || a.Text("code") != "payment.busy" && a.Text("code") != "payment.paid" {
			t.Errorf("cash while a customer stands at the terminal: %d %s", a.Status, a.Bytes)
		}
		w.Until("the PIN is entered", func() bool {
			return w.Call("POST", "/admin/v1/fulfilments/"+of+"/payments/look", nil).Text("status") == "captured"
		})
		collectedAndPaid(w, p, of, "terminal", due)
		if all := w.Call("GET", "/admin/v1/orders/"+p.id, nil).At("payments", 0, "attempts").([]any); len(all) != 3 {
			t.Errorf("%d attempts, want the promise, the declined and the approved", len(all))
		}
	})
}

func TestWhatIsReservedAndNotCollectedIsOwedNoMore(t *testing.T) {
	eachCounter(t, func(t *testing.T, w *apptest.World) {
		p, of, _ := reserved(w, "k")
		pays(w, of, "tried", map[string]any{"method": "terminal", "instrument": "terminal:refused"})
		kept, _, _ := reserved(w, "k2")
		w.Pass(15 * 24 * time.Hour)
		for _, p := range []placed{p, kept} {
			w.Until("it is canceled", func() bool { return w.Call("GET", "/admin/v1/orders/"+p.id, nil).Text("status") == "canceled" })
		}
		w.Until("all is quiet", func() bool {
			return number(t, w.App.DB, `SELECT (SELECT COUNT(*) FROM job_jobs) + (SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL)`) == 0
		})
		for _, p := range []placed{p, kept} {
			o := w.Call("GET", "/admin/v1/orders/"+p.id, nil)
			if o.Int("payments", 0, "captured", "amount") != 0 || o.Int("payments", 0, "refunded", "amount") != 0 || o.Int("payments", 0, "authorized", "amount") != 0 {
				t.Errorf("%s", o.Bytes)
			}
		}
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM payment_movements WHERE kind = 'refund'`); n != 0 {
			t.Errorf("%d refunds of money that nobody took", n)
		}
		if _, reserved := lies(w, "POSTER", "loc_berlin"); reserved != 0 {
			t.Errorf("%d are promised", reserved)
		}
		if owes, held := stands(w, "receivable:customers"), stands(w, "held:customers"); owes != 0 || held != 0 {
			t.Errorf("customers owe %d, %d is held", owes, held)
		}
		if a := pays(w, of, "late", map[string]any{"method": "cash"}); a.Status != 409 {
			t.Errorf("paid after its time: %d %s", a.Status, a.Bytes)
		}
		w.Whole()
	})
}

// Two associates who press at once, one of them twice, one for cash and one for a
// card, take the money once.
func TestTwoAssociatesTakeTheMoneyOnce(t *testing.T) {
	eachCounter(t, func(t *testing.T, w *apptest.World) {
		for round, pause := range []time.Duration{0, 5 * time.Millisecond} {
			_, of, due := reserved(w, fmt.Sprint("k", round))
			before := stands(w, "clearing:cash") + stands(w, "clearing:terminal")
			var taken atomic.Int64
			contest{w, pause}.together(6, func(i int) {
				body := map[string]any{"method": "cash"}
				if i%2 == 1 {
					body = map[string]any{"method": "terminal", "instrument": "terminal:tap"}
				}
				a, err := w.Try("POST", "/admin/v1/fulfilments/"+of+"/payments", body, "Idempotency-Key", fmt.Sprint("press", i))
				switch {
				case err != nil:
					t.Error(err)
				case a.Status == 201 && a.Text("status") == "captured":
					taken.Add(1)
				case a.Status != 409 || a.Text("code") != "payment.paid" && a.Text("code") != "payment.busy":
					t.Errorf("press %d: %d %s", i, a.Status, a.Bytes)
				}
			})
			if got := stands(w, "clearing:cash") + stands(w, "clearing:terminal") - before; got != due || taken.Load() != 1 {
				t.Errorf("round %d: taken %d times, %d of %d", round, taken.Load(), got, due)
			}
			if a := hands(w, of); a.Status != 200 {
				t.Errorf("%d %s", a.Status, a.Bytes)
			}
		}
		w.Whole()
	})
}

// An order that is canceled while its buyer pays is not paid for in the end: what
// is on its way is let go or goes back, and nobody can take more.
func TestAnOrderThatIsCanceledAtTheCounterKeepsNoMoney(t *testing.T) {
	eachCounter(t, func(t *testing.T, w *apptest.World) {
		cancel := func(p placed) apptest.Answer {
			return w.Call("POST", "/admin/v1/orders/"+p.id+"/amendments", map[string]any{"kind": "cancel", "reason": "changed their mind"}, "Idempotency-Key", "c"+p.id)
		}
		waits, of, _ := reserved(w, "k")
		if a := pays(w, of, "card", map[string]any{"method": "terminal", "instrument": "terminal:pin"}); a.Text("status") != "pending" {
			t.Fatalf("at the terminal: %d %s", a.Status, a.Bytes)
		}
		if a := cancel(waits); a.Status/100 != 2 {
			t.Fatalf("canceled while somebody stands at the terminal: %d %s", a.Status, a.Bytes)
		}
		raced, its, _ := reserved(w, "k2")
		contest{w, time.Millisecond}.together(4, func(i int) {
			if i%2 == 0 {
				cancel(raced)
				return
			}
			if _, err := w.Try("POST", "/admin/v1/fulfilments/"+its+"/payments", map[string]any{"method": "cash"}, "Idempotency-Key", fmt.Sprint("cash", i)); err != nil {
				t.Error(err)
			}
		})
		for _, p := range []placed{waits, raced} {
			w.Until("it is canceled and its money is back", func() bool {
				o := w.Call("GET", "/admin/v1/orders/"+p.id, nil)
				for _, open := range []string{`"pending"`, `"action_required"`, `"unknown"`, `"written"`} {
					if strings.Contains(string(mustJSON(o.At("payments", 0, "attempts"))), `"status":`+open) {
						return false
					}
				}
				return o.Text("status") == "canceled" && o.Int("payments", 0, "captured", "amount") == o.Int("payments", 0, "refunded", "amount")
			})
		}
		w.Until("all is quiet", func() bool {
			return number(t, w.App.DB, `SELECT (SELECT COUNT(*) FROM job_jobs) + (SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL)`) == 0
		})
		if has, owes, held := stands(w, "clearing:cash")+stands(w, "clearing:terminal"), stands(w, "receivable:customers"), stands(w, "held:customers"); has != 0 || owes != 0 || held != 0 {
			t.Errorf("the tills have %d, customers owe %d, %d is held", has, owes, held)
		}
		w.Whole()
	})
}
