// Package calendar counts days as people and businesses do.
//
// A Date is a day on the wall calendar of some place; it has no hours and no
// zone, so arithmetic on dates never meets a switch to summer time. An instant
// becomes a Date only through a zone (DateIn), and a Date with a clock time
// becomes an instant only through a zone (Date.At), which answers for clock
// times that a switch leaves out or shows twice.
//
// Business is a calendar of working days: a week, the public holidays of a
// country, and exceptions. Holidays are rules, not lists, so any year of the
// Gregorian calendar is known; one-off decrees go into the exceptions. The
// zone database is compiled in: a machine without one tells the same time.
package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // zones are needed on machines that have none
)

// What the parsers refuse.
var (
	ErrDate  = errors.New("not a date: write it as 2030-01-31")
	ErrClock = errors.New("not a time of day: write it as 14:00")
	ErrZone  = errors.New("not a time zone: use a name such as Europe/Berlin")
)

// Date is a civil day: {2030, time.January, 31}. The zero Date is no day.
// Make one with On, DateIn or Parse: those are real days of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// On returns a day; what lies beyond the month's end runs on into the next, as
// in time.Date: On(2030, 2, 30) is 2 March 2030.
func On(year int, month time.Month, day int) Date {
	return dateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateIn returns the day it is in zone at t.
func DateIn(t time.Time, zone *time.Location) Date { return dateOf(t.In(zone)) }

func dateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// Parse reads a date as String writes it. It returns ErrDate, wrapped.
func Parse(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}, fmt.Errorf("%.20q: %w", text, ErrDate)
	}
	return dateOf(t), nil
}

// String returns the date as RFC 3339 has it, 2030-01-31; "" for the zero Date.
func (d Date) String() string {
	if d == (Date{}) {
		return ""
	}
	return d.midnight().Format(time.DateOnly)
}

// MarshalText writes what String returns.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// IsZero says that d is no day.
func (d Date) IsZero() bool { return d == Date{} }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

// AddDays returns the day n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date {
	const everyMonth = 28 // days that each has
	if to := d.Day + n; to >= 1 && to <= everyMonth {
		return Date{d.Year, d.Month, to}
	}
	return On(d.Year, d.Month, d.Day+n)
}

// DaysSince returns how many days d is after earlier; negative when before.
func (d Date) DaysSince(earlier Date) int {
	return int(d.midnight().Sub(earlier.midnight()) / (24 * time.Hour))
}

// Cmp returns −1, 0 or 1 as d is before, the same as or after e.
func (d Date) Cmp(e Date) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month), cmp.Compare(d.Day, e.Day))
}

// Before says that d comes before e.
func (d Date) Before(e Date) bool { return d.Cmp(e) < 0 }

// After says that d comes after e.
func (d Date) After(e Date) bool { return d.Cmp(e) > 0 }

// At returns the first instant of day d at which a clock in zone shows c or
// later. Where clocks are put forward past c, that is the moment of the
// switch; where they show c twice, the first time.
func (d Date) At(c Clock, zone *time.Location) time.Time {
	wall := time.Date(d.Year, d.Month, d.Day, 0, int(c), 0, 0, time.UTC)
	shows := func(t time.Time) bool {
		return DateIn(t, zone) == dateOf(wall) && t.Hour() == wall.Hour() && t.Minute() == wall.Minute()
	}
	_, before := wall.Add(-25 * time.Hour).In(zone).Zone()
	_, after := wall.Add(25 * time.Hour).In(zone).Zone()
	early := wall.Add(-time.Duration(before) * time.Second).In(zone)
	if shows(early) {
		return early
	}
	late := wall.Add(-time.Duration(after) * time.Second).In(zone)
	if shows(late) {
		return late
	}
	moment, _ := early.ZoneBounds()
	return moment
}

// midnight is in UTC, where every day has 24 hours.
func (d Date) midnight() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// Clock is a time of day in minutes after midnight, 0 to 1439.
type Clock int

// ParseClock reads "14:00": two digits, a colon, two digits. It returns
// ErrClock, wrapped.
func ParseClock(text string) (Clock, error) {
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, fmt.Errorf("%.20q: %w", text, ErrClock)
	}
	return Clock(t.Hour()*60 + t.Minute()), nil
}

// String returns "14:00".
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

var zones sync.Map // string → *time.Location: loading one reads a file

// Zone returns the time zone of that name in the IANA database, such as
// "Europe/Berlin" or "UTC". It returns ErrZone, wrapped; the machine's own
// zone ("Local", "") is not one.
func Zone(name string) (*time.Location, error) {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("%.40q: %w", name, ErrZone)
	}
	zones.Store(name, zone)
	return zone, nil
}
