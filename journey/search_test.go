package journey_test

import (
	"bytes"
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
		if a := w.Call("GET", "/search/suggest?q=mu", nil); a.Status != 200 || !bytes.Contains(a.Bytes, []byte(`href="/products/mug"`)) || bytes.Contains(a.Bytes, []byte("<html")) {
			t.Errorf("suggested under the field: %d %s", a.Status, a.Bytes)
		}
		reduced(w, []string{"POSTER"})
		w.Until("the store API suggests the sale with the price before it", func() bool { // a page may be a second old
			a := w.Call("GET", "/store/v1/suggest?q=pos&market=DE", nil)
			return a.Int("products", 0, "variants", 0, "price", "amount") == 400 && a.At("products", 0, "variants", 0, "prior_price") != nil && a.Int("products", 0, "variants", 0, "prior_price", "amount") == 1190
		})
		if a := w.Call("GET", "/search/suggest?q=pos", nil, "Accept-Language", "en"); !bytes.Contains(a.Bytes, []byte("Lowest price of the last 30 days: €11.90")) || !bytes.Contains(a.Bytes, []byte("€4.00")) {
			t.Errorf("a reduced price is suggested without the one before: %s", a.Bytes)
		}
		if a := w.Call("GET", "/search/suggest?q=mu", nil, "Accept-Language", "en"); bytes.Contains(a.Bytes, []byte("Lowest price")) {
			t.Errorf("what nobody reduced has a prior price: %s", a.Bytes)
		}
		if a := w.Call("GET", "/?q=zebra", nil, "Accept-Language", "en"); a.Status != 200 || !bytes.Contains(a.Bytes, []byte("New in the shop")) || !bytes.Contains(a.Bytes, []byte(`href="/products/mug"`)) {
			t.Errorf("who finds nothing is left alone: %d %s", a.Status, a.Bytes)
		}
		w.Call("POST", "/admin/v1/products", map[string]any{"title": "Zebra crossing", "slug": "zebra", "variants": []any{map[string]any{"sku": "Z",
			"prices": []any{map[string]any{"market": "DE", "amount": 100, "currency": "EUR"}}}}})
		w.Until("a new product is found", func() bool { return w.Call("GET", "/store/v1/products?q=zebra", nil).Int("total") == 1 })
	})
}

// What shoppers look for and choose is told by count, at every door; the
// merchant answers with synonyms, redirects and rankings.
func TestTheMerchantSeesWhatIsLookedForAndAnswersIt(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		find := func(q string) apptest.Answer { return w.Call("GET", "/store/v1/products?market=DE&q="+q, nil) }
		w.Until("the search has learnt the shop's words", func() bool { return find("poter").Int("total") == 1 })
		poster := find("poster").Text("data", 0, "id")
		find("placard")
		find("ada@example.com")
		if a := w.Call("POST", "/store/v1/search-clicks", map[string]any{"q": "poster", "product": poster}); a.Status != 204 {
			t.Errorf("a click: %d %s", a.Status, a.Bytes)
		}
		w.Call("POST", "/store/v1/search-clicks", map[string]any{"q": "poster", "product": "prd_none"})
		page := w.Call("GET", "/products/poster", nil, "Referer", w.Shop.URL+"/?q=poster", "Accept-Language", "en")
		w.Call("GET", "/products/poster", nil, "Referer", "https://elsewhere.example/?q=poster")
		w.Call("GET", "/products/poster", nil, "Referer", w.Shop.URL+"/?q=poster", "Sec-Purpose", "prefetch")
		if page.Status != 200 {
			t.Errorf("%d %s", page.Status, page.Bytes)
		}
		w.Until("two clicks are written down", func() bool {
			a := w.Call("GET", "/admin/v1/search/choices?q=POSTER&market=DE&language=en", nil)
			return a.Int("data", 0, "clicks") == 2 && a.Text("data", 0, "product") == poster && a.At("data", 1) == nil
		})
		zero := w.Call("GET", "/admin/v1/search/queries?zero=true", nil)
		at := 0
		if zero.Text("data", 0, "query") == "poter" { // asked before the search had learnt
			at = 1
		}
		if zero.Text("data", at, "query") != "placard" || zero.At("data", at+1) != nil || zero.Int("data", at, "zero") != 1 {
			t.Errorf("what found nothing, and nobody's address: %s", zero.Bytes)
		}
		for _, c := range []struct {
			method, path string
			body         any
			status       int
			code         string
		}{
			{"POST", "/synonyms", map[string]any{"words": []string{"placard"}}, 422, "search.invalid"},
			{"POST", "/synonyms", map[string]any{"words": []string{"placard", "poster"}}, 201, ""},
			{"PUT", "/redirects", map[string]any{"query": "help", "target": "//evil.example"}, 422, "search.invalid"},
			{"PUT", "/redirects", map[string]any{"query": "help", "target": "/categories/help"}, 204, ""},
			{"PUT", "/rankings", map[string]any{"query": "mug", "product": "prd_none", "boost": 10}, 404, "catalog.not_found"},
			{"PUT", "/rankings", map[string]any{"query": "mug", "product": poster, "position": 1}, 204, ""},
			{"DELETE", "/redirects?query=nothing", nil, 404, "search.not_found"},
		} {
			if a := w.Call(c.method, "/admin/v1/search"+c.path, c.body); a.Status != c.status || a.Text("code") != c.code {
				t.Errorf("%s %s: %d %s", c.method, c.path, a.Status, a.Bytes)
			}
		}
		w.Until("the synonym, the redirect and the ranking work", func() bool {
			return find("placard").Int("total") == 1 && find("help").Text("redirect") == "/categories/help" && find("mug").Text("data", 0, "slug") == "poster"
		})
		synonyms := w.Call("GET", "/admin/v1/search/synonyms", nil)
		for _, path := range []string{"/synonyms/" + synonyms.Text("data", 0, "id"), "/redirects?query=Help", "/rankings?query=mug&product=" + poster} {
			if a := w.Call("DELETE", "/admin/v1/search"+path, nil); a.Status != 204 {
				t.Errorf("delete %s: %d %s", path, a.Status, a.Bytes)
			}
		}
		w.Until("and no longer", func() bool {
			return find("placard").Int("total") == 0 && find("help").Text("redirect") == "" && find("mug").Text("data", 0, "slug") == "mug"
		})
	})
}
