package journey_test

import (
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// What staff send instead of having it collected, from on hold too, is promised
// for the days of its way: the buyer sees them, they are scored on the lane it
// takes, and what does not keep them is found late.
func TestWhatIsSentInsteadBearsItsOwnDays(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		counterIn(w)
		buy := func() (p placed, of string) {
			cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}})
			at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
			ready := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "berlin_pickup",
				"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
			done := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", "k"+cart.Text("id"))
			p = placed{World: w, id: done.Text("order", "id"), token: done.Text("order", "token")}
			w.Until("the counter knows", func() bool {
				of = w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).Text("data", 0, "id")
				return of != ""
			})
			return p, of
		}
		act := func(of, what string) {
			t.Helper()
			if a := w.Call("POST", "/admin/v1/fulfilments/"+of+"/"+what, map[string]any{"reason": "the buyer called"}, "Idempotency-Key", what); a.Status != 200 {
				t.Fatalf("%s: %d %s", what, a.Status, a.Bytes)
			}
		}
		sent := func(p placed) (of, status, to string) {
			all := w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil)
			for i := 0; all.At("data", i) != nil; i++ {
				if all.Text("data", i, "kind") == "ship" {
					of, status, to = all.Text("data", i, "id"), all.Text("data", i, "status"), all.Text("data", i, "promise", "to")
				}
			}
			return of, status, to
		}

		p, of := buy()
		act(of, "hold")
		act(of, "send_instead")
		on, status, day := sent(p)
		if status != "on_hold" || day == "" {
			t.Fatalf("it is %s and promised for %q", status, day)
		}
		act(on, "release")
		if page := seenBy(w, p.id, p.token); !strings.Contains(page, "Arrives") {
			t.Errorf("its buyer is told no day: %.3000s", page)
		}
		p.arrives(on)
		w.Until("the new day is scored on the lane it took", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM promise_scores WHERE order_id = $1 AND promised = $2 AND lane LIKE 'DE-DE %' AND method = 'de_standard'`, p.id, day) == 1
		})
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM promise_scores WHERE order_id = $1`, p.id); n != 1 {
			t.Errorf("%d promises are scored", n)
		}

		q, of := buy()
		act(of, "send_instead")
		on, _, _ = sent(q)
		w.Pass(30 * 24 * time.Hour)
		w.Until("it is found late", func() bool { return w.Call("GET", "/admin/v1/fulfilments/"+on, nil).Text("late_since") != "" })
		w.Whole()
	})
}

// Who was to collect something is told, by mail and text, that it comes to them;
// what has nowhere to go is not sent before somebody says where.
func TestWhoWasToCollectIsToldThatItIsSentAndNothingIsSentNowhere(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		counterIn(w)
		cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}})
		at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
		ready := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_option": "berlin_pickup", "payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
		done := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", "k")
		p := placed{World: w, id: done.Text("order", "id"), token: done.Text("order", "token")}
		p.admin = "/admin/v1/orders/" + p.id
		of := ""
		w.Until("the counter knows, and it is paid", func() bool {
			of = w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).Text("data", 0, "id")
			return of != "" && w.Call("GET", p.admin, nil).Int("payments", 0, "captured", "amount") > 0
		})
		send := func(key string) apptest.Answer {
			return w.Call("POST", "/admin/v1/fulfilments/"+of+"/send_instead", map[string]any{"reason": "the buyer called"}, "Idempotency-Key", key)
		}
		if a := send("a"); a.Status != 409 || a.Text("code") != "shipment.nowhere" || !strings.Contains(string(a.Bytes), "write it on the order") {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		home := map[string]any{"name": "Ada", "line1": "Alexanderplatz 1", "postal_code": "10178", "city": "Berlin", "country": "DE", "phone": "+4930123456"}
		if a := p.edit("move", map[string]any{"shipping_address": home}); a.Status >= 300 {
			t.Fatalf("nobody can say where: %d %s", a.Status, a.Bytes)
		}
		if a := send("b"); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		for _, medium := range []string{"mail", "text"} {
			w.Until("the buyer is told by "+medium, func() bool {
				return number(t, w.App.DB, `SELECT COUNT(*) FROM message_messages WHERE kind = 'pickup.sent_instead' AND medium = $1`, medium) == 1
			})
		}
		w.Whole()
	})
}
