package stat

import (
	"math"
	"slices"
	"sync"
)

// Sequence is a confidence sequence (Waudby-Smith and others, 2021): an interval
// that holds at every look together, whenever one looks and stops. It is
// tightest when Tuned units, of both arms together, have been seen; Tuned is
// fixed before the first look.
type Sequence struct {
	Alpha float64 // the chance of ever being wrong
	Tuned float64 // units
}

// rho is the free number of the boundary, at its best for n units.
func rho(alpha, n float64) float64 {
	return math.Sqrt((-2*math.Log(alpha) + math.Log(1-2*math.Log(alpha))) / n)
}

// Around gives an estimate its interval and p-value, valid at any time.
func (s Sequence) Around(e Effect) Effect {
	if !e.Known() {
		return e
	}
	n, r := e.Units, rho(s.Alpha, s.Tuned)
	q := n*r*r + 1
	half := e.SE * math.Sqrt(n) * math.Sqrt(2*q/(n*n*r*r)*math.Log(math.Sqrt(q)/s.Alpha))
	e.Low, e.High = e.Diff-half, e.Diff+half
	score := e.Diff * e.Diff * n / (e.SE * e.SE)
	e.P = min(1, math.Sqrt(q)*math.Exp(-r*r*score/(2*q)))
	return e
}

// AtLeast returns the bound below the estimate that it never falls under but
// with chance Alpha, at any time: one-sided.
func (s Sequence) AtLeast(e Effect) float64 {
	if !e.Known() {
		return math.Inf(-1)
	}
	n, r := e.Units, rho(2*s.Alpha, s.Tuned)
	q := n*r*r + 1
	return e.Diff - e.SE*math.Sqrt(n)*math.Sqrt(2*q/(n*r*n*r)*math.Log(1+math.Sqrt(q)/(2*s.Alpha)))
}

// AtMost is AtLeast from above.
func (s Sequence) AtMost(e Effect) float64 {
	e.Diff = -e.Diff
	return -s.AtLeast(e)
}

// Boundaries returns the z that each of k equally spaced looks must exceed for
// a two-sided level, by Lan and DeMets' spending in O'Brien and Fleming's
// manner: hard to cross early, nearly free at the end. A gain that was planned
// for so many units is judged by them. What was worked out once is kept.
func Boundaries(k int, alpha float64) []float64 {
	type plan struct {
		looks int
		alpha float64
	}
	if kept, ok := worked.Load(plan{k, alpha}); ok {
		return slices.Clone(kept.([]float64))
	}
	bounds := boundaries(k, alpha)
	worked.Store(plan{k, alpha}, slices.Clone(bounds))
	return bounds
}

// worked are boundaries that were worked out: there are as few as plans that differ.
var worked sync.Map

func boundaries(k int, alpha float64) []float64 {
	spent := func(t float64) float64 { return 2 * normalTail(normalQuantile(1-alpha/4)/math.Sqrt(t)) }
	const width, points = 8.0, 1600
	step := 2 * width / points
	bounds := make([]float64, k)
	var density []float64 // of the score not having crossed, over z·sqrt(t)
	before := 0.0
	for i := range k {
		t := float64(i+1) / float64(k)
		now := spent(t)
		root := math.Sqrt(t)
		cross := func(z float64) float64 { // chance of crossing above at this look
			if i == 0 {
				return normalTail(z)
			}
			sum, sd := 0.0, math.Sqrt(1/float64(k))
			for j, f := range density {
				if f > 0 {
					sum += f * normalTail((z*root-(-width+float64(j)*step))/sd) * step
				}
			}
			return sum
		}
		low, high := 0.0, width
		for range 60 {
			mid := (low + high) / 2
			if cross(mid) > now-before {
				low = mid
			} else {
				high = mid
			}
		}
		bounds[i], before = low, now
		density = carried(density, i, low*root, 1/float64(k), width, step, points)
	}
	return bounds
}

// carried is the density of the score after look i, within the bound.
func carried(density []float64, i int, bound, dt, width, step float64, points int) []float64 {
	next := make([]float64, points+1)
	sd := math.Sqrt(dt)
	for j := range next {
		x := -width + float64(j)*step
		if math.Abs(x) >= bound {
			continue
		}
		if i == 0 {
			next[j] = normal(x/sd) / sd
			continue
		}
		for l, f := range density {
			if f > 0 {
				next[j] += f * normal((x-(-width+float64(l)*step))/sd) / sd * step
			}
		}
	}
	return next
}

func normal(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }
