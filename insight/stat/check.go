package stat

import (
	"math"
	"slices"
)

// Mismatch tests whether as many units came to each arm as its weight says
// (SRM). Arms of no weight do not count. p below 0.001 means that something
// other than chance decides who is counted: then no other number is worth
// reading.
func Mismatch(units, weights []float64) (chi2, p float64) {
	n, sum, arms := 0.0, 0.0, 0.0
	for i, w := range weights {
		if w > 0 {
			n, sum, arms = n+units[i], sum+w, arms+1
		}
	}
	if n == 0 || arms < 2 {
		return 0, 1
	}
	for i, w := range weights {
		if w > 0 {
			expected := n * w / sum
			chi2 += (units[i] - expected) * (units[i] - expected) / expected
		}
	}
	return chi2, chiTail(chi2, arms-1)
}

// Discovered adjusts p-values so that of those below a level at most that share
// is false (Benjamini and Hochberg); in the order given.
func Discovered(ps []float64) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case ps[a] < ps[b]:
			return -1
		case ps[a] > ps[b]:
			return 1
		}
		return 0
	})
	adjusted, least := make([]float64, len(ps)), 1.0
	for j, i := range slices.Backward(order) {
		least = min(least, ps[i]*float64(len(ps))/float64(j+1))
		adjusted[i] = least
	}
	return adjusted
}

// UnitsForRate returns how many units an arm needs to tell rate p from
// p·(1+lift) with a two-sided level and a power.
func UnitsForRate(p, lift, alpha, power float64) float64 {
	q := p * (1 + lift)
	za, zb := normalQuantile(1-alpha/2), normalQuantile(power)
	d := q - p
	root := za*math.Sqrt(2*p*(1-p)) + zb*math.Sqrt(p*(1-p)+q*(1-q))
	return root * root / (d * d)
}

// UnitsForMean returns the same for a mean whose standard deviation is cv times
// itself, as money is.
func UnitsForMean(cv, lift, alpha, power float64) float64 {
	z := normalQuantile(1-alpha/2) + normalQuantile(power)
	return 2 * z * z * cv * cv / (lift * lift)
}

// OfRelative is how many times UnitsForMean's units a relative difference needs
// whose deviation grows with the mean, as money's does: it is read against the
// control's mean, so both arms' errors count (1+lift) times, squared. Without it a
// lift of 10 % that was planned to be proved in 80 of 100 is proved in 76.
func OfRelative(lift float64) float64 { return (1 + lift) * (1 + lift) }

// Costs of looking: how many times the units of a fixed test they need.
const (
	CostOfSequence   = 2.4  // one may stop whenever one likes
	CostOfBoundaries = 1.03 // a few planned looks
)

// Believed is what a skeptical reader believes of an effect: a normal prior of
// mean 0 and sd prior (math.Inf for a flat one) with the estimate.
type Believed struct {
	Mean, SD float64
	Better   float64 // chance that the second arm is better
	RiskOld  float64 // what is lost on average by keeping the first
	RiskNew  float64 // and by taking the second
}

// Believe combines an estimate with a prior. It does not make peeking harmless:
// show it beside a Sequence, and decide by that.
func Believe(e Effect, mean, prior float64) Believed {
	precision := 1 / (e.SE * e.SE)
	if !math.IsInf(prior, 1) {
		precision += 1 / (prior * prior)
		mean /= prior * prior
	} else {
		mean = 0
	}
	b := Believed{SD: math.Sqrt(1 / precision)}
	b.Mean = (mean + e.Diff/(e.SE*e.SE)) / precision
	z := b.Mean / b.SD
	b.Better = 1 - normalTail(z)
	b.RiskOld = b.SD*normal(z) + b.Mean*b.Better
	b.RiskNew = b.RiskOld - b.Mean
	return b
}

// Capped returns the value that all but a share of the values above zero stay
// under: extremes are set to it, over all arms together. 0 where none is above.
func Capped(values []float64, share float64) float64 {
	above := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return v <= 0 })
	if len(above) == 0 {
		return 0
	}
	slices.Sort(above)
	i := int(math.Ceil(share*float64(len(above)))) - 1
	return above[min(max(i, 0), len(above)-1)]
}

// Poisson is the chance that nothing happens where so much is expected.
func Poisson(expected float64) float64 { return math.Exp(-expected) }
