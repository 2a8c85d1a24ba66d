package cheapest_test

import (
	"encoding/json"
	"slices"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/benefit/benefittest"
	"korzo/purchase/promotion/benefit/cheapest"
)

func TestCheapestKeepsTheSeamsPromises(t *testing.T) {
	benefittest.Exercise(t, benefittest.Suite{New: cheapest.New,
		Settings: []string{`{"from": 3}`, `{"from": 1}`, `{"from": 4, "count": 2, "percent": 50}`},
		Wrong:    map[string]string{"nothing": `{}`, "more than there must be": `{"from": 2, "count": 3}`, "below zero": `{"from": -1}`}})
}

func TestTheCheapestUnitsAreCheaper(t *testing.T) {
	line := func(quantity, price int64, takes bool) basket.Line {
		return basket.Line{Quantity: quantity, UnitPrice: price, Left: quantity * price, Takes: takes}
	}
	for _, c := range []struct {
		name, settings string
		lines          []basket.Line
		want           []int64
	}{
		{"one of three", `{"from": 3}`, []basket.Line{line(2, 1000, true), line(1, 400, true)}, []int64{0, 400}},
		{"one of thirty", `{"from": 3}`, []basket.Line{line(20, 1000, true), line(10, 400, true)}, []int64{0, 400}},
		{"too few", `{"from": 3}`, []basket.Line{line(2, 1000, true)}, nil},
		{"too few of those meant", `{"from": 3}`, []basket.Line{line(2, 1000, true), line(5, 1, false)}, nil},
		{"two over two lines, at half", `{"from": 3, "count": 2, "percent": 50}`, []basket.Line{line(2, 1000, true), line(1, 400, true)}, []int64{500, 200}},
		{"one of two equal ones", `{"from": 1}`, []basket.Line{line(2, 1000, true)}, []int64{1000}},
	} {
		b, err := cheapest.New(json.RawMessage(c.settings))
		if err != nil {
			t.Fatal(err)
		}
		if e := b.Off(&basket.Goods{Currency: "EUR", Step: 1, Lines: c.lines}); !slices.Equal(e.Lines, c.want) {
			t.Errorf("%s: %v, want %v", c.name, e.Lines, c.want)
		}
	}
}
