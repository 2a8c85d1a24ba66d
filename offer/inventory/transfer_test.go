package inventory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
)

// shipped makes a transfer from Berlin to York and sends it.
func shipped(d *db.DB, lines ...inventory.Line) (t inventory.Transfer, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		t, err = inventory.CreateTransfer(ctx, tx, inventory.TransferPlan{From: "loc_berlin", To: "loc_york", Lines: lines, Actor: "stf_test"})
		if err == nil {
			t, err = inventory.SendTransfer(ctx, tx, t.ID, "stf_test")
		}
		return err
	})
	return t, err
}

func received(d *db.DB, id inventory.TransferID, lines ...inventory.Line) (t inventory.Transfer, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		t, err = inventory.ReceiveTransfer(ctx, tx, id, lines, "stf_test")
		return err
	})
	return t, err
}

func closed(d *db.DB, id inventory.TransferID, reason string) (t inventory.Transfer, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		t, err = inventory.CloseTransfer(ctx, tx, id, "stf_test", reason)
		return err
	})
	return t, err
}

// flow writes a variant's levels as "berlin 5-2+1": on hand, reserved, incoming; places without any are left out.
func flow(t testing.TB, d *db.DB, v catalog.VariantID) string {
	t.Helper()
	var parts []string
	dbtest.Read(t, d, func(tx *db.Tx) error {
		levels, err := inventory.Levels(ctx, tx, v)
		for _, l := range levels {
			if l.OnHand != 0 || l.Reserved != 0 || l.Incoming != 0 {
				parts = append(parts, fmt.Sprintf("%s %d-%d+%d", strings.TrimPrefix(l.Location, "loc_"), l.OnHand, l.Reserved, l.Incoming))
			}
		}
		return err
	})
	return strings.Join(parts, " ")
}

func TestATransferIsOnTheWayUntilItIsReceivedOrMissing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		vs := open(t, d, 2)
		a, b := vs[0], vs[1]
		stock(t, d, a, "loc_berlin", 10)
		stock(t, d, b, "loc_berlin", 4)
		hold(d, "att_1", line(a, 3))
		expect := func(step, wantA, wantB string) {
			t.Helper()
			if gotA, gotB := flow(t, d, a), flow(t, d, b); gotA != wantA || gotB != wantB {
				t.Errorf("%s: %s and %s, want %s and %s", step, gotA, gotB, wantA, wantB)
			}
			verify(t, d)
		}
		var s inventory.Shortage
		if _, err := shipped(d, line(a, 8)); !errors.As(err, &s) || s.Available != 7 {
			t.Errorf("units that are promised left: %v", err)
		}
		expect("too many", "berlin 10-3+0", "berlin 4-0+0")
		sent, err := shipped(d, line(a, 6), line(b, 4))
		if err != nil || sent.State != inventory.TransferInTransit || sent.SentAt.IsZero() {
			t.Fatal(sent, err)
		}
		expect("sent", "berlin 4-3+0 york 0-0+6", "york 0-0+4")
		if got := available(t, d, a); got != 1 {
			t.Errorf("%d available: what is on the way is sold", got)
		}
		if _, err := received(d, sent.ID, line(a, 7)); !errors.Is(err, inventory.ErrTransferUnits) {
			t.Errorf("more than was sent: %v", err)
		}
		part, err := received(d, sent.ID, line(a, 2), line(b, 4))
		if err != nil || part.State != inventory.TransferInTransit {
			t.Fatal(part, err)
		}
		expect("a part", "berlin 4-3+0 york 2-0+4", "york 4-0+0")
		if _, err := closed(d, sent.ID, " "); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("without a reason: %v", err)
		}
		done, err := closed(d, sent.ID, "two boxes fell into the sea")
		if err != nil || done.State != inventory.TransferReceived || done.Lines[0].Missing != 4 || done.Lines[1].Missing != 0 {
			t.Fatal(done, err)
		}
		expect("closed", "berlin 4-3+0 york 2-0+0", "york 4-0+0")
		if _, err := received(d, sent.ID, line(a, 1)); !errors.Is(err, inventory.ErrTransferState) {
			t.Errorf("received after it was closed: %v", err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			facts, err := event.Facts(ctx, tx, "stock.transfer_moved", 0, 10)
			if len(facts) != 2 {
				t.Errorf("%d facts of a transfer sent and received", len(facts))
			}
			return err
		})
	})
}

func TestADraftMovesNothingAndCanBeChangedOrCancelled(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		stock(t, d, v, "loc_berlin", 5)
		plan := inventory.TransferPlan{From: "loc_berlin", To: "loc_york", Lines: []inventory.Line{line(v, 1)}}
		var draft inventory.Transfer
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			draft, err = inventory.CreateTransfer(ctx, tx, plan)
			return err
		})
		plan.Lines = []inventory.Line{line(v, 2), line(v, 1)}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			changed, err := inventory.ChangeTransfer(ctx, tx, draft.ID, plan)
			if len(changed.Lines) != 1 || changed.Lines[0].Units != 3 {
				t.Errorf("lines of one variant are not added up: %v", changed.Lines)
			}
			return err
		})
		for range 2 {
			dbtest.Write(t, d, func(tx *db.Tx) error { return inventory.CancelTransfer(ctx, tx, draft.ID) })
		}
		err := d.Write(ctx, func(tx *db.Tx) error { _, err := inventory.SendTransfer(ctx, tx, draft.ID, ""); return err })
		if !errors.Is(err, inventory.ErrTransferState) {
			t.Errorf("a cancelled draft was sent: %v", err)
		}
		sent, err := shipped(d, line(v, 1))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return inventory.CancelTransfer(ctx, tx, sent.ID) }); !errors.Is(err, inventory.ErrTransferState) {
			t.Errorf("what left was cancelled: %v", err)
		}
		if got := flow(t, d, v); got != "berlin 4-0+0 york 0-0+1" {
			t.Error(got)
		}
		verify(t, d)
	})
}

func TestTransfersThatCannotBe(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		one := []inventory.Line{line(v, 1)}
		for name, c := range map[string]struct {
			plan inventory.TransferPlan
			want error
		}{
			"to where it lies":    {inventory.TransferPlan{From: "loc_york", To: "loc_york", Lines: one}, inventory.ErrInvalid},
			"from nowhere":        {inventory.TransferPlan{From: "loc_mars", To: "loc_york", Lines: one}, inventory.ErrLocationNotFound},
			"of nothing":          {inventory.TransferPlan{From: "loc_berlin", To: "loc_york"}, inventory.ErrInvalid},
			"of an unknown thing": {inventory.TransferPlan{From: "loc_berlin", To: "loc_york", Lines: []inventory.Line{line("var_no", 1)}}, catalog.ErrVariantNotFound},
		} {
			err := d.Write(ctx, func(tx *db.Tx) error { _, err := inventory.CreateTransfer(ctx, tx, c.plan); return err })
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := inventory.Transfers(ctx, tx, inventory.TransferFilter{})
			if len(all) != 0 {
				t.Errorf("refused transfers were written: %v", all)
			}
			return err
		})
	})
}

func TestALocationInUseCannotBeClosed(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		v := open(t, d, 1)[0]
		stock(t, d, v, "loc_berlin", 1)
		shut := func(id string) error {
			return d.Write(ctx, func(tx *db.Tx) error { return inventory.CloseLocation(ctx, tx, id) })
		}
		if err := shut("loc_berlin"); !errors.Is(err, inventory.ErrLocationUsed) {
			t.Errorf("with stock: %v", err)
		}
		sent, err := shipped(d, line(v, 1))
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"loc_berlin", "loc_york"} {
			if err := shut(id); !errors.Is(err, inventory.ErrLocationUsed) {
				t.Errorf("%s with a transfer on the way: %v", id, err)
			}
		}
		if _, err := received(d, sent.ID, line(v, 1)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := shut("loc_berlin"); err != nil {
				t.Error(err)
			}
		}
		if got := figures(t, d, v); got != "budapest 0-0 york 1-0 attic 0-0" {
			t.Errorf("a closed location is still shown: %s", got)
		}
		if _, err := shipped(d, line(v, 1)); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("a transfer from a closed location: %v", err)
		}
	})
}
