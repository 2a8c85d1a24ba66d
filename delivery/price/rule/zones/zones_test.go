package zones_test

import (
	"encoding/json"
	"errors"
	"testing"

	"korzo/delivery/price"
	"korzo/delivery/price/pricetest"
	"korzo/delivery/price/rule/zones"
	"korzo/value/money"
)

func TestZonesKeepTheSeamsPromises(t *testing.T) {
	pricetest.Exercise(t, pricetest.Suite{New: zones.New, Grows: []pricetest.Axis{pricetest.Weight}, Settings: func(step int64) json.RawMessage {
		return pricetest.JSON(map[string]any{"zones": []any{
			map[string]any{"name": "near", "countries": []string{"DE"}, "codes": []string{"10", "12-14"}, "free_from": 50 * step,
				"weights": []any{map[string]any{"to_grams": 2000, "amount": 3 * step}, map[string]any{"to_grams": 31_500, "amount": 7 * step}}},
			map[string]any{"name": "rest", "countries": []string{"DE", "HU"}, "weights": []any{map[string]any{"to_grams": 20_000, "amount": 9 * step}}}}})
	}})
}

const german = `{"from_value": 1000, "to_value": 90000, "zones": [
	{"name": "Islands", "countries": ["DE"], "codes": ["18565", "25849-25999"], "weights": [{"to_grams": 31500, "amount": 1490}]},
	{"name": "Germany", "countries": ["DE"], "free_from": 5000, "weights": [{"to_grams": 5000, "amount": 490}, {"to_grams": 31500, "amount": 890}]},
	{"name": "Union", "countries": ["AT", "HU"], "weights": [{"to_grams": 10000, "amount": 1690}]}]}`

func TestWhatADeliveryCostsAndWhyItIsNotOffered(t *testing.T) {
	r, err := zones.New(json.RawMessage(german), "EUR")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name          string
		goods, grams  int64
		country, code string
		want, why     string
	}{
		{"light", 2000, 5000, "DE", "10115", "4.90", ""},
		{"a gram more", 2000, 5001, "DE", "10115", "8.90", ""},
		{"free from 50.00", 5000, 31_500, "DE", "10115", "0.00", ""},
		{"an island is never free", 8000, 100, "DE", "18565", "14.90", ""},
		{"within a range of codes", 2000, 100, "DE", "25980", "14.90", ""},
		{"beside it", 2000, 100, "DE", "26000", "4.90", ""},
		{"abroad", 2000, 100, "AT", "1010", "16.90", ""},
		{"nobody knows where yet", 2000, 100, "", "", "4.90", ""},
		{"too heavy", 2000, 31_501, "DE", "10115", "", "it takes at most 31.5 kg"},
		{"of too little value", 999, 100, "DE", "10115", "", "it is for goods of 10.00 EUR or more"},
		{"of too much value", 90_001, 100, "DE", "10115", "", "it is for goods of at most 900.00 EUR"},
		{"elsewhere", 2000, 100, "US", "90012", "", "it does not go to 90012 US"},
	} {
		b := price.Basket{Goods: money.Of(tt.goods, "EUR"), WeightGrams: tt.grams, Country: tt.country, PostalCode: tt.code}
		got, ok := r.Price(b)
		why := r.(price.Explainer).Why(b)
		if ok != (tt.why == "") || ok && got.Decimal() != tt.want || why != tt.why {
			t.Errorf("%s: %v, %v, %q; want %s, %q", tt.name, got, ok, why, tt.want, tt.why)
		}
	}
}

func TestZonesThatMakeNoPrice(t *testing.T) {
	for name, settings := range map[string]string{
		"none":                  `{"zones": []}`,
		"no weights":            `{"zones": [{"name": "x"}]}`,
		"falling weights":       `{"zones": [{"weights": [{"to_grams": 5, "amount": 1}, {"to_grams": 4, "amount": 2}]}]}`,
		"heavier and cheaper":   `{"zones": [{"weights": [{"to_grams": 4, "amount": 2}, {"to_grams": 5, "amount": 1}]}]}`,
		"no amount":             `{"zones": [{"weights": [{"to_grams": 4}]}]}`,
		"a range the wrong way": `{"zones": [{"codes": ["20-10"], "weights": [{"to_grams": 4, "amount": 2}]}]}`,
		"an unequal range":      `{"zones": [{"codes": ["1-10"], "weights": [{"to_grams": 4, "amount": 2}]}]}`,
		"values the wrong way":  `{"from_value": 9, "to_value": 1, "zones": [{"weights": [{"to_grams": 4, "amount": 2}]}]}`,
		"an unknown field":      `{"zone": []}`,
	} {
		if _, err := zones.New(json.RawMessage(settings), "EUR"); !errors.Is(err, price.ErrSettings) {
			t.Errorf("%s: %v, want ErrSettings", name, err)
		}
	}
}

func TestSizeAndGroupsDecideWhatItCosts(t *testing.T) {
	r, err := zones.New(json.RawMessage(`{"volume_divisor": 5000, "max_side_mm": 1200, "zones": [
		{"name": "Trade", "groups": ["grp_trade"], "weights": [{"to_grams": 31500, "amount": 290}]},
		{"name": "Everyone", "free_from": 5000, "weights": [{"to_grams": 5000, "amount": 490}, {"to_grams": 20000, "amount": 1490}]}]}`), "EUR")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name      string
		b         price.Basket
		want, why string
	}{
		{"small and light", price.Basket{WeightGrams: 900, VolumeCM3: 3000}, "4.90", ""},
		{"large and light counts as what its room weighs", price.Basket{WeightGrams: 900, VolumeCM3: 25_001}, "14.90", ""},
		{"just not", price.Basket{WeightGrams: 900, VolumeCM3: 25_000}, "4.90", ""},
		{"small and heavy counts as what it weighs", price.Basket{WeightGrams: 5001, VolumeCM3: 100}, "14.90", ""},
		{"of no known size", price.Basket{WeightGrams: 900}, "4.90", ""},
		{"too large", price.Basket{WeightGrams: 900, VolumeCM3: 100_001}, "", "it takes at most 100 litres"},
		{"too long", price.Basket{WeightGrams: 900, LongestMM: 1201}, "", "it takes nothing longer than 120 cm"},
		{"a group of its own pays less", price.Basket{WeightGrams: 900, VolumeCM3: 100_001, Groups: []string{"grp_other", "grp_trade"}}, "2.90", ""},
		{"another group pays as everyone", price.Basket{WeightGrams: 900, Groups: []string{"grp_other"}}, "4.90", ""},
		{"the whole purchase counts", price.Basket{Goods: money.Of(1000, "EUR"), Whole: money.Of(5000, "EUR"), WeightGrams: 900}, "0.00", ""},
		{"a part of less does not", price.Basket{Goods: money.Of(1000, "EUR"), WeightGrams: 900}, "4.90", ""},
	} {
		tt.b.Country, tt.b.PostalCode = "DE", "10115"
		got, ok := r.Price(tt.b)
		why := r.(price.Explainer).Why(tt.b)
		if ok != (tt.why == "") || ok && got.Decimal() != tt.want || why != tt.why {
			t.Errorf("%s: %v, %v, %q; want %s, %q", tt.name, got, ok, why, tt.want, tt.why)
		}
	}
	if len(r.(price.Grouped).ForGroups()) == 0 {
		t.Error("a rule with a zone for a group does not say so")
	}
	for _, bad := range []string{`"volume_divisor": 10`, `"volume_divisor": -1`, `"max_side_mm": 100001`} {
		_, err := zones.New(json.RawMessage(`{`+bad+`, "zones": [{"weights": [{"to_grams": 1, "amount": 1}]}]}`), "EUR")
		if !errors.Is(err, price.ErrSettings) {
			t.Errorf("%s: %v, want ErrSettings", bad, err)
		}
	}
}
