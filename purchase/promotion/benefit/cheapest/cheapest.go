// Package cheapest takes a part off the cheapest units in the cart, once.
//
// Its settings are {"from": 3} for "buy three, the cheapest is free", and
// {"from": 4, "count": 2, "percent": 50} for half off the two cheapest of four or
// more. Cheapest is by the price shown, before discounts. However many units the
// cart holds, count of them are cheaper: for every third unit take buyxgety.
package cheapest

import (
	"encoding/json"

	"korzo/purchase/promotion/basket"
	"korzo/value/money"
)

// Kind is the name of this benefit in a promotion.
const Kind = "cheapest"

// Benefit is a part off the cheapest units.
type Benefit struct {
	From    int64          `json:"from"`              // units there must be
	Count   int64          `json:"count,omitempty"`   // units that become cheaper; 0 is 1
	Percent basket.Percent `json:"percent,omitempty"` // 0 is all
}

// New reads settings. It returns basket.ErrSettings with the field at fault.
func New(settings json.RawMessage) (basket.Benefit, error) {
	var b Benefit
	if err := basket.Read(settings, &b, `{"from": 3}`); err != nil {
		return nil, err
	}
	if b.Count == 0 {
		b.Count = 1
	}
	if b.Percent == 0 {
		b.Percent = basket.Hundred
	}
	switch {
	case b.From < 1 || b.From > money.MaxUnits:
		return nil, basket.Wrong("from", "use 1 to %d units", int64(money.MaxUnits))
	case b.Count < 1 || b.Count > b.From:
		return nil, basket.Wrong("count", "use 1 or more, and at most as many as from")
	}
	return &b, b.Percent.Check("percent")
}

// Off is the part of the cheapest units.
func (b *Benefit) Off(g *basket.Goods) basket.Effect {
	units, _ := g.Units()
	if units < b.From {
		return basket.Effect{}
	}
	off, left := make([]int64, len(g.Lines)), b.Count
	for _, i := range g.Cheapest(func(l *basket.Line) bool { return l.Takes }) {
		n := min(left, g.Lines[i].Quantity)
		off[i] = g.Lines[i].OffUnits(n, b.Percent, g.Step)
		if left -= n; left == 0 {
			break
		}
	}
	return basket.Effect{Lines: off}
}

// Turn comes before percentages.
func (b *Benefit) Turn() basket.Turn { return basket.TurnUnits }
