package inventory_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/calendar"
)

func policy(t testing.TB, d *db.DB, p inventory.Policy) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error { return inventory.SavePolicy(ctx, tx, p) })
}

// standing writes what a channel may buy: "7 low", "3 backorder 2030-02-01".
func standing(t testing.TB, d *db.DB, channel string, v catalog.VariantID) (text string) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := inventory.AvailableIn(ctx, tx, channel, []catalog.VariantID{v})
		text = fmt.Sprint(all[v].Units, " ", all[v].Status)
		if day := all[v].Expected; !day.IsZero() {
			text += " " + day.String()
		}
		return err
	})
	return text
}

// channels saves two channels: web and kiosk.
func channels(t testing.TB, d *db.DB) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		errs := []error{
			market.SaveEntity(ctx, tx, market.Entity{ID: "ent_one", Name: "One GmbH", Series: "ONE"}),
			market.Save(ctx, tx, market.Market{ID: "DE", Name: "Germany", Currency: "EUR", Countries: []string{"DE"}, Country: "DE",
				Locale: "de-DE", Zone: "Europe/Berlin", Entity: "ent_one"}),
		}
		for _, c := range []string{"web", "kiosk"} {
			errs = append(errs, market.SaveChannel(ctx, tx, market.Channel{ID: c, Name: c, Kind: "storefront", Markets: []string{"DE"}, DefaultMarket: "DE"}))
		}
		return errors.Join(errs...)
	})
}

func TestWhatAShopperIsToldOfStock(t *testing.T) {
	feb, past := calendar.On(2030, time.February, 1), calendar.On(2029, time.December, 1) // it is January 2030
	cases := []struct {
		name   string
		stock  int64
		policy inventory.Policy
		want   string
	}{
		{"plenty", 6, inventory.Policy{}, "6 in_stock"},
		{"the last ones", 5, inventory.Policy{}, "5 low"},
		{"the last ones by its own measure", 5, inventory.Policy{Mode: inventory.Tracked, Low: 2}, "5 in_stock"},
		{"none", 0, inventory.Policy{}, "0 out"},
		{"none till a day", 0, inventory.Policy{Mode: inventory.Tracked, Expected: feb, Low: -1}, "0 out 2030-02-01"},
		{"none, to be had later", 0, inventory.Policy{Mode: inventory.Backorder, Limit: 3, Expected: feb, Low: -1}, "3 backorder 2030-02-01"},
		{"none, to be had some day", 0, inventory.Policy{Mode: inventory.Backorder, Limit: 3, Low: -1}, "3 backorder"},
		{"a day that is past is no promise", 0, inventory.Policy{Mode: inventory.Backorder, Limit: 3, Expected: past, Low: -1}, "3 backorder"},
		{"some now and more later", 2, inventory.Policy{Mode: inventory.Backorder, Limit: 3, Expected: feb, Low: -1}, "5 low 2030-02-01"},
		{"not out yet", 0, inventory.Policy{Mode: inventory.Preorder, Limit: 3, Expected: feb, Low: -1}, "3 preorder 2030-02-01"},
		{"not out yet, though it came in", 9, inventory.Policy{Mode: inventory.Preorder, Limit: 3, Expected: feb, Low: -1}, "12 preorder 2030-02-01"},
		{"out since", 9, inventory.Policy{Mode: inventory.Preorder, Limit: 3, Expected: past, Low: -1}, "12 in_stock"},
		{"nobody counts it", 0, inventory.Policy{Mode: inventory.Untracked, Low: -1}, "100000 in_stock"},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, len(cases))
		for i, c := range cases {
			if c.stock > 0 {
				stock(t, d, vs[i], "loc_york", c.stock)
			}
			if c.policy.Variant = vs[i]; c.policy.Mode != "" {
				policy(t, d, c.policy)
			}
			if got := standing(t, d, "", vs[i]); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		}
		verify(t, d)
	})
}

func TestBackordersComeAfterWhatLiesThereAndEndAtTheLimit(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		stock(t, d, v, "loc_york", 2)
		policy(t, d, inventory.Policy{Variant: v, Mode: inventory.Backorder, Limit: 3, Low: -1}) // more come in at Berlin
		hold(d, "a", line(v, 1))
		if got := flow(t, d, v); got != "york 2-1+0" {
			t.Errorf("%s: not what lies there first", got)
		}
		got, err := hold(d, "b", line(v, 3))
		if err != nil || len(got) != 2 || got[0].Units != 2 || got[1].Units != 1 {
			t.Errorf("%v, %v; want 2 beyond and 1 from York", got, err)
		}
		var s inventory.Shortage
		if _, err := hold(d, "c", line(v, 2)); !errors.As(err, &s) || s.Available != 1 {
			t.Errorf("beyond the limit: %v", err)
		}
		release(d, "b")
		hold(d, "d", line(v, 4))
		claim(d, "d", "ord")
		if got, n := flow(t, d, v), available(t, d, v); got != "berlin 0-3+0 york 2-2+0" || n != 0 {
			t.Errorf("%s, %d available", got, n)
		}
		policy(t, d, inventory.Policy{Variant: v, Mode: inventory.Tracked, Low: -1}) // what was promised stays so
		verify(t, d)
		if _, err := adjust(d, v, "loc_berlin", 2); err != nil {
			t.Fatal(err)
		}
		if _, err := hold(d, "e", line(v, 1)); !errors.Is(err, inventory.ErrShort) {
			t.Errorf("sold while one is owed: %v", err)
		}
		stock(t, d, v, "loc_berlin", 2)
		if got := standing(t, d, "", v); got != "1 low" {
			t.Errorf("%s, want the one that is owed to nobody", got)
		}
		verify(t, d)
	})
}

// Sixty-four buyers want one each of three that lie at two locations and ten
// that may be promised beyond: thirteen get one.
func TestBackordersEndExactlyAtTheLimitUnderRaces(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		stock(t, d, v, "loc_berlin", 1)
		stock(t, d, v, "loc_york", 2)
		policy(t, d, inventory.Policy{Variant: v, Mode: inventory.Backorder, Limit: 10, Location: "loc_budapest", Low: -1})
		slow(d)
		var won atomic.Int64
		together(64, func(i int) {
			_, err := hold(d, fmt.Sprint("att_", i), line(v, 1))
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, inventory.ErrShort) {
				t.Error(err)
			}
		})
		d.OnStatement(nil)
		if got := figures(t, d, v); won.Load() != 13 || got != "berlin 1-1 budapest 0-10 york 2-2 attic 0-0" {
			t.Errorf("%d won, %s", won.Load(), got)
		}
		verify(t, d)
	})
}

func TestAChannelSeesNothingOfItsSafetyStock(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 2)
		channels(t, d)
		for _, v := range vs {
			stock(t, d, v, "loc_berlin", 4)
			stock(t, d, v, "loc_york", 4)
		}
		set := func(s inventory.Safety) {
			dbtest.Write(t, d, func(tx *db.Tx) error { return inventory.SetSafety(ctx, tx, s) })
		}
		set(inventory.Safety{Channel: "kiosk", Units: 3})
		set(inventory.Safety{Channel: "kiosk", Variant: vs[1], Units: 8})
		for _, c := range []struct {
			channel string
			variant int
			want    string
		}{{"web", 0, "8 in_stock"}, {"kiosk", 0, "5 low"}, {"web", 1, "8 in_stock"}, {"kiosk", 1, "0 out"}, {"", 1, "8 in_stock"}} {
			if got := standing(t, d, c.channel, vs[c.variant]); got != c.want {
				t.Errorf("%s of %d: %s, want %s", c.channel, c.variant, got, c.want)
			}
		}
		in := func(channel, holder string, l inventory.Line) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				_, err := inventory.HoldIn(ctx, tx, channel, holder, []inventory.Line{l}, tx.Now.Add(time.Hour))
				return err
			})
		}
		var s inventory.Shortage
		if err := in("kiosk", "a", line(vs[0], 6)); !errors.As(err, &s) || s.Available != 5 {
			t.Errorf("the kiosk took what is kept back: %v", err)
		}
		if err := in("kiosk", "a", line(vs[0], 5)); err != nil {
			t.Error(err)
		}
		if err := in("web", "b", line(vs[0], 3)); err != nil {
			t.Errorf("what is kept back from the kiosk is not for sale on the web: %v", err)
		}
		if err := in("kiosk", "c", line(vs[1], 1)); !errors.Is(err, inventory.ErrShort) {
			t.Errorf("all is kept back: %v", err)
		}
		set(inventory.Safety{Channel: "kiosk", Variant: vs[1], Units: 0})
		if err := in("kiosk", "c", line(vs[1], 8)); err != nil {
			t.Errorf("nothing of it is kept back: %v", err)
		}
		for _, bad := range []inventory.Safety{{Channel: "moon", Units: 1}, {Channel: "web", Units: -1}, {Channel: "web", Variant: "var_no"}} {
			if err := d.Write(ctx, func(tx *db.Tx) error { return inventory.SetSafety(ctx, tx, bad) }); err == nil {
				t.Errorf("%+v was set", bad)
			}
		}
		verify(t, d)
	})
}

// Buyers of a channel from which three are kept back, at three locations, leave
// exactly three, whoever is faster where.
func TestSafetyStockIsLeftUnderRaces(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		channels(t, d)
		for _, at := range places {
			stock(t, d, v, at, 3)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			return inventory.SetSafety(ctx, tx, inventory.Safety{Channel: "kiosk", Units: 3})
		})
		slow(d)
		var won atomic.Int64
		together(32, func(i int) {
			err := d.Write(ctx, func(tx *db.Tx) error {
				_, err := inventory.HoldIn(ctx, tx, "kiosk", fmt.Sprint("att_", i), []inventory.Line{line(v, 1)}, tx.Now.Add(time.Hour))
				return err
			})
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, inventory.ErrShort) {
				t.Error(err)
			}
		})
		d.OnStatement(nil)
		if n := available(t, d, v); won.Load() != 6 || n != 3 {
			t.Errorf("%d won and %d left, want 6 and 3", won.Load(), n)
		}
		verify(t, d)
	})
}

func TestPoliciesThatAreRefused(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		for name, c := range map[string]struct {
			p    inventory.Policy
			want error
		}{
			"an unknown mode":            {inventory.Policy{Variant: v, Mode: "maybe"}, inventory.ErrInvalid},
			"a limit of what is tracked": {inventory.Policy{Variant: v, Mode: inventory.Tracked, Limit: 1}, inventory.ErrInvalid},
			"a limit below zero":         {inventory.Policy{Variant: v, Mode: inventory.Backorder, Limit: -1}, inventory.ErrInvalid},
			"a place that ships nothing": {inventory.Policy{Variant: v, Mode: inventory.Backorder, Limit: 1, Location: attic}, inventory.ErrInvalid},
			"an unknown place":           {inventory.Policy{Variant: v, Mode: inventory.Backorder, Limit: 1, Location: "loc_mars"}, inventory.ErrLocationNotFound},
			"an unknown variant":         {inventory.Policy{Variant: "var_no", Mode: inventory.Untracked}, catalog.ErrVariantNotFound},
		} {
			err := d.Write(ctx, func(tx *db.Tx) error { return inventory.SavePolicy(ctx, tx, c.p) })
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			p, err := inventory.FindPolicy(ctx, tx, v)
			if p.Mode != inventory.Tracked || p.Limit != 0 {
				t.Errorf("a refused policy holds: %+v", p)
			}
			return err
		})
	})
}
