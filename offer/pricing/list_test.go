package pricing_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/fault"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
)

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

// listed makes a list with prices of single units, as variants and cents.
func listed(t testing.TB, d *db.DB, l pricing.List, entries ...pricing.Entry) pricing.List {
	t.Helper()
	if l.Market == "" {
		l.Market = "DE"
	}
	if l.Name == "" {
		l.Name = "a list"
	}
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		if l, err = pricing.CreateList(context.Background(), tx, l); err == nil && len(entries) > 0 {
			err = pricing.SetPrices(context.Background(), tx, l.ID, entries)
		}
		return err
	})
	return l
}

func offer(t testing.TB, d *db.DB, q pricing.Query, v catalog.VariantID) (o pricing.Offer) {
	t.Helper()
	if q.Market == "" {
		q.Market = "DE"
	}
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := pricing.Offers(context.Background(), tx, q, []catalog.VariantID{v})
		o = all[v]
		return err
	})
	return o
}

func costs(t *testing.T, d *db.DB, what string, q pricing.Query, v catalog.VariantID, quantity, want int64) {
	t.Helper()
	if got, ok := offer(t, d, q, v).At(quantity); got != eur(want) || !ok {
		t.Errorf("%s: %v, %v; want %d", what, got, ok, want)
	}
}

func TestWhichListWins(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := shop(t, d, 1)[0]
		if err := set(d, "DE", v, eur(1000)); err != nil {
			t.Fatal(err)
		}
		one := func(minor int64) pricing.Entry { return pricing.Entry{Variant: v, From: 1, Amount: eur(minor)} }
		listed(t, d, pricing.List{Name: "till", Channel: "till"}, one(950))
		listed(t, d, pricing.List{Name: "dealers", Group: "cgr_1"}, one(800), pricing.Entry{Variant: v, From: 10, Amount: eur(700)})
		listed(t, d, pricing.List{Name: "friends", Group: "cgr_2"}, one(850))
		listed(t, d, pricing.List{Name: "week", Starts: dbtest.Noon.Add(time.Hour), Ends: dbtest.Noon.Add(2 * time.Hour), Priority: 5}, one(1100))
		listed(t, d, pricing.List{Name: "draft", State: pricing.StateDraft, Priority: 9}, one(1))
		listed(t, d, pricing.List{Name: "elsewhere", Market: "HU", Priority: 9}, pricing.Entry{Variant: v, From: 1, Amount: money.Of(100, "HUF")})

		dealer := pricing.Query{Groups: []string{"cgr_1"}}
		costs(t, d, "anybody", pricing.Query{}, v, 1, 1000)
		costs(t, d, "at the till", pricing.Query{Channel: "till"}, v, 1, 950)
		costs(t, d, "a dealer", dealer, v, 1, 800)
		costs(t, d, "a dealer, nine", dealer, v, 9, 800)
		costs(t, d, "a dealer, ten", dealer, v, 10, 700)
		costs(t, d, "of equal priority the lower price", pricing.Query{Groups: []string{"cgr_2", "cgr_1"}}, v, 1, 800)
		costs(t, d, "a higher priority, though it is dearer", pricing.Query{Groups: []string{"cgr_1"}, At: dbtest.Noon.Add(time.Hour)}, v, 1, 1100)
		costs(t, d, "until its last moment", pricing.Query{At: dbtest.Noon.Add(2*time.Hour - time.Microsecond)}, v, 1, 1100)
		costs(t, d, "and no longer", pricing.Query{At: dbtest.Noon.Add(2 * time.Hour)}, v, 1, 1000)

		dbtest.Read(t, d, func(tx *db.Tx) error {
			why, err := pricing.Explain(t.Context(), tx, pricing.Query{Market: "DE", Groups: []string{"cgr_1"}, At: dbtest.Noon}, v, 10)
			var got []string
			for _, w := range why {
				got = append(got, strings.TrimSpace(fmt.Sprint(w.Name, " ", w.Amount.Minor, " ", w.Reason, " ", w.Wins)))
			}
			want := []string{"1000  false", "till 950 another channel false", "dealers 700  true", "friends 850 another customer group false", "week 1100 not yet false", "draft 1 draft false"}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			return err
		})
	})
}

// What a cart asks takes one statement, with lists or without.
func TestListsCostNoStatement(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := shop(t, d, 1)[0]
		if err := set(d, "DE", v, eur(1000)); err != nil {
			t.Fatal(err)
		}
		listed(t, d, pricing.List{}, pricing.Entry{Variant: v, From: 3, Amount: eur(900)})
		offer(t, d, pricing.Query{}, v) // remembered now
		count := dbtest.Count(d)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := pricing.ForLines(t.Context(), tx, pricing.Query{Market: "DE"}, map[catalog.VariantID]int64{v: 3})
			if got[v] != eur(900) {
				t.Errorf("%v", got)
			}
			return err
		})
		if n := count(); n > 2 {
			t.Errorf("%d statements, want the generations and one", n)
		}
	})
}

func TestThePriorPriceIsTheLowestOfThirtyDays(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name  string
		base  map[int]int64 // the market's price from a day on, before the sale
		sales []int64       // prices of the sale, a day apart, from day 0
		want  int64         // 0: none is shown
	}{
		{"one price all the time", map[int]int64{-100: 1000}, []int64{800}, 1000},
		{"set long before, and still held in those days", map[int]int64{-100: 700, -20: 1000}, []int64{800}, 0},
		{"cheaper within those days", map[int]int64{-100: 1000, -20: 850, -10: 1000}, []int64{800}, 850},
		{"cheaper before those days", map[int]int64{-100: 500, -31: 1000}, []int64{800}, 1000},
		{"raised just before the sale", map[int]int64{-100: 900, -1: 1500}, []int64{800}, 900},
		{"never sold before", nil, []int64{800}, 0},
		{"reduced again: the first reduction counts", map[int]int64{-100: 1000}, []int64{900, 800}, 900},
		{"a sale that is dearer is none", map[int]int64{-100: 1000}, []int64{1200}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := dbtest.SQLite(t, schemas)
			v := shop(t, d, 1)[0]
			for at := -100; at < 0; at++ {
				if minor, ok := c.base[at]; ok {
					dbtest.Clock(d).Set(dbtest.Noon.Add(time.Duration(at) * day))
					if err := set(d, "DE", v, eur(minor)); err != nil {
						t.Fatal(err)
					}
				}
			}
			dbtest.Clock(d).Set(dbtest.Noon)
			l := listed(t, d, pricing.List{Kind: pricing.Sale})
			for i, minor := range c.sales {
				dbtest.Clock(d).Set(dbtest.Noon.Add(time.Duration(i) * day))
				dbtest.Write(t, d, func(tx *db.Tx) error {
					return pricing.SetPrices(t.Context(), tx, l.ID, []pricing.Entry{{Variant: v, From: 1, Amount: eur(minor)}})
				})
			}
			dbtest.Clock(d).Advance(time.Hour)
			o := offer(t, d, pricing.Query{}, v)
			if o.Prior.Minor != c.want {
				t.Errorf("prior %v, want %d", o.Prior, c.want)
			}
			if price, _ := o.At(1); price != eur(c.sales[len(c.sales)-1]) {
				t.Errorf("it costs %v", price)
			}
		})
	}
}

// A sale for a time is prepared before and over by itself; setting a price it
// has already does not begin it anew.
func TestASaleForATime(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := shop(t, d, 1)[0]
		if err := set(d, "DE", v, eur(1000)); err != nil {
			t.Fatal(err)
		}
		entry := pricing.Entry{Variant: v, From: 1, Amount: eur(800)}
		l := listed(t, d, pricing.List{Kind: pricing.Sale, Starts: dbtest.Noon.Add(time.Hour), Ends: dbtest.Noon.Add(48 * time.Hour)}, entry)
		look := func(after time.Duration, price, prior int64) {
			t.Helper()
			dbtest.Clock(d).Set(dbtest.Noon.Add(after))
			o := offer(t, d, pricing.Query{}, v)
			if got, _ := o.At(1); got != eur(price) || o.Prior.Minor != prior {
				t.Errorf("after %v it costs %v, before %v; want %d and %d", after, got, o.Prior, price, prior)
			}
		}
		look(0, 1000, 0)
		look(2*time.Hour, 800, 1000)
		dbtest.Write(t, d, func(tx *db.Tx) error { return pricing.SetPrices(t.Context(), tx, l.ID, []pricing.Entry{entry}) })
		look(3*time.Hour, 800, 1000)
		look(49*time.Hour, 1000, 0)

		l.State = pricing.StateArchived
		dbtest.Clock(d).Set(dbtest.Noon.Add(4 * time.Hour))
		dbtest.Write(t, d, func(tx *db.Tx) error { _, err := pricing.UpdateList(t.Context(), tx, l); return err })
		look(5*time.Hour, 1000, 0)
		second := listed(t, d, pricing.List{Kind: pricing.Sale}, pricing.Entry{Variant: v, From: 1, Amount: eur(900)})
		look(6*time.Hour, 900, 0) // 8.00 a while ago is lower: nothing is reduced
		dbtest.Write(t, d, func(tx *db.Tx) error { return pricing.RemovePrices(t.Context(), tx, second.ID, []catalog.VariantID{v}) })
		look(7*time.Hour, 1000, 0)
	})
}

func TestAListThatIsWrongIsRefused(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := shop(t, d, 1)[0]
		for field, l := range map[string]pricing.List{
			"name": {Market: "DE"}, "kind": {Name: "n", Market: "DE", Kind: "gift"}, "announced": {Name: "n", Market: "DE", Kind: pricing.Sale, Group: "cgr_1"},
			"priority": {Name: "n", Market: "DE", Priority: 1001}, "ends": {Name: "n", Market: "DE", Starts: dbtest.Noon, Ends: dbtest.Noon},
			"status": {Name: "n", Market: "DE", State: "gone"}, "market": {Name: "n", Market: "XX"},
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := pricing.CreateList(t.Context(), tx, l); return err })
			if err == nil || !strings.Contains(err.Error()+fault.TextOf(err), field) {
				t.Errorf("%+v: %v, want one that names %s", l, err, field)
			}
		}
		l := listed(t, d, pricing.List{})
		for what, c := range map[string]struct {
			entry pricing.Entry
			want  error
		}{
			"another currency": {pricing.Entry{Variant: v, From: 1, Amount: money.Of(1, "USD")}, pricing.ErrEntry},
			"from nothing":     {pricing.Entry{Variant: v, Amount: eur(1)}, pricing.ErrEntry},
			"less than free":   {pricing.Entry{Variant: v, From: 1, Amount: eur(-1)}, pricing.ErrEntry},
			"nothing known":    {pricing.Entry{Variant: "var_none", From: 1, Amount: eur(1)}, catalog.ErrVariantNotFound},
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				return pricing.SetPrices(t.Context(), tx, l.ID, []pricing.Entry{{Variant: v, From: 2, Amount: eur(5)}, c.entry})
			})
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", what, err, c.want)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			page, _, err := pricing.Entries(t.Context(), tx, l.ID, "", 0)
			if len(page) != 0 {
				t.Errorf("a refused price was kept: %v", page)
			}
			return err
		})
	})
}

func TestPricesOfAListCanBePagedThrough(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := shop(t, d, 3)
		slices.Sort(vs)
		var want []pricing.Entry
		for _, v := range vs {
			want = append(want, pricing.Entry{Variant: v, From: 1, Amount: eur(900)}, pricing.Entry{Variant: v, From: 10, Amount: eur(800)})
		}
		l := listed(t, d, pricing.List{}, want...)
		var got []pricing.Entry
		for after, first := "", true; first || after != ""; first = false {
			dbtest.Read(t, d, func(tx *db.Tx) error {
				page, next, err := pricing.Entries(t.Context(), tx, l.ID, after, 4)
				got, after = append(got, page...), next
				return err
			})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
