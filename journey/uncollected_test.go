package journey_test

import (
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// lies is what of a variant lies at a location, and how much of it is promised.
func lies(w *apptest.World, sku, location string) (onHand, reserved int64) {
	w.T.Helper()
	dbtest.Read(w.T, w.App.DB, func(tx *db.Tx) error {
		levels, err := inventory.Levels(w.T.Context(), tx, w.Variant(sku))
		for _, l := range levels {
			if l.Location == location {
				onHand, reserved = l.OnHand, l.Reserved
			}
		}
		return err
	})
	return onHand, reserved
}

// What was paid and is made ready, and nobody comes for: after its days it lies
// on the shelf again, once, and its money is back, once, however long the shop
// goes on sweeping.
func TestWhatNobodyCollectsIsRestockedAndPaidBackOnce(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withStore(w, map[string]int64{"POSTER": 3})
		cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 2)}})
		at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
		ready := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "wien_pickup",
			"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
		id := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", "k").Text("order", "id")
		order := "/admin/v1/orders/" + id
		paid := ready.Int("totals", "total", "amount")
		var of string
		w.Until("it is paid and its counter knows", func() bool {
			of = w.Call("GET", "/admin/v1/fulfilments?order="+id, nil).Text("data", 0, "id")
			return of != "" && w.Call("GET", order, nil).Int("payments", 0, "captured", "amount") == paid
		})
		poster := w.Call("GET", order, nil).Text("lines", 0, "id")
		for _, do := range []string{"accept", "pick", "ready"} {
			if a := w.Call("POST", "/admin/v1/fulfilments/"+of+"/"+do, map[string]any{"lines": []any{map[string]any{"line": poster, "units": 2}}}, "Idempotency-Key", do); a.Status != 200 {
				t.Fatalf("%s: %d %s", do, a.Status, a.Bytes)
			}
		}
		if on, reserved := lies(w, "POSTER", "loc_wien"); on != 3 || reserved != 2 {
			t.Fatalf("%d lie there, %d promised", on, reserved)
		}
		back := func() int64 { return w.Call("GET", order, nil).Int("payments", 0, "refunded", "amount") }
		w.Pass(5 * 24 * time.Hour)
		w.Until("its buyer is reminded", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM message_messages WHERE kind = 'pickup.reminder'`) > 0
		})
		if back() != 0 {
			t.Error("its money is back while it waits")
		}
		for range 2 { // and once more, for who would do it twice
			w.Pass(10 * 24 * time.Hour)
			w.Until("its money is back", func() bool { return back() == paid && w.Call("GET", order, nil).Text("status") == "canceled" })
			w.Until("all is quiet", func() bool {
				return number(t, w.App.DB, `SELECT (SELECT COUNT(*) FROM job_jobs) + (SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL)`) == 0
			})
			refundedIs(w, paid)
			if on, reserved := lies(w, "POSTER", "loc_wien"); on != 3 || reserved != 0 {
				t.Errorf("%d lie there, %d promised", on, reserved)
			}
			if n := number(t, w.App.DB, `SELECT COUNT(*) FROM amend_amendments WHERE order_id = $1`, id); n != 1 {
				t.Errorf("%d amendments", n)
			}
		}
		w.Whole()
	})
}
