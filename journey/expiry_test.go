package journey_test

import (
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/engagement/message"
	"korzo/purchase/payment/bank"
	cards "korzo/value/card"
)

// A kept card tells until when it is good. Its customer is warned once, a month
// before; the bank's new card takes its place by itself; one that is over is
// shown, never offered, and pays nothing.
func TestAKeptCardThatExpires(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		now := time.Now().UTC()
		last := time.Date(now.Year(), now.Month()+2, 1, 0, 0, 0, 0, time.UTC)
		good := cards.Expiry{Year: last.Year(), Month: int(last.Month())}
		later := cards.Expiry{Year: last.Year() + 3, Month: int(last.Month())}
		ada, eve := newKeeper(w, "ada@example.com"), newKeeper(w, "eve@example.com")
		stamp := strings.ReplaceAll(good.ISO()[2:], "-", "")
		for _, k := range []keeper{ada, eve} {
			a := k.ask("POST", "/customers/me/cards", map[string]any{"instrument": "sandbox:card.424242.4242.abcdefghjkmnpq-" + stamp, "method": "card", "consent": true})
			if a.Status/100 != 2 || a.Text("expires") != good.ISO() || a.Text("state") != "kept" {
				t.Fatalf("%d %s", a.Status, a.Bytes)
			}
		}
		if n := warned(w); n != 0 {
			t.Errorf("%d were warned two months before", n)
		}

		// Eve's bank sends a new card; the notice is lost, and she is not warned all the same.
		cardOf := func(k keeper) string { return k.ask("GET", "/customers/me/cards", nil).Text("data", 0, "id") }
		adas, eves := cardOf(ada), cardOf(eve)
		w.Bank.Mute(true)
		if err := w.Bank.Reissue(t.Context(), eves, later); err != nil {
			t.Fatal(err)
		}
		w.Pass(good.Ends().Sub(now) - 20*24*time.Hour)
		if n := warned(w); n != 1 {
			t.Errorf("%d were warned, want Ada", n)
		}
		if n := warned(w); n != 1 {
			t.Errorf("%d letters after a second look", n)
		}
		w.Until("the letter is sent", func() bool { return writtenTo(w, "ada@example.com", good) })

		w.Pass(21 * 24 * time.Hour)
		ada, eve = ada.again("ada@example.com"), eve.again("eve@example.com")
		eve.paysWith(eves, later)
		ada.cannotPayWith(adas, good)

		// Ada's bank sends hers at last, and says so.
		w.Bank.Mute(false)
		if err := w.Bank.Reissue(t.Context(), adas, later); err != nil {
			t.Fatal(err)
		}
		w.Until("the new card is heard of", func() bool {
			return ada.ask("GET", "/customers/me/cards", nil).Text("data", 0, "expires") == later.ISO()
		})
		ada.paysWith(adas, later)
		w.Whole()
	})
}

// again signs a customer in anew.
func (k keeper) again(email string) keeper {
	k.T.Helper()
	a := k.Call("POST", "/store/v1/sessions", map[string]any{"email": email, "password": "correct horse battery"})
	return keeper{k.World, k.id, a.Text("token")}
}

// warned has the shop look for cards that are over soon, and tells how many
// letters there are.
func warned(w *apptest.World) int64 {
	w.T.Helper()
	if err := w.App.Vault.Warn(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
	letters := func() int64 {
		return number(w.T, w.App.DB, `SELECT COUNT(*) FROM message_messages WHERE kind = 'card.expiring'`)
	}
	w.Until("who is to be warned is written to", func() bool {
		return letters() == number(w.T, w.App.DB, `SELECT COUNT(*) FROM vault_cards WHERE warned > 0`)
	})
	return letters()
}

// writtenTo reports whether somebody got the letter about a card.
func writtenTo(w *apptest.World, to string, e cards.Expiry) bool {
	w.T.Helper()
	kept, err := w.App.Outbox.(message.Inbox).List(w.T.Context(), 20)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, k := range kept {
		if strings.Contains(k.Mail.Subject, e.String()) {
			return strings.Contains(k.Mail.Text, "Visa •••• 4242") && strings.Contains(k.Mail.Text, "/account/wallet") && k.Mail.To == to
		}
	}
	return false
}

// paysWith buys with a kept card that is good until a month.
func (k keeper) paysWith(card string, e cards.Expiry) {
	k.T.Helper()
	if a := k.ask("GET", "/checkouts/"+k.buy(map[string]any{"method": "card"}), nil); a.Text("saved_cards", 0, "expires") != e.ISO() {
		k.T.Errorf("the new card is not offered: %s", a.Bytes)
	}
	if a := k.complete(k.buy(map[string]any{"saved_card": card})); a.Text("status") != "completed" {
		k.T.Errorf("the new card does not pay: %s", a.Bytes)
	}
}

// cannotPayWith finds a card that is over in the account, and in no checkout.
func (k keeper) cannotPayWith(card string, e cards.Expiry) {
	k.T.Helper()
	if a := k.ask("GET", "/customers/me/cards", nil); a.Text("data", 0, "expires") != e.ISO() {
		k.T.Errorf("what is over is not shown: %s", a.Bytes)
	}
	open := k.buy(map[string]any{"method": "card"})
	if a := k.ask("GET", "/checkouts/"+open, nil); a.At("saved_cards") != nil {
		k.T.Errorf("what is over is offered: %s", a.Bytes)
	}
	if a := k.ask("PATCH", "/checkouts/"+open, map[string]any{"payment": map[string]any{"saved_card": card}}); a.Text("code") != "checkout.saved_card" {
		k.T.Errorf("what is over pays: %d %s", a.Status, a.Bytes)
	}
}
