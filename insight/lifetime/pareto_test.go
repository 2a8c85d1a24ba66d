package lifetime_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"korzo/insight/lifetime"
)

// The parameters that were published for CDNOW's 2,357 customers.
var (
	pareto       = lifetime.Pareto{R: .553, Alpha: 10.578, S: .606, Beta: 11.669}
	paretoFitted = lifetime.Pareto{R: .5533, Alpha: 10.5775, S: .6063, Beta: 11.6654}
)

func TestTheParetoOfCDNOW(t *testing.T) {
	often := lifetime.Buyer{X: 26, Recency: 30.86, Age: 31}
	near(t, "alive", pareto.Alive(often), .9979, 5e-5)
	near(t, "orders in 52 weeks", pareto.Orders(often, 52), 25.46, 5e-3)
	if silent := pareto.Alive(lifetime.Buyer{X: 26, Recency: 6, Age: 38}); silent > .01 {
		t.Errorf("who bought 26 times in six weeks and then nothing for 32 is alive with %v", silent)
	}
	one := lifetime.Buyer{X: 2, Recency: 30.43, Age: 38.86}
	near(t, "an S of nearly 1", lifetime.Pareto{R: .5, Alpha: 10, S: 1 + 1e-7, Beta: 12}.Orders(one, 39),
		lifetime.Pareto{R: .5, Alpha: 10, S: 1, Beta: 12}.Orders(one, 39), 1e-6)
}

// What is said of a buyer is what follows from rates drawn from the two gammas:
// summed here over a fine grid of both, without any of the formula's functions.
func TestWhatTheParetoSaysIsWhatItsRatesSay(t *testing.T) {
	density := func(shape, rate, x float64) float64 { // of a gamma, times x: the grid is even in logarithms
		l, _ := math.Lgamma(shape)
		return math.Exp(shape*math.Log(rate*x) - rate*x - l)
	}
	const steps, from, to = 400, -30.0, 4.0
	step := (to - from) / steps
	for _, b := range []lifetime.Buyer{{X: 0, Age: 39}, {X: 1, Recency: 5, Age: 30}, {X: 2, Recency: 30.43, Age: 38.86}, {X: 9, Recency: 20, Age: 39}, {X: 60, Recency: 12, Age: 39}} {
		var sum, alive, orders float64
		for i := range steps {
			l := math.Exp(from + float64(i)*step)
			for j := range steps {
				m := math.Exp(from + float64(j)*step)
				one := math.Pow(l, b.X)*m/(l+m)*math.Exp(-(l+m)*b.Recency) + math.Pow(l, b.X+1)/(l+m)*math.Exp(-(l+m)*b.Age)
				of := density(pareto.R, pareto.Alpha, l) * density(pareto.S, pareto.Beta, m) * step * step
				there := math.Pow(l, b.X) * math.Exp(-(l+m)*b.Age)
				sum, alive, orders = sum+one*of, alive+there*of, orders+there*l/m*(1-math.Exp(-m*39))*of
			}
		}
		near(t, fmt.Sprintf("log-likelihood of %+v", b), pareto.Likelihood([]lifetime.Buyer{b}), math.Log(sum), 1e-6)
		near(t, fmt.Sprintf("chance that %+v is alive", b), pareto.Alive(b), alive/sum, 1e-6)
		near(t, fmt.Sprintf("orders of %+v in 39 weeks", b), pareto.Orders(b, 39), orders/sum, 1e-5)
	}
}

func TestAFitOfTheParetoFindsWhatCustomersWereDrawnFrom(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 3))
	var all []lifetime.Buyer
	for range 3000 {
		rate, stop := gamma(r, paretoFitted.R)/paretoFitted.Alpha, gamma(r, paretoFitted.S)/paretoFitted.Beta
		b := lifetime.Buyer{Age: 27 + 12*r.Float64()}
		until := min(b.Age, r.ExpFloat64()/stop)
		for at := r.ExpFloat64() / rate; at < until; at += r.ExpFloat64() / rate {
			b.X, b.Recency = b.X+1, at
		}
		all = append(all, b)
	}
	p := lifetime.FitPareto(all)
	t.Logf("%+v", p)
	near(t, "r", p.R/paretoFitted.R, 1, .2)
	near(t, "rate", p.R/p.Alpha/(paretoFitted.R/paretoFitted.Alpha), 1, .15)
	near(t, "stops", p.S/p.Beta/(paretoFitted.S/paretoFitted.Beta), 1, .35)
	if p.Likelihood(all) < paretoFitted.Likelihood(all) {
		t.Error("what was found is less likely than what they were drawn from")
	}
	// A buyer of the other model is as good a customer to this one.
	f := lifetime.FitFrequency(all)
	var mine, theirs float64
	for _, b := range all {
		mine, theirs = mine+p.Orders(b, 26), theirs+f.Orders(b, 26)
	}
	near(t, "orders of the next half year by both models", mine/theirs, 1, .15)
}
