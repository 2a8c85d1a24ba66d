package admin_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"korzo/delivery/sourcing"
	"korzo/offer/inventory"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
)

func TestSourcingRulesAreOrderedAndTheirDecisionsExplained(t *testing.T) {
	each(t, func(w *world) {
		const page = "/admin/sourcing"
		w.is(w.get(page), 200, "not asked", "Nothing had to be decided yet")
		w.is(w.post(page, page, "place.nearest", "1", "set.nearest", "near"), 422, "whole number")
		w.is(w.post(page, page, "place.nearest", "1", "set.nearest", "-5"), 422, "use 0 to 1,000,000")
		w.happened(nil, nil)
		w.is(w.post(page, page, "place.nearest", "2", "set.nearest", "60", "place.balance", "1", "set.balance", "10"), http.StatusSeeOther, "done=sourcing")
		w.happened(nil, []string{"sourcing.rules"})
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			rules, err := sourcing.Rules(t.Context(), tx)
			if len(rules) != 2 || rules[0].Kind != sourcing.Balance || rules[0].Settings != nil || rules[1].Kind != sourcing.Nearest || string(rules[1].Settings) != `{"tolerance_km": 60}` {
				t.Errorf("%+v", rules)
			}
			return err
		})
		id := w.order("approve", "")
		w.decide(id)
		explained := []string{"BERLIN", "leaves 8 of what gets scarcest", "Balance of stock: leaves 4 of what gets scarcest", "2 candidates"}
		w.is(w.get("/admin/orders/"+string(id)), 200, append(slices.Clone(explained), "The sending location, and why")...)
		w.is(w.get(page), 200, append(slices.Clone(explained), "Order "+w.number(id))...)
		w.lang = "de"
		w.is(w.get(page), 200, "lässt 8 von dem, was am knappsten wird", "Gleichgewicht des Bestands")
		w.lang = "en"
		w.as(auth.RoleAssociate)
		w.is(w.get(page), http.StatusForbidden)
		w.is(w.post("", page, "place.nearest", "1"), http.StatusForbidden)
	})
}

// decide has goods held for an order where two locations have them.
func (w *world) decide(id order.ID) {
	w.t.Helper()
	ctx, mug := w.t.Context(), w.mug.Variants[0].ID
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		if _, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: mug, Location: "loc_budapest", Delta: 6, Reason: "opening", Cause: inventory.CauseReceived, Actor: "system"}); err != nil {
			return err
		}
		_, err := sourcing.Hold(ctx, tx, sourcing.Ask{Order: string(id), Holder: "hold", Channel: "web", Until: tx.Now.Add(time.Hour), Country: "DE",
			Lines: []inventory.Line{{Variant: mug, Units: 2}}})
		return err
	})
}

// number is what people call an order.
func (w *world) number(id order.ID) (number string) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
		numbers, err := order.NumbersOf(w.t.Context(), tx, []order.ID{id})
		number = numbers[id]
		return err
	})
	return number
}
