package order

import (
	"context"
	"encoding/json"
	"fmt"

	"korzo/platform/db"
)

// Promise writes when a group of an order arrives, and what that was computed
// from, in the place of what was promised before. It returns ErrNotFound for a
// group that is not the order's, and may be repeated.
func Promise(ctx context.Context, tx *db.Tx, of ID, group GroupID, from, to string, inputs json.RawMessage) error {
	n, err := updatePromise(ctx, tx, of, group, from, to, string(inputs))
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("promise group %s: %w", group, err)
	}
	return nil
}
