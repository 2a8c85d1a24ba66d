package fixed_test

import (
	"encoding/json"
	"slices"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/benefit/benefittest"
	"korzo/purchase/promotion/benefit/fixed"
)

func TestFixedKeepsTheSeamsPromises(t *testing.T) {
	benefittest.Exercise(t, benefittest.Suite{New: fixed.New,
		Settings: []string{`{"amounts": {"EUR": 500, "HUF": 20000, "KWD": 1250}}`, `{"amounts": {"EUR": 500, "JPY": 80}, "per": "item"}`},
		Wrong: map[string]string{"nothing": `{}`, "zero": `{"amounts": {"EUR": 0}}`, "below zero": `{"amounts": {"EUR": -1}}`,
			"a fraction": `{"amounts": {"EUR": 1.5}}`, "half a forint": `{"amounts": {"HUF": 50}}`, "per week": `{"amounts": {"EUR": 1}, "per": "week"}`}})
}

func TestOffTheOrderOrOffEachUnit(t *testing.T) {
	g := basket.Goods{Currency: "EUR", Step: 1, Lines: []basket.Line{{Quantity: 3, UnitPrice: 1000, Left: 3000, Takes: true}, {Quantity: 2, UnitPrice: 700, Left: 1400}}}
	order, _ := fixed.New(json.RawMessage(`{"amounts": {"EUR": 500}}`))
	if e := order.Off(&g); e.Spread != 500 || e.Lines != nil {
		t.Errorf("off the order: %+v", e)
	}
	item, _ := fixed.New(json.RawMessage(`{"amounts": {"EUR": 500}, "per": "item"}`))
	if e := item.Off(&g); e.Spread != 0 || !slices.Equal(e.Lines, []int64{1500, 0}) {
		t.Errorf("off each unit: %+v", e)
	}
	g.Currency = "USD"
	if e := order.Off(&g); e.Spread != 0 {
		t.Errorf("euros off dollars: %+v", e)
	}
}
