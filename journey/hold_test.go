package journey_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/delivery/sourcing"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
	"korzo/value/address"
)

// holding publishes a flow that holds stock before the payment.
func holding(w *apptest.World, from string) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		v, err := flow.Save(w.T.Context(), tx, "", flow.Document{Name: "Holds", Layout: flow.OnePage, Priority: 100, Trigger: `market == "DE"`,
			HoldFrom: from, HoldMinutes: 20, Payments: map[string][]string{"DE": {"card"}}})
		if err != nil {
			return err
		}
		return flow.Publish(w.T.Context(), tx, v.Flow, v.Version)
	})
}

// begun is a checkout of a new cart, and the cart.
func begun(w *apptest.World, units int) (checkout, bag string) {
	w.T.Helper()
	bag = w.Call("POST", "/store/v1/carts", map[string]any{"lines": []any{line("MUG-RED", units)}}).Text("id")
	return w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": bag}).Text("id"), bag
}

func promised(w *apptest.World) int64 {
	_, held := w.Levels("MUG-RED")
	return held
}

func TestStockIsHeldFromTheStartWhereTheFlowSaysSo(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Stock("MUG-RED", 3)
		holding(w, flow.HoldAtStart)
		id, bag := begun(w, 2)
		shown := w.Call("GET", "/store/v1/checkouts/"+id, nil)
		if promised(w) != 2 || shown.Text("held_until") == "" || strings.Contains(string(shown.Bytes), "insufficient_stock") {
			t.Fatalf("%d promised: %s", promised(w), shown.Bytes)
		}
		other, _ := begun(w, 2)
		refused := w.Call("GET", "/store/v1/checkouts/"+other, nil)
		if !strings.Contains(string(refused.Bytes), "stock") || refused.Text("held_until") != "" || promised(w) != 2 {
			t.Errorf("what one holds another is offered: %s", refused.Bytes)
		}
		w.Call("POST", "/store/v1/carts/"+bag+"/lines", line("MUG-RED", 1))
		if promised(w) != 3 {
			t.Errorf("%d promised after one more was added", promised(w))
		}
		added := w.Call("GET", "/store/v1/carts/"+bag, nil)
		w.Call("PATCH", "/store/v1/carts/"+bag+"/lines/"+added.Text("lines", 0, "id"), map[string]any{"quantity": 1})
		if promised(w) != 1 {
			t.Errorf("%d promised after two were put back", promised(w))
		}
		w.Call("DELETE", "/store/v1/carts/"+bag+"/lines/"+added.Text("lines", 0, "id"), nil)
		if promised(w) != 0 {
			t.Errorf("%d promised of an empty cart", promised(w))
		}
		agree(w)
	})
}

func TestStockIsHeldFromTheContactWhereTheFlowSaysSo(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Stock("MUG-RED", 3)
		holding(w, flow.HoldAtContact)
		id, _ := begun(w, 2)
		if promised(w) != 0 {
			t.Fatalf("%d promised to somebody who only looks", promised(w))
		}
		w.Call("PATCH", "/store/v1/checkouts/"+id, map[string]any{"email": "ada@example.com"})
		if promised(w) != 2 {
			t.Errorf("%d promised to somebody who said who they are", promised(w))
		}
		agree(w)
	})
}

func TestAHoldEndsByItselfOnceAndIsNotMadeLonger(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Stock("MUG-RED", 3)
		holding(w, flow.HoldAtStart)
		id, _ := begun(w, 2)
		until := w.Call("GET", "/store/v1/checkouts/"+id, nil).Text("held_until")
		w.Pass(15 * time.Minute)
		if said := w.Call("PATCH", "/store/v1/checkouts/"+id, map[string]any{"email": "ada@example.com"}); said.Text("held_until") != until {
			t.Errorf("held until %q, then %q", until, said.Text("held_until"))
		}
		w.Pass(6 * time.Minute)
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			_, err := inventory.Expire(t.Context(), tx, tx.Now)
			return err
		})
		if promised(w) != 0 {
			t.Fatalf("%d promised when the time was over", promised(w))
		}
		said := w.Call("PATCH", "/store/v1/checkouts/"+id, map[string]any{"email": "eve@example.com"})
		if promised(w) != 0 || said.Text("held_until") != "" {
			t.Errorf("it is held a second time: %d, %s", promised(w), said.Text("held_until"))
		}
		agree(w)
	})
}

// The payment takes over what was held, one decline gives back no more than the
// session's own time, and another shopper never gets in between.
func TestAPaymentTakesOverWhatIsHeld(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Stock("MUG-RED", 1)
		holding(w, flow.HoldAtStart)
		id, _, total := ready(w, "sandbox:decline", line("MUG-RED", 1))
		other, _ := begun(w, 1)
		no := w.Call("POST", "/store/v1/checkouts/"+id+"/complete", map[string]any{"expected_total": total}, "Idempotency-Key", "a")
		if no.Text("status") == "completed" {
			t.Fatalf("a declined card bought: %s", no.Bytes)
		}
		w.Call("PATCH", "/store/v1/checkouts/"+id, map[string]any{"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
		if promised(w) != 1 {
			t.Errorf("%d promised after a decline", promised(w))
		}
		w.Call("PATCH", "/store/v1/checkouts/"+other, map[string]any{"email": "eve@example.com"})
		w.Call("POST", "/store/v1/checkouts/"+id+"/complete", map[string]any{"expected_total": total}, "Idempotency-Key", "b")
		w.Until("the order", func() bool { return len(orders(w)) == 1 })
		if promised(w) != 1 {
			t.Errorf("%d promised for an order of one", promised(w))
		}
		agree(w)
	})
}

// Sixty-four begin, ten hold, those ten buy: whoever holds nothing buys nothing.
func TestSixtyFourCheckoutsOnTenUnitsHoldTen(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		w.Stock("MUG-RED", 10)
		holding(w.World, flow.HoldAtStart)
		checkouts := make([]string, 64)
		bags := make([]string, 64)
		for i := range bags {
			bags[i] = w.Call("POST", "/store/v1/carts", map[string]any{"lines": []any{line("MUG-RED", 1)}}).Text("id")
		}
		var begun atomic.Int64
		w.together(64, func(i int) {
			a, err := w.Try("POST", "/store/v1/checkouts", map[string]any{"cart": bags[i]})
			if err != nil || a.Status != http.StatusCreated {
				t.Errorf("%v %d %s", err, a.Status, a.Bytes)
				return
			}
			begun.Add(1)
			checkouts[i] = a.Text("id")
		})
		if _, held := w.Levels("MUG-RED"); held != 10 || begun.Load() != 64 {
			t.Fatalf("%d begun, %d held", begun.Load(), held)
		}
		var done, short atomic.Int64
		w.together(64, func(i int) {
			said, err := w.Try("PATCH", "/store/v1/checkouts/"+checkouts[i], map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard", "payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
			if err != nil || said.Status != 200 {
				t.Errorf("buyer %d: %v %d %s", i, err, said.Status, said.Bytes)
				return
			}
			a, err := w.Try("POST", "/store/v1/checkouts/"+checkouts[i]+"/complete", map[string]any{"expected_total": said.At("totals", "total")}, "Idempotency-Key", "k")
			switch {
			case err != nil || a.Status != 200:
				t.Errorf("buyer %d: %v %d %s", i, err, a.Status, a.Bytes)
			case a.Text("status") == "completed":
				done.Add(1)
			case a.Text("status") == "incomplete":
				short.Add(1)
			}
		})
		w.Until("ten orders", func() bool { return len(orders(w.World)) == 10 })
		if short.Load() != 54 {
			t.Errorf("%d completed, %d short", done.Load(), short.Load())
		}
		if on, held := w.Levels("MUG-RED"); on != 10 || held != 10 {
			t.Errorf("%d on hand, %d promised, want 10 and 10", on, held)
		}
	})
}

func TestStaffSeeWhatIsHeldAndNobodysCart(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Stock("MUG-RED", 3)
		holding(w, flow.HoldAtStart)
		_, bag := begun(w, 2)
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			v, err := catalog.FindSKU(t.Context(), tx, "MUG-RED")
			if err != nil {
				return err
			}
			waiting, err := inventory.WaitingFor(t.Context(), tx, string(v.ID), 10)
			if len(waiting) != 1 || waiting[0].Units != 2 || !strings.HasPrefix(waiting[0].Holder, cart.HolderPrefix) || strings.Contains(waiting[0].Holder, bag) {
				t.Errorf("waiting are %+v", waiting)
			}
			return err
		})
	})
}

// alsoInMunich has so many mugs lie in Munich too, and sends from what is nearest.
func alsoInMunich(w *apptest.World, units int64) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		ctx := w.T.Context()
		for _, l := range []inventory.Location{
			{ID: "loc_munich", Name: "Munich", Country: "DE", City: "München", Zone: "Europe/Berlin", Priority: 9, Ships: true, Address: address.Address{PostalCode: "80331"}},
			{ID: "loc_berlin", Name: "Berlin", Country: "DE", City: "Berlin", Zone: "Europe/Berlin", Ships: true, Pickup: true, Address: address.Address{PostalCode: "10115"}},
		} {
			if err := inventory.SaveLocation(ctx, tx, l); err != nil {
				return err
			}
		}
		if _, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: w.Variant("MUG-RED"), Location: "loc_munich", Delta: units, Reason: "opening"}); err != nil {
			return err
		}
		return sourcing.SaveRules(ctx, tx, []sourcing.Rule{{Kind: sourcing.Nearest}})
	})
}

var munich = map[string]any{"name": "Ada", "line1": "Platz 1", "city": "München", "postal_code": "80333", "country": "DE"}

// heldAt is how much of the mugs is held, by location.
func heldAt(w *apptest.World) map[string]int64 {
	w.T.Helper()
	held := map[string]int64{}
	dbtest.Read(w.T, w.App.DB, func(tx *db.Tx) error {
		levels, err := inventory.Levels(w.T.Context(), tx, w.Variant("MUG-RED"))
		for _, l := range levels {
			if l.Reserved > l.OnHand {
				w.T.Errorf("%d of %d are held in %s", l.Reserved, l.OnHand, l.Location)
			}
			if l.Reserved > 0 {
				held[l.Location] = l.Reserved
			}
		}
		return err
	})
	return held
}

// What is held early is held where the order would be sent from, also when the
// address comes or changes after it was held.
func TestStockIsHeldEarlyWhereItWouldBeSentFrom(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Stock("MUG-RED", 5)
		alsoInMunich(w, 5)
		holding(w, flow.HoldAtStart)
		id, _ := begun(w, 2)
		if got := heldAt(w); got["loc_berlin"] != 2 {
			t.Errorf("while nobody knows where it goes it is held %v", got)
		}
		until := w.Call("GET", "/store/v1/checkouts/"+id, nil).Text("held_until")
		for _, to := range []struct {
			address any
			from    string
		}{{munich, "loc_munich"}, {berlin, "loc_berlin"}, {munich, "loc_munich"}} {
			said := w.Call("PATCH", "/store/v1/checkouts/"+id, map[string]any{"email": "ada@example.com", "shipping_address": to.address})
			if got := heldAt(w); len(got) != 1 || got[to.from] != 2 || said.Text("held_until") != until {
				t.Errorf("held %v until %q, want 2 in %s until %q", got, said.Text("held_until"), to.from, until)
			}
		}
		agree(w)
	})
}

// Twelve begin on ten units that lie in two places, and say again and again that
// they live elsewhere: ten units are held at every moment, none of them twice.
func TestNoUnitIsHeldTwiceWhileAddressesChange(t *testing.T) {
	race(t, func(t *testing.T, w contest) {
		w.Stock("MUG-RED", 5)
		alsoInMunich(w.World, 5)
		holding(w.World, flow.HoldAtStart)
		checkouts := make([]string, 12)
		for i := range checkouts {
			checkouts[i], _ = begun(w.World, 1)
		}
		for round := range 3 {
			w.together(len(checkouts), func(i int) {
				to := any(berlin)
				if (i+round)%2 == 0 {
					to = munich
				}
				a, err := w.Try("PATCH", "/store/v1/checkouts/"+checkouts[i], map[string]any{"email": "ada@example.com", "shipping_address": to})
				if err != nil || a.Status != 200 {
					t.Errorf("%v %d %s", err, a.Status, a.Bytes)
				}
			})
			sum := int64(0)
			for _, n := range heldAt(w.World) {
				sum += n
			}
			if sum != 10 {
				t.Errorf("round %d: %d are held", round, sum)
			}
		}
		agree(w.World)
	})
}
