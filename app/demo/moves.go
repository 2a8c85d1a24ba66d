package demo

import (
	"context"
	"fmt"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/value/calendar"
)

// writeMoves is what goes on in the stock rooms on the day the demo is opened:
// something sold out that can be ordered all the same, something that is not
// out yet, units kept back from the web shop, a transfer on its way of which a
// part has come, and a count that somebody has begun.
func (f *filling) writeMoves(ctx context.Context, tx *db.Tx) error {
	out, full, err := f.shelves(ctx, tx)
	if err != nil {
		return err
	}
	if len(out) < 2 || len(full) < 4 {
		return fmt.Errorf("the demo has %d variants sold out and %d well stocked", len(out), len(full))
	}
	day := func(in int) calendar.Date { return calendar.DateIn(f.today.AddDate(0, 0, in), f.today.Location()) }
	for _, p := range []inventory.Policy{
		{Variant: out[0], Mode: inventory.Preorder, Limit: 40, Expected: day(45), Low: -1},
		{Variant: out[1], Mode: inventory.Backorder, Limit: 10, Expected: day(12), Low: -1},
	} {
		if err := inventory.SavePolicy(ctx, tx, p); err != nil {
			return err
		}
	}
	if err := inventory.SetSafety(ctx, tx, inventory.Safety{Channel: Channel, Variant: full[3], Units: 2}); err != nil {
		return err
	}
	if err := writeTransfer(ctx, tx, full, day(3)); err != nil {
		return err
	}
	return writeCount(ctx, tx, full)
}

// shelves are the variants of which nothing is left, and those of which Berlin
// and Newark have plenty, in the order of the assortment.
func (f *filling) shelves(ctx context.Context, tx *db.Tx) (out, full []catalog.VariantID, err error) {
	for _, g := range f.goods {
		for _, v := range g.draft.Variants {
			levels, err := inventory.Levels(ctx, tx, v.ID)
			if err != nil {
				return nil, nil, err
			}
			at := map[string]int64{}
			var free int64
			for _, l := range levels {
				at[l.Location] = l.Available()
				free += l.Available()
			}
			switch {
			case free == 0:
				out = append(out, v.ID)
			case at["loc_berlin"] >= 12 && at["loc_newark"] >= 6:
				full = append(full, v.ID)
			}
			if len(out) >= 2 && len(full) >= 4 {
				return out, full, nil
			}
		}
	}
	return out, full, nil
}

func writeTransfer(ctx context.Context, tx *db.Tx, goods []catalog.VariantID, expected calendar.Date) error {
	plan := inventory.TransferPlan{From: "loc_berlin", To: "loc_budapest", Expected: expected, Note: "Restock for Budapest", Actor: "system",
		Lines: []inventory.Line{{Variant: goods[0], Units: 6}, {Variant: goods[1], Units: 4}}}
	t, err := inventory.CreateTransfer(ctx, tx, plan)
	if err != nil {
		return err
	}
	if _, err := inventory.SendTransfer(ctx, tx, t.ID, "system"); err != nil {
		return err
	}
	_, err = inventory.ReceiveTransfer(ctx, tx, t.ID, []inventory.Line{{Variant: goods[0], Units: 2}}, "system")
	return err
}

// writeCount counts three shelves in Newark; one unit is missing on the second.
func writeCount(ctx context.Context, tx *db.Tx, goods []catalog.VariantID) error {
	c, err := inventory.StartCount(ctx, tx, "loc_newark", "Shelf 4", "system")
	if err != nil {
		return err
	}
	for i, v := range goods[:3] {
		levels, err := inventory.Levels(ctx, tx, v)
		if err != nil {
			return err
		}
		for _, l := range levels {
			if l.Location != c.Location {
				continue
			}
			units := l.OnHand
			if i == 1 {
				units--
			}
			if _, err := inventory.CountUnits(ctx, tx, c.ID, v, units, "system"); err != nil {
				return err
			}
		}
	}
	return nil
}
