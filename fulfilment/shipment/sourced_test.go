package shipment_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"korzo/delivery/sourcing"
	"korzo/fulfilment/shipment"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// Who sends what a location could not is sourcing's to say: by its rules, among
// those that have not said no, over two where none has all of it, with a log.
func TestARejectedPickIsSourcedAgainByTheRules(t *testing.T) {
	each(t, func(h *house) {
		h.stock("loc_hub", 5, 5)
		h.stock("loc_mitte", 2, 1)
		h.write(func(ctx context.Context, tx *db.Tx) error {
			for _, l := range []inventory.Location{{ID: "loc_far", Priority: 8}, {ID: "loc_near", Priority: 9}} {
				l.Name, l.Country, l.Zone, l.Ships = l.ID, "DE", "Europe/Berlin", true
				if err := inventory.SaveLocation(ctx, tx, l); err != nil {
					return err
				}
			}
			return sourcing.SaveRules(ctx, tx, []sourcing.Rule{{Kind: sourcing.Balance}})
		})
		h.stock("loc_far", 3, 2)
		h.stock("loc_near", 60, 60)
		id := h.buy(want{"ship", "", [2]int64{2, 1}})
		f := h.of(id)[0]
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return shipment.Reject(ctx, tx, f.ID, nil, shipment.RejectCapacity, by)
		})
		all := h.of(id)
		if got := all[len(all)-1]; got.Location != "loc_near" || got.Tries != 1 || !slices.Equal(got.Avoid, []string{f.Location}) {
			h.Errorf("it goes on at %s after %v", got.Location, got.Avoid)
		}
		dbtest.Read(h, h.d, func(tx *db.Tx) error {
			log, err := sourcing.Decisions(h.Context(), tx, string(id))
			if len(log) == 0 || !slices.Equal(log[len(log)-1].Chosen, []string{"loc_near"}) || len(log[len(log)-1].Candidates) < 2 {
				h.Errorf("the log says %+v", log)
			}
			for _, d := range log {
				for _, c := range d.Candidates {
					if slices.Contains(c.Locations, f.Location) {
						h.Errorf("%s was asked again: %+v", f.Location, c)
					}
				}
			}
			return err
		})
	})
}

// What a person has another location send takes that one's room, and gives the
// first one's back.
func TestAParcelThatIsMovedTakesRoomWhereItGoes(t *testing.T) {
	each(t, func(h *house) {
		h.stock("loc_hub", 9, 0)
		h.stock("loc_mitte", 9, 0)
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(sourcing.SaveLocation(ctx, tx, sourcing.Location{Location: "loc_hub", Capacity: 1}),
				sourcing.SaveLocation(ctx, tx, sourcing.Location{Location: "loc_mitte", Capacity: 1}))
		})
		id := h.buy(want{"ship", "", [2]int64{1, 0}})
		h.write(func(ctx context.Context, tx *db.Tx) error { return sourcing.Count(ctx, tx, string(id), "loc_hub") }) // as when it was held
		f := h.of(id)[0]
		h.write(func(ctx context.Context, tx *db.Tx) error { return shipment.Relocate(ctx, tx, f.ID, "loc_mitte", by) })
		for i, holder := range []string{"first", "second"} { // the hub has room for one again; then both are full, and the hub comes first
			h.write(func(ctx context.Context, tx *db.Tx) error {
				got, err := sourcing.Hold(ctx, tx, sourcing.Ask{Order: "ord_" + holder, Holder: holder, Lines: []inventory.Line{{Variant: h.vs[0], Units: 1}}, Until: tx.Now.Add(time.Hour)})
				if err == nil && (len(got) != 1 || got[0].Location != "loc_hub") {
					h.Errorf("buyer %d is given %+v", i, got)
				}
				return err
			})
		}
	})
}

func TestWhatNoSinglePlaceHasIsSentFromTwo(t *testing.T) {
	each(t, func(h *house) {
		h.stock("loc_hub", 3, 0)
		id := h.buy(want{"ship", "", [2]int64{3, 0}})
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return inventory.SaveLocation(ctx, tx, inventory.Location{ID: "loc_third", Name: "Third", Country: "DE", Zone: "Europe/Berlin", Priority: 9, Ships: true})
		})
		h.stock("loc_mitte", 2, 0)
		h.stock("loc_third", 1, 0)
		f := h.of(id)[0]
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return shipment.Reject(ctx, tx, f.ID, nil, shipment.RejectMissing, by)
		})
		h.is(id, "rejected@hub 0", "open@mitte 2", "open@third 1")
	})
}
