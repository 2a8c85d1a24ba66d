// Package minimum keeps discounts from going under a price.
//
// Its settings are {"amounts": {"EUR": 500}} for units that are never discounted
// below 5.00 EUR, {"percent": 70} for never below 70 % of the price shown, or
// both, when the higher one holds. It takes nothing off itself. What another
// promotion may not take off a line is not moved to other lines. A price that is
// lower already stays as it is.
package minimum

import (
	"encoding/json"

	"korzo/purchase/promotion/basket"
	"korzo/value/money"
)

// Kind is the name of this benefit in a promotion.
const Kind = "minimum"

// Benefit is a least price of a unit.
type Benefit struct {
	Amounts basket.Amounts `json:"amounts,omitempty"`
	Percent basket.Percent `json:"percent,omitempty"` // of the price shown
}

// New reads settings. It returns basket.ErrSettings with the field at fault.
func New(settings json.RawMessage) (basket.Benefit, error) {
	var b Benefit
	if err := basket.Read(settings, &b, `{"amounts": {"EUR": 500}} or {"percent": 70}`); err != nil {
		return nil, err
	}
	if len(b.Amounts) == 0 && b.Percent == 0 {
		return nil, basket.Wrong("amounts", "give the least price of a unit, or a percent of its price")
	}
	if b.Percent > basket.Hundred {
		return nil, basket.Wrong("percent", "use more than 0 and at most 100")
	}
	return &b, b.Amounts.Check("amounts")
}

// Off takes nothing.
func (b *Benefit) Off(*basket.Goods) basket.Effect { return basket.Effect{} }

// Turn does not matter.
func (b *Benefit) Turn() basket.Turn { return basket.TurnUnits }

// Floor is the least the line may cost: a part of a step counts as a step.
func (b *Benefit) Floor(l *basket.Line, c money.Currency, step int64) int64 {
	gross := l.Quantity * l.UnitPrice
	part := b.Percent.Of(gross, 1)
	return max(l.Quantity*b.Amounts[c], (part+step-1)/step*step)
}
