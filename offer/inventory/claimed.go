package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/id"
)

// Claimed is units that were claimed for an order at a location, and why and by
// whom something happens to them.
type Claimed struct {
	Order    string
	Location string
	Lines    []Line
	Ref      string // the parcel, the fulfilment; the order when ""
	Actor    string
	Reason   string // at most 200 characters
}

// Claims returns what is claimed for an order and has not left, in order of
// location and variant.
func Claims(ctx context.Context, tx *db.Tx, order string) ([]Allocation, error) {
	all, err := selectClaims(ctx, tx, order)
	if err != nil {
		return nil, fmt.Errorf("claims of %s: %w", order, err)
	}
	return all, nil
}

// ClaimAt claims units for an order at one location that must lie there free:
// where a pick failed elsewhere, or a person decides. It returns a Shortage and
// claims nothing when they do not. It is not for repeating.
func ClaimAt(ctx context.Context, tx *db.Tx, order, location string, lines []Line) error {
	holder := id.New[string]("clm", tx.Now)
	lines, err := merge(holder, lines)
	if err != nil {
		return err
	}
	picks := make([]pick, len(lines))
	for i, l := range lines {
		picks[i] = pick{Allocation: Allocation{location, l.Variant, l.Units}}
	}
	err = tx.Savepoint(ctx, func() error { return promise(ctx, tx, holder, picks, tx.Now) })
	if errors.Is(err, errFaster) {
		return Shortage{Variant: lines[0].Variant, Wanted: lines[0].Units}
	}
	if err != nil {
		return fmt.Errorf("claim at %s for %s: %w", location, order, err)
	}
	_, err = Claim(ctx, tx, holder, order)
	return err
}

// Ship takes claimed units away: they leave for who bought them, and are
// neither on hand nor promised any more. Of a variant that nobody counts only
// the promise goes. It returns ErrNoHold when fewer are claimed there, and
// ErrNotThere when they were promised and have not come in yet. It is not for
// repeating.
func Ship(ctx context.Context, tx *db.Tx, c Claimed) error {
	changes, err := unclaim(ctx, tx, c)
	if err != nil {
		return fmt.Errorf("ship for %s from %s: %w", c.Order, c.Location, err)
	}
	variants := make([]catalog.VariantID, len(changes))
	for i, ch := range changes {
		variants[i] = ch.variant
	}
	uncounted, err := selectUntracked(ctx, tx, variants)
	if err != nil {
		return fmt.Errorf("ship for %s from %s: %w", c.Order, c.Location, err)
	}
	for i, ch := range changes {
		if !slices.Contains(uncounted, ch.variant) {
			changes[i].onHand = ch.reserved
		}
	}
	n, err := apply(ctx, tx, changes, c.note(CauseShipped))
	if err == nil && n < int64(len(changes)) {
		err = ErrNotThere
	}
	if err != nil {
		return fmt.Errorf("ship for %s from %s: %w", c.Order, c.Location, err)
	}
	return nil
}

// Free gives claimed units back to the shelf. It returns ErrNoHold when fewer
// are claimed there. It is not for repeating.
func Free(ctx context.Context, tx *db.Tx, c Claimed) error {
	changes, err := unclaim(ctx, tx, c)
	if err != nil {
		return fmt.Errorf("free claims of %s at %s: %w", c.Order, c.Location, err)
	}
	n, err := apply(ctx, tx, changes, c.note(CauseReleased))
	if err == nil && n < int64(len(changes)) {
		err = fmt.Errorf("some units are claimed but not reserved: run korzo verify")
	}
	if err != nil {
		return fmt.Errorf("free claims of %s at %s: %w", c.Order, c.Location, err)
	}
	return nil
}

// Block writes off what nobody was promised of variants at a location, because
// they were looked for and are not there: nothing is sold from it until someone
// has counted. It is not for repeating.
func Block(ctx context.Context, tx *db.Tx, c Claimed) error {
	lines, err := merge(c.Order, c.Lines)
	if err != nil {
		return err
	}
	var changes []change
	for _, l := range lines {
		level, err := selectLevel(ctx, tx, l.Variant, c.Location)
		if err != nil && !errors.Is(err, db.ErrNoRow) {
			return fmt.Errorf("block %s at %s: %w", l.Variant, c.Location, err)
		}
		if free := min(level.Available(), level.OnHand); free > 0 {
			changes = append(changes, change{location: c.Location, variant: l.Variant, onHand: -free})
		}
	}
	if len(changes) == 0 {
		return nil
	}
	n, err := apply(ctx, tx, changes, c.note(CauseAdjusted))
	if err == nil && n < int64(len(changes)) {
		err = ErrReserved
	}
	if err != nil {
		return fmt.Errorf("block at %s: %w", c.Location, err)
	}
	return nil
}

func (c Claimed) note(cause string) note {
	return note{cause: cause, ref: cmp.Or(c.Ref, c.Order), actor: c.Actor, reason: c.Reason}
}

// unclaim takes units off the claims of an order at a location and returns by
// how much reserved must change for it.
func unclaim(ctx context.Context, tx *db.Tx, c Claimed) ([]change, error) {
	lines, err := merge(c.Order, c.Lines)
	if err != nil {
		return nil, err
	}
	variants := make([]catalog.VariantID, len(lines))
	for i, l := range lines {
		variants[i] = l.Variant
	}
	rows, err := selectClaimedAt(ctx, tx, c.Order, c.Location, variants)
	if err != nil {
		return nil, err
	}
	changes := make([]change, len(lines))
	for i, l := range lines {
		left := l.Units
		for _, r := range rows {
			if r.Variant != l.Variant || left == 0 {
				continue
			}
			units := min(left, r.Units)
			if err := updateClaim(ctx, tx, r, r.Units-units); err != nil {
				return nil, err
			}
			left -= units
		}
		if left > 0 {
			return nil, ErrNoHold
		}
		changes[i] = change{location: c.Location, variant: l.Variant, reserved: -l.Units, found: true}
	}
	return changes, nil
}
