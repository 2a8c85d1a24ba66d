package trial

import (
	"cmp"
	"math"
	"time"

	"korzo/customer/experiment"
	"korzo/insight/stat"
)

// The levels at which things are said. Each holds whenever one looks.
const (
	alphaWin      = 0.05  // the primary measure, two-sided
	alphaHarm     = 0.05  // all guardrails together, one-sided, by their weights
	alphaMismatch = 0.001 // more or fewer units in an arm than its weight says
	minUnits      = 50    // in an arm, before anything is said
	maxCrossed    = 0.01  // share of units whose customer saw two arms
	tripOrders    = 5     // expected orders of which none came
	alphaBroken   = 0.005 // failures of ours fall to an arm by chance, whenever one looks
	tripBroken    = 0.01  // share of an arm's units that must be failed for it to be taken back
	standardTuned = 5000
	harmTuned     = 2000 // units at which harm is found soonest, whatever an experiment needs to prove good
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
	ToDate   stat.Sample // contribution to date of the same
	Approved stat.Sample // tries to pay, and those that ended in an order; of experiments on flows
	Rightly  stat.Sample // checkouts, and those in which no field was given wrongly; of experiments on flows
	Unbroken stat.Sample // units, and those whom nothing of ours failed
	Known    bool        // every number above was computed

	Foreseen        stat.Pair // what was to be expected of a unit before it was exposed (X), and its Value (Y)
	ForeseenMatured stat.Pair // the same of Matured
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
	Unrated  bool          // orders are in a currency that the plan has no rate for: what arms brought is not known
	Planned  Planned       // what the planned looks behind have said
}

// Planned is how far the planned looks of a phase are, and what they said. The
// first that proves a difference is the last that is read.
type Planned struct {
	Looks   int64   `json:"looks"` // that are behind
	Of      int64   `json:"of"`
	Verdict Verdict `json:"verdict,omitempty"` // win or lose; "" while nothing is proved
	Arm     string  `json:"arm,omitempty"`
	Because Because `json:"because,omitzero"`
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
	Because  Because
	Mismatch float64
	Effects  []Effects // one for each arm but the control
	Guards   []Guard   // each guardrail of each arm but the control
	Planned  Planned
}

// Guard is how an arm stands to one guardrail.
type Guard struct {
	Arm     string  `json:"arm"`
	Measure string  `json:"measure"` // "completion", "contribution", "authorisation", "errors", "machine"
	Known   bool    `json:"known"`   // enough units for anything to be said
	Was     float64 `json:"was"`     // the control's mean
	Is      float64 `json:"is"`      // the arm's
	Margin  float64 `json:"margin"`  // the relative harm that is borne
	Most    float64 `json:"most"`    // at most so much better than the control, relative, at any time: below -Margin is harm
	Harm    bool    `json:"harm"`
}

// Effects is what an arm does over the control.
type Effects struct {
	Arm          string
	Contribution stat.Effect // net contribution per exposed visitor, at any time
	Matured      stat.Effect
	Conversion   stat.Effect
	OrderValue   stat.Effect
	Lifetime     stat.Effect
	Better       float64     // chance that the arm is better, to a skeptical reader; 0 while a difference of contribution is not proved
	Plain        stat.Effect // of Matured, without taking out what was foreseen
	Explained    float64     // the share of the variance of Matured that was foreseen: 0 to 1

	proof stat.Effect // of the matured contribution: the difference itself, with the error of arms that do not differ
}

// contribution is the guardrail of money: the only one that needs rates of exchange.
const contribution = "contribution"

// guardrails are what an arm may not harm, in the order they are asked. The
// level is shared by weight: whatever goes wrong in a checkout lowers completion,
// which tells of it first, so most of the level is there.
var guardrails = []struct {
	name   string
	weight float64
	of     func(Measure) stat.Sample
}{
	{"completion", 14, func(m Measure) stat.Sample { return m.Buyers }},
	{contribution, 2, func(m Measure) stat.Sample { return m.Value }},
	{"authorisation", 2, func(m Measure) stat.Sample { return m.Approved }},
	{"errors", 2, func(m Measure) stat.Sample { return m.Rightly }},
	{"machine", 1, func(m Measure) stat.Sample { return m.Unbroken }},
}

// Judge says what the evidence allows. It is pure, and fails closed: what
// cannot be computed holds everything, and no effect is told of what is not
// sound. An arm that harms what needs no rate of exchange is rolled back though
// what the arms brought is not known.
func Judge(e Evidence) Judgement {
	j := Judgement{Verdict: Hold, Planned: e.Planned}
	if e.Failed != "" {
		j.Because = Because{Code: BecauseFailed, Detail: e.Failed}
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
	}
	if why := broken(e.Arms); why.Code != "" {
		j.Verdict, j.Arm, j.Because = RollBack, why.Arm, why
		return j
	}
	if why := e.unsound(seen, j.Mismatch); why.Code != "" {
		j.Because = why
		return j
	}
	if !e.Unrated {
		for _, m := range e.Arms[1:] {
			if min(e.Arms[0].Units, m.Units) >= minUnits {
				j.Effects = append(j.Effects, effectsOf(e.Arms[0], m, tuned, float64(len(e.Arms)-1)))
			}
		}
		corrected(j.Effects)
	}
	for _, m := range e.Arms[1:] {
		j.Guards = append(j.Guards, e.guards(m)...)
	}
	for _, m := range e.Arms[1:] {
		if why := e.harms(m, j.Guards); why.Code != "" {
			j.Verdict, j.Arm, j.Because = RollBack, m.Arm, why
			return j
		}
	}
	if e.Unrated {
		j.Because = Because{Code: BecauseCurrency}
		return j
	}
	for _, m := range e.Arms {
		if m.Units < minUnits {
			j.Because = Because{Code: BecauseFew, Arm: m.Arm, Units: m.Units, Wanted: minUnits}
			return j
		}
	}
	if e.Plan.Looks > 0 {
		return j.planned(e)
	}
	return j.primary(func(x stat.Effect) (low, high float64) { return x.Low, x.High })
}

// unsound says why no number may be read; the zero Because when they may.
func (e Evidence) unsound(seen, mismatch float64) Because {
	switch {
	case len(e.Arms) < 2 || len(e.Weights) != len(e.Arms):
		return Because{Code: BecauseNothing}
	case e.Interval > 0 && e.Age >= 2*e.Interval:
		return Because{Code: BecauseOld}
	case mismatch < alphaMismatch:
		return Because{Code: BecauseMismatch}
	case seen > 0 && e.Crossed/seen > maxCrossed:
		return Because{Code: BecauseCrossed, Units: e.Crossed}
	}
	for _, m := range e.Arms {
		if !m.Known {
			return Because{Code: BecauseMissing, Arm: m.Arm}
		}
	}
	return Because{}
}

// change is how the arm differs, as a share of the control; 0 where that was
// nothing.
func (g Guard) change() float64 {
	if g.Was == 0 {
		return 0
	}
	return (g.Is - g.Was) / math.Abs(g.Was)
}

// guards are an arm's guardrails, one-sided at a level that all of them share.
func (e Evidence) guards(m Measure) (all []Guard) {
	control, asked := e.Arms[0], 0.0
	for _, g := range guardrails {
		if g.of(control).N > 0 && e.measures(g.name) {
			asked += g.weight // what is never measured takes no share of the level
		}
	}
	for _, g := range guardrails {
		was, is := g.of(control), g.of(m)
		if was.N == 0 && is.N == 0 || !e.measures(g.name) {
			continue
		}
		one := Guard{Arm: m.Arm, Measure: g.name, Was: was.Mean(), Is: is.Mean(), Margin: float64(e.Plan.MarginPPM[g.name]) / 1e6}
		if beyond := stat.Beyond(was, is, one.Margin); was.N >= minUnits && is.N >= minUnits && beyond.Known() {
			s := stat.Sequence{Alpha: alphaHarm * g.weight / max(asked, g.weight) / float64(len(e.Arms)-1), Tuned: harmTuned}
			most := s.AtMost(beyond)
			one.Known, one.Harm = true, most < 0
			if one.Was != 0 {
				one.Most = most/math.Abs(one.Was) - one.Margin
			}
		}
		all = append(all, one)
	}
	return all
}

// measures reports whether a guardrail's numbers are known.
func (e Evidence) measures(guardrail string) bool {
	return !e.Unrated || guardrail != contribution
}

// harms says what an arm harms beyond what is borne; the zero Because when
// nothing is proved.
func (e Evidence) harms(m Measure, guards []Guard) Because {
	control := e.Arms[0]
	if control.Units < minUnits || m.Units < minUnits {
		return Because{}
	}
	why := Because{Code: BecauseNobody, Arm: m.Arm, Control: control.Arm, Units: m.Units, Wanted: control.Buyers.Mean() * m.Units}
	if m.Buyers.Sum == 0 && why.Wanted >= tripOrders {
		return why
	}
	for _, g := range guards {
		if g.Arm == m.Arm && g.Harm {
			return Because{Code: BecauseHarm, Arm: m.Arm, Control: control.Arm, Measure: g.Measure, Units: m.Units, Change: g.change(), Margin: g.Margin}
		}
	}
	return Because{}
}

// broken says which arm something of ours fails more often than the control; the
// zero Because when none. It is asked before all else, and of few units: an arm
// that breaks also spoils the other numbers.
func broken(arms []Measure) Because {
	if len(arms) < 2 {
		return Because{}
	}
	failed := func(m Measure) float64 { return m.Unbroken.N - m.Unbroken.Sum }
	control := arms[0]
	for _, m := range arms[1:] {
		here, there := failed(m), failed(control)
		if m.Units < minUnits || control.Units < minUnits || here < tripBroken*m.Units {
			continue
		}
		if stat.Tilt(here, there, m.Units/(m.Units+control.Units)) >= float64(len(arms)-1)/alphaBroken {
			return Because{Code: BecauseBroken, Arm: m.Arm, Control: control.Arm, Units: here, Wanted: there * m.Units / control.Units, Change: here / m.Units}
		}
	}
	return Because{}
}

// effectsOf compares an arm with the control, at the level that is left to each
// of so many comparisons. Estimates are shares of the control, and what is proved
// is the difference itself, as Beyond has it. The contributions are what they
// would be if both arms had got visitors of whom as much was to be expected.
func effectsOf(control, m Measure, tuned, comparisons float64) Effects {
	s := stat.Sequence{Alpha: alphaWin / comparisons, Tuned: tuned}
	contribution, _ := stat.Adjusted(control.Foreseen, m.Foreseen)
	matured, explained := stat.Adjusted(control.ForeseenMatured, m.ForeseenMatured)
	was, is := control.Matured, m.Matured
	if explained > 0 {
		was, is = stat.Netted(control.ForeseenMatured, m.ForeseenMatured)
	} else {
		contribution, matured = stat.Relative(control.Value, m.Value), stat.Relative(was, is)
	}
	x := Effects{Arm: m.Arm, Contribution: s.Around(contribution), Matured: s.Around(matured), Explained: explained,
		Plain:      s.Around(stat.Relative(control.Matured, m.Matured)),
		Conversion: s.Around(stat.Relative(control.Buyers, m.Buyers)), OrderValue: stat.Ratio(control.Orders, m.Orders, alphaWin),
		Lifetime: s.Around(stat.Relative(control.Lifetime, m.Lifetime))}
	x.proof = s.Around(stat.Beyond(was, is, 0))
	x.Conversion.P = s.Around(stat.Beyond(control.Buyers, m.Buyers, 0)).P
	x.Lifetime.P = s.Around(stat.Beyond(control.Lifetime, m.Lifetime, 0)).P
	if control.Lifetime.N < minUnits || m.Lifetime.N < minUnits {
		x.Lifetime = stat.Effect{} // of a handful nothing is said
	}
	if control.Orders.X.Sum < minUnits || m.Orders.X.Sum < minUnits {
		x.OrderValue = stat.Effect{}
	} else if x.OrderValue.Known() {
		x.OrderValue = s.Around(x.OrderValue)
		x.OrderValue.P = s.Around(stat.RatioBeyond(control.Orders, m.Orders)).P
	}
	if sofar := s.Around(stat.Beyond(control.Value, m.Value, 0)); x.Contribution.Known() && (sofar.Low > 0 || sofar.High < 0) {
		x.Better = stat.Believe(x.Contribution, 0, 0.05).Better // a belief has no level of its own: it is told behind one that has
	}
	return x
}

// corrected adjusts the p-values of what explains the primary measure, over all
// of it and all arms, so that of the differences called proved at most five in a
// hundred are none (Benjamini and Hochberg). The primary measure and the
// guardrails have levels of their own and are no part of it.
func corrected(all []Effects) {
	var family []*stat.Effect
	for i := range all {
		for _, e := range []*stat.Effect{&all[i].Conversion, &all[i].OrderValue, &all[i].Lifetime} {
			if e.Known() {
				family = append(family, e)
			}
		}
	}
	ps := make([]float64, len(family))
	for i, e := range family {
		ps[i] = e.P
	}
	for i, p := range stat.Discovered(ps) {
		family[i].P = p
	}
}

// planned judges by the looks that were planned: the first time that enough
// visitors have matured for one, by the bounds of Boundaries. Between them it
// says what they have said. Harm does not wait for them.
func (j Judgement) planned(e Evidence) Judgement {
	matured, each := 0.0, float64(e.Plan.Units)/float64(e.Plan.Looks)
	for _, m := range e.Arms {
		matured += m.Matured.N
	}
	p := &j.Planned
	p.Of = e.Plan.Looks
	if due := min(int64(matured/each), p.Of); due > p.Looks && p.Verdict == "" {
		bound := stat.Boundaries(int(p.Of), alphaWin/float64(len(e.Arms)-1))[due-1]
		said := j.primary(func(x stat.Effect) (low, high float64) {
			if !x.Known() {
				return 0, 0
			}
			return x.Diff - bound*x.SE, x.Diff + bound*x.SE
		})
		if p.Looks = due; said.Verdict != Continue {
			p.Verdict, p.Arm, p.Because = said.Verdict, said.Arm, said.Because
		}
	}
	switch {
	case p.Verdict != "":
		j.Verdict, j.Arm, j.Because = p.Verdict, p.Arm, p.Because
	case p.Looks == p.Of:
		j.Verdict, j.Because = Continue, Because{Code: BecauseOver}
	default:
		j.Verdict, j.Because = Continue, Because{Code: BecauseWaits, Units: matured, Wanted: each * float64(p.Looks+1)}
	}
	return j
}

// primary judges by net contribution per exposed visitor, matured where that is
// known, and by how far each difference may reach.
func (j Judgement) primary(reach func(stat.Effect) (low, high float64)) Judgement {
	j.Verdict, j.Because = Continue, Because{Code: BecauseUnproved}
	best := 0.0
	for _, x := range j.Effects {
		low, high := reach(x.proof)
		switch {
		case low > best:
			best = low
			j.Verdict, j.Arm, j.Because = Win, x.Arm, Because{Code: BecauseBetter, Arm: x.Arm, Change: x.Matured.Diff}
		case high < 0 && j.Verdict == Continue:
			j.Verdict, j.Arm, j.Because = Lose, x.Arm, Because{Code: BecauseWorse, Arm: x.Arm, Change: x.Matured.Diff}
		}
	}
	return j
}
