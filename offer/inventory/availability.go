package inventory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/value/calendar"
	"korzo/value/money"
)

// Status is what a shopper is told of a variant's stock.
type Status string

// The statuses, the best first. The list may grow.
const (
	InStock     Status = "in_stock"
	Low         Status = "low"       // the last ones
	OnBackorder Status = "backorder" // none lies there, it can be bought and comes later
	OnPreorder  Status = "preorder"  // it is not out yet and can be bought
	OutOfStock  Status = "out"
)

// shownAtMost is said of what is not tracked.
const shownAtMost = money.MaxQuantity

// Availability is what may be bought of a variant in a channel.
type Availability struct {
	Units    int64 // that may still be bought, backorders included; 100,000 at most of what is not tracked
	Free     int64 // of them, that can be sent today
	Status   Status
	Expected calendar.Date // when those beyond Free come, today or later; zero: nobody knows
}

// Later reports whether some of so many units would be sent only when more have come.
func (a Availability) Later(units int64) bool { return a.Units > a.Free && units > a.Free }

// AvailableAt returns how many units of each variant lie free, or may be
// promised, at each of these locations; what there is none of is left out. At
// most 256 locations; one statement.
func AvailableAt(ctx context.Context, tx *db.Tx, locations []string, vs []catalog.VariantID) ([]Allocation, error) {
	if len(locations) == 0 || len(vs) == 0 {
		return nil, nil
	}
	all, err := selectAvailableAt(ctx, tx, locations, vs)
	if err != nil {
		return nil, fmt.Errorf("available at %d locations: %w", len(locations), err)
	}
	return all, nil
}

// AvailableIn returns what may be bought of each variant in a channel: what is
// available, less what is kept back from that channel. With channel "" nothing
// is. A variant without stock is there, and out. One statement for up to 1,024.
func AvailableIn(ctx context.Context, tx *db.Tx, channel string, vs []catalog.VariantID) (map[catalog.VariantID]Availability, error) {
	most, channel, err := kept(ctx, tx, channel)
	if err != nil {
		return nil, err
	}
	all := make(map[catalog.VariantID]Availability, len(vs))
	today := calendar.DateIn(tx.Now, time.UTC)
	for some := range slices.Chunk(vs, chunk) {
		found, err := selectStanding(ctx, tx, channel, some)
		if err != nil {
			return nil, fmt.Errorf("availability of %d variants: %w", len(vs), err)
		}
		for _, v := range some {
			all[v] = Availability{Status: OutOfStock}
		}
		for _, s := range found {
			if s.keep < 0 {
				s.keep = most
			}
			all[s.Variant] = s.availability(today)
		}
	}
	return all, nil
}

// standing is how a variant stands over all locations that ship.
type standing struct {
	Policy
	free int64 // lie there and are promised to nobody
	all  int64 // with what may be promised beyond them
	keep int64 // kept back from the channel; below 0: as from every variant
}

func (s standing) availability(today calendar.Date) Availability {
	free, all := max(s.free-s.keep, 0), max(s.all-s.keep, 0)
	low := s.Low
	if low < 0 {
		low = DefaultLow
	}
	a := Availability{Units: all, Free: min(free, all)}
	ahead := !s.Expected.IsZero() && !s.Expected.Before(today)
	if ahead {
		a.Expected = s.Expected // a day that is past is no promise
	}
	switch {
	case s.Mode == Untracked:
		a.Units, a.Status = min(all, shownAtMost), InStock
		a.Free = a.Units
	case all == 0:
		a.Status = OutOfStock
	case s.Mode == Preorder && (ahead || s.Expected.IsZero()):
		a.Free, a.Status = 0, OnPreorder
	case free > low:
		a.Status = InStock
	case free > 0:
		a.Status = Low
	default:
		a.Status = OnBackorder
	}
	return a
}
