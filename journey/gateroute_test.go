package journey_test

import (
	"strings"
	"testing"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
)

// One flow, two markets: its route by market sends Hungary's cards to the second
// bank, and everybody else's to the shop's first. Each bank's own book has that
// one payment and no other.
func TestAFlowSendsEachMarketsPaymentsThroughItsOwnGateway(t *testing.T) {
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		second, gateway := apptest.Bank(t, bank.Config{Second: true})
		w := apptest.OpenWith(t, d, bank.Config{}, strings.Replace(gateway, "sandbox:", "sandbox2:", 1))
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "By market", Layout: flow.OnePage, Priority: 100, Trigger: `market in ["DE", "HU"]`,
				Route: []string{"sandbox"}, Routes: map[string][]string{"HU": {"sandbox2"}}, Payments: map[string][]string{"DE": {"card"}, "HU": {"card"}}})
			if err != nil {
				return err
			}
			return flow.Publish(t.Context(), tx, v.Flow, v.Version)
		})
		for _, one := range []struct {
			market, gateway string
			to              map[string]any
		}{{"DE", "sandbox", berlin}, {"HU", "sandbox2", map[string]any{"name": "Ada", "line1": "Fő utca 1.", "postal_code": "1011", "city": "Budapest", "country": "HU"}}} {
			cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": one.market, "lines": []any{line("MUG-RED", 1)}})
			checkout := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
			now := w.Call("PATCH", "/store/v1/checkouts/"+checkout.Text("id"), map[string]any{"email": "ada@example.com", "shipping_address": one.to,
				"shipping_option": checkout.Text("shipping_options", 0, "id"), "payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
			placed := complete(w, checkout.Text("id"), one.market, now.At("totals", "total"))
			if placed.Text("status") != "completed" {
				t.Fatalf("%s: %s", one.market, placed.Bytes)
			}
			o := w.Call("GET", "/admin/v1/orders/"+placed.Text("order", "id"), nil)
			if got := o.Text("payments", 0, "gateway"); got != one.gateway || o.Text("market") != one.market {
				t.Errorf("%s was paid through %s: %s", one.market, got, o.Bytes)
			}
		}
		for name, b := range map[string]*bank.Bank{"sandbox": w.Bank, "sandbox2": second} {
			book, err := b.Book(t.Context())
			if err != nil || len(book) != 1 {
				t.Errorf("%s has %d payments in its book, %v", name, len(book), err)
			}
		}
		w.Whole()
	})
}
