package payment

import (
	"context"
	"fmt"

	"korzo/platform/db"
)

// Verify compares every payment's amounts with its events, and its attempts
// with its amounts. It returns a sentence per difference, at most 100; none
// when the truth is whole. Call it in a Read.
func Verify(ctx context.Context, tx *db.Tx) ([]string, error) {
	wrong, err := selectWrong(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("verify payments: %w", err)
	}
	return wrong, nil
}

// Covered returns which of these payments hold or took at least how much, in
// minor units; unknown ones are missing.
func Covered(ctx context.Context, tx *db.Tx, ids []ID) (map[ID]int64, error) {
	found := make(map[ID]int64, len(ids))
	rows, err := selectAuthorized(ctx, tx, ids)
	for _, p := range rows {
		found[p.ID] = p.Authorized.Minor
	}
	if err != nil {
		return nil, fmt.Errorf("amounts of %d payments: %w", len(ids), err)
	}
	return found, nil
}
