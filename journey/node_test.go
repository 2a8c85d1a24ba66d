package journey_test

import (
	"os"
	"testing"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// Two nodes of one shop stand on one PostgreSQL: what is changed at one is
// found, and no longer found, at the other.
func TestWhatIsChangedAtOneNodeIsFoundAtTheOther(t *testing.T) {
	if os.Getenv("KORZO_TEST_POSTGRES") == "" {
		t.Skip("no PostgreSQL to stand two nodes on")
	}
	url := dbtest.PostgresURL(t, app.Schemas())
	here := apptest.Open(t, dbtest.Open(t, url), bank.Config{})
	there := here.Beside(dbtest.Open(t, url))
	total := func(w *apptest.World, query string) int64 {
		a := w.Call("GET", "/store/v1/products?market=DE&"+query, nil)
		if a.At("total") == nil {
			return -1
		}
		return a.Int("total")
	}
	both := func(what, query string, want int64) {
		t.Helper()
		here.Until(what, func() bool { return total(here, query) == want && total(there, query) == want })
	}
	both("both nodes know the shop", "q=poter", 1)

	made := here.Call("POST", "/admin/v1/products", map[string]any{"title": "Zebra crossing", "slug": "zebra", "variants": []any{map[string]any{
		"sku": "Z", "prices": []any{map[string]any{"market": "DE", "amount": 1_00, "currency": "EUR"}}}}})
	both("a new product is found", "q=zebra", 1)
	both("it is not in stock", "q=zebra&in_stock=true", 0)
	there.Call("POST", "/admin/v1/stock/adjustments", map[string]any{"sku": "Z", "location": "loc_berlin", "delta": 3, "reason": "x"}, "Idempotency-Key", "k")
	both("its stock is known", "q=zebra&in_stock=true", 1)

	if a := there.Call("POST", "/admin/v1/search/synonyms", map[string]any{"words": []string{"quagga", "zebra"}}); a.Status != 201 {
		t.Fatalf("synonym: %d %s", a.Status, a.Bytes)
	}
	both("a synonym finds it", "q=quagga", 1)

	here.Call("PATCH", "/admin/v1/products/"+made.Text("id"), map[string]any{"version": made.Int("version"), "title": "Okapi crossing"})
	both("a new name finds it", "q=okapi", 1)
	both("the old one does not", "q=crossing+zebra", 1) // relaxed: by the word that is left
	there.Call("DELETE", "/admin/v1/products/"+made.Text("id"), nil)
	both("what was archived is gone", "q=okapi", 0)

	for _, w := range []*apptest.World{here, there} {
		w.Call("POST", "/store/v1/search-clicks", map[string]any{"q": "Poster", "product": w.Call("GET", "/store/v1/products/poster", nil).Text("id"), "market": "DE"})
	}
	here.Until("the choices of both are counted together", func() bool {
		return there.Call("GET", "/admin/v1/search/choices?q=poster&market=DE", nil).Int("data", 0, "clicks") == 2
	})
}
