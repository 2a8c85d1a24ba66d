package i18n_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/platform/i18n"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

// shown makes no-break spaces visible.
func shown(text string) string { return strings.ReplaceAll(text, "\u00a0", "_") }

func TestMoney(t *testing.T) {
	c := i18n.Load()
	for _, tt := range []struct {
		a          money.Amount
		en, de, hu string
	}{
		{money.Of(1234_50, "EUR"), "€1,234.50", "1.234,50_€", "1_234,50_€"},
		{money.Of(1234_50, "USD"), "$1,234.50", "1.234,50_$", "1_234,50_$"},
		{money.Of(12_990_00, "HUF"), "HUF_12,990", "12.990_HUF", "12_990_Ft"},
		{money.Of(12_990_50, "HUF"), "HUF_12,990.50", "12.990,50_HUF", "12_990,50_Ft"},
		{money.Of(0, "HUF"), "HUF_0", "0_HUF", "0_Ft"},
		{money.Of(0, "EUR"), "€0.00", "0,00_€", "0,00_€"},
		{money.Of(5, "EUR"), "€0.05", "0,05_€", "0,05_€"},
		{money.Of(-5_00, "EUR"), "-€5.00", "-5,00_€", "-5,00_€"},
		{money.Of(-1234_00, "SEK"), "-SEK_1,234.00", "-1.234,00_SEK", "-1_234,00_SEK"},
		{money.Of(999_99, "GBP"), "£999.99", "999,99_£", "999,99_£"},
		{money.Of(1_000_00, "CHF"), "CHF_1,000.00", "1.000,00_CHF", "1_000,00_CHF"},
		{money.Of(1234567, "JPY"), "¥1,234,567", "1.234.567_¥", "1_234_567_¥"},
		{money.Of(1_234, "KWD"), "KWD_1.234", "1,234_KWD", "1,234_KWD"},
		{money.Of(350, "points"), "350_points", "350_points", "350_points"},
		{money.Amount{}, "0", "0", "0"},
		{money.Of(math.MinInt64, "EUR"), "-€92,233,720,368,547,758.08", "-92.233.720.368.547.758,08_€", "-92_233_720_368_547_758,08_€"},
	} {
		for tag, want := range map[string]string{"en": tt.en, "de": tt.de, "hu": tt.hu} {
			if got := shown(c.Locale(tag).Money(tt.a)); got != want {
				t.Errorf("%s: %v is %q, want %q", tag, tt.a, got, want)
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	c := i18n.Load()
	for _, tt := range []struct {
		name       string
		say        func(i18n.Locale) string
		en, de, hu string
	}{
		{"a number", func(l i18n.Locale) string { return l.Number(1234567) }, "1,234,567", "1.234.567", "1_234_567"},
		{"a small one", func(l i18n.Locale) string { return l.Number(999) }, "999", "999", "999"},
		{"a negative one", func(l i18n.Locale) string { return l.Number(-1000) }, "-1,000", "-1.000", "-1_000"},
		{"the smallest", func(l i18n.Locale) string { return l.Number(math.MinInt64)[:3] }, "-9,", "-9.", "-9\xc2"},
		{"a tax rate", func(l i18n.Locale) string { return l.Percent(190_000) }, "19%", "19_%", "19%"},
		{"a reduced rate", func(l i18n.Locale) string { return l.Percent(75_000) }, "7.5%", "7,5_%", "7,5%"},
		{"a county's rate", func(l i18n.Locale) string { return l.Percent(82_503) }, "8.2503%", "8,2503_%", "8,2503%"},
		{"a discount", func(l i18n.Locale) string { return l.Percent(-5_000) }, "-0.5%", "-0,5_%", "-0,5%"},
		{"nothing", func(l i18n.Locale) string { return l.Percent(0) }, "0%", "0_%", "0%"},
	} {
		for tag, want := range map[string]string{"en": tt.en, "de": tt.de, "hu": tt.hu} {
			if got := shown(tt.say(c.Locale(tag))); got != want {
				t.Errorf("%s, %s: %q, want %q", tag, tt.name, got, want)
			}
		}
	}
}

func TestDates(t *testing.T) {
	c := i18n.Load()
	berlin, err := calendar.Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	eve := calendar.On(2030, 12, 24)
	late := time.Date(2030, 12, 23, 23, 30, 0, 0, time.UTC)
	type say = func(i18n.Locale) string
	span := func(from, to calendar.Date) say {
		return func(l i18n.Locale) string { return l.DateRange(from, to) }
	}
	for _, tt := range []struct {
		name       string
		say        say
		en, de, hu string
	}{
		{"a day", func(l i18n.Locale) string { return l.Day(eve) }, "24_Dec", "24._Dez.", "dec._24."},
		{"a day in May", func(l i18n.Locale) string { return l.Day(calendar.On(2030, 5, 1)) }, "1_May", "1._Mai", "máj._1."},
		{"a day with its year", func(l i18n.Locale) string { return l.LongDay(eve) }, "24_December 2030", "24._Dezember 2030", "2030. december_24."},
		{"the day it is in Berlin", func(l i18n.Locale) string { return l.Date(late, berlin) }, "24_December 2030", "24._Dezember 2030", "2030. december_24."},
		{"the day it is in London", func(l i18n.Locale) string { return l.Date(late, time.UTC) }, "23_December 2030", "23._Dezember 2030", "2030. december_23."},
		{"day and time", func(l i18n.Locale) string { return l.DateTime(late, berlin) }, "24_December 2030, 00:30", "24._Dezember 2030, 00:30", "2030. december_24. 00:30"},
		{"day and time in a table", func(l i18n.Locale) string { return l.ShortDateTime(late, berlin) }, "24_Dec 2030, 00:30", "24._Dez. 2030, 00:30", "2030. dec._24. 00:30"},
		{"a day by both its names", func(l i18n.Locale) string { return l.WeekdayAndDay(eve) }, "Tue, 24_Dec", "Di, 24._Dez.", "dec._24., K"},
		{"no day", func(l i18n.Locale) string { return l.Day(calendar.Date{}) + l.LongDay(calendar.Date{}) }, "", "", ""},
		{"a range in a month", span(eve, eve.AddDays(2)), "24–26_Dec", "24.–26._Dez.", "dec._24–26."},
		{"a range of one day", span(eve, eve), "24_Dec", "24._Dez.", "dec._24."},
		{"a range without an end", span(eve, calendar.Date{}), "24_Dec", "24._Dez.", "dec._24."},
		{"a range without a start", span(calendar.Date{}, eve), "24_Dec", "24._Dez.", "dec._24."},
		{"a range of nothing", span(calendar.Date{}, calendar.Date{}), "", "", ""},
		{"a range over New Year", span(calendar.On(2030, 12, 30), calendar.On(2031, 1, 2)), "30_Dec – 2_Jan", "30._Dez. – 2._Jan.", "dec._30. – jan._2."},
		{"a range of a year", span(eve, calendar.On(2031, 12, 24)), "24_Dec 2030 – 24_Dec 2031", "24._Dez. 2030 – 24._Dez. 2031", "2030. dec._24. – 2031. dec._24."},
		{"weekdays", func(l i18n.Locale) string {
			return l.Weekday(eve.Weekday()) + " " + l.ShortWeekday(time.Sunday)
		}, "Tuesday Sun", "Dienstag So", "kedd V"},
	} {
		for tag, want := range map[string]string{"en": tt.en, "de": tt.de, "hu": tt.hu} {
			if got := shown(tt.say(c.Locale(tag))); got != want {
				t.Errorf("%s, %s: %q, want %q", tag, tt.name, got, want)
			}
		}
	}
}

func TestEveryMonthAndDayHasAName(t *testing.T) {
	c := i18n.Load()
	for _, tag := range i18n.Languages {
		seen := map[string]bool{}
		for i := range 7 {
			seen[c.Locale(tag).Weekday(time.Weekday(i))] = true
			seen["short "+c.Locale(tag).ShortWeekday(time.Weekday(i))] = true
		}
		for month := time.January; month <= time.December; month++ {
			seen[c.Locale(tag).LongDay(calendar.On(2030, month, 1))] = true
			seen["short "+c.Locale(tag).Day(calendar.On(2030, month, 1))] = true
		}
		if len(seen) != 38 || seen[""] || seen["short "] {
			t.Errorf("%s has %d names of months and days, want 38", tag, len(seen))
		}
	}
}

func TestCountries(t *testing.T) {
	c := i18n.Load()
	de := c.Locale("de")
	if de.Country("HU") != "Ungarn" || c.Locale("hu").Country("DE") != "Németország" || de.Country("QQ") != "QQ" {
		t.Error("countries are called by other names")
	}
	for _, tag := range i18n.Languages {
		for _, code := range address.Countries() {
			if name := c.Locale(tag).Country(code); name == "" || name == code {
				t.Errorf("%s: %s has no name", tag, code)
			}
		}
	}
	codes := []string{"ZA", "DE", "AT", "EG", "US"}
	de.SortCountries(codes)
	if want := []string{"EG", "DE", "AT", "ZA", "US"}; !slices.Equal(codes, want) {
		t.Errorf("%v, want %v: Ägypten, Deutschland, Österreich, Südafrika, Vereinigte Staaten", codes, want)
	}
}

func TestAddressesAreExplainedInEveryLanguage(t *testing.T) {
	c := i18n.Load()
	c.OnMissing = func(language, id string) { t.Errorf("%s: no message %s", language, id) }
	for _, tt := range []struct{ tag, want string }{
		{"en", "a postal code in Germany has five digits, such as 26133"},
		{"de", "Postleitzahl (Deutschland): bitte in der Form 26133 angeben"},
		{"hu", "Irányítószám (Németország): kérjük, így adja meg: 26133"},
	} {
		bad := address.Address{Name: "A", Line1: "B", City: "C", PostalCode: "x", Country: "DE"}
		if got := c.Locale(tt.tag).AddressProblem("DE", bad.Check()[0]); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	long := strings.Repeat("x", address.MaxLength+1)
	for _, code := range append(address.Countries(), "", "QQ") {
		format, _ := address.Country(code)
		for _, bad := range []address.Address{
			{Country: code},
			{Country: code, Name: long, City: "\x00", Line1: "x"},
			{Country: code, Name: "x", Line1: "x", City: "x", PostalCode: "?", Region: "?"},
		} {
			for _, p := range bad.Check() {
				for _, tag := range i18n.Languages {
					if text := c.Locale(tag).AddressProblem(code, p); text == "" || strings.ContainsAny(text, "[{") {
						t.Errorf("%s: %+v is explained as %q", tag, p, text)
					}
				}
			}
		}
		for _, field := range append(format.Order, address.Phone, address.CountryOf) {
			if text := c.Locale("de").Field(code, field); text == "" || strings.Contains(text, "[") {
				t.Errorf("%s: field %s is called %q", code, field, text)
			}
		}
	}
	if got := c.Locale("en").Field("US", address.PostalCode) + ", " + c.Locale("hu").Field("US", address.Region); got != "ZIP code, Állam" {
		t.Errorf("American fields are %s", got)
	}
}

func TestMoneyAllocatesAtMostTwice(t *testing.T) {
	l := i18n.Load().Locale("hu")
	var text string
	if n := testing.AllocsPerRun(1000, func() { text = l.Money(money.Of(1_234_567_00, "HUF")) }); n > 2 {
		t.Errorf("%v allocations for %s", n, text)
	}
}

func BenchmarkMoney(b *testing.B) {
	l := i18n.Load().Locale("de")
	b.ReportAllocs()
	for b.Loop() {
		l.Money(money.Of(1234_50, "EUR"))
	}
}
