package shipment

import (
	"context"
	"fmt"
	"slices"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/purchase/order"
)

// mostWrong bounds what Verify reports.
const mostWrong = 100

// Verify proves of every order that has fulfilments that no unit was made or
// lost: units and canceled units are what was bought, what left stands on the
// order, what has not is claimed where it lies, and parcels hold what is packed.
// It returns a sentence per difference. Its cost grows with the orders: it is
// for the operator, not for a request.
func Verify(ctx context.Context, tx *db.Tx) (wrong []string, err error) {
	const page = 500
	for after := order.ID(""); len(wrong) < mostWrong; {
		ids, err := selectOrdersAfter(ctx, tx, after, page)
		if err != nil || len(ids) == 0 {
			return wrong, err
		}
		for _, id := range ids {
			found, err := verifyOrder(ctx, tx, id)
			if err != nil {
				return nil, fmt.Errorf("verify fulfilments of %s: %w", id, err)
			}
			wrong = append(wrong, found...)
		}
		after = ids[len(ids)-1]
	}
	return wrong, nil
}

// sums is what the fulfilments of an order say of one of its lines.
type sums struct{ whole, packed, shipped int64 }

func verifyOrder(ctx context.Context, tx *db.Tx, id order.ID) (wrong []string, err error) {
	o, err := order.Find(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	all, err := OfOrder(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	lines := map[order.LineID]sums{}
	open := map[inventory.Allocation]int64{}
	for _, f := range all {
		for _, l := range f.Lines {
			s := lines[l.Line]
			s.whole, s.shipped = s.whole+l.Units+l.Canceled, s.shipped+l.Shipped
			if f.Kind == KindShip {
				s.packed += l.Packed
			}
			lines[l.Line] = s
			if f.Sourced && l.Open() > 0 {
				open[inventory.Allocation{Location: f.Location, Variant: l.Variant}] += l.Open()
			}
		}
	}
	for _, l := range o.Lines {
		s := lines[l.ID]
		if l.Kind == catalog.KindGoods && (s.whole != l.Quantity || s.shipped != l.Shipped) {
			wrong = append(wrong, fmt.Sprintf("order %s, line %s: %d bought and %d shipped, its fulfilments have %d and %d", o.Number, l.ID, l.Quantity, l.Shipped, s.whole, s.shipped))
		}
	}
	found, err := verifyParcels(ctx, tx, o, lines)
	wrong = append(wrong, found...)
	if err != nil || o.State == order.StateCanceled { // its claims are freed before its fulfilments hear of it
		return wrong, err
	}
	claims, err := inventory.Claims(ctx, tx, string(id))
	for _, c := range claims {
		open[inventory.Allocation{Location: c.Location, Variant: c.Variant}] -= c.Units
	}
	for at, units := range open {
		if units != 0 {
			wrong = append(wrong, fmt.Sprintf("order %s: fulfilments at %s have %d more units of %s than are claimed there", o.Number, at.Location, units, at.Variant))
		}
	}
	slices.Sort(wrong)
	return wrong, err
}

func verifyParcels(ctx context.Context, tx *db.Tx, o order.Order, lines map[order.LineID]sums) (wrong []string, err error) {
	all, err := Parcels(ctx, tx, o.ID)
	packed := map[order.LineID]int64{}
	for _, p := range all {
		for _, u := range p.Lines {
			if p.State != ParcelCanceled {
				packed[u.Line] += u.Units
			}
		}
	}
	for id, s := range lines {
		if s.packed != packed[id] {
			wrong = append(wrong, fmt.Sprintf("order %s, line %s: %d are packed, its parcels hold %d", o.Number, id, s.packed, packed[id]))
		}
	}
	return wrong, err
}
