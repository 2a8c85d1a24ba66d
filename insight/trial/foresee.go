package trial

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"korzo/insight/metric"
	"korzo/insight/stat"
)

// What was known of visitors before they were shown their arm explains some of
// what they bring, whatever the arm: taking that out makes the same number of
// visitors say more (CUPED), and evens out by chance uneven arms. Nothing that
// could follow from an arm may be among it: neither who signs in later, nor a
// return of an older order.
const (
	history      = 90 * 24 * time.Hour // how far back orders before the exposure are read
	minRemember  = 100                 // visitors who bought before, for their spending to be used
	minCell      = 50                  // visitors of one kind, for the kind to be used
	historyShare = 0.999               // of earlier values that count in full
)

// earlier is an order of before its visitor was exposed.
type earlier struct {
	unit *unit
	metric.Value
}

// past reports whether an order is of before a visitor's exposure, and keeps it
// where it is recent enough. It counts as it was worth when it was placed.
func (c *counted) past(u *unit, v metric.Value) bool {
	if !v.PlacedAt.Before(u.At) {
		return false
	}
	if u.At.Sub(v.PlacedAt) <= history {
		c.earlier = append(c.earlier, earlier{u, v})
	}
	return true
}

// foresee sets what was to be expected of each visitor before they were shown
// anything: what visitors of their kind bring, in all arms together, and the
// more the more they had spent.
func (c *counted) foresee() {
	for _, e := range c.earlier {
		rate, ok := c.rate(e.Currency)
		if !ok {
			continue
		}
		e.unit.bought++
		e.unit.before += rate * float64(e.Revenue-e.Cost-e.Subsidy)
	}
	var spent []float64
	for _, id := range c.order {
		if u := c.units[id]; u.bought > 0 {
			spent = append(spent, u.before)
		}
	}
	c.result.Remembered = int64(len(spent))
	most := stat.Capped(spent, historyShare)
	cells := c.cells()
	slope := 0.0
	if len(spent) >= minRemember {
		slope = slopeWithin(cells, most, c.result.Cap)
	}
	for _, kind := range slices.Sorted(maps.Keys(cells)) {
		units := cells[kind]
		var of stat.Pair
		for _, u := range units {
			of.Add(u.spent(most), u.value(c.result.Cap))
		}
		for _, u := range units {
			u.foreseen = of.Y.Mean() + slope*(u.spent(most)-of.X.Mean())
		}
	}
}

// cells are the visitors by what they were when they came; kinds of which there
// are few are together.
func (c *counted) cells() map[string][]*unit {
	all := map[string][]*unit{}
	for _, id := range c.order {
		u := c.units[id]
		kind := fmt.Sprint(u.Device, "/", u.New, "/", u.bought > 0)
		all[kind] = append(all[kind], u)
	}
	var few []*unit
	for kind, units := range all {
		if len(units) < minCell {
			few = append(few, units...)
			delete(all, kind)
		}
	}
	if len(few) > 0 {
		slices.SortFunc(few, func(a, b *unit) int { return cmp.Compare(a.Visitor, b.Visitor) })
		all["few"] = few
	}
	return all
}

// slopeWithin is how much more a visitor brings for each unit they had spent
// before, among visitors of the same kind.
func slopeWithin(cells map[string][]*unit, most, valued float64) float64 {
	var xy, xx float64
	for _, kind := range slices.Sorted(maps.Keys(cells)) {
		var of stat.Pair
		for _, u := range cells[kind] {
			of.Add(u.spent(most), u.value(valued))
		}
		xy += of.Cov() * max(of.Y.N-1, 0)
		xx += of.X.Var() * max(of.X.N-1, 0)
	}
	if xx == 0 {
		return 0
	}
	return xy / xx
}

// spent is what somebody had left before, extremes set to the cap.
func (u *unit) spent(most float64) float64 {
	if most > 0 {
		return min(u.before, most)
	}
	return u.before
}

// value is what somebody has left since, extremes set to the cap.
func (u *unit) value(most float64) float64 {
	if most > 0 {
		return min(u.contribution, most)
	}
	return u.contribution
}
