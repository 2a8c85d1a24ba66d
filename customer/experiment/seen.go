package experiment

import (
	"context"
	"time"

	"korzo/platform/db"
)

// Seen is an arm that a customer was shown.
type Seen struct {
	Experiment ID
	Arm        string
	At         time.Time
}

// SeenBy lists what a customer was shown, on every device they signed in on, the
// latest first, 100 at most.
func SeenBy(ctx context.Context, tx *db.Tx, customer string) ([]Seen, error) {
	return selectSeen(ctx, tx, customer, 100)
}
