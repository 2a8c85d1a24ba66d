package widget

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/db"
)

// orderBump offers one more thing at one tap. It is a line of the cart like any
// other: its price, stock and tax are the shop's own.
var orderBump = Kind{Name: "order_bump", Title: "Order bump", Doc: "Offers one more product that goes into the cart at one tap.",
	Places: []string{PlacePayment, PlaceSummary, PlaceDelivery}, Many: true, Reads: true,
	Schema: json.RawMessage(`{"type": "object", "required": ["sku"], "additionalProperties": false, "properties": {
		"sku": {"type": "string", "minLength": 1, "maxLength": 100, "description": "Of the product that is offered."},
		"text": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 200}, "description": "Why one would want it, by language."}}}`),
	Example: json.RawMessage(`{"sku": "CARE-KIT", "text": {"en": "Keeps it new for years."}}`),
	Answers: []Answer{{Name: "add", Doc: "The variant to add: the data's variant"}, {Name: "remove", Doc: "The variant to take out again"}},
	make:    func(s json.RawMessage) (Widget, error) { return read[bumpOffer](s) }}

type bumpOffer struct {
	silent
	SKU  string `json:"sku"`
	Text Text   `json:"text"`
}

// BumpData is what a door draws of the offer.
type BumpData struct {
	Variant string `json:"variant"`
	Title   string `json:"title"`
	Text    string `json:"text,omitempty"`
	Image   string `json:"image,omitempty"`
	Price   Sum    `json:"price"`
	Added   bool   `json:"added"`
}

func (bumpOffer) Hear(said Answers, s Scene) (Answers, Act, error) {
	do := Act{AddVariant: said["add"], RemoveVariant: said["remove"]}
	if slices.Contains(s.Variants, do.AddVariant) {
		do.AddVariant = "" // tapped twice: one is enough
	}
	return nil, do, nil
}

func (b bumpOffer) Look(ctx context.Context, tx *db.Tx, _ Answers, s Scene) (any, error) {
	v, err := catalog.FindSKU(ctx, tx, b.SKU)
	if errors.Is(err, catalog.ErrSKUNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ids := []catalog.VariantID{v.ID}
	items, err := catalog.SellableIn(ctx, tx, s.Channel, s.Locale, ids)
	if err != nil {
		return nil, err
	}
	costs, err := pricing.Prices(ctx, tx, s.Market, ids)
	if err != nil {
		return nil, err
	}
	item, price := items[v.ID], costs[v.ID]
	added := slices.Contains(s.Variants, string(v.ID))
	if !added {
		if left, err := inventory.AvailableIn(ctx, tx, s.Channel, ids); err != nil || item.Kind == catalog.KindGoods && left[v.ID].Units == 0 {
			return nil, err
		}
	}
	if !item.Active || price.Currency != s.Currency {
		return nil, nil
	}
	return BumpData{string(v.ID), item.Title, b.Text.In(s.Locale), item.Image.Blob, sumOf(price), added}, nil
}
