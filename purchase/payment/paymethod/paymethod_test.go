package paymethod_test

import (
	"io/fs"
	"slices"
	"testing"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/fault"
	"korzo/platform/remember"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"

	"pgregory.net/rapid"
)

var schemas = []fs.FS{remember.Schema, market.Schema, paymethod.Schema}

var currencies = map[string]money.Currency{"DE": "EUR", "SE": "SEK", "US": "USD", "TR": "TRY", "HU": "HUF"}

// each opens the five markets on every database.
func each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		dbtest.Write(t, d, func(tx *db.Tx) error {
			if err := market.SaveEntity(t.Context(), tx, market.Entity{ID: "ent", Name: "Korzo", Series: "K"}); err != nil {
				return err
			}
			for country, c := range currencies {
				m := market.Market{ID: country, Name: country, Currency: c, Countries: []string{country}, Country: country, Locale: "en", Zone: "UTC", Entity: "ent", TaxRounding: market.RoundLine}
				if err := market.Save(t.Context(), tx, m); err != nil {
					return err
				}
			}
			return nil
		})
		test(t, d)
	})
}

func offered(t *testing.T, d *db.DB, q paymethod.Query) (ids []string) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := paymethod.Offered(t.Context(), tx, q)
		for _, o := range all {
			ids = append(ids, o.ID)
		}
		return err
	})
	return ids
}

func TestEachPresetIsValidAndOffersItsCountrysWays(t *testing.T) {
	want := map[string][]string{
		"DE": {"paypal", "card", "invoice", "transfer", "pay_later", "pay_in_3"}, "SE": {"swish", "card", "pay_later"},
		"US": {"card", "venmo", "paypal"}, "TR": {"instalments", "card"}, "HU": {"card", "cod", "transfer"},
	}
	each(t, func(t *testing.T, d *db.DB) {
		for country, c := range currencies {
			dbtest.Write(t, d, func(tx *db.Tx) error { return paymethod.Begin(t.Context(), tx, country, country) })
			dbtest.Write(t, d, func(tx *db.Tx) error { return paymethod.Begin(t.Context(), tx, country, country) }) // again changes nothing
			sum := money.Of(300_00, c)
			if c == "EUR" {
				sum = money.Of(100_00, c)
			}
			if got := offered(t, d, paymethod.Query{Market: country, Country: country, Total: sum}); !slices.Equal(got, want[country]) {
				t.Errorf("%s offers %v, want %v", country, got, want[country])
			}
		}
	})
}

func TestASettingNarrowsAndNeverWidens(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		for _, s := range []paymethod.Setting{
			{Market: "SE", Method: "swish", Enabled: true, Position: 2, Min: 50_00, Max: 1_000_00},
			{Market: "SE", Method: "card", Enabled: true, Position: 1},
			{Market: "SE", Method: "pay_later"},
		} {
			dbtest.Write(t, d, func(tx *db.Tx) error { return paymethod.Save(t.Context(), tx, s) })
		}
		for _, c := range []struct {
			name  string
			q     paymethod.Query
			wants []string
		}{
			{"the merchant's order", paymethod.Query{Total: money.Of(500_00, "SEK")}, []string{"card", "swish"}},
			{"the flow's order", paymethod.Query{Total: money.Of(500_00, "SEK"), Named: []string{"swish", "card"}}, []string{"swish", "card"}},
			{"under the least", paymethod.Query{Total: money.Of(49_99, "SEK")}, []string{"card"}},
			{"at the ceiling", paymethod.Query{Total: money.Of(1_000_00, "SEK")}, []string{"card", "swish"}},
			{"above the ceiling", paymethod.Query{Total: money.Of(1_000_01, "SEK")}, []string{"card"}},
			{"turned off, though the flow names it", paymethod.Query{Total: money.Of(500_00, "SEK"), Named: []string{"pay_later"}}, nil},
			{"named, and nothing decided", paymethod.Query{Total: money.Of(500_00, "SEK"), Named: []string{"transfer"}}, []string{"transfer"}},
			{"a currency its scheme does not know", paymethod.Query{Total: money.Of(500_00, "SEK"), Named: []string{"venmo"}}, nil},
			{"a buyer from elsewhere", paymethod.Query{Country: "FI", Total: money.Of(500_00, "SEK")}, []string{"card"}},
			{"a till's way on a page", paymethod.Query{Total: money.Of(500_00, "SEK"), Named: []string{"terminal"}}, nil},
			{"what is paid when it is collected, where all is", paymethod.Query{Total: money.Of(500_00, "SEK"), Named: []string{"in_store"}, Collected: true}, []string{"in_store"}},
			{"what is paid when it is collected, where it is sent", paymethod.Query{Total: money.Of(500_00, "SEK"), Named: []string{"in_store"}}, nil},
			{"a till's way at a till", paymethod.Query{Total: money.Of(500_00, "SEK"), Named: []string{"terminal"}, InStore: true}, []string{"terminal"}},
			{"what no gateway takes", paymethod.Query{Total: money.Of(500_00, "SEK"), Takes: func(m paymethod.Method) bool { return m.Kind == "card" }}, []string{"card"}},
			{"a word that is no method", paymethod.Query{Total: money.Of(500_00, "SEK"), Named: []string{"barter"}}, nil},
		} {
			c.q.Market = "SE"
			if got := offered(t, d, c.q); !slices.Equal(got, c.wants) {
				t.Errorf("%s: %v, want %v", c.name, got, c.wants)
			}
		}
	})
}

func TestABadSettingIsRefusedAndChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		for name, s := range map[string]paymethod.Setting{
			"no such method":               {Market: "SE", Method: "barter"},
			"another scheme's currency":    {Market: "SE", Method: "venmo", Enabled: true},
			"more than the scheme takes":   {Market: "SE", Method: "swish", Max: 150_000_01},
			"a ceiling under the floor":    {Market: "SE", Method: "card", Min: 2, Max: 1},
			"a negative fee":               {Market: "SE", Method: "card", Fee: -1},
			"a fee of more than a tenth":   {Market: "SE", Method: "card", FeePPM: 100_001},
			"a place before the first":     {Market: "SE", Method: "card", Position: -1},
			"less than the scheme's least": {Market: "SE", Method: "swish", Max: 99},
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return paymethod.Save(t.Context(), tx, s) })
			if fault.CodeOf(err) != "paymethod.invalid" {
				t.Errorf("%s: %v", name, err)
			}
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return paymethod.Save(t.Context(), tx, paymethod.Setting{Market: "XX", Method: "card"})
		})
		if fault.CodeOf(err) != "market.not_found" {
			t.Errorf("no such market: %v", err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := paymethod.Settings(t.Context(), tx, "SE")
			if len(all) > 0 {
				t.Errorf("kept %+v", all)
			}
			return err
		})
	})
}

func TestAskingCostsNoStatementOfItsOwn(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		dbtest.Write(t, d, func(tx *db.Tx) error { return paymethod.Begin(t.Context(), tx, "DE", "DE") })
		ask := func(tx *db.Tx) error {
			_, err := paymethod.Offered(t.Context(), tx, paymethod.Query{Market: "DE", Total: money.Of(1_00, "EUR")})
			return err
		}
		dbtest.Read(t, d, ask)
		count := dbtest.Count(d)
		dbtest.Read(t, d, ask)
		if n := count(); n != 0 {
			t.Errorf("%d statements, want none: settings are remembered", n)
		}
	})
}

// Law: a fee is never negative, grows with the sum, and can be charged.
func TestAFeeIsWhatTheCurrencyCanCharge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := paymethod.Setting{Fee: rapid.Int64Range(0, 10_000).Draw(t, "fee") * 100, FeePPM: rapid.Int64Range(0, 100_000).Draw(t, "ppm")}
		c := rapid.SampledFrom([]money.Currency{"EUR", "HUF", "JPY"}).Draw(t, "currency")
		a, b := rapid.Int64Range(0, 1e9).Draw(t, "a"), rapid.Int64Range(0, 1e9).Draw(t, "b")
		info, _ := money.Find(c)
		small, large := s.FeeOf(money.Of(min(a, b), c)), s.FeeOf(money.Of(max(a, b), c))
		if small.Minor < 0 || large.Minor < small.Minor || small.Minor%max(info.ChargeStep, 1) != 0 {
			t.Fatalf("%v of %d, %v of %d", small, min(a, b), large, max(a, b))
		}
	})
}

// Every method says all that a page, a router and a refund ask of it.
func TestEveryMethodIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range paymethod.All() {
		if seen[m.ID] || m.ID == "" || m.Kind == "" || m.Flow == "" || m.Capture.When == "" || len(m.Gateways) == 0 {
			t.Errorf("%s lacks something, or stands twice: %+v", m.ID, m)
		}
		seen[m.ID] = true
		for _, words := range []paymethod.Words{m.Name, m.Note, m.Legal} {
			if words != nil && (words["en"] == "" || words["de"] == "" || words["hu"] == "") {
				t.Errorf("%s lacks words in a language: %v", m.ID, words)
			}
		}
		if m.Credit && m.Legal == nil {
			t.Errorf("%s lends, and says nothing of it", m.ID)
		}
		if (m.Flow == paymethod.Redirect || m.Flow == paymethod.AppSwitch || m.Flow == paymethod.QRShown) && m.Session == 0 {
			t.Errorf("%s waits for a shopper for ever", m.ID)
		}
		for _, phone := range []bool{true, false} {
			if f := m.For(phone); (f == paymethod.QRScanned || f == paymethod.Terminal || f == paymethod.Cash && m.Kind == "cash") && !m.InStore && len(m.Tills) == 0 {
				t.Errorf("%s is offered where nothing can read the shopper's code or card, or take cash", m.ID)
			}
		}
	}
}

func TestWordsFallBackToEnglish(t *testing.T) {
	card, _ := paymethod.Find("card")
	for locale, want := range map[string]string{"de-AT": "Karte", "HU": "Bankkártya", "sv-SE": "Card", "": "Card"} {
		if got := card.Name.In(locale); got != want {
			t.Errorf("%q: %q, want %q", locale, got, want)
		}
	}
}

func TestAPhoneSwitchesToTheAppAndADeskShowsTheCode(t *testing.T) {
	swish, _ := paymethod.Find("swish")
	card, _ := paymethod.Find("card")
	if swish.For(true) != paymethod.AppSwitch || swish.For(false) != paymethod.QRShown || card.For(false) != paymethod.Fields {
		t.Error(swish.For(true), swish.For(false), card.For(false))
	}
}
