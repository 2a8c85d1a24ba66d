package document

import (
	"context"
	"slices"

	"korzo/platform/db"
)

// Verify looks for gaps in the series, orders invoiced twice and invoices credited
// beyond their total. It returns a sentence per difference, at most 100 of a
// sort; none when the truth is whole. Call it in a Read.
func Verify(ctx context.Context, tx *db.Tx) ([]string, error) {
	gaps, err := selectGaps(ctx, tx)
	if err != nil {
		return nil, err
	}
	double, err := selectDouble(ctx, tx)
	if err != nil {
		return nil, err
	}
	over, err := selectOverCredited(ctx, tx)
	return slices.Concat(gaps, double, over), err
}
