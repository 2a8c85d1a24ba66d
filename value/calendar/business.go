package calendar

import (
	"fmt"
	"slices"
	"time"
)

// Week is a set of weekdays. The empty Week stands for MondayToFriday.
type Week uint8

// Common weeks.
const (
	MondayToFriday   Week = 1<<time.Monday | 1<<time.Tuesday | 1<<time.Wednesday | 1<<time.Thursday | 1<<time.Friday
	MondayToSaturday Week = MondayToFriday | 1<<time.Saturday
	EveryDay         Week = MondayToSaturday | 1<<time.Sunday
)

// Days returns the week of those days.
func Days(days ...time.Weekday) Week {
	var w Week
	for _, d := range days {
		w |= 1 << d
	}
	return w
}

// Has says that day belongs to w.
func (w Week) Has(day time.Weekday) bool {
	if w&EveryDay == 0 {
		w = MondayToFriday
	}
	return w&(1<<day) != 0
}

// MaxDays bounds what Add counts; doors refuse longer lead times.
const MaxDays = 10_000

// Business is a calendar of working days. The zero Business works from Monday
// to Friday and knows no holidays.
type Business struct {
	Week    Week
	Country string // whose public holidays are kept: "DE", "HU", "US"; any other has none
	Closed  []Date // days off beside them: a stock-taking, a bridge day
	Open    []Date // days worked in spite of week and holidays; stronger than Closed
}

// Works says that d is a business day.
func (b Business) Works(d Date) bool {
	if slices.Contains(b.Open, d) {
		return true
	}
	if !b.Week.Has(d.Weekday()) || slices.Contains(b.Closed, d) {
		return false
	}
	_, off := Holiday(b.Country, d)
	return !off
}

// On returns d if it is a business day, and the next one otherwise.
func (b Business) On(d Date) Date { return b.Add(d, 0) }

// Next returns the first business day after d.
func (b Business) Next(d Date) Date { return b.Add(d, 1) }

// Add returns the nth business day after d, or before it when n is negative;
// with 0 it is d itself, or the next business day when d is none. It panics
// when n is beyond MaxDays.
func (b Business) Add(d Date, n int) Date {
	if n > MaxDays || n < -MaxDays {
		panic(fmt.Sprintf("calendar: %d business days", n))
	}
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	if n == 0 {
		for !b.Works(d) {
			d = d.AddDays(1)
		}
		return d
	}
	for n > 0 {
		if d = d.AddDays(step); b.Works(d) {
			n--
		}
	}
	return d
}

// Cutoff returns the business day on which what is ordered at now is handled:
// today, if it is a business day in zone and its clocks do not show at ("14:00")
// yet, or the next business day. It returns ErrClock, wrapped.
func (b Business) Cutoff(now time.Time, zone *time.Location, at string) (Date, error) {
	clock, err := ParseClock(at)
	if err != nil {
		return Date{}, fmt.Errorf("cut-off: %w", err)
	}
	today := DateIn(now, zone)
	if b.Works(today) && now.Before(today.At(clock, zone)) {
		return today, nil
	}
	return b.Next(today), nil
}
