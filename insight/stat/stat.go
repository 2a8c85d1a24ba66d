// Package stat says what numbers of an experiment prove, and what they do not.
//
// It is pure: sufficient statistics go in, estimates with their uncertainty
// come out, and nothing is read or kept. Floating point is right here, because
// these are estimates; money is summed elsewhere.
//
// The one idea is that a number may be looked at when its method allows it.
// Welch's test holds for one look at a time that was fixed; Boundaries holds
// for planned looks; a Sequence holds whenever one looks. Which is used is
// decided before the first number is seen.
//
// Never true: an interval from no variation or fewer than two units; a mismatch
// of samples that is reported without its degrees of freedom being those of the
// arms that had a weight.
package stat

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Sample is the sufficient statistics of a measure over the units of an arm.
type Sample struct {
	N   float64 // units
	Sum float64
	Sq  float64 // sum of squares
}

// Add counts a unit's value.
func (s *Sample) Add(y float64) { s.N, s.Sum, s.Sq = s.N+1, s.Sum+y, s.Sq+y*y }

// Mean is 0 without units.
func (s Sample) Mean() float64 {
	if s.N == 0 {
		return 0
	}
	return s.Sum / s.N
}

// Var is the variance of the units, 0 for fewer than two.
func (s Sample) Var() float64 {
	if s.N < 2 {
		return 0
	}
	return max(0, s.spread())
}

// spread is the variance as it is computed: rounding may bring it below zero.
func (s Sample) spread() float64 { return (s.Sq - s.Sum*s.Sum/s.N) / (s.N - 1) }

// Proportion is a sample of units of which hits did.
func Proportion(hits, n float64) Sample { return Sample{N: n, Sum: hits, Sq: hits} }

// Effect is what the second arm does over the first.
type Effect struct {
	Diff  float64 // relative: 0.05 is five percent more; or absolute
	SE    float64 // its standard error; 0: nothing can be said
	Units float64 // of both arms
	P     float64 // two-sided
	Low   float64 // of the interval
	High  float64
}

// Known reports whether anything can be said.
func (e Effect) Known() bool { return e.SE > 0 && !math.IsNaN(e.Diff) && !math.IsInf(e.Diff, 0) }

// estimate is the difference of two means with its standard error, before any
// test: relative to the first where relative. Proportions have p(1-p) as their
// variance.
func estimate(a, b Sample, relative, proportion bool) Effect {
	ma, mb, va, vb := a.Mean(), b.Mean(), a.Var(), b.Var()
	if proportion {
		va, vb = ma*(1-ma), mb*(1-mb)
	}
	e := Effect{Units: a.N + b.N}
	if a.N < 2 || b.N < 2 || relative && ma == 0 {
		return e
	}
	if relative {
		e.Diff = (mb - ma) / math.Abs(ma)
		e.SE = math.Sqrt(vb/(b.N*ma*ma) + va*mb*mb/(a.N*ma*ma*ma*ma))
		return e
	}
	e.Diff, e.SE = mb-ma, math.Sqrt(va/a.N+vb/b.N)
	return e
}

// Relative estimates how much more the second arm has per unit, as a share of
// the first.
func Relative(a, b Sample) Effect { return estimate(a, b, true, false) }

// Welch tests the difference of two means at one look that was fixed before:
// relative to the first or absolute, with the variance of a proportion where it
// is one, at a two-sided level.
func Welch(a, b Sample, relative, proportion bool, alpha float64) Effect {
	e := estimate(a, b, relative, proportion)
	if !e.Known() {
		return e
	}
	va, vb := a.Var()/a.N, b.Var()/b.N
	if proportion {
		va, vb = a.Mean()*(1-a.Mean())/a.N, b.Mean()*(1-b.Mean())/b.N
	}
	df := (va + vb) * (va + vb) / (va*va/(a.N-1) + vb*vb/(b.N-1))
	e.P = 2 * studentTail(math.Abs(e.Diff/e.SE), df)
	half := studentQuantile(1-alpha/2, df) * e.SE
	e.Low, e.High = e.Diff-half, e.Diff+half
	return e
}

// Beyond estimates how far the second arm's mean lies above what it may not
// fall under: the first's, lowered by a relative margin. Its standard error is
// that of arms that do not differ, so that few and rare successes in one arm do
// not pass for certainty.
func Beyond(a, b Sample, margin float64) Effect {
	e := Effect{Units: a.N + b.N}
	if a.N < 2 || b.N < 2 {
		return e
	}
	all := Sample{a.N + b.N, a.Sum + b.Sum, a.Sq + b.Sq}
	keep := 1 - margin
	e.Diff, e.SE = b.Mean()-keep*a.Mean(), math.Sqrt(all.Var()*(1/b.N+keep*keep/a.N))
	return e
}

// Pair is the sufficient statistics of two measures of the same units.
type Pair struct {
	X, Y Sample // X of Y's units
	XY   float64
}

// Add counts a unit's values.
func (p *Pair) Add(x, y float64) {
	p.X.Add(x)
	p.Y.Add(y)
	p.XY += x * y
}

// Cov is the covariance of the two.
func (p Pair) Cov() float64 {
	if p.Y.N < 2 {
		return 0
	}
	return (p.XY - p.X.Sum*p.Y.Sum/p.Y.N) / (p.Y.N - 1)
}

// Ratio compares Y over X between two arms, such as value an order: both vary by
// unit, so the variance is by the delta method. The test is Welch's.
func Ratio(a, b Pair, alpha float64) Effect {
	e := Effect{Units: a.Y.N + b.Y.N}
	ra, va := ratio(a)
	rb, vb := ratio(b)
	if a.Y.N < 2 || b.Y.N < 2 || ra == 0 || a.X.Sum == 0 || b.X.Sum == 0 {
		return e
	}
	e.Diff = (rb - ra) / math.Abs(ra)
	e.SE = math.Sqrt(max(0, vb/(b.Y.N*ra*ra)+va*rb*rb/(a.Y.N*ra*ra*ra*ra)))
	ta, tb := va/a.Y.N, vb/b.Y.N
	df := (ta + tb) * (ta + tb) / (ta*ta/(a.Y.N-1) + tb*tb/(b.Y.N-1))
	e.P = 2 * studentTail(math.Abs(e.Diff/e.SE), df)
	half := studentQuantile(1-alpha/2, df) * e.SE
	e.Low, e.High = e.Diff-half, e.Diff+half
	return e
}

func ratio(p Pair) (r, variance float64) {
	mx, my := p.X.Mean(), p.Y.Mean()
	if mx == 0 {
		return 0, 0
	}
	return my / mx, p.Y.spread()/(mx*mx) + p.X.spread()*my*my/(mx*mx*mx*mx) - 2*p.Cov()*my/(mx*mx*mx)
}

// RatioBeyond is Beyond of what Y exceeds X times the ratio of both arms together:
// whether the ratios differ, with the error of arms whose ratios do not.
func RatioBeyond(a, b Pair) Effect {
	orders := a.X.Sum + b.X.Sum
	if orders == 0 {
		return Effect{Units: a.Y.N + b.Y.N}
	}
	r := (a.Y.Sum + b.Y.Sum) / orders
	over := func(p Pair) Sample { return Sample{p.Y.N, p.Y.Sum - r*p.X.Sum, p.Y.Sq - 2*r*p.XY + r*r*p.X.Sq} }
	return Beyond(over(a), over(b), 0)
}

// Adjusted compares Y between two arms after taking out what X, known of each
// unit before it was exposed, explains (CUPED). It returns the estimate and the
// share of variance that X explained, the square of the correlation.
func Adjusted(a, b Pair) (e Effect, explained float64) {
	e = Effect{Units: a.Y.N + b.Y.N}
	n := e.Units
	if a.Y.N < 2 || b.Y.N < 2 || a.Y.Sum == 0 {
		return e, 0
	}
	pooled := func(f func(Pair) float64) float64 { return (f(a)*(a.Y.N-1) + f(b)*(b.Y.N-1)) / (n - 2) }
	all := Pair{X: Sample{n, a.X.Sum + b.X.Sum, a.X.Sq + b.X.Sq}, Y: Sample{n, a.Y.Sum + b.Y.Sum, a.Y.Sq + b.Y.Sq}, XY: a.XY + b.XY}
	vx := all.X.Var()
	if vx == 0 {
		return Relative(a.Y, b.Y), 0
	}
	theta := all.Cov() / vx
	if vy := pooled(func(p Pair) float64 { return p.Y.Var() }); vy > 0 {
		c := pooled(Pair.Cov)
		if px := pooled(func(p Pair) float64 { return p.X.Var() }); px > 0 {
			explained = c * c / (px * vy)
		}
	}
	ma := a.Y.Mean()
	adj := func(p Pair) float64 { return p.Y.Mean() - theta*p.X.Mean() }
	vb := b.Y.Var() + theta*theta*b.X.Var() - 2*theta*b.Cov()
	mb := b.Y.Mean()
	e.Diff = (adj(b) - adj(a)) / math.Abs(ma)
	se2 := vb/b.Y.N/(ma*ma) + (a.Y.Var()*mb*mb/(ma*ma)-2*theta*a.Cov()*mb/ma+theta*theta*a.X.Var())/(a.Y.N*ma*ma)
	e.SE = math.Sqrt(max(0, se2))
	return e, explained
}

// Netted returns both arms' Y after taking out what X explains, so that their
// means differ as they would had both the same mean of X: what Adjusted compares.
func Netted(a, b Pair) (Sample, Sample) {
	all := Pair{X: Sample{a.X.N + b.X.N, a.X.Sum + b.X.Sum, a.X.Sq + b.X.Sq}, Y: Sample{a.Y.N + b.Y.N, a.Y.Sum + b.Y.Sum, a.Y.Sq + b.Y.Sq}, XY: a.XY + b.XY}
	vx := all.X.Var()
	if vx == 0 {
		return a.Y, b.Y
	}
	theta, middle := all.Cov()/vx, all.X.Mean()
	net := func(p Pair) Sample {
		n, x := p.Y.N, p.X.Sum
		return Sample{n, p.Y.Sum - theta*(x-n*middle),
			p.Y.Sq - 2*theta*(p.XY-middle*p.Y.Sum) + theta*theta*(p.X.Sq-2*middle*x+n*middle*middle)}
	}
	return net(a), net(b)
}

// normalTail is the chance that a standard normal number exceeds z.
func normalTail(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }

// normalQuantile is the z that a standard normal number stays below with chance p.
func normalQuantile(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }

// studentTail is the chance that Student's t with df degrees exceeds t >= 0.
func studentTail(t, df float64) float64 { return mathext.RegIncBeta(df/2, 0.5, df/(df+t*t)) / 2 }

func studentQuantile(p, df float64) float64 {
	low, high := 0.0, 1e3
	for range 100 {
		mid := (low + high) / 2
		if studentTail(mid, df) > 1-p {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// chiTail is the chance that a chi-square number with df degrees exceeds x.
func chiTail(x, df float64) float64 { return mathext.GammaIncRegComp(df/2, x/2) }
