package calendar

import (
	"slices"
	"time"
)

// Opening is when a place is open on some days of the week, by its own clock.
// Where Close is not after Open it is all day, written 00:00 to 00:00.
type Opening struct {
	Week  Week  `json:"week"`
	Open  Clock `json:"open"`
	Close Clock `json:"close"`
}

// AllDay reports whether there is no hour at which it is closed on those days.
func (o Opening) AllDay() bool { return o.Close <= o.Open }

// Hours is when a place is open: on some weekdays, on each by hours of its own,
// but for holidays and days off.
type Hours struct {
	Days    []Opening // a weekday is in one at most, and closed in none; no Days: Monday to Friday, all day
	Country string    // whose public holidays are kept
	Closed  []Date    // days off beside them
	Extra   []Date    // days open in spite of week and holidays; stronger than Closed
}

// Daily are the same hours on each day of a week.
func Daily(w Week, open, close Clock) []Opening { return []Opening{{w, open, close}} }

// business is on which days the place is open.
func (h Hours) business() Business {
	var w Week
	for _, o := range h.Days {
		w |= o.Week
	}
	return Business{Week: w, Country: h.Country, Closed: h.Closed, Open: h.Extra}
}

// Valid reports whether no weekday is in two openings, none is empty, and each
// opens before it closes or is all day.
func (h Hours) Valid() bool {
	var seen Week
	for _, o := range h.Days {
		if o.Week == 0 || o.Week&^EveryDay != 0 || o.Week&seen != 0 || o.Close <= o.Open && o.Open+o.Close != 0 {
			return false
		}
		seen |= o.Week
	}
	return true
}

// On returns the hours of a day, and whether the place is open on it at all. An
// extra day whose weekday is else closed has the hours of the weekday before.
func (h Hours) On(d Date) (Opening, bool) {
	if !h.business().Works(d) {
		return Opening{}, false
	}
	return h.at(d), true
}

func (h Hours) at(d Date) Opening {
	for range 7 {
		if i := slices.IndexFunc(h.Days, func(o Opening) bool { return o.Week.Has(d.Weekday()) }); i >= 0 {
			return h.Days[i]
		}
		d = d.AddDays(-1)
	}
	return Opening{}
}

// span returns from when until when the place is open on d, if it is.
func (h Hours) span(d Date, zone *time.Location) (from, until time.Time) {
	o := h.at(d)
	if o.AllDay() {
		return d.At(0, zone), d.AddDays(1).At(0, zone)
	}
	return d.At(o.Open, zone), d.At(o.Close, zone)
}

// Until returns when a place that is open closes, and whether it is open now.
func (h Hours) Until(now time.Time, zone *time.Location) (time.Time, bool) {
	day := DateIn(now, zone)
	if _, open := h.On(day); !open {
		return time.Time{}, false
	}
	from, until := h.span(day, zone)
	return until, !now.Before(from) && now.Before(until)
}

// After returns the moment at which the place will have been open for so long
// since now. After none it is now, or when it opens next. Times it is closed do
// not count. It looks at most MaxDays ahead.
func (h Hours) After(now time.Time, zone *time.Location, long time.Duration) time.Time {
	day, days := DateIn(now, zone), h.business()
	for range MaxDays {
		from, until := h.span(day, zone)
		if days.Works(day) && now.Before(until) {
			if now.Before(from) {
				now = from
			}
			left := until.Sub(now)
			if long < left {
				return now.Add(long)
			}
			long, now = long-left, until
		}
		day = day.AddDays(1)
	}
	return now
}

// Closing returns when the place closes on d, or on the next day it is open.
func (h Hours) Closing(d Date, zone *time.Location) time.Time {
	_, until := h.span(h.business().On(d), zone)
	return until
}

// Opening returns when the place opens on d, or on the next day it is open.
func (h Hours) Opening(d Date, zone *time.Location) time.Time {
	from, _ := h.span(h.business().On(d), zone)
	return from
}
