package pricing_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/remember"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
)

var schemas = []fs.FS{event.Schema, remember.Schema, market.Schema, taxonomy.Schema, catalog.Schema, pricing.Schema}

// shop opens markets DE (EUR) and HU (HUF) and a product of n variants.
func shop(t testing.TB, d *db.DB, n int) (vs []catalog.VariantID) {
	t.Helper()
	ctx := context.Background()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		vs = nil
		errs := []error{market.SaveEntity(ctx, tx, market.Entity{ID: "ent_gmbh", Name: "Korzo GmbH"})}
		for id, c := range map[string]money.Currency{"DE": "EUR", "HU": "HUF"} {
			errs = append(errs, market.Save(ctx, tx, market.Market{
				ID: id, Name: id, Currency: c, Countries: []string{id}, Country: id, Locale: "en", Zone: "Europe/Berlin", Entity: "ent_gmbh",
			}))
		}
		errs = append(errs, market.SaveChannel(ctx, tx, market.Channel{ID: "till", Name: "Till", Kind: "till", Markets: []string{"DE"}, DefaultMarket: "DE"}))
		draft := catalog.Draft{Slug: "mug", Title: "Mug"}
		for i := range n {
			draft.Variants = append(draft.Variants, catalog.Variant{SKU: fmt.Sprintf("MUG-%d", i)})
		}
		p, err := catalog.Create(ctx, tx, draft)
		for _, v := range p.Variants {
			vs = append(vs, v.ID)
		}
		return errors.Join(append(errs, err)...)
	})
	return vs
}

func set(d *db.DB, marketID string, v catalog.VariantID, a money.Amount) error {
	return d.Write(context.Background(), func(tx *db.Tx) error { return pricing.Set(context.Background(), tx, marketID, v, a) })
}

func remove(d *db.DB, marketID string, v catalog.VariantID) error {
	return d.Write(context.Background(), func(tx *db.Tx) error { return pricing.Remove(context.Background(), tx, marketID, v) })
}

func prices(t testing.TB, d *db.DB, marketID string, vs ...catalog.VariantID) (all map[catalog.VariantID]money.Amount) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		all, err = pricing.Prices(context.Background(), tx, marketID, vs)
		return err
	})
	return all
}

// changes returns the facts about prices, in order.
func changes(t testing.TB, d *db.DB) (all []pricing.Changed) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		facts, err := event.Facts(context.Background(), tx, "price.changed", 0, 100)
		for _, f := range facts {
			var c pricing.Changed
			err = errors.Join(err, json.Unmarshal(f.Body, &c))
			all = append(all, c)
		}
		return err
	})
	return all
}

func TestAPriceHoldsInItsMarketOnly(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := shop(t, d, 3)
		for _, err := range []error{
			set(d, "DE", vs[0], money.Of(1290, "EUR")), set(d, "DE", vs[1], money.Of(0, "EUR")), set(d, "HU", vs[0], money.Of(499000, "HUF")),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		want := map[catalog.VariantID]money.Amount{vs[0]: money.Of(1290, "EUR"), vs[1]: money.Of(0, "EUR")}
		if diff := cmp.Diff(want, prices(t, d, "DE", vs...)); diff != "" {
			t.Error(diff)
		}
		want = map[catalog.VariantID]money.Amount{vs[0]: money.Of(499000, "HUF")}
		if diff := cmp.Diff(want, prices(t, d, "HU", vs...)); diff != "" {
			t.Error(diff)
		}
		if got := prices(t, d, "XX", vs...); len(got) != 0 {
			t.Errorf("an unknown market sells %v", got)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := pricing.InMarkets(t.Context(), tx, vs[0])
			if diff := cmp.Diff(map[string]money.Amount{"DE": money.Of(1290, "EUR"), "HU": money.Of(499000, "HUF")}, got); diff != "" {
				t.Error(diff)
			}
			return err
		})
	})
}

func TestAPriceThatCannotBeChargedIsRefused(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	v := shop(t, d, 1)[0]
	cases := []struct {
		name, market string
		variant      catalog.VariantID
		amount       money.Amount
		want         error
		text         string
	}{
		{"another currency", "DE", v, money.Of(100, "USD"), pricing.ErrCurrency, "EUR"},
		{"no currency", "DE", v, money.Of(100, ""), pricing.ErrCurrency, "EUR"},
		{"less than nothing", "DE", v, money.Of(-1, "EUR"), pricing.ErrAmount, "-1"},
		{"more than anything costs", "DE", v, money.Of(money.MaxPrice+1, "EUR"), pricing.ErrAmount, ""},
		{"half a forint", "HU", v, money.Of(499050, "HUF"), pricing.ErrStep, "steps of 100"},
		{"an unknown market", "XX", v, money.Of(100, "EUR"), market.ErrNotFound, ""},
		{"an unknown variant", "DE", "var_none", money.Of(100, "EUR"), catalog.ErrVariantNotFound, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := set(d, c.market, c.variant, c.amount)
			if !errors.Is(err, c.want) || !strings.Contains(fault.TextOf(err), c.text) {
				t.Errorf("got %v, want %v with %q", err, c.want, c.text)
			}
		})
	}
	if len(prices(t, d, "DE", v)) != 0 || len(prices(t, d, "HU", v)) != 0 || len(changes(t, d)) != 0 {
		t.Error("a refused price left something behind")
	}
}

func TestEveryPriceKeepsTheTimeItWasInForce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := shop(t, d, 1)[0]
		at := func(hours int) time.Time { return dbtest.Noon.Add(time.Duration(hours) * time.Hour) }
		step := func(hours int, do func() error) {
			t.Helper()
			dbtest.Clock(d).Set(at(hours))
			if err := do(); err != nil {
				t.Fatal(err)
			}
		}
		step(1, func() error { return set(d, "DE", v, money.Of(1000, "EUR")) })
		step(2, func() error { return set(d, "DE", v, money.Of(1000, "EUR")) }) // no change
		step(3, func() error { return set(d, "DE", v, money.Of(800, "EUR")) })
		step(4, func() error { return remove(d, "DE", v) })
		step(5, func() error { return remove(d, "DE", v) }) // nothing to remove
		step(6, func() error { return set(d, "DE", v, money.Of(900, "EUR")) })
		step(5, func() error { return set(d, "DE", v, money.Of(950, "EUR")) }) // a clock that runs behind

		var got []pricing.Applied
		dbtest.Read(t, d, func(tx *db.Tx) (err error) {
			got, err = pricing.History(t.Context(), tx, "DE", v, 10)
			return err
		})
		want := []pricing.Applied{
			{money.Of(950, "EUR"), at(6), time.Time{}},
			{money.Of(900, "EUR"), at(6), at(6)},
			{money.Of(800, "EUR"), at(3), at(4)},
			{money.Of(1000, "EUR"), at(1), at(3)},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		change := func(minor int64, removed bool) pricing.Changed {
			return pricing.Changed{Market: "DE", Variant: v, Amount: minor, Currency: "EUR", Removed: removed}
		}
		if diff := cmp.Diff([]pricing.Changed{change(1000, false), change(800, false), change(0, true), change(900, false), change(950, false)}, changes(t, d)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOneStatementPricesAWholeCart(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := shop(t, d, 200)
		for _, v := range vs[:20] {
			if err := set(d, "DE", v, money.Of(100, "EUR")); err != nil {
				t.Fatal(err)
			}
		}
		count := dbtest.Count(d)
		if got := prices(t, d, "DE", vs...); len(got) != 20 || count() != 1 {
			t.Errorf("%d prices in %d statements, want 20 in 1", len(got), count())
		}
		if got := prices(t, d, "DE"); len(got) != 0 || count() != 1 {
			t.Errorf("no variants: %v in %d statements", got, count()-1)
		}
		count = dbtest.Count(d)
		if err := set(d, "DE", vs[0], money.Of(200, "EUR")); err != nil || count() > 7 {
			t.Errorf("setting a price: %v in %d statements", err, count())
		}
	})
}

// Whoever sets a price last, the history has one price at any time.
func TestConcurrentPricesLeaveOneInForce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := shop(t, d, 1)[0]
		var wg sync.WaitGroup
		for i := range 24 {
			wg.Go(func() {
				err := set(d, "DE", v, money.Of(int64(100+i), "EUR"))
				if i%3 == 0 {
					err = errors.Join(err, remove(d, "DE", v))
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if err := set(d, "DE", v, money.Of(5000, "EUR")); err != nil {
			t.Fatal(err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := pricing.History(t.Context(), tx, "DE", v, 100)
			for i, a := range all {
				if (i == 0) != a.To.IsZero() {
					t.Errorf("price %d of %d is in force until %v", i, len(all), a.To)
				}
				if i > 0 && a.To.After(all[i-1].From) {
					t.Errorf("%v overlaps %v", a, all[i-1])
				}
			}
			if all[0].Amount.Minor != 5000 {
				t.Errorf("in force: %v", all[0])
			}
			return err
		})
	})
}
