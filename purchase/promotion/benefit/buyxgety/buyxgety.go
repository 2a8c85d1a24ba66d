// Package buyxgety gives units for those that are bought: buy two, get one free.
//
// Its settings are {"buy": 2, "get": 1}. The units that become cheaper are those
// of the promotion's items; what must be bought is the same, or "of": {"tags":
// ["coffee"]}. {"percent": 50} makes the units got half as dear, {"times": 1}
// gives them once however much is bought. A unit serves once: as bought or as
// got. It is arranged so that the most units are got, and those are the cheapest
// by the price shown; a part of a set counts, so buy 2 get 2 with three units
// gives one.
package buyxgety

import (
	"encoding/json"

	"korzo/purchase/promotion/basket"
	"korzo/value/money"
)

// Kind is the name of this benefit in a promotion.
const Kind = "buyxgety"

// Benefit is units for units.
type Benefit struct {
	Buy     int64          `json:"buy"`
	Get     int64          `json:"get"`
	Of      basket.Items   `json:"of,omitzero"`       // what is bought; zero: the promotion's items
	Percent basket.Percent `json:"percent,omitempty"` // off what is got; 0 is all
	Times   int64          `json:"times,omitempty"`   // sets at most; 0 is without limit
}

// New reads settings. It returns basket.ErrSettings with the field at fault.
func New(settings json.RawMessage) (basket.Benefit, error) {
	var b Benefit
	if err := basket.Read(settings, &b, `{"buy": 2, "get": 1}`); err != nil {
		return nil, err
	}
	if b.Percent == 0 {
		b.Percent = basket.Hundred
	}
	switch {
	case b.Buy < 1 || b.Buy > money.MaxUnits:
		return nil, basket.Wrong("buy", "use 1 to %d units", int64(money.MaxUnits))
	case b.Get < 1 || b.Get > money.MaxUnits:
		return nil, basket.Wrong("get", "use 1 to %d units", int64(money.MaxUnits))
	case b.Times < 0:
		return nil, basket.Wrong("times", "use 1 or more, or 0 for no limit")
	}
	if err := b.Of.Check("of"); err != nil {
		return nil, err
	}
	return &b, b.Percent.Check("percent")
}

// bought reports whether a line counts as bought.
func (b *Benefit) bought(l *basket.Line) bool {
	if b.Of.IsZero() {
		return l.Takes
	}
	return b.Of.Holds(l.Item)
}

// Off is the part of the cheapest units that are got.
func (b *Benefit) Off(g *basket.Goods) basket.Effect {
	var buy, get, both int64 // units that can only be bought, only be got, or either
	for i := range g.Lines {
		l := &g.Lines[i]
		switch bought := b.bought(l); {
		case bought && l.Takes:
			both += l.Quantity
		case bought:
			buy += l.Quantity
		case l.Takes:
			get += l.Quantity
		}
	}
	got, free := b.most(buy, get, both)
	if got == 0 {
		return basket.Effect{}
	}
	off := make([]int64, len(g.Lines))
	for _, i := range g.Cheapest(func(l *basket.Line) bool { return l.Takes }) {
		l := &g.Lines[i]
		n := min(got, l.Quantity)
		if b.bought(l) {
			n = min(n, free)
			free -= n
		}
		off[i] = l.OffUnits(n, b.Percent, g.Step)
		got -= n
	}
	return basket.Effect{Lines: off}
}

// most returns how many units are got at most, and how many of those that could
// also be bought are free to be got. More sets ask for more bought units and
// leave fewer to be got: the best number of sets is where the two meet.
func (b *Benefit) most(buy, get, both int64) (got, free int64) {
	sets := (buy + both) / b.Buy
	if b.Times > 0 {
		sets = min(sets, b.Times)
	}
	left := func(sets int64) int64 { return both - max(0, sets*b.Buy-buy) }
	low, high := int64(0), sets // the most sets that can be got whole
	for low < high {
		middle := (low + high + 1) / 2
		if middle*b.Get <= get+left(middle) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	got, free = low*b.Get, left(low)
	if low < sets {
		if part := min((low+1)*b.Get, get+left(low+1)); part > got {
			got, free = part, left(low+1)
		}
	}
	return got, free
}

// Turn comes before percentages.
func (b *Benefit) Turn() basket.Turn { return basket.TurnUnits }
