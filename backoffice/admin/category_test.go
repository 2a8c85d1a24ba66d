package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// cups makes a category with an attribute.
func (w *world) cups() (id, code string) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		a, err := taxonomy.CreateAttribute(w.t.Context(), tx, taxonomy.Attribute{Code: "volume", Type: taxonomy.TypeNumber, Unit: "ml", Titles: map[string]string{"": "Volume"}})
		if err != nil {
			return err
		}
		c, err := taxonomy.CreateCategory(w.t.Context(), tx, taxonomy.Category{Title: "Cups", Slug: "cups", Attributes: []string{a.Code}})
		id, code = string(c.ID), a.Code
		return err
	})
	return id, code
}

func (w *world) tree() (t *taxonomy.Tree) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		t, err = taxonomy.Load(w.t.Context(), tx)
		return err
	})
	return t
}

func TestCategoriesAreMadeMovedFilledAndDeleted(t *testing.T) {
	each(t, func(w *world) {
		cups, _ := w.cups()
		page := "/admin/categories/new?parent=" + cups
		form := w.fields(page, "/admin/categories")
		form.Set("title", "Tea cups")
		form.Set("translations[hu].title", "Teáscsészék")
		first := w.send("POST", "/admin/categories", form)
		w.is(first, http.StatusSeeOther, "category_saved")
		w.is(w.send("POST", "/admin/categories", form), http.StatusSeeOther, at(first))
		w.is(w.post("/admin/categories/new", "/admin/categories", "title", "Bowls"), http.StatusSeeOther)
		a := w.post("/admin/categories/new", "/admin/categories", "title", "", "slug", "Bad Slug", "description", "kept")
		w.is(a, http.StatusUnprocessableEntity, "write a title", "use a–z")
		if !strings.Contains(a.Body.String(), ">kept</textarea>") {
			w.t.Error("what was typed is not kept")
		}
		w.is(w.post(at(first), at(first), "parent", strings.TrimPrefix(at(first), "/admin/categories/")), http.StatusConflict, "cannot stand under itself")
		bowls, _ := w.tree().Lookup("bowls")
		w.is(w.post("", "/admin/categories/order", "move", string(bowls.ID)+":up"), http.StatusSeeOther)
		if top := w.tree().Children(""); top[0] != bowls.ID {
			w.t.Errorf("the order is %v", top)
		}
		products := "/admin/categories/" + cups + "/products"
		w.is(w.post("", products, "add", "MUG-RED\nNOPE"), http.StatusUnprocessableEntity, "no product NOPE")
		w.is(w.post("", products, "tag", "kitchen"), http.StatusSeeOther)
		w.is(w.get("/admin/categories/"+cups), 200, "Mug Active")
		w.is(w.get("/admin/products?category="+cups), 200, "Mug MUG-RED")
		w.is(w.get("/admin/products?category="+string(bowls.ID)), 200, "Nothing here matches")
		if p := w.product(); len(p.Categories) != 1 {
			w.t.Errorf("it stands in %v", p.Categories)
		}
		w.is(w.post("", "/admin/categories/"+cups+"/delete"), http.StatusConflict, "categories stand under this one")
		if p := w.product(); len(p.Categories) != 1 {
			w.t.Error("a category that stays lost its products")
		}
		w.is(w.post("", at(first)+"/delete"), http.StatusSeeOther)
		w.is(w.post("", "/admin/categories/"+cups+"/delete"), http.StatusSeeOther, "category_deleted")
		if p := w.product(); len(p.Categories) != 0 || p.Title != "Mug" {
			w.t.Errorf("it stands in %v", p.Categories)
		}
	})
}

func TestAttributesHaveOptionsInEveryLanguage(t *testing.T) {
	each(t, func(w *world) {
		a := w.post("/admin/attributes/new", "/admin/attributes", "name.", "Colour", "name.hu", "Szín", "facet", "yes", "type", "option",
			"choices[0].name.", "Red", "choices[0].name.hu", "Piros", "choices[2].code", "blue", "choices[2].name.", "Blue")
		w.is(a, http.StatusSeeOther, "/admin/attributes/colour")
		got, _ := w.tree().Attribute("colour")
		if len(got.Options) != 2 || got.Options[0].Code != "red" || got.Options[0].In("hu") != "Piros" || !got.Facet {
			w.t.Errorf("%+v", got)
		}
		w.is(w.post(at(a), at(a), "choices[0].name.", ""), http.StatusUnprocessableEntity, "write 1 to")
		w.is(w.post(at(a), at(a), "private", "yes"), http.StatusUnprocessableEntity, "what shoppers do not see they cannot filter by")
		w.is(w.post(at(a), at(a), "choices[2].name.", "Green"), http.StatusSeeOther)
		w.is(w.get("/admin/attributes"), 200, "Colour colour Choice Filter")
		w.is(w.post("", at(a)+"/delete"), http.StatusSeeOther, "attribute_deleted")
		w.is(w.get("/admin/attributes"), 200, "No attributes yet")
	})
}
