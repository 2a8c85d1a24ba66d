package trial_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"korzo/customer/experiment"
	"korzo/insight/trial"
)

// What all experiments together brought is told against those who saw none: a
// tenth is held out, and the others leave a quarter more.
func TestAHoldoutTellsWhatAllExperimentsTogetherBrought(t *testing.T) {
	layer := experiment.Layer{Name: "checkout", Salt: "layer.checkout.abc", Holdout: 100_000}
	visit := func(n int, better float64, skew func(held bool, i int) bool) trial.Together {
		crowd := trial.Crowd{}
		for i := range n {
			unit := fmt.Sprintf("vis_%06d", i)
			if skew != nil && skew(layer.Holds(unit), i) {
				continue
			}
			left := 0.0
			if i%3 == 0 {
				left = 1000 + float64(i%7)*50
				if !layer.Holds(unit) {
					left *= better
				}
			}
			currency := "EUR"
			if i%11 == 0 {
				currency = "HUF"
			}
			crowd.Add(unit, currency, left > 0, left)
		}
		return crowd.Together(layer)
	}
	got := visit(40_000, 1.25, nil)
	if got.Currency != "EUR" || got.HeldOut.Visitors+got.Rest.Visitors != 40_000-3_637 || got.HeldOut.Visitors < 3_300 || got.HeldOut.Visitors > 4_000 {
		t.Errorf("%+v", got)
	}
	if c := got.Contribution; !c.Proved() || math.Abs(c.Diff-0.25) > 0.08 || c.Low > 0.25 || c.High < 0.25 || got.Conversion.Proved() {
		t.Errorf("contribution %+v, conversion %+v", c, got.Conversion)
	}
	if same := visit(40_000, 1, nil); same.Contribution.Proved() {
		t.Errorf("where nothing was brought: %+v", same.Contribution)
	}
	if few := visit(60, 1.25, nil); few.Contribution.Known {
		t.Errorf("of a handful something is said: %+v", few)
	}
	lost := visit(40_000, 1.25, func(held bool, i int) bool { return held && i%2 == 0 })
	if lost.Mismatch > 0.001 || lost.Contribution.Known {
		t.Errorf("half of those held out went missing, and yet: %+v", lost)
	}
	if empty := (trial.Crowd{}).Together(layer); empty.Contribution.Known || empty.Mismatch != 1 {
		t.Errorf("of nobody: %+v", empty)
	}
}

// A holdout that is looked at again and again while nothing was brought is
// seldom called a gain or a loss: one visitor in twenty buys, one in ten is held out.
func TestAHoldoutThatBroughtNothingIsSeldomCalledProved(t *testing.T) {
	trials, r, wrong := long(t, 2000), rand.New(rand.NewPCG(5, 8)), 0
	for n := range trials {
		layer := experiment.Layer{Name: "checkout", Salt: fmt.Sprint("layer.", n), Holdout: 100_000}
		crowd, proved := trial.Crowd{}, false
		for i := range 6000 {
			left := 0.0
			if r.IntN(20) == 0 {
				left = 500 + 1500*r.Float64()
			}
			crowd.Add(fmt.Sprint("vis_", i), "EUR", left > 0, left)
			if (i+1)%1000 == 0 {
				got := crowd.Together(layer)
				proved = proved || got.Contribution.Proved() || got.Conversion.Proved()
			}
		}
		if proved {
			wrong++
		}
	}
	share := float64(wrong) / float64(trials)
	t.Logf("%d layers that brought nothing, six looks: proved %.2f %%", trials, 100*share)
	if share > 0.05+3*math.Sqrt(0.05*0.95/float64(trials)) {
		t.Errorf("proved in %.1f %%, want 5 %% at most", 100*share)
	}
}
