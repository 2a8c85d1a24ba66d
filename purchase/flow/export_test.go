package flow

import (
	"context"

	"korzo/platform/db"
)

// SpoilForTest makes a planned draft one that cannot be published any more, as
// a market that was opened since would.
func SpoilForTest(ctx context.Context, tx *db.Tx, flow ID) error {
	at := tx.Now
	doc := Document{Name: "", Layout: OnePage}
	version, err := updateDraft(ctx, tx, flow, doc)
	if err != nil {
		return err
	}
	_, err = updatePublishAt(ctx, tx, flow, version, at)
	return err
}
