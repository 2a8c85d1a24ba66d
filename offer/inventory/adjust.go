package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/event"
)

const (
	maxDelta  = 1_000_000
	maxReason = 200
	maxBulk   = 100
)

// Adjustment changes what lies on hand, because someone says so.
type Adjustment struct {
	Variant  catalog.VariantID
	Location string
	Delta    int64  // units; not 0, at most a million either way
	Reason   string // why, at most 200 characters
	Cause    string // CauseAdjusted (also for ""), CauseReceived or CauseReturned
	Actor    string // who: a staff id, a key's name
	Ref      string // a delivery note, a return; "" for none
}

// Adjusted says that stock on hand was changed by hand.
type Adjusted struct {
	Variant  catalog.VariantID `json:"variant"`
	Location string            `json:"location"`
	Delta    int64             `json:"delta"`
	Cause    string            `json:"cause"`
}

// Kind names the fact.
func (Adjusted) Kind() string { return "stock.adjusted" }

// Key orders the facts of one variant.
func (f Adjusted) Key() string { return string(f.Variant) }

// Adjust changes what lies on hand and publishes Adjusted. It is not for
// repeating: the same adjustment twice counts twice. It returns ErrInvalid,
// catalog.ErrVariantNotFound, ErrLocationNotFound, and ErrReserved or
// ErrBelowZero when there are too few units to take away.
func Adjust(ctx context.Context, tx *db.Tx, a Adjustment) (Level, error) {
	if a.Cause == "" {
		a.Cause = CauseAdjusted
	}
	if err := a.check(); err != nil {
		return Level{}, err
	}
	if _, err := FindLocation(ctx, tx, a.Location); err != nil {
		return Level{}, fmt.Errorf("adjust stock at %q: %w", a.Location, err)
	}
	if _, err := catalog.FindVariant(ctx, tx, a.Variant); err != nil {
		return Level{}, fmt.Errorf("adjust stock: %w", err)
	}
	level, err := addOnHand(ctx, tx, a)
	if errors.Is(err, db.ErrNoRow) {
		return Level{}, refuse(ctx, tx, a)
	}
	if err == nil {
		err = insertMovements(ctx, tx, []Movement{{
			Variant: a.Variant, Location: a.Location, Cause: a.Cause, OnHand: a.Delta,
			Ref: a.Ref, Actor: a.Actor, Reason: a.Reason,
		}})
	}
	if err != nil {
		return Level{}, fmt.Errorf("adjust %s at %s: %w", a.Variant, a.Location, err)
	}
	changed(tx, a.Variant)
	return level, event.Publish(ctx, tx, Adjusted{a.Variant, a.Location, a.Delta, a.Cause})
}

func addOnHand(ctx context.Context, tx *db.Tx, a Adjustment) (Level, error) {
	if a.Delta > 0 {
		return upsertOnHand(ctx, tx, a)
	}
	return takeOnHand(ctx, tx, a)
}

// refuse says why units cannot be taken away.
func refuse(ctx context.Context, tx *db.Tx, a Adjustment) error {
	level, err := selectLevel(ctx, tx, a.Variant, a.Location)
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		return err
	}
	if level.OnHand+a.Delta < 0 {
		return ErrBelowZero.With(fmt.Sprintf("%d on hand at %s: take at most %d away", level.OnHand, a.Location, max(level.Available(), 0)))
	}
	return ErrReserved.With(fmt.Sprintf("%d of %d on hand at %s are promised to buyers: take at most %d away, or cancel their orders first",
		level.Reserved, level.OnHand, a.Location, max(level.Available(), 0)))
}

// AdjustAll makes all adjustments or none, rows in the order everyone uses, and
// returns the levels in the order of the adjustments. It returns what Adjust
// does, and ErrInvalid for none or more than a hundred of them.
func AdjustAll(ctx context.Context, tx *db.Tx, all []Adjustment) ([]Level, error) {
	if len(all) == 0 || len(all) > maxBulk {
		return nil, ErrInvalid.With(fmt.Sprintf("adjustments: give 1 to %d", maxBulk))
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(all[i].Location, all[j].Location), cmp.Compare(all[i].Variant, all[j].Variant))
	})
	levels := make([]Level, len(all))
	for _, i := range order {
		level, err := Adjust(ctx, tx, all[i])
		if err != nil {
			return nil, fmt.Errorf("adjustment %d: %w", i+1, err)
		}
		levels[i] = level
	}
	return levels, nil
}

func (a Adjustment) check() error {
	var wrong []string
	if a.Delta == 0 || a.Delta > maxDelta || a.Delta < -maxDelta {
		wrong = append(wrong, fmt.Sprintf("delta: must be -%d to %d and not 0", maxDelta, maxDelta))
	}
	if strings.TrimSpace(a.Reason) == "" || !short(a.Reason, maxReason) {
		wrong = append(wrong, fmt.Sprintf("reason: say why in 1 to %d characters", maxReason))
	}
	if a.Cause != CauseAdjusted && a.Cause != CauseReceived && a.Cause != CauseReturned {
		wrong = append(wrong, "cause: must be adjusted, received or returned")
	}
	if !short(a.Ref, 100) || !short(a.Actor, 100) {
		wrong = append(wrong, "ref, actor: use at most 100 characters")
	}
	if len(wrong) > 0 {
		return ErrInvalid.With(strings.Join(wrong, "; "))
	}
	return nil
}

func short(s string, max int) bool {
	return utf8.ValidString(s) && !strings.ContainsRune(s, 0) && utf8.RuneCountInString(s) <= max
}
