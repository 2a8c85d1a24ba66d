package lifetime

import (
	"math"
)

// Pareto is a fitted Pareto/NBD (Schmittlein, Morrison and Colombo 1987): rates
// vary as a gamma of shape R and Alpha, and how soon somebody stops as a gamma
// of shape S and Beta, whether they buy or not. It asks more of a computer than
// Frequency and says much the same: it is the second opinion.
type Pareto struct{ R, Alpha, S, Beta float64 }

// gone is the logarithm of what it weighs in the likelihood that somebody
// stopped since their last purchase: the integral, over when that was, of
// s (α+y)^-(r+x) (β+y)^-(s+1). In the logarithm of time it is smooth, so that a
// few points of Gauss and Legendre say it to ten digits, where the usual form of
// two hypergeometric functions loses them in a difference.
func (p Pareto) gone(b Buyer) float64 {
	least, near, far := p.Alpha, p.R+b.X, p.S+1 // the exponents of the smaller sum and of the larger
	if p.Beta < p.Alpha {
		least, near, far = p.Beta, far, near
	}
	apart := math.Abs(p.Alpha - p.Beta)
	from, to := math.Log(least+b.Recency), math.Log(least+b.Age)
	if to = min(to, from+negligible/(p.R+p.S+b.X)); to <= from {
		return math.Inf(-1)
	}
	worth := func(v float64) float64 { return v*(1-near) - far*math.Log(math.Exp(v)+apart) }
	most, sum := worth(from), 0.0
	for i, x := range nodes {
		for _, side := range []float64{-x, x} {
			sum += weights[i] * math.Exp(worth((from+to)/2+side*(to-from)/2)-most)
		}
	}
	return math.Log(p.S) + most + math.Log(sum*(to-from)/2)
}

// negligible is the exponent below which nothing adds to the integral any more.
const negligible = 40

// nodes and weights are Gauss and Legendre's of 20 points, the positive half.
var nodes, weights = legendre(20)

// legendre finds the positive roots of a Legendre polynomial of even degree,
// by Newton's method, with the weights of the quadrature.
func legendre(n int) (nodes, weights []float64) {
	for i := range n / 2 {
		x := math.Cos(math.Pi * (float64(i) + 0.75) / (float64(n) + 0.5))
		slope := 0.0
		for range 20 {
			before, now := 1.0, x
			for k := 2; k <= n; k++ {
				before, now = now, ((2*float64(k)-1)*x*now-(float64(k)-1)*before)/float64(k)
			}
			slope = float64(n) * (x*now - before) / (x*x - 1)
			x -= now / slope
		}
		nodes, weights = append(nodes, x), append(weights, 2/((1-x*x)*slope*slope))
	}
	return nodes, weights
}

// stays is the logarithm of what it weighs that they are still there.
func (p Pareto) stays(b Buyer) float64 {
	return -(p.R+b.X)*math.Log(p.Alpha+b.Age) - p.S*math.Log(p.Beta+b.Age)
}

// Likelihood is the log-likelihood of buyers.
func (p Pareto) Likelihood(all []Buyer) (sum float64) {
	start := p.R*math.Log(p.Alpha) + p.S*math.Log(p.Beta) - lgamma(p.R)
	for _, b := range all {
		stays, gone := p.stays(b), p.gone(b)
		most := max(stays, gone)
		sum += start + lgamma(p.R+b.X) + most + math.Log(math.Exp(stays-most)+math.Exp(gone-most))
	}
	return sum
}

// Alive is the chance that somebody has not stopped.
func (p Pareto) Alive(b Buyer) float64 { return 1 / (1 + math.Exp(p.gone(b)-p.stays(b))) }

// Orders is how often somebody is expected to buy within the next weeks.
func (p Pareto) Orders(b Buyer, weeks float64) float64 {
	now := p.Beta + b.Age
	left := weeks / now // of an S of 1: the limit of what follows
	if s := p.S - 1; math.Abs(s) > 1e-9 {
		left = (1 - math.Pow(now/(now+weeks), s)) / s
	} else {
		left = math.Log1p(left)
	}
	return p.Alive(b) * (p.R + b.X) * now / (p.Alpha + b.Age) * left
}

// FitPareto returns the Pareto/NBD under which buyers are likeliest.
func FitPareto(all []Buyer) Pareto {
	of := func(logs []float64) Pareto {
		return Pareto{math.Exp(logs[0]), math.Exp(logs[1]), math.Exp(logs[2]), math.Exp(logs[3])}
	}
	return of(climb([]float64{0, math.Log(10), 0, math.Log(12)}, func(logs []float64) float64 { return of(logs).Likelihood(all) }))
}
