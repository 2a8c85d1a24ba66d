package journey_test

import (
	"testing"

	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
)

// A customer is given a tier by a program, and from then on the flow that is for
// that tier; without it, the one for everybody.
func TestAFlowIsForATierThatACustomerWasGiven(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		var gold string
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "Gold", Layout: flow.ThreePage, Priority: 100, Trigger: `market == "DE" && customer.tier == "gold"`,
				Payments: map[string][]string{"DE": {"card"}}})
			if err != nil {
				return err
			}
			gold = string(v.Flow)
			return flow.Publish(t.Context(), tx, v.Flow, v.Version)
		})
		ada := newKeeper(w, "ada@example.com")
		given := func() string {
			c := ada.ask("POST", "/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
			return ada.ask("POST", "/checkouts", map[string]any{"cart": c.Text("id")}).Text("flow", "id")
		}
		if got := given(); got == gold {
			t.Errorf("without a tier it is %s", got)
		}
		at := "/admin/v1/customers/" + ada.id + "/standing"
		if a := w.Call("PATCH", at, map[string]any{"tier": " gold ", "tags": []string{"vip"}}); a.Status != 200 || a.Text("tier") != "gold" || a.Text("tags", 0) != "vip" {
			t.Fatalf("%s", a.Bytes)
		}
		if got := given(); got != gold {
			t.Errorf("with the tier it is %s", got)
		}
		if a := w.Call("PATCH", at, map[string]any{"tier": ""}); a.Text("tier") != "" || a.Text("tags", 0) != "vip" {
			t.Errorf("the tier is taken away: %s", a.Bytes)
		}
		if got := given(); got == gold {
			t.Errorf("after it was taken away it is %s", got)
		}
		if a := w.Call("PATCH", "/admin/v1/customers/cus_none/standing", map[string]any{"tier": "gold"}); a.Status != 404 {
			t.Errorf("somebody there is not: %d %s", a.Status, a.Bytes)
		}
	})
}
