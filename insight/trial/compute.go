package trial

import (
	"context"
	"errors"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/standing"
	"korzo/insight/funnel"
	"korzo/insight/lifetime"
	"korzo/insight/metric"
	"korzo/insight/stat"
	"korzo/platform/db"
	"korzo/value/money"
)

// pageSize is how many exposures are read at once.
const pageSize = 2000

// unit is a visitor as an arm's numbers count them.
type unit struct {
	experiment.Exposure
	orders       int64
	revenue      float64 // of goods
	contribution float64
	expected     float64 // of the customer within a year, where it is known and can be told in the currency
	bought       int64   // orders in the time before the exposure
	before       float64 // what they left
	foreseen     float64 // what was to be expected of the visitor before the exposure
}

// counted is what compute learns on its way.
type counted struct {
	units    map[string]*unit
	order    []string
	result   Result
	mature   time.Duration
	currency string
	rates    map[string]int64
	known    map[string][]*unit // by customer, of those who were known when they were exposed
	reader   map[string]*unit   // by customer, of experiments on messages: a mail is read here and followed there
	earlier  []earlier

	unforetold bool // what customers are expected to leave is in a currency without a rate
}

// compute reads who was exposed in the current phase and what they have
// brought since, and judges it.
func compute(ctx context.Context, tx *db.Tx, e experiment.Experiment, weights []float64) (Result, error) {
	c, err := gather(ctx, tx, e)
	if err != nil {
		return Result{}, err
	}
	crossed, err := experiment.Crossed(ctx, tx, e.ID)
	if err != nil {
		return Result{}, err
	}
	evidence := Evidence{Plan: e.Plan, Weights: weights, Crossed: float64(crossed), Interval: Every, Arms: c.measures(e, tx.Now)}
	if err := guard(ctx, tx, e, evidence.Arms); err != nil {
		return Result{}, err
	}
	last, err := selectLast(ctx, tx, e.ID)
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		return Result{}, err
	}
	if last.Phase == e.Phase {
		evidence.Planned = last.Planned
	}
	evidence.Unrated = c.result.LeftOut > 0
	c.result.Crossed, c.result.Currency = crossed, c.currency
	c.result.judged(Judge(evidence), evidence.Arms)
	return c.result, nil
}

// gather reads the visitors of the current phase with what they have brought.
func gather(ctx context.Context, tx *db.Tx, e experiment.Experiment) (*counted, error) {
	c := &counted{units: map[string]*unit{}, known: map[string][]*unit{}, reader: map[string]*unit{}, mature: standardMature, currency: e.Plan.Currency, rates: e.Plan.RatesPPM}
	if e.Plan.MatureDays > 0 {
		c.mature = time.Duration(e.Plan.MatureDays) * 24 * time.Hour
	}
	c.result = Result{Experiment: e.ID, At: tx.Now, Phase: e.Phase, Stage: e.Stage}
	if err := c.expose(ctx, tx, e); err != nil {
		return nil, err
	}
	if err := metric.Each(ctx, tx, e.StartedAt.Add(-history), c.count); err != nil {
		return nil, err
	}
	return c, c.expect(ctx, tx)
}

// expose reads who was exposed in the phase.
func (c *counted) expose(ctx context.Context, tx *db.Tx, e experiment.Experiment) error {
	after := ""
	for {
		page, err := experiment.Exposures(ctx, tx, e.ID, after, pageSize)
		if err != nil {
			return err
		}
		for _, x := range page {
			after = x.Visitor
			if x.Phase == e.Phase {
				u := &unit{Exposure: x}
				c.units[x.Visitor] = u
				if x.Known {
					c.known[x.Customer] = append(c.known[x.Customer], u)
				}
				if e.Point.Kind == experiment.PointMessage && c.reader[x.Customer] == nil {
					c.reader[x.Customer] = u
				}
				c.order = append(c.order, x.Visitor)
			}
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// count adds an order to the visitor who placed it after they were exposed, and
// keeps it for whom it was before.
func (c *counted) count(v metric.Value) {
	u := c.units[v.Visitor]
	if u == nil && v.Customer != "" {
		u = c.reader[v.Customer]
	}
	for _, other := range c.known[v.Customer] {
		if other != u {
			c.past(other, v)
		}
	}
	if u == nil || c.past(u, v) || v.PlacedAt.After(u.At.Add(c.mature)) {
		return
	}
	if c.currency == "" {
		c.currency = string(v.Currency)
	}
	if !v.Canceled {
		u.orders++
	}
	rate, ok := c.rate(v.Currency)
	if !ok {
		c.result.LeftOut++
		return
	}
	if v.Uncosted {
		c.result.Uncosted++
	}
	u.contribution += rate * float64(v.Contribution())
	if !v.Canceled {
		u.revenue += rate * float64(v.Revenue)
	}
}

// rate is what a minor unit of a currency is worth in the experiment's; false
// where its plan does not say.
func (c *counted) rate(of money.Currency) (float64, bool) {
	if string(of) == c.currency {
		return 1, true
	}
	ppm := c.rates[string(of)]
	return float64(ppm) / 1e6, ppm > 0
}

// expect adds what is expected of the customers among the visitors. It is told
// in the currency of most of the shop's orders: without a rate for it nothing is
// said of lifetime value.
func (c *counted) expect(ctx context.Context, tx *db.Tx) error {
	report, err := lifetime.Last(ctx, tx)
	if err != nil {
		return err
	}
	rate, ok := c.rate(report.Currency)
	if c.unforetold = report.Repeaters >= lifetime.MinRepeaters && !ok; !ok {
		return nil
	}
	var customers []string
	for _, id := range c.order {
		if u := c.units[id]; u.Customer != "" {
			customers = append(customers, u.Customer)
		}
	}
	all, err := standing.Some(ctx, tx, customers)
	for _, id := range c.order {
		if u := c.units[id]; u.Customer != "" {
			u.expected = rate * float64(all[u.Customer].Predicted)
		}
	}
	return err
}

// guard adds whom something of ours failed, and what shoppers of a flow's arms
// met with: payments refused, fields that were wrong.
func guard(ctx context.Context, tx *db.Tx, e experiment.Experiment, arms []Measure) error {
	failed, err := experiment.Failures(ctx, tx, e.ID, e.Phase)
	if err != nil {
		return err
	}
	for i, m := range arms {
		arms[i].Unbroken = stat.Proportion(m.Units-float64(failed[m.Arm]), m.Units)
	}
	if e.Point.Kind != experiment.PointFlow {
		return nil
	}
	all, err := funnel.Arms(ctx, tx, e.ID, e.Phase)
	for _, a := range all {
		for i := range arms {
			if arms[i].Arm == a.Arm {
				arms[i].Approved = stat.Proportion(float64(a.Approved), float64(a.Tries))
				arms[i].Rightly = stat.Proportion(float64(a.Visits-a.Wrong), float64(a.Visits))
			}
		}
	}
	return err
}

// capShare is the share of visitors who brought something that count in full.
const capShare = 0.999

// measures are the arms' numbers, extremes set to a cap over all of them.
func (c *counted) measures(e experiment.Experiment, now time.Time) []Measure {
	values := make([]float64, 0, len(c.order))
	for _, id := range c.order {
		values = append(values, c.units[id].contribution)
	}
	c.result.Cap = stat.Capped(values, capShare)
	c.foresee()
	at := map[string]int{}
	all := make([]Measure, len(e.Arms))
	for i, a := range e.Arms {
		all[i], at[a.Key] = Measure{Arm: a.Key, Known: true}, i
	}
	c.result.Splits = map[string]Splits{"device": {}, "market": {}, "visitor": {}}
	for _, id := range c.order {
		u := c.units[id]
		i, ok := at[u.Arm]
		if !ok {
			continue
		}
		all[i].add(*u, c.result.Cap, now.Sub(u.At) >= c.mature)
		if u.Customer != "" && !c.unforetold {
			all[i].ToDate.Add(u.contribution)
			all[i].Lifetime.Add(u.contribution + u.expected)
		}
		for by, value := range map[string]string{"device": u.Device, "market": u.Market, "visitor": newOrNot(u.New)} {
			c.result.Splits[by].add(value, u.Arm, u.orders > 0)
		}
	}
	return all
}

func (m *Measure) add(u unit, most float64, matured bool) {
	bought, value := 0.0, u.value(most)
	if u.orders > 0 {
		bought = 1
	}
	m.Units++
	m.Buyers.Add(bought)
	m.Value.Add(value)
	m.Foreseen.Add(u.foreseen, value)
	if matured {
		m.Matured.Add(value)
		m.ForeseenMatured.Add(u.foreseen, value)
	}
	m.Orders.Add(float64(u.orders), u.revenue)
}

func newOrNot(isNew bool) string {
	if isNew {
		return "new"
	}
	return "returning"
}

func (s Splits) add(value, arm string, bought bool) {
	if s[value] == nil {
		s[value] = map[string]Split{}
	}
	one := s[value][arm]
	one.Visitors++
	if bought {
		one.Buyers++
	}
	s[value][arm] = one
}

// weightsOf are the arms' weights in the phase.
func weightsOf(ctx context.Context, tx *db.Tx, e experiment.Experiment) ([]float64, error) {
	phases, err := experiment.Phases(ctx, tx, e.ID)
	var weights []float64
	for _, p := range phases {
		if p.Number == e.Phase {
			weights = weights[:0]
			for _, w := range p.Weights {
				weights = append(weights, float64(w))
			}
		}
	}
	return weights, err
}

// judged fills in what a judgement says.
func (r *Result) judged(j Judgement, arms []Measure) {
	r.Verdict, r.Arm, r.Reason, r.Because, r.Mismatch, r.Guards, r.Planned = j.Verdict, j.Arm, j.Because.String(), j.Because, j.Mismatch, j.Guards, j.Planned
	for _, m := range arms {
		a := ArmResult{Arm: m.Arm, Visitors: int64(m.Units), Buyers: int64(m.Buyers.Sum), Orders: int64(m.Orders.X.Sum), Conversion: m.Buyers.Mean(),
			Contribution: m.Value.Mean(), MaturedContribution: m.Matured.Mean(), Matured: int64(m.Matured.N), Lifetime: m.Lifetime.Mean(),
			ToDate: m.ToDate.Mean(), Expected: m.Lifetime.Mean() - m.ToDate.Mean(), Customers: int64(m.Lifetime.N)}
		if m.Orders.X.Sum > 0 {
			a.OrderValue = m.Orders.Y.Sum / m.Orders.X.Sum
		}
		r.Arms = append(r.Arms, a)
	}
	for _, x := range j.Effects {
		r.Effects = append(r.Effects, EffectResult{Arm: x.Arm, Contribution: interval(x.Contribution), Matured: interval(x.Matured),
			Conversion: interval(x.Conversion), OrderValue: interval(x.OrderValue), Lifetime: interval(x.Lifetime), Plain: interval(x.Plain), Explained: x.Explained, Better: x.Better})
	}
}

func interval(e stat.Effect) Interval {
	if !e.Known() {
		return Interval{}
	}
	return Interval{true, e.Diff, e.Low, e.High, e.P}
}
