package apptest

import (
	"context"
	"encoding/json"
	"strings"

	"korzo/delivery/method"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/purchase/flow"
	"korzo/purchase/tax"
	"korzo/value/calendar"
	"korzo/value/money"
)

// fill makes the fixture's records.
func (w *World) fill(d *db.DB) {
	w.T.Helper()
	ctx := w.T.Context()
	err := d.Write(ctx, func(tx *db.Tx) error {
		for _, part := range []func(context.Context, *db.Tx) error{markets, locations, w.products, rates, methods, flows, w.keys} {
			if err := part(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

func markets(ctx context.Context, tx *db.Tx) error {
	if err := market.SaveEntity(ctx, tx, market.Entity{ID: "ent_test", Name: "Test GmbH", VATID: "DE123456788", Series: "T"}); err != nil {
		return err
	}
	for _, m := range []market.Market{
		{ID: "DE", Name: "Germany", Currency: "EUR", Countries: []string{"DE"}, Country: "DE", Locale: "de", Zone: "Europe/Berlin", TaxIncluded: true},
		{ID: "HU", Name: "Hungary", Currency: "HUF", Countries: []string{"HU"}, Country: "HU", Locale: "hu", Zone: "Europe/Budapest", TaxIncluded: true},
		{ID: "US", Name: "United States", Currency: "USD", Countries: []string{"US"}, Country: "US", Locale: "en", Zone: "America/New_York"},
	} {
		m.Entity, m.TaxRounding, m.TaxShipping = "ent_test", market.RoundLine, true
		if err := market.Save(ctx, tx, m); err != nil {
			return err
		}
	}
	return market.SaveChannel(ctx, tx, market.Channel{ID: "web", Name: "Web", Kind: "web", Markets: []string{"DE", "HU", "US"}, DefaultMarket: "DE"})
}

func locations(ctx context.Context, tx *db.Tx) error {
	for i, l := range []inventory.Location{
		{ID: "loc_berlin", Name: "Berlin", Country: "DE", City: "Berlin", Zone: "Europe/Berlin", Ships: true, Pickup: true},
		{ID: "loc_newark", Name: "Newark", Country: "US", City: "Newark", Zone: "America/New_York", Ships: true},
	} {
		l.Priority = int64(i)
		if err := inventory.SaveLocation(ctx, tx, l); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) products(ctx context.Context, tx *db.Tx) error {
	for _, p := range []catalog.Draft{
		{Slug: "mug", Title: "Mug", Variants: []catalog.Variant{
			{SKU: "MUG-RED", Title: "Red", WeightGrams: 350, UnitCost: money.Of(400, "EUR")},
			{SKU: "MUG-BLUE", Title: "Blue", WeightGrams: 350, UnitCost: money.Of(400, "EUR")}}},
		{Slug: "poster", Title: "Poster", Variants: []catalog.Variant{{SKU: "POSTER", WeightGrams: 120}}},
	} {
		made, err := catalog.Create(ctx, tx, p)
		if err != nil {
			return err
		}
		for _, v := range made.Variants {
			w.ids.Store(v.SKU, v.ID)
			for m, a := range map[string]money.Amount{"DE": money.Of(11_90, "EUR"), "HU": money.Of(4_990_00, "HUF"), "US": money.Of(12_00, "USD")} {
				if err := pricing.Set(ctx, tx, m, v.ID, a); err != nil {
					return err
				}
			}
			if _, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: v.ID, Location: "loc_berlin", Delta: 1000, Reason: "fixture"}); err != nil {
				return err
			}
		}
	}
	return nil
}

func rates(ctx context.Context, tx *db.Tx) error {
	for _, r := range []tax.Rate{
		{Name: "USt", Country: "DE", PPM: 190_000}, {Name: "ÁFA", Country: "HU", PPM: 270_000}, {Name: "Sales tax", Country: "US", Region: "NY", PPM: 40_000},
	} {
		if err := tax.SaveRate(ctx, tx, tax.Entry{Country: r.Country, Region: r.Region, Class: tax.Standard, Name: r.Name, PPM: r.PPM, From: calendar.On(2020, 1, 1)}); err != nil {
			return err
		}
	}
	return nil
}

func methods(ctx context.Context, tx *db.Tx) error {
	for m, price := range map[string]int64{"DE": 4_90, "HU": 1_490_00, "US": 6_00} {
		settings, err := json.Marshal(map[string]int64{"amount": price})
		if err != nil {
			return err
		}
		for i, speed := range []string{"standard", "express"} {
			if err := method.Save(ctx, tx, method.Method{ID: strings.ToLower(m) + "_" + speed, Market: m, Name: map[string]string{"en": speed}, Kind: method.Ship,
				Rule: "flat", Settings: settings, CutOff: calendar.Clock(14 * 60), TransitMin: 1, TransitMax: 3 - i, Position: i, Active: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

func flows(ctx context.Context, tx *db.Tx) error {
	cards := map[string][]string{"DE": {"card"}, "HU": {"card"}, "US": {"card"}}
	for _, d := range []flow.Document{
		{Name: "Standard", Layout: flow.ThreePage, Payments: cards},
		{Name: "Phone", Trigger: `device.kind == "phone"`, Priority: 10, Layout: flow.OnePage, Payments: cards},
	} {
		v, err := flow.Save(ctx, tx, "", d)
		if err == nil {
			err = flow.Publish(ctx, tx, v.Flow, v.Version)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
