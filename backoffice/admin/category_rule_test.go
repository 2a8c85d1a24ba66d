package admin_test

import (
	"net/http"
	"strings"
	"testing"
)

// A merchant writes a rule, sees what it would catch before anything changes,
// and saves it; a rule that cannot be read is said beneath its field.
func TestARuleIsTriedBeforeItIsSaved(t *testing.T) {
	each(t, func(w *world) {
		cups, _ := w.cups()
		page := "/admin/categories/" + cups
		const rule = `"kitchen" in product.tags`
		w.is(w.post(page, page, "rule", rule, "try", "yes"), http.StatusOK, "1 product fulfils it.", "1 would come, 0 would go.", "Mug", "Nothing is changed yet")
		if c, _ := w.tree().Lookup("cups"); c.Rule != "" {
			t.Errorf("trying a rule has saved %s", c.Rule)
		}
		for _, try := range []string{"", "yes"} {
			a := w.post(page, page, "rule", "product.colour == 1", "try", try)
			if !strings.Contains(a.Body.String(), "product.colour") || a.Code == http.StatusSeeOther {
				t.Errorf("%d", a.Code)
			}
		}
		w.is(w.post(page, page, "rule", rule), http.StatusSeeOther, "category_saved")
		w.is(w.get(page), http.StatusOK, "This category is filled by its rule.")
		w.is(w.get("/admin/categories"), http.StatusOK, "By rule")
		w.is(w.post("", page+"/products", "tag", "kitchen"), http.StatusConflict, "filled by its rule")
	})
}

// The page of prices, opened for no variant, leads to the price lists; for no
// market it shows the first.
func TestPricesOfNothingLeadToTheLists(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.get("/admin/prices"), http.StatusSeeOther, "/admin/price-lists")
		w.is(w.get("/admin/prices?sku=MUG-RED"), http.StatusOK, "MUG-RED")
	})
}
