package journey_test

import (
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// An experiment on a flow that is aimed at customers who have bought counts and
// treats those alone, read in the moment they begin, whether any flow asks for
// what it asks or not.
func TestAnExperimentOnAFlowForRegularsIsForThoseWhoHaveBought(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		id := standardWithNumber(t, w)
		made := w.Call("POST", "/admin/v1/experiments", map[string]any{"key": "regulars", "name": "A number of regulars", "kind": "test", "coverage": 1_000_000,
			"target": "customer.orders >= 1", "point": map[string]any{"kind": "flow", "key": string(id)},
			"arms": []any{map[string]any{"key": "control", "name": "As it is", "weight": 1, "value": nil}, map[string]any{"key": "phone", "name": "With a number", "weight": 999_999, "value": map[string]any{"version": 2}}}}) // one in a million gets the other
		exp := made.Text("id")
		if started := w.Call("POST", "/admin/v1/experiments/"+exp+"/status", map[string]any{"action": "start"}); started.Text("status") != "running" {
			t.Fatalf("%s %s", made.Bytes, started.Bytes)
		}
		ada := newKeeper(w, "ada@example.com")
		begin := func(head ...string) trialist {
			t.Helper()
			visitor := w.Call("POST", "/store/v1/visitors", nil).Text("visitor")
			cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}}, head...)
			s := trialist{visitor: visitor, session: w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id"), "visitor": visitor, "device": "desktop"}, head...).Text("id")}
			s.look(t, w)
			return s
		}
		if first := begin("Customer-Token", ada.token); first.version != 1 || first.arm != "" {
			t.Errorf("who has not bought is given %+v", first)
		}
		cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}}, "Customer-Token", ada.token)
		at := "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}, "Customer-Token", ada.token).Text("id")
		now := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard",
			"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}}, "Customer-Token", ada.token)
		if a := w.Call("POST", at+"/complete", map[string]any{"expected_total": now.At("totals", "total")}, "Customer-Token", ada.token, "Idempotency-Key", "first"); a.Text("status") != "completed" {
			t.Fatalf("%s", a.Bytes)
		}
		if regular := begin("Customer-Token", ada.token); regular.version != 2 || regular.arm != exp+"/1/phone" {
			t.Errorf("who has bought is given %+v", regular)
		}
		if guest := begin(); guest.version != 1 || guest.arm != "" {
			t.Errorf("a guest is given %+v", guest)
		}
		if n := number(t, w.App.DB, `SELECT COUNT(*) FROM experiment_exposures`); n != 1 {
			t.Errorf("%d visitors are counted, want the regular alone", n)
		}
	})
}
