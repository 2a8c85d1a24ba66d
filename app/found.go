package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"korzo/delivery/method"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/flow"
	"korzo/purchase/tax"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

// Founding is what a new shop must know before it can sell: who sells, where,
// in which money, with what tax, and what standard delivery costs.
type Founding struct {
	Name      string `json:"name"`     // shoppers see it
	Seller    string `json:"seller"`   // the legal person; Name if empty
	Country   string `json:"country"`  // sold from and to, ISO 3166; the market bears its name
	Currency  string `json:"currency"` // ISO 4217
	Locale    string `json:"locale"`   // "de-DE"
	Zone      string `json:"zone"`     // IANA: "Europe/Berlin"
	TaxName   string `json:"tax_name"` // "VAT"
	TaxPPM    int64  `json:"tax_ppm"`  // 190,000 for 19 %
	TaxOnTop  bool   `json:"tax_on_top"`
	Delivery  string `json:"delivery"` // its price, such as "4.90"
	DaysFirst int    `json:"days_first"`
	DaysLast  int    `json:"days_last"`
}

var (
	errFounded  = fault.New(fault.Conflict, "shop.founded", "this shop sells already")
	errDelivery = fault.New(fault.Invalid, "shop.delivery", "write what delivery costs as 4.90, with no more decimals than the currency has")
)

// The one channel, location and legal entity of a new shop.
const (
	firstChannel  = "web"
	firstLocation = "loc_main"
	firstEntity   = "ent_main"
)

// Found makes an empty shop one that sells: one market, one place goods leave
// from, one delivery, one tax and one checkout flow, paid by card. A shop that
// has a market already is left as it is.
func Found(ctx context.Context, tx *db.Tx, in Founding) error {
	there, err := market.All(ctx, tx)
	if err != nil {
		return err
	}
	if len(there) > 0 {
		return errFounded.With("this shop sells in market " + there[0].ID + " already: nothing was changed")
	}
	if in.Seller == "" {
		in.Seller = in.Name
	}
	for _, step := range []func(context.Context, *db.Tx, Founding) error{foundMarket, foundDelivery, foundTax, foundFlow} {
		if err := step(ctx, tx, in); err != nil {
			return err
		}
	}
	return nil
}

func foundMarket(ctx context.Context, tx *db.Tx, in Founding) error {
	err := market.SaveEntity(ctx, tx, market.Entity{ID: firstEntity, Name: in.Seller, Series: in.Country, Address: address.Address{Name: in.Seller, Country: in.Country}})
	if err != nil {
		return err
	}
	m := market.Market{ID: in.Country, Name: in.Country, Currency: money.Currency(in.Currency), Countries: []string{in.Country}, Country: in.Country,
		Locale: in.Locale, Zone: in.Zone, TaxIncluded: !in.TaxOnTop, TaxRounding: market.RoundLine, TaxShipping: !in.TaxOnTop, Entity: firstEntity}
	if in.TaxOnTop {
		m.TaxRounding = market.RoundTotal
	}
	if err := market.Save(ctx, tx, m); err != nil {
		return err
	}
	return market.SaveChannel(ctx, tx, market.Channel{ID: firstChannel, Name: in.Name, Kind: "storefront", Markets: []string{m.ID}, DefaultMarket: m.ID})
}

func foundDelivery(ctx context.Context, tx *db.Tx, in Founding) error {
	price, err := money.Parse(in.Delivery, money.Currency(in.Currency))
	if err != nil || price.Minor < 0 {
		return errDelivery
	}
	err = inventory.SaveLocation(ctx, tx, inventory.Location{ID: firstLocation, Name: in.Name, Country: in.Country, Zone: in.Zone, Ships: true,
		Address: address.Address{Name: in.Seller, Country: in.Country}})
	if err != nil {
		return err
	}
	settings, err := json.Marshal(map[string]int64{"amount": price.Minor})
	if err != nil {
		return err
	}
	return method.Save(ctx, tx, method.Method{ID: "standard", Market: in.Country, Kind: method.Ship, Rule: "flat", Settings: settings, Location: firstLocation,
		Name:       map[string]string{"en": "Standard delivery", "de": "Standardversand", "hu": "Normál szállítás"},
		TransitMin: in.DaysFirst, TransitMax: in.DaysLast, Active: true})
}

func foundTax(ctx context.Context, tx *db.Tx, in Founding) error {
	if in.TaxPPM == 0 {
		return nil
	}
	return tax.SaveRate(ctx, tx, tax.Entry{Country: in.Country, Name: in.TaxName, PPM: in.TaxPPM, From: calendar.DateIn(tx.Now.AddDate(0, 0, -1), time.UTC)})
}

func foundFlow(ctx context.Context, tx *db.Tx, in Founding) error {
	v, err := flow.Save(ctx, tx, "", flow.Document{Name: "Standard", Layout: flow.OnePage, Payments: map[string][]string{in.Country: {"card"}}})
	if err != nil {
		return err
	}
	return flow.Publish(ctx, tx, v.Flow, v.Version)
}

// founded is how setup is answered: where the shop sells now.
type founded struct {
	Market  string `json:"market"`
	Channel string `json:"channel"`
}

func (l *local) found(r *http.Request) (any, error) {
	in, err := read[Founding](r)
	if err != nil {
		return nil, err
	}
	in.Country, in.Currency = strings.ToUpper(in.Country), strings.ToUpper(in.Currency)
	return founded{in.Country, firstChannel}, l.do(r.Context(), "shop.found", func(tx *db.Tx) (string, error) {
		return in.Country, Found(r.Context(), tx, in)
	})
}

// checkMarkets warns of a shop that sells nowhere.
func checkMarkets(ctx context.Context, tx *db.Tx) (Check, error) {
	all, err := market.All(ctx, tx)
	if err != nil || len(all) == 0 {
		return warn("markets", "run: korzo setup --help", "there is none: nothing can be sold yet"), err
	}
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = fmt.Sprintf("%s (%s)", m.ID, m.Currency)
	}
	return ok("markets", "%s", strings.Join(names, ", ")), nil
}
