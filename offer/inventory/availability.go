package inventory

import (
	"context"
	"fmt"
	"maps"
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

// AvailableIn returns what may be bought of each variant in a channel: what is
// available, less what is kept back from that channel. With channel "" nothing
// is. A variant without stock is there, and out. One statement for up to 1,024,
// and one more where a channel is kept something back of single variants.
func AvailableIn(ctx context.Context, tx *db.Tx, channel string, vs []catalog.VariantID) (map[catalog.VariantID]Availability, error) {
	s, err := StandingIn(ctx, tx, channel, vs)
	return s.All(), err
}

// Standing is how variants stood at every location when they were read. The zero
// Standing knows of none.
type Standing struct {
	variants []catalog.VariantID
	levels   []Level // of them
	ships    map[string]bool
	policies map[catalog.VariantID]Policy
	most     int64 // kept back from the channel of each variant that is not in own
	own      map[catalog.VariantID]int64
	today    calendar.Date
}

// StandingIn reads how variants stand for a channel, in as many statements as
// AvailableIn: All and At ask for no more.
func StandingIn(ctx context.Context, tx *db.Tx, channel string, vs []catalog.VariantID) (s Standing, err error) {
	s = Standing{variants: vs, today: calendar.DateIn(tx.Now, time.UTC)}
	var guarded string
	if s.most, guarded, err = kept(ctx, tx, channel); err != nil {
		return Standing{}, err
	}
	for some := range slices.Chunk(vs, chunk) {
		if err = s.read(ctx, tx, guarded, some); err != nil {
			return Standing{}, fmt.Errorf("availability of %d variants: %w", len(vs), err)
		}
	}
	return s, nil
}

func (s *Standing) read(ctx context.Context, tx *db.Tx, guarded string, vs []catalog.VariantID) (err error) {
	if s.ships, err = shipping(ctx, tx); err != nil {
		return err
	}
	levels, err := stock(ctx, tx, vs)
	if err != nil {
		return err
	}
	policies, err := keptPolicies.Get(ctx, tx, vs)
	if err != nil {
		return err
	}
	s.levels = append(s.levels, levels...)
	if s.policies == nil {
		s.policies = policies
	} else {
		maps.Copy(s.policies, policies)
	}
	if guarded == "" {
		return nil
	}
	keys := make([]place, len(vs))
	for i, v := range vs {
		keys[i] = place{guarded, v}
	}
	own, err := keptSafety.Get(ctx, tx, keys)
	if s.own == nil {
		s.own = make(map[catalog.VariantID]int64, len(own))
	}
	for k, units := range own {
		if units != unset {
			s.own[k.variant] = units
		}
	}
	return err
}

// shipping are the locations that ship.
func shipping(ctx context.Context, tx *db.Tx) (map[string]bool, error) {
	all, err := Locations(ctx, tx)
	ships := make(map[string]bool, len(all))
	for i := range all {
		if all[i].Ships {
			ships[all[i].ID] = true
		}
	}
	return ships, err
}

// All is what may be bought of each variant that was asked for.
func (s Standing) All() map[catalog.VariantID]Availability {
	sums := make(map[catalog.VariantID]standing, len(s.variants))
	for _, l := range s.levels {
		if !s.ships[l.Location] {
			continue
		}
		sum := sums[l.Variant]
		sum.free += max(l.OnHand-l.Reserved, 0)
		sum.all += max(l.OnHand+l.Backorder-l.Reserved, 0)
		sums[l.Variant] = sum
	}
	all := make(map[catalog.VariantID]Availability, len(s.variants))
	for _, v := range s.variants {
		sum, there := sums[v]
		if !there {
			all[v] = Availability{Status: OutOfStock}
			continue
		}
		sum.Policy, sum.keep = s.policies[v], s.most
		if own, ok := s.own[v]; ok {
			sum.keep = own
		}
		all[v] = sum.availability(s.today)
	}
	return all
}

// At returns how many units of each variant lie free, or may be promised, at
// each of these locations; what there is none of is left out.
func (s Standing) At(locations []string) (all []Allocation) {
	for _, l := range s.levels {
		if free := l.OnHand + l.Backorder - l.Reserved; free > 0 && slices.Contains(locations, l.Location) {
			all = append(all, Allocation{Location: l.Location, Variant: l.Variant, Units: free})
		}
	}
	return all
}

// OnlyAt returns how many units of each variant that is out lie at these
// locations: nothing of them is sent, and somebody may collect them.
func (s Standing) OnlyAt(locations []string) map[catalog.VariantID]int64 {
	units := map[catalog.VariantID]int64{}
	if len(locations) == 0 {
		return units
	}
	all := s.All()
	for _, there := range s.At(locations) {
		if all[there.Variant].Status == OutOfStock {
			units[there.Variant] += there.Units
		}
	}
	return units
}

// standing is how a variant stands over all locations that ship.
type standing struct {
	Policy
	free int64 // lie there and are promised to nobody
	all  int64 // with what may be promised beyond them
	keep int64 // kept back from the channel
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
