package lifetime

import (
	"math"
	"slices"
)

// point is a corner of the simplex.
type point struct {
	at    []float64
	worth float64
}

// climb finds where f is greatest, by Nelder and Mead's simplex. Where f is no
// number it is taken for the worst.
func climb(start []float64, f func([]float64) float64) []float64 {
	worth := func(at []float64) point {
		v := f(at)
		if math.IsNaN(v) {
			v = math.Inf(-1)
		}
		return point{at, v}
	}
	n := len(start)
	simplex := []point{worth(start)}
	for i := range n {
		corner := slices.Clone(start)
		corner[i] += 0.5
		simplex = append(simplex, worth(corner))
	}
	const rounds, enough = 600, 1e-9
	for range rounds {
		slices.SortFunc(simplex, func(a, b point) int {
			switch {
			case a.worth > b.worth:
				return -1
			case a.worth < b.worth:
				return 1
			}
			return 0
		})
		best, last := simplex[0], simplex[n]
		if best.worth-last.worth < enough*(math.Abs(best.worth)+enough) {
			break
		}
		middle := make([]float64, n)
		for _, p := range simplex[:n] {
			for i, x := range p.at {
				middle[i] += x / float64(n)
			}
		}
		along := func(k float64) point {
			at := make([]float64, n)
			for i := range at {
				at[i] = middle[i] + k*(last.at[i]-middle[i])
			}
			return worth(at)
		}
		reflected := along(-1)
		switch {
		case reflected.worth > best.worth:
			if further := along(-2); further.worth > reflected.worth {
				reflected = further
			}
			simplex[n] = reflected
		case reflected.worth > simplex[n-1].worth:
			simplex[n] = reflected
		default:
			if nearer := along(0.5); nearer.worth > last.worth {
				simplex[n] = nearer
				continue
			}
			for i := range simplex[1:] {
				at := simplex[i+1].at
				for j := range at {
					at[j] = best.at[j] + (at[j]-best.at[j])/2
				}
				simplex[i+1] = worth(at)
			}
		}
	}
	return simplex[0].at
}
