package inventory_test

import (
	"errors"
	"testing"
	"time"

	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsClaimedShipsIsFreedAndIsBlocked(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		stock(t, d, v, "loc_berlin", 10)
		stock(t, d, v, "loc_york", 4)
		for i, units := range []int64{3, 4} { // two holds of one order: a claim in two rows
			holder := []string{"att_1", "att_2"}[i]
			if _, err := hold(d, holder, line(v, units)); err != nil {
				t.Fatal(err)
			}
			if err := claim(d, holder, "ord_1"); err != nil {
				t.Fatal(err)
			}
		}
		units := func(n int64) inventory.Claimed {
			return inventory.Claimed{Order: "ord_1", Location: "loc_berlin", Lines: []inventory.Line{line(v, n)}, Ref: "par_1", Actor: "stf_ada", Reason: "test"}
		}
		step := func(name string, want error, onHand, reserved int64, do func(tx *db.Tx) error) {
			t.Helper()
			err := d.Write(t.Context(), do)
			if want == nil && err != nil || !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
			dbtest.Read(t, d, func(tx *db.Tx) error {
				levels, err := inventory.Levels(t.Context(), tx, v)
				for _, l := range levels {
					if l.Location == "loc_berlin" && (l.OnHand != onHand || l.Reserved != reserved) {
						t.Errorf("%s: %d on hand, %d reserved, want %d and %d", name, l.OnHand, l.Reserved, onHand, reserved)
					}
				}
				return err
			})
			verify(t, d)
		}
		ctx := t.Context()
		step("ship over two rows", nil, 5, 2, func(tx *db.Tx) error { return inventory.Ship(ctx, tx, units(5)) })
		step("ship more than is claimed", inventory.ErrNoHold, 5, 2, func(tx *db.Tx) error { return inventory.Ship(ctx, tx, units(3)) })
		step("free one", nil, 5, 1, func(tx *db.Tx) error { return inventory.Free(ctx, tx, units(1)) })
		step("free more than is claimed", inventory.ErrNoHold, 5, 1, func(tx *db.Tx) error { return inventory.Free(ctx, tx, units(2)) })
		step("block the rest of the shelf", nil, 1, 1, func(tx *db.Tx) error { return inventory.Block(ctx, tx, units(1)) })
		step("claim elsewhere", nil, 1, 1, func(tx *db.Tx) error {
			return inventory.ClaimAt(ctx, tx, "ord_1", "loc_york", []inventory.Line{line(v, 2)})
		})
		step("claim elsewhere more than lies there", inventory.ErrShort, 1, 1, func(tx *db.Tx) error {
			return inventory.ClaimAt(ctx, tx, "ord_1", "loc_york", []inventory.Line{line(v, 3)})
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := inventory.Claims(ctx, tx, "ord_1")
			want := []inventory.Allocation{{Location: "loc_berlin", Variant: v, Units: 1}, {Location: "loc_york", Variant: v, Units: 2}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			return err
		})
	})
}

func TestWhatIsPromisedAndHasNotComeDoesNotLeave(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 2)
		stock(t, d, vs[0], "loc_berlin", 1)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			return errors.Join(
				inventory.SavePolicy(t.Context(), tx, inventory.Policy{Variant: vs[0], Mode: inventory.Backorder, Limit: 5, Location: "loc_berlin"}),
				inventory.SavePolicy(t.Context(), tx, inventory.Policy{Variant: vs[1], Mode: inventory.Untracked, Location: "loc_berlin"}))
		})
		if _, err := hold(d, "att_1", line(vs[0], 3), line(vs[1], 2)); err != nil {
			t.Fatal(err)
		}
		if err := claim(d, "att_1", "ord_1"); err != nil {
			t.Fatal(err)
		}
		ship := func(v int, n int64) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				return inventory.Ship(t.Context(), tx, inventory.Claimed{Order: "ord_1", Location: "loc_berlin", Lines: []inventory.Line{line(vs[v], n)}})
			})
		}
		if err := ship(0, 2); !errors.Is(err, inventory.ErrNotThere) {
			t.Errorf("two of one on hand: %v", err)
		}
		if err := ship(0, 1); err != nil {
			t.Errorf("the one on hand, with two more promised: %v", err)
		}
		if err := ship(1, 2); err != nil {
			t.Errorf("what nobody counts: %v", err)
		}
		dbtest.Clock(d).Advance(time.Minute)
		stock(t, d, vs[0], "loc_berlin", 2)
		if err := ship(0, 2); err != nil {
			t.Errorf("once they came in: %v", err)
		}
		verify(t, d)
	})
}
