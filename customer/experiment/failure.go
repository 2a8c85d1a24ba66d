package experiment

import (
	"context"
	"fmt"

	"korzo/platform/db"
)

// Fail notes that something of ours failed a visitor: a page, a checkout, a
// widget, a gateway. It counts once for each running experiment whose arm they were shown
// before, and returns those for which it was the first time.
func Fail(ctx context.Context, tx *db.Tx, visitor, what string) ([]ID, error) {
	ids, err := insertFailures(ctx, tx, visitor, what)
	if err != nil {
		return nil, fmt.Errorf("note a failure: %w", err)
	}
	return ids, nil
}

// Failures counts by arm the visitors of a phase whom something of ours failed.
func Failures(ctx context.Context, tx *db.Tx, id ID, phase int64) (map[string]int64, error) {
	byArm, err := countFailures(ctx, tx, id, phase)
	if err != nil {
		return nil, fmt.Errorf("count failures in %s: %w", id, err)
	}
	return byArm, nil
}
