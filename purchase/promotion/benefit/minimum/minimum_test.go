package minimum_test

import (
	"encoding/json"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/benefit/benefittest"
	"korzo/purchase/promotion/benefit/minimum"
	"korzo/value/money"
)

func TestMinimumKeepsTheSeamsPromises(t *testing.T) {
	benefittest.Exercise(t, benefittest.Suite{New: minimum.New,
		Settings: []string{`{"amounts": {"EUR": 500}}`, `{"percent": 70}`, `{"amounts": {"HUF": 100}, "percent": 33.3333}`},
		Wrong:    map[string]string{"nothing": `{}`, "too much": `{"percent": 101}`, "zero": `{"amounts": {"EUR": 0}}`}})
}

func TestTheHigherFloorHolds(t *testing.T) {
	for _, c := range []struct {
		settings string
		currency money.Currency
		step     int64
		line     basket.Line
		want     int64
	}{
		{`{"amounts": {"EUR": 500}}`, "EUR", 1, basket.Line{Quantity: 3, UnitPrice: 900}, 1500},
		{`{"amounts": {"EUR": 500}}`, "USD", 1, basket.Line{Quantity: 3, UnitPrice: 900}, 0},
		{`{"percent": 70}`, "EUR", 1, basket.Line{Quantity: 1, UnitPrice: 999}, 699},
		{`{"percent": 70}`, "HUF", 100, basket.Line{Quantity: 1, UnitPrice: 99_900}, 70_000},
		{`{"amounts": {"EUR": 500}, "percent": 70}`, "EUR", 1, basket.Line{Quantity: 1, UnitPrice: 600}, 500},
		{`{"amounts": {"EUR": 500}, "percent": 70}`, "EUR", 1, basket.Line{Quantity: 1, UnitPrice: 1000}, 700},
	} {
		b, err := minimum.New(json.RawMessage(c.settings))
		if err != nil {
			t.Fatal(err)
		}
		if got := b.(basket.Floor).Floor(&c.line, c.currency, c.step); got != c.want {
			t.Errorf("%s for %+v: %d, want %d", c.settings, c.line, got, c.want)
		}
	}
}
