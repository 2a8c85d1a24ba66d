package widget

import (
	"context"
	"encoding/json"

	"korzo/delivery/method"
	"korzo/platform/db"
)

// freeShipping says how much is missing until delivery costs nothing. The sum is
// found by asking the delivery methods' own price rules.
var freeShipping = Kind{Name: "free_shipping", Title: "Free-shipping bar", Doc: "Says how much is missing until delivery costs nothing, and when it is reached.",
	Places: []string{PlaceTop, PlaceSummary}, Reads: true,
	Schema: json.RawMessage(`{"type": "object", "additionalProperties": false, "properties": {
		"from_percent": {"type": "integer", "minimum": 0, "maximum": 99, "description": "Show it once the goods have come so far; left out: always."},
		"reached": {"type": "boolean", "description": "Keep it when delivery is free."}}}`),
	Example: json.RawMessage(`{"from_percent": 30, "reached": true}`),
	make:    func(s json.RawMessage) (Widget, error) { return read[shippingBar](s) }}

type shippingBar struct {
	silent
	FromPercent int64 `json:"from_percent"`
	Reached     bool  `json:"reached"`
}

// ShippingBarData is what a door draws of the bar.
type ShippingBarData struct {
	From    Sum   `json:"from"` // of goods
	Missing Sum   `json:"missing"`
	Percent int64 `json:"percent"` // of the way, 0 to 100
}

func (b shippingBar) Look(ctx context.Context, tx *db.Tx, _ Answers, s Scene) (any, error) {
	if s.Electronic {
		return nil, nil
	}
	q := method.Query{Market: s.Market, Country: s.Country, PostalCode: s.PostalCode, Locale: s.Locale, Now: s.Now}
	q.Basket.Goods, q.Basket.Units, q.Basket.WeightGrams = s.Goods, s.Units, s.WeightGrams
	from, ok, err := method.FreeFrom(ctx, tx, q)
	if err != nil || !ok || from.Currency != s.Currency || from.Minor == 0 {
		return nil, err
	}
	missing := from.Minus(s.Goods)
	if missing.Minor <= 0 {
		if !b.Reached {
			return nil, nil
		}
		return ShippingBarData{sumOf(from), Sum{0, string(s.Currency)}, 100}, nil
	}
	percent := s.Goods.Minor * 100 / from.Minor
	if percent < b.FromPercent {
		return nil, nil
	}
	return ShippingBarData{sumOf(from), sumOf(missing), percent}, nil
}
