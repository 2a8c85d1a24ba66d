package journey_test

import (
	"testing"

	"korzo/app/apptest"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
	"korzo/purchase/payment/bank"
)

// A set of two mugs of one sort and one of another is bought twice, with one
// more of the first by itself: stock is taken from the parts, the order's money
// stands on the parts and sums to what was paid, and what is not there is told
// of before it is sold.
func TestABundleIsBoughtByItsParts(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		skus := products(w, 2)
		var parts []any
		ids := map[string]catalog.VariantID{}
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			for i, sku := range skus {
				v, err := catalog.FindSKU(t.Context(), tx, sku)
				if err != nil {
					return err
				}
				ids[sku] = v.ID
				parts = append(parts, map[string]any{"variant": v.ID, "quantity": 2 - i})
			}
			return nil
		})
		w.Call("POST", "/admin/v1/products", map[string]any{"title": "Set", "slug": "set", "variants": []any{
			map[string]any{"sku": "SET", "parts": parts, "parts_discount": 10}}})
		shown := w.Call("GET", "/store/v1/products/set", nil)
		if shown.Int("variants", 0, "price", "amount") != 1350 || shown.Int("variants", 0, "available") != 50 {
			t.Fatalf("a set of 3 things at 5.00, less a tenth: %s", shown.Bytes)
		}
		cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("SET", 2), line(skus[0], 1)}})
		if cart.Int("totals", "total", "amount") != 2*1350+500 || cart.Int("lines", 0, "total", "amount") != 2700 || cart.Int("lines", 0, "quantity") != 2 {
			t.Fatalf("the cart: %s", cart.Bytes)
		}
		over := w.Call("PATCH", "/store/v1/carts/"+cart.Text("id")+"/lines/"+cart.Text("lines", 0, "id"), map[string]any{"quantity": 51})
		if over.Text("problems", 0, "code") != "insufficient_stock" {
			t.Errorf("51 of 50 sets: %s", over.Bytes)
		}
		w.Call("PATCH", "/store/v1/carts/"+cart.Text("id")+"/lines/"+cart.Text("lines", 0, "id"), map[string]any{"quantity": 2})
		checkout := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")})
		at := "/store/v1/checkouts/" + checkout.Text("id")
		ready := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard",
			"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
		placed := w.Call("POST", at+"/complete", map[string]any{"expected_total": ready.At("totals", "total")}, "Idempotency-Key", "bundle")
		if placed.Text("status") != "completed" {
			t.Fatalf("%s", placed.Bytes)
		}
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			o, err := order.Find(t.Context(), tx, order.ID(placed.Text("order", "id")))
			if err != nil {
				return err
			}
			standsOnItsParts(t, o, skus)
			left, err := inventory.Available(t.Context(), tx, []catalog.VariantID{ids[skus[0]], ids[skus[1]]})
			if left[ids[skus[0]]] != 95 || left[ids[skus[1]]] != 98 {
				t.Errorf("left: %v, want 95 and 98", left)
			}
			wrong, err2 := order.Verify(t.Context(), tx)
			if len(wrong) > 0 || err2 != nil {
				t.Errorf("%v, %v", wrong, err2)
			}
			return err
		})
	})
}

// standsOnItsParts checks the order's lines: the set bears no money, its parts
// all of it.
func standsOnItsParts(t *testing.T, o order.Order, skus []string) {
	t.Helper()
	above, units, sum := order.LineID(""), map[string]int64{}, int64(0)
	for _, l := range o.Lines {
		sum += l.Total.Minor
		switch {
		case l.Kind == order.KindBundle:
			above = l.ID
			if l.SKU != "SET" || l.Quantity != 2 || !l.Total.IsZero() {
				t.Errorf("the line of the set: %+v", l)
			}
		case l.Parent != "" && l.Parent != above || l.Parent == "" && l.SKU != skus[0]:
			t.Errorf("a part without its set: %+v", l)
		default:
			units[l.SKU] += l.Quantity
		}
	}
	if units[skus[0]] != 5 || units[skus[1]] != 2 || sum != o.Subtotal.Minor-o.Discount.Minor || len(o.Lines) != 4 {
		t.Errorf("%d lines with %v, worth %d of %v", len(o.Lines), units, sum, o.Subtotal)
	}
}
