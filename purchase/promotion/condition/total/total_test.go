package total_test

import (
	"encoding/json"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/condition/conditiontest"
	"korzo/purchase/promotion/condition/total"
)

func TestTotalKeepsTheSeamsPromises(t *testing.T) {
	conditiontest.Exercise(t, conditiontest.Suite{New: total.New,
		Settings: []string{`{"min": {"EUR": 5000}}`, `{"min": {"EUR": 1}, "max": {"EUR": 20000, "HUF": 100}}`, `{"max": {"EUR": 1}, "of": {"tags": ["coffee"]}}`},
		Wrong:    map[string]string{"above the most": `{"min": {"EUR": 2}, "max": {"EUR": 1}}`, "half a forint": `{"min": {"HUF": 50}}`}})
}

func TestTotalSays(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		visit          basket.Visit
		want           string
	}{
		{"just enough", `{"min": {"EUR": 5000}}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, ""},
		{"a cent short", `{"min": {"EUR": 5001}}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, basket.ReasonTotal},
		{"too much", `{"max": {"EUR": 4999}}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, basket.ReasonTotal},
		{"another currency", `{"min": {"HUF": 500000}}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, basket.ReasonCurrency},
		{"some goods only", `{"min": {"EUR": 3000}, "of": {"tags": ["coffee"]}}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, ""},
		{"too little of some goods", `{"min": {"EUR": 3001}, "of": {"tags": ["coffee"]}}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, basket.ReasonTotal},
		{"an empty cart", `{"min": {"EUR": 1}}`, basket.Visit{Currency: "EUR"}, basket.ReasonTotal},
	} {
		condition, err := total.New(json.RawMessage(c.settings))
		if err != nil {
			t.Fatal(err)
		}
		if got := condition.Unmet(&c.visit); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
