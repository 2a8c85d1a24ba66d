package storefront_test

import (
	"context"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// together puts products into one category.
func (w *world) together(slugs ...string) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		ctx := w.t.Context()
		c, err := taxonomy.CreateCategory(ctx, tx, taxonomy.Category{Slug: "home", Title: "Home"})
		for _, slug := range slugs {
			var p catalog.Product
			if err == nil {
				p, err = catalog.FindBySlug(ctx, tx, slug, "web", "")
			}
			if err == nil {
				p, err = catalog.Find(ctx, tx, p.ID)
			}
			if err == nil {
				p.Categories = []taxonomy.CategoryID{c.ID}
				_, err = catalog.Update(ctx, tx, p)
			}
		}
		return err
	})
}

func TestWhatIsSoldOutLeadsToWhatIsLikeItAndToTheStoreWhereItLies(t *testing.T) {
	each(t, func(w *world) {
		w.sell("candle", "Beeswax candle", "Kerze", 900, []string{""}, []int64{0}, drawn(t, nil, 1, 2, 3))
		w.together("lamp", "throw", "candle")
		b := w.browser("en")
		page := b.open("/products/lamp").says("Tell me when it is back", "Something alike, in stock", "Wool throw").silent("Beeswax candle", "Where it still lies")
		if !strings.Contains(page.body, `href="#alike"`) || !strings.Contains(page.body, `id="alike"`) {
			t.Error("no tap leads to what is alike")
		}
		b.open("/products/throw").silent("Something alike") // it can be bought
		b.open("/products/mug").silent("Something alike")   // in another colour, too

		w.counters()
		dbtest.Write(t, w.d, func(tx *db.Tx) error { return lies(t.Context(), tx, "LAMP-0", 2) })
		stored := b.open("/products/lamp").says("Where it still lies", "Potsdam", "Only 2 left")
		if !strings.Contains(stored.body, `href="#delivery"`) {
			t.Error("no tap leads to the store")
		}
		b.open("/products/mug?variant=MUG-2").silent("Where it still lies")
	})
}

// What lies in a store alone is called so wherever it is listed, in the words of
// its page; what lies nowhere is sold out.
func TestListsSayOfWhatLiesInAStoreThatItIsCollectedThere(t *testing.T) {
	each(t, func(w *world) {
		w.sell("candle", "Beeswax candle", "Kerze", 900, []string{""}, []int64{0}, drawn(t, nil, 1, 2, 3))
		w.together("lamp", "candle")
		w.counters()
		b := w.browser("en")
		lists := []string{"/", "/categories/home", "/?q=lamp"}
		for _, at := range lists {
			b.open(at).says("Paper lamp", "Sold out").silent("Collect in a store")
		}
		dbtest.Write(t, w.d, func(tx *db.Tx) error { return lies(t.Context(), tx, "LAMP-0", 2) })
		for _, at := range lists {
			if text := b.open(at).says("Collect in a store").text(); strings.Contains(text, "Sold out") != strings.Contains(text, "Beeswax candle") {
				t.Errorf("%s: %s", at, text)
			}
		}
		b.open("/products/lamp").says("Collect in a store").silent("Sold out")
		if page := b.open("/products/lamp"); !strings.Contains(page.body, "https://schema.org/InStoreOnly") {
			t.Error("machines are not told that it lies in a store alone")
		}
	})
}

// lies brings units to the counter in Potsdam, which sends nothing.
func lies(ctx context.Context, tx *db.Tx, sku string, units int64) error {
	v, err := catalog.FindSKU(ctx, tx, sku)
	if err != nil {
		return err
	}
	_, err = inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: v.ID, Location: "loc_potsdam", Delta: units, Reason: "delivery", Actor: "test"})
	return err
}
