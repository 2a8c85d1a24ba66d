package stat_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"korzo/insight/stat"
)

// near fails unless got is want to the digits that were published.
func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > within {
		t.Errorf("%s is %.7g, want %.7g", what, got, want)
	}
}

var (
	armA = stat.Sample{N: 3407, Sum: 1396.87, Sq: 52377.9767}
	armB = stat.Sample{N: 3461, Sum: 2422.7, Sq: 134698.29}
)

func TestMeansAndProportions(t *testing.T) {
	for _, tt := range []struct {
		name                  string
		got                   stat.Effect
		diff, se, p, low, hig float64
	}{
		{"revenue, relative", stat.Welch(armA, armB, true, false, .05), .70732, .37879, .06191, -.03526, 1.44989},
		{"revenue, absolute", stat.Welch(armA, armB, false, false, .05), .29, .12478, .02016, .04538, .53462},
		{"14 of 28 and 16 of 30", stat.Welch(stat.Proportion(14, 28), stat.Proportion(16, 30), true, true, .05), .06667, .27170, .80707, -.47767, .61101},
	} {
		near(t, tt.name+": difference", tt.got.Diff, tt.diff, 6e-6)
		near(t, tt.name+": standard error", tt.got.SE, tt.se, 6e-6)
		near(t, tt.name+": p", tt.got.P, tt.p, 6e-6)
		near(t, tt.name+": from", tt.got.Low, tt.low, 6e-6)
		near(t, tt.name+": to", tt.got.High, tt.hig, 6e-6)
	}
	if e := stat.Welch(stat.Sample{N: 1, Sum: 5, Sq: 25}, armB, true, false, .05); e.Known() {
		t.Errorf("one unit says %+v", e)
	}
	if e := stat.Relative(stat.Sample{N: 50}, armB); e.Known() {
		t.Errorf("a share of nothing is %+v", e)
	}
}

func TestARatioVariesInBothItsParts(t *testing.T) {
	a := stat.Pair{Y: stat.Sample{N: 100, Sum: 270, Sq: 848.79}, X: stat.Sample{N: 100, Sum: 510, Sq: 810}, XY: -900}
	b := stat.Pair{Y: stat.Sample{N: 120, Sum: 300, Sq: 869}, X: stat.Sample{N: 120, Sum: 500, Sq: 800}, XY: -905}
	e := stat.Ratio(a, b, .05)
	near(t, "lift", e.Diff, .133333, 1e-6)
	near(t, "standard error", e.SE, .261508, 2e-6)
	near(t, "p", e.P, .610663, 2e-6)
}

func TestWhatWasKnownBeforeIsTakenOut(t *testing.T) {
	a := stat.Pair{Y: stat.Sample{N: 3001, Sum: 300, Sq: 600}, X: stat.Sample{N: 3001, Sum: 210, Sq: 415}, XY: -20}
	b := stat.Pair{Y: stat.Sample{N: 3000, Sum: 222, Sq: 555}, X: stat.Sample{N: 3000, Sum: 120, Sq: 405}, XY: -10}
	e, _ := stat.Adjusted(a, b)
	near(t, "lift", e.Diff, -.281707154, 2e-6)
	near(t, "standard error", e.SE, .0971049, 2e-6)
	near(t, "p", math.Erfc(math.Abs(e.Diff/e.SE)/math.Sqrt2), .003732549, 2e-5)
	was, is := stat.Netted(a, b)
	near(t, "lift of what is left", (is.Mean()-was.Mean())/a.Y.Mean(), -.281707154, 2e-6)
	near(t, "all that is left", was.Sum+is.Sum, a.Y.Sum+b.Y.Sum, 1e-9)
}

// Netted keeps sums of squares: they must be those of the units themselves.
func TestWhatIsLeftOfUnitsAddsUp(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 9))
	var arms [2]stat.Pair
	var units [2][][2]float64
	for i := range arms {
		for range 300 + 50*i {
			x := r.ExpFloat64()
			y := 2*x + r.NormFloat64()
			arms[i].Add(x, y)
			units[i] = append(units[i], [2]float64{x, y})
		}
	}
	e, explained := stat.Adjusted(arms[0], arms[1])
	plain := stat.Relative(arms[0].Y, arms[1].Y)
	near(t, "the error shrinks by what is explained", e.SE/plain.SE, math.Sqrt(1-explained), .03)
	near(t, "explained", explained, .8, .05)
	was, is := stat.Netted(arms[0], arms[1])
	n := float64(len(units[0]) + len(units[1]))
	var sx, sy, sxy, sxx float64
	for _, u := range slices.Concat(units[0], units[1]) {
		sx, sy, sxy, sxx = sx+u[0], sy+u[1], sxy+u[0]*u[1], sxx+u[0]*u[0]
	}
	theta := (sxy - sx*sy/n) / (sxx - sx*sx/n)
	for i, got := range []stat.Sample{was, is} {
		var want stat.Sample
		for _, u := range units[i] {
			want.Add(u[1] - theta*(u[0]-sx/n))
		}
		near(t, "mean", got.Mean(), want.Mean(), 1e-9)
		near(t, "variance", got.Var(), want.Var(), 1e-9)
	}
	if same, other := stat.Netted(stat.Pair{Y: armA}, stat.Pair{Y: armB}); same != armA || other != armB {
		t.Error("what was never known took something out")
	}
}

func TestAConfidenceSequence(t *testing.T) {
	a := stat.Sample{N: 3000, Sum: 1396.87, Sq: 52377.9767}
	e := stat.Sequence{Alpha: .05, Tuned: 1000}.Around(stat.Relative(a, armB))
	near(t, "difference", e.Diff, .50336, 6e-6)
	near(t, "from", e.Low, -.55844, 6e-6)
	near(t, "to", e.High, 1.56516, 6e-6)
	near(t, "one-sided, relative", stat.Sequence{Alpha: .05, Tuned: 5000}.AtLeast(stat.Relative(a, armB)), -.42356, 6e-6)
	near(t, "one-sided, absolute", stat.Sequence{Alpha: .05, Tuned: 5000}.AtLeast(stat.Welch(a, armB, false, false, .05)), -.12657, 6e-6)
	rates := stat.Welch(stat.Proportion(1396, 3000), stat.Proportion(2422, 3461), true, true, .05)
	e = stat.Sequence{Alpha: .05, Tuned: 5000}.Around(rates)
	near(t, "rates: difference", e.Diff, .50386, 6e-6)
	near(t, "rates: from", e.Low, .40098, 6e-6)
	near(t, "rates: to", e.High, .60675, 6e-6)
	for _, tt := range []struct{ n, want float64 }{{500, 3.855}, {1000, 3.364}, {5000, 3.035}, {10_000, 3.062}, {50_000, 3.242}, {100_000, 3.337}, {1e6, 3.657}} {
		e := stat.Sequence{Alpha: .05, Tuned: 5000}.Around(stat.Effect{Diff: 0.1, SE: 1, Units: tt.n})
		near(t, "multiplier", (e.High-e.Low)/2, tt.want, 6e-4)
	}
}

func TestPlannedLooks(t *testing.T) {
	for i, want := range []float64{4.877, 3.357, 2.680, 2.290, 2.031} {
		near(t, "boundary", stat.Boundaries(5, .05)[i], want, 2e-3)
	}
	near(t, "one look", stat.Boundaries(1, .05)[0], 1.95996, 1e-4)
}

func TestAMismatchOfSamples(t *testing.T) {
	for _, tt := range []struct {
		name           string
		units, weights []float64
		chi2, p        float64
	}{
		{"821,588 and 815,482", []float64{821588, 815482}, []float64{1, 1}, 22.774, 1.82e-6},
		{"80/20", []float64{4072, 2035}, []float64{.8, .2}, 0, 2.402e-149},
		{"9120 and 6400", []float64{9120, 6400}, []float64{1, 1}, 476.7, 0},
		{"an arm of no weight does not count", []float64{821588, 815482, 0}, []float64{1, 1, 0}, 22.774, 1.82e-6},
		{"nobody came", []float64{0, 0}, []float64{1, 1}, 0, 1},
	} {
		chi2, p := stat.Mismatch(tt.units, tt.weights)
		if tt.chi2 > 0 {
			near(t, tt.name+": chi2", chi2, tt.chi2, .05)
		}
		if tt.p > 0 && math.Abs(p/tt.p-1) > .004 {
			t.Errorf("%s: p is %g, want %g", tt.name, p, tt.p)
		}
	}
}

func TestManyQuestionsAtOnce(t *testing.T) {
	got := stat.Discovered([]float64{.3240, .0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .4262, .5719, .6528, .7590, 1})
	for i, want := range []float64{.486, .0015, .003, .0095, .035625, .0603, .06386, .06386, .0645, .0765} {
		near(t, "adjusted", got[i], want, 5e-5)
	}
	found := 0
	for _, p := range got {
		if p < 0.05 {
			found++
		}
	}
	if found != 4 { // Bonferroni and Holm find three of them
		t.Errorf("%d of 15 are found, want 4", found)
	}
}

func TestHowManyUnitsAreNeeded(t *testing.T) {
	near(t, "20 % to 25 %", stat.UnitsForRate(.2, .25, .05, .8), 1030.2, .1)
	for _, tt := range []struct{ p, lift, want float64 }{{.025, .02, 1.53e6}, {.025, .05, 245e3}, {.025, .1, 61e3}, {.025, .2, 15.3e3}, {.3, .02, 92e3}, {.3, .05, 14.7e3}, {.3, .1, 3.7e3}, {.3, .2, 916}} {
		if got := stat.UnitsForRate(tt.p, tt.lift, .05, .8); math.Abs(got/tt.want-1) > .06 {
			t.Errorf("rate %v, lift %v: %v, want about %v", tt.p, tt.lift, got, tt.want)
		}
	}
	for _, tt := range []struct{ lift, want float64 }{{.02, 3.18e6}, {.05, 509e3}, {.1, 127e3}, {.2, 31.8e3}} {
		if got := stat.UnitsForMean(9, tt.lift, .05, .8); math.Abs(got/tt.want-1) > .01 {
			t.Errorf("profit, lift %v: %v, want about %v", tt.lift, got, tt.want)
		}
	}
}

func TestWhatAReaderBelieves(t *testing.T) {
	rates := stat.Welch(stat.Proportion(49, 100), stat.Proportion(51, 100), true, true, .05)
	b := stat.Believe(rates, 0, math.Inf(1))
	near(t, "mean", b.Mean, .04082, 6e-6)
	near(t, "sd", b.SD, .14725, 6e-6)
	near(t, "better", b.Better, .60918, 6e-6)
	near(t, "risk of the old", b.RiskOld, .08140, 6e-6)
	near(t, "risk of the new", b.RiskNew, .04058, 6e-6)
	means := stat.Relative(stat.Sample{N: 10, Sum: 100, Sq: 1002.25}, stat.Sample{N: 10, Sum: 105, Sq: 1111.5})
	b = stat.Believe(means, 0, math.Inf(1))
	near(t, "sd", b.SD, .03572, 6e-6)
	near(t, "better", b.Better, .91923, 6e-6)
	b = stat.Believe(means, .1, math.Sqrt(.1))
	near(t, "mean with a prior", b.Mean, .05063, 6e-6)
	near(t, "sd with a prior", b.SD, .03549, 6e-6)
	near(t, "better with a prior", b.Better, .92315, 6e-6)
}

func TestExtremesAreSetToTheCap(t *testing.T) {
	values := make([]float64, 0, 2000)
	for i := range 1000 {
		values = append(values, 0, float64(i+1))
	}
	near(t, "cap", stat.Capped(values, .999), 999, 0)
	near(t, "cap of nothing", stat.Capped([]float64{0, -5}, .999), 0, 0)
	near(t, "nothing where five are expected", stat.Poisson(5), .0067, 5e-5)
}
