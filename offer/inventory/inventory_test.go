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
	"korzo/offer/market"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/platform/remember"

	"github.com/google/go-cmp/cmp"
)

var schemas = []fs.FS{event.Schema, remember.Schema, exception.Schema, market.Schema, taxonomy.Schema, catalog.Schema, inventory.Schema}

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
		draft := catalog.Draft{Slug: fmt.Sprint("mug-", n), Title: "Mug"}
		for i := range n {
			draft.Variants = append(draft.Variants, catalog.Variant{SKU: fmt.Sprintf("MUG-%d-%d", n, i)})
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
	return d.Write(ctx, func(tx *db.Tx) error { _, err := inventory.Claim(ctx, tx, holder, order); return err })
}

func claimAgain(d *db.DB, holder, order string, lines ...inventory.Line) error {
	return d.Write(ctx, func(tx *db.Tx) error { _, err := inventory.ClaimAgain(ctx, tx, holder, order, lines); return err })
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
		if n := count(); n != 0 {
			t.Errorf("%d statements, want none: they are remembered", n)
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
		{"a level promises one less", `UPDATE inventory_levels SET reserved = reserved - 1 WHERE reserved > 0`, "holds and claims add up to 3"},
		{"a hold is gone", `DELETE FROM inventory_holds WHERE holder = 'att_1'`, "holds and claims add up to 2"},
		{"a hold is larger", `UPDATE inventory_holds SET units = units + 1 WHERE holder = 'att_2'`, "holds and claims add up to 4"},
		{"a level is gone", `DELETE FROM inventory_levels`, "says 0 on hand"},
		{"a claim has no order", `UPDATE inventory_holds SET order_id = '' WHERE state = 'claimed'`, "claimed with order"},
		{"more is on the way", `UPDATE inventory_levels SET incoming = incoming + 1 WHERE location = 'loc_york'`, "transfers have 2 on the way"},
		{"a line says more came", `UPDATE inventory_transfer_lines SET received = 1`, "transfers have 1 on the way"},
		{"a transfer says it came", `UPDATE inventory_transfers SET state = 'received'`, "transfers have 0 on the way"},
		{"more may be promised", `UPDATE inventory_levels SET backorder = backorder + 1`, "its policy allows 4"},
		{"a policy allows more", `UPDATE inventory_policies SET beyond = 5`, "its policy allows 5"},
		{"a policy is gone", `DELETE FROM inventory_policies`, "its policy allows 0"},
		{"something is owed", `UPDATE inventory_levels SET owed = 1`, "1 owed"},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		stock(t, d, v, "loc_berlin", 10)
		hold(d, "att_1", line(v, 1))
		hold(d, "att_2", line(v, 2))
		claim(d, "att_2", "ord_2")
		other := open(t, d, 2)[0]
		stock(t, d, other, "loc_berlin", 2)
		if _, err := shipped(d, line(other, 2)); err != nil {
			t.Fatal(err)
		}
		policy(t, d, inventory.Policy{Variant: other, Mode: inventory.Backorder, Limit: 4})
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
