package order

import (
	"context"
	"fmt"

	"korzo/platform/db"
)

// Verify compares every order's totals with the sums of its parts, and each
// line's and group's with theirs. It returns a sentence per difference, at most
// 100 of a sort; none when the truth is whole. Call it in a Read.
func Verify(ctx context.Context, tx *db.Tx) ([]string, error) {
	var all []string
	for _, check := range []func(context.Context, *db.Tx) ([]string, error){
		selectWrongTotals, selectWrongShares, selectWrongTaxes,
	} {
		wrong, err := check(ctx, tx)
		if err != nil {
			return nil, fmt.Errorf("verify orders: %w", err)
		}
		all = append(all, wrong...)
	}
	return all, nil
}

// Paid is what one order's payment must cover, as it was placed: what was added
// since was paid by itself. Payment is "" when stored value pays all of it.
type Paid struct {
	Order   ID
	Payment string
	Total   int64 // minor units of the order's currency
	Due     int64 // of Total: what stored value does not pay
}

// PaidAfter returns a page of orders that were paid for, by id.
func PaidAfter(ctx context.Context, tx *db.Tx, after ID, limit int) ([]Paid, error) {
	return selectPaid(ctx, tx, after, limit)
}
