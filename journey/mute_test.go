package journey_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// A bank that tells nothing by itself, and shoppers who never come back from its
// page: what the shop hears it has asked for, and all of it is completed.
func TestWithEveryWebhookLostThePollerCompletesEverything(t *testing.T) {
	each(t, bank.Config{ChallengeAfter: 200 * time.Millisecond, LateAfter: 300 * time.Millisecond, Silence: 50 * time.Millisecond}, func(t *testing.T, w *apptest.World) {
		w.Bank.Mute(true)
		pays := []string{"approve", "challenge", "late", "timeout_after", "error_after", "garbage", "duplicate", "refund_silent"}
		for i, wish := range append(slices.Clone(pays), "decline", "timeout_before") {
			checkout, _, total := ready(w, "sandbox:"+wish, line("MUG-RED", 1))
			complete(w, checkout, fmt.Sprint("k", i), total)
		}
		w.Until("every order is placed", func() bool { return len(orders(w)) == len(pays) })
		w.Until("nothing is undecided", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM payment_attempts WHERE state NOT IN ('captured', 'declined', 'abandoned')`) == 0
		})
		w.Until("no movement of money is open", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM payment_movements WHERE state IN ('written', 'unknown')`) == 0
		})
		if _, held := w.Levels("MUG-RED"); held != int64(len(pays)) {
			t.Errorf("%d are promised for %d orders", held, len(pays))
		}
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM payment_notices`); n != 0 {
			t.Errorf("%d notices came: the bank was not mute", n)
		}
		var silent string
		for i := range pays {
			id := w.Call("GET", "/admin/v1/orders?limit=100", nil).Text("data", i, "id")
			body := map[string]any{"kind": "refund", "goodwill": eur(1_00), "reason": "late"}
			if a := w.Call("POST", "/admin/v1/orders/"+id+"/amendments", body, "Idempotency-Key", id); a.Text("status") == "approved" {
				silent = id
			} else if a.Text("status") != "done" {
				t.Errorf("%d %s", a.Status, a.Bytes)
			}
		}
		if silent == "" {
			t.Fatal("no refund was silent: this proves nothing of them")
		}
		w.Until("the silent refund is known", func() bool {
			return w.Call("GET", "/admin/v1/orders/"+silent+"/amendments", nil).Text("data", 0, "status") == "done"
		})
		refundedIs(w, int64(len(pays))*1_00)
		w.Whole()
	})
}
