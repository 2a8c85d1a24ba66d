package journey_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// Two shelves below one category, and goods told apart by an attribute: found
// through the API and on the page, by any slug the category has or had.
func TestGoodsAreFoundByCategoryAndAttribute(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		made := func(path string, body any) apptest.Answer {
			t.Helper()
			a := w.Call("POST", path, body)
			if a.Status/100 != 2 {
				t.Fatalf("POST %s: %d %s", path, a.Status, a.Bytes)
			}
			return a
		}
		made("/admin/v1/attributes", map[string]any{"code": "glaze", "type": "option", "facet": true, "title": "Glaze", "titles": map[string]any{"de": "Glasur"},
			"options": []any{map[string]any{"code": "matt", "title": "Matt", "titles": map[string]any{"de": "Stumpf"}}, map[string]any{"code": "gloss", "title": "Gloss"}}})
		home := made("/admin/v1/categories", map[string]any{"title": "Home", "slug": "home", "attributes": []any{"glaze"}}).Text("id")
		cups := made("/admin/v1/categories", map[string]any{"title": "Cups", "slug": "cups", "parent": home,
			"translations": map[string]any{"de": map[string]any{"title": "Tassen", "slug": "tassen"}}})
		bulk := made("/admin/v1/products/bulk", map[string]any{"products": []any{
			product("A1", cups.Text("id"), "matt"), product("A2", cups.Text("id"), "gloss"), product("A3", home, "matt"), product("A4", "cat_nowhere", "matt"), product("A1", home, "matt")}})
		for i, want := range []string{"created", "created", "created", "refused", "refused"} {
			if bulk.Text("data", i, "result") != want {
				t.Errorf("row %d is %s", i, bulk.Bytes)
			}
		}
		w.Call("PATCH", "/admin/v1/categories/"+cups.Text("id"), map[string]any{"slug": "mugs"}, "If-Match", cups.Header.Get("ETag"))
		if stale := w.Call("PATCH", "/admin/v1/categories/"+cups.Text("id"), map[string]any{"slug": "jugs"}, "If-Match", cups.Header.Get("ETag")); stale.Text("code") != "taxonomy.version" {
			t.Errorf("a second editor's change: %s", stale.Bytes)
		}
		if none := w.Call("PATCH", "/admin/v1/categories/"+cups.Text("id"), map[string]any{"slug": "jugs"}); none.Text("code") != "adminapi.version" {
			t.Errorf("a change of no version: %s", none.Bytes)
		}
		tree := becomes(t, w, "/store/v1/categories?locale=de", func(a apptest.Answer) bool { return a.Int("data", 0, "count") == 3 })
		if tree.Text("data", 0, "children", 0, "title") != "Tassen" || tree.Int("data", 0, "children", 0, "count") != 2 {
			t.Errorf("the tree: %s", tree.Bytes)
		}
		for query, want := range map[string]int64{"category=home": 3, "category=mugs": 2, "category=tassen": 2, "category=cups&facet.glaze=matt": 1,
			"category=home&facet.glaze=matt&facet.glaze=gloss": 3, "facet.category=mugs": 2} {
			a := w.Call("GET", "/store/v1/products?locale=de&"+query, nil)
			if a.Int("total") != want {
				t.Errorf("%s: %s", query, a.Bytes)
			}
			if query == "category=mugs" && (!strings.Contains(string(a.Bytes), `"title":"Glasur"`) || !strings.Contains(string(a.Bytes), `"title":"Stumpf"`)) {
				t.Errorf("facets in German: %s", a.Bytes)
			}
		}
		if one := w.Call("GET", "/store/v1/categories/cups", nil); one.Text("redirect") != "mugs" || one.Text("path", 0, "slug") != "home" {
			t.Errorf("by its old slug: %s", one.Bytes)
		}
		if status, _ := page(t, w, "/categories/cups?facet.glaze=matt"); status != "301 /categories/tassen?facet.glaze=matt" {
			t.Errorf("an old address leads to %s", status)
		}
		if status, body := page(t, w, "/categories/tassen?facet.glaze=matt"); status != "200 " || !strings.Contains(body, "/products/a1") || strings.Contains(body, "/products/a2") {
			t.Errorf("%s: %s", status, body)
		}
		if gone := w.Call("DELETE", "/admin/v1/categories/"+home, nil); gone.Text("code") != "taxonomy.has_children" {
			t.Errorf("a category with others under it: %s", gone.Bytes)
		}
		w.Call("DELETE", "/admin/v1/categories/"+cups.Text("id"), nil)
		becomes(t, w, "/store/v1/categories", func(a apptest.Answer) bool { return a.Int("data", 0, "count") == 1 })
	})
}

func product(sku, category, glaze string) map[string]any {
	return map[string]any{"title": "Thing " + sku, "slug": strings.ToLower(sku), "categories": []any{category}, "attributes": map[string]any{"glaze": []any{glaze}},
		"variants": []any{map[string]any{"sku": sku, "prices": []any{map[string]any{"market": "DE", "amount": 500, "currency": "EUR"}}}}}
}

// becomes asks until the answer is as wanted: the search follows facts.
func becomes(t *testing.T, w *apptest.World, path string, ok func(apptest.Answer) bool) (a apptest.Answer) {
	t.Helper()
	for range 400 {
		if a = w.Call("GET", path, nil); ok(a) {
			return a
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("%s stays %s", path, a.Bytes)
	return a
}

// page asks for a page of the shop as a browser without a script does, and
// follows nothing.
func page(t *testing.T, w *apptest.World, path string) (status, body string) {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.Shop.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "de")
	a, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	bytes, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	if kept := a.Header.Get("Cache-Control"); kept != "private, no-store" {
		t.Errorf("%s may be kept (%q): in another language it is another page", path, kept)
	}
	return fmt.Sprint(a.StatusCode, " ", a.Header.Get("Location")), string(bytes)
}

// The merchant's own fields go out to shoppers' programs, those of staff do not.
func TestFieldsOfTheMerchantsOwnAreSeenByThoseWhoMay(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		body := product("OWN1", "", "")
		delete(body, "categories")
		delete(body, "attributes")
		body["metadata"], body["private_metadata"] = map[string]any{"care": "by hand"}, map[string]any{"shelf": "7"}
		made := w.Call("POST", "/admin/v1/products", body)
		if made.Status/100 != 2 || made.Text("metadata", "care") != "by hand" || made.Text("private_metadata", "shelf") != "7" {
			t.Fatalf("%d %s", made.Status, made.Bytes)
		}
		changed := w.Call("PATCH", "/admin/v1/products/"+made.Text("id"), map[string]any{"version": made.Int("version"), "title": "Owned"})
		if changed.Text("metadata", "care") != "by hand" || changed.Text("private_metadata", "shelf") != "7" {
			t.Errorf("what a change left out is gone: %s", changed.Bytes)
		}
		seen := becomes(t, w, "/store/v1/products/"+made.Text("slug"), func(a apptest.Answer) bool { return a.Text("title") == "Owned" })
		if seen.Text("metadata", "care") != "by hand" || strings.Contains(string(seen.Bytes), "shelf") {
			t.Errorf("%s", seen.Bytes)
		}
	})
}
