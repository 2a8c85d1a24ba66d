package lifetime

import "math"

// Renewal is a fitted shifted beta-geometric: who has a contract ends it by
// notice, and the chance to do so varies among them as a beta of A and B. It is
// for subscriptions; Frequency is for buying at will.
type Renewal struct{ A, B float64 }

// Retained is the share of those left after t-1 renewals who renew again, t
// counted from 1.
func (r Renewal) Retained(t int) float64 {
	n := float64(t - 1)
	return (r.B + n) / (r.A + r.B + n)
}

// Likelihood is the log-likelihood of how many of a cohort were left at each
// renewal, the first being all of them.
func (r Renewal) Likelihood(left []float64) (sum float64) {
	stayed := 0.0 // log of the share that is left
	for t := 1; t < len(left); t++ {
		rate := r.Retained(t)
		sum += (left[t-1] - left[t]) * (stayed + math.Log(1-rate))
		stayed += math.Log(rate)
	}
	if len(left) > 0 {
		sum += left[len(left)-1] * stayed
	}
	return sum
}

// FitRenewal returns the model under which a cohort is likeliest.
func FitRenewal(left []float64) Renewal {
	of := func(logs []float64) Renewal { return Renewal{math.Exp(logs[0]), math.Exp(logs[1])} }
	return of(climb([]float64{0, 0.5}, func(p []float64) float64 { return of(p).Likelihood(left) }))
}
