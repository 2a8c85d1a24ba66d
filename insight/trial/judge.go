package trial

import (
	"cmp"
	"fmt"
	"time"

	"korzo/customer/experiment"
	"korzo/insight/stat"
)

// The levels at which things are said. Each holds whenever one looks.
const (
	alphaWin      = 0.05  // the primary measure, two-sided
	alphaHarm     = 0.05  // all guardrails together, one-sided
	alphaMismatch = 0.001 // more or fewer units in an arm than its weight says
	minUnits      = 50    // in an arm, before anything is said
	maxCrossed    = 0.01  // share of units whose customer saw two arms
	tripOrders    = 5     // expected orders of which none came
	standardTuned = 5000
)

// Measure is one arm's numbers.
type Measure struct {
	Arm      string
	Units    float64
	Buyers   stat.Sample // 1 for a unit that bought
	Value    stat.Sample // net contribution a unit, extremes set to the cap
	Matured  stat.Sample // the same of units that were exposed long enough ago
	Orders   stat.Pair   // orders (X) and their revenue (Y) a unit: the average order value
	Lifetime stat.Sample // contribution to date and expected, of units whose customer is known
	Approved stat.Sample // tries to pay, and those that ended in an order; of experiments on flows
	Rightly  stat.Sample // checkouts, and those in which no field was given wrongly; of experiments on flows
	Known    bool        // every number above was computed
}

// Evidence is what is known of an experiment at a moment.
type Evidence struct {
	Plan     experiment.Plan
	Arms     []Measure // the first is the control
	Weights  []float64
	Crossed  float64       // units whose customer saw two arms
	Age      time.Duration // of the data
	Interval time.Duration // between computations
	Failed   string        // why a number could not be computed; "" when all were
}

// Verdict is what follows from the evidence.
type Verdict string

// The verdicts.
const (
	Hold     Verdict = "hold"      // nothing may be said, or done: the reason says why
	Continue Verdict = "continue"  // nothing wrong, nothing proved
	RollBack Verdict = "roll_back" // an arm harms
	Win      Verdict = "win"       // an arm is better
	Lose     Verdict = "lose"      // an arm is worse than the control by the primary measure
)

// Judgement is a verdict with its reason.
type Judgement struct {
	Verdict  Verdict
	Arm      string // that harms, wins or loses
	Reason   string // plain English
	Mismatch float64
	Effects  []Effects // one for each arm but the control
}

// Effects is what an arm does over the control.
type Effects struct {
	Arm          string
	Contribution stat.Effect // net contribution per exposed visitor, at any time
	Matured      stat.Effect
	Conversion   stat.Effect
	OrderValue   stat.Effect
	Lifetime     stat.Effect
	Better       float64 // chance that the arm is better, to a skeptical reader

	proof stat.Effect // of the matured contribution: the difference itself, with the error of arms that do not differ
}

// guardrails are what an arm may not harm, in the order they are asked.
var guardrails = []struct {
	name string
	of   func(Measure) stat.Sample
}{
	{"completion", func(m Measure) stat.Sample { return m.Buyers }},
	{"contribution", func(m Measure) stat.Sample { return m.Value }},
	{"authorisation", func(m Measure) stat.Sample { return m.Approved }},
	{"errors", func(m Measure) stat.Sample { return m.Rightly }},
}

// told are guardrails by what is measured, where that is another word.
var told = map[string]string{"authorisation": "payment approval", "errors": "the share of checkouts without a wrong field"}

// Judge says what the evidence allows. It is pure, and fails closed: what
// cannot be computed holds everything.
func Judge(e Evidence) Judgement {
	j := Judgement{Verdict: Hold}
	if e.Failed != "" {
		j.Reason = "a number could not be computed: " + e.Failed
		return j
	}
	tuned := float64(cmp.Or(e.Plan.Units, standardTuned))
	units, seen := make([]float64, len(e.Arms)), 0.0
	for i, m := range e.Arms {
		units[i] = m.Units
		seen += m.Units
	}
	if len(e.Arms) >= 2 {
		_, j.Mismatch = stat.Mismatch(units, e.Weights)
		for _, m := range e.Arms[1:] {
			j.Effects = append(j.Effects, effectsOf(e.Arms[0], m, tuned))
		}
	}
	if why := e.unsound(seen, j.Mismatch); why != "" {
		j.Reason = why
		return j
	}
	for _, m := range e.Arms[1:] {
		if why := e.harms(m, tuned); why != "" {
			return Judgement{RollBack, m.Arm, why, j.Mismatch, j.Effects}
		}
	}
	for _, m := range e.Arms {
		if m.Units < minUnits {
			j.Reason = fmt.Sprintf("arm %s has been shown to %.0f visitors: nothing is said below %d", m.Arm, m.Units, minUnits)
			return j
		}
	}
	return j.primary()
}

// unsound says why no number may be read; "" when they may.
func (e Evidence) unsound(seen, mismatch float64) string {
	switch {
	case len(e.Arms) < 2 || len(e.Weights) != len(e.Arms):
		return "there is nothing to compare"
	case e.Interval > 0 && e.Age >= 2*e.Interval:
		return "the numbers are out of date"
	case mismatch < alphaMismatch:
		return "the arms have other shares of the visitors than planned: something decides who is counted"
	case seen > 0 && e.Crossed/seen > maxCrossed:
		return "too many customers were shown more than one arm"
	}
	for _, m := range e.Arms {
		if !m.Known {
			return "the numbers of arm " + m.Arm + " are missing"
		}
	}
	return ""
}

// harms says what an arm harms beyond what is borne; "" when nothing is proved.
func (e Evidence) harms(m Measure, tuned float64) string {
	control := e.Arms[0]
	if control.Units >= minUnits && m.Units >= minUnits && m.Buyers.Sum == 0 && control.Buyers.Mean()*m.Units >= tripOrders {
		return fmt.Sprintf("nobody of %.0f visitors bought, where %.0f were expected to", m.Units, control.Buyers.Mean()*m.Units)
	}
	if control.Units < minUnits || m.Units < minUnits {
		return ""
	}
	asked := 0
	for _, g := range guardrails {
		if g.of(control).N > 0 {
			asked++ // what is never measured takes no share of the level
		}
	}
	s := stat.Sequence{Alpha: alphaHarm / float64(max(asked, 1)), Tuned: tuned}
	for _, g := range guardrails {
		margin := float64(e.Plan.MarginPPM[g.name]) / 1e6
		was, is := g.of(control), g.of(m)
		if was.N < minUnits || is.N < minUnits {
			continue
		}
		if beyond := stat.Beyond(was, is, margin); beyond.Known() && s.AtMost(beyond) < 0 {
			return fmt.Sprintf("%s is %.1f %% lower than in %s, proved to be more than the %.1f %% that are borne",
				cmp.Or(told[g.name], g.name), -100*(is.Mean()/was.Mean()-1), control.Arm, 100*margin)
		}
	}
	return ""
}

func effectsOf(control, m Measure, tuned float64) Effects {
	s := stat.Sequence{Alpha: alphaWin, Tuned: tuned}
	x := Effects{Arm: m.Arm,
		Contribution: s.Around(stat.Relative(control.Value, m.Value)), Matured: s.Around(stat.Relative(control.Matured, m.Matured)),
		Conversion: s.Around(stat.Relative(control.Buyers, m.Buyers)), OrderValue: stat.Ratio(control.Orders, m.Orders, alphaWin),
		Lifetime: s.Around(stat.Relative(control.Lifetime, m.Lifetime))}
	x.proof = s.Around(stat.Beyond(control.Matured, m.Matured, 0))
	if x.OrderValue.Known() {
		x.OrderValue = s.Around(x.OrderValue)
	}
	if x.Contribution.Known() {
		x.Better = stat.Believe(x.Contribution, 0, 0.05).Better
	}
	return x
}

// primary judges by net contribution per exposed visitor, matured where that is
// known.
func (j Judgement) primary() Judgement {
	j.Verdict, j.Reason = Continue, "no arm is proved better or worse yet"
	best := 0.0
	for _, x := range j.Effects {
		switch {
		case x.proof.Low > best:
			best = x.proof.Low
			j.Verdict, j.Arm, j.Reason = Win, x.Arm, fmt.Sprintf("%s leaves %.1f %% more per visitor than the control", x.Arm, 100*x.Matured.Diff)
		case x.proof.High < 0 && j.Verdict == Continue:
			j.Verdict, j.Arm, j.Reason = Lose, x.Arm, fmt.Sprintf("%s leaves %.1f %% less per visitor than the control", x.Arm, -100*x.Matured.Diff)
		}
	}
	return j
}
