package journey_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"korzo/app"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/cart"
	"korzo/value/money"
)

// growing are the statements that make products from one number to another, as
// the shop would have them: a variant, a price, a hundred on the shelf, and the
// movement that put them there.
var growing = []string{
	`INSERT INTO catalog_products (id, slug, title, title_key, description, status, tax_class, kind, tags, categories, attributes, options, safety,
		relations, publications, metadata, private_metadata, external_ids, source, is_test, version, created_at, updated_at)
		SELECT 'prd_' || n.id, 'thing-' || n.id, 'Thing ' || n.id, CAST('thing ' || n.id AS BLOB), 'Made to see how the shop does with many of them.', 'active', 'standard',
		'goods', '[]', '[]', '{}', '[]', '{}', '[]', '[]', '{}', '{}', '{}', '', 0, 1, 1, 1 FROM n`,
	`INSERT INTO catalog_slugs (slug, product) SELECT 'thing-' || n.id, 'prd_' || n.id FROM n`,
	`INSERT INTO catalog_variants (id, product, sku, title, options, barcode, weight_grams, length_mm, width_mm, height_mm, content, content_unit, parts, parts_discount,
		file, unit_cost, unit_cost_currency, position, retired)
		SELECT 'var_' || n.id, 'prd_' || n.id, 'THING-' || n.id, '', '{}', '', 300, 0, 0, 0, 0, '', '[]', 0, '{}', 0, '', 0, 0 FROM n`,
	`INSERT INTO pricing_entries (list, variant, minor) SELECT l.id, 'var_' || n.id, 990 FROM n, pricing_lists l WHERE l.market = 'DE'`,
	`INSERT INTO inventory_levels (variant, location, on_hand, reserved) SELECT 'var_' || n.id, 'loc_berlin', 100, 0 FROM n`,
	`INSERT INTO inventory_movements (variant, location, cause, on_hand, reserved, incoming, ref, actor, reason, at)
		SELECT 'var_' || n.id, 'loc_berlin', 'received', 100, 0, 0, '', '', 'growth', 1 FROM n`,
}

// grow makes products from the first number up to before the last.
func grow(tb testing.TB, d *db.DB, first, last int) {
	tb.Helper()
	const step = 50_000
	for from := first; from < last; from += step {
		dbtest.Write(tb, d, func(tx *db.Tx) error {
			if err := unhurried(tb.Context(), tx); err != nil {
				return err
			}
			for _, insert := range growing {
				if d.Postgres() {
					insert = strings.ReplaceAll(insert, "AS BLOB)", "AS BYTEA)")
				}
				_, err := tx.Exec(tb.Context(), fmt.Sprintf(`WITH RECURSIVE i (i) AS (SELECT %d UNION ALL SELECT i + 1 FROM i WHERE i < %d),
					n (id) AS (SELECT CAST(10000000 + i AS TEXT) FROM i) %s`, from, min(from+step, last)-1, insert))
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	analyze(tb, d, "catalog_products", "catalog_slugs", "catalog_variants", "pricing_entries", "inventory_levels", "inventory_movements")
}

// unhurried lets the statements of a transaction take as long as they must:
// what makes a large shop in one go is not what a shop does.
func unhurried(ctx context.Context, tx *db.Tx) error {
	if tx.ForUpdate() == "" { // SQLite has no such limits
		return nil
	}
	_, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
	return err
}

// analyze tells PostgreSQL how much has come into tables, which it would find
// out by itself a minute later.
func analyze(tb testing.TB, d *db.DB, tables ...string) {
	tb.Helper()
	if !d.Postgres() {
		return
	}
	dbtest.Write(tb, d, func(tx *db.Tx) error {
		if err := unhurried(tb.Context(), tx); err != nil {
			return err
		}
		_, err := tx.Exec(tb.Context(), "ANALYZE "+strings.Join(tables, ", "))
		return err
	})
}

// emptyShop is a market, a channel, a location and a price list.
func emptyShop(tb testing.TB, d *db.DB) {
	tb.Helper()
	dbtest.Write(tb, d, func(tx *db.Tx) error {
		ctx := tb.Context()
		for _, step := range []func() error{
			func() error {
				return market.SaveEntity(ctx, tx, market.Entity{ID: "ent_one", Name: "One", Series: "ONE"})
			},
			func() error {
				return market.Save(ctx, tx, market.Market{ID: "DE", Name: "Germany", Currency: "EUR", Countries: []string{"DE"}, Country: "DE",
					Locale: "de-DE", Zone: "Europe/Berlin", TaxIncluded: true, Entity: "ent_one"})
			},
			func() error {
				return market.SaveChannel(ctx, tx, market.Channel{ID: "web", Name: "Web", Kind: "storefront", Markets: []string{"DE"}, DefaultMarket: "DE"})
			},
			func() error {
				return inventory.SaveLocation(ctx, tx, inventory.Location{ID: "loc_berlin", Name: "Berlin", Country: "DE", Zone: "Europe/Berlin", Ships: true})
			},
			func() error {
				p, err := catalog.Create(ctx, tx, catalog.Draft{Slug: "first", Title: "First", Variants: []catalog.Variant{{SKU: "FIRST"}}})
				if err != nil {
					return err
				}
				return pricing.Set(ctx, tx, "DE", p.Variants[0].ID, money.Of(100, "EUR"))
			},
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
}

// asked are the reads and writes whose cost must not grow, for the i-th time in
// a shop of n products.
var asked = []struct {
	name  string
	write bool
	do    func(ctx context.Context, tx *db.Tx, i, n int) error
}{
	{"list", false, func(ctx context.Context, tx *db.Tx, i, n int) error {
		page, _, err := catalog.List(ctx, tx, catalog.Filter{Status: catalog.StatusActive, After: "prd_" + thing(i, n), Limit: 20})
		if err == nil && len(page) == 0 {
			return fmt.Errorf("an empty page after %s", thing(i, n))
		}
		return err
	}},
	{"detail", false, func(ctx context.Context, tx *db.Tx, i, n int) error {
		_, err := catalog.FindBySlug(ctx, tx, "thing-"+thing(i, n), "web", "")
		return err
	}},
	{"price and stock of 20", false, func(ctx context.Context, tx *db.Tx, i, n int) error {
		vs := make([]catalog.VariantID, 20)
		for j := range vs {
			vs[j] = catalog.VariantID("var_" + thing(i+j*7, n))
		}
		if _, err := pricing.Prices(ctx, tx, "DE", vs); err != nil {
			return err
		}
		_, err := inventory.AvailableIn(ctx, tx, "web", vs)
		return err
	}},
	{"cart of two", true, func(ctx context.Context, tx *db.Tx, i, n int) error {
		c, err := cart.Create(ctx, tx, cart.Draft{Market: "DE", Channel: "web", Lines: []cart.Line{
			{Variant: catalog.VariantID("var_" + thing(i, n)), Quantity: 1}, {Variant: catalog.VariantID("var_" + thing(i+3, n)), Quantity: 1}}})
		if err != nil {
			return err
		}
		_, err = cart.Show(ctx, tx, c, cart.Options{})
		return err
	}},
	{"hold and claim", true, func(ctx context.Context, tx *db.Tx, i, n int) error {
		holder := fmt.Sprintf("plc_%d_%d", n, i)
		lines := []inventory.Line{{Variant: catalog.VariantID("var_" + thing(i, n)), Units: 1}, {Variant: catalog.VariantID("var_" + thing(i+3, n)), Units: 1}}
		if _, err := inventory.HoldIn(ctx, tx, "web", holder, lines, tx.Now.Add(time.Hour)); err != nil {
			return err
		}
		_, err := inventory.Claim(ctx, tx, holder, "ord_"+holder)
		return err
	}},
}

// thing is the i-th product that is asked for, spread over all of them.
func thing(i, n int) string { return fmt.Sprint(10_000_000 + (i*7919+13)%(n-50)) }

// BenchmarkGrowth asks the same of a shop of ten thousand, a hundred thousand
// and a million products, in one process on one growing SQLite file, so that the
// ratios of a run mean something on a noisy machine.
func BenchmarkGrowth(b *testing.B) {
	d := dbtest.SQLite(b, app.Schemas())
	emptyShop(b, d)
	had := 0
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		grow(b, d, had, n)
		had = n
		for _, a := range asked {
			b.Run(fmt.Sprintf("%s/%d", a.name, n), func(b *testing.B) {
				turn := d.Read
				if a.write {
					turn = d.Write
				}
				for i := 0; b.Loop(); i++ {
					if err := turn(b.Context(), func(tx *db.Tx) error { return a.do(b.Context(), tx, i, n) }); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
