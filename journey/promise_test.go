package journey_test

import (
	"fmt"
	"strings"
	"testing"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
)

// takesOut takes units of an order's first line out of it, as staff do.
func takesOut(w *apptest.World, id, key, kind string, units int) apptest.Answer {
	w.T.Helper()
	o := w.Call("GET", "/admin/v1/orders/"+id, nil)
	return w.Call("POST", "/admin/v1/orders/"+id+"/amendments", map[string]any{"kind": kind, "reason": "one is enough",
		"lines": []any{map[string]any{"line": o.Text("lines", 0, "id"), "units": units}}}, "Idempotency-Key", key)
}

// What is taken out of an order before it is paid at the counter is not paid there,
// and never goes back.
func TestWhatIsTakenOutIsNotPaidAtTheCounter(t *testing.T) {
	eachCounter(t, func(t *testing.T, w *apptest.World) {
		p, of, due := reserved(w, "k")
		for range 2 {
			if a := takesOut(w, p.id, "out", "refund", 1); a.Status/100 != 2 || a.Text("status") != "done" || a.Int("waived", "amount") != 11_90 || a.Int("to_payment", "amount") != 0 {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		if o := w.Call("GET", "/admin/v1/fulfilments/"+of, nil); o.Int("owed", "amount", "amount") != due-11_90 {
			t.Errorf("owed: %s", o.Bytes)
		}
		if page := seenBy(w, p.id, p.token); !strings.Contains(page, "when you collect: €11.90") {
			t.Errorf("the order's page asks for something else: %.3000s", page)
		}
		if a := pays(w, of, "cash", map[string]any{"method": "cash", "given": eur(20_00)}); a.Text("status") != "captured" || a.Int("change", "amount") != 20_00-(due-11_90) {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		collectedAndPaid(w, p, of, "cash", due-11_90)
		if a := takesOut(w, p.id, "back", "refund", 1); a.Int("waived", "amount") != 0 || a.Int("to_payment", "amount") != 11_90 {
			t.Errorf("what was paid goes back: %d %s", a.Status, a.Bytes)
		}
	})
}

// A transfer that has not come is asked for with less, on the page and in its code;
// one that came in part is asked for at least what came.
func TestATransferIsAskedForWithLess(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		w := apptest.OpenWith(t, d, bank.Config{}, "manual://DE89370400440532013000?holder=Korzo&currencies=EUR")
		dbtest.Write(t, d, func(tx *db.Tx) error {
			v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "By transfer", Trigger: `market == "DE"`, Layout: flow.OnePage, Priority: 100, Payments: map[string][]string{"DE": {"transfer"}}})
			if err != nil {
				return err
			}
			return flow.Publish(t.Context(), tx, v.Flow, v.Version)
		})
		for _, came := range []int64{0, 30_00} {
			cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 3)}})
			at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
			ready := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard", "payment": map[string]any{"method": "transfer"}})
			done := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", fmt.Sprint("k", came))
			id, due := done.Text("order", "id"), ready.Int("totals", "total", "amount")
			pay := "/admin/v1/payments/" + w.Call("GET", "/admin/v1/orders/"+id, nil).Text("payments", 0, "id")
			if came > 0 {
				if a := w.Call("POST", pay+"/captures", map[string]any{"amount": eur(came), "reason": "came"}, "Idempotency-Key", "c"); a.Status != 201 {
					t.Fatalf("%d %s", a.Status, a.Bytes)
				}
			}
			out := takesOut(w, id, fmt.Sprint("out", came), "refund", 2)
			waived := min(23_80, due-came)
			if out.Int("waived", "amount") != waived || out.Int("to_payment", "amount") != 23_80-waived {
				t.Fatalf("%d came of %d: %d %s", came, due, out.Status, out.Bytes)
			}
			o := w.Call("GET", "/admin/v1/orders/"+id, nil)
			if o.Int("payments", 0, "captured", "amount") != came || came == 0 && o.Int("payments", 0, "authorized", "amount") != due-waived {
				t.Errorf("%s", o.Bytes)
			}
			if came > 0 {
				continue
			}
			if page := seenBy(w, id, done.Text("order", "token")); !strings.Contains(page, "16.80") {
				t.Errorf("the page asks for something else: %.4000s", page)
			}
			if a := w.Call("POST", pay+"/captures", map[string]any{"amount": eur(due), "reason": "too much"}, "Idempotency-Key", "m"); a.Status != 409 {
				t.Errorf("more than is asked for: %d %s", a.Status, a.Bytes)
			}
			if a := w.Call("POST", pay+"/captures", map[string]any{"amount": eur(due - waived), "reason": "came"}, "Idempotency-Key", "all"); a.Status != 201 {
				t.Errorf("%d %s", a.Status, a.Bytes)
			}
			if s := w.Call("GET", "/admin/v1/orders/"+id, nil).Text("payments", 0, "status"); s != "paid" {
				t.Errorf("it is %s", s)
			}
		}
		w.Until("all is quiet", func() bool {
			return number(t, d, `SELECT (SELECT COUNT(*) FROM job_jobs) + (SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL)`) == 0
		})
		w.Whole()
	})
}
