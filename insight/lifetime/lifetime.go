// Package lifetime expects what customers will still bring.
//
// How often somebody buys, and when they silently stop, is BG/NBD's (Fader,
// Hardie and Lee 2005); what an order of theirs leaves is Gamma-Gamma's (Fader
// and Hardie 2013). Both are fitted to the shop's own orders by maximum
// likelihood. They are for buying at will: a subscription ends by notice, not in
// silence, and is none of their business.
//
// The fit is pure; Refresh reads orders' worth, fits, and keeps each customer's
// expectation in their standing, where flows and experiments find it. It reports
// how an expectation of half a year ago came true, and what a second model
// (Pareto/NBD) would have said: who believes the figure can see why.
//
// Never true: an expectation from fewer repeat buyers than a fit can bear; one
// in another currency than the shop's figures.
package lifetime

import (
	"embed"
	"math"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Buyer is how somebody has bought: X times after the first, the last of them
// Recency after the first, watched for Age; in weeks. Mean is what those X left
// on average, in minor units.
type Buyer struct {
	X, Recency, Age float64
	Mean            float64
}

// Frequency is a fitted BG/NBD: rates vary as a gamma of shape R and Alpha,
// the chance to stop after a purchase as a beta of A and B.
type Frequency struct {
	R     float64 `json:"r"`
	Alpha float64 `json:"alpha"`
	A     float64 `json:"a"`
	B     float64 `json:"b"`
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// Likelihood is the log-likelihood of buyers.
func (f Frequency) Likelihood(all []Buyer) (sum float64) {
	start := f.R*math.Log(f.Alpha) - lgamma(f.R)
	for _, b := range all {
		one := lgamma(f.R+b.X) + start + lgamma(f.A+f.B) + lgamma(f.B+b.X) - lgamma(f.B) - lgamma(f.A+f.B+b.X)
		alive := -(f.R + b.X) * math.Log(f.Alpha+b.Age)
		if b.X == 0 {
			sum += one + alive
			continue
		}
		gone := math.Log(f.A) - math.Log(f.B+b.X-1) - (f.R+b.X)*math.Log(f.Alpha+b.Recency)
		most := max(alive, gone)
		sum += one + most + math.Log(math.Exp(alive-most)+math.Exp(gone-most))
	}
	return sum
}

// Alive is the chance that somebody will ever buy again.
func (f Frequency) Alive(b Buyer) float64 { return 1 / (1 + f.odds(b)) }

// odds are those of having stopped.
func (f Frequency) odds(b Buyer) float64 {
	if b.X == 0 {
		return 0
	}
	return f.A / (f.B + b.X - 1) * math.Pow((f.Alpha+b.Age)/(f.Alpha+b.Recency), f.R+b.X)
}

// Orders is how often somebody is expected to buy within the next weeks.
func (f Frequency) Orders(b Buyer, weeks float64) float64 {
	r, now := f.R+b.X, f.Alpha+b.Age
	z := weeks / (now + weeks)
	left := 1 - math.Pow(now/(now+weeks), r)*hypergeometric(r, f.B+b.X, f.A+f.B+b.X-1, z)
	return (f.A + f.B + b.X - 1) / (f.A - 1) * left / (1 + f.odds(b))
}

// NewOrders is how often somebody of whom nothing is known buys again within the
// weeks after their first order.
func (f Frequency) NewOrders(weeks float64) float64 {
	z := weeks / (f.Alpha + weeks)
	return (f.A + f.B - 1) / (f.A - 1) * (1 - math.Pow(f.Alpha/(f.Alpha+weeks), f.R)*hypergeometric(f.R, f.B, f.A+f.B-1, z))
}

// hypergeometric is Gauss's 2F1 at 0 <= z < 1, by its series; where that is long
// (Euler), of c-a and c-b.
func hypergeometric(a, b, c, z float64) float64 {
	if c-a-b < 0 && z > 0.9 {
		return math.Pow(1-z, c-a-b) * series(c-a, c-b, c, z)
	}
	return series(a, b, c, z)
}

func series(a, b, c, z float64) float64 {
	term, sum := 1.0, 1.0
	for n := range 2000 {
		k := float64(n)
		term *= (a + k) * (b + k) / ((c + k) * (k + 1)) * z
		sum += term
		if math.Abs(term) < 1e-14*math.Abs(sum) {
			break
		}
	}
	return sum
}

// FitFrequency returns the BG/NBD under which buyers are likeliest.
func FitFrequency(all []Buyer) Frequency {
	p := climb([]float64{0, math.Log(5), 0, math.Log(2)}, func(p []float64) float64 { return frequencyOf(p).Likelihood(all) })
	return frequencyOf(p)
}

func frequencyOf(logs []float64) Frequency {
	return Frequency{math.Exp(logs[0]), math.Exp(logs[1]), math.Exp(logs[2]), math.Exp(logs[3])}
}

// Spend is a fitted Gamma-Gamma.
type Spend struct {
	P float64 `json:"p"`
	Q float64 `json:"q"`
	V float64 `json:"v"`
}

// Likelihood is the log-likelihood of buyers who came back.
func (s Spend) Likelihood(all []Buyer) (sum float64) {
	for _, b := range all {
		if b.X == 0 || b.Mean <= 0 {
			continue
		}
		px := s.P * b.X
		sum += lgamma(px+s.Q) - lgamma(px) - lgamma(s.Q) + s.Q*math.Log(s.V) + (px-1)*math.Log(b.Mean) + px*math.Log(b.X) -
			(px+s.Q)*math.Log(b.X*b.Mean+s.V)
	}
	return sum
}

// Order is what an order of somebody's is expected to leave: between what is
// usual and what theirs left, the nearer to theirs the more there were.
func (s Spend) Order(b Buyer) float64 {
	w := s.P * b.X / (s.P*b.X + s.Q - 1)
	return (1-w)*s.P*s.V/(s.Q-1) + w*b.Mean
}

// FitSpend returns the Gamma-Gamma under which buyers are likeliest. Its Q is
// above 1, without which nothing could be expected.
func FitSpend(all []Buyer) Spend {
	usual, n := 0.0, 0.0
	for _, b := range all {
		if b.X > 0 && b.Mean > 0 {
			usual, n = usual+b.Mean, n+1
		}
	}
	of := func(p []float64) Spend { return Spend{math.Exp(p[0]), 1 + math.Exp(p[1]), math.Exp(p[2])} }
	return of(climb([]float64{1, 1, math.Log(max(usual/max(n, 1), 1))}, func(p []float64) float64 { return of(p).Likelihood(all) }))
}

// month is in weeks.
const month = 4.345

// Value is what somebody is expected to leave within twelve months, each month
// later worth a hundredth less.
func Value(f Frequency, s Spend, b Buyer) float64 {
	sum, before, order := 0.0, 0.0, s.Order(b)
	for i := 1; i <= 12; i++ {
		until := f.Orders(b, float64(i)*month)
		sum += order * (until - before) / math.Pow(1.01, float64(i))
		before = until
	}
	return sum
}
