package inventory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/event"
)

const (
	maxDelta  = 1_000_000
	maxReason = 200
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

// Movement is one line of the log behind a level.
type Movement struct {
	Seq      int64
	Variant  catalog.VariantID
	Location string
	Cause    string
	OnHand   int64 // by how much it changed
	Reserved int64 // by how much it changed
	Ref      string
	Actor    string
	Reason   string
	At       time.Time
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
		return ErrBelowZero.With(fmt.Sprintf("%d on hand at %s: take at most %d away", level.OnHand, a.Location, level.Available()))
	}
	return ErrReserved.With(fmt.Sprintf("%d of %d on hand at %s are promised to buyers: take at most %d away, or cancel their orders first",
		level.Reserved, level.OnHand, a.Location, level.Available()))
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
