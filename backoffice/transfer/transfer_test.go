package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"korzo/backoffice/transfer"
	"korzo/customer/consent"
	"korzo/customer/group"
	"korzo/customer/profile"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/job"
	"korzo/platform/remember"
	"korzo/platform/seal"
	"korzo/purchase/order"
	"korzo/value/money"
)

var schemas = []fs.FS{remember.Schema, event.Schema, job.Schema, market.Schema, taxonomy.Schema, catalog.Schema, pricing.Schema, inventory.Schema,
	profile.Schema, consent.Schema, group.Schema, order.Schema, transfer.Schema}

// shop opens two markets and a location without goods.
func shop(t testing.TB, d *db.DB) {
	t.Helper()
	ctx := context.Background()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		errs := []error{market.SaveEntity(ctx, tx, market.Entity{ID: "ent_gmbh", Name: "Korzo GmbH"})}
		for id, c := range map[string]money.Currency{"DE": "EUR", "HU": "HUF"} {
			errs = append(errs, market.Save(ctx, tx, market.Market{
				ID: id, Name: id, Currency: c, Countries: []string{id}, Country: id, Locale: "en", Zone: "Europe/Berlin", Entity: "ent_gmbh",
			}))
		}
		for id, kind := range map[string]string{"pos": "pos", "web": "storefront"} {
			errs = append(errs, market.SaveChannel(ctx, tx, market.Channel{ID: id, Name: id, Kind: kind, Markets: []string{"DE"}, DefaultMarket: "DE"}))
		}
		errs = append(errs, inventory.SaveLocation(ctx, tx, inventory.Location{ID: "loc_berlin", Name: "Berlin", Country: "DE", Zone: "Europe/Berlin", Ships: true}))
		return errors.Join(errs...)
	})
}

// desk is a shop's desk; its keeper is the same everywhere.
func desk(t testing.TB, d *db.DB) *transfer.Desk {
	t.Helper()
	k, err := seal.Open(bytes.Repeat([]byte{5}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return transfer.New(d, k)
}

// file writes a file of the test's own.
func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func shopifyFile(path string) transfer.Request {
	return transfer.Request{Path: path, Kind: transfer.KindShopify, Format: transfer.FormatCSV, Market: "DE", Location: "loc_berlin"}
}

// imported runs an import to its end.
func imported(t testing.TB, d *db.DB, in transfer.Request) transfer.Run {
	t.Helper()
	run, err := desk(t, d).Begin(context.Background(), in)
	for err == nil && run.State == transfer.StateRunning {
		run, err = desk(t, d).Step(context.Background(), run.ID)
	}
	if err != nil {
		t.Fatalf("import %s: %v", in.Path, err)
	}
	return run
}

func report(t testing.TB, d *db.DB, run transfer.Run) (all []transfer.Row) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		all, err = transfer.Report(context.Background(), tx, run.ID, 0, 1000)
		return err
	})
	return all
}

// exported is everything a shop gives back.
func exported(t testing.TB, d *db.DB, k transfer.Kind, f transfer.Format) string {
	t.Helper()
	var b bytes.Buffer
	w, err := transfer.NewWriter(&b, k, f)
	if err != nil {
		t.Fatal(err)
	}
	for after, more := "", true; more; {
		var page transfer.Page
		dbtest.Read(t, d, func(tx *db.Tx) (err error) {
			page, err = desk(t, d).Export(context.Background(), tx, k, after)
			return err
		})
		for _, r := range page.Records {
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		after, more = page.Next, page.Next != ""
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// everything is all exports as one text: what a shop is, for comparison.
func everything(t testing.TB, d *db.DB) string {
	t.Helper()
	var all string
	for _, k := range []transfer.Kind{transfer.KindProducts, transfer.KindStock, transfer.KindPrices} {
		all += exported(t, d, k, transfer.FormatJSON)
	}
	return all
}

// pending is how many pictures wait to be fetched.
func pending(t testing.TB, d *db.DB) (n int) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := job.Pending(context.Background(), tx, "transfer.image", 1000)
		n = len(all)
		return err
	})
	return n
}

const mugs = `Handle,Title,Body (HTML),Vendor,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Variant Barcode,Image Src,Image Position,Image Alt Text,Cost per item,Status
mug,Mug,"<p>Holds <b>coffee</b>.</p><script>alert(1)</script><ul><li>Big &amp; round</li></ul>",ACME,"kitchen, gift, kitchen",true,Colour,Red,Size,XL,MUG-R,350.0,shopify,5,12.90,4006381333931,https://pictures.example/1.jpg,1,A mug,4.20,active
mug,,,,,,,Blue,,S,,350,shopify,0,13,,https://pictures.example/2.jpg,2,,,
mug,,,,,,,,,,,,,,,,https://pictures.example/3.jpg,3,,,
poster,Poster,,,,true,Title,Default Title,,,POSTER,,shopify,2,20,,,,,,draft
`

func TestRowsOfOneHandleBecomeOneProduct(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		run := imported(t, d, shopifyFile(file(t, "mugs.csv", mugs)))
		if run.State != transfer.StateDone || run.Created != 2 || run.Failed != 0 || run.Rows != 4 || run.Images.Waiting != 3 || pending(t, d) != 3 {
			t.Errorf("%+v, %d jobs, %v", run, pending(t, d), report(t, d, run))
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			p, err := catalog.FindBySlug(t.Context(), tx, "mug", "", "")
			if err != nil {
				return err
			}
			if p.Description != "Holds coffee.\n\n• Big & round" || strings.Join(p.Tags, ",") != "kitchen,gift" || p.Metadata["vendor"] != "ACME" {
				t.Errorf("%q, %v, %v", p.Description, p.Tags, p.Metadata)
			}
			if len(p.Variants) != 2 {
				t.Fatalf("%d variants: %v", len(p.Variants), p.Variants)
			}
			red, blue := p.Variants[0], p.Variants[1]
			if red.SKU != "MUG-R" || red.Options["Colour"] != "Red" || red.Options["Size"] != "XL" || red.WeightGrams != 350 || red.UnitCost != money.Of(420, "EUR") || red.Barcode != "4006381333931" {
				t.Errorf("%+v", red)
			}
			if blue.SKU != "MUG-BLUE-S" || blue.Title != "Blue / S" {
				t.Errorf("%+v", blue)
			}
			prices, err := pricing.Prices(t.Context(), tx, "DE", []catalog.VariantID{red.ID, blue.ID})
			if prices[red.ID] != money.Of(1290, "EUR") || prices[blue.ID] != money.Of(1300, "EUR") {
				t.Errorf("%v", prices)
			}
			units, err2 := inventory.Available(t.Context(), tx, []catalog.VariantID{red.ID, blue.ID})
			if units[red.ID] != 5 || units[blue.ID] != 0 {
				t.Errorf("%v", units)
			}
			if _, err := catalog.FindBySlug(t.Context(), tx, "poster", "", ""); !errors.Is(err, catalog.ErrNotFound) {
				t.Errorf("a draft is shown: %v", err)
			}
			return errors.Join(err, err2)
		})
		if got := report(t, d, run); len(got) != 1 || got[0].Column != "Variant SKU" || got[0].Row != 3 || got[0].Level != transfer.LevelNote {
			t.Errorf("reported %+v", got)
		}
	})
}

func TestAFileImportedTwiceChangesNothing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		in := shopifyFile(file(t, "mugs.csv", mugs))
		imported(t, d, in)
		before, waiting := everything(t, d), pending(t, d)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			v, err := catalog.FindSKU(context.Background(), tx, "MUG-R")
			if err == nil {
				_, err = inventory.Hold(context.Background(), tx, "buyer", []inventory.Line{{Variant: v.ID, Units: 3}}, tx.Now.Add(1e9))
			}
			return err
		})
		again := imported(t, d, in)
		if again.Created != 0 || again.Changed != 0 || again.Same != 2 || again.Failed != 0 {
			t.Errorf("%+v", again)
		}
		if everything(t, d) != before || pending(t, d) != waiting {
			t.Errorf("the shop is another:\n%s\n%s", before, everything(t, d))
		}
	})
}

func TestADryRunSaysWhatWouldHappenAndChangesNothing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		before := everything(t, d)
		in := shopifyFile(file(t, "mugs.csv", mugs))
		in.Dry = true
		dry := imported(t, d, in)
		if dry.Created != 2 || dry.Warnings != 1 || everything(t, d) != before || pending(t, d) != 0 {
			t.Errorf("%+v, %d jobs", dry, pending(t, d))
		}
		in.Dry = false
		if run := imported(t, d, in); run.Created != 2 {
			t.Errorf("%+v", run)
		}
	})
}

// many is a file of n products, two variants each; a cell holds a line end.
func many(n int) string {
	var b strings.Builder
	b.WriteString("Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\n")
	for i := range n {
		fmt.Fprintf(&b, "thing-%d,Thing %d,\"A\nB\",Size,S,T-%d-S,3,10\n", i, i, i)
		fmt.Fprintf(&b, "thing-%d,,,,L,,4,11.5\n\n", i)
	}
	return b.String()
}

// Law: wherever an import is cut short, the same file brought again gives the
// shop that an import in one go gives.
func TestAnImportCutShortGoesOnWhereItWas(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		in := shopifyFile(file(t, "many.csv", many(150)))
		run, err := desk(t, d).Begin(t.Context(), in)
		for err == nil && run.State == transfer.StateRunning {
			if run, err = desk(t, d).Step(t.Context(), run.ID); err != nil {
				break
			}
			cancelled, cancel := context.WithCancel(t.Context())
			cancel()
			_, _ = desk(t, d).Step(cancelled, run.ID) // as a process that dies
			var again transfer.Run
			if again, err = desk(t, d).Begin(t.Context(), in); run.State == transfer.StateRunning && again.ID != run.ID {
				t.Errorf("a new run %s beside %s", again.ID, run.ID)
			}
			if run.State == transfer.StateRunning {
				run = again
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if run.Created != 150 || run.Failed != 0 || run.Rows != 300 || run.At != run.Size {
			t.Errorf("%+v: %v", run, report(t, d, run))
		}
		for _, r := range report(t, d, run) {
			if r.Row%2 != 1 {
				t.Errorf("row %d has a SKU, and is said to have none", r.Row)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			v, err := catalog.SKUs(t.Context(), tx, []string{"T-149-S", "THING-149-L", "THING-0-L"})
			if len(v) != 3 {
				t.Errorf("found %v", v)
			}
			wrong, err2 := inventory.Verify(t.Context(), tx)
			if len(wrong) > 0 {
				t.Error(wrong)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestTwoWhoStepTheSameRunImportNothingTwice(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		run, err := desk(t, d).Begin(t.Context(), shopifyFile(file(t, "many.csv", many(100))))
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 4)
		for range cap(done) {
			go func() {
				for {
					now, err := desk(t, d).Step(context.Background(), run.ID)
					if err != nil && !errors.Is(err, transfer.ErrBusy) || err == nil && now.State != transfer.StateRunning {
						done <- err
						return
					}
				}
			}()
		}
		for range cap(done) {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		end, err := desk(t, d).Find(t.Context(), run.ID)
		if err != nil || end.Created != 100 || end.Rows != 200 || end.Failed != 0 {
			t.Errorf("%+v, %v, %v", end, err, report(t, d, end))
		}
	})
}
