package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/value/calendar"
)

// Mode says how a variant is sold when nothing of it lies free.
type Mode string

// The modes of a policy. The list may grow.
const (
	Tracked   Mode = "tracked"   // sold as long as there are units
	Backorder Mode = "backorder" // sold beyond them, up to a limit
	Preorder  Mode = "preorder"  // not out yet: sold ahead, up to a limit
	Untracked Mode = "untracked" // nobody counts it, it never runs out
)

// unlimited is what an untracked variant may be promised beyond what lies there.
const unlimited = 1_000_000_000

// DefaultLow is how many units are shown as low where a policy says nothing.
const DefaultLow = 5

// Policy says how a variant is sold. Variants without one are Tracked.
type Policy struct {
	Variant  catalog.VariantID
	Mode     Mode
	Limit    int64         // units promised beyond those on hand, 0..1_000_000; of Backorder and Preorder
	Expected calendar.Date // when more come, or it comes out; zero: nobody knows
	Location string        // where they will come in; "": the first location that ships
	Low      int64         // shown as low from here down, 0..1_000_000; below 0: DefaultLow
}

// beyond is what may be promised beyond what lies on hand.
func (p Policy) beyond() int64 {
	switch p.Mode {
	case Backorder, Preorder:
		return p.Limit
	case Untracked:
		return unlimited
	}
	return 0
}

const policyMemory = "inventory_policies"

// keptPolicies are the policies of variants that were asked for of late, also of
// those that have none.
var keptPolicies = remember.NewShelf(policyMemory, 16_384, func(ctx context.Context, tx *db.Tx, keys []catalog.VariantID) (map[catalog.VariantID]Policy, error) {
	all := make(map[catalog.VariantID]Policy, len(keys))
	for _, v := range keys {
		all[v] = Policy{Variant: v, Mode: Tracked, Low: -1}
	}
	for some := range slices.Chunk(keys, chunk) {
		found, err := selectPolicies(ctx, tx, some)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			all[p.Variant] = p
		}
	}
	return all, nil
})

// FindPolicy returns the policy of a variant: Tracked when none was saved.
func FindPolicy(ctx context.Context, tx *db.Tx, v catalog.VariantID) (Policy, error) {
	p, err := selectPolicy(ctx, tx, v)
	if errors.Is(err, db.ErrNoRow) {
		return Policy{Variant: v, Mode: Tracked, Low: -1}, nil
	}
	if err != nil {
		return Policy{}, fmt.Errorf("policy of %s: %w", v, err)
	}
	return p, nil
}

// SavePolicy sets how a variant is sold from now on. What was promised stays
// promised: under a limit below that, nothing more is sold until units come in.
// It returns ErrInvalid, ErrLocationNotFound and catalog.ErrVariantNotFound and
// may be repeated.
func SavePolicy(ctx context.Context, tx *db.Tx, p Policy) error {
	if err := p.check(); err != nil {
		return err
	}
	if _, err := catalog.FindVariant(ctx, tx, p.Variant); err != nil {
		return fmt.Errorf("save policy: %w", err)
	}
	at, err := home(ctx, tx, p.Location)
	if err != nil {
		return fmt.Errorf("save policy of %s: %w", p.Variant, err)
	}
	p.Location = at
	for _, step := range []func() error{
		func() error { return upsertPolicy(ctx, tx, p) },
		func() error { return insertLevels(ctx, tx, []change{{location: at, variant: p.Variant}}) },
		func() error { return updateBackorder(ctx, tx, p) },
		func() error { return remember.Touch(ctx, tx, policyMemory) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("save policy of %s: %w", p.Variant, err)
		}
	}
	changed(tx, p.Variant)
	return nil
}

// Shelve opens a level with nothing on it, so that a location is counted and
// listed for a variant. One that is there stays as it is.
func Shelve(ctx context.Context, tx *db.Tx, v catalog.VariantID, location string) error {
	if err := insertLevels(ctx, tx, []change{{location: location, variant: v}}); err != nil {
		return fmt.Errorf("open a level of %s at %s: %w", v, location, err)
	}
	changed(tx, v)
	return nil
}

// home is the location where units of a variant will come in.
func home(ctx context.Context, tx *db.Tx, id string) (string, error) {
	if id != "" {
		l, err := FindLocation(ctx, tx, id)
		if err == nil && !l.Ships {
			err = ErrInvalid.With("location: " + id + " does not ship, so nobody could be sent what comes in there; choose one that does")
		}
		return l.ID, err
	}
	all, err := Locations(ctx, tx)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(all, func(l Location) bool { return l.Ships })
	if i < 0 {
		return "", ErrInvalid.With("location: no location ships; save one that does")
	}
	return all[i].ID, nil
}

func (p Policy) check() error {
	var wrong []string
	if !slices.Contains([]Mode{Tracked, Backorder, Preorder, Untracked}, p.Mode) {
		wrong = append(wrong, "mode: use tracked, backorder, preorder or untracked")
	}
	if p.Limit < 0 || p.Limit > maxDelta || p.beyond() == 0 && p.Limit > 0 {
		wrong = append(wrong, fmt.Sprintf("limit: use 0 to %d, with mode backorder or preorder", maxDelta))
	}
	if p.Low > maxDelta {
		wrong = append(wrong, fmt.Sprintf("low: use at most %d", maxDelta))
	}
	if len(wrong) > 0 {
		return ErrInvalid.With(strings.Join(wrong, "; "))
	}
	return nil
}
