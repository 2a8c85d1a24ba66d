package basket

import (
	"cmp"
	"slices"

	"korzo/value/money"
)

// Cheapest returns the indexes of the lines that take part, those with the
// lowest unit price first; of equal ones, in the order of g.
func (g *Goods) Cheapest(takes func(l *Line) bool) []int {
	var all []int
	for i := range g.Lines {
		if takes(&g.Lines[i]) {
			all = append(all, i)
		}
	}
	slices.SortStableFunc(all, func(i, j int) int { return cmp.Compare(g.Lines[i].UnitPrice, g.Lines[j].UnitPrice) })
	return all
}

// OffUnits is a part of some units of a line: of what the line still costs, the
// share of these units in it, rounded once.
func (l *Line) OffUnits(units int64, part Percent, step int64) int64 {
	return money.Amount{Minor: l.Left}.Ratio(units*int64(part), l.Quantity*int64(Hundred), step).Minor
}
