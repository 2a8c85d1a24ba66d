package transfer_test

import (
	"os"
	"path/filepath"
	"testing"

	"korzo/backoffice/transfer"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// Shopify's own samples: 54 products that nobody wrote for this test.
func TestRealExportsOfShopifyComeInWhole(t *testing.T) {
	const folder = "../../../shared/data/shopify-csvs"
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("SKIPPED: the samples are not at %s, so Shopify's real exports are not tested", folder)
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		var before string
		for range 2 {
			for _, name := range []string{"apparel.csv", "home-and-garden.csv", "jewelery.csv"} {
				run := imported(t, d, shopifyFile(filepath.Join(folder, name)))
				if run.State != transfer.StateDone || run.Failed != 0 || run.Created+run.Same == 0 || before != "" && run.Created+run.Changed != 0 {
					t.Errorf("%s: %+v %v", name, run, report(t, d, run))
				}
				t.Logf("%s: %d rows, %d created, %d the same, %d remarks, %d pictures wait", name, run.Rows, run.Created, run.Same, run.Warnings, run.Images.Waiting)
			}
			if before != "" && before != everything(t, d) {
				t.Error("the second import changed the shop")
			}
			before = everything(t, d)
		}
		sellable(t, d)
	})
}

// sellable checks that every variant may be bought where it has a price and stock.
func sellable(t *testing.T, d *db.DB) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		page, _, err := catalog.List(t.Context(), tx, catalog.Filter{Limit: 100})
		if err != nil || len(page) < 50 {
			t.Fatalf("%d products, %v", len(page), err)
		}
		for _, p := range page {
			for _, v := range p.Variants {
				items, err := catalog.Sellable(t.Context(), tx, []catalog.VariantID{v.ID})
				if err != nil {
					return err
				}
				prices, err := pricing.Prices(t.Context(), tx, "DE", []catalog.VariantID{v.ID})
				if err != nil {
					return err
				}
				if !items[v.ID].Active || prices[v.ID].Minor <= 0 {
					t.Errorf("%s is not sold: %+v at %v", v.SKU, items[v.ID], prices[v.ID])
				}
			}
		}
		wrong, err := inventory.Verify(t.Context(), tx)
		if len(wrong) > 0 {
			t.Error(wrong)
		}
		return err
	})
}
