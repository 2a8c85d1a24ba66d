package inventory

import (
	"context"
	"fmt"
	"slices"

	"korzo/platform/db"
)

// Held is what a holder has been promised and has not claimed, in the order of
// location and variant; nothing once it has expired and was given back.
func Held(ctx context.Context, tx *db.Tx, holder string) ([]Allocation, error) {
	rows, err := selectState(ctx, tx, holder, "held")
	if err != nil {
		return nil, fmt.Errorf("read what %s holds: %w", holder, err)
	}
	return claimed(rows), nil
}

// Without is how variants stand for somebody who holds units of them already:
// what is promised to them is theirs to buy.
func (s Standing) Without(own []Allocation) Standing {
	if len(own) == 0 {
		return s
	}
	s.levels = slices.Clone(s.levels)
	for _, a := range own {
		for i := range s.levels {
			if l := &s.levels[i]; l.Location == a.Location && l.Variant == a.Variant {
				l.Reserved -= a.Units
			}
		}
	}
	return s
}

// Waiting is what somebody holds until a time, claimed by no order yet.
type Waiting struct {
	Holder string
	Units  int64 // of this variant, over all locations
	Until  int64 // microseconds since 1970
}

// WaitingFor returns who holds units of a variant that no order has claimed, the
// first to end first; at most limit.
func WaitingFor(ctx context.Context, tx *db.Tx, variant string, limit int) ([]Waiting, error) {
	all, err := selectWaiting(ctx, tx, variant, limit)
	if err != nil {
		return nil, fmt.Errorf("read who holds %s: %w", variant, err)
	}
	return all, nil
}
