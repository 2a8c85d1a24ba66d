package journey_test

import (
	"testing"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

func TestAShopperFindsWhatIsMeant(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		w.Until("the search has learnt the shop's words", func() bool {
			return w.Call("GET", "/store/v1/products?market=DE&q=poter", nil).Int("total") == 1
		})
		for _, c := range []struct {
			name, query, first string
			total              int64
		}{
			{"by its name", "q=mug", "mug", 1},
			{"with a typo", "q=poter", "poster", 1},
			{"by how it begins", "q=pos", "poster", 1},
			{"nothing like it", "q=zebra", "", 0},
			{"everything, dearest first", "sort=-price", "", 2},
		} {
			a := w.Call("GET", "/store/v1/products?market=DE&"+c.query, nil)
			if a.Status != 200 || a.Int("total") != c.total || c.first != "" && a.Text("data", 0, "slug") != c.first {
				t.Errorf("%s: %d %s", c.name, a.Status, a.Bytes)
			}
			if a.At("facets") == nil || a.At("page") == nil {
				t.Errorf("%s lacks facets or page: %s", c.name, a.Bytes)
			}
		}
		if a := w.Call("GET", "/store/v1/suggest?q=mu&market=DE", nil); a.Text("products", 0, "slug") != "mug" {
			t.Errorf("suggested: %s", a.Bytes)
		}
		w.Call("POST", "/admin/v1/products", map[string]any{"title": "Zebra crossing", "slug": "zebra", "variants": []any{map[string]any{"sku": "Z",
			"prices": []any{map[string]any{"market": "DE", "amount": 100, "currency": "EUR"}}}}})
		w.Until("a new product is found", func() bool { return w.Call("GET", "/store/v1/products?q=zebra", nil).Int("total") == 1 })
	})
}
