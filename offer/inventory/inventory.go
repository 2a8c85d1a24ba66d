// Package inventory counts stock: how many units of a variant lie on hand at
// each location, and how many of those are promised to someone.
//
// A hold promises units to a holder (an attempt to pay, a till) until a time;
// a claim is a hold that became an order's and cannot expire. On hand minus
// reserved is what anyone may still buy. It is one guarded row per variant and
// location, never a sum, and it is never negative: the UPDATE that takes units
// says so in its WHERE, and a CHECK says it again. Behind every level stands an
// append-only log of movements whose sum is the level, and Verify proves it.
//
// A hold takes all lines or none, from one location when one has everything.
// Rows are locked in (location, variant) order by everyone, so two buyers
// never wait for each other; when another was faster the hold gives its locks
// back, looks again and chooses again. Touch stock last in a transaction:
// whoever wants the same units waits until it ends.
package inventory

import (
	"context"
	"embed"
	"fmt"
	"math"
	"slices"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

var (
	// ErrShort reports that fewer units are available than were asked for. The
	// Shortage that wraps it says of what, and how many there are.
	ErrShort = fault.New(fault.Conflict, "inventory.short", "not enough stock: lower the quantity or choose another item")
	// ErrNoHold reports that the holder's hold was released or has expired, or
	// was claimed for another order.
	ErrNoHold = fault.New(fault.Conflict, "inventory.no_hold", "the stock is no longer held: hold it again")
	// ErrReserved reports an adjustment that would leave fewer units than are promised.
	ErrReserved = fault.New(fault.Conflict, "inventory.reserved", "some of these units are promised to buyers: cancel their orders first or take fewer away")
	// ErrBelowZero reports an adjustment that would leave less than nothing.
	ErrBelowZero = fault.New(fault.Conflict, "inventory.below_zero", "there are fewer units than that: take at most what is on hand")
	// ErrInvalid reports an adjustment, a location or lines that break a rule; its text names the field.
	ErrInvalid = fault.New(fault.Invalid, "inventory.invalid", "the request is not valid: mend the fields named")
	// ErrLocationNotFound reports that there is no such location.
	ErrLocationNotFound = fault.New(fault.NotFound, "inventory.location_not_found", "no such location: use the id of one that exists, such as loc_berlin")
)

// chunk bounds the variants of one statement. A cart's 200 fit one.
const chunk = 1024

// Causes of movements. The list may grow.
const (
	CauseReceived = "received" // goods came in
	CauseAdjusted = "adjusted" // someone counted, broke or found some
	CauseReturned = "returned" // a customer sent some back
	CauseHeld     = "held"
	CauseReleased = "released"
	CauseExpired  = "expired"
	CauseClaimed  = "claimed"
)

// Level is the stock of a variant at a location.
type Level struct {
	Location string
	Variant  catalog.VariantID
	OnHand   int64
	Reserved int64
}

// Available is what anyone may still buy.
func (l Level) Available() int64 { return l.OnHand - l.Reserved }

// Levels returns the stock of a variant at every location, by priority, zeros
// included. An unknown variant has zeros everywhere.
func Levels(ctx context.Context, tx *db.Tx, v catalog.VariantID) ([]Level, error) {
	all, err := selectLevels(ctx, tx, v)
	if err != nil {
		return nil, fmt.Errorf("levels of %s: %w", v, err)
	}
	return all, nil
}

// Available returns how many units of each variant may be bought, over all
// locations that ship, which are those Hold takes from. A variant without
// stock is there with zero. It takes one statement for up to 1,024.
func Available(ctx context.Context, tx *db.Tx, vs []catalog.VariantID) (map[catalog.VariantID]int64, error) {
	all := make(map[catalog.VariantID]int64, len(vs))
	for some := range slices.Chunk(vs, chunk) {
		found, err := selectAvailable(ctx, tx, some)
		if err != nil {
			return nil, fmt.Errorf("availability of %d variants: %w", len(vs), err)
		}
		for _, v := range some {
			all[v] = 0
		}
		for _, l := range found {
			all[l.Variant] = l.Units
		}
	}
	return all, nil
}

// Movements returns what happened to the stock of a variant, newest first,
// from before a Seq (0 for the newest).
func Movements(ctx context.Context, tx *db.Tx, v catalog.VariantID, before int64, limit int) ([]Movement, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	all, err := selectMovements(ctx, tx, v, before, limit)
	if err != nil {
		return nil, fmt.Errorf("movements of %s: %w", v, err)
	}
	return all, nil
}
