package amend

import (
	"context"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
)

// giftUnits is how many cards of each gift card line an amendment takes back: as
// many as its lines say, and of a cancelled order all that are left.
func giftUnits(ctx context.Context, tx *db.Tx, a Amendment, o order.Order) (map[order.LineID]int64, error) {
	units := map[order.LineID]int64{}
	for _, l := range o.Lines {
		if l.Kind == catalog.KindGiftCard {
			units[l.ID] = l.Quantity
		}
	}
	if len(units) == 0 {
		return nil, nil
	}
	if a.Kind == KindCancel {
		before, err := selectUnits(ctx, tx, o.ID)
		for id := range units {
			units[id] -= before[id]
		}
		return units, err
	}
	asked := map[order.LineID]int64{}
	for _, l := range a.Lines {
		if _, ok := units[l.Line]; ok {
			asked[l.Line] = l.Units
		}
	}
	return asked, nil
}

// checkGifts returns giftcard.ErrSpent where a card whose price would go back was
// spent from: money is not given back twice.
func checkGifts(ctx context.Context, tx *db.Tx, a Amendment, o order.Order) error {
	units, err := giftUnits(ctx, tx, a, o)
	for line, n := range units {
		if err == nil && n > 0 {
			err = giftcard.CanTakeBack(ctx, tx, string(o.ID), string(line), n)
		}
	}
	return err
}

// takeGifts cancels the cards whose price goes back: their codes are worth
// nothing from now on, and those not sent yet are not sent.
func takeGifts(ctx context.Context, tx *db.Tx, a Amendment, o order.Order) error {
	units, err := giftUnits(ctx, tx, a, o)
	for _, l := range o.Lines {
		if n := units[l.ID]; err == nil && n > 0 {
			err = giftcard.TakeBack(ctx, tx, string(o.ID), string(l.ID), n, giftcard.By{Actor: a.Actor, Reason: "order " + o.Number + " was given back"})
		}
	}
	return err
}
