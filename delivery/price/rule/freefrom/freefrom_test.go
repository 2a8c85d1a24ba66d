package freefrom_test

import (
	"encoding/json"
	"errors"
	"testing"

	"korzo/delivery/price"
	"korzo/delivery/price/pricetest"
	"korzo/delivery/price/rule/freefrom"
	"korzo/value/money"
)

func TestFreeFromKeepsTheSeamsPromises(t *testing.T) {
	pricetest.Exercise(t, pricetest.Suite{
		New: freefrom.New,
		Settings: func(step int64) json.RawMessage {
			return pricetest.JSON(map[string]any{"amount": 49 * step, "from": 500 * step})
		},
		Grows: []pricetest.Axis{pricetest.Weight, pricetest.Units},
	})
}

func TestDeliveryIsFreeFromTheSumOnAndNotBelow(t *testing.T) {
	r, err := freefrom.New(json.RawMessage(`{"amount":490,"from":5000}`), "EUR")
	if err != nil {
		t.Fatal(err)
	}
	for goods, want := range map[int64]int64{0: 490, 4999: 490, 5000: 0, 5001: 0} {
		if got, ok := r.Price(price.Basket{Goods: money.Of(goods, "EUR")}); !ok || got != money.Of(want, "EUR") {
			t.Errorf("goods of %d: delivery costs %v, want %d", goods, got, want)
		}
	}
}

func TestSettingsThatMakeNoPrice(t *testing.T) {
	for _, settings := range []string{`{}`, `{"amount":490}`, `{"from":5000}`, `{"amount":490,"from":-1}`, `{"amount":490,"from":5000,"to":1}`} {
		if r, err := freefrom.New(json.RawMessage(settings), "EUR"); !errors.Is(err, price.ErrSettings) || r != nil {
			t.Errorf("%s: %v, %v; want ErrSettings and no rule", settings, r, err)
		}
	}
}
