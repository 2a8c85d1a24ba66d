package journey_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"korzo/app/apptest"
	"korzo/delivery/method"
	"korzo/delivery/sourcing"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
	"korzo/purchase/payment/bank"
	"korzo/purchase/tax"
	"korzo/value/calendar"
)

// withStore adds a shop in Vienna, where things may be collected and which
// sends nothing, with units of two goods.
func withStore(w *apptest.World, units map[string]int64) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		ctx := w.T.Context()
		l := inventory.Location{ID: "loc_wien", Name: "Wien", Country: "AT", City: "Wien", Zone: "Europe/Vienna", Priority: 9, Pickup: true}
		l.Address.PostalCode = "1010"
		if err := inventory.SaveLocation(ctx, tx, l); err != nil {
			return err
		}
		if err := tax.SaveRate(ctx, tx, tax.Entry{Country: "AT", Class: tax.Standard, Name: "USt AT", PPM: 200_000, From: calendar.On(2020, 1, 1)}); err != nil {
			return err
		}
		for sku, n := range units {
			if _, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: w.Variant(sku), Location: "loc_wien", Delta: n, Reason: "opening"}); err != nil {
				return err
			}
		}
		return method.Save(ctx, tx, method.Method{ID: "wien_pickup", Market: "DE", Name: map[string]string{"en": "Pick up in Vienna"}, Kind: method.Pickup,
			Rule: "flat", Settings: json.RawMessage(`{"amount":100}`), Location: "loc_wien", CutOff: 12 * 60, Position: 9, Active: true})
	})
}

// mixed starts a checkout of two mugs to be sent and posters to be collected.
func mixed(w *apptest.World, posters int) (at string, ready apptest.Answer) {
	w.T.Helper()
	cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 2), line("POSTER", posters)}})
	checkout := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
	at = "/store/v1/checkouts/" + checkout.Text("id")
	ready = w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin,
		"groups":  []any{map[string]any{"shipping_option": "de_standard"}, map[string]any{"shipping_option": "wien_pickup", "lines": []any{cart.At("lines", 1, "id")}}},
		"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
	return at, ready
}

func TestSomeIsSentAndSomeCollectedInOnePurchase(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withStore(w, map[string]int64{"POSTER": 3})
		at, ready := mixed(w, 1)
		if ready.Text("status") != "ready_for_complete" || len(ready.At("groups").([]any)) != 2 || ready.Int("groups", 1, "price", "amount") != 100 ||
			ready.Text("groups", 1, "kind") != "pickup" || ready.Text("groups", 1, "promise", "from") == "" {
			t.Fatalf("%s", ready.Bytes)
		}
		if got := ready.Int("totals", "shipping", "amount"); got != 590 {
			t.Errorf("shipping %d, want 4.90 and 1.00", got)
		}
		placed := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", "mixed")
		if placed.Text("status") != "completed" {
			t.Fatalf("%s", placed.Bytes)
		}
		seen := w.Call("GET", "/store/v1/orders/"+placed.Text("order", "id"), nil, "Order-Token", placed.Text("order", "token"))
		if seen.Text("lines", 1, "delivery_group") != seen.Text("delivery_groups", 1, "id") || seen.Text("delivery_groups", 1, "location") != "loc_wien" {
			t.Errorf("the buyer sees %s", seen.Bytes)
		}
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error { return standsApart(t, tx, order.ID(placed.Text("order", "id"))) })
		w.Whole()
	})
}

// standsApart checks the order of mixed: two groups, taxed where each goes, and
// taken from where each is.
func standsApart(t *testing.T, tx *db.Tx, id order.ID) error {
	o, err := order.Find(t.Context(), tx, id)
	if err != nil {
		return err
	}
	var got []string
	for _, g := range o.Groups {
		got = append(got, fmt.Sprintf("%s %s %s %s", g.Kind, g.Price.Decimal(), g.Tax.Decimal(), g.Taxes[0].Name))
	}
	for _, l := range o.Lines {
		got = append(got, fmt.Sprintf("%s %s %v", l.SKU, l.Taxes[0].Name, l.Sources))
	}
	want := []string{"ship 4.90 0.78 USt", "pickup 1.00 0.17 USt AT", "MUG-RED USt [{loc_berlin 2}]", "POSTER USt AT [{loc_wien 1}]"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	wrong, err := order.Verify(t.Context(), tx)
	for _, w := range wrong {
		t.Error(w)
	}
	return err
}

func TestNothingIsCollectedWhereItDoesNotLie(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withStore(w, map[string]int64{"POSTER": 3})
		at, four := mixed(w, 4)
		if four.Text("status") != "incomplete" || four.Text("messages", 0, "code") != "shipping_option_unavailable" || four.Text("messages", 0, "path") != "$.groups[1]" {
			t.Errorf("four of three: %s", four.Bytes)
		}
		for _, o := range four.At("groups", 1, "shipping_options").([]any) {
			if o.(map[string]any)["id"] == "wien_pickup" {
				t.Error("a pick-up is offered where too few lie")
			}
		}
		one, err := w.Try("PATCH", at, map[string]any{"groups": []any{map[string]any{"shipping_option": "de_standard"}, map[string]any{"shipping_option": "wien_pickup"}}})
		if err != nil || one.Status != 422 || !strings.Contains(string(one.Bytes), "checkout.groups") {
			t.Errorf("a group without lines: %v %d %s", err, one.Status, one.Bytes)
		}
	})
}

// Twelve buyers want to collect three posters, each beside two mugs that are
// sent: three get both, the others nothing, and no unit is promised twice.
func TestNoUnitIsPromisedTwiceToThoseWhoCollect(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withStore(w, map[string]int64{"POSTER": 3})
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			return sourcing.SaveRules(t.Context(), tx, []sourcing.Rule{{Kind: sourcing.Nearest}})
		})
		type try struct {
			at    string
			total any
		}
		var tries []try
		for range 12 {
			at, ready := mixed(w, 1)
			tries = append(tries, try{at, ready.At("totals", "total")})
		}
		var mu sync.Mutex
		placed := 0
		var all sync.WaitGroup
		for i, b := range tries {
			all.Go(func() {
				a, err := w.Try("POST", b.at+"/complete", map[string]any{"expected_total": b.total}, "Idempotency-Key", fmt.Sprint("race", i))
				mu.Lock()
				defer mu.Unlock()
				if err != nil || a.Status != 200 {
					t.Errorf("%v %d %s", err, a.Status, a.Bytes)
				} else if a.Text("status") == "completed" {
					placed++
				}
			})
		}
		all.Wait()
		var mugs, posters int64
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			for sku, sum := range map[string]*int64{"MUG-RED": &mugs, "POSTER": &posters} {
				levels, err := inventory.Levels(context.Background(), tx, w.Variant(sku))
				if err != nil {
					return err
				}
				for _, l := range levels {
					*sum += l.Reserved
				}
			}
			wrong, err := inventory.Verify(context.Background(), tx)
			for _, w := range wrong {
				t.Error(w)
			}
			return err
		})
		if placed != 3 || posters != 3 || mugs != 6 {
			t.Errorf("%d orders hold %d posters and %d mugs, want 3, 3 and 6", placed, posters, mugs)
		}
	})
}
