package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/remember"

	"github.com/google/go-cmp/cmp"
)

var schemas = []fs.FS{event.Schema, remember.Schema, catalog.Schema, inventory.Schema}

var ctx = context.Background()

// places are the test's locations, by priority. The attic does not ship.
var places = []string{"loc_berlin", "loc_budapest", "loc_york"}

const attic = "loc_attic"

// open saves the locations and a product of n variants.
func open(t testing.TB, d *db.DB, n int) (vs []catalog.VariantID) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		vs = nil
		var errs []error
		for i, id := range append(slices.Clone(places), attic) {
			errs = append(errs, inventory.SaveLocation(ctx, tx, inventory.Location{
				ID: id, Name: id, Country: "DE", Zone: "Europe/Berlin", Priority: int64(i + 1), Ships: id != attic, Pickup: true,
			}))
		}
		draft := catalog.Draft{Slug: "mug", Title: "Mug"}
		for i := range n {
			draft.Variants = append(draft.Variants, catalog.Variant{SKU: fmt.Sprintf("MUG-%d", i)})
		}
		p, err := catalog.Create(ctx, tx, draft)
		for _, v := range p.Variants {
			vs = append(vs, v.ID)
		}
		slices.Sort(vs) // tests expect rows in this order
		return errors.Join(append(errs, err)...)
	})
	return vs
}

func adjust(d *db.DB, v catalog.VariantID, location string, delta int64) (level inventory.Level, err error) {
	err = d.Write(ctx, func(tx *db.Tx) (err error) {
		level, err = inventory.Adjust(ctx, tx, inventory.Adjustment{
			Variant: v, Location: location, Delta: delta, Reason: "test", Actor: "stf_test", Ref: "note 1",
		})
		return err
	})
	return level, err
}

func stock(t testing.TB, d *db.DB, v catalog.VariantID, location string, units int64) {
	t.Helper()
	if _, err := adjust(d, v, location, units); err != nil {
		t.Fatal(err)
	}
}

func line(v catalog.VariantID, units int64) inventory.Line {
	return inventory.Line{Variant: v, Units: units}
}

func hold(d *db.DB, holder string, lines ...inventory.Line) (got []inventory.Allocation, err error) {
	err = d.Write(ctx, func(tx *db.Tx) (err error) {
		got, err = inventory.Hold(ctx, tx, holder, lines, tx.Now.Add(15*time.Minute))
		return err
	})
	return got, err
}

func release(d *db.DB, holder string) error {
	return d.Write(ctx, func(tx *db.Tx) error { return inventory.Release(ctx, tx, holder) })
}

func claim(d *db.DB, holder, order string) error {
	return d.Write(ctx, func(tx *db.Tx) error { return inventory.Claim(ctx, tx, holder, order) })
}

func claimAgain(d *db.DB, holder, order string, lines ...inventory.Line) error {
	return d.Write(ctx, func(tx *db.Tx) error { return inventory.ClaimAgain(ctx, tx, holder, order, lines) })
}

func expire(d *db.DB) (holders []string, err error) {
	err = d.Write(ctx, func(tx *db.Tx) (err error) {
		holders, err = inventory.Expire(ctx, tx, tx.Now)
		return err
	})
	return holders, err
}

// figures writes a variant's levels as "berlin 5-2 budapest 0-0 …": on hand minus reserved.
func figures(t testing.TB, d *db.DB, v catalog.VariantID) string {
	t.Helper()
	var parts []string
	dbtest.Read(t, d, func(tx *db.Tx) error {
		levels, err := inventory.Levels(ctx, tx, v)
		for _, l := range levels {
			parts = append(parts, fmt.Sprintf("%s %d-%d", strings.TrimPrefix(l.Location, "loc_"), l.OnHand, l.Reserved))
		}
		return err
	})
	return strings.Join(parts, " ")
}

func available(t testing.TB, d *db.DB, v catalog.VariantID) (units int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := inventory.Available(ctx, tx, []catalog.VariantID{v})
		units = all[v]
		return err
	})
	return units
}

// verify fails the test unless stock is consistent.
func verify(t testing.TB, d *db.DB) {
	t.Helper()
	if found := discrepancies(t, d); len(found) > 0 {
		t.Errorf("stock is inconsistent:\n%s", strings.Join(found, "\n"))
	}
}

func discrepancies(t testing.TB, d *db.DB) (found []string) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		found, err = inventory.Verify(ctx, tx)
		return err
	})
	return found
}

// log writes a variant's movements, oldest first.
func log(t testing.TB, d *db.DB, v catalog.VariantID) (lines []string) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := inventory.Movements(ctx, tx, v, 0, 1000)
		for _, m := range slices.Backward(all) {
			lines = append(lines, fmt.Sprintf("%s %+d %+d %s %s", m.Cause, m.OnHand, m.Reserved, m.Ref, m.Actor))
		}
		return err
	})
	return lines
}

func TestAdjustChangesWhatLiesOnHand(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		level, err := adjust(d, v, "loc_berlin", 10)
		if want := (inventory.Level{Location: "loc_berlin", Variant: v, OnHand: 10}); err != nil || level != want {
			t.Errorf("%+v, %v; want %+v", level, err, want)
		}
		stock(t, d, v, "loc_berlin", -3)
		stock(t, d, v, attic, 5)
		if got, want := figures(t, d, v), "berlin 7-0 budapest 0-0 york 0-0 attic 5-0"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if got := available(t, d, v); got != 7 {
			t.Errorf("%d available, want the 7 that can be shipped", got)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			facts, err := event.Facts(ctx, tx, "", 0, 10)
			var kinds []string
			for _, f := range facts {
				kinds = append(kinds, f.Kind)
			}
			if diff := cmp.Diff([]string{"product.created", "stock.adjusted", "stock.adjusted", "stock.adjusted"}, kinds); diff != "" {
				t.Error(diff)
			}
			return err
		})
		want := []string{"adjusted +10 +0 note 1 stf_test", "adjusted -3 +0 note 1 stf_test", "adjusted +5 +0 note 1 stf_test"}
		if diff := cmp.Diff(want, log(t, d, v)); diff != "" {
			t.Error(diff)
		}
		verify(t, d)
	})
}

func TestAdjustRefusesWhatCannotBe(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		stock(t, d, v, "loc_berlin", 10)
		if _, err := hold(d, "att_1", line(v, 4)); err != nil {
			t.Fatal(err)
		}
		good := inventory.Adjustment{Variant: v, Location: "loc_berlin", Delta: 1, Reason: "count"}
		cases := []struct {
			name   string
			change func(*inventory.Adjustment)
			want   error
			text   string
		}{
			{"nothing", func(a *inventory.Adjustment) { a.Delta = 0 }, inventory.ErrInvalid, "delta"},
			{"too much", func(a *inventory.Adjustment) { a.Delta = 1_000_001 }, inventory.ErrInvalid, "delta"},
			{"too little", func(a *inventory.Adjustment) { a.Delta = -1_000_001 }, inventory.ErrInvalid, "delta"},
			{"no reason", func(a *inventory.Adjustment) { a.Reason = " " }, inventory.ErrInvalid, "reason"},
			{"a reason of 201", func(a *inventory.Adjustment) { a.Reason = strings.Repeat("ä", 201) }, inventory.ErrInvalid, "reason"},
			{"a cause only Hold has", func(a *inventory.Adjustment) { a.Cause = inventory.CauseHeld }, inventory.ErrInvalid, "cause"},
			{"an unknown variant", func(a *inventory.Adjustment) { a.Variant = "var_none" }, catalog.ErrVariantNotFound, ""},
			{"an unknown location", func(a *inventory.Adjustment) { a.Location = "loc_none" }, inventory.ErrLocationNotFound, ""},
			{"promised units", func(a *inventory.Adjustment) { a.Delta = -7 }, inventory.ErrReserved, "4 of 10"},
			{"more than there is", func(a *inventory.Adjustment) { a.Delta = -11 }, inventory.ErrBelowZero, "10 on hand"},
			{"units of an empty shelf", func(a *inventory.Adjustment) { a.Location, a.Delta = "loc_york", -1 }, inventory.ErrBelowZero, "0 on hand"},
		}
		for _, c := range cases {
			a := good
			c.change(&a)
			err := d.Write(ctx, func(tx *db.Tx) error {
				_, err := inventory.Adjust(ctx, tx, a)
				return err
			})
			if !errors.Is(err, c.want) || !strings.Contains(fault.TextOf(err), c.text) {
				t.Errorf("%s: %v, want %v with %q", c.name, err, c.want, c.text)
			}
		}
		if got, want := figures(t, d, v), "berlin 10-4 budapest 0-0 york 0-0 attic 0-0"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		stock(t, d, v, "loc_berlin", -6) // exactly what is free
		verify(t, d)
	})
}

func TestHoldChoosesFewParcelsThenPriority(t *testing.T) {
	type shelf map[string][2]int64 // units of two variants, by location
	cases := []struct {
		name  string
		stock shelf
		want  [2]int64
		took  string
	}{
		{"all from the first that has everything", shelf{"loc_berlin": {9, 0}, "loc_budapest": {9, 9}, "loc_york": {9, 9}}, [2]int64{2, 2}, "budapest:2a budapest:2b"},
		{"by priority when several have", shelf{"loc_berlin": {9, 9}, "loc_budapest": {9, 9}}, [2]int64{2, 2}, "berlin:2a berlin:2b"},
		{"one line from each of two", shelf{"loc_berlin": {9, 0}, "loc_york": {0, 9}}, [2]int64{2, 2}, "berlin:2a york:2b"},
		{"two parcels even when three would be nearer", shelf{"loc_berlin": {1, 1}, "loc_budapest": {2, 1}, "loc_york": {3, 3}}, [2]int64{4, 4}, "berlin:1a berlin:1b york:3a york:3b"},
		{"a line is split only when it must be", shelf{"loc_berlin": {1, 3}, "loc_budapest": {3, 0}}, [2]int64{3, 3}, "berlin:3b budapest:3a"},
		{"a line larger than any shelf", shelf{"loc_berlin": {2, 0}, "loc_budapest": {2, 0}, "loc_york": {2, 0}}, [2]int64{5, 0}, "berlin:2a budapest:2a york:1a"},
		{"never from where nothing is shipped", shelf{"loc_york": {1, 0}, attic: {9, 0}}, [2]int64{2, 0}, "short 2 of a, 1 available"},
		{"all lines or none", shelf{"loc_berlin": {9, 1}}, [2]int64{1, 2}, "short 2 of b, 1 available"},
		{"nothing anywhere", shelf{}, [2]int64{1, 0}, "short 1 of a, 0 available"},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 2*len(cases))
		for i, c := range cases {
			pair := vs[2*i : 2*i+2]
			letter := map[catalog.VariantID]string{pair[0]: "a", pair[1]: "b"}
			var lines []inventory.Line
			for j, v := range pair {
				for at, units := range c.stock {
					if units[j] > 0 {
						stock(t, d, v, at, units[j])
					}
				}
				if c.want[j] > 0 {
					lines = append(lines, line(v, c.want[j]))
				}
			}
			got, err := hold(d, fmt.Sprint("att_", i), lines...)
			var took []string
			for _, a := range got {
				took = append(took, fmt.Sprintf("%s:%d%s", strings.TrimPrefix(a.Location, "loc_"), a.Units, letter[a.Variant]))
			}
			var s inventory.Shortage
			if errors.As(err, &s) && errors.Is(err, inventory.ErrShort) {
				took = []string{fmt.Sprintf("short %d of %s, %d available", s.Wanted, letter[s.Variant], s.Available)}
			} else if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if got := strings.Join(took, " "); got != c.took {
				t.Errorf("%s: took %s, want %s", c.name, got, c.took)
			}
		}
		verify(t, d)
	})
}

func TestTheLifeOfAHold(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		stock(t, d, v, "loc_berlin", 5)
		want := []inventory.Allocation{{Location: "loc_berlin", Variant: v, Units: 3}}
		for range 2 { // the second time nothing more is taken
			got, err := hold(d, "att_1", line(v, 1), line(v, 2))
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		}
		check := func(step string, err, wantErr error, wantFree int64) {
			t.Helper()
			if !errors.Is(err, wantErr) || wantErr == nil && err != nil {
				t.Errorf("%s: %v, want %v", step, err, wantErr)
			}
			if got := available(t, d, v); got != wantFree {
				t.Errorf("%s: %d available, want %d", step, got, wantFree)
			}
			verify(t, d)
		}
		_, err := hold(d, "att_2", line(v, 3))
		check("another wants more than is left", err, inventory.ErrShort, 2)
		check("release", release(d, "att_1"), nil, 5)
		check("release again", release(d, "att_1"), nil, 5)
		check("claim what was released", claim(d, "att_1", "ord_1"), inventory.ErrNoHold, 5)
		check("claim again takes it anew", claimAgain(d, "att_1", "ord_1", line(v, 3)), nil, 2)
		check("claim again, again", claimAgain(d, "att_1", "ord_1", line(v, 3)), nil, 2)
		check("claim for the same order", claim(d, "att_1", "ord_1"), nil, 2)
		check("claim for another order", claim(d, "att_1", "ord_2"), inventory.ErrNoHold, 2)
		check("claim again for another order", claimAgain(d, "att_1", "ord_2", line(v, 3)), inventory.ErrNoHold, 2)
		check("release what was claimed", release(d, "att_1"), nil, 2)
		_, err = hold(d, "att_3", line(v, 2))
		check("hold the rest", err, nil, 0)
		dbtest.Clock(d).Advance(15 * time.Minute)
		check("claim what is due but not expired yet", claim(d, "att_3", "ord_3"), nil, 0)
		got, err := expire(d)
		check("expire nothing: all is claimed", err, nil, 0)
		if len(got) != 0 {
			t.Errorf("expired %v", got)
		}
		check("claim again when the goods are gone", claimAgain(d, "att_4", "ord_4", line(v, 1)), inventory.ErrShort, 0)
		wantLog := []string{
			"adjusted +5 +0 note 1 stf_test", "held +0 +3 att_1 att_1", "released +0 -3 att_1 att_1",
			"held +0 +3 att_1 att_1", "claimed +0 +0 ord_1 att_1", "held +0 +2 att_3 att_3", "claimed +0 +0 ord_3 att_3",
		}
		if diff := cmp.Diff(wantLog, log(t, d, v)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestHoldsExpireInTime(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 2)
		for _, v := range vs {
			stock(t, d, v, "loc_berlin", 3)
			stock(t, d, v, "loc_york", 3)
		}
		for i := range 3 {
			if _, err := hold(d, fmt.Sprint("att_", i), line(vs[0], 2), line(vs[1], 2)); err != nil {
				t.Fatal(err)
			}
			dbtest.Clock(d).Advance(5 * time.Minute)
		}
		got, err := expire(d) // 15 minutes are over for the first
		if diff := cmp.Diff([]string{"att_0"}, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		dbtest.Clock(d).Advance(10 * time.Minute)
		got, err = expire(d)
		if diff := cmp.Diff([]string{"att_1", "att_2"}, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		if got, err := expire(d); len(got) != 0 || err != nil {
			t.Errorf("again: %v, %v", got, err)
		}
		for _, v := range vs {
			if got := available(t, d, v); got != 6 {
				t.Errorf("%d available, want 6", got)
			}
		}
		verify(t, d)
	})
}

func TestHoldRefusesLinesThatAreNone(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	v := open(t, d, 1)[0]
	stock(t, d, v, "loc_berlin", 5)
	many := make([]inventory.Line, 201)
	for i := range many {
		many[i] = line(v, 1)
	}
	for name, c := range map[string]struct {
		holder string
		lines  []inventory.Line
	}{
		"no holder": {"", []inventory.Line{line(v, 1)}}, "no lines": {"att", nil}, "nothing": {"att", []inventory.Line{line(v, 0)}},
		"less than nothing": {"att", []inventory.Line{line(v, 2), line(v, -1)}}, "too much": {"att", []inventory.Line{line(v, 100_001)}},
		"too many": {"att", many},
	} {
		if _, err := hold(d, c.holder, c.lines...); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := available(t, d, v); got != 5 {
		t.Errorf("%d available, want 5", got)
	}
}

func TestStatementsOfAHoldAreFew(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 2)
		for _, v := range vs {
			stock(t, d, v, "loc_berlin", 10)
		}
		lines := []inventory.Line{line(vs[0], 1), line(vs[1], 1), line(vs[0], 1)}
		for _, c := range []struct {
			name string
			do   func() error
			want int
		}{
			{"hold two variants", func() error { _, err := hold(d, "a", lines...); return err }, 5},
			{"hold them again", func() error { _, err := hold(d, "a", lines...); return err }, 1},
			{"claim", func() error { return claim(d, "a", "ord") }, 2},
			{"hold, to be released", func() error { _, err := hold(d, "b", lines...); return err }, 5},
			{"release", func() error { return release(d, "b") }, 4},
			{"refuse", func() error { _, err := hold(d, "c", line(vs[0], 99)); return notShort(err) }, 1},
			{"expire nothing", func() error { _, err := expire(d); return err }, 1},
		} {
			count := dbtest.Count(d)
			if err := c.do(); err != nil || count() != c.want {
				t.Errorf("%s: %d statements, %v; want %d", c.name, count(), err, c.want)
			}
		}
		count := dbtest.Count(d)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			_, err := inventory.Available(ctx, tx, slices.Repeat(vs, 100))
			return err
		})
		if n := count(); n != 1 {
			t.Errorf("availability of 200: %d statements", n)
		}
	})
}

func notShort(err error) error {
	if errors.Is(err, inventory.ErrShort) {
		return nil
	}
	return fmt.Errorf("not short: %w", err)
}

func TestWatchersHearOfCommitsOnly(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		other := dbtest.SQLite(t, schemas)
		vs := open(t, d, 2)
		stock(t, d, vs[0], "loc_berlin", 5)
		stock(t, d, vs[1], "loc_berlin", 5)
		var heard []string
		name := map[catalog.VariantID]string{vs[0]: "a", vs[1]: "b"}
		var stop func()
		dbtest.Read(t, d, func(tx *db.Tx) error {
			stop = inventory.OnChange(tx, func(changed []catalog.VariantID) {
				for _, v := range changed {
					heard = append(heard, name[v])
				}
			})
			return nil
		})
		stock(t, other, open(t, other, 1)[0], "loc_berlin", 5) // another database is not heard

		expect := func(step, want string) {
			t.Helper()
			if got := strings.Join(heard, ""); got != want {
				t.Errorf("%s: heard %q, want %q", step, got, want)
			}
			heard = nil
		}
		hold(d, "h", line(vs[1], 1), line(vs[0], 1))
		expect("hold", "ab")
		hold(d, "h", line(vs[1], 1), line(vs[0], 1))
		expect("hold again", "")
		hold(d, "x", line(vs[0], 99))
		expect("a hold refused", "")
		release(d, "h")
		expect("release", "ab")
		d.Write(ctx, func(tx *db.Tx) error {
			inventory.Hold(ctx, tx, "r", []inventory.Line{line(vs[0], 1)}, tx.Now)
			return errors.New("rolled back")
		})
		expect("a hold rolled back", "")
		adjust(d, vs[0], "loc_york", 1)
		expect("adjust", "a")
		hold(d, "c", line(vs[1], 1))
		claim(d, "c", "ord")
		expect("hold and claim, which changes nothing", "b")
		stop()
		release(d, "h")
		adjust(d, vs[0], "loc_york", 1)
		expect("after stop", "")
	})
}

func TestLocationsAreRememberedAndChecked(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d, 1)
		read := func(tx *db.Tx) error {
			all, err := inventory.Locations(ctx, tx)
			var ids []string
			for _, l := range all {
				ids = append(ids, l.ID)
			}
			if diff := cmp.Diff(append(slices.Clone(places), attic), ids); diff != "" {
				t.Error(diff)
			}
			return err
		}
		dbtest.Read(t, d, read)
		count := dbtest.Count(d)
		dbtest.Read(t, d, read)
		if n := count(); n != 1 {
			t.Errorf("%d statements, want 1: the generations", n)
		}
		for _, bad := range []inventory.Location{
			{ID: "berlin", Name: "x", Country: "DE", Zone: "UTC"}, {ID: "loc_x", Name: "", Country: "DE", Zone: "UTC"},
			{ID: "loc_x", Name: "x", Country: "de", Zone: "UTC"}, {ID: "loc_x", Name: "x", Country: "DE", Zone: "Mars/Base"},
			{ID: "loc_x", Name: "x", Country: "DE", Zone: "UTC", Priority: -1},
		} {
			err := d.Write(ctx, func(tx *db.Tx) error { return inventory.SaveLocation(ctx, tx, bad) })
			if !errors.Is(err, inventory.ErrInvalid) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		dbtest.Read(t, d, read)
	})
}

func TestVerifyFindsWhatWasTamperedWith(t *testing.T) {
	cases := []struct {
		name, statement string
		found           string
	}{
		{"a level counts one more", `UPDATE inventory_levels SET on_hand = on_hand + 1`, "movements add up to 10"},
		{"a level promises one less", `UPDATE inventory_levels SET reserved = reserved - 1`, "holds and claims add up to 3"},
		{"a hold is gone", `DELETE FROM inventory_holds WHERE holder = 'att_1'`, "holds and claims add up to 2"},
		{"a hold is larger", `UPDATE inventory_holds SET units = units + 1 WHERE holder = 'att_2'`, "holds and claims add up to 4"},
		{"a level is gone", `DELETE FROM inventory_levels`, "says 0 on hand"},
		{"a claim has no order", `UPDATE inventory_holds SET order_id = '' WHERE state = 'claimed'`, "claimed with order"},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		stock(t, d, v, "loc_berlin", 10)
		hold(d, "att_1", line(v, 1))
		hold(d, "att_2", line(v, 2))
		claim(d, "att_2", "ord_2")
		verify(t, d)
		undo := errors.New("undo")
		for _, c := range cases {
			err := d.Write(ctx, func(tx *db.Tx) error {
				if _, err := tx.Exec(ctx, c.statement); err != nil {
					return err
				}
				found, err := inventory.Verify(ctx, tx)
				if err != nil {
					return err
				}
				if !strings.Contains(strings.Join(found, "\n"), c.found) {
					t.Errorf("%s: found %q, want %q", c.name, found, c.found)
				}
				return undo
			})
			if !errors.Is(err, undo) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		for _, statement := range []string{`UPDATE inventory_movements SET on_hand = 1`, `DELETE FROM inventory_movements`} {
			if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, statement); return err }); err == nil {
				t.Errorf("the log let itself be changed: %s", statement)
			}
		}
		verify(t, d)
	})
}
