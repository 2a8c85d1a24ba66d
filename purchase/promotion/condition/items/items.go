// Package items asks whether a cart holds certain goods.
//
// Its settings are {"of": {"products": ["prd_1"], "tags": ["coffee"]}} for a cart
// that holds something of it, and {"of": …, "only": true} for a cart that holds
// nothing else.
package items

import (
	"encoding/json"

	"korzo/purchase/promotion/basket"
)

// Kind is the name of this condition in a promotion.
const Kind = "items"

// Condition wants certain goods.
type Condition struct {
	Of   basket.Items `json:"of"`
	Only bool         `json:"only,omitempty"`
}

// New reads settings. It returns basket.ErrSettings with the field at fault.
func New(settings json.RawMessage) (basket.Condition, error) {
	var c Condition
	if err := basket.Read(settings, &c, `{"of": {"tags": ["coffee"]}}`); err != nil {
		return nil, err
	}
	if c.Of.IsZero() {
		return nil, basket.Wrong("of", "name products, variants, tags or categories")
	}
	return &c, c.Of.Check("of")
}

// Unmet returns basket.ReasonItems.
func (c *Condition) Unmet(v *basket.Visit) string {
	some := false
	for i := range v.Lines {
		holds := c.Of.Holds(v.Lines[i].Item)
		if c.Only && !holds {
			return basket.ReasonItems
		}
		some = some || holds
	}
	if !some {
		return basket.ReasonItems
	}
	return ""
}

// Needs is nothing.
func (c *Condition) Needs() basket.Needs { return basket.Needs{} }
