package inventory

import (
	"context"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/remember"
)

// keptStock are the rows of the variants that were asked for of late. Every
// statement that writes inventory_levels forgets its variants first.
var keptStock = remember.NewRows[catalog.VariantID, []Level](8192, nil)

// forgetStock says that the rows of these changes are written.
func forgetStock(tx *db.Tx, all []change) {
	for i := range all {
		keptStock.Forget(tx, all[i].variant)
	}
}

// stock returns the rows of variants at every location: in one statement those
// that are not remembered.
func stock(ctx context.Context, tx *db.Tx, vs []catalog.VariantID) (all []Level, err error) {
	var missing []catalog.VariantID
	for _, v := range vs {
		if some, ok := keptStock.Get(tx, v); ok {
			all = append(all, some...)
		} else {
			missing = append(missing, v)
		}
	}
	if len(missing) == 0 {
		return all, nil
	}
	read, err := selectStock(ctx, tx, missing)
	if err != nil {
		return nil, err
	}
	by := make(map[catalog.VariantID][]Level, len(missing))
	for _, l := range read {
		by[l.Variant] = append(by[l.Variant], l)
	}
	for _, v := range missing {
		keptStock.Keep(tx, v, by[v])
	}
	return append(all, read...), nil
}
