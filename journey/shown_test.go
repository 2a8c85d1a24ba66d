package journey_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/delivery/promise"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// dateOf is the last day for which a way of a checkout is promised.
func dateOf(w *apptest.World, checkout string) string {
	w.T.Helper()
	return w.Call("GET", "/store/v1/checkouts/"+checkout, nil).Text("shipping_options", 0, "promise", "to")
}

// slowly has what goes from Germany to Germany take so many days.
func slowly(w *apptest.World, days int) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		return promise.SaveLane(w.T.Context(), tx, promise.Lane{From: "DE", To: "DE", Method: "de_standard", Mode: promise.Fixed, P50: days, P90: days})
	})
}

// What was shown is kept with the session, chosen or not, with what it was
// computed from, and is what the order promises and the score judges, though the
// shop would promise another day by the time the button is pressed.
func TestTheDateThatAShopperWasShownIsWhatTheOrderPromisesAndTheScoreJudges(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Stock("MUG-RED", 5)
		id, _, total := ready(w, "sandbox:approve", line("MUG-RED", 1))
		saw := dateOf(w, id)
		slowly(w, 9)
		answer := w.Call("POST", "/store/v1/checkouts/"+id+"/complete", map[string]any{"expected_total": total}, "Idempotency-Key", "a")
		p := placed{World: w, id: answer.Text("order", "id"), token: answer.Text("order", "token")}
		f := func() string { return w.Call("GET", "/admin/v1/fulfilments?order="+p.id, nil).Text("data", 0, "id") }
		w.Until("it is to be gathered", func() bool { return f() != "" })
		if group, prepared := p.promised(); saw == "" || group != saw || prepared != saw {
			t.Fatalf("shown %q, ordered for %q, prepared for %q: %s", saw, group, prepared, answer.Bytes)
		}
		var in promise.Inputs
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			text, err := db.One(t.Context(), tx, scanString, `SELECT promised FROM order_groups WHERE order_id = $1`, p.id)
			return errors.Join(err, json.Unmarshal([]byte(text), &in))
		})
		again, err := in.Input()
		if got := promise.Compute(again); err != nil || got.To.String() != saw {
			t.Errorf("what was kept computes %v (%v), want %s", got, err, saw)
		}
		p.arrives(f())
		w.Until("the day that was shown is scored", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM promise_scores WHERE order_id = $1 AND promised = $2`, p.id, saw) == 1
		})
	})
}

// A page that is looked at again shows the dates of that moment, and those bind;
// what stood open for longer than a day binds no more.
func TestADateThatIsShownAnewBindsAndOneOfTheDayBeforeDoesNot(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Stock("MUG-RED", 5)
		buy := func(id string, total any) string {
			a := w.Call("POST", "/store/v1/checkouts/"+id+"/complete", map[string]any{"expected_total": total}, "Idempotency-Key", id)
			return w.Call("GET", "/store/v1/orders/"+a.Text("order", "id"), nil, "Order-Token", a.Text("order", "token")).Text("delivery_groups", 0, "promise", "to")
		}
		first, _, total := ready(w, "sandbox:approve", line("MUG-RED", 1))
		before := dateOf(w, first)
		slowly(w, 9)
		anew := dateOf(w, first)
		slowly(w, 12)
		if got := buy(first, total); anew <= before || got != anew {
			t.Errorf("shown %q, then %q, ordered for %q", before, anew, got)
		}
		second, _, total := ready(w, "sandbox:approve", line("MUG-RED", 1))
		stale := dateOf(w, second)
		w.Pass(8 * 24 * time.Hour)
		if got := buy(second, total); got <= stale {
			t.Errorf("shown %q eight days ago, ordered for %q", stale, got)
		}
	})
}
