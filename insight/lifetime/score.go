package lifetime

import (
	"cmp"
	"slices"
	"time"
)

// Score is how expectations came true: what would have been said at a time, from
// what was known then, beside what happened until another.
type Score struct {
	At        time.Time `json:"at"`
	Until     time.Time `json:"until"`
	Customers int64     `json:"customers"`
	Orders    Told      `json:"orders"`
	Value     Told      `json:"value"`  // minor units
	Second    float64   `json:"second"` // orders that the Pareto/NBD would have expected
	Tenths    []Tenth   `json:"tenths"` // of the customers, by the orders expected of them: the fewest first
}

// Told is what was expected, and what it was.
type Told struct {
	Expected float64 `json:"expected"`
	Actual   float64 `json:"actual"`
}

// Off is how far it was from what was expected, as a share of that: 0.1 is a
// tenth more than expected; 0 where nothing was.
func (t Told) Off() float64 {
	if t.Expected == 0 {
		return 0
	}
	return t.Actual/t.Expected - 1
}

func (t *Told) add(expected, actual float64) {
	t.Expected, t.Actual = t.Expected+expected, t.Actual+actual
}

// Tenth is a tenth of the customers.
type Tenth struct {
	Customers int64   `json:"customers"`
	Orders    Told    `json:"orders"`
	Value     Told    `json:"value"`
	Alive     float64 `json:"alive"` // the average chance that they were still there
	Back      float64 `json:"back"`  // the share that bought again
}

// secondSize is how many customers a Pareto/NBD is fitted to at most.
const secondSize = 1000

// ScoreOf fits customers by what they bought before a time, and compares what
// would have been expected of them with what they bought from then until
// another. It is false where there were too few repeat buyers.
func ScoreOf(customers [][]Purchase, at, until time.Time) (Score, bool) {
	var buyers []Buyer
	var later [][]Purchase
	repeaters := 0
	for _, all := range customers {
		before, after := split(all, at, until)
		if len(before) == 0 {
			continue
		}
		b := buyerOf(before, at)
		if b.X > 0 && b.Mean > 0 {
			repeaters++
		}
		buyers, later = append(buyers, b), append(later, after)
	}
	if repeaters < MinRepeaters {
		return Score{}, false
	}
	f, s, p := FitFrequency(buyers), FitSpend(buyers), FitPareto(some(buyers))
	weeks := float64(until.Sub(at)) / float64(week)
	score := Score{At: at, Until: until, Customers: int64(len(buyers))}
	one := make([]Tenth, len(buyers))
	for i, b := range buyers {
		one[i] = Tenth{Customers: 1, Alive: f.Alive(b)}
		expected := f.Orders(b, weeks)
		one[i].Orders.Expected, one[i].Value.Expected = expected, expected*max(0, s.Order(b))
		score.Second += p.Orders(b, weeks)
		for _, day := range days(later[i]) {
			one[i].Orders.Actual++
			one[i].Value.Actual += float64(day.Worth)
		}
		if one[i].Orders.Actual > 0 {
			one[i].Back = 1
		}
	}
	score.gather(one)
	return score, true
}

// some is every so-many-th buyer.
func some(all []Buyer) []Buyer {
	if len(all) <= secondSize {
		return all
	}
	picked := make([]Buyer, 0, secondSize)
	for i := range secondSize {
		picked = append(picked, all[i*len(all)/secondSize])
	}
	return picked
}

// split is what was bought before a time, and from then until another.
func split(all []Purchase, at, until time.Time) (before, after []Purchase) {
	for _, p := range all {
		switch {
		case p.At.Before(at):
			before = append(before, p)
		case p.At.Before(until):
			after = append(after, p)
		}
	}
	return before, after
}

// gather sums customers up by tenths.
func (s *Score) gather(one []Tenth) {
	slices.SortStableFunc(one, func(a, b Tenth) int { return cmp.Compare(a.Orders.Expected, b.Orders.Expected) })
	const parts = 10
	for i := range parts {
		var t Tenth
		for _, c := range one[i*len(one)/parts : (i+1)*len(one)/parts] {
			t.Customers++
			t.Orders.add(c.Orders.Expected, c.Orders.Actual)
			t.Value.add(c.Value.Expected, c.Value.Actual)
			t.Alive, t.Back = t.Alive+c.Alive, t.Back+c.Back
		}
		s.Orders.add(t.Orders.Expected, t.Orders.Actual)
		s.Value.add(t.Value.Expected, t.Value.Actual)
		if t.Customers > 0 {
			t.Alive, t.Back = t.Alive/float64(t.Customers), t.Back/float64(t.Customers)
		}
		s.Tenths = append(s.Tenths, t)
	}
}
