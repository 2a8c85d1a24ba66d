package storefront_test

import (
	"strings"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"
)

// reduce puts a variant on sale in Germany.
func (w *world) reduce(sku string, minor int64) (list pricing.List) {
	w.t.Helper()
	dbtest.Clock(w.d).Advance(time.Hour)
	v := catalog.VariantID(w.variant(sku))
	dbtest.Write(w.t, w.d, func(tx *db.Tx) (err error) {
		if list, err = pricing.CreateList(w.t.Context(), tx, pricing.List{Name: "Autumn", Market: "DE", Kind: pricing.Sale}); err != nil {
			return err
		}
		return pricing.SetPrices(w.t.Context(), tx, list.ID, []pricing.Entry{{Variant: v, From: 1, Amount: money.Of(minor, "EUR")}})
	})
	return list
}

// Who announces a reduction tells the lowest price of the thirty days before,
// wherever the reduced price stands; over, neither is told.
func TestAReducedPriceHasThePriorOneBesideItWhereverItIsShown(t *testing.T) {
	each(t, func(w *world) {
		list := w.reduce("THROW-0", 5900)
		places := []string{"/", "/products/throw", "/cart", "/checkout", "/wishes"}
		words := map[string]string{"en": "Lowest price of the last 30 days: €89.00", "de": "Niedrigster Preis der letzten 30 Tage: 89,00 €",
			"hu": "Az elmúlt 30 nap legalacsonyabb ára: 89,00 €"}
		b := w.browser("en")
		for _, sku := range []string{"THROW-0", "MUG-0"} {
			b.send("/cart/lines", "product", strings.ToLower(strings.TrimSuffix(sku, "-0")), "variant", w.variant(sku), "quantity", "2")
		}
		b.send("/wishes", "slug", "throw")
		for _, at := range places {
			for language, prior := range words {
				b.language = language
				if text := b.open(at).says(prior).text(); strings.Count(text, prior) != 1 {
					t.Errorf("%s in %s tells prior prices of what is not reduced", at, language)
				}
			}
		}
		b.language = "en"
		line := b.open("/cart").address("/cart/lines/", "/later")
		b.send(line).at(200, "/cart")
		saved := b.open("/cart").says("Saved for later", words["en"])
		if strings.Count(saved.text(), words["en"]) != 1 {
			t.Errorf("what is in the cart and what is saved: %s", saved.text())
		}
		b.send("/cart/saved", "variant", w.variant("THROW-0")).says(words["en"])

		dbtest.Clock(w.d).Advance(time.Hour)
		list.State = pricing.StateArchived
		dbtest.Write(t, w.d, func(tx *db.Tx) error { _, err := pricing.UpdateList(t.Context(), tx, list); return err })
		for _, at := range places {
			b.open(at).says("Wool throw").silent("Lowest price", "€59.00")
		}
	})
}
