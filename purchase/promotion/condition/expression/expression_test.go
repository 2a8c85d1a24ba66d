package expression_test

import (
	"encoding/json"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/condition/conditiontest"
	"korzo/purchase/promotion/condition/expression"
)

func TestExpressionKeepsTheSeamsPromises(t *testing.T) {
	conditiontest.Exercise(t, conditiontest.Suite{New: expression.New,
		Settings: []string{`{"rule": "cart.total > 5000"}`, `{"rule": "\"coffee\" in cart.tags && !customer.ordered"}`, `{"rule": "cart.total / cart.units > 5"}`},
		Wrong:    map[string]string{"a fact nobody knows": `{"rule": "cart.totl > 5"}`, "no condition": `{"rule": "cart.total"}`, "empty": `{"rule": ""}`}})
}

func TestExpressionSays(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		visit          basket.Visit
		want           string
	}{
		{"it holds", `{"rule": "cart.total == 5000 && cart.units == 3 && cart.lines == 2"}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, ""},
		{"it does not", `{"rule": "cart.total > 5000"}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, basket.ReasonRule},
		{"it cannot be decided", `{"rule": "1 / (cart.units - 3) > 1"}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, basket.ReasonNotAnswered},
		{"by tag, product and category", `{"rule": "\"coffee\" in cart.tags && \"prd_2\" in cart.products && \"drinks\" in cart.categories"}`, basket.Visit{Currency: "EUR", Total: 5000, Units: 3, Lines: []basket.Line{{Quantity: 2, UnitPrice: 1500, Left: 3000, Item: basket.Item{Product: "prd_1", Tags: []string{"coffee"}, Categories: []string{"cat_1", "drinks"}}}, {Quantity: 1, UnitPrice: 2000, Left: 2000, Item: basket.Item{Product: "prd_2"}}}}, ""},
		{"by customer", `{"rule": "customer.known && customer.ordered && \"grp_1\" in customer.groups"}`, basket.Visit{Customer: basket.Customer{ID: "cus_1", Groups: []string{"grp_1"}, Before: true}}, ""},
		{"by market", `{"rule": "market == \"DE\" && channel == \"web\""}`, basket.Visit{Market: "DE", Channel: "web"}, ""},
	} {
		condition, err := expression.New(json.RawMessage(c.settings))
		if err != nil {
			t.Fatal(err)
		}
		if got := condition.Unmet(&c.visit); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestARuleNeedsWhatItSpeaksOf(t *testing.T) {
	for source, want := range map[string]basket.Needs{
		`{"rule": "cart.total > 1"}`: {}, `{"rule": "\"a\" in customer.groups"}`: {Groups: true}, `{"rule": "!customer.ordered"}`: {Before: true},
	} {
		if c, err := expression.New(json.RawMessage(source)); err != nil || c.Needs() != want {
			t.Errorf("%s needs %+v, %v", source, c.Needs(), err)
		}
	}
	if len(expression.Facts()) == 0 {
		t.Error("nothing to speak of")
	}
}
