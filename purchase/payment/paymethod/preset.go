package paymethod

import (
	"context"
	"fmt"
	"slices"

	"korzo/platform/db"
)

// presets is how people pay in a country, as a merchant who opens there would
// begin: the most used first. Amounts are minor units of its currency.
var presets = map[string][]Setting{
	"DE": {{Method: "paypal"}, {Method: "card"}, {Method: "invoice", Max: 250_00}, {Method: "transfer"}, {Method: "pay_later", Min: 35_00}, {Method: "pay_in_3", Min: 100_00}},
	"SE": {{Method: "swish"}, {Method: "card"}, {Method: "pay_later"}},
	"US": {{Method: "card"}, {Method: "venmo"}, {Method: "paypal"}},
	"TR": {{Method: "instalments", Min: 250_00}, {Method: "card"}},
	"HU": {{Method: "card"}, {Method: "cod", Max: 150_000_00, Fee: 490_00}, {Method: "transfer"}},
}

// Preset returns what a merchant would begin with in a country: nothing for a
// country that has no preset.
func Preset(country string) []Setting {
	settings := slices.Clone(presets[country])
	for i := range settings {
		settings[i].Enabled, settings[i].Position = true, int64(i+1)
	}
	return settings
}

// Begin gives a market the preset of a country, on top of what it has.
func Begin(ctx context.Context, tx *db.Tx, market, country string) error {
	for _, s := range Preset(country) {
		s.Market = market
		if err := Save(ctx, tx, s); err != nil {
			return fmt.Errorf("begin with the methods of %s: %w", country, err)
		}
	}
	return nil
}
