package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/remember"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
)

var schemas = []fs.FS{event.Schema, remember.Schema, taxonomy.Schema, catalog.Schema}

// mug is a draft with everything in it.
func mug() catalog.Draft {
	return catalog.Draft{
		Slug: "mug", Title: "Mug", Description: "Holds coffee.", Tags: []string{"kitchen", "gift"},
		Images: []catalog.Image{{Blob: "mug-1.png", Alt: "A mug", Width: 800, Height: 600}, {Blob: "mug-2.png"}},
		Variants: []catalog.Variant{
			{SKU: "MUG-RED", Title: "Red", Options: map[string]string{"Colour": "Red"}, Barcode: "4006381333931", WeightGrams: 350, UnitCost: money.Of(420, "EUR")},
			{SKU: "MUG-BLUE", Title: "Blue", WeightGrams: 350, Size: catalog.Size{Length: 120, Width: 100, Height: 90}},
		},
		Translations: map[string]catalog.Translation{
			"de":    {Slug: "becher", Title: "Becher", Description: "Für Kaffee."},
			"de-AT": {Title: "Häferl"},
		},
		Metadata:        map[string]string{"care": "dishwasher"},
		PrivateMetadata: map[string]string{"supplier": "ACME"},
		ExternalIDs:     map[string]string{"erp": "4711"},
		Source:          "import",
	}
}

// plain is a draft of one variant.
func plain(slug, sku string) catalog.Draft {
	return catalog.Draft{Slug: slug, Title: "Thing " + slug, Variants: []catalog.Variant{{SKU: sku}}}
}

func create(t testing.TB, d *db.DB, draft catalog.Draft) (p catalog.Product) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		p, err = catalog.Create(context.Background(), tx, draft)
		return err
	})
	return p
}

func update(d *db.DB, p catalog.Product) (after catalog.Product, err error) {
	err = d.Write(context.Background(), func(tx *db.Tx) (err error) {
		after, err = catalog.Update(context.Background(), tx, p)
		return err
	})
	return after, err
}

func find(t testing.TB, d *db.DB, id catalog.ProductID) (p catalog.Product) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		p, err = catalog.Find(context.Background(), tx, id)
		return err
	})
	return p
}

// facts returns the kinds of all facts published.
func facts(t testing.TB, d *db.DB) (kinds []string) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := event.Facts(context.Background(), tx, "", 0, 100)
		for _, f := range all {
			kinds = append(kinds, f.Kind)
		}
		return err
	})
	return kinds
}

func TestWhatIsCreatedIsFoundWhole(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		made := create(t, d, mug())
		if made.Status != catalog.StatusActive || made.Kind != catalog.KindGoods || made.TaxClass != catalog.TaxStandard || made.Version != 1 {
			t.Errorf("defaults: %+v", made)
		}
		if diff := cmp.Diff(made, find(t, d, made.ID)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"product.created"}, facts(t, d)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCreateTakesAFixedNumberOfStatements(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		many := mug()
		for i := range 100 {
			many.Variants = append(many.Variants, catalog.Variant{SKU: fmt.Sprintf("MUG-%d", i)})
		}
		for range 20 {
			many.Images = append(many.Images, catalog.Image{Blob: "more.png"})
		}
		first := plain("first", "FIRST")
		first.Translations = map[string]catalog.Translation{}
		for l := range many.Translations { // from now on the shop speaks them
			first.Translations[l] = catalog.Translation{Title: "x"}
		}
		create(t, d, first)
		dbtest.Read(t, d, func(tx *db.Tx) error { // and knows it
			_, err := catalog.Spoken(t.Context(), tx, "de")
			return err
		})
		count := dbtest.Count(d)
		p := create(t, d, many)
		if n := count(); n != 9 { // with the shop's own list of pictures
			t.Errorf("create: %d statements, want 9", n)
		}
		count = dbtest.Count(d)
		if _, err := update(d, p); err != nil || count() != 17 {
			t.Errorf("update: %d statements, %v; want 17", count(), err)
		}
		count = dbtest.Count(d)
		create(t, d, plain("cup", "CUP"))
		if n := count(); n != 5 {
			t.Errorf("create of a plain product: %d statements, want 5", n)
		}
	})
}

func TestABadFieldIsNamed(t *testing.T) {
	long := strings.Repeat("x", 300)
	cases := []struct {
		name, field string
		change      func(*catalog.Draft)
	}{
		{"no slug", "slug", func(d *catalog.Draft) { d.Slug = "" }},
		{"a slug with capitals", "slug", func(d *catalog.Draft) { d.Slug = "Mug" }},
		{"a slug with a slash", "slug", func(d *catalog.Draft) { d.Slug = "a/b" }},
		{"a slug of 121", "slug", func(d *catalog.Draft) { d.Slug = long[:121] }},
		{"no title", "title", func(d *catalog.Draft) { d.Title = "  " }},
		{"a title that is no text", "title", func(d *catalog.Draft) { d.Title = "a\x00b" }},
		{"a status of its own", "status", func(d *catalog.Draft) { d.Status = "sold" }},
		{"a kind of its own", "kind", func(d *catalog.Draft) { d.Kind = "dream" }},
		{"a tax class with spaces", "tax_class", func(d *catalog.Draft) { d.TaxClass = "very low" }},
		{"a tag given twice", "tags[1]", func(d *catalog.Draft) { d.Tags = []string{"a", "a"} }},
		{"an image without a file", "images[0].blob", func(d *catalog.Draft) { d.Images[0].Blob = "" }},
		{"no variants", "variants", func(d *catalog.Draft) { d.Variants = nil }},
		{"no SKU", "variants[1].sku", func(d *catalog.Draft) { d.Variants[1].SKU = "" }},
		{"a SKU with a space", "variants[1].sku", func(d *catalog.Draft) { d.Variants[1].SKU = "MUG BLUE" }},
		{"a SKU of 65", "variants[1].sku", func(d *catalog.Draft) { d.Variants[1].SKU = long[:65] }},
		{"the same SKU twice", "variants[1].sku", func(d *catalog.Draft) { d.Variants[1].SKU = "MUG-RED" }},
		{"a negative weight", "variants[0].weight_grams", func(d *catalog.Draft) { d.Variants[0].WeightGrams = -1 }},
		{"a box with two sides", "variants[0].size_mm", func(d *catalog.Draft) { d.Variants[0].Size = catalog.Size{Length: 300, Width: 200} }},
		{"a negative cost", "variants[0].unit_cost", func(d *catalog.Draft) { d.Variants[0].UnitCost.Minor = -1 }},
		{"a cost in no currency", "variants[0].unit_cost", func(d *catalog.Draft) { d.Variants[0].UnitCost.Currency = "" }},
		{"a locale that is none", "translations[german]", func(d *catalog.Draft) { d.Translations["german"] = catalog.Translation{} }},
		{"a translated slug with capitals", "translations[de].slug", func(d *catalog.Draft) { d.Translations["de"] = catalog.Translation{Slug: "B"} }},
		{"a value too long", "metadata", func(d *catalog.Draft) { d.Metadata["care"] = long + long }},
	}
	d := dbtest.SQLite(t, schemas)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			draft := mug()
			c.change(&draft)
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := catalog.Create(t.Context(), tx, draft)
				return err
			})
			if !errors.Is(err, catalog.ErrInvalid) || !strings.Contains(fault.TextOf(err), c.field+":") {
				t.Errorf("got %v, want a text that names %s", err, c.field)
			}
		})
	}
	if got := facts(t, d); len(got) != 0 {
		t.Errorf("refused drafts published %v", got)
	}
}

func TestASlugAndASKUBelongToOneProduct(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		create(t, d, mug())
		cases := []struct {
			name  string
			draft catalog.Draft
			want  error
		}{
			{"the same slug", plain("mug", "X"), catalog.ErrSlugTaken},
			{"another product's translated slug", plain("becher", "X"), catalog.ErrSlugTaken},
			{"the same SKU", plain("x", "MUG-RED"), catalog.ErrSKUTaken},
		}
		for _, c := range cases {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := catalog.Create(t.Context(), tx, c.draft)
				return err
			})
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		create(t, d, plain("x", "mug-red")) // capitals count
		if got := facts(t, d); len(got) != 2 {
			t.Errorf("facts: %v, want two of what was created", got)
		}
	})
}

func TestUpdateIsRefusedToWhoReadAnOlderVersion(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		p := create(t, d, mug())
		mine, theirs := p, p
		mine.Title, mine.Slug = "Cup", "cup"
		theirs.Title = "Beaker"
		after, err := update(d, mine)
		if err != nil || after.Version != 2 {
			t.Fatalf("version %d, %v", after.Version, err)
		}
		if _, err := update(d, theirs); !errors.Is(err, catalog.ErrVersion) {
			t.Errorf("the second update: %v", err)
		}
		if got := find(t, d, p.ID); got.Title != "Cup" || got.Version != 2 {
			t.Errorf("the product is %q, version %d", got.Title, got.Version)
		}
		theirs.ID = "prd_none"
		if _, err := update(d, theirs); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("an update of nothing: %v", err)
		}
		// The old link still leads there, and to nowhere else.
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := catalog.FindBySlug(t.Context(), tx, "mug", "", "")
			if got.ID != p.ID || got.Slug != "cup" {
				t.Errorf("the old slug finds %s with slug %q", got.ID, got.Slug)
			}
			return err
		})
	})
}

func TestVariantsMayBeAddedSwappedAndDropped(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		p := create(t, d, mug())
		red, blue := p.Variants[0].ID, p.Variants[1].ID

		swapped := find(t, d, p.ID)
		swapped.Variants[0].SKU, swapped.Variants[1].SKU = "MUG-BLUE", "MUG-RED"
		swapped, err := update(d, swapped)
		if err != nil {
			t.Fatalf("swap two SKUs: %v", err)
		}
		swapped.Variants = []catalog.Variant{swapped.Variants[1], {SKU: "MUG-GREEN"}} // the red one is dropped
		after, err := update(d, swapped)
		if err != nil {
			t.Fatal(err)
		}
		got := find(t, d, p.ID)
		if diff := cmp.Diff(after.Variants, got.Variants); diff != "" || got.Variants[0].ID != blue || got.Variants[0].SKU != "MUG-RED" {
			t.Errorf("variants %+v\n%s", got.Variants, diff)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			items, err := catalog.Sellable(t.Context(), tx, []catalog.VariantID{red, blue})
			if items[red].Active || items[red].SKU != "MUG-BLUE" || !items[blue].Active {
				t.Errorf("items: %+v", items)
			}
			if _, err := catalog.FindSKU(t.Context(), tx, "MUG-BLUE"); !errors.Is(err, catalog.ErrSKUNotFound) {
				t.Errorf("the SKU of a retired variant: %v", err)
			}
			return err
		})
		create(t, d, plain("other", "MUG-BLUE")) // its SKU is free again

		stolen := find(t, d, p.ID)
		stolen.Variants[0].ID = create(t, d, plain("third", "THIRD")).Variants[0].ID
		if _, err := update(d, stolen); !errors.Is(err, catalog.ErrVariantNotFound) {
			t.Errorf("another product's variant: %v", err)
		}
	})
}

func TestAProductMovesAsTheTableSays(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		draft := mug()
		draft.Status = catalog.StatusDraft
		p := create(t, d, draft)
		move := func(to catalog.Status) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return catalog.Move(t.Context(), tx, p.ID, to) })
		}
		slugFound := func() bool {
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				_, err := catalog.FindBySlug(t.Context(), tx, "mug", "", "de")
				return err
			})
			return err == nil
		}
		if slugFound() {
			t.Error("a shopper sees a draft")
		}
		for _, step := range []struct {
			to   catalog.Status
			want error
			seen bool
		}{
			{catalog.StatusActive, nil, true},
			{catalog.StatusActive, nil, true}, // again
			{catalog.StatusDraft, nil, false},
			{catalog.StatusActive, nil, true},
			{"sold", catalog.ErrMove, true},
			{catalog.StatusArchived, nil, false},
			{catalog.StatusActive, nil, true},
		} {
			if err := move(step.to); !errors.Is(err, step.want) {
				t.Errorf("to %s: %v, want %v", step.to, err, step.want)
			}
			if slugFound() != step.seen {
				t.Errorf("after %s: seen %t, want %t", step.to, !step.seen, step.seen)
			}
		}
		want := []string{"product.created", "product.updated", "product.updated", "product.updated", "product.archived", "product.updated"}
		if diff := cmp.Diff(want, facts(t, d)); diff != "" {
			t.Error(diff)
		}
		p.ID = "prd_none"
		if err := move(catalog.StatusActive); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("nothing moved: %v", err)
		}
	})
}

func TestAReaderIsShownTheNearestLocaleThatAnyProductSpeaks(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		dbtest.Write(t, d, func(tx *db.Tx) error {
			_, err := catalog.Create(t.Context(), tx, catalog.Draft{Slug: "mug", Title: "Mug", Variants: []catalog.Variant{{SKU: "MUG"}},
				Translations: map[string]catalog.Translation{"de": {Title: "Becher"}, "de-AT": {Title: "Häferl"}}})
			return err
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			for asked, want := range map[string]string{"": "", "de": "de", "de-AT": "de-AT", "de-CH": "de", "hu": "", "x-anything": ""} {
				got, err := catalog.Spoken(t.Context(), tx, asked)
				if err != nil || got != want {
					t.Errorf("%q is shown %q, %v; want %q", asked, got, err, want)
				}
			}
			return nil
		})
	})
}
