package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"korzo/backoffice/transfer"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/value/measure"
	"korzo/value/money"

	"pgregory.net/rapid"
)

// awkward are texts that files break on.
var awkward = []string{"plain", "a,b;c\td", "two\nlines", "two\r\nlines", "a\rb", `back\slash`, `\r`, `quo"te`, "=1+1", "-2", "@sum", "'quoted",
	"''", "a|b", "k=v", `\|`, "ű 😀 ß", "<b>&amp;</b>", " spaced ", "\tx", "null", "[]", "true", "1e5", "a\u2028b"}

func words(t *rapid.T, label string) string { return rapid.SampledFrom(awkward).Draw(t, label) }

func pairs(t *rapid.T, label string) map[string]string {
	return rapid.MapOfN(rapid.SampledFrom(awkward), rapid.SampledFrom(append(awkward, "")), 0, 3).Draw(t, label)
}

// thing is a product with what its variants cost and how many there are.
type thing struct {
	draft catalog.Draft
	units []int64
	price []int64 // forints; below 0 for not sold
}

// things draws anything a shop may have.
var things = rapid.Custom(func(t *rapid.T) (all []thing) {
	for i := range rapid.IntRange(0, 8).Draw(t, "products") {
		all = append(all, drawn(t, i))
	}
	return all
})

func drawn(t *rapid.T, i int) (out thing) {
	draft := catalog.Draft{
		Slug: fmt.Sprintf("p-%d", i), Title: words(t, "title"), Description: words(t, "description"),
		Status:   rapid.SampledFrom([]catalog.Status{catalog.StatusActive, catalog.StatusDraft, catalog.StatusArchived}).Draw(t, "status"),
		Kind:     rapid.SampledFrom([]string{catalog.KindGoods, catalog.KindDigital}).Draw(t, "kind"),
		Tags:     rapid.SliceOfNDistinct(rapid.SampledFrom(awkward), 0, 3, rapid.ID).Draw(t, "tags"),
		Metadata: pairs(t, "metadata"), PrivateMetadata: pairs(t, "private"), ExternalIDs: pairs(t, "external"),
		Source: rapid.SampledFrom([]string{"", "import", "=x"}).Draw(t, "source"), IsTest: rapid.Bool().Draw(t, "test"),
	}
	if rapid.Bool().Draw(t, "translated") {
		draft.Translations = map[string]catalog.Translation{"de": {Slug: fmt.Sprintf("d-%d", i), Title: words(t, "german")}, "hu": {Description: words(t, "hungarian")}}
	}
	if rapid.Bool().Draw(t, "detailed") {
		draft.Safety = catalog.Safety{Warnings: map[string]string{"": "hot, =very"}}
		draft.Publications = []catalog.Publication{{Channel: "web", From: time.UnixMicro(16e14).UTC()}, {Channel: "pos"}}
		draft.Relations = []catalog.Relation{{Kind: catalog.RelationSimilar, Product: "prd_01k9x0000000000000000000zz"}}
	}
	for j := range rapid.IntRange(0, 2).Draw(t, "images") {
		draft.Images = append(draft.Images, catalog.Image{Blob: fmt.Sprintf("i%d.png", j), Alt: words(t, "alt"), Width: j, Height: 3})
	}
	for j := range rapid.IntRange(1, 3).Draw(t, "variants") {
		v := catalog.Variant{SKU: fmt.Sprintf("%s%d-%d", rapid.SampledFrom([]string{"S", "=S", "'S", `S\`, "-"}).Draw(t, "sku"), i, j), Title: words(t, "variant"),
			Options: pairs(t, "options"), Barcode: words(t, "barcode"), WeightGrams: rapid.Int64Range(0, 1000).Draw(t, "weight")}
		if rapid.Bool().Draw(t, "content") {
			v.Content = measure.Measure{Amount: 750, Unit: "ml"}
		}
		for k := range v.Options {
			v.Options[k] = "=v|"
		}
		if rapid.Bool().Draw(t, "costs") {
			v.UnitCost = money.Of(rapid.Int64Range(0, 5000).Draw(t, "cost"), "KWD")
		}
		draft.Variants = append(draft.Variants, v)
		out.units, out.price = append(out.units, rapid.Int64Range(0, 3).Draw(t, "units")), append(out.price, rapid.Int64Range(-1, 9).Draw(t, "price"))
	}
	out.draft = draft
	return out
}

func fill(t *testing.T, d *db.DB, all []thing) {
	t.Helper()
	ctx := context.Background()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		var errs []error
		for _, one := range all {
			p, err := catalog.Create(ctx, tx, one.draft)
			errs = append(errs, err)
			for i, v := range p.Variants {
				if one.units[i] > 0 {
					_, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: v.ID, Location: "loc_berlin", Delta: one.units[i], Reason: "found"})
					errs = append(errs, err)
				}
				if one.price[i] >= 0 {
					errs = append(errs, pricing.Set(ctx, tx, "HU", v.ID, money.Of(100*one.price[i], "HUF")))
				}
			}
		}
		return errors.Join(errs...)
	})
}

// Law: what is exported, read into an empty shop, is exported again byte for
// byte; and read into the shop it came from changes nothing.
func TestAnExportGivesEverythingBack(t *testing.T) {
	for _, f := range []transfer.Format{transfer.FormatCSV, transfer.FormatJSON} {
		for seed := range 8 {
			t.Run(fmt.Sprintf("%s, seed %d", f, seed), func(t *testing.T) {
				from, to := dbtest.SQLite(t, schemas), dbtest.SQLite(t, schemas)
				shop(t, from)
				shop(t, to)
				fill(t, from, things.Example(seed))
				roundTrip(t, from, to, f)
			})
		}
	}
}

func roundTrip(t *testing.T, from, to *db.DB, f transfer.Format) {
	t.Helper()
	backAndForth(t, from, to, f, transfer.KindProducts, transfer.KindStock, transfer.KindPrices)
}

func backAndForth(t *testing.T, from, to *db.DB, f transfer.Format, kinds ...transfer.Kind) {
	t.Helper()
	for _, k := range kinds {
		first := exported(t, from, k, f)
		in := transfer.Request{Path: file(t, "export."+string(f), first), Kind: k}
		if run := imported(t, to, in); run.Failed != 0 || run.State != transfer.StateDone {
			t.Fatalf("%+v %v\n%s", run, report(t, to, run), first)
		}
		if second := exported(t, to, k, f); second != first {
			t.Fatalf("%s are another:\n%s\n%s", k, first, second)
		}
		facts := published(t, from)
		if run := imported(t, from, in); run.Failed+run.Created+run.Changed != 0 || exported(t, from, k, f) != first {
			t.Fatalf("the import of its own export changed the shop: %+v %v", run, report(t, from, run))
		}
		if now := published(t, from); now != facts {
			t.Fatalf("the import of its own export of %s told of %d things", k, now-facts)
		}
	}
}

// published is how many facts a shop has told of.
func published(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := event.Facts(t.Context(), tx, "", 0, 10_000)
		n = len(all)
		return err
	})
	return n
}

func TestAnExportGoesFromOneDatabaseToTheOther(t *testing.T) {
	source := dbtest.SQLite(t, schemas)
	shop(t, source)
	imported(t, source, shopifyFile(file(t, "mugs.csv", mugs)))
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		roundTrip(t, source, d, transfer.FormatCSV)
		if everything(t, d) != everything(t, source) {
			t.Error("the shops differ")
		}
	})
}

func TestAFileWrittenByHandNeedsLittle(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	shop(t, d)
	in := transfer.Request{Path: file(t, "hand.csv", "\xef\xbb\xbftitle;SKU;options\r\nGroße Tasse;CUP-1;Farbe=Rot\r\n"), Kind: transfer.KindProducts}
	if run := imported(t, d, in); run.Created != 1 || run.Failed != 0 {
		t.Fatalf("%+v %v", run, report(t, d, run))
	}
	in = transfer.Request{Path: file(t, "prices.csv", "sku,amount\nCUP-1,9.90\n"), Kind: transfer.KindPrices, Market: "DE"}
	if run := imported(t, d, in); run.Changed != 1 {
		t.Fatalf("%+v %v", run, report(t, d, run))
	}
	got := exported(t, d, transfer.KindProducts, transfer.FormatJSON)
	if !strings.Contains(got, `"slug":"grosse-tasse"`) || !strings.Contains(got, `"options":{"Farbe":"Rot"}`) || !strings.Contains(got, `"source":"import"`) {
		t.Error(got)
	}
	in = transfer.Request{Path: file(t, "again.json", `{"slug":"grosse-tasse","description":"Neu"}`), Kind: transfer.KindProducts}
	if run := imported(t, d, in); run.Changed != 1 || !strings.Contains(exported(t, d, transfer.KindProducts, transfer.FormatJSON), `"sku":"CUP-1"`) {
		t.Errorf("%+v %v", run, report(t, d, run))
	}
}
