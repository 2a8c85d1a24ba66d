//go:build unix

package journey_test

import (
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// PayPal leaves its shoppers three hours and says so on the page; a card whose
// bank wants proof has fifteen minutes.
func TestAPaymentIsWaitedForAsLongAsItsMethodSays(t *testing.T) {
	both(t, bank.Config{ChallengeAfter: 24 * time.Hour, Patience: 24 * time.Hour}, func(t *testing.T, w *apptest.World) {
		countries[0].opens(w)
		waits := func(id string) string {
			w.Call("POST", "/admin/v1/payments/"+w.Call("GET", "/admin/v1/payments", nil).Text("data", 0, "id")+"/check", nil)
			return w.Call("GET", "/store/v1/checkouts/"+id, nil).Text("status")
		}
		for _, c := range []struct {
			pays     map[string]any
			in, over time.Duration
		}{
			{map[string]any{"method": "paypal"}, 3*time.Hour - time.Minute, 3 * time.Minute},
			{map[string]any{"method": "card", "instrument": "sandbox:challenge"}, 14 * time.Minute, 3 * time.Minute},
		} {
			id, _, total := ready(w, "sandbox:challenge", line("MUG-RED", 1))
			if said := w.Call("PATCH", "/store/v1/checkouts/"+id, map[string]any{"payment": c.pays}); said.Status != 200 {
				t.Fatalf("%v: %s", c.pays, said.Bytes)
			}
			if asked := complete(w, id, id, total); asked.Text("status") != "requires_escalation" {
				t.Fatalf("%v: %s", c.pays, asked.Bytes)
			}
			w.Pass(c.in)
			if is := waits(id); is != "requires_escalation" {
				t.Errorf("%v is %s %v after it was begun", c.pays, is, c.in)
			}
			w.Pass(c.over)
			if is := waits(id); is != "ready_for_complete" {
				t.Errorf("%v is %s %v after it was begun", c.pays, is, c.in+c.over)
			}
			w.Whole()
		}
		if orders, _ := w.Call("GET", "/admin/v1/orders", nil).At("data").([]any); len(orders) != 0 {
			t.Errorf("%d orders of payments that were left", len(orders))
		}
	})
}
