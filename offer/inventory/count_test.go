package inventory_test

import (
	"errors"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
)

func started(t testing.TB, d *db.DB, location string) (c inventory.Count) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		c, err = inventory.StartCount(ctx, tx, location, "", "stf_test")
		return err
	})
	return c
}

func counted(d *db.DB, id inventory.CountID, v catalog.VariantID, units int64) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := inventory.CountUnits(ctx, tx, id, v, units, "stf_test")
		return err
	})
}

func posted(d *db.DB, id inventory.CountID, reason string) (n int, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		n, err = inventory.PostCount(ctx, tx, id, "stf_test", reason)
		return err
	})
	return n, err
}

func TestACountBooksDifferencesAndLeavesWhatHappenedSinceAlone(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 4)
		for i, units := range []int64{10, 5, 8} {
			stock(t, d, vs[i], "loc_berlin", units)
		}
		c := started(t, d, "loc_berlin")
		hold(d, "att_1", line(vs[0], 2)) // promised, and still on the shelf
		for i, units := range []int64{9, 5, 8, 1} {
			if err := counted(d, c.ID, vs[i], units); err != nil {
				t.Fatal(err)
			}
		}
		stock(t, d, vs[0], "loc_berlin", -3) // leaves after it was counted
		stock(t, d, vs[2], "loc_berlin", 4)
		if err := counted(d, c.ID, vs[2], 11); err != nil { // counted again: against 12 now
			t.Fatal(err)
		}
		before := len(log(t, d, vs[1]))
		if n, err := posted(d, c.ID, "yearly count"); err != nil || n != 3 {
			t.Fatalf("%d differences, %v", n, err)
		}
		for i, want := range []string{"6-2", "5-0", "11-0", "1-0"} { // 10-3-1, 5, 12-1, 0+1
			if got := figures(t, d, vs[i]); !strings.HasPrefix(got, "berlin "+want+" ") {
				t.Errorf("variant %d: %s, want %s", i, got, want)
			}
		}
		if len(log(t, d, vs[1])) != before {
			t.Error("a movement was written for what is as expected")
		}
		if got := log(t, d, vs[2]); got[len(got)-1] != "counted -1 +0 "+string(c.ID)+" stf_test" {
			t.Error(got)
		}
		if _, err := posted(d, c.ID, "again"); !errors.Is(err, inventory.ErrCountState) {
			t.Errorf("posted twice: %v", err)
		}
		if err := counted(d, c.ID, vs[0], 1); !errors.Is(err, inventory.ErrCountState) {
			t.Errorf("counted after it was posted: %v", err)
		}
		verify(t, d)
	})
}

func TestACountThatFindsLessThanIsPromisedIsATroubleForAPerson(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		stock(t, d, v, "loc_berlin", 5)
		hold(d, "att_1", line(v, 4))
		claim(d, "att_1", "ord_1")
		c := started(t, d, "loc_berlin")
		counted(d, c.ID, v, 1)
		if _, err := posted(d, c.ID, "theft"); err != nil {
			t.Fatal(err)
		}
		if got := flow(t, d, v); got != "berlin 1-4+0" {
			t.Error(got)
		}
		if _, err := hold(d, "att_2", line(v, 1)); !errors.Is(err, inventory.ErrShort) {
			t.Errorf("sold what is owed: %v", err)
		}
		verify(t, d)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			open, err := exception.List(ctx, tx, exception.Filter{Open: true})
			if len(open) != 1 || open[0].Kind != inventory.TroubleOwed || !strings.Contains(open[0].Text, "3 units") {
				t.Errorf("exceptions: %+v", open)
			}
			return err
		})
		stock(t, d, v, "loc_berlin", 4) // more comes in: three are owed, one is free
		if got := available(t, d, v); got != 1 {
			t.Errorf("%d available, want 1", got)
		}
		verify(t, d)
	})
}

func TestCountsThatCannotBePosted(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		stock(t, d, v, "loc_berlin", 5)
		c := started(t, d, "loc_berlin")
		if _, err := posted(d, c.ID, "why"); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("of nothing: %v", err)
		}
		counted(d, c.ID, v, 1)
		if _, err := posted(d, c.ID, ""); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("without a reason: %v", err)
		}
		stock(t, d, v, "loc_berlin", -3) // so four cannot be missing of the two that are left
		if _, err := posted(d, c.ID, "why"); !errors.Is(err, inventory.ErrRecount) {
			t.Errorf("less than nothing: %v", err)
		}
		if got := flow(t, d, v); got != "berlin 2-0+0" {
			t.Errorf("a count that was refused changed stock: %s", got)
		}
		for range 2 {
			dbtest.Write(t, d, func(tx *db.Tx) error { return inventory.CancelCount(ctx, tx, c.ID) })
		}
		if _, err := posted(d, c.ID, "why"); !errors.Is(err, inventory.ErrCountState) {
			t.Errorf("a cancelled count was posted: %v", err)
		}
		verify(t, d)
	})
}

func TestASheetShowsWhatShouldLieThereAndWhatWasFoundBeside(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 5)
		for _, v := range vs[:4] {
			stock(t, d, v, "loc_berlin", 2)
		}
		c := started(t, d, "loc_berlin")
		counted(d, c.ID, vs[1], 3)
		counted(d, c.ID, vs[4], 1) // was never booked in
		var seen []catalog.VariantID
		dbtest.Read(t, d, func(tx *db.Tx) error {
			after := catalog.VariantID("")
			for {
				lines, err := inventory.Sheet(ctx, tx, c, after, 2)
				if err != nil || len(lines) == 0 {
					return err
				}
				for _, l := range lines {
					seen = append(seen, l.Variant)
					if found := l.Line != nil; found != (l.Variant == vs[1] || l.Variant == vs[4]) {
						t.Errorf("%s was counted: %t", l.Variant, found)
					}
				}
				after = lines[len(lines)-1].Variant
			}
		})
		if len(seen) != 5 {
			t.Errorf("the sheet has %d of 5", len(seen))
		}
	})
}
