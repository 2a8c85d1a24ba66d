// Package percent takes a part off what the goods still cost.
//
// Its settings are {"percent": 10} and, where a cart should not get more than a
// sum, {"percent": 20, "most": {"EUR": 5000}}. The part is of all the lines
// together and rounded once. Earlier discounts count: 10 % after 10 % is 19 %.
package percent

import (
	"encoding/json"

	"korzo/purchase/promotion/basket"
)

// Kind is the name of this benefit in a promotion.
const Kind = "percent"

// Benefit is a part off the goods.
type Benefit struct {
	Percent basket.Percent `json:"percent"`
	Most    basket.Amounts `json:"most,omitempty"` // per purchase; a currency that is missing has no limit
}

// New reads settings. It returns basket.ErrSettings with the field at fault.
func New(settings json.RawMessage) (basket.Benefit, error) {
	var b Benefit
	if err := basket.Read(settings, &b, `{"percent": 10}`); err != nil {
		return nil, err
	}
	if err := b.Percent.Check("percent"); err != nil {
		return nil, err
	}
	return &b, b.Most.Check("most")
}

// Off is the part of what the lines together still cost.
func (b *Benefit) Off(g *basket.Goods) basket.Effect {
	_, left := g.Units()
	off := b.Percent.Of(left, g.Step)
	if most, ok := b.Most[g.Currency]; ok {
		off = min(off, most)
	}
	return basket.Effect{Spread: off}
}

// Turn comes before fixed amounts.
func (b *Benefit) Turn() basket.Turn { return basket.TurnPercent }
