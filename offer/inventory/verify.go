package inventory

import (
	"context"
	"fmt"

	"korzo/platform/db"
)

// maxFound bounds what each proof reports.
const maxFound = 1000

// Verify proves that every level is the sum of its movements, that what is
// reserved is what holds and claims say, what is incoming what transfers have
// on the way, and what may be promised beyond it what its policy allows; it
// names each discrepancy. Its cost grows with the log: it is for the operator,
// not for a request.
func Verify(ctx context.Context, tx *db.Tx) (discrepancies []string, err error) {
	for _, proof := range []func(context.Context, *db.Tx) ([]string, error){
		selectBadSums, selectBadPromises, selectBadClaims, selectBadTransit, selectBadLimits,
	} {
		found, err := proof(ctx, tx)
		if err != nil {
			return nil, fmt.Errorf("verify stock: %w", err)
		}
		discrepancies = append(discrepancies, found...)
	}
	return discrepancies, nil
}
