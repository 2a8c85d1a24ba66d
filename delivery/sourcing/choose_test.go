package sourcing

import (
	"fmt"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/inventory"

	"pgregory.net/rapid"
)

// shelves makes n locations of which each has a line at a chance of seven in ten.
func shelves(lines []inventory.Line, n int, has func() bool) ([]inventory.Shelf, map[string]inventory.Location) {
	all, places := make([]inventory.Shelf, n), map[string]inventory.Location{}
	codes := []string{"10115", "20095", "80331", "50667", "28195", "70173", "01067"}
	for i := range all {
		id := fmt.Sprintf("loc_%02d", i)
		all[i] = inventory.Shelf{Location: id, Ships: true, Free: map[catalog.VariantID]int64{}}
		for _, l := range lines {
			if has() {
				all[i].Free[l.Variant] = l.Units + int64(i%7)
			}
		}
		at := inventory.Location{ID: id, Country: "DE"}
		at.Address.PostalCode = codes[i%len(codes)]
		places[id] = at
	}
	return all, places
}

func rules(t testing.TB, kinds ...string) (all []Rule) {
	t.Helper()
	for _, k := range kinds {
		r := Rule{Kind: k}
		if err := r.read(); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// Whatever is decided gives every unit asked for, none that is not there, over
// no more locations than are needed, and names every location that was not taken.
func TestADecisionGivesExactlyWhatIsAskedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := make([]inventory.Line, rapid.IntRange(1, 6).Draw(t, "lines"))
		for i := range lines {
			lines[i] = inventory.Line{Variant: catalog.VariantID(fmt.Sprint("v", i)), Units: rapid.Int64Range(1, 4).Draw(t, "units")}
		}
		all, places := shelves(lines, rapid.IntRange(1, 8).Draw(t, "locations"), func() bool { return rapid.IntRange(0, 9).Draw(t, "has") < 7 })
		free := map[inventory.Allocation]int64{}
		for _, l := range lines { // together they have enough
			all[0].Free[l.Variant] = max(all[0].Free[l.Variant], l.Units-rapid.Int64Range(0, l.Units).Draw(t, "lacking"))
			all[len(all)-1].Free[l.Variant] += l.Units
		}
		for _, s := range all {
			for v, units := range s.Free {
				free[inventory.Allocation{Location: s.Location, Variant: v}] = units
			}
		}
		d := decider{ask: Ask{Country: "DE", Code: "10115"}, places: places, loads: map[string]int64{},
			settings: settings{rules: []Rule{{Kind: Capacity}, {Kind: Nearest}, {Kind: Balance}}, locations: map[string]Location{}}}
		left := map[catalog.VariantID]int64{}
		for _, l := range lines {
			left[l.Variant] = l.Units
		}
		for _, a := range d.choose(lines, all) {
			left[a.Variant] -= a.Units
			at := inventory.Allocation{Location: a.Location, Variant: a.Variant}
			if free[at] -= a.Units; a.Units < 1 || free[at] < 0 {
				t.Errorf("%d of %s from %s, which has too few", a.Units, a.Variant, a.Location)
			}
		}
		for v, units := range left {
			if units != 0 {
				t.Errorf("%d of %s too few were taken", units, v)
			}
		}
		if again := (&d).choose(lines, all); len(givers(again)) > 1 {
			for _, s := range all {
				if covers(lines, (&d).nodes(lines, []inventory.Shelf{s}), []int{0}) {
					t.Errorf("split over %v, though %s has everything", givers(again), s.Location)
				}
			}
		}
		if n := len(d.decision.Candidates) + d.decision.More; n < 1 || d.decision.Candidates[0].Why == "" || !d.decision.Candidates[0].Chosen {
			t.Errorf("the log: %+v", d.decision)
		}
		for _, c := range d.decision.Candidates {
			if c.Why == "" {
				t.Errorf("%v has no why", c.Locations)
			}
		}
	})
}

// BenchmarkChoose decides over 50 locations and 20 lines: where some have
// everything, and where a split over two or three has to be found.
func BenchmarkChoose(b *testing.B) {
	for _, tt := range wide {
		b.Run(tt.name, func(b *testing.B) {
			d, lines, all := tt.decider(b)
			b.ReportAllocs()
			for b.Loop() {
				if d.choose(lines, all) == nil {
					b.Fatal("nothing was chosen")
				}
			}
			b.ReportMetric(float64(len(d.decision.Candidates)+d.decision.More), "candidates")
		})
	}
}

// breadth is how widely goods are spread: one line in so many is missing at
// each location.
type breadth struct {
	name   string
	gap    int
	allocs float64 // that a decision makes at most
}

var wide = []breadth{{"one of 50 has all 20 lines", 1000, 350}, {"a split of 20 lines over 50", 9, 700}}

func (w breadth) decider(t testing.TB) (*decider, []inventory.Line, []inventory.Shelf) {
	lines := make([]inventory.Line, 20)
	for i := range lines {
		lines[i] = inventory.Line{Variant: catalog.VariantID(fmt.Sprint("var_", i)), Units: int64(1 + i%3)}
	}
	n := 0
	all, places := shelves(lines, 50, func() bool { n++; return n%w.gap != 0 })
	return &decider{ask: Ask{Country: "DE", Code: "28195"}, places: places, loads: map[string]int64{},
		settings: settings{rules: rules(t, Split, Promise, Capacity, Nearest, Fewest, Margin, Balance), locations: map[string]Location{}}}, lines, all
}

// A decision over 1,110 candidates makes little: what it says of those that the
// log does not list is not made at all.
func TestADecisionMakesLittle(t *testing.T) {
	for _, tt := range wide {
		d, lines, all := tt.decider(t)
		if got := testing.AllocsPerRun(20, func() { d.choose(lines, all) }); got > tt.allocs {
			t.Errorf("%s: %.0f allocations, at most %.0f", tt.name, got, tt.allocs)
		}
	}
}
