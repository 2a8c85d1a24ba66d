package checkout

import (
	"context"
	"fmt"

	"korzo/platform/db"
)

// Verify looks for placings and sessions that tell two stories: placed without
// an order, ended and still holding the session, paying without a live placing.
// It returns a sentence for each, at most 100 of a sort. Call it in a Read.
func Verify(ctx context.Context, tx *db.Tx) ([]string, error) {
	wrong, err := selectTorn(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("verify checkouts: %w", err)
	}
	return wrong, nil
}
