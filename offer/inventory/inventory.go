// Package inventory counts stock: how many units of a variant lie on hand at
// each location, how many of those are promised to someone, and how many are on
// the way there.
//
// A hold promises units to a holder (an attempt to pay, a till) until a time;
// a claim is a hold that became an order's and cannot expire. On hand and what
// may be promised beyond it (a Policy's backorder), minus reserved, is what
// anyone may still buy. It is one guarded row per variant and location, never a
// sum, and it is never negative: the UPDATE that takes units says so in its
// WHERE, and a CHECK says it again. Behind every figure stands an append-only
// log of movements whose sum is the figure, and Verify proves it.
//
// A hold takes all lines or none, from one location when one has everything.
// Rows are locked in (location, variant) order by everyone, so two buyers
// never wait for each other; when another was faster the hold gives its locks
// back, looks again and chooses again. Touch stock last in a transaction:
// whoever wants the same units waits until it ends.
//
// What leaves by a Transfer is on hand nowhere and incoming at its target until
// it is received or given up as missing, so on hand and incoming over all
// locations change only by what is adjusted. A Count books the difference to
// what was on hand when it was counted, so it never undoes a sale. Only a count
// or a lowered limit can leave more promised than there is: that is owed, an
// exception for a person, and nothing more is sold of it meanwhile.
package inventory

import (
	"context"
	"embed"
	"fmt"
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
	// ErrLocationUsed reports that a location cannot be closed yet.
	ErrLocationUsed = fault.New(fault.Conflict, "inventory.location_used", "the location is in use: move its stock away and end its transfers first")
	// ErrTransferNotFound reports that there is no such transfer.
	ErrTransferNotFound = fault.New(fault.NotFound, "inventory.transfer_not_found", "no such transfer: use an id from the list of transfers")
	// ErrTransferState reports a step that the transfer's state does not allow.
	ErrTransferState = fault.New(fault.Conflict, "inventory.transfer_state", "the transfer is in another state: read it again")
	// ErrTransferUnits reports more units received than are still on the way.
	ErrTransferUnits = fault.New(fault.Conflict, "inventory.transfer_units", "more came than was sent: receive what was sent and adjust the rest")
	// ErrCountNotFound reports that there is no such count.
	ErrCountNotFound = fault.New(fault.NotFound, "inventory.count_not_found", "no such count: use an id from the list of counts")
	// ErrCountState reports that a count is closed.
	ErrCountState = fault.New(fault.Conflict, "inventory.count_state", "the count is closed: start another one")
	// ErrNotThere reports units that were promised beyond what lies on hand and
	// cannot leave before they come in.
	ErrNotThere = fault.New(fault.Conflict, "inventory.not_there", "these units have not come in yet: receive them first, or send them from another location")
	// ErrRecount reports units that were counted and have left since, so that
	// the difference cannot be booked any more.
	ErrRecount = fault.New(fault.Conflict, "inventory.recount", "count again: fewer are on hand now than the count would take away")
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
	CauseShipped  = "shipped" // left for who bought them
	CauseSent     = "sent"    // left for another location
	CauseArrived  = "arrived" // came from another location
	CauseMissing  = "missing" // left another location and never came
	CauseCounted  = "counted" // a count found more or fewer
)

// Level is the stock of a variant at a location, in units.
type Level struct {
	Location  string
	Variant   catalog.VariantID
	OnHand    int64
	Reserved  int64
	Incoming  int64 // on the way here from another location
	Backorder int64 // may be promised beyond OnHand
}

// Available is what of OnHand nobody was promised; below zero it is what was
// promised beyond it.
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
// locations that ship, which are those Hold takes from, backorders included and
// nothing kept back for a channel. A variant without stock is there with zero.
// It takes one statement for up to 1,024.
func Available(ctx context.Context, tx *db.Tx, vs []catalog.VariantID) (map[catalog.VariantID]int64, error) {
	all := make(map[catalog.VariantID]int64, len(vs))
	ships, err := shipping(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("availability of %d variants: %w", len(vs), err)
	}
	for some := range slices.Chunk(vs, chunk) {
		found, err := stock(ctx, tx, some)
		if err != nil {
			return nil, fmt.Errorf("availability of %d variants: %w", len(vs), err)
		}
		for _, v := range some {
			all[v] = 0
		}
		for _, l := range found {
			if ships[l.Location] {
				all[l.Variant] += max(l.OnHand+l.Backorder-l.Reserved, 0)
			}
		}
	}
	return all, nil
}
