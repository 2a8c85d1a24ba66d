package journey_test

import (
	"testing"

	"korzo/app/apptest"
	"korzo/customer/consent"
	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
)

// Who allows what a flow asks for gets another checkout than who does not, from the moment
// they say so, and until they take it back.
func TestAFlowIsForThoseWhoAllowSomething(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		ctx := t.Context()
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			v, err := flow.Save(ctx, tx, "", flow.Document{Name: "For the counted", Layout: flow.OnePage, Priority: 100, Trigger: `market == "DE" && "figures" in customer.consent`,
				Payments: map[string][]string{"DE": {"card"}}})
			if err != nil {
				return err
			}
			return flow.Publish(ctx, tx, v.Flow, v.Version)
		})
		ada := newKeeper(w, "ada@example.com")
		given := func() string {
			bag := ada.ask("POST", "/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
			return ada.ask("POST", "/checkouts", map[string]any{"cart": bag.Text("id")}).Text("flow", "name")
		}
		say := func(yes bool) {
			dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
				a := consent.Answer{Purpose: consent.Figures, Given: yes, Words: "Count what I do", Locale: "en", Source: "account"}
				return consent.Say(ctx, tx, profile.CustomerID(ada.ask("GET", "/customers/me", nil).Text("id")), a)
			})
		}
		if got := given(); got == "For the counted" {
			t.Errorf("who said nothing was given %q", got)
		}
		say(true)
		if got := given(); got != "For the counted" {
			t.Errorf("who allows it was given %q", got)
		}
		say(false)
		if got := given(); got == "For the counted" {
			t.Errorf("who took it back was given %q", got)
		}
		why := w.Call("POST", "/admin/v1/flows/choose", map[string]any{"visit": map[string]any{"market": "DE", "channel": "web", "customer_known": true, "customer_consent": []string{"figures"}}})
		if why.Text("name") != "For the counted" && why.Text("why", 0, "name") != "For the counted" {
			t.Errorf("%s", why.Bytes)
		}
	})
}
