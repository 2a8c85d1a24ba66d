package journey_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/delivery/method"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// What staff send instead of having it collected, from on hold too, is promised
// for the days of its way: the buyer sees them, they are scored on the lane it
// takes, and what does not keep them is found late.
func TestWhatIsSentInsteadBearsItsOwnDays(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			return method.Save(t.Context(), tx, method.Method{ID: "berlin_pickup", Market: "DE", Name: map[string]string{"en": "Pick up"}, Kind: method.Pickup,
				Rule: "flat", Settings: json.RawMessage(`{"amount":0}`), Location: "loc_berlin", CutOff: 12 * 60, Position: 9, Active: true})
		})
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
