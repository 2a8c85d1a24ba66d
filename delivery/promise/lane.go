package promise

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/value/calendar"
)

// How a lane is promised.
const (
	Measured = "measured" // by what its parcels took, once enough have arrived; before, as the method says
	Fixed    = "fixed"    // by days that somebody wrote
	Off      = "off"      // as the method says, whatever is measured
)

const (
	enough = 30 // arrivals before a lane is believed
	past   = 90 // days that it learns from
)

// Lane is how long parcels take from a country to another by a method, in
// delivery days.
type Lane struct {
	From, To   string // ISO 3166
	Method     string
	Mode       string
	P50        int // half of them arrived within so many days, which is shown as the first day
	P90        int // nine in ten did, which is shown as the last
	Arrivals   int64
	MeasuredOn calendar.Date // zero: never
}

type laneKey struct{ from, to, method string }

func (l Lane) key() laneKey { return laneKey{l.From, l.To, l.Method} }

// Believed reports whether promises use the lane's days.
func (l Lane) Believed() bool {
	return l.Mode == Fixed || l.Mode == Measured && l.Arrivals >= enough
}

// Transit returns the days of a lane and how many parcels stand behind them, or
// false where the method's own count. Days that somebody wrote have none behind.
func (k Known) Transit(from, to, method string) (p50, p90 int, arrivals int64, ok bool) {
	l := k.lanes[laneKey{from, to, method}]
	if !l.Believed() {
		return 0, 0, 0, false
	}
	if l.Mode == Measured {
		arrivals = l.Arrivals
	}
	return l.P50, l.P90, arrivals, true
}

// Lanes returns every lane that is known, by countries and method.
func (k Known) Lanes() []Lane {
	all := make([]Lane, 0, len(k.lanes))
	for _, l := range k.lanes {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b Lane) int {
		return strings.Compare(a.From+a.To+a.Method, b.From+b.To+b.Method)
	})
	return all
}

// SaveLane says how a lane is promised. The days of a fixed one are kept as they
// are; a measured one keeps what it has learnt. It returns ErrInvalid.
func SaveLane(ctx context.Context, tx *db.Tx, l Lane) error {
	switch {
	case len(l.From) != 2 || len(l.To) != 2 || l.Method == "" || len(l.Method) > 60:
		return ErrInvalid.With("lane: name two countries as DE and AT, and a method")
	case l.Mode != Measured && l.Mode != Fixed && l.Mode != Off:
		return ErrInvalid.With("mode: use measured, fixed or off")
	case l.P50 < 0 || l.P90 < l.P50 || l.P90 > maxTransit:
		return ErrInvalid.With(fmt.Sprintf("p50, p90: use 0 to %d days, the smaller first", maxTransit))
	}
	k, err := remembered.Get(ctx, tx)
	if err != nil {
		return err
	}
	before := k.lanes[l.key()]
	l.Arrivals, l.MeasuredOn = before.Arrivals, before.MeasuredOn
	if l.Mode == Measured {
		l.P50, l.P90 = before.P50, before.P90
	}
	if err := upsertLane(ctx, tx, l); err != nil {
		return fmt.Errorf("save lane %s-%s: %w", l.From, l.To, err)
	}
	return remember.Touch(ctx, tx, memory)
}

// Learn measures every lane by what arrived in the last ninety days. Only what
// changed is written; a lane with fixed days keeps them. It returns how many
// lanes changed and may be repeated.
func Learn(ctx context.Context, tx *db.Tx) (changed int, err error) {
	k, err := remembered.Get(ctx, tx)
	if err != nil {
		return 0, err
	}
	today := calendar.DateIn(tx.Now, time.UTC)
	all, err := selectTransits(ctx, tx, today.AddDays(-past))
	if err != nil {
		return 0, fmt.Errorf("learn how long parcels take: %w", err)
	}
	for len(all) > 0 {
		l := Lane{From: all[0].from, To: all[0].to, Method: all[0].method, Mode: Measured}
		end := slices.IndexFunc(all, func(c counted) bool { return laneKey{c.from, c.to, c.method} != l.key() })
		if end < 0 {
			end = len(all)
		}
		before, known := k.lanes[l.key()]
		if known {
			l.Mode, l.MeasuredOn = before.Mode, before.MeasuredOn
		}
		l.P50, l.P90, l.Arrivals = quantiles(all[:end])
		all = all[end:]
		if l.Mode == Fixed {
			l.P50, l.P90 = before.P50, before.P90
		}
		if known && l == before {
			continue
		}
		l.MeasuredOn = today
		if err := upsertLane(ctx, tx, l); err != nil {
			return changed, fmt.Errorf("learn how long parcels take: %w", err)
		}
		changed++
	}
	if changed == 0 {
		return 0, nil
	}
	return changed, remember.Touch(ctx, tx, memory)
}

// quantiles returns the least days within which at least half, and nine in ten,
// arrived: the nearest rank. Counts come in order of days.
func quantiles(all []counted) (p50, p90 int, n int64) {
	for _, c := range all {
		n += c.n
	}
	p50, p90 = -1, -1
	var until int64
	for _, c := range all {
		until += c.n
		if p50 < 0 && until*2 >= n {
			p50 = c.days
		}
		if p90 < 0 && until*10 >= n*9 {
			p90 = c.days
		}
	}
	return p50, p90, n
}
