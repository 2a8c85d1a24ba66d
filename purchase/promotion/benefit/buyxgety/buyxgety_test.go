package buyxgety_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/benefit/benefittest"
	"korzo/purchase/promotion/benefit/buyxgety"

	"pgregory.net/rapid"
)

func TestBuyXGetYKeepsTheSeamsPromises(t *testing.T) {
	benefittest.Exercise(t, benefittest.Suite{New: buyxgety.New, ByOthers: true,
		Settings: []string{`{"buy": 2, "get": 1}`, `{"buy": 1, "get": 1, "percent": 50}`, `{"buy": 3, "get": 2, "of": {"tags": ["coffee"]}, "times": 2}`},
		Wrong: map[string]string{"nothing": `{}`, "nothing to get": `{"buy": 1}`, "below zero": `{"buy": 1, "get": -1}`, "too often": `{"buy": 1, "get": 1, "times": -1}`,
			"a name without a name": `{"buy": 1, "get": 1, "of": {"tags": [""]}}`}})
}

func TestUnitsForUnits(t *testing.T) {
	line := func(quantity, price int64, takes bool, tags ...string) basket.Line {
		return basket.Line{Quantity: quantity, UnitPrice: price, Left: quantity * price, Takes: takes, Item: basket.Item{Tags: tags}}
	}
	const two, coffee = `{"buy": 2, "get": 1}`, `{"buy": 2, "get": 1, "of": {"tags": ["coffee"]}}`
	for _, c := range []struct {
		name, settings string
		lines          []basket.Line
		want           []int64
	}{
		{"the third is free", two, []basket.Line{line(3, 500, true)}, []int64{500}},
		{"two are too few", two, []basket.Line{line(2, 500, true)}, nil},
		{"the seventh begins a new set", two, []basket.Line{line(7, 500, true)}, []int64{1000}},
		{"the cheapest is free", two, []basket.Line{line(1, 900, true), line(1, 300, true), line(1, 600, true)}, []int64{0, 300, 0}},
		{"half of the second", `{"buy": 1, "get": 1, "percent": 50}`, []basket.Line{line(2, 999, true)}, []int64{500}},
		{"a part of a set counts", `{"buy": 2, "get": 2}`, []basket.Line{line(3, 500, true)}, []int64{500}},
		{"once, however much", `{"buy": 2, "get": 1, "times": 1}`, []basket.Line{line(9, 500, true)}, []int64{500}},
		{"coffee brings a cup", coffee, []basket.Line{line(2, 900, false, "coffee"), line(3, 400, true)}, []int64{0, 400}},
		{"without a cup nothing is free", coffee, []basket.Line{line(2, 900, false, "coffee")}, nil},
		{"cups alone are dear", coffee, []basket.Line{line(3, 400, true)}, nil},
		{"a unit serves once", coffee, []basket.Line{line(2, 400, true, "coffee")}, nil},
		{"what is both is got when something else is bought", coffee, []basket.Line{line(2, 900, false, "coffee"), line(1, 400, true, "coffee")}, []int64{0, 400}},
	} {
		b, err := buyxgety.New(json.RawMessage(c.settings))
		if err != nil {
			t.Fatal(err)
		}
		if e := b.Off(&basket.Goods{Currency: "EUR", Step: 1, Lines: c.lines}); !slices.Equal(e.Lines, c.want) {
			t.Errorf("%s: %v, want %v", c.name, e.Lines, c.want)
		}
	}
}

// The most units are got that any arrangement gives: found by trying all.
func TestNoArrangementGetsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		small := rapid.Int64Range(1, 4)
		buy, get, times := small.Draw(t, "buy"), small.Draw(t, "get"), rapid.Int64Range(0, 3).Draw(t, "times")
		units := rapid.Int64Range(0, 7)
		onlyBought, onlyGot, both := units.Draw(t, "only bought"), units.Draw(t, "only got"), units.Draw(t, "both")
		want := int64(0)
		for served := range both + 1 { // of both, as bought
			sets := (onlyBought + served) / buy
			if times > 0 {
				sets = min(sets, times)
			}
			want = max(want, min(sets*get, onlyGot+both-served))
		}
		b, err := buyxgety.New(json.RawMessage(fmt.Sprintf(`{"buy": %d, "get": %d, "times": %d, "of": {"tags": ["x"]}}`, buy, get, times)))
		if err != nil {
			t.Fatal(err)
		}
		g := basket.Goods{Currency: "EUR", Step: 1}
		add := func(quantity int64, takes bool, tags ...string) {
			if quantity > 0 {
				g.Lines = append(g.Lines, basket.Line{Quantity: quantity, UnitPrice: 1, Left: quantity, Takes: takes, Item: basket.Item{Tags: tags}})
			}
		}
		add(onlyBought, false, "x")
		add(onlyGot, true)
		add(both, true, "x")
		var got int64
		for _, off := range b.Off(&g).Lines {
			got += off
		}
		if got != want {
			t.Errorf("%d are got, want %d", got, want)
		}
	})
}
