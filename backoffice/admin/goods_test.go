package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"
)

func (w *world) product() (p catalog.Product) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		p, err = catalog.Find(w.t.Context(), tx, w.mug.ID)
		return err
	})
	return p
}

func (w *world) prices(v catalog.VariantID) (all map[string]money.Amount) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		all, err = pricing.InMarkets(w.t.Context(), tx, v)
		return err
	})
	return all
}

var cup = []string{"title", "Cup", "slug", "cup", "variants[0].sku", "CUP-1", "variants[0].price.DE", "12,90", "variants[0].price.HU", "4 990",
	"variants[1].sku", "CUP-2", "variants[1].unit_cost", "3.50", "translations[de].title", "Tasse", "tags", "kitchen, gift , kitchen"}

func TestAProductThatIsCreatedIsListed(t *testing.T) {
	each(t, func(w *world) {
		a := w.post("/admin/products/new", "/admin/products", cup...)
		w.is(a, http.StatusSeeOther, "done=product_created")
		w.happened([]string{"product.created", "price.changed", "price.changed"}, []string{"product.create"})
		w.is(w.get("/admin/products"), 200, "Cup CUP-1", "€12.90", "HUF 4,990")
		w.is(w.get(a.Header().Get("Location")), 200, "The product is saved", "CUP-2")
		var found catalog.Variant
		dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
			found, err = catalog.FindSKU(w.t.Context(), tx, "CUP-2")
			return err
		})
		if found.UnitCost != money.Of(350, "EUR") {
			w.t.Errorf("unit cost %v", found.UnitCost)
		}
	})
}

func TestAProductFormSentTwiceMakesOneProduct(t *testing.T) {
	each(t, func(w *world) {
		form := w.fields("/admin/products/new", "/admin/products")
		for i := 0; i < len(cup); i += 2 {
			form.Set(cup[i], cup[i+1])
		}
		first := w.send("POST", "/admin/products", form)
		again := w.send("POST", "/admin/products", form)
		w.is(first, http.StatusSeeOther)
		w.is(again, http.StatusSeeOther, first.Header().Get("Location"))
		w.happened([]string{"product.created", "price.changed", "price.changed"}, []string{"product.create"})
		form.Set("title", "Another cup")
		w.is(w.send("POST", "/admin/products", form), http.StatusConflict, "An earlier version of this form was saved already")
		w.happened(nil, nil)
	})
}

func TestAProductThatIsWrongIsExplainedAndKeptAsTyped(t *testing.T) {
	for _, c := range []struct {
		name   string
		change []string
		status int
		says   string
	}{
		{"without a title", []string{"title", ""}, 422, "write a title"},
		{"with spaces in the slug", []string{"slug", "a cup"}, 422, "use a–z, 0–9 and hyphens"},
		{"with another's slug", []string{"slug", "mug"}, 409, "belongs to another product"},
		{"with another's SKU", []string{"variants[0].sku", "MUG-RED"}, 409, "belongs to another variant"},
		{"with one SKU twice", []string{"variants[1].sku", "CUP-1"}, 422, "a SKU of its own"},
		{"with a price that is none", []string{"variants[0].price.DE", "cheap"}, 422, "write an amount such as 12.90"},
		{"with half a forint", []string{"variants[0].price.HU", "4990.50"}, 422, "cannot be charged exactly"},
		{"with thousands that could be decimals", []string{"variants[0].price.DE", "1.290,00"}, 422, "write an amount"},
		{"with a negative price", []string{"variants[0].price.DE", "-5"}, 422, "out of range"},
		{"with a weight in words", []string{"variants[0].weight_grams", "light"}, 422, "write a whole number"},
		{"without a variant", []string{"variants[0].sku", "", "variants[1].sku", ""}, 422, "at least one variant"},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(w *world) {
				a := w.post("/admin/products/new", "/admin/products", append(append([]string{}, cup...), c.change...)...)
				w.is(a, c.status, c.says)
				w.happened(nil, nil)
				for _, typed := range []string{`value="Tasse"`, `value="3.50"`, `value="kitchen, gift , kitchen"`} {
					if !strings.Contains(a.Body.String(), typed) {
						w.t.Errorf("%s is not kept", typed)
					}
				}
			})
		})
	}
}

func TestAnAssociateMayNotCreateProducts(t *testing.T) {
	each(t, func(w *world) {
		w.as(auth.RoleAssociate)
		w.is(w.send("POST", "/admin/products", url.Values{"title": {"Cup"}, "slug": {"cup"}, "variants[0].sku": {"CUP"}, "key": {"1"}}), http.StatusForbidden, "Ask an owner")
		if a := w.get("/admin/products"); strings.Contains(a.text, "New product") {
			w.t.Error("it is offered what it may not do")
		}
		if a := w.get("/admin/products/" + string(w.mug.ID)); !strings.Contains(a.Body.String(), "<fieldset class=\"stack\" disabled") {
			w.t.Error("the product's fields are open")
		}
		w.happened(nil, nil)
	})
}

func TestAProductIsChangedWithItsPrices(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/products/" + string(w.mug.ID)
		w.is(w.post(page, page, "title", "Big mug", "variants[0].price.DE", "", "variants[0].price.HU", "5000", "variants[1].sku", "MUG-BLUE"), http.StatusSeeOther, "done=product_saved")
		w.happened([]string{"product.updated", "price.changed", "price.changed"}, []string{"product.update"})
		p := w.product()
		if p.Title != "Big mug" || len(p.Variants) != 2 || p.Variants[1].SKU != "MUG-BLUE" || p.Version != 2 {
			w.t.Errorf("saved %+v", p)
		}
		if got := w.prices(p.Variants[0].ID); len(got) != 1 || got["HU"] != money.Of(500000, "HUF") {
			w.t.Errorf("prices %v, want 5000 HUF alone", got)
		}
		w.is(w.post(page, page, "variants[0].retire", "yes"), http.StatusSeeOther)
		if p := w.product(); len(p.Variants) != 1 || p.Variants[0].SKU != "MUG-BLUE" {
			w.t.Errorf("after taking one off sale: %+v", p.Variants)
		}
	})
}

func TestAStaleVersionIsExplainedAndNothingChanges(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/products/" + string(w.mug.ID)
		mine := w.fields(page, page)
		w.is(w.post(page, page, "title", "Their mug"), http.StatusSeeOther)
		w.happened([]string{"product.updated"}, []string{"product.update"})
		mine.Set("title", "My mug")
		mine.Set("variants[0].price.DE", "99.00")
		a := w.send("POST", page, mine)
		w.is(a, http.StatusConflict, "Somebody else saved this product", "What the other version says", "Their mug", "Replace theirs with mine")
		if !strings.Contains(a.Body.String(), `value="My mug"`) || !strings.Contains(a.Body.String(), `value="99.00"`) {
			w.t.Error("what was typed is not kept")
		}
		w.happened(nil, nil)
		if p := w.product(); p.Title != "Their mug" || w.prices(p.Variants[0].ID)["DE"] != money.Of(1290, "EUR") {
			w.t.Errorf("changed all the same: %s", p.Title)
		}
		mine.Set("version", "2")
		w.is(w.send("POST", page, mine), http.StatusSeeOther)
		if p := w.product(); p.Title != "My mug" {
			w.t.Errorf("replaced with %s", p.Title)
		}
	})
}

func TestAProductsStatusMoves(t *testing.T) {
	each(t, func(w *world) {
		path := "/admin/products/" + string(w.mug.ID) + "/status"
		w.is(w.post("", path, "to", "archived"), http.StatusSeeOther, "done=product_moved")
		w.is(w.post("", path, "to", "archived"), http.StatusSeeOther)
		w.happened([]string{"product.archived"}, []string{"product.move"})
		w.is(w.post("", path, "to", "draft"), http.StatusConflict, "cannot get that status")
		w.happened(nil, nil)
	})
}

func (w *world) onHand() (n int64) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
		levels, err := inventory.Levels(w.t.Context(), tx, w.mug.Variants[0].ID)
		n = levels[0].OnHand
		return err
	})
	return n
}

func TestStockAdjustedTwiceWithOneKeyIsAdjustedOnce(t *testing.T) {
	each(t, func(w *world) {
		w.as(auth.RoleAssociate)
		form := w.fields("/admin/stock?sku=MUG-RED", "/admin/stock")
		form.Set("location", "loc_berlin")
		form.Set("delta", "+5")
		form.Set("reason", "counted")
		form.Set("cause", "adjusted")
		for range 2 {
			w.is(w.send("POST", "/admin/stock", form), http.StatusSeeOther, "done=stock_adjusted")
		}
		if n := w.onHand(); n != 15 {
			w.t.Errorf("%d on hand, want 15", n)
		}
		w.happened([]string{"stock.adjusted"}, []string{"stock.adjust"})
		w.is(w.get("/admin/stock?sku=MUG-RED"), 200, "Counted or corrected BERLIN +5 counted ASSOCIATE")
		form.Set("delta", "7")
		w.is(w.send("POST", "/admin/stock", form), http.StatusConflict, "An earlier version of this form")
		w.happened(nil, nil)
	})
}

func TestStockThatCannotBeTakenAwayIsExplained(t *testing.T) {
	each(t, func(w *world) {
		dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
			_, err := inventory.Hold(w.t.Context(), tx, "plc_1", []inventory.Line{{Variant: w.mug.Variants[0].ID, Units: 6}}, tx.Now.Add(1e12))
			return err
		})
		for _, c := range []struct{ field, value, says string }{
			{"delta", "-5", "promised to buyers. Take fewer away"},
			{"delta", "-50", "There are fewer units than that"},
			{"delta", "0", "how many units came or went"},
			{"delta", "many", "write a whole number"},
			{"reason", " ", "say why"},
			{"location", "loc_moon", "no such location"},
		} {
			pairs := []string{"location", "loc_berlin", "delta", "-1", "reason", "broken", "cause", "adjusted", "ref", "NOTE-7", c.field, c.value}
			a := w.post("/admin/stock?sku=MUG-RED", "/admin/stock", pairs...)
			if a.Code != 409 && a.Code != 422 && a.Code != 404 {
				w.t.Errorf("%s %q: %d", c.field, c.value, a.Code)
			}
			w.is(a, a.Code, c.says)
			if !strings.Contains(a.Body.String(), `value="NOTE-7"`) {
				w.t.Errorf("%s %q: what was typed is not kept", c.field, c.value)
			}
		}
		if n := w.onHand(); n != 10 {
			w.t.Errorf("%d on hand, want 10 as before", n)
		}
		w.happened(nil, nil)
	})
}
