package percent_test

import (
	"encoding/json"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/benefit/benefittest"
	"korzo/purchase/promotion/benefit/percent"
)

func TestPercentKeepsTheSeamsPromises(t *testing.T) {
	benefittest.Exercise(t, benefittest.Suite{New: percent.New,
		Settings: []string{`{"percent": 10}`, `{"percent": 100}`, `{"percent": 12.3456}`, `{"percent": 20, "most": {"EUR": 5000, "HUF": 100000}}`},
		Wrong: map[string]string{"nothing": `{}`, "zero": `{"percent": 0}`, "below zero": `{"percent": -1}`, "too much": `{"percent": 101}`,
			"five decimals": `{"percent": 1.23456}`, "a text": `{"percent": "10"}`, "an exponent": `{"percent": 1e1}`,
			"half a forint": `{"percent": 1, "most": {"HUF": 50}}`, "no currency": `{"percent": 1, "most": {"XXQ": 50}}`}})
}

func TestAPartIsOfAllLinesTogetherAndRoundedOnce(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		left           []int64
		want           int64
	}{
		{"three lines of 0.05 at 10 % are 0.02, not 0.03", `{"percent": 10}`, []int64{5, 5, 5}, 2},
		{"half a cent goes up", `{"percent": 50}`, []int64{1}, 1},
		{"no more than the most", `{"percent": 20, "most": {"EUR": 500}}`, []int64{10_000}, 500},
		{"less than the most", `{"percent": 20, "most": {"EUR": 500}}`, []int64{1000}, 200},
		{"a most in another currency is none", `{"percent": 20, "most": {"HUF": 500}}`, []int64{10_000}, 2000},
	} {
		b, err := percent.New(json.RawMessage(c.settings))
		if err != nil {
			t.Fatal(err)
		}
		g := basket.Goods{Currency: "EUR", Step: 1}
		for _, left := range c.left {
			g.Lines = append(g.Lines, basket.Line{Quantity: 1, UnitPrice: left, Left: left, Takes: true})
		}
		if e := b.Off(&g); e.Spread != c.want || e.Lines != nil || e.Shipping != 0 {
			t.Errorf("%s: %+v, want %d", c.name, e, c.want)
		}
	}
}
