package shipment_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"korzo/fulfilment/shipment"
	"korzo/platform/db"

	"github.com/google/go-cmp/cmp"
)

// walk is a wave as its list reads: "MUG-RED 1/3: box 1 0/2, box 2 1/1".
func walk(w shipment.Wave) (lines []string) {
	for _, s := range w.Stops() {
		var boxes []string
		for _, b := range s.Boxes {
			boxes = append(boxes, fmt.Sprintf("box %d %d/%d", b.Box, b.Picked, b.Units))
		}
		lines = append(lines, fmt.Sprintf("%s %d/%d: %s", s.SKU, s.Picked, s.Units, strings.Join(boxes, ", ")))
	}
	return lines
}

// takes notes units of what a code names in a wave.
func (h *house) takes(of shipment.WaveID, code string, units int64) (into []shipment.Share, err error) {
	h.Helper()
	err = h.try(func(ctx context.Context, tx *db.Tx) error {
		w, err := shipment.FindWave(ctx, tx, of)
		if err != nil {
			return err
		}
		v, err := w.Lacks(ctx, tx, code)
		if err != nil {
			return err
		}
		into, err = shipment.Take(ctx, tx, of, v, units, by)
		return err
	})
	return into, err
}

// Several orders are picked in one walk: one list by SKU, a box for each; what is
// taken goes into the boxes that lack it, and never into more.
func TestOrdersArePickedTogetherInOneWalk(t *testing.T) {
	each(t, func(h *house) {
		h.stock("loc_hub", 9, 9)
		h.stock("loc_mitte", 9, 9)
		first, second := h.of(h.buy(want{"ship", "", [2]int64{2, 1}}))[0], h.of(h.buy(want{"ship", "", [2]int64{1, 0}}))[0]
		elsewhere := h.of(h.buy(want{"pickup", "loc_mitte", [2]int64{1, 0}}))[0]
		var w shipment.Wave
		gather := func(ids ...shipment.ID) error {
			return h.try(func(ctx context.Context, tx *db.Tx) (err error) {
				w, err = shipment.Gather(ctx, tx, ids, by)
				return err
			})
		}
		for name, ids := range map[string][]shipment.ID{"none": nil, "two locations": {first.ID, elsewhere.ID}} {
			if err := gather(ids...); !errors.Is(err, shipment.ErrWave) {
				h.Errorf("%s: %v, want ErrWave", name, err)
			}
		}
		if f := h.of(first.Order)[0]; f.State != shipment.StateOpen {
			h.Errorf("what was refused is %s", f.State)
		}
		h.write(func(ctx context.Context, tx *db.Tx) error {
			ids, err := shipment.Ready(ctx, tx, "loc_hub")
			if len(ids) != 2 {
				h.Errorf("%d wait at the hub, want 2", len(ids))
			}
			return err
		})
		if err := gather(first.ID, second.ID, first.ID); err != nil {
			h.Fatal(err)
		}
		if diff := cmp.Diff([]string{"MUG-BLUE 0/1: box 1 0/1", "MUG-RED 0/3: box 1 0/2, box 2 0/1"}, walk(w)); diff != "" {
			h.Error(diff)
		}
		take := func(code string, units int64) ([]shipment.Share, error) { return h.takes(w.ID, code, units) }
		if _, err := take("mug-red", 4); !errors.Is(err, shipment.ErrNotInWave) {
			h.Errorf("four of three: %v", err)
		}
		into, err := take(" mug-red ", 3)
		if err != nil || len(into) != 2 || into[0].Units != 2 || into[1].Box != 2 {
			h.Errorf("three go into %+v, %v", into, err)
		}
		if _, err := take("MUG-RED", 1); !errors.Is(err, shipment.ErrNotInWave) {
			h.Errorf("one more than is wanted: %v", err)
		}
		h.write(func(ctx context.Context, tx *db.Tx) error { // what is canceled meanwhile is not walked for
			return shipment.Cancel(ctx, tx, first.ID, []shipment.Units{{Line: first.Lines[1].Line, Units: 1}}, false, by)
		})
		h.write(func(ctx context.Context, tx *db.Tx) (err error) {
			if w, err = shipment.FindWave(ctx, tx, w.ID); err != nil {
				return err
			}
			open, err := shipment.Waves(ctx, tx, "loc_hub")
			if w.Left() != 0 || len(open) != 0 {
				h.Errorf("%d are left, %d waves are open", w.Left(), len(open))
			}
			return err
		})
		h.is(second.Order, "picking@hub 1")
	})
}

// Two who scan the last unit of a wave at once have it once.
func TestTheLastUnitOfAWaveIsTakenOnce(t *testing.T) {
	each(t, func(h *house) {
		h.stock("loc_hub", 2, 0)
		f := h.of(h.buy(want{"ship", "", [2]int64{1, 0}}))[0]
		var w shipment.Wave
		h.write(func(ctx context.Context, tx *db.Tx) (err error) {
			w, err = shipment.Gather(ctx, tx, []shipment.ID{f.ID}, by)
			return err
		})
		errs := make(chan error, 2)
		for range 2 {
			go func() {
				errs <- h.try(func(ctx context.Context, tx *db.Tx) error {
					_, err := shipment.Take(ctx, tx, w.ID, f.Lines[0].Variant, 1, by)
					return err
				})
			}()
		}
		if a, b := <-errs, <-errs; (a == nil) == (b == nil) {
			h.Errorf("both or neither took it: %v, %v", a, b)
		}
	})
}
