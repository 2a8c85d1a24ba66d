package inventory

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
)

// Movement is one line of the log behind a level.
type Movement struct {
	Seq      int64
	Variant  catalog.VariantID
	Location string
	Cause    string
	OnHand   int64 // by how much it changed
	Reserved int64 // by how much it changed
	Incoming int64 // by how much it changed
	Ref      string
	Actor    string
	Reason   string
	At       time.Time
}

// Movements returns what happened to the stock of a variant, newest first,
// from before a Seq (0 for the newest).
func Movements(ctx context.Context, tx *db.Tx, v catalog.VariantID, before int64, limit int) ([]Movement, error) {
	return History(ctx, tx, HistoryFilter{Variant: v, Before: before, Limit: limit})
}

// HistoryFilter chooses a page of the log.
type HistoryFilter struct {
	Variant  catalog.VariantID // "" is any
	Location string            // "" is any
	Cause    string            // "" is any
	Before   int64             // the Seq to go on before; 0 for the newest
	Limit    int               // 1 or more
}

// History returns a page of the log, newest first.
func History(ctx context.Context, tx *db.Tx, f HistoryFilter) ([]Movement, error) {
	if f.Before <= 0 {
		f.Before = math.MaxInt64
	}
	all, err := selectMovements(ctx, tx, f)
	if err != nil {
		return nil, fmt.Errorf("movements: %w", err)
	}
	return all, nil
}

// change is by how much the figures of one level change.
type change struct {
	location string
	variant  catalog.VariantID
	onHand   int64
	reserved int64
	incoming int64
	found    bool // units that are promised may go: a count found it so, or they leave for whom they were promised to
}

// note is why, by whom and for what figures change.
type note struct{ cause, ref, actor, reason string }

// apply changes levels, rows locked in the order everyone uses, and logs it,
// and returns how many of the changes could be made. Where it is less than all
// nothing is logged: the caller ends the transaction. A row that does not exist
// yet is made first. Three statements, however many changes.
func apply(ctx context.Context, tx *db.Tx, all []change, why note) (int64, error) {
	slices.SortFunc(all, byLevel)
	if err := insertLevels(ctx, tx, all); err != nil {
		return 0, err
	}
	n, err := updateLevels(ctx, tx, all)
	if err != nil || n < int64(len(all)) {
		return n, err
	}
	moves := make([]Movement, len(all))
	variants := make([]catalog.VariantID, len(all))
	for i, c := range all {
		moves[i] = Movement{Variant: c.variant, Location: c.location, Cause: why.cause, OnHand: c.onHand, Reserved: c.reserved,
			Incoming: c.incoming, Ref: why.ref, Actor: why.actor, Reason: why.reason}
		variants[i] = c.variant
	}
	slices.Sort(variants)
	changed(tx, slices.Compact(variants)...)
	return n, insertMovements(ctx, tx, moves)
}
