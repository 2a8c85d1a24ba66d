package trial

import (
	"math"

	"korzo/customer/experiment"
	"korzo/insight/stat"
)

// Power is what an experiment needs to prove the smallest effect worth knowing,
// before it begins.
type Power struct {
	UnitsAnArm    int64 // to prove it with a chance of 80 %, looking as planned, or whenever one likes
	Days          int64 // that takes, with so many visitors a day; 0: never
	Enough        bool  // within the planned days
	RateUnits     int64 // an arm, to tell the same lift of conversion
	DetectablePPM int64 // the smallest lift that could be proved in the planned days; 0: none
}

// What is assumed where nothing better is known, from shops of the trade: 2.5 %
// of visitors buy, and the deviation of a visitor's contribution is nine times
// its mean.
const (
	AssumedRate = 0.025
	AssumedCV   = 9.0
	standardLen = 28
)

// Plan returns what a plan needs with so many visitors a day at the point, a
// share of whom buys; 0 for the rate assumes one.
func Plan(d experiment.Draft, visitorsADay, rate float64) Power {
	if rate <= 0 {
		rate = AssumedRate
	}
	cv := AssumedCV * math.Sqrt(AssumedRate/rate) // rarer orders vary more
	lift := float64(d.Plan.LiftPPM) / 1e6
	if lift <= 0 {
		lift = 0.05
	}
	days := d.Plan.Days
	if days == 0 {
		days = standardLen
	}
	const alpha, power = 0.05, 0.8
	cost := stat.CostOfSequence
	if d.Plan.Looks > 0 {
		cost = stat.CostOfBoundaries
	}
	arms := float64(max(len(d.Arms), 2))
	daily := visitorsADay * float64(d.Coverage) / 1e6 / arms
	p := Power{UnitsAnArm: int64(math.Ceil(stat.UnitsForMean(cv, lift, alpha, power) * stat.OfRelative(lift) * cost)),
		RateUnits: int64(math.Ceil(stat.UnitsForRate(rate, lift, alpha, power) * cost))}
	if daily <= 0 {
		return p
	}
	p.Days = int64(math.Ceil(float64(p.UnitsAnArm) / daily))
	p.Enough = p.Days <= days
	if absolute := math.Sqrt(stat.UnitsForMean(cv, 1, alpha, power) * cost / (daily * float64(days))); absolute < 1 {
		p.DetectablePPM = int64(1e6 * absolute / (1 - absolute))
	}
	return p
}
