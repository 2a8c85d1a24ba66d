// Package fixed takes an amount off: off the order, or off every unit.
//
// Its settings are {"amounts": {"EUR": 500}} for 5.00 EUR off the order, spread
// over its lines, and {"amounts": {"EUR": 500}, "per": "item"} for 5.00 EUR off
// each unit. It does not apply in a currency for which no amount is set.
package fixed

import (
	"encoding/json"

	"korzo/purchase/promotion/basket"
)

// Kind is the name of this benefit in a promotion.
const Kind = "fixed"

// What an amount is taken off once.
const (
	PerOrder = "order"
	PerItem  = "item"
)

// Benefit is an amount off.
type Benefit struct {
	Amounts basket.Amounts `json:"amounts"`
	Per     string         `json:"per,omitempty"` // PerOrder or PerItem; "" is PerOrder
}

// New reads settings. It returns basket.ErrSettings with the field at fault.
func New(settings json.RawMessage) (basket.Benefit, error) {
	var b Benefit
	if err := basket.Read(settings, &b, `{"amounts": {"EUR": 500}}`); err != nil {
		return nil, err
	}
	if len(b.Amounts) == 0 {
		return nil, basket.Wrong("amounts", "give at least one, such as {\"EUR\": 500} for 5.00 EUR")
	}
	if b.Per != "" && b.Per != PerOrder && b.Per != PerItem {
		return nil, basket.Wrong("per", "use %q or %q", PerOrder, PerItem)
	}
	return &b, b.Amounts.Check("amounts")
}

// Off is the amount, once or for every unit.
func (b *Benefit) Off(g *basket.Goods) basket.Effect {
	amount := b.Amounts[g.Currency]
	if b.Per != PerItem {
		return basket.Effect{Spread: amount}
	}
	off := make([]int64, len(g.Lines))
	for i := range g.Lines {
		if l := &g.Lines[i]; l.Takes {
			off[i] = l.Quantity * amount
		}
	}
	return basket.Effect{Lines: off}
}

// Turn comes after percentages.
func (b *Benefit) Turn() basket.Turn { return basket.TurnFixed }

// Currencies are those in which it applies.
func (b *Benefit) Currencies() basket.Amounts { return b.Amounts }
