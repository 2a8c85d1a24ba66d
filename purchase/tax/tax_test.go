package tax_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/remember"
	"korzo/purchase/tax"
	"korzo/value/calendar"
)

var schemas = []fs.FS{remember.Schema, market.Schema, tax.Schema}

func day(t testing.TB, text string) calendar.Date {
	t.Helper()
	if text == "" {
		return calendar.Date{}
	}
	d, err := calendar.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// seed writes markets DE, HU and US and a table as the world has it.
func seed(t *testing.T, d *db.DB) {
	t.Helper()
	rows := []struct {
		place, class, name string
		ppm                int64
		from, to           string
	}{
		{"DE", "", "MwSt", 190_000, "2007-01-01", "2020-07-01"},
		{"DE", "", "MwSt", 160_000, "2020-07-01", "2021-01-01"},
		{"DE", "", "MwSt", 190_000, "2021-01-01", ""},
		{"DE", "reduced", "MwSt", 70_000, "1983-07-01", ""},
		{"DE//27498", "", "MwSt", 0, "2007-01-01", ""}, // Heligoland
		{"HU", "", "ÁFA", 270_000, "2012-01-01", ""},
		{"HU", "reduced", "ÁFA", 50_000, "2012-01-01", ""},
		{"ES", "", "IVA", 210_000, "2012-09-01", ""},
		{"ES", "reduced", "IVA", 100_000, "2012-09-01", ""},
		{"ES//35", "", "IVA", 0, "1993-01-01", ""}, // the Canary Islands
		{"ES//38", "", "IVA", 0, "1993-01-01", ""},
		{"US/CA", "", "CA sales tax", 72_500, "2017-01-01", ""},
		{"US/CA", "food", "CA sales tax", 0, "2017-01-01", ""},
		{"US/CA/900", "", "Los Angeles County", 22_500, "2017-07-01", ""},
		{"US/CA/90045", "", "Los Angeles County", 25_000, "2017-07-01", ""},
		{"US//100", "", "New York City", 45_000, "2009-08-01", ""},
		{"US/NY", "", "NY sales tax", 40_000, "2005-06-01", ""},
	}
	dbtest.Write(t, d, func(tx *db.Tx) error {
		if err := market.SaveEntity(t.Context(), tx, market.Entity{ID: "ent_one", Name: "One GmbH", Series: "ONE"}); err != nil {
			return err
		}
		for _, m := range []market.Market{
			{ID: "DE", Name: "Germany", Currency: "EUR", Countries: []string{"DE", "ES"}, Country: "DE", Locale: "de-DE", Zone: "Europe/Berlin", Entity: "ent_one"},
			{ID: "US", Name: "America", Currency: "USD", Countries: []string{"US"}, Country: "US", Locale: "en-US", Zone: "America/Los_Angeles", Entity: "ent_one"},
		} {
			if err := market.Save(t.Context(), tx, m); err != nil {
				return err
			}
		}
		for _, r := range rows {
			at := append(strings.Split(r.place, "/"), "", "")
			e := tax.Entry{Country: at[0], Region: at[1], PostalPrefix: at[2], Class: r.class, Name: r.name, PPM: r.ppm, From: day(t, r.from), To: day(t, r.to)}
			if err := tax.SaveRate(t.Context(), tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func rates(t *testing.T, d *db.DB, q tax.Query, classes ...string) (got map[string][]tax.Rate) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		got, err = tax.Rates(t.Context(), tx, q, classes)
		return err
	})
	return got
}

func TestRates(t *testing.T) {
	type want struct {
		name   string
		ppm    int64
		reason string
	}
	cases := []struct {
		name  string
		query tax.Query
		class string
		want  []want
	}{
		{"a country's standard rate", tax.Query{Country: "DE"}, "standard", []want{{"MwSt", 190_000, ""}}},
		{"no class is standard", tax.Query{Country: "DE"}, "", []want{{"MwSt", 190_000, ""}}},
		{"a reduced class", tax.Query{Country: "DE"}, "reduced", []want{{"MwSt", 70_000, ""}}},
		{"a class without a row is taxed as standard", tax.Query{Country: "DE"}, "toys", []want{{"MwSt", 190_000, ""}}},
		{"the rate of the day", tax.Query{Country: "DE", Date: day(t, "2020-09-30")}, "standard", []want{{"MwSt", 160_000, ""}}},
		{"the day before a change", tax.Query{Country: "DE", Date: day(t, "2020-06-30")}, "standard", []want{{"MwSt", 190_000, ""}}},
		{"the first day of a change", tax.Query{Country: "DE", Date: day(t, "2020-07-01")}, "standard", []want{{"MwSt", 160_000, ""}}},
		{"the last day of a change", tax.Query{Country: "DE", Date: day(t, "2020-12-31")}, "standard", []want{{"MwSt", 160_000, ""}}},
		{"the day after the last", tax.Query{Country: "DE", Date: day(t, "2021-01-01")}, "standard", []want{{"MwSt", 190_000, ""}}},
		{"before any rate", tax.Query{Country: "DE", Date: day(t, "1950-01-01")}, "standard", []want{{"no tax", 0, tax.ReasonNoPlace}}},
		{"an island beyond the customs border", tax.Query{Country: "DE", PostalCode: "27498"}, "standard", []want{{"MwSt", 0, ""}}},
		{"its neighbours on the mainland", tax.Query{Country: "DE", PostalCode: "27472"}, "standard", []want{{"MwSt", 190_000, ""}}},
		{"the place is settled before the class", tax.Query{Country: "ES", PostalCode: "35001"}, "reduced", []want{{"IVA", 0, ""}}},
		{"the class holds on the mainland", tax.Query{Country: "ES", PostalCode: "28001"}, "reduced", []want{{"IVA", 100_000, ""}}},
		{"a postal code shorter than the prefix", tax.Query{Country: "ES", PostalCode: "3"}, "standard", []want{{"IVA", 210_000, ""}}},
		{"country and code as people type them", tax.Query{Country: "es", PostalCode: " 35 001 "}, "standard", []want{{"IVA", 0, ""}}},
		{"a state alone", tax.Query{Country: "US", Region: "CA"}, "standard", []want{{"CA sales tax", 72_500, ""}}},
		{"a state and a county", tax.Query{Country: "US", Region: "CA", PostalCode: "90012"}, "standard", []want{{"CA sales tax", 72_500, ""}, {"Los Angeles County", 22_500, ""}}},
		{"the longest prefix wins within one tax", tax.Query{Country: "US", Region: "CA", PostalCode: "90045-1234"}, "standard", []want{{"CA sales tax", 72_500, ""}, {"Los Angeles County", 25_000, ""}}},
		{"food is free in the state, standard in the county", tax.Query{Country: "US", Region: "CA", PostalCode: "90012"}, "food", []want{{"CA sales tax", 0, ""}, {"Los Angeles County", 22_500, ""}}},
		{"a prefix that needs no region", tax.Query{Country: "US", Region: "NY", PostalCode: "10001"}, "standard", []want{{"NY sales tax", 40_000, ""}, {"New York City", 45_000, ""}}},
		{"the prefix of another state", tax.Query{Country: "US", Region: "NY", PostalCode: "90012"}, "standard", []want{{"NY sales tax", 40_000, ""}}},
		{"a state we do not collect for", tax.Query{Country: "US", Region: "OR", PostalCode: "97201"}, "standard", []want{{"no tax", 0, tax.ReasonNoPlace}}},
		{"a country we do not collect for", tax.Query{Country: "BR", PostalCode: "01310-100"}, "standard", []want{{"no tax", 0, tax.ReasonNoCountry}}},
		{"no country is the market's", tax.Query{PostalCode: "27498", Market: "DE"}, "standard", []want{{"MwSt", 190_000, ""}}},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		seed(t, d)
		for _, c := range cases {
			if c.query.Market == "" {
				c.query.Market = "DE"
			}
			var got []want
			for _, r := range rates(t, d, c.query, c.class)[c.class] {
				got = append(got, want{r.Name, r.PPM, r.Reason})
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			}
		}
	})
}

// The wider place comes first, so that a receipt reads state, county, city.
func TestTheWiderPlaceComesFirst(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		seed(t, d)
		got := rates(t, d, tax.Query{Market: "US", Country: "US", Region: "CA", PostalCode: "90012"}, "standard")["standard"]
		want := []tax.Rate{
			{Name: "CA sales tax", Country: "US", Region: "CA", PPM: 72_500},
			{Name: "Los Angeles County", Country: "US", Region: "CA", PPM: 22_500},
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// Today is the market's day, not the server's: at noon UTC on New Year's Day
// it is still New Year's Day in Los Angeles, at 03:00 UTC it is not yet.
func TestTodayIsTheMarketsDay(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		seed(t, d)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			return tax.SaveRate(t.Context(), tx, tax.Entry{Country: "US", Region: "CA", Name: "CA sales tax", PPM: 80_000, From: day(t, "2030-01-03")})
		})
		ca := tax.Query{Market: "US", Country: "US", Region: "CA"}
		dbtest.Clock(d).Set(day(t, "2030-01-03").At(3*60, time.UTC))
		if r := rates(t, d, ca, "standard")["standard"][0]; r.PPM != 72_500 {
			t.Errorf("on the evening before: %d, want 72500", r.PPM)
		}
		dbtest.Clock(d).Set(day(t, "2030-01-03").At(12*60, time.UTC))
		if r := rates(t, d, ca, "standard")["standard"][0]; r.PPM != 80_000 {
			t.Errorf("on the day: %d, want 80000", r.PPM)
		}
	})
}

func TestALookupCostsNoStatementOfItsOwn(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		seed(t, d)
		q := tax.Query{Market: "DE", Country: "DE"}
		rates(t, d, q, "standard")
		count := dbtest.Count(d)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			for range 3 {
				if _, err := tax.Rates(t.Context(), tx, q, []string{"standard", "reduced"}); err != nil {
					return err
				}
				if _, err := market.Find(t.Context(), tx, "DE"); err != nil {
					return err
				}
			}
			return nil
		})
		if n := count(); n > 1 {
			t.Errorf("%d statements, want at most the one that all memories share", n)
		}
	})
}

func TestSavingAgainChangesTheRate(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		seed(t, d)
		all := func() (all []tax.Entry) {
			dbtest.Read(t, d, func(tx *db.Tx) (err error) {
				all, err = tax.List(t.Context(), tx, tax.Filter{Country: "hu"})
				return err
			})
			return all
		}
		before := all()
		e := before[0]
		e.PPM, e.To = 250_000, day(t, "2040-01-01")
		dbtest.Write(t, d, func(tx *db.Tx) error { return tax.SaveRate(t.Context(), tx, e) })
		if after := all(); len(after) != len(before) || after[0] != e {
			t.Errorf("got %v, want %v first of %d", after, e, len(before))
		}
		if r := rates(t, d, tax.Query{Market: "DE", Country: "HU"}, "standard")["standard"][0]; r.PPM != 250_000 {
			t.Errorf("still %d after the change", r.PPM)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error { return tax.RemoveRate(t.Context(), tx, e.Seq) })
		if r := rates(t, d, tax.Query{Market: "DE", Country: "HU"}, "standard")["standard"][0]; r.Reason != tax.ReasonNoPlace {
			t.Errorf("a removed rate still answers %v", r)
		}
	})
}

func TestTheClassesAreThoseThatHaveARateEachOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		seed(t, d)
		classes := func() (all []string) {
			dbtest.Read(t, d, func(tx *db.Tx) (err error) {
				all, err = tax.Classes(t.Context(), tx)
				return err
			})
			return all
		}
		before := classes()
		if !slices.IsSorted(before) || len(slices.Compact(slices.Clone(before))) != len(before) || !slices.Contains(before, "standard") {
			t.Errorf("classes %q", before)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			return tax.SaveRate(t.Context(), tx, tax.Entry{Country: "DE", Class: "zz_books", Name: "MwSt.", From: day(t, "2020-01-01"), PPM: 70_000})
		})
		if after := classes(); !slices.Equal(after, append(before, "zz_books")) {
			t.Errorf("%q after one more class, %q before", after, before)
		}
	})
}

func TestAnInvalidRateIsRefusedWithTheFieldNamed(t *testing.T) {
	ok := tax.Entry{Country: "DE", Name: "MwSt", PPM: 190_000, From: day(t, "2030-01-01")}
	with := func(change func(e *tax.Entry)) tax.Entry { e := ok; change(&e); return e }
	cases := map[string]tax.Entry{
		"country":       with(func(e *tax.Entry) { e.Country = "Germany" }),
		"region":        with(func(e *tax.Entry) { e.Region = "a region too long" }),
		"postal_prefix": with(func(e *tax.Entry) { e.PostalPrefix = "1234567890123" }),
		"class":         with(func(e *tax.Entry) { e.Class = "Reduced rate" }),
		"name":          with(func(e *tax.Entry) { e.Name = "  " }),
		"ppm":           with(func(e *tax.Entry) { e.PPM = -1 }),
		"ppm: use":      with(func(e *tax.Entry) { e.PPM = 1_000_001 }),
		"from":          with(func(e *tax.Entry) { e.From = calendar.Date{} }),
		"to":            with(func(e *tax.Entry) { e.To = e.From }),
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		for field, e := range cases {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return tax.SaveRate(t.Context(), tx, e) })
			if !errors.Is(err, tax.ErrInvalid) || !strings.Contains(err.Error(), field) {
				t.Errorf("%v: %v, want ErrInvalid naming %s", e, err, field)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, err := tax.List(t.Context(), tx, tax.Filter{})
			if len(all) != 0 {
				t.Errorf("refused rates were written: %v", all)
			}
			return err
		})
	})
}

func TestAnUnknownMarketIsAnErrorNotATaxOfZero(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		seed(t, d)
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := tax.Rates(t.Context(), tx, tax.Query{Market: "XX"}, []string{"standard"})
			return err
		})
		if !errors.Is(err, market.ErrNotFound) {
			t.Errorf("got %v, want market.ErrNotFound", err)
		}
	})
}

func BenchmarkRates(b *testing.B) {
	d := dbtest.SQLite(b, schemas)
	dbtest.Write(b, d, func(tx *db.Tx) error {
		return tax.SaveRate(b.Context(), tx, tax.Entry{Country: "DE", Name: "MwSt", PPM: 190_000, From: day(b, "2007-01-01")})
	})
	q := tax.Query{Country: "DE", PostalCode: "10115", Date: day(b, "2030-01-01")}
	b.ReportAllocs()
	dbtest.Read(b, d, func(tx *db.Tx) error {
		for b.Loop() {
			if _, err := tax.Rates(b.Context(), tx, q, []string{"standard"}); err != nil {
				return err
			}
		}
		return nil
	})
}
