package promise

import (
	"context"
	"embed"
	"fmt"

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
// that were shown: with them, and with the rules of then, it can be computed
// again. Its JSON is stored: fields are added, never renamed.
type Inputs struct {
	Version    int    `json:"version"` // of the computation: 1
	Now        string `json:"now"`     // RFC 3339
	Zone       string `json:"zone"`
	CutOff     string `json:"cut_off"`
	LeadDays   int    `json:"lead_days"`
	TransitMin int    `json:"transit_min"`
	TransitMax int    `json:"transit_max"`
	From       string `json:"from"` // the country it leaves from, whose holidays count
	To         string `json:"to"`
	Location   string `json:"location,omitempty"`
	Ready      string `json:"ready,omitempty"` // the day on which the goods have come in; "" when all lay there
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
}

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
