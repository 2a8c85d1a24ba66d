// Package tiered takes off more the more is bought.
//
// Its settings are a table, by quantity: {"tiers": [{"units": 3, "percent": 5},
// {"units": 10, "percent": 12.5}]}, or by what the goods still cost: {"tiers":
// [{"amount": {"EUR": 5000}, "off": {"EUR": 500}}, {"amount": {"EUR": 10000},
// "off": {"EUR": 1500}}]}. The highest tier that is reached holds for all of the
// promotion's items; below the first nothing is taken off. Tiers rise, and no
// higher one gives less.
package tiered

import (
	"encoding/json"
	"fmt"

	"korzo/purchase/promotion/basket"
	"korzo/value/money"
)

// Kind is the name of this benefit in a promotion.
const Kind = "tiered"

const maxTiers = 20

// Tier is one line of the table: reached from Units or from Amount, it takes off
// Percent or Off.
type Tier struct {
	Units   int64          `json:"units,omitempty"`
	Amount  basket.Amounts `json:"amount,omitempty"`
	Percent basket.Percent `json:"percent,omitempty"`
	Off     basket.Amounts `json:"off,omitempty"`
}

// Benefit is a table of tiers, the lowest first.
type Benefit struct {
	Tiers []Tier `json:"tiers"`
}

// New reads settings. It returns basket.ErrSettings with the field at fault.
func New(settings json.RawMessage) (basket.Benefit, error) {
	var b Benefit
	if err := basket.Read(settings, &b, `{"tiers": [{"units": 3, "percent": 5}]}`); err != nil {
		return nil, err
	}
	if len(b.Tiers) == 0 || len(b.Tiers) > maxTiers {
		return nil, basket.Wrong("tiers", "give 1 to %d", maxTiers)
	}
	for i := range b.Tiers {
		if err := b.Tiers[i].check(fmt.Sprintf("tiers[%d]", i)); err != nil {
			return nil, err
		}
		if i > 0 && !b.Tiers[i].above(&b.Tiers[i-1]) {
			return nil, basket.Wrong(fmt.Sprintf("tiers[%d]", i), "each tier is reached later than the one before, by the same measure, and takes off more")
		}
	}
	return &b, nil
}

func (t *Tier) check(field string) error {
	switch {
	case (t.Units > 0) == (len(t.Amount) > 0) || t.Units < 0 || t.Units > money.MaxUnits:
		return basket.Wrong(field, "give either units, from 1, or an amount from which it holds")
	case (t.Percent > 0) == (len(t.Off) > 0):
		return basket.Wrong(field, "give either percent or off")
	case t.Percent > basket.Hundred:
		return basket.Wrong(field, "percent is more than 0 and at most 100")
	}
	if err := t.Amount.Check(field + ".amount"); err != nil {
		return err
	}
	return t.Off.Check(field + ".off")
}

// above reports whether t is reached later than lower and gives more.
func (t *Tier) above(lower *Tier) bool {
	if (t.Units > 0) != (lower.Units > 0) || (t.Percent > 0) != (lower.Percent > 0) {
		return false
	}
	return (t.Units > lower.Units || rises(t.Amount, lower.Amount)) && (t.Percent > lower.Percent || rises(t.Off, lower.Off))
}

// rises reports whether higher is more in each currency of both.
func rises(higher, lower basket.Amounts) bool {
	if len(higher) != len(lower) || len(higher) == 0 {
		return false
	}
	for c, minor := range lower {
		if higher[c] <= minor {
			return false
		}
	}
	return true
}

// Off is what the highest tier reached takes off.
func (b *Benefit) Off(g *basket.Goods) basket.Effect {
	units, left := g.Units()
	var off int64
	for i := range b.Tiers {
		t := &b.Tiers[i]
		from, ok := t.Amount[g.Currency]
		if t.Units > 0 && units < t.Units || t.Units == 0 && (!ok || left < from) {
			break
		}
		if off = t.Off[g.Currency]; t.Percent > 0 {
			off = t.Percent.Of(left, g.Step)
		}
	}
	return basket.Effect{Spread: off}
}

// Turn is that of the percentages or of the amounts.
func (b *Benefit) Turn() basket.Turn {
	if b.Tiers[0].Percent > 0 {
		return basket.TurnPercent
	}
	return basket.TurnFixed
}
