package journey_test

import (
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/customer/consent"
	"korzo/customer/experiment"
	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// Who buys gets the confirmation in the words of their arm: a visitor by the id of
// their visit, a customer who brought none by their account where they agreed to
// be followed, and nobody else takes part.
func TestWhoBuysIsToldInTheWordsOfTheirArm(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		words := map[string]any{"en": map[string]any{"subject": "{number}: it is yours"}, "de": map[string]any{"subject": "{number}: gehört Ihnen"}, "hu": map[string]any{"subject": "{number}: az Öné"}}
		wording := w.Call("POST", "/admin/v1/wordings", map[string]any{"kind": "order.confirmation", "name": "Yours", "words": words})
		bad := w.Call("POST", "/admin/v1/wordings", map[string]any{"kind": "order.confirmation", "name": "", "words": words}, "Accept-Language", "de")
		if bad.Status != 422 || !strings.Contains(string(bad.Bytes), "geben Sie der Fassung einen Namen") {
			t.Errorf("%d %s", bad.Status, bad.Bytes)
		}
		made := w.Call("POST", "/admin/v1/experiments", map[string]any{"key": "yours", "name": "Yours", "kind": "test", "coverage": 1_000_000, "point": map[string]any{"kind": "message", "key": "order.confirmation"},
			"arms": []any{map[string]any{"key": "control", "weight": 500_000, "value": nil}, map[string]any{"key": "yours", "weight": 500_000, "value": map[string]any{"wording": wording.Text("id")}}}})
		exp := experiment.ID(made.Text("id"))
		if started := w.Call("POST", "/admin/v1/experiments/"+string(exp)+"/status", map[string]any{"action": "start"}); started.Text("status") != "running" {
			t.Fatalf("%s %s", made.Bytes, started.Bytes)
		}
		buyers := 12
		for range buyers {
			s := come(t, w)
			if !s.buy(w, "") {
				t.Fatal("a shopper did not buy")
			}
		}
		byAccount(t, w)
		var all []message.Sent
		w.Until("everybody is told", func() bool {
			dbtest.Read(t, w.App.DB, func(tx *db.Tx) (err error) {
				all, err = message.List(t.Context(), tx, message.Filter{Kind: message.KindConfirmation, State: message.StateSent, Limit: 100})
				return err
			})
			return len(all) == buyers+2
		})
		byArm := map[string]int64{}
		for _, s := range all {
			_, _, arm, took := experiment.ParsePin(s.Arm)
			byArm[arm]++
			m, err := w.App.Mailer.Preview(t.Context(), s.ID)
			if told := strings.Contains(m.Subject, "gehört Ihnen"); err != nil || told != (arm == "yours") || took != (arm != "") || (s.Wording != "") != told {
				t.Errorf("%v: of arm %q, %s in %q is told %q", err, arm, s.ID, s.Wording, m.Subject)
			}
		}
		units := map[string]int64{}
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			counts, err := experiment.Counts(t.Context(), tx, exp)
			for _, c := range counts {
				units[c.Arm] += c.Units
			}
			return err
		})
		if byArm[""] != 1 || units["control"] != byArm["control"] || units["yours"] != byArm["yours"] || units["control"]+units["yours"] != int64(buyers)+1 {
			t.Errorf("written down are %v, told were %v", units, byArm)
		}
		w.Whole()
	})
}

// byAccount lets two customers buy without a visitor id: one has agreed to be
// followed from page to page, the other was never asked.
func byAccount(t *testing.T, w *apptest.World) {
	t.Helper()
	agrees, quiet := newKeeper(w, "agrees@example.com"), newKeeper(w, "quiet@example.com")
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		return consent.Say(t.Context(), tx, profile.CustomerID(agrees.id), consent.Answer{Purpose: consent.Figures, Given: true, Words: "Follow me", Locale: "en", Source: "account"})
	})
	for _, k := range []keeper{agrees, quiet} {
		bag := k.ask("POST", "/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
		at := "/checkouts/" + k.ask("POST", "/checkouts", map[string]any{"cart": bag.Text("id")}).Text("id")
		c := k.ask("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard", "payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
		done := k.ask("POST", at+"/complete", map[string]any{"expected_total": c.At("totals", "total")}, "Idempotency-Key", at)
		if done.Text("status") != "completed" {
			t.Fatalf("%s did not buy: %s", k.id, done.Bytes)
		}
	}
}
