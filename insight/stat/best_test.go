package stat_test

import (
	"math"
	"testing"

	"korzo/insight/stat"
)

// Vectors of the methods B9 (of two rates the better) and B13 (weights by batch).
func TestTheChanceToBeTheBestAndTheSharesThatFollow(t *testing.T) {
	rates := func(n float64, hits ...float64) (arms []stat.Sample) {
		for _, h := range hits {
			arms = append(arms, stat.Proportion(h, n))
		}
		return arms
	}
	near(t, "49 and 51 of 100", stat.Best(rates(100, 49, 51))[1], .610771, 2e-6)
	near(t, "25 and 35 of 1000", stat.Best(rates(1000, 25, 35))[1], .903450, 5e-6)
	three := rates(1000, 20, 25, 35)
	for i, want := range []float64{.0150, .0935, .8915} {
		near(t, "best of three", stat.Best(three)[i], want, 6e-5)
	}
	sum := 0.0
	for i, want := range []float64{.0246, .1007, .8747} {
		near(t, "share of three", stat.Shares(three)[i], want, 1e-4)
		sum += stat.Shares(three)[i]
	}
	near(t, "shares together", sum, 1, 1e-4)
	for _, share := range stat.Shares(rates(99, 1, 50)) {
		near(t, "share before a hundred came", share, .5, 0)
	}
	// Where less is better, what was missed is what counts: the order turns round.
	few := stat.Best(rates(1000, 980, 975, 965))
	if !(few[0] > few[1] && few[1] > few[2]) {
		t.Errorf("of an inverse measure the chances are %v", few)
	}
}

// Vectors of B8: Pocock's and O'Brien and Fleming's constants keep 5 % over their
// looks, and looking naively does not.
func TestPublishedBoundsOfPlannedLooksKeepTheirLevel(t *testing.T) {
	bounds := func(looks int, at func(k int) float64) (all []float64) {
		for k := 1; k <= looks; k++ {
			all = append(all, at(k))
		}
		return all
	}
	for i, c := range []float64{2.178, 2.289, 2.361, 2.413} {
		near(t, "Pocock", stat.Crossing(bounds(i+2, func(int) float64 { return c })), .05, 7e-4)
	}
	for i, c := range []float64{1.977, 2.004, 2.024, 2.040} {
		looks := i + 2
		near(t, "O'Brien and Fleming", stat.Crossing(bounds(looks, func(k int) float64 { return c * math.Sqrt(float64(looks)/float64(k)) })), .05, 7e-4)
	}
	for looks, want := range map[int]float64{2: .083, 5: .142} {
		near(t, "naive looks", stat.Crossing(bounds(looks, func(int) float64 { return 1.959964 })), want, 8e-4)
	}
	near(t, "Lan and DeMets", stat.Crossing(stat.Boundaries(5, .05)), .05, 7e-4)
}
