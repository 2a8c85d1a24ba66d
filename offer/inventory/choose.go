package inventory

import (
	"cmp"
	"maps"
	"slices"

	"korzo/offer/catalog"
	"korzo/platform/db"
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

// Shelf is what one location may give.
type Shelf struct {
	Location string
	Ships    bool                        // else only what is collected there comes from it
	Free     map[catalog.VariantID]int64 // units that lie there and nobody was promised
	beyond   map[catalog.VariantID]int64 // units that may be promised beyond them
}

// all is everything the shelf may give of a variant.
func (s Shelf) all(v catalog.VariantID) int64 { return s.Free[v] + s.beyond[v] }

// candidates gathers what selectCandidates reads: what the holder has already,
// what each location may give, and what is kept back.
type candidates struct {
	has     []Allocation
	shelves []Shelf
	keep    map[catalog.VariantID]int64
}

func (c *candidates) read(row db.Row) (none struct{}, err error) {
	var rank, beyond, ships int64
	var a Allocation
	if err := row.Scan(&rank, &a.Location, &a.Variant, &a.Units, &beyond, &ships); err != nil {
		return none, err
	}
	switch rank {
	case -1:
		c.has = append(c.has, a)
	case -2:
		if c.keep == nil {
			c.keep = map[catalog.VariantID]int64{}
		}
		c.keep[a.Variant] = a.Units
	default:
		n := len(c.shelves)
		if n == 0 || c.shelves[n-1].Location != a.Location {
			c.shelves = append(c.shelves, Shelf{a.Location, ships == 1, map[catalog.VariantID]int64{}, map[catalog.VariantID]int64{}})
			n++
		}
		free := max(a.Units, 0)
		c.shelves[n-1].Free[a.Variant], c.shelves[n-1].beyond[a.Variant] = free, a.Units+beyond-free
	}
	return none, nil
}

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

// choose takes lines from shelves in order of priority: what is collected from
// where it is; the rest as decide says, else from the first location that has
// everything, else from as few as can be. What lies free is taken first, and
// only the rest promised beyond it. It fails with the Shortage of a line that
// cannot be met, or not without what must be kept.
func choose(lines []Line, shelves []Shelf, keep map[catalog.VariantID]int64, decide Chooser) ([]pick, error) {
	picks, shelves, lines, err := collected(lines, shelves)
	if err != nil {
		return nil, err
	}
	solid := make([]Line, 0, len(lines))
	var rest []Line
	for _, l := range lines {
		var free, all int64
		for _, s := range shelves {
			if s.Ships {
				free += s.Free[l.Variant]
				all += s.all(l.Variant)
			}
		}
		if all -= keep[l.Variant]; all < l.Units {
			return nil, Shortage{Variant: l.Variant, Wanted: l.Units, Available: max(all, 0)}
		}
		if units := min(l.Units, free); units > 0 {
			solid = append(solid, Line{Variant: l.Variant, Units: units})
		}
		if l.Units > free {
			rest = append(rest, Line{Variant: l.Variant, Units: l.Units - free})
		}
	}
	shipping := slices.DeleteFunc(slices.Clone(shelves), func(s Shelf) bool { return !s.Ships })
	return merged(picks, beyond(decided(solid, shipping, decide), rest, shipping)), nil
}

// decided is what decide says, if it is a choice, and few otherwise.
func decided(lines []Line, shelves []Shelf, decide Chooser) []Allocation {
	if decide == nil || len(lines) == 0 {
		return few(lines, shelves)
	}
	all := decide(lines, shelves)
	left := map[catalog.VariantID]int64{}
	for _, l := range lines {
		left[l.Variant] = l.Units
	}
	taken := map[Allocation]int64{}
	for _, a := range all {
		i := slices.IndexFunc(shelves, func(s Shelf) bool { return s.Location == a.Location })
		at := Allocation{Location: a.Location, Variant: a.Variant}
		if taken[at] += a.Units; i < 0 || a.Units < 1 || taken[at] > shelves[i].Free[a.Variant] {
			return few(lines, shelves)
		}
		left[a.Variant] -= a.Units
	}
	for _, units := range left {
		if units != 0 {
			return few(lines, shelves)
		}
	}
	return all
}

// collected takes what is collected from where it is, and returns what is left
// of the shelves and the lines.
func collected(lines []Line, shelves []Shelf) (picks []pick, left []Shelf, others []Line, err error) {
	if !slices.ContainsFunc(lines, func(l Line) bool { return l.At != "" }) {
		return nil, shelves, lines, nil
	}
	left = make([]Shelf, len(shelves))
	for i, s := range shelves {
		s.Free, s.beyond = maps.Clone(s.Free), maps.Clone(s.beyond)
		left[i] = s
	}
	for _, l := range lines {
		if l.At == "" {
			others = append(others, l)
			continue
		}
		i := slices.IndexFunc(left, func(s Shelf) bool { return s.Location == l.At })
		if i < 0 || left[i].all(l.Variant) < l.Units {
			short := Shortage{Variant: l.Variant, Wanted: l.Units, At: l.At}
			if i >= 0 {
				short.Available = left[i].all(l.Variant)
			}
			return nil, nil, nil, short
		}
		free := min(l.Units, left[i].Free[l.Variant])
		left[i].Free[l.Variant] -= free
		left[i].beyond[l.Variant] -= l.Units - free
		picks = append(picks, pick{Allocation: Allocation{l.At, l.Variant, l.Units}, beyond: free < l.Units})
	}
	return picks, left, others, nil
}

// merged puts together what is taken of one variant from one location, in order of row.
func merged(all, more []pick) []pick {
	for _, p := range more {
		i := slices.IndexFunc(all, func(o pick) bool { return byRow(o.Allocation, p.Allocation) == 0 })
		if i < 0 {
			all = append(all, p)
			continue
		}
		all[i].Units += p.Units
		all[i].beyond = all[i].beyond || p.beyond
	}
	slices.SortFunc(all, func(a, b pick) int { return byRow(a.Allocation, b.Allocation) })
	return all
}

// Fewest is what inventory chooses by itself: as few shelves as can be, those
// that come first preferred. The shelves together have enough.
func Fewest(lines []Line, shelves []Shelf) []Allocation { return few(lines, shelves) }

// few takes lines that can be met from as few shelves as can be.
func few(lines []Line, shelves []Shelf) []Allocation {
	for parcels := 1; parcels <= maxParcels; parcels++ {
		if set := smallest(lines, shelves[:min(len(shelves), maxShelves)], nil, parcels); set != nil {
			return take(lines, set)
		}
	}
	return take(lines, shelves)
}

// beyond adds to what was taken the rest that no shelf has, from those that may
// promise more. In order of row.
func beyond(taken []Allocation, rest []Line, shelves []Shelf) []pick {
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
			i := slices.IndexFunc(picks, func(p pick) bool { return p.Location == s.Location && p.Variant == l.Variant })
			if i < 0 {
				picks, i = append(picks, pick{Allocation: Allocation{s.Location, l.Variant, 0}}), len(picks)
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
func smallest(lines []Line, shelves, picked []Shelf, n int) []Shelf {
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

func meets(lines []Line, set []Shelf) bool {
	for _, l := range lines {
		var free int64
		for _, s := range set {
			free += s.Free[l.Variant]
		}
		if free < l.Units {
			return false
		}
	}
	return true
}

// take draws each line from the first shelf that has it whole, else from one
// after the other. The shelves together have enough.
func take(lines []Line, set []Shelf) []Allocation {
	var all []Allocation
	for _, l := range lines {
		from := set
		if i := slices.IndexFunc(set, func(s Shelf) bool { return s.Free[l.Variant] >= l.Units }); i >= 0 {
			from = set[i : i+1]
		}
		left := l.Units
		for _, s := range from {
			if units := min(left, s.Free[l.Variant]); units > 0 {
				all = append(all, Allocation{s.Location, l.Variant, units})
				left -= units
			}
		}
	}
	slices.SortFunc(all, byRow)
	return all
}
