package catalog_test

import (
	"errors"
	"fmt"
	"testing"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
)

func TestTextsFallBackFromLocaleToLanguageToBase(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		p := create(t, d, mug())
		cases := []struct{ slug, locale, wantSlug, wantTitle, wantText string }{
			{"mug", "", "mug", "Mug", "Holds coffee."},
			{"mug", "hu-HU", "mug", "Mug", "Holds coffee."},
			{"mug", "de-DE", "becher", "Becher", "Für Kaffee."},
			{"becher", "de", "becher", "Becher", "Für Kaffee."},
			{"becher", "de-AT", "becher", "Häferl", "Für Kaffee."},
			{"becher", "en", "mug", "Mug", "Holds coffee."}, // a German link, an English reader
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			for _, c := range cases {
				got, err := catalog.FindBySlug(t.Context(), tx, c.slug, "", c.locale)
				if err != nil || got.Slug != c.wantSlug || got.Title != c.wantTitle || got.Description != c.wantText {
					t.Errorf("%s in %q: %q %q %q, %v", c.slug, c.locale, got.Slug, got.Title, got.Description, err)
				}
				if len(got.Images) != 2 || len(got.Variants) != 2 || got.PrivateMetadata != nil {
					t.Errorf("%s: %d images, %d variants, private %v", c.slug, len(got.Images), len(got.Variants), got.PrivateMetadata)
				}
				items, err := catalog.SellableIn(t.Context(), tx, "", c.locale, []catalog.VariantID{p.Variants[0].ID})
				if got := items[p.Variants[0].ID]; err != nil || got.Title != c.wantTitle+" – Red" || got.Slug != c.wantSlug {
					t.Errorf("item in %q: %+v, %v", c.locale, got, err)
				}
			}
			for _, slug := range []string{"", "none", "Mug", "mug\x00", "\xff"} {
				if _, err := catalog.FindBySlug(t.Context(), tx, slug, "", "de"); !errors.Is(err, catalog.ErrNotFound) {
					t.Errorf("slug %q: %v", slug, err)
				}
			}
			return nil
		})
	})
}

func TestFindRefusesIdsThatAreNone(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		dbtest.Read(t, d, func(tx *db.Tx) error {
			for _, bad := range []string{"", "prd_none", "\x00", "\xff"} {
				if _, err := catalog.Find(t.Context(), tx, catalog.ProductID(bad)); !errors.Is(err, catalog.ErrNotFound) {
					t.Errorf("product %q: %v", bad, err)
				}
				if _, err := catalog.FindVariant(t.Context(), tx, catalog.VariantID(bad)); !errors.Is(err, catalog.ErrVariantNotFound) {
					t.Errorf("variant %q: %v", bad, err)
				}
				if _, err := catalog.FindSKU(t.Context(), tx, bad); !errors.Is(err, catalog.ErrSKUNotFound) {
					t.Errorf("SKU %q: %v", bad, err)
				}
				if _, _, err := catalog.List(t.Context(), tx, catalog.Filter{After: bad, Tag: bad, Query: bad, Locale: bad}); err != nil {
					t.Errorf("list with %q: %v", bad, err)
				}
			}
			return nil
		})
	})
}

func TestOneStatementKnowsAWholeCart(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		draft := plain("many", "M-0")
		var skus []string
		for i := 1; i < 200; i++ {
			draft.Variants = append(draft.Variants, catalog.Variant{SKU: fmt.Sprintf("M-%d", i)})
			skus = append(skus, fmt.Sprintf("M-%d", i))
		}
		p := create(t, d, draft)
		m := create(t, d, mug())
		var ids []catalog.VariantID
		for _, v := range p.Variants {
			ids = append(ids, v.ID)
		}
		ids[7] = m.Variants[0].ID
		dbtest.Read(t, d, func(tx *db.Tx) error { // the shop's languages are remembered
			_, err := catalog.Spoken(t.Context(), tx, "de")
			return err
		})
		count := dbtest.Count(d)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			items, err := catalog.Sellable(t.Context(), tx, append(ids, "var_none"))
			if len(items) != 200 {
				t.Errorf("%d items, want 200", len(items))
			}
			want := catalog.Item{
				VariantID: m.Variants[0].ID, ProductID: m.ID, SKU: "MUG-RED", Title: "Mug – Red", ProductTitle: "Mug", VariantTitle: "Red",
				Slug: "mug", Kind: "goods", TaxClass: "standard", WeightGrams: 350, UnitCost: money.Of(420, "EUR"),
				Tags: []string{"kitchen", "gift"}, Image: mug().Images[0], Active: true,
			}
			if diff := cmp.Diff(want, items[m.Variants[0].ID]); diff != "" {
				t.Error(diff)
			}
			return err
		})
		dbtest.Read(t, d, func(tx *db.Tx) error { // again, and now they are remembered
			items, err := catalog.Sellable(t.Context(), tx, ids)
			if len(items) != 200 {
				t.Errorf("%d items, want 200", len(items))
			}
			return err
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			found, err := catalog.SKUs(t.Context(), tx, append(skus, "NONE"))
			if len(found) != 199 || found["M-3"].ID != p.Variants[3].ID {
				t.Errorf("%d SKUs found, want 199", len(found))
			}
			none, err2 := catalog.Sellable(t.Context(), tx, nil)
			if len(none) != 0 {
				t.Errorf("of no variants: %v", none)
			}
			return errors.Join(err, err2)
		})
		if n := count(); n != 2 {
			t.Errorf("%d statements, want 2", n)
		}
	})
}
