package demo_test

import (
	"testing"

	"korzo/app/demo"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
)

// atWork asks that every way to be sold without lying on a shelf is there, a
// transfer is on its way, and a count is open.
func atWork(t *testing.T, tx *db.Tx) {
	t.Helper()
	var ids []catalog.VariantID
	for _, p := range products(t, tx) {
		for _, v := range p.Variants {
			ids = append(ids, v.ID)
		}
	}
	stock, err := inventory.AvailableIn(t.Context(), tx, demo.Channel, ids)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[inventory.Status]int{}
	for _, a := range stock {
		seen[a.Status]++
	}
	if seen[inventory.OnPreorder] != 1 || seen[inventory.OnBackorder] != 1 || seen[inventory.InStock] == 0 || seen[inventory.OutOfStock] == 0 {
		t.Errorf("statuses %v", seen)
	}
	moving, err := inventory.Transfers(t.Context(), tx, inventory.TransferFilter{State: inventory.TransferInTransit})
	if len(moving) != 1 || err != nil {
		t.Errorf("%d transfers under way, %v", len(moving), err)
	}
	counts, err := inventory.Counts(t.Context(), tx, inventory.CountFilter{State: inventory.CountOpen})
	if len(counts) != 1 || err != nil {
		t.Errorf("%d counts are open, %v", len(counts), err)
	}
}
