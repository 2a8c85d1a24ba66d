// Package quantity asks how many units a cart holds.
//
// Its settings are {"min": 3} for three units or more, {"max": 10} for at most
// ten, or both; {"min": 2, "of": {"categories": ["mugs"]}} counts some goods only.
// Units are those of lines that can be sold; units that cost nothing count too.
package quantity

import (
	"encoding/json"

	"korzo/purchase/promotion/basket"
	"korzo/value/money"
)

// Kind is the name of this condition in a promotion.
const Kind = "quantity"

// Condition bounds the units.
type Condition struct {
	Min int64        `json:"min,omitempty"`
	Max int64        `json:"max,omitempty"` // 0 is without limit
	Of  basket.Items `json:"of,omitzero"`   // zero: all goods
}

// New reads settings. It returns basket.ErrSettings with the field at fault.
func New(settings json.RawMessage) (basket.Condition, error) {
	var c Condition
	if err := basket.Read(settings, &c, `{"min": 3}`); err != nil {
		return nil, err
	}
	const most = money.MaxUnits * money.MaxLines
	switch {
	case c.Min == 0 && c.Max == 0:
		return nil, basket.Wrong("min", "give the least or the most units")
	case c.Min < 0 || c.Min > most:
		return nil, basket.Wrong("min", "use 1 to %d", int64(most))
	case c.Max < 0 || c.Max > most || c.Max > 0 && c.Max < c.Min:
		return nil, basket.Wrong("max", "must not be less than min; 0 is without limit")
	}
	return &c, c.Of.Check("of")
}

// Unmet returns basket.ReasonQuantity.
func (c *Condition) Unmet(v *basket.Visit) string {
	var units int64
	for i := range v.Lines {
		if c.Of.Holds(v.Lines[i].Item) {
			units += v.Lines[i].Quantity
		}
	}
	if units < c.Min || c.Max > 0 && units > c.Max {
		return basket.ReasonQuantity
	}
	return ""
}

// Needs is nothing.
func (c *Condition) Needs() basket.Needs { return basket.Needs{} }
