package route

import (
	"context"
	"fmt"
	"time"

	"korzo/platform/db"
)

// Logged is a decision as it was taken.
type Logged struct {
	Seq    int64
	Action string // "first", or the Action that followed a try
	Chosen string // the gateway asked; "" when nobody was
	Facts  Facts
	Decision
	At time.Time
}

// first is the action of a payment's first decision.
const first = "first"

// Record logs a payment's first decision in the transaction that acts on it.
func Record(ctx context.Context, tx *db.Tx, f Facts, d Decision) error {
	chosen := ""
	if len(d.Order) > 0 {
		chosen = d.Order[0]
	}
	return record(ctx, tx, f, first, chosen, d)
}

// RecordNext logs what followed a try in the transaction that acts on it.
func RecordNext(ctx context.Context, tx *db.Tx, f Facts, n Next) error {
	return record(ctx, tx, f, string(n.Action), n.Gateway, n.Decision)
}

func record(ctx context.Context, tx *db.Tx, f Facts, action, chosen string, d Decision) error {
	if err := insertDecision(ctx, tx, Logged{Action: action, Chosen: chosen, Facts: f, Decision: d}); err != nil {
		return fmt.Errorf("log route of %s: %w", f.Payment, err)
	}
	return nil
}

// Decisions returns what was decided for a payment, oldest first, at most 100.
func Decisions(ctx context.Context, tx *db.Tx, payment string) ([]Logged, error) {
	all, err := selectDecisions(ctx, tx, payment)
	if err != nil {
		return nil, fmt.Errorf("list route of %s: %w", payment, err)
	}
	return all, nil
}
