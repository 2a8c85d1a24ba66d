package quantity_test

import (
	"encoding/json"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/condition/conditiontest"
	"korzo/purchase/promotion/condition/quantity"
)

func TestQuantityKeepsTheSeamsPromises(t *testing.T) {
	conditiontest.Exercise(t, conditiontest.Suite{New: quantity.New,
		Settings: []string{`{"min": 3}`, `{"max": 4}`, `{"min": 1, "max": 9, "of": {"categories": ["mugs"]}}`},
		Wrong:    map[string]string{"above the most": `{"min": 3, "max": 2}`, "below zero": `{"min": -1}`}})
}

func TestQuantitySays(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		visit          basket.Visit
		want           string
	}{
		{"enough", `{"min": 3}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, ""},
		{"too few", `{"min": 4}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, basket.ReasonQuantity},
		{"too many", `{"max": 2}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, basket.ReasonQuantity},
		{"of a category by slug", `{"min": 2, "of": {"categories": ["drinks"]}}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, ""},
		{"too few of a category", `{"min": 3, "of": {"categories": ["cat_1"]}}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, basket.ReasonQuantity},
	} {
		condition, err := quantity.New(json.RawMessage(c.settings))
		if err != nil {
			t.Fatal(err)
		}
		if got := condition.Unmet(&c.visit); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
