package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"korzo/customer/experiment"
	"korzo/delivery/method"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/purchase/flow"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/promotion"
	"korzo/purchase/tax"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

// marketIDs are where the shop sells: the first three have ninety days of trade
// behind them, Sweden and Turkey have just been opened.
var marketIDs = []string{"DE", "HU", "US", "SE", "TR"}

var entities = []market.Entity{
	{ID: "ent_gmbh", Name: "Korzo Haus und Tisch GmbH", VATID: "DE000000000", Series: "DE",
		Address: address.Address{Name: "Korzo Haus und Tisch GmbH", Line1: "Musterufer 12", City: "Berlin", PostalCode: "10999", Country: "DE"}},
	{ID: "ent_kft", Name: "Korzo Ház és Asztal Kft.", VATID: "HU00000000", Series: "HU",
		Address: address.Address{Name: "Korzo Ház és Asztal Kft.", Line1: "Minta rakpart 3.", City: "Budapest", PostalCode: "1093", Country: "HU"}},
	{ID: "ent_inc", Name: "Korzo House and Table Inc.", Series: "US",
		Address: address.Address{Name: "Korzo House and Table Inc.", Line1: "40 Sample Street", City: "Newark", Region: "NJ", PostalCode: "07102", Country: "US"}},
	{ID: "ent_ltd", Name: "Korzo Ev ve Sofra Ltd. Şti.", Series: "TR",
		Address: address.Address{Name: "Korzo Ev ve Sofra Ltd. Şti.", Line1: "Örnek Sokak 5", City: "Beyoğlu", Region: "İstanbul", PostalCode: "34430", Country: "TR"}},
}

var markets = []market.Market{
	{ID: "DE", Name: "Germany and Austria", Currency: "EUR", Countries: []string{"DE", "AT"}, Country: "DE", Locale: "de-DE", Zone: "Europe/Berlin",
		TaxIncluded: true, TaxRounding: market.RoundLine, TaxShipping: true, Entity: "ent_gmbh", Returns: market.Returns{Days: 30, PaidBy: market.PaidByShop, How: market.ByLabel}},
	{ID: "HU", Name: "Hungary", Currency: "HUF", Countries: []string{"HU"}, Country: "HU", Locale: "hu-HU", Zone: "Europe/Budapest",
		TaxIncluded: true, TaxRounding: market.RoundLine, TaxShipping: true, Entity: "ent_kft"},
	{ID: "US", Name: "United States", Currency: "USD", Countries: []string{"US"}, Country: "US", Locale: "en-US", Zone: "America/New_York",
		TaxRounding: market.RoundTotal, Entity: "ent_inc", Returns: market.Returns{Days: 30}},
	{ID: "SE", Name: "Sweden", Currency: "SEK", Countries: []string{"SE"}, Country: "SE", Locale: "en", Zone: "Europe/Stockholm",
		TaxIncluded: true, TaxRounding: market.RoundLine, TaxShipping: true, Entity: "ent_gmbh"},
	{ID: "TR", Name: "Turkey", Currency: "TRY", Countries: []string{"TR"}, Country: "TR", Locale: "en", Zone: "Europe/Istanbul",
		TaxIncluded: true, TaxRounding: market.RoundLine, TaxShipping: true, Entity: "ent_ltd"},
}

var locations = []inventory.Location{
	{ID: "loc_berlin", Name: "Berlin", Country: "DE", City: "Berlin", Zone: "Europe/Berlin", Priority: 10, Ships: true, Pickup: true, Till: true, Address: entities[0].Address},
	{ID: "loc_budapest", Name: "Budapest", Country: "HU", City: "Budapest", Zone: "Europe/Budapest", Priority: 20, Ships: true, Pickup: true, Till: true, Address: entities[1].Address},
	{ID: "loc_newark", Name: "Newark", Country: "US", City: "Newark", Zone: "America/New_York", Priority: 30, Ships: true, Pickup: true, Address: entities[2].Address},
}

// rates are tax as it is in 2030's demo: real rates of 2025, few places.
var rates = []tax.Entry{
	{Country: "DE", Name: "MwSt.", PPM: 190_000}, {Country: "DE", Name: "MwSt.", Class: "reduced", PPM: 70_000},
	{Country: "AT", Name: "USt.", PPM: 200_000}, {Country: "AT", Name: "USt.", Class: "reduced", PPM: 100_000},
	{Country: "HU", Name: "ÁFA", PPM: 270_000}, {Country: "HU", Name: "ÁFA", Class: "reduced", PPM: 50_000},
	{Country: "SE", Name: "Moms", PPM: 250_000}, {Country: "SE", Name: "Moms", Class: "reduced", PPM: 60_000},
	{Country: "TR", Name: "KDV", PPM: 200_000}, {Country: "TR", Name: "KDV", Class: "reduced", PPM: 10_000},
	{Country: "US", Region: "NY", Name: "New York State", PPM: 40_000},
	{Country: "US", Region: "CA", Name: "California", PPM: 72_500},
	{Country: "US", Region: "TX", Name: "Texas", PPM: 62_500},
	{Country: "US", Region: "NJ", Name: "New Jersey", PPM: 66_250},
	{Country: "US", Region: "OR", Name: "Oregon", PPM: 0},
	{Country: "US", Region: "NY", PostalPrefix: "100", Name: "New York City", PPM: 45_000},
	{Country: "US", Region: "NY", PostalPrefix: "104", Name: "New York City", PPM: 45_000},
	{Country: "US", Region: "NY", PostalPrefix: "112", Name: "New York City", PPM: 45_000},
}

var (
	standard = map[string]string{"en": "Standard delivery", "de": "Standardversand", "hu": "Normál szállítás"}
	express  = map[string]string{"en": "Express delivery", "de": "Expressversand", "hu": "Expressz szállítás"}
)

func collect(en, de, hu string) map[string]string {
	return map[string]string{"en": "Pick up in " + en, "de": "Abholung in " + de, "hu": "Átvétel: " + hu}
}

func flat(minor int64) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"amount":%d}`, minor))
}

const twoPM, noon = calendar.Clock(14 * 60), calendar.Clock(12 * 60)

var methods = []method.Method{
	{ID: "de_standard", Market: "DE", Name: standard, Kind: method.Ship, Rule: "free_from", Settings: json.RawMessage(`{"amount":490,"from":7500}`), Location: "loc_berlin", CutOff: twoPM, TransitMin: 2, TransitMax: 3, DeliveryWeek: calendar.MondayToSaturday, Position: 1},
	{ID: "de_express", Market: "DE", Name: express, Kind: method.Ship, Countries: []string{"DE"}, Rule: "zones", Settings: json.RawMessage(parcelZones), Location: "loc_berlin", CutOff: noon, TransitMin: 1, TransitMax: 1, Position: 2},
	{ID: "de_pickup", Market: "DE", Name: collect("Berlin", "Berlin", "Berlin"), Kind: method.Pickup, Settings: flat(0), Location: "loc_berlin", CutOff: noon, LeadDays: 1, Position: 3},
	{ID: "hu_standard", Market: "HU", Name: standard, Kind: method.Ship, Settings: flat(149_000), Location: "loc_budapest", CutOff: twoPM, TransitMin: 1, TransitMax: 2, Position: 1},
	{ID: "hu_express", Market: "HU", Name: express, Kind: method.Ship, Settings: flat(299_000), Location: "loc_budapest", CutOff: noon, TransitMin: 1, TransitMax: 1, Position: 2},
	{ID: "hu_pickup", Market: "HU", Name: collect("Budapest", "Budapest", "Budapest"), Kind: method.Pickup, Settings: flat(0), Location: "loc_budapest", CutOff: noon, Position: 3},
	{ID: "us_standard", Market: "US", Name: standard, Kind: method.Ship, Settings: flat(795), Location: "loc_newark", CutOff: twoPM, TransitMin: 3, TransitMax: 6, DeliveryWeek: calendar.MondayToSaturday, Position: 1},
	{ID: "us_express", Market: "US", Name: express, Kind: method.Ship, Settings: flat(1995), Location: "loc_newark", CutOff: noon, TransitMin: 1, TransitMax: 2, Position: 2},
	{ID: "us_pickup", Market: "US", Name: collect("Newark", "Newark", "Newark"), Kind: method.Pickup, Settings: flat(0), Location: "loc_newark", CutOff: noon, LeadDays: 1, Position: 3},
	{ID: "se_standard", Market: "SE", Name: standard, Kind: method.Ship, Rule: "free_from", Settings: json.RawMessage(`{"amount":5900,"from":99900}`), Location: "loc_berlin", CutOff: twoPM, TransitMin: 3, TransitMax: 5, Position: 1},
	{ID: "se_express", Market: "SE", Name: express, Kind: method.Ship, Settings: flat(14900), Location: "loc_berlin", CutOff: noon, TransitMin: 1, TransitMax: 2, Position: 2},
	{ID: "tr_standard", Market: "TR", Name: standard, Kind: method.Ship, Settings: flat(14900), Location: "loc_berlin", CutOff: twoPM, TransitMin: 4, TransitMax: 7, Position: 1},
	{ID: "tr_express", Market: "TR", Name: express, Kind: method.Ship, Settings: flat(39900), Location: "loc_berlin", CutOff: noon, TransitMin: 2, TransitMax: 3, Position: 2},
	{ID: "de_locker", Market: "DE", Name: map[string]string{"en": "Locker or parcel shop", "de": "Schließfach oder Paketshop", "hu": "Csomagautomata vagy átvevőpont"}, Kind: method.Ship, Points: "sandbox", Countries: []string{"DE"}, Settings: flat(290), Location: "loc_berlin", CutOff: twoPM, TransitMin: 2, TransitMax: 3, DeliveryWeek: calendar.MondayToSaturday, Position: 3},
}

var staff = []auth.Staff{
	{Name: "Ottilie Eigen", Email: "owner@korzo.example", Role: auth.RoleOwner},
	{Name: "Marek Leitner", Email: "manager@korzo.example", Role: auth.RoleManager},
	{Name: "Anikó Pult", Email: "associate@korzo.example", Role: auth.RoleAssociate},
}

// settings are what later stages need to know of the first.
type settings struct {
	flows      map[string]flow.Version        // by name
	promotions map[string]promotion.Promotion // by code
	trial      experiment.Experiment          // that is running
	buys       int                            // how near the next who buys is to one page, of a thousand
	leaves     int                            // and the next who leaves
}

// writePolicies is what may be written once only.
func (f *filling) writePolicies(ctx context.Context, tx *db.Tx) error {
	for _, step := range []func(ctx context.Context, tx *db.Tx) error{f.writePromotions, f.writeStaff} {
		if err := step(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// writePayments lets people pay as they do in each country, and at the counters
// that take money.
func writePayments(ctx context.Context, tx *db.Tx) error {
	for _, m := range markets {
		if err := paymethod.Begin(ctx, tx, m.ID, m.Country); err != nil {
			return err
		}
		if err := paymethod.Save(ctx, tx, paymethod.Setting{Market: m.ID, Method: "in_store", Enabled: true, Position: 20}); err != nil {
			return err
		}
	}
	return nil
}

// writeMarkets is where the shop sells, from where, how goods travel and what
// tax is due. It may be repeated.
func writeMarkets(ctx context.Context, tx *db.Tx) error {
	for _, e := range entities {
		if err := market.SaveEntity(ctx, tx, e); err != nil {
			return err
		}
	}
	for _, m := range markets {
		if err := market.Save(ctx, tx, m); err != nil {
			return err
		}
	}
	for _, r := range rates {
		r.From = calendar.On(2020, time.January, 1)
		if err := tax.SaveRate(ctx, tx, r); err != nil {
			return err
		}
	}
	if err := writeDelivery(ctx, tx); err != nil {
		return err
	}
	return market.SaveChannel(ctx, tx, market.Channel{ID: Channel, Name: "Korzo Home", Kind: "storefront", Markets: marketIDs, DefaultMarket: "DE"})
}

func writeDelivery(ctx context.Context, tx *db.Tx) error {
	for _, l := range locations {
		if err := inventory.SaveLocation(ctx, tx, l); err != nil {
			return err
		}
	}
	for _, m := range methods {
		m.Active = true
		if m.Rule == "" {
			m.Rule = "flat"
		}
		if err := method.Save(ctx, tx, m); err != nil {
			return err
		}
	}
	return writeStores(ctx, tx)
}

// spec is a benefit with its settings.
func spec(kind, settings string) promotion.Spec {
	return promotion.Spec{Kind: kind, Settings: json.RawMessage(settings)}
}

// endedCode is a promotion that ran when the shop was new and has ended.
const endedCode = "OPENING15"

func (f *filling) writePromotions(ctx context.Context, tx *db.Tx) error {
	f.settings.promotions = map[string]promotion.Promotion{}
	began := f.today.AddDate(0, 0, -days)
	for _, d := range []promotion.Draft{
		{Name: "Welcome: 10 % off", Code: "WELCOME10", Benefit: promotion.PercentOff(100_000), Starts: began},
		{Name: "Spring: 5 € off", Code: "SPRING", Benefit: promotion.AmountOff(money.Of(500, "EUR")), Market: "DE", Starts: began},
		{Name: "One only: 20 % off", Code: "ONCE", Benefit: promotion.PercentOff(200_000), UsageLimit: 1},
		{Name: "Opening: 15 % off", Code: endedCode, Benefit: promotion.PercentOff(150_000), Starts: began},
		{Name: "Three textiles for two", Code: "LINEN3", Benefit: spec("buyxgety", `{"of":{"categories":["textiles"]},"buy":2,"get":1}`), PerCustomer: 1},
		{Name: "The more, the less", Code: "TIERS", Market: "DE", Benefit: spec("tiered", `{"tiers":[{"amount":{"EUR":5000},"percent":5},{"amount":{"EUR":10000},"percent":10}]}`)},
		{Name: "Free delivery, up to 400 € a month", Code: "LETITCOME", Market: "DE", Benefit: spec("shipping", `{}`), Budget: money.Of(400_00, "EUR")},
	} {
		p, err := promotion.Create(ctx, tx, d)
		if err != nil {
			return err
		}
		f.settings.promotions[p.Code] = p
	}
	return nil
}

func (f *filling) writeStaff(ctx context.Context, tx *db.Tx) (err error) {
	for _, s := range staff {
		if _, err := auth.CreateStaff(ctx, tx, s, f.hashes[s.Email]); err != nil {
			return err
		}
	}
	if _, f.report.Publishable, err = auth.CreateKey(ctx, tx, auth.NewKey{Kind: auth.Publishable, Name: "Demo shop", Channel: Channel}); err != nil {
		return err
	}
	_, f.report.Secret, err = auth.CreateKey(ctx, tx, auth.NewKey{Kind: auth.Secret, Name: "Demo back office", Channel: Channel, Scopes: []string{auth.ScopeAll}})
	return err
}
