package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"korzo/delivery/method"
	"korzo/delivery/promise"
	"korzo/delivery/sourcing"
	"korzo/fulfilment/pickup"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

// stores are shops with people in them: goods are collected there, and what
// lies near a buyer is sent from their shelves, a few parcels a day.
var stores = []inventory.Location{
	{ID: "loc_hamburg_store", Name: "Hamburg, Neuer Kai", Country: "DE", City: "Hamburg", Zone: "Europe/Berlin", Priority: 40, Ships: true, Pickup: true, Till: true,
		Address: address.Address{Name: "Korzo Hamburg", Line1: "Neuer Kai 4", City: "Hamburg", PostalCode: "20457", Country: "DE"}},
	{ID: "loc_munich_store", Name: "München, Lindenhof", Country: "DE", City: "München", Zone: "Europe/Berlin", Priority: 50, Ships: true, Pickup: true, Till: true,
		Address: address.Address{Name: "Korzo München", Line1: "Lindenhof 9", City: "München", PostalCode: "80333", Country: "DE"}},
	{ID: "loc_buda_store", Name: "Budapest, Híd utca", Country: "HU", City: "Budapest", Zone: "Europe/Budapest", Priority: 60, Ships: true, Pickup: true, Till: true,
		Address: address.Address{Name: "Korzo Buda", Line1: "Híd utca 7.", City: "Budapest", PostalCode: "1027", Country: "HU"}},
}

// counters are the ways to collect at the stores.
var counters = []method.Method{
	{ID: "de_pickup_hamburg", Market: "DE", Name: collect("Hamburg", "Hamburg", "Hamburg"), Location: "loc_hamburg_store", Position: 4},
	{ID: "de_pickup_munich", Market: "DE", Name: collect("Munich", "München", "München"), Location: "loc_munich_store", Position: 5},
	{ID: "hu_pickup_buda", Market: "HU", Name: collect("Buda", "Buda", "Buda"), Location: "loc_buda_store", Position: 4},
}

// parcelZones price the German express by weight; to an island it costs more.
const parcelZones = `{"zones": [
	{"name": "Islands", "countries": ["DE"], "codes": ["18565", "25849-25999", "26465-26486", "26548-26579", "26757", "27498"], "weights": [{"to_grams": 31500, "amount": 2490}]},
	{"name": "Germany", "countries": ["DE"], "weights": [{"to_grams": 10000, "amount": 1290}, {"to_grams": 31500, "amount": 1690}]}]}`

// rulesOfSourcing decide where goods come from: in time, no parcel too small, nobody
// overworked, near, cheap for us, and no shelf emptied without need.
var rulesOfSourcing = []sourcing.Rule{
	{Kind: sourcing.Promise},
	{Kind: sourcing.Split, Settings: json.RawMessage(`{"least_units": 2}`)}, {Kind: sourcing.Capacity},
	{Kind: sourcing.Nearest, Settings: json.RawMessage(`{"tolerance_km": 60}`)}, {Kind: sourcing.Margin}, {Kind: sourcing.Balance},
}

// writeStores opens the stores and says how goods are sourced. It may be repeated.
func writeStores(ctx context.Context, tx *db.Tx) error {
	for _, l := range stores {
		if err := inventory.SaveLocation(ctx, tx, l); err != nil {
			return err
		}
		p, _, err := pickup.FindPlace(ctx, tx, l.ID)
		if err != nil {
			return err
		}
		p.Hours.Days = []calendar.Opening{{Week: calendar.MondayToFriday, Open: 9 * 60, Close: 20 * 60}, {Week: calendar.Days(time.Saturday), Open: 10 * 60, Close: 18 * 60}}
		if err := pickup.SavePlace(ctx, tx, p); err != nil {
			return err
		}
	}
	for _, m := range counters {
		m.Kind, m.Rule, m.Settings, m.CutOff, m.Active = method.Pickup, "flat", flat(0), 17*60, true
		m.DispatchWeek, m.DeliveryWeek = calendar.MondayToSaturday, calendar.MondayToSaturday
		if err := method.Save(ctx, tx, m); err != nil {
			return err
		}
	}
	for _, l := range append(locations[:len(locations):len(locations)], stores...) {
		c := sourcing.Location{Location: l.ID, Capacity: sourcing.Unlimited, Home: money.Of(390, "EUR"), Abroad: money.Of(1190, "EUR")}
		if l.Priority >= stores[0].Priority {
			c.Capacity, c.Home = 15, money.Of(520, "EUR")
		}
		if err := sourcing.SaveLocation(ctx, tx, c); err != nil {
			return err
		}
	}
	for _, p := range handsAt {
		if err := promise.SavePlace(ctx, tx, p); err != nil {
			return err
		}
	}
	return sourcing.SaveRules(ctx, tx, rulesOfSourcing)
}

// writeShelvesOfStores puts a few of most things into the stores.
func (f *filling) writeShelvesOfStores(ctx context.Context, tx *db.Tx) error {
	dice := rand.New(rand.NewPCG(5, seed))
	for _, g := range f.goods {
		var ids []catalog.VariantID
		for _, v := range g.draft.Variants {
			ids = append(ids, v.ID)
		}
		free, err := inventory.Available(ctx, tx, ids)
		if err != nil {
			return err
		}
		for _, v := range g.draft.Variants {
			for _, at := range stores {
				units := max(0, dice.IntN(9)-2)
				if units == 0 || free[v.ID] < 10 { // what is scarce is not in the stores
					continue
				}
				if _, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: v.ID, Location: at.ID, Delta: int64(units),
					Cause: inventory.CauseReceived, Reason: "opening stock", Actor: "system", Ref: "DN-1002"}); err != nil {
					return fmt.Errorf("stock %s: %w", v.SKU, err)
				}
			}
		}
	}
	return nil
}
