package catalog_test

import (
	"testing"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestAVariantIsCalledByItsOptionsInTheReadersLanguage(t *testing.T) {
	red := catalog.OptionValue{Value: "Red", Titles: map[string]string{"de": "Rot", "hu": "Piros"}}
	draft := catalog.Draft{Slug: "shirt", Title: "Shirt", Translations: map[string]catalog.Translation{"de": {Title: "Hemd"}, "hu": {Title: "Ing"}},
		Options: []catalog.Option{{Name: "Colour", Values: []catalog.OptionValue{red}}, {Name: "Size", Values: []catalog.OptionValue{{Value: "M"}, {Value: "L"}}}},
		Variants: []catalog.Variant{
			{SKU: "COMMAS", Title: "Red, M", Options: map[string]string{"Colour": "Red", "Size": "M"}},
			{SKU: "STROKES", Title: "Red / L", Options: map[string]string{"Colour": "Red", "Size": "L"}},
			{SKU: "OWN", Title: "Red like a fox", Options: map[string]string{"Colour": "Red"}},
			{SKU: "ONE", Title: "Red", Options: map[string]string{"Colour": "Red"}},
			{SKU: "NONE", Options: map[string]string{"Size": "M"}},
		}}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		p := create(t, d, draft)
		for locale, want := range map[string][]string{
			"":      {"Shirt – Red, M", "Shirt – Red / L", "Shirt – Red like a fox", "Shirt – Red", "Shirt"},
			"de-AT": {"Hemd – Rot, M", "Hemd – Rot / L", "Hemd – Red like a fox", "Hemd – Rot", "Hemd"},
			"hu":    {"Ing – Piros, M", "Ing – Piros / L", "Ing – Red like a fox", "Ing – Piros", "Ing"},
			"sv":    {"Shirt – Red, M", "Shirt – Red / L", "Shirt – Red like a fox", "Shirt – Red", "Shirt"},
		} {
			dbtest.Read(t, d, func(tx *db.Tx) error {
				found, err := catalog.SellableIn(t.Context(), tx, "", locale, p.VariantIDs())
				for i, v := range p.Variants {
					if found[v.ID].Title != want[i] {
						t.Errorf("%q: %s is called %q, want %q", locale, v.SKU, found[v.ID].Title, want[i])
					}
				}
				return err
			})
		}
	})
}
