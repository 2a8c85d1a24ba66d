package admin_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/search"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestOfAQueryThatFoundNothingARuleIsMade(t *testing.T) {
	dbtest.Each(t, append(slices.Clone(schemas), search.Schema), func(t *testing.T, d *db.DB) {
		w := open(t, d)
		w.is(w.get("/admin/search"), 200, "Nothing has been looked for")
		page := "/admin/search/query?language=de&market=DE&q=becher"
		w.is(w.get(page), 200, "“becher”", "Nobody has chosen anything")
		rules := func() (s []search.Synonym, r []search.Redirect, k []search.Ranking) {
			dbtest.Read(t, w.d, func(tx *db.Tx) (err error) {
				if s, err = search.Synonyms(t.Context(), tx); err != nil {
					return err
				}
				if r, err = search.Redirects(t.Context(), tx); err != nil {
					return err
				}
				k, err = search.Rankings(t.Context(), tx)
				return err
			})
			return s, r, k
		}
		of := func(pairs ...string) url.Values {
			v := url.Values{"q": {"becher"}, "market": {"DE"}, "language": {"de"}, "for": {"de"}}
			for i := 0; i+1 < len(pairs); i += 2 {
				v.Set(pairs[i], pairs[i+1])
			}
			return v
		}
		w.is(w.send("POST", "/admin/search/query", of("make", "synonym", "words", "Tasse, mug")), http.StatusSeeOther, page)
		w.is(w.send("POST", "/admin/search/query", of("make", "redirect", "target", "/c/cups")), http.StatusSeeOther, page)
		w.is(w.send("POST", "/admin/search/query", of("make", "ranking", "product", "MUG-RED", "position", "1")), http.StatusSeeOther, page)
		w.happened(nil, []string{"search.rule", "search.rule", "search.rule"})
		w.is(w.get(page), 200, "becher = Tasse = mug", "becher → /c/cups", "Mug at place 1")
		w.is(w.get("/admin/search/rules"), 200, "becher = Tasse = mug", "becher → /c/cups", "Mug at place 1")
		w.is(w.send("POST", "/admin/search/query", of("make", "redirect", "target", "//evil.example")), http.StatusUnprocessableEntity, "use a path of the shop")
		w.is(w.send("POST", "/admin/search/query", of("make", "ranking", "product", "NOPE", "boost", "10")), http.StatusUnprocessableEntity, "NOPE")
		w.is(w.send("POST", "/admin/search/query", of("make", "synonym", "words", "")), http.StatusUnprocessableEntity, "give 2 to 20")
		w.happened(nil, nil)
		s, r, k := rules()
		if len(s) != 1 || len(r) != 1 || len(k) != 1 {
			t.Fatalf("%v %v %v", s, r, k)
		}
		for _, form := range []url.Values{{"what": {"synonym"}, "id": {s[0].ID}}, {"what": {"redirect"}, "rule_language": {"de"}, "rule_query": {"becher"}},
			{"what": {"ranking"}, "rule_language": {"de"}, "rule_query": {"becher"}, "id": {string(w.mug.ID)}}} {
			form.Set("back", "/admin/search/rules")
			w.is(w.send("POST", "/admin/search/delete", form), http.StatusSeeOther, "/admin/search/rules?done=search_unrule")
		}
		if s, r, k := rules(); len(s)+len(r)+len(k) != 0 {
			t.Errorf("left: %v %v %v", s, r, k)
		}
	})
}

func TestUnitsAreKeptBackFromAChannelOfOneAndOfAll(t *testing.T) {
	each(t, func(w *world) {
		kept := func() (units int64) {
			dbtest.Read(t, w.d, func(tx *db.Tx) error {
				id := w.mug.Variants[0].ID
				all, err := inventory.AvailableIn(t.Context(), tx, "web", []catalog.VariantID{id})
				units = 10 - all[id].Units
				return err
			})
			return units
		}
		w.is(w.post("/admin/stock/safety", "/admin/stock/safety", "keep.web", "3"), http.StatusSeeOther, "done=stock_safety")
		if got := kept(); got != 3 {
			t.Errorf("of all: %d", got)
		}
		w.is(w.get("/admin/stock?sku=MUG-RED"), 200, "otherwise 3")
		w.is(w.send("POST", "/admin/stock/safety", url.Values{"sku": {"MUG-RED"}, "keep.web": {"7"}}), http.StatusSeeOther, "sku=MUG-RED")
		if got := kept(); got != 7 {
			t.Errorf("of one: %d", got)
		}
		w.is(w.send("POST", "/admin/stock/safety", url.Values{"sku": {"MUG-RED"}, "keep.web": {"-1"}}), http.StatusUnprocessableEntity, "0 to 1000000")
		w.is(w.send("POST", "/admin/stock/safety", url.Values{"sku": {"MUG-RED"}, "keep.web": {"two"}}), http.StatusUnprocessableEntity, "write a whole number")
		w.is(w.send("POST", "/admin/stock/safety", url.Values{"sku": {"MUG-RED"}, "keep.web": {""}}), http.StatusSeeOther)
		if got := kept(); got != 3 {
			t.Errorf("like the others again: %d", got)
		}
	})
}
