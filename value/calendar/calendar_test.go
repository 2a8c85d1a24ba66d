package calendar_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	. "korzo/value/calendar"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func date(t testing.TB, text string) Date {
	t.Helper()
	d, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheDayDependsOnThePlace(t *testing.T) {
	newYear := time.Date(2029, 12, 31, 23, 30, 0, 0, time.UTC)
	for place, want := range map[string]string{
		"Europe/Berlin":       "2030-01-01",
		"America/Los_Angeles": "2029-12-31",
		"Pacific/Kiritimati":  "2030-01-01",
		"UTC":                 "2029-12-31",
	} {
		if got := DateIn(newYear, zone(t, place)).String(); got != want {
			t.Errorf("in %s it is %s, want %s", place, got, want)
		}
	}
}

func TestDates(t *testing.T) {
	d := date(t, "2028-02-28")
	for _, tt := range []struct {
		name      string
		got, want any
	}{
		{"a leap day follows", d.AddDays(1).String(), "2028-02-29"},
		{"and then March", d.AddDays(2).String(), "2028-03-01"},
		{"back over New Year", d.AddDays(-59).String(), "2027-12-31"},
		{"days between", date(t, "2029-02-28").DaysSince(d), 366},
		{"days back", d.DaysSince(date(t, "2029-02-28")), -366},
		{"weekday", d.Weekday(), time.Monday},
		{"before", d.Before(date(t, "2028-03-01")), true},
		{"after", d.After(date(t, "2027-12-31")), true},
		{"neither before nor after itself", d.Before(d) || d.After(d), false},
		{"beyond the month's end", On(2030, 2, 30).String(), "2030-03-02"},
		{"no day", Date{}.String(), ""},
		{"no day is zero", Date{}.IsZero() && !d.IsZero(), true},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

func TestDatesTravelAsText(t *testing.T) {
	type window struct{ From, To Date }
	text, err := json.Marshal(window{From: On(2030, 12, 24)})
	if err != nil || string(text) != `{"From":"2030-12-24","To":""}` {
		t.Fatalf("%s, %v", text, err)
	}
	var back window
	if err := json.Unmarshal(text, &back); err != nil || back.From != On(2030, 12, 24) || !back.To.IsZero() {
		t.Errorf("%+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"From":"24.12.2030"}`), &back); !errors.Is(err, ErrDate) {
		t.Errorf("a German date gives %v", err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	for _, text := range []string{"", "2030-02-30", "2030-1-2", "30-01-02", "2030-01-02T00:00:00Z", " 2030-01-02"} {
		if d, err := Parse(text); !errors.Is(err, ErrDate) || !d.IsZero() {
			t.Errorf("date %q gives %v, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "24:00", "14:60", "9:00", "14", "14:00:00", "2 pm", "-1:00"} {
		if c, err := ParseClock(text); !errors.Is(err, ErrClock) || c != 0 {
			t.Errorf("clock %q gives %v, %v", text, c, err)
		}
	}
	for _, text := range []string{"", "Local", "Berlin", "Europe/Atlantis", "../../etc/passwd"} {
		if z, err := Zone(text); !errors.Is(err, ErrZone) || z != nil {
			t.Errorf("zone %q gives %v, %v", text, z, err)
		}
	}
}

// Adding days and taking them away again leads back, and each day is the next
// weekday, whatever switches lie between.
func TestDaysAreCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := On(rapid.IntRange(1900, 2200).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 31).Draw(t, "day"))
		n := rapid.IntRange(-40_000, 40_000).Draw(t, "days")
		e := d.AddDays(n)
		if e.AddDays(-n) != d || e.DaysSince(d) != n {
			t.Fatalf("%v + %d = %v", d, n, e)
		}
		if want := time.Weekday(((int(d.Weekday())+n)%7 + 7) % 7); e.Weekday() != want {
			t.Fatalf("%v + %d is a %v, want %v", d, n, e.Weekday(), want)
		}
		if back, err := Parse(e.String()); err != nil || back != e {
			t.Fatalf("%v reads as %v, %v", e, back, err)
		}
	})
}

func TestClockTimesAroundSwitches(t *testing.T) {
	for _, tt := range []struct {
		name  string
		place string
		day   string
		clock string
		want  string // UTC
	}{
		{"winter", "Europe/Berlin", "2030-01-15", "14:00", "2030-01-15T13:00:00Z"},
		{"summer", "Europe/Berlin", "2030-07-15", "14:00", "2030-07-15T12:00:00Z"},
		{"the day clocks go forward, before", "Europe/Berlin", "2030-03-31", "01:59", "2030-03-31T00:59:00Z"},
		{"a time that never is: the moment of the switch", "Europe/Berlin", "2030-03-31", "02:30", "2030-03-31T01:00:00Z"},
		{"the day clocks go forward, after", "Europe/Berlin", "2030-03-31", "14:00", "2030-03-31T12:00:00Z"},
		{"a time shown twice: the first", "Europe/Berlin", "2030-10-27", "02:30", "2030-10-27T00:30:00Z"},
		{"the day clocks go back, after", "Europe/Berlin", "2030-10-27", "14:00", "2030-10-27T13:00:00Z"},
		{"New York, forward", "America/New_York", "2030-03-10", "02:30", "2030-03-10T07:00:00Z"},
		{"New York, back", "America/New_York", "2030-11-03", "01:30", "2030-11-03T05:30:00Z"},
		{"Budapest keeps Berlin's clocks", "Europe/Budapest", "2030-03-31", "02:30", "2030-03-31T01:00:00Z"},
		{"a midnight that never is", "America/Santiago", "2024-09-08", "00:00", "2024-09-08T04:00:00Z"},
		{"the south has summer in January", "Australia/Sydney", "2030-01-15", "14:00", "2030-01-15T03:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock, err := ParseClock(tt.clock)
			if err != nil {
				t.Fatal(err)
			}
			got := date(t, tt.day).At(clock, zone(t, tt.place)).UTC().Format(time.RFC3339)
			if got != tt.want {
				t.Errorf("%s %s in %s is %s, want %s", tt.day, tt.clock, tt.place, got, tt.want)
			}
			if clock.String() != tt.clock {
				t.Errorf("clock reads %s", clock)
			}
		})
	}
}
