package flat_test

import (
	"encoding/json"
	"errors"
	"testing"

	"korzo/delivery/price"
	"korzo/delivery/price/pricetest"
	"korzo/delivery/price/rule/flat"
	"korzo/value/money"
)

func TestFlatKeepsTheSeamsPromises(t *testing.T) {
	pricetest.Exercise(t, pricetest.Suite{
		New:      flat.New,
		Settings: func(step int64) json.RawMessage { return pricetest.JSON(map[string]any{"amount": 49 * step}) },
		Grows:    []pricetest.Axis{pricetest.Weight, pricetest.Units, pricetest.Goods},
	})
}

func TestEveryBasketCostsTheSame(t *testing.T) {
	for _, amount := range []int64{0, 1, 490, money.MaxPrice} {
		r, err := flat.New(pricetest.JSON(map[string]any{"amount": amount}), "EUR")
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range []price.Basket{{}, {Goods: money.Of(100_000, "EUR"), WeightGrams: 30_000, Units: 9, Country: "DE", PostalCode: "10115"}} {
			if got, ok := r.Price(b); !ok || got != money.Of(amount, "EUR") {
				t.Errorf("%+v costs %v, %v; want %d", b, got, ok, amount)
			}
		}
	}
}

func TestSettingsThatMakeNoPrice(t *testing.T) {
	for _, c := range []struct{ name, settings, currency string }{
		{"none", ``, "EUR"},
		{"null", `null`, "EUR"},
		{"empty", `{}`, "EUR"},
		{"no object", `490`, "EUR"},
		{"a string", `{"amount":"490"}`, "EUR"},
		{"a fraction", `{"amount":4.9}`, "EUR"},
		{"below zero", `{"amount":-1}`, "EUR"},
		{"too much", `{"amount":1000000000001}`, "EUR"},
		{"more than numbers go", `{"amount":99999999999999999999}`, "EUR"},
		{"half a forint", `{"amount":149050}`, "HUF"},
		{"another rule's field", `{"amount":490,"free_from":5000}`, "EUR"},
		{"something after", `{"amount":490} {"amount":0}`, "EUR"},
		{"no currency", `{"amount":490}`, "XXQ"},
	} {
		if r, err := flat.New(json.RawMessage(c.settings), money.Currency(c.currency)); !errors.Is(err, price.ErrSettings) || r != nil {
			t.Errorf("%s: %v, %v; want ErrSettings and no rule", c.name, r, err)
		}
	}
}
