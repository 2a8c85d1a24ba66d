package tiered_test

import (
	"encoding/json"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/benefit/benefittest"
	"korzo/purchase/promotion/benefit/tiered"
)

const (
	byUnits  = `{"tiers": [{"units": 3, "percent": 5}, {"units": 10, "percent": 12.5}]}`
	byAmount = `{"tiers": [{"amount": {"EUR": 5000}, "off": {"EUR": 500}}, {"amount": {"EUR": 10000}, "off": {"EUR": 1500}}]}`
)

func TestTieredKeepsTheSeamsPromises(t *testing.T) {
	benefittest.Exercise(t, benefittest.Suite{New: tiered.New, Settings: []string{byUnits, byAmount, `{"tiers": [{"units": 1, "percent": 100}]}`},
		Wrong: map[string]string{"nothing": `{}`, "no tiers": `{"tiers": []}`, "by neither": `{"tiers": [{"percent": 5}]}`,
			"by both": `{"tiers": [{"units": 1, "amount": {"EUR": 1}, "percent": 5}]}`, "nothing off": `{"tiers": [{"units": 1}]}`,
			"two kinds off":    `{"tiers": [{"units": 1, "percent": 5, "off": {"EUR": 1}}]}`,
			"not rising":       `{"tiers": [{"units": 3, "percent": 5}, {"units": 3, "percent": 6}]}`,
			"giving less":      `{"tiers": [{"units": 3, "percent": 5}, {"units": 4, "percent": 4}]}`,
			"mixed measures":   `{"tiers": [{"units": 3, "percent": 5}, {"amount": {"EUR": 1}, "percent": 6}]}`,
			"other currencies": `{"tiers": [{"units": 3, "off": {"EUR": 5}}, {"units": 4, "off": {"USD": 6}}]}`,
			"more than all":    `{"tiers": [{"units": 3, "percent": 101}]}`}})
}

func TestTheHighestTierReachedHoldsForAll(t *testing.T) {
	for _, c := range []struct {
		settings     string
		units, price int64
		want         int64
	}{
		{byUnits, 2, 1000, 0}, {byUnits, 3, 1000, 150}, {byUnits, 9, 1000, 450}, {byUnits, 10, 1000, 1250},
		{byAmount, 1, 4999, 0}, {byAmount, 1, 5000, 500}, {byAmount, 1, 9999, 500}, {byAmount, 2, 5000, 1500},
	} {
		b, err := tiered.New(json.RawMessage(c.settings))
		if err != nil {
			t.Fatal(err)
		}
		g := basket.Goods{Currency: "EUR", Step: 1, Lines: []basket.Line{{Quantity: c.units, UnitPrice: c.price, Left: c.units * c.price, Takes: true}}}
		if e := b.Off(&g); e.Spread != c.want {
			t.Errorf("%d × %d: %d off, want %d", c.units, c.price, e.Spread, c.want)
		}
	}
}
