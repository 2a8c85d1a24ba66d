package journey_test

import (
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// A card number in an address is refused, whatever stands around it, and no
// table keeps it.
func TestACardNumberInAnAddressIsRefused(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE"})
		w.Call("POST", "/store/v1/carts/"+c.Text("id")+"/lines", map[string]any{"sku": "POSTER", "quantity": 1})
		s := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": c.Text("id")})
		before := snapshot(t, w.App.DB)
		a := w.Call("PATCH", "/store/v1/checkouts/"+s.Text("id"), map[string]any{"shipping_address": map[string]any{"name": "Ada", "line1": "Torstr. 1",
			"line2": "bell 4111 1111 1111 1111", "postal_code": "10119", "city": "Berlin", "country": "DE"}})
		if a.Status != 422 && a.Status != 400 || a.Text("code") != "payment.card_number" {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		if tables := changed(before, snapshot(t, w.App.DB)); tables != nil {
			t.Errorf("what was refused changed %v", tables)
		}
	})
}
