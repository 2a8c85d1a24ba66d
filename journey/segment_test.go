package journey_test

import (
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
)

// A flow for a segment is given to those who fulfil its rule at that moment,
// once they do, and no longer than they do.
func TestAFlowForASegmentIsGivenToWhoFulfilsItsRuleNow(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		made := w.Call("POST", "/admin/v1/segments", map[string]any{"name": "Bought once", "rule": "customer.orders == 1"})
		if made.Status/100 != 2 {
			t.Fatalf("%d %s", made.Status, made.Bytes)
		}
		var mine flow.Version
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) (err error) {
			mine, err = flow.Save(t.Context(), tx, "", flow.Document{Name: "For them", Layout: flow.OnePage, Priority: 100,
				Trigger: `market == "DE" && "` + made.Text("id") + `" in customer.segments`, Payments: map[string][]string{"DE": {"card"}}})
			if err != nil {
				return err
			}
			return flow.Publish(t.Context(), tx, mine.Flow, mine.Version)
		})
		if a := w.Call("POST", "/admin/v1/segments", map[string]any{"name": "", "rule": "cart.total > 5"}, "Accept-Language", "de"); a.Status != 422 ||
			a.Text("code") != "segment.invalid" || a.Text("errors", 1, "field") != "rule" || a.Text("errors", 1, "code") != "segment.flaw.fact" || !strings.Contains(a.Text("errors", 1, "message"), "kann nicht nach cart.total fragen") {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		ada := newKeeper(w, "ada@example.com")
		given := func(head ...string) (apptest.Answer, bool) {
			cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}}, head...)
			c := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}, head...)
			return c, c.Text("flow", "id") == string(mine.Flow)
		}
		for order, want := range []bool{false, true, false} {
			c, theirs := given("Customer-Token", ada.token)
			if theirs != want {
				t.Errorf("with %d orders the flow is theirs: %v", order, theirs)
			}
			at := "/store/v1/checkouts/" + c.Text("id")
			now := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard",
				"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}}, "Customer-Token", ada.token)
			if a := w.Call("POST", at+"/complete", map[string]any{"expected_total": now.At("totals", "total")}, "Customer-Token", ada.token, "Idempotency-Key", c.Text("id")); a.Text("status") != "completed" {
				t.Fatalf("%s", a.Bytes)
			}
		}
		if _, theirs := given(); theirs {
			t.Error("a guest was given the flow")
		}
		if a := w.Call("DELETE", "/admin/v1/segments/"+made.Text("id"), nil); a.Status/100 != 2 {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		if a := w.Call("GET", "/admin/v1/segments", nil); a.At("data", 0) != nil {
			t.Errorf("%s", a.Bytes)
		}
	})
}

// A delivery method for a segment is offered to who fulfils its rule at that moment.
func TestADeliveryForASegmentIsOfferedToWhoFulfilsItsRuleNow(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		seg := w.Call("POST", "/admin/v1/segments", map[string]any{"name": "Bought once", "rule": "customer.orders == 1"}).Text("id")
		made := w.Call("PUT", "/admin/v1/delivery-methods/for_them", map[string]any{"id": "for_them", "market": "DE", "name": map[string]any{"en": "For you"}, "kind": "ship",
			"countries": []any{}, "rule": "flat", "settings": map[string]any{"amount": 0}, "cut_off": "14:00", "lead_days": 0, "transit_days": []any{1, 2}, "dispatch_days": []any{},
			"delivery_days": []any{}, "position": 9, "active": true, "customer_groups": []any{seg}})
		if made.Status/100 != 2 {
			t.Fatalf("%d %s", made.Status, made.Bytes)
		}
		ada := newKeeper(w, "ada@example.com")
		for orders, want := range []bool{false, true, false} {
			at := ada.buy(map[string]any{"method": "card", "instrument": "sandbox:approve"})
			c := ada.ask("GET", "/checkouts/"+at, nil)
			if got := strings.Contains(string(mustJSON(c.At("shipping_options"))), "for_them"); got != want {
				t.Errorf("with %d orders it is offered: %v", orders, got)
			}
			if a := ada.ask("POST", "/checkouts/"+at+"/complete", map[string]any{"expected_total": c.At("totals", "total")}, "Idempotency-Key", at); a.Text("status") != "completed" {
				t.Fatalf("%s", a.Bytes)
			}
		}
		cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
		guest := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
		if strings.Contains(string(mustJSON(guest.At("shipping_options"))), "for_them") {
			t.Errorf("a guest is offered it: %s", guest.Bytes)
		}
	})
}

// A price list and a promotion for a segment hold for who fulfils its rule at that
// moment, as a condition of its own and within a rule, and for nobody else.
func TestPricesAndPromotionsForASegmentHoldForWhoFulfilsItsRuleNow(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		made := w.Call("POST", "/admin/v1/segments", map[string]any{"name": "Bought once", "rule": "customer.orders == 1"})
		seg := made.Text("id")
		list := w.Call("POST", "/admin/v1/price-lists", map[string]any{"name": "Second time", "market": "DE", "group": seg})
		if a := w.Call("PUT", "/admin/v1/price-lists/"+list.Text("id")+"/prices", map[string]any{"prices": []any{map[string]any{"sku": "MUG-RED", "amount": 1000, "currency": "EUR"}}}); a.Status/100 != 2 {
			t.Fatalf("%s %d %s", list.Bytes, a.Status, a.Bytes)
		}
		if a := w.Call("PUT", "/admin/v1/price-lists/"+list.Text("id"), map[string]any{"name": "Second time", "market": "DE", "group": seg, "status": "active"}); a.Status/100 != 2 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		for _, c := range []map[string]any{{"kind": "customer", "settings": map[string]any{"groups": []any{seg}}}, {"kind": "expression", "settings": map[string]any{"rule": `"` + seg + `" in customer.groups`}}} {
			a := w.Call("POST", "/admin/v1/promotions", map[string]any{"name": "For the second", "conditions": []any{c}, "amount": map[string]any{"amount": 100, "currency": "EUR"}})
			if a.Status/100 != 2 {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		ada := newKeeper(w, "ada@example.com")
		costs := func(head ...string) (goods, discount int64) {
			bag := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}}, head...)
			return bag.Int("lines", 0, "unit_price", "amount"), bag.Int("totals", "discount", "amount")
		}
		for orders, want := range [][2]int64{{1190, 0}, {1000, 200}, {1190, 0}} {
			if goods, discount := costs("Customer-Token", ada.token); goods != want[0] || discount != want[1] {
				t.Errorf("with %d orders a mug costs %d less %d, want %v", orders, goods, discount, want)
			}
			at := ada.buy(map[string]any{"method": "card", "instrument": "sandbox:approve"})
			due := ada.ask("GET", "/checkouts/"+at, nil)
			if a := ada.ask("POST", "/checkouts/"+at+"/complete", map[string]any{"expected_total": due.At("totals", "total")}, "Idempotency-Key", at); a.Text("status") != "completed" {
				t.Fatalf("%s", a.Bytes)
			}
		}
		if goods, discount := costs(); goods != 1190 || discount != 0 {
			t.Errorf("a guest pays %d less %d", goods, discount)
		}
	})
}
