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

// shelf is what one location may give.
type shelf struct {
	location string
	free     map[catalog.VariantID]int64
}

const (
	// maxParcels and maxShelves bound the search for few parcels: beyond them
	// locations are asked simply in order of priority.
	maxParcels = 3
	maxShelves = 16
)

// choose takes lines, each of another variant, from shelves in order of
// priority: from the first location that has everything; else from as few as
// can be, those of higher priority first. It fails with the Shortage of a line
// that all together cannot meet.
func choose(lines []Line, shelves []shelf) ([]Allocation, error) {
	for _, l := range lines {
		var free int64
		for _, s := range shelves {
			free += s.free[l.Variant]
		}
		if free < l.Units {
			return nil, Shortage{Variant: l.Variant, Wanted: l.Units, Available: free}
		}
	}
	for parcels := 1; parcels <= maxParcels; parcels++ {
		if set := smallest(lines, shelves[:min(len(shelves), maxShelves)], nil, parcels); set != nil {
			return take(lines, set), nil
		}
	}
	return take(lines, shelves), nil
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
