package items_test

import (
	"encoding/json"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/condition/conditiontest"
	"korzo/purchase/promotion/condition/items"
)

func TestItemsKeepsTheSeamsPromises(t *testing.T) {
	conditiontest.Exercise(t, conditiontest.Suite{New: items.New,
		Settings: []string{`{"of": {"tags": ["coffee"]}}`, `{"of": {"products": ["prd_1"], "except": {"tags": ["tea"]}}, "only": true}`},
		Wrong:    map[string]string{"nothing named": `{"of": {}}`, "a name without a name": `{"of": {"tags": [""]}}`}})
}

func TestItemsSays(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		visit          basket.Visit
		want           string
	}{
		{"by product", `{"of": {"products": ["prd_2"]}}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, ""},
		{"by tag", `{"of": {"tags": ["tea", "coffee"]}}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, ""},
		{"none", `{"of": {"tags": ["tea"]}}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, basket.ReasonItems},
		{"not only", `{"of": {"tags": ["coffee"]}, "only": true}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, basket.ReasonItems},
		{"an exception", `{"of": {"products": ["prd_1"], "except": {"tags": ["coffee"]}}}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, basket.ReasonItems},
		{"all but", `{"of": {"except": {"tags": ["coffee"]}}}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, ""},
		{"an empty cart", `{"of": {"tags": ["coffee"]}, "only": true}`, basket.Visit{Currency: "EUR"}, basket.ReasonItems},
	} {
		condition, err := items.New(json.RawMessage(c.settings))
		if err != nil {
			t.Fatal(err)
		}
		if got := condition.Unmet(&c.visit); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
