// Package shipping makes the delivery free, or cheaper.
//
// Its settings are {} for free delivery, {"percent": 50} for half of it, and
// {"most": {"EUR": 490}} for deliveries that are free up to 4.90 EUR, so that an
// express delivery costs what it costs more.
package shipping

import (
	"encoding/json"

	"korzo/purchase/promotion/basket"
)

// Kind is the name of this benefit in a promotion.
const Kind = "shipping"

// Benefit is a part off the delivery.
type Benefit struct {
	Percent basket.Percent `json:"percent,omitempty"` // 0 is all of it
	Most    basket.Amounts `json:"most,omitempty"`    // a currency that is missing has no limit
}

// New reads settings. It returns basket.ErrSettings with the field at fault.
func New(settings json.RawMessage) (basket.Benefit, error) {
	var b Benefit
	if err := basket.Read(settings, &b, `{} or {"percent": 50}`); err != nil {
		return nil, err
	}
	if b.Percent == 0 {
		b.Percent = basket.Hundred
	}
	if err := b.Percent.Check("percent"); err != nil {
		return nil, err
	}
	return &b, b.Most.Check("most")
}

// Off is the part of what the delivery still costs.
func (b *Benefit) Off(g *basket.Goods) basket.Effect {
	off := b.Percent.Of(g.Shipping, g.Step)
	if most, ok := b.Most[g.Currency]; ok {
		off = min(off, most)
	}
	return basket.Effect{Shipping: off}
}

// Turn comes last.
func (b *Benefit) Turn() basket.Turn { return basket.TurnShipping }
