package tax_test

import (
	"errors"
	"strings"
	"testing"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/tax"
	"korzo/value/address"
	"korzo/value/calendar"
)

func TestVATIDs(t *testing.T) {
	for id, country := range map[string]string{
		"DE 136695976": "DE", "atu10223006": "AT", "BE0776091951": "BE", "DK88146328": "DK", "EL040127797": "GR", "FI09853608": "FI",
		"FR83404833048": "FR", "HU21376414": "HU", "IT00743110157": "IT", "LU10000356": "LU", "NL010000446B01": "NL",
		"PL5260001246": "PL", "PT501964843": "PT", "SE556188840401": "SE", "SI15012557": "SI", "HR33392005961": "HR",
		"EE100207415": "EE", "MT15121333": "MT", "SK4030000007": "SK", "NL000099998B57": "NL",
	} {
		_, got, err := tax.CheckVATID(id)
		if err != nil || got != country {
			t.Errorf("%s: %q, %v; want %s", id, got, err, country)
		}
	}
	for id, says := range map[string]string{
		"": "cannot be a VAT id", "DE136695975": "do not belong together", "DE13669597": "count its digits", "GB123456789": "no country of the European Union",
		"ATU10223007": "do not belong together", "IT00743110158": "do not belong together", "HU21376415": "do not belong together",
		"FR82404833048": "do not belong together", "PL5260001247": "do not belong together", "NL010000447B01": "do not belong together",
		"136695976": "no country",
	} {
		if _, _, err := tax.CheckVATID(id); !errors.Is(err, tax.ErrVATID) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", id, err, says)
		}
	}
}

// A digit that is mistyped is noticed in every id whose check digits we know.
func FuzzCheckVATID(f *testing.F) {
	f.Add("DE136695976", uint8(3), uint8(1))
	f.Add("IT00743110157", uint8(5), uint8(7))
	f.Add("HU21376414", uint8(0), uint8(9))
	f.Add("HR33392005961", uint8(4), uint8(2))
	f.Fuzz(func(t *testing.T, id string, at, by uint8) {
		folded, _, err := tax.CheckVATID(id)
		if err != nil || !strings.Contains("DE IT HU HR", folded[:2]) {
			return
		}
		digits := []byte(folded)
		i := 2 + int(at)%(len(digits)-2)
		digits[i] = '0' + (digits[i]-'0'+1+by%9)%10
		if _, _, err := tax.CheckVATID(string(digits)); err == nil {
			t.Errorf("%s passes as %s does", digits, folded)
		}
	})
}

// sellers gives the seller of the markets of seed a country and a VAT id.
func sellers(t *testing.T, d *db.DB) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		return market.SaveEntity(t.Context(), tx, market.Entity{ID: "ent_one", Name: "One GmbH", Series: "ONE", VATID: "DE136695976",
			Address: address.Address{Country: "DE"}})
	})
}

func due(t *testing.T, d *db.DB, q tax.Query, b tax.Buyer, classes ...string) (a tax.Answer) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		a, err = tax.Due(t.Context(), tx, q, b, classes)
		return err
	})
	return a
}

func TestABusinessInAnotherCountryOfTheUnionOwesTheTaxItself(t *testing.T) {
	hungarian, german := "HU21376414", "DE136695976"
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		seed(t, d)
		sellers(t, d)
		for _, c := range []struct {
			name, country string
			buyer         tax.Buyer
			want          string
			spared        int64
		}{
			{"a business abroad", "HU", tax.Buyer{Company: "Kft.", VATID: hungarian}, tax.ReasonReverse, 270_000},
			{"a business abroad, sent to a third country", "ES", tax.Buyer{Company: "Kft.", VATID: hungarian}, tax.ReasonReverse, 210_000},
			{"without a company's name", "HU", tax.Buyer{VATID: hungarian}, "", 0},
			{"with an id that is mistyped", "HU", tax.Buyer{Company: "Kft.", VATID: "HU21376415"}, "", 0},
			{"a business of the seller's country", "HU", tax.Buyer{Company: "GmbH", VATID: german}, "", 0},
			{"a business abroad that takes it at home", "DE", tax.Buyer{Company: "Kft.", VATID: hungarian}, "", 0},
			{"out of the Union", "US", tax.Buyer{Company: "Kft.", VATID: hungarian}, "", 0},
			{"a person", "HU", tax.Buyer{}, "", 0},
		} {
			a := due(t, d, tax.Query{Market: "DE", Country: c.country}, c.buyer, "standard")
			if a.Reason != c.want || a.Spared["standard"] != c.spared {
				t.Errorf("%s: %+v, want %q", c.name, a, c.want)
			}
			if r := a.Rates["standard"][0]; (r.PPM == 0 && r.Reason == "") || c.want != "" && (r.Name != "Reverse charge" || a.Text == "") {
				t.Errorf("%s: %+v %q", c.name, r, a.Text)
			}
		}
	})
}

func TestWhoHasACertificateIsChargedNothingWhereItHolds(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		seed(t, d)
		buyer := tax.Buyer{Holder: "cus_1"}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			return tax.SaveExemption(t.Context(), tx, tax.Exemption{Holder: "cus_1", Country: "us", Region: "ca", Certificate: "CA-77", Reason: "reseller",
				From: calendar.On(2030, 1, 1), To: calendar.On(2031, 1, 1)})
		})
		in := func(region string, day calendar.Date) tax.Query {
			return tax.Query{Market: "US", Country: "US", Region: region, Date: day}
		}
		for name, c := range map[string]struct {
			q    tax.Query
			b    tax.Buyer
			want string
		}{
			"where it holds":          {in("CA", calendar.On(2030, 5, 1)), buyer, tax.ReasonExempt},
			"in another state":        {in("NY", calendar.On(2030, 5, 1)), buyer, ""},
			"after it ended":          {in("CA", calendar.On(2031, 1, 1)), buyer, ""},
			"somebody else":           {in("CA", calendar.On(2030, 5, 1)), tax.Buyer{Holder: "cus_2"}, ""},
			"somebody without a name": {in("CA", calendar.On(2030, 5, 1)), tax.Buyer{}, ""},
		} {
			if a := due(t, d, c.q, c.b, "standard"); a.Reason != c.want || (a.Rates["standard"][0].PPM == 0) != (c.want != "") {
				t.Errorf("%s: %+v, want %q", name, a, c.want)
			}
		}
		dbtest.Write(t, d, func(tx *db.Tx) error { return tax.RemoveExemption(t.Context(), tx, "cus_1", "US", "CA") })
		if a := due(t, d, in("CA", calendar.On(2030, 5, 1)), buyer, "standard"); a.Reason != "" {
			t.Errorf("after it was removed: %+v", a)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error { return tax.SaveExemption(t.Context(), tx, tax.Exemption{Holder: "cus_1"}) })
		if !errors.Is(err, tax.ErrInvalid) {
			t.Errorf("without a certificate: %v", err)
		}
	})
}

// Every provider answers every class, in bounds, says why nothing is due, and
// gives away what it answers.
func TestEveryProviderKeepsItsPromises(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		seed(t, d)
		for name, p := range map[string]tax.Provider{tax.ProviderTable: tax.Table{}, tax.ProviderExempt: tax.Exempt{}} {
			ask := func(q tax.Query) (rates map[string][]tax.Rate, err error) {
				err = d.Read(t.Context(), func(tx *db.Tx) error {
					rates, err = p.Rates(t.Context(), tx, q, []string{"standard", "books", "nonsense"})
					return err
				})
				return rates, err
			}
			for _, q := range []tax.Query{{Market: "DE"}, {Market: "US", Country: "US", Region: "CA", PostalCode: "90045"}, {Market: "DE", Country: "XX"}} {
				rates, err := ask(q)
				if err != nil || len(rates) != 3 {
					t.Fatalf("%s, %+v: %v, %v", name, q, rates, err)
				}
				for class, due := range rates {
					for i, r := range due {
						if r.PPM < 0 || r.PPM > tax.Million || r.Country == "" || r.Name == "" {
							t.Errorf("%s: %s has %+v", name, class, r)
						}
						due[i].PPM = 1 // it is the caller's
					}
					if len(due) == 0 {
						t.Errorf("%s says nothing of %s", name, class)
					}
				}
				if again, _ := ask(q); again["standard"][0].PPM == 1 {
					t.Errorf("%s gave out what it keeps", name)
				}
			}
			if _, err := ask(tax.Query{Market: "XX"}); !errors.Is(err, market.ErrNotFound) {
				t.Errorf("%s of an unknown market: %v", name, err)
			}
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			return tax.SaveSettings(t.Context(), tx, tax.Settings{Market: "DE", Provider: tax.ProviderExempt})
		})
		if a := due(t, d, tax.Query{Market: "DE"}, tax.Buyer{}, "standard"); a.Rates["standard"][0].Reason != tax.ReasonSeller {
			t.Errorf("a market of a seller who charges none: %+v", a)
		}
		for _, bad := range []tax.Settings{{Market: "DE", Provider: "remote"}, {Market: "DE", ShippingClass: "No Class"}, {Market: "XX"}} {
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return tax.SaveSettings(t.Context(), tx, bad) }); err == nil {
				t.Errorf("%+v was saved", bad)
			}
		}
	})
}

func TestPrefixesCoverARangeAndNothingElse(t *testing.T) {
	for span, want := range map[string]string{
		"90001": "90001", "900*": "900", "35000-35999": "35", "90001-90003": "90001 90002 90003", "00000-99999": "",
		"90008-90021": "90008 90009 9001 90020 90021", "51070-51071": "51070 51071",
	} {
		got, err := tax.Prefixes(span)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %q, %v; want %q", span, got, err, want)
		}
	}
	for _, span := range []string{"90003-90001", "900-90100", "A1-A9", "-"} {
		if _, err := tax.Prefixes(span); err == nil {
			t.Errorf("%s passed", span)
		}
	}
}

func TestRatesAreReadFromAFileAndBadRowsAreTold(t *testing.T) {
	entries, bad, err := tax.ReadCSV(strings.NewReader("country,region,postcodes,class,name,percent,from\n" +
		"US,CA,,,CA sales tax,7.25,2017-01-01\nUS,CA,90001-90003,food,LA,0,2017-01-01\nUS,NY,,,NY,400,2017-01-01\nUS,NY,,,NY,4,soon\n"))
	if err != nil || len(entries) != 4 || len(bad) != 2 || bad[0].Row != 3 || !strings.Contains(bad[1].Text, "from") {
		t.Errorf("%d entries, %v, %v", len(entries), bad, err)
	}
	if entries[0].PPM != 72_500 || entries[3].PostalPrefix != "90003" || entries[3].Class != "food" {
		t.Errorf("%+v", entries)
	}
	for _, file := range []string{"", "country,name\nUS,x\n", "country,name,percent,from,colour\n"} {
		if _, _, err := tax.ReadCSV(strings.NewReader(file)); !errors.Is(err, tax.ErrInvalid) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestTheUnionsRatesAreKnownWithTheirPast(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		dbtest.Write(t, d, func(tx *db.Tx) error {
			n, err := tax.SaveEuropean(t.Context(), tx)
			if n < 200 {
				t.Errorf("%d entries", n)
			}
			return err
		})
		for _, c := range []struct {
			country, postcode, day, class string
			want                          int64
		}{
			{"DE", "", "2026-01-01", "standard", 190_000}, {"DE", "", "2020-08-01", "standard", 160_000}, {"DE", "27498", "2026-01-01", "standard", 0},
			{"DE", "", "2026-01-01", "books", 70_000}, {"HU", "", "2026-01-01", "reduced2", 180_000}, {"EE", "", "2025-06-30", "standard", 220_000},
			{"EE", "", "2025-07-01", "standard", 240_000}, {"ES", "38001", "2026-01-01", "standard", 0}, {"FR", "", "2026-01-01", "super_reduced", 21_000},
			{"FI", "", "2026-01-01", "standard", 255_000}, {"RO", "", "2025-09-01", "standard", 210_000}, {"DE", "", "2026-01-01", "zero", 0},
		} {
			got := rates(t, d, tax.Query{Country: c.country, PostalCode: c.postcode, Date: day(t, c.day)}, c.class)[c.class][0]
			if got.PPM != c.want || got.Reason != "" {
				t.Errorf("%+v: %+v", c, got)
			}
		}
	})
}
