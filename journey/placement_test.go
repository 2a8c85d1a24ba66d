package journey_test

import (
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// A category fills itself: with a rule over the API, by what becomes of products
// and prices afterwards; shoppers and the search see it as any other.
func TestACategoryFillsItself(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		try := w.Call("POST", "/admin/v1/categories/previews", map[string]any{"rule": `price.de > 0 && price.de < 1000`})
		if try.Status != 200 || try.Int("catches") != 0 || try.At("all") != true {
			t.Fatalf("%s", try.Bytes)
		}
		if no := w.Call("POST", "/admin/v1/categories", map[string]any{"title": "Odd", "slug": "odd", "rule": "product.colour == 1"}); no.Status != 422 && no.Status != 400 {
			t.Fatalf("a rule that cannot be read: %d %s", no.Status, no.Bytes)
		}
		cheap := w.Call("POST", "/admin/v1/categories", map[string]any{"title": "Bargains", "slug": "bargains", "rule": `price.de > 0 && price.de < 1000`})
		book := w.Call("POST", "/admin/v1/products", `{"title":"Leaflet","slug":"leaflet","variants":[{"sku":"LEAF","prices":[{"market":"DE","amount":900,"currency":"EUR"}]}]}`)
		if cheap.Status/100 != 2 || book.Status/100 != 2 || cheap.Text("rule") == "" {
			t.Fatalf("%s %s", cheap.Bytes, book.Bytes)
		}
		holds := func(want bool) func() bool {
			return func() bool {
				found := w.Call("GET", "/store/v1/products?market=DE&category=bargains", nil)
				return (found.At("data", 0) != nil) == want
			}
		}
		w.Until("the leaflet is a bargain", holds(true))
		dearer := w.Call("PATCH", "/admin/v1/products/"+book.Text("id"), map[string]any{"version": book.Int("version"),
			"variants": []any{map[string]any{"id": book.Text("variants", 0, "id"), "sku": "LEAF", "prices": []any{map[string]any{"market": "DE", "amount": 4900, "currency": "EUR"}}}}})
		if dearer.Status != 200 {
			t.Fatalf("%s", dearer.Bytes)
		}
		w.Until("it is no more", holds(false))
		id := cheap.Text("id")
		changed := w.Call("PATCH", "/admin/v1/categories/"+id, map[string]any{"version": cheap.Int("version"), "rule": `product.title.startsWith("Leaf")`})
		if changed.Status != 200 {
			t.Fatalf("%s", changed.Bytes)
		}
		w.Until("another rule fills it anew", holds(true))
	})
}
