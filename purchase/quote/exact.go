package quote

import (
	"cmp"
	"math/bits"
	"slices"
)

// spread divides sum, a multiple of step, over parts in proportion to weights.
// Parts are multiples of step, make up sum, and no part is further than one
// step from its exact share; a weight of zero gets nothing. Weights are not
// negative; all being zero, so must sum be. before settles ties.
func (w *work) spread(sum, step int64, weights, parts []int64, before func(i, j int) int) {
	missing := w.floor(sum, step, weights, parts)
	if missing == 0 {
		return
	}
	w.order = w.order[:0]
	for i := range weights {
		w.order = append(w.order, int64(i))
	}
	slices.SortFunc(w.order, func(i, j int64) int {
		if c := cmp.Compare(w.rest[j], w.rest[i]); c != 0 {
			return c
		}
		return before(int(i), int(j))
	})
	for _, i := range w.order[:missing] {
		parts[i] += step
	}
}

// inOrder is spread with ties going to the earlier part: for the few rates of one line.
func (w *work) inOrder(sum, step int64, weights, parts []int64) {
	for missing := w.floor(sum, step, weights, parts); missing > 0; missing-- {
		best := 0
		for i, rest := range w.rest {
			if rest > w.rest[best] {
				best = i
			}
		}
		parts[best] += step
		w.rest[best] = 0
	}
}

// floor gives every part its share rounded down, leaves the remainders in
// w.rest, and returns how many steps are missing from sum.
func (w *work) floor(sum, step int64, weights, parts []int64) int64 {
	var all int64
	for _, weight := range weights {
		all += weight
	}
	if all == sum { // such as 100 % off: also exact where a price is off the step
		copy(parts, weights)
		return 0
	}
	clear(parts)
	if sum == 0 {
		return 0
	}
	steps := uint64(sum / step)
	missing := int64(steps)
	w.rest = w.rest[:0]
	for i, weight := range weights {
		high, low := bits.Mul64(steps, uint64(weight))
		n, rest := bits.Div64(high, low, uint64(all))
		parts[i] = int64(n) * step
		missing -= int64(n)
		w.rest = append(w.rest, int64(rest))
	}
	return missing
}
