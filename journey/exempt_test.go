package journey_test

import (
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// A rule asks the shopper's bank to let a payment pass without proof. The bank
// refuses, the shopper proves who they are, and the same purchase is paid: they
// filled in nothing twice, and the order tells of both attempts.
func TestARefusedExemptionIsProvenAndPaid(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		rule := w.Call("POST", "/admin/v1/payment-rules", map[string]any{"name": "No proof for small sums", "priority": 10, "condition": "true",
			"outcome": map[string]any{"order": []string{"sandbox"}, "proof": "low_value"}})
		if a := w.Call("POST", "/admin/v1/payment-rules/"+rule.Text("id")+"/publish", map[string]any{"version": rule.Int("version")}); a.Status >= 300 {
			t.Fatalf("%s: %d %s", rule.Bytes, a.Status, a.Bytes)
		}
		for _, c := range []struct {
			name     string
			units    int
			refused  bool
			attempts int
		}{{"a small sum passes", 1, false, 1}, {"a large one is proven", 4, true, 2}} {
			checkout, _, total := ready(w, "sandbox:challenge", line("POSTER", c.units))
			done := complete(w, checkout, c.name, total)
			w.Until(c.name+": the bank has decided", func() bool {
				done = w.Call("GET", "/store/v1/checkouts/"+checkout, nil)
				return done.Text("status") == "completed" || done.Text("next_action", "url") != ""
			})
			if asked := done.Text("status") != "completed"; asked != c.refused {
				t.Fatalf("%s: %s", c.name, done.Bytes)
			}
			if c.refused {
				payer{w: w}.prove(done.Text("next_action", "url"))
			}
			w.Until(c.name+": it is placed", func() bool {
				done = w.Call("GET", "/store/v1/checkouts/"+checkout, nil)
				return done.Text("status") == "completed"
			})
			o := w.Call("GET", "/admin/v1/orders/"+done.Text("order", "id"), nil)
			tried, _ := o.At("payments", 0, "attempts").([]any)
			if len(tried) != c.attempts {
				t.Errorf("%s: %d attempts: %s", c.name, len(tried), o.Bytes)
			}
			if c.refused && (o.Text("payments", 0, "attempts", 0, "decline_code") != "authentication_required" || o.Text("payments", 0, "attempts", 0, "status") != "declined") {
				t.Errorf("%s: the first attempt: %s", c.name, o.Bytes)
			}
		}
		agree(w)
	})
}
