package catalog_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"

	"pgregory.net/rapid"
)

func drawParts(t *rapid.T) (parts []catalog.Part) {
	for i := range rapid.IntRange(1, 6).Draw(t, "parts") {
		parts = append(parts, catalog.Part{Variant: catalog.VariantID(fmt.Sprint("var_", i)), Quantity: rapid.Int64Range(1, 9).Draw(t, "quantity")})
	}
	return parts
}

// As many bundles can be made as leave no part below zero, and not one more.
func TestABundleIsAvailableAsOftenAsItsScarcestPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts, stock := drawParts(t), map[catalog.VariantID]int64{}
		for _, p := range parts {
			if n := rapid.Int64Range(-3, 200).Draw(t, "stock"); n != 0 {
				stock[p.Variant] = n
			}
		}
		n := catalog.BundleAvailable(parts, stock)
		enough := func(n int64) bool {
			for _, p := range parts {
				if max(stock[p.Variant], 0) < n*p.Quantity {
					return false
				}
			}
			return true
		}
		if n < 0 || !enough(n) || enough(n+1) {
			t.Errorf("%d of %v from %v", n, parts, stock)
		}
	})
	if catalog.BundleAvailable(nil, nil) != 0 {
		t.Error("a bundle of nothing is available")
	}
}

// The shares of a bundle's parts sum to its price, none is below zero, and a
// bundle without a price of its own never costs more than its parts.
func TestABundlesPriceIsSharedOutWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts, prices := drawParts(t), map[catalog.VariantID]money.Amount{}
		currency := rapid.SampledFrom([]money.Currency{"EUR", "HUF", "JPY", "KWD"}).Draw(t, "currency")
		info, _ := money.Find(currency)
		var sum int64
		for _, p := range parts {
			minor := rapid.Int64Range(0, 1_000_000).Draw(t, "price") * info.ChargeStep
			prices[p.Variant] = money.Of(minor, currency)
			sum += minor * p.Quantity
		}
		less := rapid.Int64Range(0, money.Million).Draw(t, "less")
		if rapid.Bool().Draw(t, "own price") {
			prices["var_bundle"] = money.Of(rapid.Int64Range(0, 9_000_000).Draw(t, "own")*info.ChargeStep, currency)
		}
		price, ok := catalog.BundlePrice("var_bundle", parts, less, prices)
		if own, has := prices["var_bundle"]; !ok || has && price != own || !has && (price.Minor > sum || price.Minor < 0) {
			t.Fatalf("%v, %v for parts of %d less %d ppm", price, ok, sum, less)
		}
		total := money.Of(0, currency)
		for _, share := range catalog.SplitBundle(price, parts, prices) {
			if share.Minor < 0 {
				t.Errorf("a share of %v", share)
			}
			total = total.Plus(share)
		}
		if total != price {
			t.Errorf("shares of %v sum to %v", price, total)
		}
	})
	if _, ok := catalog.BundlePrice("var_bundle", []catalog.Part{{Variant: "var_gone", Quantity: 1}}, 0, nil); ok {
		t.Error("a bundle has a price though its part has none")
	}
}

// A product is seen exactly while one of its publications holds, and what was
// said of it stays true until Turns.
func TestAPublicationHoldsFromItsBeginningUntilItsEnd(t *testing.T) {
	at := func(hour int) time.Time {
		if hour == 0 {
			return time.Time{}
		}
		return dbtest.Noon.Add(time.Duration(hour) * time.Hour)
	}
	rapid.Check(t, func(t *rapid.T) {
		var all []catalog.Publication
		for range rapid.IntRange(1, 4).Draw(t, "publications") {
			all = append(all, catalog.Publication{Channel: rapid.SampledFrom([]string{"web", "pos"}).Draw(t, "channel"),
				From: at(rapid.IntRange(0, 20).Draw(t, "from")), Until: at(rapid.IntRange(0, 20).Draw(t, "until"))})
		}
		now := at(rapid.IntRange(1, 20).Draw(t, "now"))
		want := false
		for _, u := range all {
			want = want || u.Channel == "web" && !now.Before(u.From) && (u.Until.IsZero() || now.Before(u.Until))
		}
		if got := catalog.Published(all, "web", now); got != want {
			t.Errorf("%v at %v: %v", all, now, got)
		}
		turns := catalog.Turns(all, now)
		for hour := 1; hour <= 21; hour++ {
			if later := at(hour); later.After(now) && (turns.IsZero() || later.Before(turns)) && catalog.Published(all, "web", later) != want {
				t.Errorf("%v changes at %v, not only at %v", all, later, turns)
			}
		}
	})
}

func TestWhatIsPublishedElsewhereOrLaterIsNotSeen(t *testing.T) {
	for _, tt := range []struct {
		name string
		of   catalog.Publication
		want bool
	}{
		{"without an end", catalog.Publication{Channel: "web"}, true},
		{"from this very moment", catalog.Publication{Channel: "web", From: dbtest.Noon}, true},
		{"until this very moment", catalog.Publication{Channel: "web", Until: dbtest.Noon}, false},
		{"from tomorrow", catalog.Publication{Channel: "web", From: dbtest.Noon.AddDate(0, 0, 1)}, false},
		{"in another channel", catalog.Publication{Channel: "pos"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				dbtest.Clock(d)
				draft := mug()
				draft.Publications = []catalog.Publication{tt.of}
				p := create(t, d, draft)
				dbtest.Read(t, d, func(tx *db.Tx) error {
					_, err := catalog.FindBySlug(t.Context(), tx, p.Slug, "web", "")
					listed, _, err2 := catalog.List(t.Context(), tx, catalog.Filter{Channel: "web"})
					items, err3 := catalog.SellableIn(t.Context(), tx, "web", "", []catalog.VariantID{p.Variants[0].ID})
					if found := err == nil; found != tt.want || (len(listed) == 1) != tt.want || items[p.Variants[0].ID].Active != tt.want {
						t.Errorf("found %v, listed %d, sold %v; want %v", err, len(listed), items[p.Variants[0].ID].Active, tt.want)
					}
					if _, err := catalog.FindBySlug(t.Context(), tx, p.Slug, "", ""); err != nil {
						t.Errorf("staff do not see it: %v", err)
					}
					return errors.Join(err2, err3)
				})
			})
		})
	}
}

func TestABundleHoldsGoodsAndNoBundles(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		p := create(t, d, mug())
		set := func(slug string, parts ...catalog.Part) (catalog.Product, error) {
			var made catalog.Product
			err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
				made, err = catalog.Create(t.Context(), tx, catalog.Draft{Slug: slug, Title: slug, Variants: []catalog.Variant{{SKU: slug, Parts: parts}}})
				return err
			})
			return made, err
		}
		two, err := set("two", catalog.Part{Variant: p.Variants[0].ID, Quantity: 2})
		if err != nil {
			t.Fatal(err)
		}
		for name, parts := range map[string][]catalog.Part{
			"a bundle in a bundle": {{Variant: two.Variants[0].ID, Quantity: 1}}, "a part that is not there": {{Variant: "var_gone", Quantity: 1}},
			"none of a part": {{Variant: p.Variants[0].ID}}, "a part twice": {{Variant: p.Variants[0].ID, Quantity: 1}, {Variant: p.Variants[0].ID, Quantity: 1}},
		} {
			if _, err := set("three", parts...); !errors.Is(err, catalog.ErrInvalid) && !errors.Is(err, catalog.ErrVariantNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		p.Variants[0].Parts = []catalog.Part{{Variant: p.Variants[1].ID, Quantity: 1}}
		if _, err := update(d, p); !errors.Is(err, catalog.ErrInvalid) {
			t.Errorf("a part of a bundle became one: %v", err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			found, err := catalog.Bundles(t.Context(), tx, []catalog.VariantID{p.Variants[0].ID})
			if len(found) != 1 || found[0] != two.Variants[0].ID {
				t.Errorf("bundles of the mug: %v", found)
			}
			return err
		})
	})
}

func TestABarcodeThatLooksLikeAGTINHasItsCheckDigit(t *testing.T) {
	for code, want := range map[string]bool{"4006381333931": true, "4006381333932": false, "96385074": true, "96385075": false,
		"036000291452": true, "00012345600012": true, "00012345600013": false, "12345": true, "ABC-1": true, "": true} {
		d := plain("thing", "THING")
		d.Variants[0].Barcode = code
		d.Status, d.TaxClass, d.Kind = catalog.StatusActive, catalog.TaxStandard, catalog.KindGoods
		if got := len(catalog.Check(d)) == 0; got != want {
			t.Errorf("%q is taken: %v, want %v", code, got, want)
		}
	}
}
