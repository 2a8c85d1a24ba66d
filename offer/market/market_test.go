package market_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/fault"
	"korzo/platform/remember"

	"github.com/google/go-cmp/cmp"
)

var schemas = []fs.FS{remember.Schema, market.Schema}

var (
	entity  = market.Entity{ID: "ent_gmbh", Name: "Korzo GmbH", VATID: "DE123456789", Series: "DE"}
	germany = market.Market{
		ID: "DE", Name: "Germany", Currency: "EUR", Countries: []string{"DE", "AT"}, Country: "DE", Locale: "de-DE",
		Zone: "Europe/Berlin", TaxIncluded: true, TaxRounding: market.RoundLine, TaxShipping: true, Entity: "ent_gmbh",
		Returns: market.Returns{Days: 30, PaidBy: market.PaidByShop, How: market.ByHand},
	}
	web = market.Channel{ID: "web", Name: "Web shop", Kind: "storefront", Markets: []string{"DE"}, DefaultMarket: "DE", Theme: `{"radius":"0"}`}
)

func save(t *testing.T, d *db.DB) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		return errors.Join(market.SaveEntity(t.Context(), tx, entity), market.Save(t.Context(), tx, germany),
			market.SaveChannel(t.Context(), tx, web))
	})
}

func TestWhatIsSavedIsFound(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		save(t, d)
		save(t, d) // and may be saved again
		dbtest.Read(t, d, func(tx *db.Tx) error {
			m, err := market.Find(t.Context(), tx, "DE")
			if diff := cmp.Diff(germany, m); err != nil || diff != "" {
				t.Errorf("market: %v\n%s", err, diff)
			}
			c, err := market.FindChannel(t.Context(), tx, "web")
			if diff := cmp.Diff(web, c); err != nil || diff != "" {
				t.Errorf("channel: %v\n%s", err, diff)
			}
			e, err := market.FindEntity(t.Context(), tx, "ent_gmbh")
			if diff := cmp.Diff(entity, e); err != nil || diff != "" {
				t.Errorf("entity: %v\n%s", err, diff)
			}
			all, err := market.All(t.Context(), tx)
			if err != nil || len(all) != 1 {
				t.Errorf("%d markets, %v; want 1", len(all), err)
			}
			if _, err := market.Find(t.Context(), tx, "XX"); !errors.Is(err, market.ErrNotFound) {
				t.Errorf("an unknown market: %v", err)
			}
			if _, err := market.FindChannel(t.Context(), tx, "XX"); !errors.Is(err, market.ErrChannelNotFound) {
				t.Errorf("an unknown channel: %v", err)
			}
			return nil
		})
	})
}

func TestReadingMarketsCostsNoStatement(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		save(t, d)
		read := func(tx *db.Tx) error {
			_, err := market.Find(t.Context(), tx, "DE")
			_, err2 := market.FindChannel(t.Context(), tx, "web")
			_, err3 := market.All(t.Context(), tx)
			return errors.Join(err, err2, err3)
		}
		dbtest.Read(t, d, read)
		count := dbtest.Count(d)
		dbtest.Read(t, d, read)
		if n := count(); n != 0 {
			t.Errorf("%d statements, want none: they are remembered", n)
		}
	})
}

func TestABadRecordIsRefusedByTheNameOfItsField(t *testing.T) {
	cases := []struct {
		name, field string
		change      func(*market.Market)
	}{
		{"a small-letter id", "id", func(m *market.Market) { m.ID = "de" }},
		{"no name", "name", func(m *market.Market) { m.Name = " " }},
		{"an unknown currency", "currency", func(m *market.Market) { m.Currency = "EUX" }},
		{"no countries", "countries", func(m *market.Market) { m.Countries = nil }},
		{"a country of three letters", "countries", func(m *market.Market) { m.Countries = []string{"DE", "AUT"} }},
		{"a default country outside", "country", func(m *market.Market) { m.Country = "FR" }},
		{"a locale that is none", "locale", func(m *market.Market) { m.Locale = "german please" }},
		{"a zone that does not load", "zone", func(m *market.Market) { m.Zone = "Europe/Bonn" }},
		{"the machine's own zone", "zone", func(m *market.Market) { m.Zone = "Local" }},
		{"more days to return than a year has", "return_days", func(m *market.Market) { m.Returns.Days = 366 }},
		{"returns that nobody pays", "return_paid_by", func(m *market.Market) { m.Returns.PaidBy = "nobody" }},
		{"returns by a way that is none", "return_how", func(m *market.Market) { m.Returns.How = "pigeon" }},
		{"another rounding", "tax_rounding", func(m *market.Market) { m.TaxRounding = "never" }},
	}
	d := dbtest.SQLite(t, schemas)
	save(t, d)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := germany
			c.change(&m)
			err := d.Write(t.Context(), func(tx *db.Tx) error { return market.Save(t.Context(), tx, m) })
			if !errors.Is(err, market.ErrInvalid) || !strings.Contains(fault.TextOf(err), c.field+":") {
				t.Errorf("got %v, want a text that names %s", err, c.field)
			}
		})
	}
}

func TestRecordsReferOnlyToWhatExists(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		save(t, d)
		m := germany
		m.ID, m.Entity = "FR", "ent_none"
		err := d.Write(t.Context(), func(tx *db.Tx) error { return market.Save(t.Context(), tx, m) })
		if !errors.Is(err, market.ErrEntityNotFound) {
			t.Errorf("a market of nobody: %v", err)
		}
		c := web
		c.Markets = []string{"DE", "FR"}
		err = d.Write(t.Context(), func(tx *db.Tx) error { return market.SaveChannel(t.Context(), tx, c) })
		if !errors.Is(err, market.ErrNotFound) {
			t.Errorf("a channel of a market that is not there: %v", err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := market.All(t.Context(), tx)
			if len(all) != 1 || all[0].ID != "DE" {
				t.Errorf("markets after two refusals: %v", all)
			}
			return err
		})
	})
}

func TestAMarketKeepsItsCurrency(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		save(t, d)
		m := germany
		m.Currency, m.Name = "CHF", "Changed"
		err := d.Write(t.Context(), func(tx *db.Tx) error { return market.Save(t.Context(), tx, m) })
		if !errors.Is(err, market.ErrCurrencyFixed) {
			t.Errorf("got %v", err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			m, err := market.Find(t.Context(), tx, "DE")
			if m.Currency != "EUR" || m.Name != "Germany" {
				t.Errorf("the market is %v", m)
			}
			return err
		})
	})
}
