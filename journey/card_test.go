package journey_test

import (
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
	"korzo/purchase/payment/vault"
)

// keeper is a customer with a session.
type keeper struct {
	*apptest.World
	id, token string
}

func newKeeper(w *apptest.World, email string) keeper {
	w.T.Helper()
	a := w.Call("POST", "/store/v1/customers", map[string]any{"email": email, "password": "correct horse battery"})
	return keeper{w, a.Text("customer"), a.Text("token")}
}

func (k keeper) ask(method, path string, body any, header ...string) apptest.Answer {
	k.T.Helper()
	return k.Call(method, "/store/v1"+path, body, append(header, "Customer-Token", k.token)...)
}

// cards are what the customer keeps.
func (k keeper) cards() []any {
	k.T.Helper()
	all, _ := k.ask("GET", "/customers/me/cards", nil).At("data").([]any)
	return all
}

// buy starts a purchase that pays as said, and returns the checkout.
func (k keeper) buy(pay map[string]any) string {
	k.T.Helper()
	c := k.ask("POST", "/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
	s := k.ask("POST", "/checkouts", map[string]any{"cart": c.Text("id")})
	a := k.ask("PATCH", "/checkouts/"+s.Text("id"), map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard", "payment": pay})
	if a.Status != 200 {
		k.T.Fatalf("%s", a.Bytes)
	}
	return s.Text("id")
}

func (k keeper) complete(checkout string) apptest.Answer {
	k.T.Helper()
	due := k.ask("GET", "/checkouts/"+checkout, nil)
	return k.ask("POST", "/checkouts/"+checkout+"/complete", map[string]any{"expected_total": due.At("totals", "total")}, "Idempotency-Key", "k")
}

func TestACardIsKeptWithAPaymentAndPaysTheNext(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ada, eve := newKeeper(w, "ada@example.com"), newKeeper(w, "eve@example.com")
		const visa = "sandbox:card.424242.4242.abcdefghjkmnpq"
		if a := ada.complete(ada.buy(map[string]any{"method": "card", "instrument": visa})); a.Text("status") != "completed" {
			t.Fatalf("%s", a.Bytes)
		}
		if a := ada.complete(ada.buy(map[string]any{"method": "card", "instrument": visa, "keep": true})); a.Text("status") != "completed" {
			t.Fatalf("%s", a.Bytes)
		}
		w.Until("the card is kept", func() bool { return len(ada.cards()) == 1 })
		kept := ada.ask("GET", "/customers/me/cards", nil)
		card := kept.Text("data", 0, "id")
		if kept.Text("data", 0, "last") != "4242" || kept.Text("data", 0, "brand") != "visa" || kept.At("data", 0, "favourite") != true || kept.At("data", 0, "off_session") != false {
			t.Errorf("kept: %s", kept.Bytes)
		}
		if strings.Contains(string(kept.Bytes), "sandbox:") {
			t.Errorf("the token is told: %s", kept.Bytes)
		}

		again := ada.buy(map[string]any{"saved_card": card})
		if a := ada.ask("GET", "/checkouts/"+again, nil); a.Text("payment", "saved_card") != card || a.Text("payment", "method") != "card" || a.Text("status") != "ready_for_complete" {
			t.Fatalf("%s", a.Bytes)
		}
		if a := ada.complete(again); a.Text("status") != "completed" {
			t.Fatalf("paid with the kept card: %s", a.Bytes)
		}
		if a := eve.ask("PATCH", "/checkouts/"+eve.buy(map[string]any{"method": "card"}), map[string]any{"payment": map[string]any{"saved_card": card}}); a.Text("code") != "checkout.saved_card" {
			t.Errorf("somebody else's card: %d %s", a.Status, a.Bytes)
		}

		open := ada.buy(map[string]any{"saved_card": card})
		if a := ada.ask("DELETE", "/customers/me/cards/"+card, nil); a.Status/100 != 2 || len(ada.cards()) != 0 {
			t.Errorf("deleted: %d %s", a.Status, a.Bytes)
		}
		if a := ada.ask("GET", "/checkouts/"+open, nil); a.Text("status") != "incomplete" || a.At("saved_cards") != nil {
			t.Errorf("a deleted card is still chosen: %s", a.Bytes)
		}
		w.Until("the bank has forgotten it", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM vault_cards`) == 0
		})
		w.Whole()
	})
}

func TestACardIsKeptByItselfAfterProofAndLeavesWithItsCustomer(t *testing.T) {
	each(t, bank.Config{ChallengeAfter: 3 * time.Second}, func(t *testing.T, w *apptest.World) {
		ada := newKeeper(w, "ada@example.com")
		if a := ada.ask("POST", "/customers/me/cards", map[string]any{"instrument": "sandbox:approve", "consent": false}); a.Text("code") != "storeapi.consent" {
			t.Errorf("without consent: %d %s", a.Status, a.Bytes)
		}
		if a := ada.ask("POST", "/customers/me/cards", map[string]any{"instrument": "4242 4242 4242 4242", "consent": true}); a.Status != 400 && a.Status != 422 || strings.Contains(string(a.Bytes), "4242") {
			t.Errorf("a number: %d %s", a.Status, a.Bytes)
		}
		refused := ada.ask("POST", "/customers/me/cards", map[string]any{"instrument": "sandbox:decline", "consent": true})
		if refused.Text("state") != "refused" {
			t.Errorf("declined: %s", refused.Bytes)
		}
		asked := ada.ask("POST", "/customers/me/cards", map[string]any{"instrument": "sandbox:challenge", "consent": true, "off_session": true})
		if asked.Text("state") != "asked" || asked.Text("next_action", "url") == "" || len(ada.cards()) != 0 {
			t.Fatalf("asked for proof: %s", asked.Bytes)
		}
		card := asked.Text("id")
		w.Until("the proof is given", func() bool { return ada.ask("GET", "/customers/me/cards/"+card, nil).Text("state") == "kept" })
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			c, err := vault.Away(t.Context(), tx, ada.id, vault.ID(card))
			if err == nil && (c.Instrument == "" || c.Consent != vault.Consent) {
				t.Errorf("%+v", c)
			}
			return err
		})
		ada.ask("PATCH", "/customers/me/cards/"+card, map[string]any{"off_session": false})
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			if _, err := vault.Away(t.Context(), tx, ada.id, vault.ID(card)); err == nil {
				t.Error("a card is charged while its customer is away, who took their consent back")
			}
			return nil
		})
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			c, err := profile.Find(t.Context(), tx, w.App.Keeper, profile.CustomerID(ada.id))
			if err != nil {
				return err
			}
			return profile.Erase(t.Context(), tx, c.Person)
		})
		w.Until("the card has left with its customer", func() bool { return number(t, w.App.DB, `SELECT COUNT(*) FROM vault_cards`) == 0 })
	})
}

// A card is deleted while its bank is asked to keep it: whichever comes first,
// the bank keeps nothing.
func TestACardDeletedWhileItIsKeptIsForgotten(t *testing.T) {
	both(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ada := newKeeper(w, "ada@example.com")
		for range 8 {
			var c vault.Card
			dbtest.Write(t, w.App.DB, func(tx *db.Tx) (err error) {
				c, err = vault.Ask(t.Context(), tx, vault.Wish{Customer: ada.id, Gateway: "sandbox", Method: "card", Instrument: "sandbox:card.424242.4242.abcdefghjkmnpq"})
				return err
			})
			done := make(chan vault.Card)
			go func() {
				kept, _ := w.App.Vault.Keep(t.Context(), c.ID)
				done <- kept
			}()
			dbtest.Write(t, w.App.DB, func(tx *db.Tx) error { return vault.Remove(t.Context(), tx, ada.id, c.ID) })
			<-done
		}
		w.Until("nothing is left", func() bool { return number(t, w.App.DB, `SELECT COUNT(*) FROM vault_cards`) == 0 })
		book, err := w.Bank.Kept(t.Context())
		if err != nil || book != 0 {
			t.Errorf("the bank keeps %d cards that nobody knows of, %v", book, err)
		}
		if len(ada.cards()) != 0 {
			t.Error("a deleted card is listed")
		}
	})
}
