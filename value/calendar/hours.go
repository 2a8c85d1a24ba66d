package calendar

import "time"

// Hours is when a place is open: on its business days, from Open until Close on
// its own clocks. Where Close is not after Open it is open all day.
type Hours struct {
	Business
	Open, Close Clock
}

// AllDay reports whether it is open around the clock, written 00:00 to 00:00.
func (h Hours) AllDay() bool { return h.Open == 0 && h.Close == 0 }

// span returns from when until when the place is open on d.
func (h Hours) span(d Date, zone *time.Location) (from, until time.Time) {
	if h.Close <= h.Open {
		return d.At(0, zone), d.AddDays(1).At(0, zone)
	}
	return d.At(h.Open, zone), d.At(h.Close, zone)
}

// After returns the moment at which the place will have been open for so long
// since now. After none it is now, or when it opens next. Times it is closed do
// not count. It looks at most MaxDays ahead.
func (h Hours) After(now time.Time, zone *time.Location, long time.Duration) time.Time {
	day := DateIn(now, zone)
	for range MaxDays {
		from, until := h.span(day, zone)
		if h.Works(day) && now.Before(until) {
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

// Closing returns when the place closes on d, or on its next business day.
func (h Hours) Closing(d Date, zone *time.Location) time.Time {
	_, until := h.span(h.On(d), zone)
	return until
}

// Opening returns when the place opens on d, or on its next business day.
func (h Hours) Opening(d Date, zone *time.Location) time.Time {
	from, _ := h.span(h.On(d), zone)
	return from
}
