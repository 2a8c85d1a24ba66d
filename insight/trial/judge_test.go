package trial_test

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/customer/experiment"
	"korzo/insight/stat"
	"korzo/insight/trial"
)

// shop is who comes to an arm in a simulated day: visitors, the share that
// buys, what an order leaves, and the share that is returned. Of a checkout,
// every twelfth payment is refused and every fifth visitor types something wrong.
type shop struct {
	visitors, rate, returns float64
	checkout                bool
}

// day adds a day of visitors to an arm's numbers.
func (s shop) day(r *rand.Rand, m *trial.Measure) {
	n := int(s.visitors + math.Sqrt(s.visitors)*r.NormFloat64() + 0.5)
	for range n {
		bought, value := 0.0, 0.0
		if r.Float64() < s.rate {
			bought, value = 1, math.Exp(3+0.9*r.NormFloat64())
			if r.Float64() < s.returns {
				value = -4
			}
		}
		m.Units++
		m.Buyers.Add(bought)
		m.Value.Add(value)
		m.Matured.Add(value)
		m.Orders.Add(bought, max(value, 0))
		if r.Float64() < 0.4 { // is known
			m.Lifetime.Add(value + math.Exp(3+0.5*r.NormFloat64()))
		}
		if s.checkout {
			m.Rightly.Add(chance(r, 0.8))
			for refused := chance(r, 1./12); refused == 1; refused = chance(r, 1./12) {
				m.Approved.Add(0)
			}
			if bought == 1 {
				m.Approved.Add(1)
			}
		}
	}
}

// chance is 1 with a chance, 0 without.
func chance(r *rand.Rand, p float64) float64 {
	if r.Float64() < p {
		return 1
	}
	return 0
}

func arms(names ...string) (all []trial.Measure) {
	for _, name := range names {
		all = append(all, trial.Measure{Arm: name, Known: true})
	}
	return all
}

// long is how much of the simulations is run: all when KORZO_LONG is set, and
// nothing under -short, as the race detector runs: they are one goroutine's.
func long(t *testing.T, whole int) int {
	t.Helper()
	if testing.Short() {
		t.Skip("SHORT: what is simulated runs in one goroutine: it shows no race")
	}
	if os.Getenv("KORZO_LONG") != "" {
		return whole
	}
	return whole / 10
}

// Where the arms are the same, and one looks every day for thirty days, every
// way of reading is wrong no more often than its level says: a win or loss by
// the confidence sequence, a roll-back by guardrails and tripwires, a mismatch,
// a part of the trio called proved, a chance of being better that is told, and a
// win at five planned looks.
func TestWhereNothingDiffersLittleIsSaid(t *testing.T) {
	for _, s := range []shop{{visitors: 200, rate: 0.05, returns: 0.15}, {visitors: 200, rate: 0.3, returns: 0.15, checkout: true}} {
		trials, r := long(t, 2000), rand.New(rand.NewPCG(7, 11))
		wrong := map[string]int{}
		for range trials {
			e := trial.Evidence{Arms: arms("old", "new"), Weights: []float64{1, 1}}
			var planned trial.Planned
			read := map[string]bool{}
			for day := 1; day <= 30; day++ {
				for i := range e.Arms {
					s.day(r, &e.Arms[i])
				}
				j := trial.Judge(e)
				read["better or worse"] = read["better or worse"] || j.Verdict == trial.Win || j.Verdict == trial.Lose
				read["rolled back"] = read["rolled back"] || j.Verdict == trial.RollBack
				read["mismatch"] = read["mismatch"] || j.Mismatch < 0.001
				for _, x := range j.Effects {
					read["proved"] = read["proved"] || x.Conversion.P > 0 && min(x.Conversion.P, orOne(x.OrderValue.P), orOne(x.Lifetime.P)) < 0.05
					read["a chance told"] = read["a chance told"] || x.Better != 0
				}
				at := e
				at.Plan, at.Planned = experiment.Plan{Looks: 5, Units: int64(57 * s.visitors)}, planned
				planned = trial.Judge(at).Planned
				read["planned looks"] = planned.Verdict != ""
			}
			for what, is := range read {
				if is {
					wrong[what]++
				}
			}
		}
		for _, what := range []string{"better or worse", "rolled back", "mismatch", "proved", "a chance told", "planned looks"} {
			share := float64(wrong[what]) / float64(trials)
			t.Logf("%.0f %% buy, %d times nothing differed, thirty daily looks: %s %.2f %%", 100*s.rate, trials, what, 100*share)
			if share > 0.05+3*math.Sqrt(0.05*0.95/float64(trials)) {
				t.Errorf("%s is wrong in %.1f %%, want 5 %% at most", what, 100*share)
			}
		}
	}
}

// orOne is 1 for the p-value of what is not known.
func orOne(p float64) float64 {
	if p == 0 {
		return 1
	}
	return p
}

// An arm that harms completion is rolled back by itself: a checkout that 30 %
// complete, 100 visitors an arm and day, with the four guardrails that a flow
// has. Half as many: by day 3; a fifth fewer: half the times by day 9, nearly
// always within thirty.
func TestHarmIsRolledBackByItself(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for _, tt := range []struct {
		harm   float64
		median int
		share  float64
	}{{0.5, 3, 1}, {0.2, 9, 0.95}} {
		var days []int
		trials := long(t, 2000)
		for range trials {
			e := trial.Evidence{Arms: arms("old", "new"), Weights: []float64{1, 1}}
			for day := 1; day <= 30; day++ {
				shop{visitors: 100, rate: 0.3, returns: 0.1, checkout: true}.day(r, &e.Arms[0])
				shop{visitors: 100, rate: 0.3 * (1 - tt.harm), returns: 0.1, checkout: true}.day(r, &e.Arms[1])
				if j := trial.Judge(e); j.Verdict == trial.RollBack {
					days = append(days, day)
					break
				}
			}
		}
		slices.Sort(days)
		middle := 99
		if len(days) > trials/2 {
			middle = days[trials/2]
		}
		t.Logf("completion %.0f %% lower: rolled back in %.1f %% of %d within thirty days, half of them by day %d",
			100*tt.harm, 100*float64(len(days))/float64(trials), trials, middle)
		if middle > tt.median || float64(len(days)) < tt.share*float64(trials) {
			t.Errorf("harm of %.0f %%: median day %d, want %d at most; %d of %d", 100*tt.harm, middle, tt.median, len(days), trials)
		}
	}
}

func TestWhatCannotBeComputedHoldsEverything(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	good := func() trial.Evidence {
		e := trial.Evidence{Arms: arms("old", "new"), Weights: []float64{1, 1}, Interval: time.Hour}
		for i := range e.Arms {
			shop{visitors: 4000, rate: 0.3, returns: 0.1}.day(r, &e.Arms[i])
		}
		return e
	}
	for _, tt := range []struct {
		name   string
		change func(*trial.Evidence)
		want   trial.Verdict
	}{
		{"all is well", func(*trial.Evidence) {}, trial.Continue},
		{"a computation failed", func(e *trial.Evidence) { e.Failed = "orders could not be read" }, trial.Hold},
		{"an arm's numbers are missing", func(e *trial.Evidence) { e.Arms[1].Known = false }, trial.Hold},
		{"old numbers", func(e *trial.Evidence) { e.Age = 2 * time.Hour }, trial.Hold},
		{"other shares than planned", func(e *trial.Evidence) { e.Arms[0].Units *= 1.2 }, trial.Hold},
		{"customers between the arms", func(e *trial.Evidence) { e.Crossed = 200 }, trial.Hold},
		{"orders in a currency without a rate", func(e *trial.Evidence) { e.Unrated = true }, trial.Hold},
		{"the same, and nobody buys any more", func(e *trial.Evidence) {
			e.Unrated, e.Arms[1].Buyers = true, stat.Proportion(0, e.Arms[1].Units)
		}, trial.RollBack},
		{"the same, and money that is not known", func(e *trial.Evidence) {
			e.Unrated, e.Arms[1].Value = true, stat.Sample{N: e.Arms[1].Units}
		}, trial.Hold},
		{"one arm only", func(e *trial.Evidence) { e.Arms = e.Arms[:1] }, trial.Hold},
		{"too few visitors", func(e *trial.Evidence) { e.Arms = arms("old", "new") }, trial.Hold},
		{"nobody buys any more", func(e *trial.Evidence) {
			e.Arms[1].Buyers, e.Arms[1].Value = stat.Proportion(0, e.Arms[1].Units), stat.Sample{N: e.Arms[1].Units}
		}, trial.RollBack},
		{"harm within what is borne", func(e *trial.Evidence) {
			e.Plan.MarginPPM = map[string]int64{"completion": 900_000, "contribution": 900_000}
			e.Arms[1].Buyers = stat.Proportion(e.Arms[1].Buyers.Sum/2, e.Arms[1].Units)
		}, trial.Continue},
		{"the same harm, and none is borne", func(e *trial.Evidence) {
			e.Arms[1].Buyers = stat.Proportion(e.Arms[1].Buyers.Sum/2, e.Arms[1].Units)
		}, trial.RollBack},
	} {
		e := good()
		tt.change(&e)
		j := trial.Judge(e)
		if j.Verdict != tt.want || j.Because.String() == "" {
			t.Errorf("%s: %s (%s), want %s", tt.name, j.Verdict, j.Because, tt.want)
		}
		if unsound := j.Verdict == trial.Hold && j.Because.Code != trial.BecauseFew; unsound && len(j.Effects) > 0 {
			t.Errorf("%s: it tells effects: %+v", tt.name, j.Effects)
		}
	}
}

func TestRefusedPaymentsAndWrongFieldsAreHarm(t *testing.T) {
	even := func() []trial.Measure {
		all := arms("old", "new")
		for i := range all {
			all[i].Units, all[i].Buyers, all[i].Value, all[i].Matured = 5000, stat.Proportion(1500, 5000), stat.Proportion(1500, 5000), stat.Proportion(1500, 5000)
			all[i].Approved, all[i].Rightly = stat.Proportion(1800, 2000), stat.Proportion(4000, 5000)
		}
		return all
	}
	judge := func(change func(m *trial.Measure), margins map[string]int64) trial.Judgement {
		all := even()
		change(&all[1])
		return trial.Judge(trial.Evidence{Arms: all, Weights: []float64{.5, .5}, Plan: experiment.Plan{MarginPPM: margins}})
	}
	for _, c := range []struct {
		name    string
		change  func(m *trial.Measure)
		margins map[string]int64
		want    trial.Verdict
		says    string
	}{
		{"as before", func(*trial.Measure) {}, nil, trial.Continue, ""},
		{"payments refused", func(m *trial.Measure) { m.Approved = stat.Proportion(1500, 2000) }, nil, trial.RollBack, "payment approval"},
		{"a field that errs", func(m *trial.Measure) { m.Rightly = stat.Proportion(3200, 5000) }, nil, trial.RollBack, "without a wrong field"},
		{"within what is borne", func(m *trial.Measure) { m.Rightly = stat.Proportion(3900, 5000) }, map[string]int64{"errors": 100_000}, trial.Continue, ""},
		{"too few tries to say", func(m *trial.Measure) { m.Approved = stat.Proportion(0, 20) }, nil, trial.Continue, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if j := judge(c.change, c.margins); j.Verdict != c.want || !strings.Contains(j.Because.String(), c.says) {
				t.Errorf("%s: %s", j.Verdict, j.Because)
			}
		})
	}
}

// Planned looks prove what was planned for about as often as one look at the
// end, with hardly more visitors, and say so once: before the first nothing,
// between two what the last said, after the last that it is over.
func TestAGainIsReadAtItsPlannedLooksAndBetweenThemNothingChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 17))
	trials, proved, early := long(t, 2000), 0, 0
	const lift, cv = 0.1, 2.0
	perArm := stat.UnitsForMean(cv, lift, 0.05, 0.8) * stat.OfRelative(lift) * stat.CostOfBoundaries
	plan := experiment.Plan{Looks: 4, Units: int64(2 * perArm)}
	for range trials {
		e := trial.Evidence{Arms: arms("old", "new"), Weights: []float64{1, 1}, Plan: plan}
		looks := []int64{}
		for day := range 20 {
			for i := range e.Arms {
				for range int(perArm/20) + 1 {
					value := 10 * (1 + lift*float64(i)) * math.Exp(math.Sqrt(math.Log(1+cv*cv))*r.NormFloat64()-math.Log(1+cv*cv)/2)
					m := &e.Arms[i]
					m.Units++
					m.Buyers.Add(1)
					m.Value.Add(value)
					m.Matured.Add(value)
				}
			}
			j := trial.Judge(e)
			if before := e.Planned; j.Planned.Looks == before.Looks && j.Planned != before && before.Of != 0 {
				t.Fatalf("day %d: between two looks %+v became %+v", day, before, j.Planned)
			}
			if j.Planned.Looks != e.Planned.Looks {
				looks = append(looks, j.Planned.Looks)
			}
			if e.Planned = j.Planned; e.Planned.Verdict == "" && j.Verdict != trial.Continue || e.Planned.Verdict != "" && j.Verdict != e.Planned.Verdict {
				t.Fatalf("day %d: %s while the looks said %q", day, j.Verdict, e.Planned.Verdict)
			}
			if e.Planned.Looks == 0 && j.Because.Code != trial.BecauseWaits {
				t.Fatalf("day %d: %+v before the first look", day, j.Because)
			}
		}
		switch {
		case e.Planned.Verdict == trial.Win && e.Planned.Looks < 4:
			proved, early = proved+1, early+1
		case e.Planned.Verdict == trial.Win:
			proved++
		case len(looks) != 4 || trial.Judge(e).Because.Code != trial.BecauseOver:
			t.Fatalf("looks %v, and then %+v", looks, trial.Judge(e).Because)
		}
	}
	share := float64(proved) / float64(trials)
	t.Logf("a lift of 10 %% was proved in %.1f %%, before the last look in %.1f %%", 100*share, 100*float64(early)/float64(trials))
	if share < 0.8-3*math.Sqrt(0.16/float64(trials)) || early == 0 {
		t.Errorf("proved in %.1f %%, want 80 %%; %d before the end", 100*share, early)
	}
}
