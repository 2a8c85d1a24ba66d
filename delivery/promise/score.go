package promise

import (
	"context"
	"embed"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/value/calendar"
)

// Schema holds the table of what became of promises.
//
//go:embed schema/*.sql
var Schema embed.FS

// ErrInvalid reports a wish for scores that breaks a rule; its text names the field.
var ErrInvalid = fault.New(fault.Invalid, "promise.invalid", "the request is not valid: mend the fields named")

// Inputs are what a promise was computed from, as it is kept beside the dates
// that were shown: with them it can be computed again. Its JSON is stored:
// fields are added, never renamed.
type Inputs struct {
	Version      int    `json:"version"` // of the computation: 2; 1 knew neither weeks nor what a place and a lane add
	Now          string `json:"now"`     // RFC 3339
	Zone         string `json:"zone"`
	CutOff       string `json:"cut_off"`
	LeadDays     int    `json:"lead_days"`
	TransitMin   int    `json:"transit_min"`
	TransitMax   int    `json:"transit_max"`
	DispatchWeek int    `json:"dispatch_week,omitempty"` // as calendar.Week
	DeliveryWeek int    `json:"delivery_week,omitempty"`
	From         string `json:"from"` // the country it leaves from, whose holidays count
	To           string `json:"to"`
	Location     string `json:"location,omitempty"`
	Ready        string `json:"ready,omitempty"` // the day on which the goods have come in; "" when all lay there

	PickMinutes int             `json:"pick_minutes,omitempty"` // of the place, as Place has them
	Waiting     int64           `json:"waiting,omitempty"`
	PerDay      int64           `json:"per_day,omitempty"`
	Closed      []calendar.Date `json:"closed,omitempty"`
	Open        []calendar.Date `json:"open,omitempty"`
	Collected   bool            `json:"collected,omitempty"` // then the place's days count for the arrival too
	Arrivals    int64           `json:"arrivals,omitempty"`  // behind a transit that was measured; 0: the method's own
}

// Collected is the lane of what is collected.
const Collected = "collected"

// Version is that of the computation today.
const Version = 2

// At adds what is known of the place it leaves from.
func (in *Inputs) At(p Place) {
	in.PickMinutes, in.Closed, in.Open = p.PickMinutes, p.Closed, p.Open
	if p.PerDay > 0 {
		in.Waiting, in.PerDay = p.Waiting, p.PerDay
	}
}

// Input is what Compute needs, made from what was kept. It fails on what no
// version of this package wrote.
func (in Inputs) Input() (out Input, err error) {
	out = Input{Pick: time.Duration(in.PickMinutes) * time.Minute, Waiting: in.Waiting, PerDay: in.PerDay, LeadDays: in.LeadDays,
		TransitMin: in.TransitMin, TransitMax: in.TransitMax,
		Dispatch: calendar.Business{Week: calendar.Week(in.DispatchWeek), Country: in.From, Closed: in.Closed, Open: in.Open},
		Delivery: calendar.Business{Week: calendar.Week(in.DeliveryWeek), Country: in.To}}
	if in.Collected {
		out.Delivery.Closed, out.Delivery.Open = in.Closed, in.Open
	}
	if out.Zone, err = calendar.Zone(in.Zone); err != nil {
		return out, err
	}
	if out.CutOff, err = calendar.ParseClock(in.CutOff); err != nil {
		return out, err
	}
	if out.Now, err = time.Parse(time.RFC3339, in.Now); err != nil || in.Ready == "" {
		return out, err
	}
	ready, err := calendar.Parse(in.Ready)
	if at := ready.At(0, out.Zone); err == nil && at.After(out.Now) {
		out.Now = at // it cannot leave before it has come in
	}
	return out, err
}

// Outcome is a promise that came true, or did not.
type Outcome struct {
	Ref      string // what arrived: a fulfilment and its parcel; scoring it again changes nothing
	Order    string
	Method   string
	Location string
	Lane     string
	Promised calendar.Date // the last day that was shown
	Arrived  calendar.Date

	// What a lane learns from: the day it left, between which countries, and the
	// days on which its destination takes deliveries. The zero Left teaches nothing.
	Left     calendar.Date
	From, To string
	Delivery calendar.Business
}

// transit is how many delivery days an outcome was on its way, -1 when that is
// not known.
func (o Outcome) transit() int {
	n := o.Arrived.DaysSince(o.Left)
	if o.Left.IsZero() || n < 0 || n > maxTransit {
		return -1
	}
	taken := 0
	for d := o.Left; d.Before(o.Arrived); {
		if d = d.AddDays(1); o.Delivery.Works(d) {
			taken++
		}
	}
	return taken
}

// maxTransit bounds the days that a parcel may teach a lane: what took longer
// was lost and found.
const maxTransit = 120

// Score keeps what became of a promise. It may be repeated.
func Score(ctx context.Context, tx *db.Tx, o Outcome) error {
	if o.Promised.IsZero() || o.Arrived.IsZero() {
		return nil // nothing was promised, or nothing came
	}
	if err := insertScore(ctx, tx, o, o.Arrived.DaysSince(o.Promised)); err != nil {
		return fmt.Errorf("score the promise of %s: %w", o.Order, err)
	}
	return nil
}

// Kept is how many promises of a location and lane were kept.
type Kept struct {
	Location string
	Lane     string
	All      int64
	Kept     int64
	LateDays int64 // of those that were not, added up
}

// RatePPM is the share that was kept, in millionths; 0 where none is scored.
func (k Kept) RatePPM() int64 {
	if k.All == 0 {
		return 0
	}
	return k.Kept * 1_000_000 / k.All
}

// Rates returns how many promises were kept, by location and lane, of what
// arrived from a day to another, both included: at most 400 days and 1,000
// rows. It returns ErrInvalid.
func Rates(ctx context.Context, tx *db.Tx, from, to calendar.Date) ([]Kept, error) {
	if from.IsZero() || to.IsZero() || to.Before(from) || to.DaysSince(from) > 400 {
		return nil, ErrInvalid.With("from, to: give two days, at most 400 apart, the earlier first")
	}
	all, err := selectRates(ctx, tx, from, to)
	if err != nil {
		return nil, fmt.Errorf("kept promises: %w", err)
	}
	return all, nil
}
