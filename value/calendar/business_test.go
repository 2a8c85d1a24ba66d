package calendar_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	. "korzo/value/calendar"

	"pgregory.net/rapid"
)

func TestHolidays(t *testing.T) {
	for country, years := range map[string]map[int][]string{
		"DE": {
			2016: {"01-01", "03-25", "03-28", "05-01", "05-05", "05-16", "10-03", "12-25", "12-26"},
			2017: {"01-01", "04-14", "04-17", "05-01", "05-25", "06-05", "10-03", "10-31", "12-25", "12-26"},
			2026: {"01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26"},
		},
		"HU": {
			2016: {"01-01", "03-15", "03-28", "05-01", "05-16", "08-20", "10-23", "11-01", "12-25", "12-26"},
			2026: {"01-01", "03-15", "04-03", "04-06", "05-01", "05-25", "08-20", "10-23", "11-01", "12-25", "12-26"},
		},
		"US": {
			2020: {"01-01", "01-20", "02-17", "05-25", "07-03", "07-04", "09-07", "10-12", "11-11", "11-26", "12-25"},
			2021: {"01-01", "01-18", "02-15", "05-31", "06-18", "06-19", "07-04", "07-05", "09-06", "10-11", "11-11", "11-25", "12-24", "12-25", "12-31"},
			2026: {"01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "07-04", "09-07", "10-12", "11-11", "11-26", "12-25"},
		},
		"XX": {2026: nil},
		"":   {2026: nil},
	} {
		for year, want := range years {
			var got []string
			for d := On(year, 1, 1); d.Year == year; d = d.AddDays(1) {
				if name, ok := Holiday(country, d); ok {
					got = append(got, d.String()[5:])
					if name == "" {
						t.Errorf("%s %v has no name", country, d)
					}
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s %d: %v, want %v", country, year, got, want)
			}
		}
	}
}

func TestEaster(t *testing.T) {
	for _, want := range []string{"2000-04-23", "2008-03-23", "2011-04-24", "2024-03-31", "2025-04-20", "2026-04-05", "2030-04-21", "2038-04-25", "2049-04-18", "2076-04-19", "2100-03-28"} {
		if got := EasterSunday(date(t, want).Year).String(); got != want {
			t.Errorf("Easter is %s, want %s", got, want)
		}
	}
	for year := 2000; year <= 2100; year++ {
		e := EasterSunday(year)
		if e.Weekday() != time.Sunday || e.Before(On(year, 3, 22)) || e.After(On(year, 4, 25)) {
			t.Errorf("Easter of %d is a %v, %v", year, e.Weekday(), e)
		}
	}
}

func TestBusinessDays(t *testing.T) {
	german := Business{Country: "DE"}
	for _, tt := range []struct {
		name     string
		business Business
		from     string
		add      int
		want     string
	}{
		{"a Monday is followed by Tuesday", german, "2026-06-15", 1, "2026-06-16"},
		{"a Friday by Monday", german, "2026-06-12", 1, "2026-06-15"},
		{"over Easter", german, "2026-04-02", 1, "2026-04-07"},
		{"Christmas on Friday and Saturday", german, "2026-12-24", 1, "2026-12-28"},
		{"five from Christmas Eve", german, "2026-12-24", 5, "2027-01-04"},
		{"nothing added to a business day", german, "2026-06-15", 0, "2026-06-15"},
		{"nothing added to a Sunday", german, "2026-06-14", 0, "2026-06-15"},
		{"one after a Sunday is Monday", german, "2026-06-14", 1, "2026-06-15"},
		{"back over Easter", german, "2026-04-07", -1, "2026-04-02"},
		{"the week of summer time has five days", german, "2026-03-27", 1, "2026-03-30"},
		{"a six-day week", Business{Week: MondayToSaturday, Country: "DE"}, "2026-06-12", 1, "2026-06-13"},
		{"without holidays Good Friday is a Friday", Business{}, "2026-04-02", 1, "2026-04-03"},
		{"Hungary works on Ascension", Business{Country: "HU"}, "2026-05-13", 1, "2026-05-14"},
		{"Germany does not", german, "2026-05-13", 1, "2026-05-15"},
		{"America keeps Saturday's Fourth on Friday", Business{Country: "US"}, "2026-07-02", 1, "2026-07-06"},
		{"a bridge day by decree", Business{Country: "HU", Closed: []Date{On(2026, 1, 2)}}, "2025-12-31", 1, "2026-01-05"},
		{"and its Saturday worked instead", Business{Country: "HU", Open: []Date{On(2026, 1, 10)}}, "2026-01-09", 1, "2026-01-10"},
		{"one working day a week", Business{Week: Days(time.Wednesday)}, "2026-06-12", 2, "2026-06-24"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.business.Add(date(t, tt.from), tt.add).String(); got != tt.want {
				t.Errorf("%s %+d is %s, want %s", tt.from, tt.add, got, tt.want)
			}
		})
	}
	if d := date(t, "2026-06-14"); german.On(d) != german.Next(d) || german.Next(german.On(d)) != On(2026, 6, 16) {
		t.Error("On and Next disagree about a Sunday")
	}
}

func TestCutoff(t *testing.T) {
	german := Business{Country: "DE"}
	for _, tt := range []struct {
		name  string
		place string
		now   string // UTC
		at    string
		want  string
	}{
		{"a minute before", "Europe/Berlin", "2026-06-15T11:59:59Z", "14:00", "2026-06-15"},
		{"on the dot it is too late", "Europe/Berlin", "2026-06-15T12:00:00Z", "14:00", "2026-06-16"},
		{"late on Friday", "Europe/Berlin", "2026-06-12T12:00:00Z", "14:00", "2026-06-15"},
		{"early on Sunday", "Europe/Berlin", "2026-06-14T05:00:00Z", "14:00", "2026-06-15"},
		{"still Monday in New York", "America/New_York", "2026-06-16T02:00:00Z", "23:00", "2026-06-15"},
		{"winter has its own hour", "Europe/Berlin", "2026-01-15T12:59:00Z", "14:00", "2026-01-15"},
		{"the Monday after clocks went forward", "Europe/Berlin", "2026-03-30T12:00:00Z", "14:00", "2026-03-31"},
		{"the Friday before", "Europe/Berlin", "2026-03-27T12:59:00Z", "14:00", "2026-03-27"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := german.Cutoff(now, zone(t, tt.place), tt.at); err != nil || got.String() != tt.want {
				t.Errorf("%v, %v; want %s", got, err, tt.want)
			}
		})
	}
	if _, err := german.Cutoff(time.Now(), time.UTC, "2 pm"); !errors.Is(err, ErrClock) {
		t.Errorf("a cut-off of 2 pm gives %v", err)
	}
}

// On the day of a switch the cut-off is passed once: at no later instant of the
// day is it open again, though clocks show the hour twice.
func TestCutoffPassesOnce(t *testing.T) {
	every := Business{Week: EveryDay}
	for _, day := range []string{"2030-03-31", "2030-10-27", "2030-06-15"} {
		for _, at := range []string{"00:00", "01:30", "02:00", "02:30", "03:00", "23:59"} {
			passed, today := false, date(t, day)
			berlin := zone(t, "Europe/Berlin")
			for now := today.At(0, berlin); DateIn(now, berlin) == today; now = now.Add(10 * time.Minute) {
				handled, err := every.Cutoff(now, berlin, at)
				if err != nil {
					t.Fatal(err)
				}
				if open := handled == today; open && passed {
					t.Errorf("%s: a cut-off at %s is open again at %v", day, at, now)
				} else if !open {
					passed = true
				}
			}
		}
	}
}

// Adding business days step by step and at once is the same, and lands on a
// business day with exactly that many between.
func TestBusinessDaysAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Business{
			Week:    Week(rapid.IntRange(0, 127).Draw(t, "week")),
			Country: rapid.SampledFrom([]string{"", "DE", "HU", "US"}).Draw(t, "country"),
		}
		d := On(rapid.IntRange(2000, 2100).Draw(t, "year"), 1, rapid.IntRange(1, 365).Draw(t, "day"))
		n := rapid.IntRange(1, 60).Draw(t, "days")
		end, counted := b.Add(d, n), 0
		for e := d.AddDays(1); !e.After(end); e = e.AddDays(1) {
			if b.Works(e) {
				counted++
			}
		}
		if counted != n || !b.Works(end) {
			t.Fatalf("%v + %d = %v with %d business days on the way", d, n, end, counted)
		}
		if b.Works(d) && b.Add(end, -n) != d {
			t.Fatalf("%v + %d - %d = %v", d, n, n, b.Add(end, -n))
		}
	})
}

func TestTooManyBusinessDaysAreABug(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("counting a million business days did not panic")
		}
	}()
	Business{}.Add(On(2030, 1, 1), 1_000_000)
}

func BenchmarkAdd(b *testing.B) {
	b.ReportAllocs()
	from := On(2026, 12, 23)
	for b.Loop() {
		Business{Country: "DE"}.Add(from, 3)
	}
}
