// Package total asks how much the goods of a cart cost.
//
// Its settings are {"min": {"EUR": 5000}} for carts from 50.00 EUR, {"max":
// {"EUR": 20000}} for carts up to 200.00 EUR, or both; {"min": …, "of": {"tags":
// ["coffee"]}} counts some goods only. What counts are the prices shown, before
// any discount: so no promotion can take away what another one rests on.
package total

import (
	"encoding/json"

	"korzo/purchase/promotion/basket"
)

// Kind is the name of this condition in a promotion.
const Kind = "total"

// Condition bounds the cost of the goods.
type Condition struct {
	Min basket.Amounts `json:"min,omitempty"`
	Max basket.Amounts `json:"max,omitempty"`
	Of  basket.Items   `json:"of,omitzero"` // zero: all goods
}

// New reads settings. It returns basket.ErrSettings with the field at fault.
func New(settings json.RawMessage) (basket.Condition, error) {
	var c Condition
	if err := basket.Read(settings, &c, `{"min": {"EUR": 5000}}`); err != nil {
		return nil, err
	}
	if len(c.Min) == 0 && len(c.Max) == 0 {
		return nil, basket.Wrong("min", "give the least or the most that the goods cost")
	}
	for currency, high := range c.Max {
		if low := c.Min[currency]; low > high {
			return nil, basket.Wrong("max", "must not be less than min")
		}
	}
	if err := c.Min.Check("min"); err != nil {
		return nil, err
	}
	if err := c.Max.Check("max"); err != nil {
		return nil, err
	}
	return &c, c.Of.Check("of")
}

// Unmet returns basket.ReasonTotal, or basket.ReasonCurrency where no bound is
// set in the currency of the cart.
func (c *Condition) Unmet(v *basket.Visit) string {
	low, bounded := c.Min[v.Currency]
	high, capped := c.Max[v.Currency]
	if !bounded && !capped {
		return basket.ReasonCurrency
	}
	sum := v.Total
	if !c.Of.IsZero() {
		sum = 0
		for i := range v.Lines {
			if c.Of.Holds(v.Lines[i].Item) {
				sum += v.Lines[i].Left
			}
		}
	}
	if sum < low || capped && sum > high {
		return basket.ReasonTotal
	}
	return ""
}

// Needs is nothing.
func (c *Condition) Needs() basket.Needs { return basket.Needs{} }
