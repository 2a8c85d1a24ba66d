package inventory

import (
	"cmp"
	"slices"

	"korzo/offer/catalog"
)

// Allocation is units of a variant promised from a location.
type Allocation struct {
	Location string
	Variant  catalog.VariantID
	Units    int64
}

// byRow is the order in which everyone locks rows.
func byRow(a, b Allocation) int {
	return cmp.Or(cmp.Compare(a.Location, b.Location), cmp.Compare(a.Variant, b.Variant))
}

// shelf is what one location may give: units that lie there free, and those
// that may be promised beyond them.
type shelf struct {
	location string
	free     map[catalog.VariantID]int64
	beyond   map[catalog.VariantID]int64
}

// all is everything the shelf may give of a variant.
func (s shelf) all(v catalog.VariantID) int64 { return s.free[v] + s.beyond[v] }

// pick is an allocation as it is asked of the database: whether it may go
// beyond what lies there, and how many units of its variant must be left over
// all locations.
type pick struct {
	Allocation
	beyond bool
	keep   int64
}

// allocations are what picks take; those of no units only watch.
func allocations(picks []pick) []Allocation {
	all := make([]Allocation, 0, len(picks))
	for _, p := range picks {
		if p.Units > 0 {
			all = append(all, p.Allocation)
		}
	}
	return all
}

const (
	// maxParcels and maxShelves bound the search for few parcels: beyond them
	// locations are asked simply in order of priority.
	maxParcels = 3
	maxShelves = 16
)

// choose takes lines, each of another variant, from shelves in order of
// priority: from the first location that has everything; else from as few as
// can be, those of higher priority first. What lies free is taken first, and
// only the rest promised beyond it. It fails with the Shortage of a line
// that all together cannot meet, or not without what must be kept.
func choose(lines []Line, shelves []shelf, keep map[catalog.VariantID]int64) ([]pick, error) {
	solid := make([]Line, 0, len(lines))
	var rest []Line
	for _, l := range lines {
		var free, all int64
		for _, s := range shelves {
			free += s.free[l.Variant]
			all += s.all(l.Variant)
		}
		if all -= keep[l.Variant]; all < l.Units {
			return nil, Shortage{Variant: l.Variant, Wanted: l.Units, Available: max(all, 0)}
		}
		if units := min(l.Units, free); units > 0 {
			solid = append(solid, Line{l.Variant, units})
		}
		if l.Units > free {
			rest = append(rest, Line{l.Variant, l.Units - free})
		}
	}
	return beyond(few(solid, shelves), rest, shelves), nil
}

// few takes lines that can be met from as few shelves as can be.
func few(lines []Line, shelves []shelf) []Allocation {
	for parcels := 1; parcels <= maxParcels; parcels++ {
		if set := smallest(lines, shelves[:min(len(shelves), maxShelves)], nil, parcels); set != nil {
			return take(lines, set)
		}
	}
	return take(lines, shelves)
}

// beyond adds to what was taken the rest that no shelf has, from those that may
// promise more. In order of row.
func beyond(taken []Allocation, rest []Line, shelves []shelf) []pick {
	picks := make([]pick, len(taken))
	for i, a := range taken {
		picks[i].Allocation = a
	}
	for _, l := range rest {
		for _, s := range shelves {
			units := min(l.Units, s.beyond[l.Variant])
			if units == 0 {
				continue
			}
			l.Units -= units
			i := slices.IndexFunc(picks, func(p pick) bool { return p.Location == s.location && p.Variant == l.Variant })
			if i < 0 {
				picks, i = append(picks, pick{Allocation: Allocation{s.location, l.Variant, 0}}), len(picks)
			}
			picks[i].Units += units
			picks[i].beyond = true
		}
	}
	slices.SortFunc(picks, func(a, b pick) int { return byRow(a.Allocation, b.Allocation) })
	return picks
}

// smallest returns the first set of n shelves, in order of priority, that
// together with those picked meets all lines; nil if there is none.
func smallest(lines []Line, shelves, picked []shelf, n int) []shelf {
	if n == 0 {
		if meets(lines, picked) {
			return picked
		}
		return nil
	}
	for i, s := range shelves {
		if set := smallest(lines, shelves[i+1:], append(slices.Clip(picked), s), n-1); set != nil {
			return set
		}
	}
	return nil
}

func meets(lines []Line, set []shelf) bool {
	for _, l := range lines {
		var free int64
		for _, s := range set {
			free += s.free[l.Variant]
		}
		if free < l.Units {
			return false
		}
	}
	return true
}

// take draws each line from the first shelf that has it whole, else from one
// after the other. The shelves together have enough.
func take(lines []Line, set []shelf) []Allocation {
	var all []Allocation
	for _, l := range lines {
		from := set
		if i := slices.IndexFunc(set, func(s shelf) bool { return s.free[l.Variant] >= l.Units }); i >= 0 {
			from = set[i : i+1]
		}
		left := l.Units
		for _, s := range from {
			if units := min(left, s.free[l.Variant]); units > 0 {
				all = append(all, Allocation{s.location, l.Variant, units})
				left -= units
			}
		}
	}
	slices.SortFunc(all, byRow)
	return all
}
