// Package promise computes when an order leaves and when it arrives.
//
// It counts in civil days: the day an order leaves is a day in the zone of the
// place it leaves from, the days it travels are days on which its destination
// takes deliveries. An instant is looked at once, to see whether today's cut-off
// has passed on the clocks of that place; from there on there are dates only, so
// no switch to summer time can move a promise. Compute knows no clock and no
// database: the same input is the same promise.
//
// A place promises what it can do: the time it needs to pick, the orders that
// already wait there against what it sends off in a day, its own closed days
// (Place). A lane promises what it has done: once enough parcels have arrived,
// the days that half of them and nine in ten needed take the place of what the
// method says (Lane).
//
// An order keeps the dates it was shown and what they were computed from
// (Inputs); when it arrives, or can be collected, the promise is scored, and
// Rates says how many were kept by location and lane.
package promise

import (
	"time"

	"korzo/value/calendar"
)

// Input is all that a promise depends on.
type Input struct {
	Now    time.Time
	Zone   *time.Location // of the place it leaves from; nil is UTC
	CutOff calendar.Clock // what is ordered at this time or later is handled the next dispatch day

	// Pick is how long the place needs to get it ready on the day it leaves: what
	// comes in less than Pick before the cut-off is handled the next dispatch day.
	// Below 0 is 0.
	Pick time.Duration

	// Waiting orders come first, and the place sends off PerDay of them on a
	// dispatch day: each whole day of them is a day more. PerDay 0 is not known,
	// and then nobody waits.
	Waiting int64
	PerDay  int64

	// LeadDays is how many dispatch days lie between taking the order in hand and
	// handing it over; 0 leaves the same day. TransitMin and TransitMax are how
	// many delivery days the carrier needs. All are at least 0 and at most
	// calendar.MaxDays; what is less or more counts as that, and a TransitMax
	// below TransitMin as TransitMin.
	LeadDays   int
	TransitMin int
	TransitMax int

	Dispatch calendar.Business // the days on which the place works and hands over
	Delivery calendar.Business // the days on which the destination takes deliveries
}

// Window is the days within which an order arrives, both included. An order
// that is collected waits from From on.
type Window struct {
	From calendar.Date `json:"from"`
	To   calendar.Date `json:"to"`
}

// Compute returns when the order arrives. Transit counts delivery days after
// the day of dispatch; a transit of 0 is that day, or the first delivery day
// after it.
func Compute(in Input) Window {
	leaves := Dispatch(in)
	first := days(in.TransitMin)
	return Window{
		From: in.Delivery.Add(leaves, first),
		To:   in.Delivery.Add(leaves, max(first, days(in.TransitMax))),
	}
}

// Dispatch returns the day on which the order leaves: today, if it is a
// dispatch day and there is time to pick before its cut-off, else the next
// dispatch day; then a day for each of LeadDays and of the backlog.
func Dispatch(in Input) calendar.Date {
	day, _ := handled(in)
	return in.Dispatch.Add(day, min(days(in.LeadDays)+in.Backlog(), calendar.MaxDays))
}

// OrderBy returns the moment at which Dispatch becomes a later day: what is ordered
// before it leaves on the day that Dispatch returns. It is zero where the place needs
// longer to pick than that day has until its cut-off.
func OrderBy(in Input) time.Time {
	day, end := handled(in)
	if end.Before(day.At(0, end.Location())) {
		return time.Time{}
	}
	return end
}

// handled is the day on which the place takes an order in hand, and when that is
// over for orders of that day.
func handled(in Input) (day calendar.Date, end time.Time) {
	zone := in.Zone
	if zone == nil {
		zone = time.UTC
	}
	ends := func(day calendar.Date) time.Time { return day.At(in.CutOff, zone).Add(-max(in.Pick, 0)) }
	day = calendar.DateIn(in.Now, zone)
	if !in.Dispatch.Works(day) || !in.Now.Before(ends(day)) {
		day = in.Dispatch.Next(day)
	}
	return day, ends(day)
}

// Backlog is how many dispatch days the place needs for what waits there.
func (in Input) Backlog() int {
	if in.PerDay < 1 || in.Waiting < in.PerDay {
		return 0
	}
	return int(min(in.Waiting/in.PerDay, calendar.MaxDays))
}

func days(n int) int { return min(max(n, 0), calendar.MaxDays) }
