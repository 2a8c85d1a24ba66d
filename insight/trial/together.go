package trial

import (
	"context"
	"fmt"
	"time"

	"korzo/customer/experiment"
	"korzo/insight/metric"
	"korzo/insight/stat"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/purchase/checkout"
	"korzo/value/money"
)

// Together is what all experiments of a layer brought: the visitors who could be
// in them, beside those who are held out of all. Only checkouts in the currency
// of most, begun since the holdout was set, count.
type Together struct {
	Layer        string         `json:"layer"`
	HoldoutPPM   int64          `json:"holdout_ppm"`
	Since        time.Time      `json:"since"`
	Currency     money.Currency `json:"currency,omitempty"`
	HeldOut      Side           `json:"held_out"`
	Rest         Side           `json:"rest"`
	Contribution Interval       `json:"contribution"` // of a visitor, over that of those held out
	Conversion   Interval       `json:"conversion"`
	Mismatch     float64        `json:"mismatch_p"` // below 0.001 the shares are not those of the holdout, and nothing is said
}

// Side is visitors of one side and what they came to, in minor units.
type Side struct {
	Visitors     int64   `json:"visitors"`
	Buyers       int64   `json:"buyers"`
	Conversion   float64 `json:"conversion"`
	Contribution float64 `json:"contribution_per_visitor"`
}

// maxTogether bounds how many checkouts one answer reads, the earliest of them.
const maxTogether = 200_000

// came is a visitor with what their orders left.
type came struct {
	currency money.Currency
	bought   bool
	left     float64
}

// TogetherAll is TogetherOf of each layer that holds somebody out.
func TogetherAll(ctx context.Context, tx *db.Tx) (all []Together, err error) {
	layers, err := experiment.Layers(ctx, tx)
	for _, l := range layers {
		if err != nil || l.Holdout == 0 {
			continue
		}
		var t Together
		t, err = TogetherOf(ctx, tx, l)
		all = append(all, t)
	}
	return all, err
}

// TogetherOf computes what a layer's experiments brought. It reads every checkout
// since the holdout was set: call it for a page that is seldom opened.
func TogetherOf(ctx context.Context, tx *db.Tx, l experiment.Layer) (Together, error) {
	visitors, err := cameSince(ctx, tx, l.Since)
	if err != nil {
		return Together{}, fmt.Errorf("what layer %s brought: %w", l.Name, err)
	}
	return together(l, visitors), nil
}

func cameSince(ctx context.Context, tx *db.Tx, since time.Time) (map[string]*came, error) {
	markets, err := market.All(ctx, tx)
	if err != nil {
		return nil, err
	}
	currency := map[string]money.Currency{}
	for _, m := range markets {
		currency[m.ID] = m.Currency
	}
	left := map[string]metric.Value{}
	if err := metric.Each(ctx, tx, since, func(v metric.Value) { left[string(v.Order)] = v }); err != nil {
		return nil, err
	}
	all := map[string]*came{}
	after := id.Floor[checkout.ID]("chk", since)
	for read := 0; read < maxTogether; {
		page, err := checkout.VisitsSince(ctx, tx, after, pageSize)
		if err != nil {
			return nil, err
		}
		for _, v := range page {
			after = v.Session
			if v.Visitor == "" {
				continue
			}
			one := all[v.Visitor]
			if one == nil {
				one = &came{currency: currency[v.Visit.Market]}
				all[v.Visitor] = one
			}
			if order, ok := left[string(v.Order)]; ok && order.Currency == one.currency {
				one.left += float64(order.Contribution())
				one.bought = one.bought || !order.Canceled
			}
		}
		if read += len(page); len(page) < pageSize {
			break
		}
	}
	return all, nil
}

// together is pure.
func together(l experiment.Layer, visitors map[string]*came) Together {
	t := Together{Layer: l.Name, HoldoutPPM: l.Holdout, Since: l.Since, Mismatch: 1}
	count := map[money.Currency]int{}
	for _, v := range visitors {
		if count[v.currency]++; count[v.currency] > count[t.Currency] || count[v.currency] == count[t.Currency] && v.currency < t.Currency {
			t.Currency = v.currency
		}
	}
	var buyers, values [2]stat.Sample // of those held out, and of the rest
	for unit, v := range visitors {
		if v.currency != t.Currency {
			continue
		}
		side, bought := 1, 0.0
		if l.Holds(unit) {
			side = 0
		}
		if v.bought {
			bought = 1
		}
		buyers[side].Add(bought)
		values[side].Add(v.left)
	}
	t.HeldOut, t.Rest = sideOf(buyers[0], values[0]), sideOf(buyers[1], values[1])
	if buyers[0].N+buyers[1].N > 0 {
		_, t.Mismatch = stat.Mismatch([]float64{buyers[0].N, buyers[1].N}, []float64{float64(l.Holdout), float64(1_000_000 - l.Holdout)})
	}
	if buyers[0].N < minUnits || buyers[1].N < minUnits || t.Mismatch < alphaMismatch {
		return t
	}
	s := stat.Sequence{Alpha: alphaWin, Tuned: standardTuned}
	t.Contribution, t.Conversion = brought(s, values), brought(s, buyers)
	return t
}

// brought compares the rest with those held out: the estimate is a share of
// theirs, and what is proved is the difference itself, as Beyond has it.
func brought(s stat.Sequence, sides [2]stat.Sample) Interval {
	e := s.Around(stat.Relative(sides[0], sides[1]))
	e.P = s.Around(stat.Beyond(sides[0], sides[1], 0)).P
	return interval(e)
}

func sideOf(buyers, values stat.Sample) Side {
	s := Side{Visitors: int64(buyers.N), Buyers: int64(buyers.Sum)}
	if buyers.N > 0 {
		s.Conversion, s.Contribution = buyers.Mean(), values.Mean()
	}
	return s
}
