package journey_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
	"korzo/value/money"
)

// oneClick publishes a flow of one click and returns a customer with a kept card.
func oneClick(w *apptest.World, undo int64, card string) (keeper, string) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		v, err := flow.Save(w.T.Context(), tx, "", flow.Document{Name: "One click", Layout: flow.OneClick, Priority: 100, Trigger: `market == "DE" && customer.known`,
			Payments: map[string][]string{"DE": {"card"}}, UndoSeconds: undo})
		if err != nil {
			return err
		}
		return flow.Publish(w.T.Context(), tx, v.Flow, v.Version)
	})
	ada := newKeeper(w, "ada@example.com")
	kept := ada.ask("POST", "/customers/me/cards", map[string]any{"instrument": card, "consent": true}).Text("id")
	w.Until("the card is kept", func() bool { return ada.ask("GET", "/customers/me/cards/"+kept, nil).Text("state") == "kept" })
	return ada, kept
}

const visa = "sandbox:card.424242.4242.abcdefghjkmnpq"

// tap taps a checkout's button.
func (k keeper) tap(checkout string) apptest.Answer {
	k.T.Helper()
	now := k.ask("GET", "/checkouts/"+checkout, nil)
	return k.ask("POST", "/checkouts/"+checkout+"/one-click", map[string]any{"expected_total": now.At("totals", "total")})
}

func (k keeper) status(checkout string) string {
	k.T.Helper()
	return k.ask("GET", "/checkouts/"+checkout, nil).Text("status")
}

func TestATapPlacesTheOrderWhenItCanNoLongerBeUndone(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ada, card := oneClick(w, 60, visa)
		checkout := ada.buy(map[string]any{"saved_card": card})
		if a := ada.tap(checkout); a.Text("messages", 0, "code") != "one_click_waiting" {
			t.Fatalf("%s", a.Bytes)
		}
		now := ada.ask("GET", "/checkouts/"+checkout, nil)
		at, err := time.Parse(time.RFC3339, now.Text("one_click", "place_at"))
		if _, reserved := w.Levels("MUG-RED"); err != nil || reserved != 0 || time.Until(at) > time.Minute {
			t.Errorf("while it can be undone: %v, %d units held, %s", err, reserved, now.Bytes)
		}
		ada.tap(checkout) // a second tap is the same tap
		w.Pass(time.Minute)
		w.Until("it is placed", func() bool { return ada.status(checkout) == "completed" })
		if a := ada.ask("POST", "/checkouts/"+checkout+"/one-click/undo", nil); a.Text("code") != "checkout.too_late" {
			t.Errorf("undone after it was placed: %s", a.Bytes)
		}
		w.Whole()
	})
}

func TestATapThatIsUndoneOrdersNothing(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ada, card := oneClick(w, 60, visa)
		undone, other := ada.buy(map[string]any{"saved_card": card}), ada.buy(map[string]any{"saved_card": card})
		ada.tap(undone)
		ada.tap(other)
		if a := ada.ask("POST", "/checkouts/"+undone+"/one-click/undo", nil); a.Status != 200 || a.At("one_click", "place_at") != nil || a.At("one_click", "available") != true {
			t.Errorf("%s", a.Bytes)
		}
		w.Pass(time.Minute)
		w.Until("the other is placed", func() bool { return ada.status(other) == "completed" })
		if s := ada.status(undone); s != "ready_for_complete" {
			t.Errorf("undone, and it is %s", s)
		}
		ada.tap(undone) // on second thoughts
		w.Pass(time.Minute)
		w.Until("it is placed after all", func() bool { return ada.status(undone) == "completed" })
		if orders := w.Call("GET", "/admin/v1/orders", nil); len(orders.At("data").([]any)) != 2 {
			t.Errorf("%s", orders.Bytes)
		}
	})
}

func TestATapThatComesToNothingLeadsBackToThePage(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ada, card := oneClick(w, 60, visa)
		guest, _, total := ready(w, "sandbox:approve", line("MUG-RED", 1))
		if a := w.Call("POST", "/store/v1/checkouts/"+guest+"/one-click", map[string]any{"expected_total": total}); a.Text("code") != "checkout.no_one_click" {
			t.Errorf("a guest taps: %s", a.Bytes)
		}
		mug := ada.buy(map[string]any{"saved_card": card})
		ada.tap(mug)
		dearer(w)
		w.Pass(time.Minute)
		w.Until("it is refused", func() bool {
			return ada.ask("GET", "/checkouts/"+mug, nil).At("one_click") == nil
		})
		now := ada.ask("GET", "/checkouts/"+mug, nil)
		if !hasMessage(now, "one_click_refused") || now.Text("status") == "completed" {
			t.Errorf("%s", now.Bytes)
		}
	})
}

// dearer has a mug cost 12.90 €.
func dearer(w *apptest.World) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		return pricing.Set(w.T.Context(), tx, "DE", w.Variant("MUG-RED"), money.Of(12_90, "EUR"))
	})
}

func hasMessage(a apptest.Answer, code string) bool {
	all, _ := a.At("messages").([]any)
	for _, m := range all {
		if one, _ := m.(map[string]any); one["code"] == code {
			return true
		}
	}
	return false
}

func TestABankThatWantsProofAfterATapIsAnsweredOnThePage(t *testing.T) {
	each(t, bank.Config{ChallengeAfter: 2 * time.Second}, func(t *testing.T, w *apptest.World) {
		ada, card := oneClick(w, 60, "sandbox:challenge")
		other := ada.buy(map[string]any{"method": "card", "instrument": "sandbox:challenge"})
		if a := ada.tap(other); a.Text("code") != "checkout.no_one_click" {
			t.Errorf("a card that is not kept is tapped with: %s", a.Bytes)
		}
		checkout := ada.buy(map[string]any{"saved_card": card})
		ada.tap(checkout)
		w.Pass(time.Minute)
		w.Until("the bank wants proof", func() bool { return ada.status(checkout) == "requires_escalation" })
		if now := ada.ask("GET", "/checkouts/"+checkout, nil); now.Text("next_action", "url") == "" {
			t.Errorf("%s", now.Bytes)
		}
		w.Until("it is proven and placed", func() bool { return ada.status(checkout) == "completed" })
	})
}

// However undoing and the end of its time meet, either the tap was undone and
// nothing is ordered, or it was too late and one order is placed.
func TestUndoingRacesWithPlacing(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ada, card := oneClick(w, 1, visa)
		const n = 12
		undone := make([]bool, n)
		checkouts := make([]string, n)
		for i := range n {
			checkouts[i] = ada.buy(map[string]any{"saved_card": card})
		}
		var all sync.WaitGroup
		for i, checkout := range checkouts {
			at, err := time.Parse(time.RFC3339, func() string {
				ada.tap(checkout)
				return ada.ask("GET", "/checkouts/"+checkout, nil).Text("one_click", "place_at")
			}())
			if err != nil {
				continue // it was placed before it was looked at
			}
			all.Go(func() {
				time.Sleep(time.Until(at.Add(time.Duration(i-n/2) * 15 * time.Millisecond)))
				a, err := ada.Try("POST", "/store/v1/checkouts/"+checkout+"/one-click/undo", nil, "Customer-Token", ada.token)
				undone[i] = err == nil && a.Status == 200
			})
		}
		all.Wait()
		placed := 0
		for i, checkout := range checkouts {
			if undone[i] {
				continue
			}
			w.Until(fmt.Sprint("the tap that was not undone is placed: ", i), func() bool { return ada.status(checkout) == "completed" })
			placed++
		}
		for i, checkout := range checkouts {
			if undone[i] && ada.status(checkout) != "ready_for_complete" {
				t.Errorf("tap %d was undone and is %s", i, ada.status(checkout))
			}
		}
		if orders, _ := w.Call("GET", "/admin/v1/orders?limit=100", nil).At("data").([]any); len(orders) != placed {
			t.Errorf("%d orders of %d taps that were not undone", len(orders), placed)
		}
		w.Whole()
	})
}
