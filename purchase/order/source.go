package order

import (
	"korzo/offer/catalog"
	"korzo/offer/inventory"
)

// Needs is the stock that the draft's goods take, each variant once for each
// place: it may be bought by itself and in a bundle.
func (d *Draft) Needs() (lines []inventory.Line) {
	place, at := d.collected(), map[inventory.Line]int{} // of no units
	for _, l := range d.Lines {
		if l.Kind != catalog.KindGoods {
			continue
		}
		need := inventory.Line{Variant: catalog.VariantID(l.Variant), At: place[l.Group]}
		i, there := at[need]
		if !there {
			i = len(lines)
			at[need] = i
			lines = append(lines, need)
		}
		lines[i].Units += l.Quantity
	}
	return lines
}

// collected says where the groups wait that are collected.
func (d *Draft) collected() map[GroupID]string {
	place := map[GroupID]string{}
	for _, g := range d.Groups {
		if g.Kind == "pickup" {
			place[g.ID] = g.Location
		}
	}
	return place
}

// Locate tells each line of goods where its units were claimed: lines that are
// collected take from the place where they wait first, then every line from
// what is left, whole where one location has enough. Units that nobody claimed
// stay without a source.
func (d *Draft) Locate(claimed []inventory.Allocation) {
	place := d.collected()
	left := make([]inventory.Allocation, len(claimed))
	copy(left, claimed)
	for _, collected := range []bool{true, false} {
		for i := range d.Lines {
			l := &d.Lines[i]
			if at, waits := place[l.Group]; l.Kind == catalog.KindGoods && waits == collected {
				l.Sources = draw(left, *l, at)
			}
		}
	}
}

// draw takes a line's units from what is left, at the location if it is not "".
func draw(left []inventory.Allocation, l Line, at string) (sources []Source) {
	want := l.Quantity
	take := func(least int64) {
		for i := range left {
			a := &left[i]
			if want == 0 || string(a.Variant) != l.Variant || at != "" && a.Location != at || a.Units < max(least, 1) {
				continue
			}
			units := min(a.Units, want)
			a.Units -= units
			want -= units
			sources = append(sources, Source{a.Location, units})
		}
	}
	take(want) // from one that has it whole
	take(1)
	return sources
}
