package guard

import (
	"context"
	"fmt"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/remember"
	"korzo/value/money"
)

// ErrInvalid reports a limit that cannot be used.
var ErrInvalid = fault.New(fault.Invalid, "guard.invalid", "this limit cannot be used: mend what the message names")

// Bounds of what a merchant sets.
const (
	shortest = time.Minute
	longest  = 24 * time.Hour
	most     = 50 // a trace's last events are kept, no more
)

// Limit is how much of one kind of trace is let pass in a window of time.
type Limit struct {
	Kind      Kind
	Window    time.Duration // a minute to a day
	Challenge int64         // from so many declines: proof; 0 is never
	Stop      int64         // from so many declines: nothing is asked; 0 is never
	Tries     int64         // from so many payments begun, whatever became of them: proof; 0 is never
	Preset    bool          // not changed by the merchant
}

// Breaker is when the whole shop asks for proof: when at least Fewest cards were
// declined in Window, and they were at least RatePPM of all that were decided.
// It lasts for Hold after that was last so.
type Breaker struct {
	Window  time.Duration // a minute to an hour
	Fewest  int64         // 1 to 1,000
	RatePPM int64         // parts per million
	Hold    time.Duration // a minute to a day
	Preset  bool
}

// Settings are all limits.
type Settings struct {
	Limits  []Limit // one of each kind
	Breaker Breaker
}

// standard holds until a merchant changes it. What many honest people share
// (a network) never stops anybody; what is one person's does, late.
var standard = Settings{
	Limits: []Limit{
		{Kind: Cart, Window: time.Hour, Challenge: 3, Stop: 8},
		{Kind: Network, Window: 10 * time.Minute, Challenge: 5, Tries: 40},
		{Kind: Device, Window: 30 * time.Minute, Challenge: 3, Stop: 12},
		{Kind: Address, Window: time.Hour, Challenge: 4, Stop: 15},
		{Kind: Card, Window: 24 * time.Hour, Challenge: 3, Stop: 10},
		{Kind: Customer, Window: time.Hour, Challenge: 3, Stop: 10},
	},
	Breaker: Breaker{Window: 5 * time.Minute, Fewest: 20, RatePPM: money.Million / 2, Hold: 15 * time.Minute},
}

// limit is the one of a kind.
func (s Settings) limit(kind Kind) Limit {
	if i := slices.IndexFunc(s.Limits, func(l Limit) bool { return l.Kind == kind }); i >= 0 {
		return s.Limits[i]
	}
	return Limit{Kind: kind}
}

// says is what the limit makes of a tally.
func (l Limit) says(t *tally, now time.Time) Verdict {
	declines, tries := t.declines.since(now.Add(-l.Window)), t.tries.since(now.Add(-l.Window))
	switch {
	case l.Stop > 0 && declines >= l.Stop:
		return Verdict{Stop, fmt.Sprintf("%s: %d declines in %s", l.Kind, declines, l.Window)}
	case l.Challenge > 0 && declines >= l.Challenge:
		return Verdict{Challenge, fmt.Sprintf("%s: %d declines in %s", l.Kind, declines, l.Window)}
	case l.Tries > 0 && tries >= l.Tries:
		return Verdict{Challenge, fmt.Sprintf("%s: %d tries in %s", l.Kind, tries, l.Window)}
	}
	return Verdict{}
}

// memory is the name under which settings are remembered.
const memory = "guard"

var remembered = remember.New(memory, load)

func load(ctx context.Context, tx *db.Tx) (Settings, error) {
	changed, err := selectLimits(ctx, tx)
	if err != nil {
		return Settings{}, fmt.Errorf("load limits: %w", err)
	}
	s := Settings{Breaker: standard.Breaker}
	s.Breaker.Preset = true
	for _, l := range standard.Limits {
		l.Preset = true
		if i := slices.IndexFunc(changed, func(c Limit) bool { return c.Kind == l.Kind }); i >= 0 {
			l = changed[i]
		}
		s.Limits = append(s.Limits, l)
	}
	b, err := selectBreaker(ctx, tx)
	if err == nil && len(b) == 1 {
		s.Breaker = b[0]
	}
	return s, err
}

// FindSettings returns the limits as they are. Do not change what it returns.
func FindSettings(ctx context.Context, tx *db.Tx) (Settings, error) { return remembered.Get(ctx, tx) }

// SaveLimit changes the limit of a kind, or returns ErrInvalid.
func SaveLimit(ctx context.Context, tx *db.Tx, l Limit) error {
	switch {
	case !slices.Contains(Kinds, l.Kind):
		return ErrInvalid.With(fmt.Sprintf("there is no limit of %q: choose one of %v", l.Kind, Kinds))
	case l.Window < shortest || l.Window > longest || l.Window%time.Second != 0:
		return ErrInvalid.With("a window is a minute to a day long")
	case slices.ContainsFunc([]int64{l.Challenge, l.Stop, l.Tries}, func(n int64) bool { return n < 0 || n > most }):
		return ErrInvalid.With(fmt.Sprintf("a limit is 1 to %d, or 0 for never", most))
	case l.Stop > 0 && l.Challenge > l.Stop:
		return ErrInvalid.With("ask for proof before you stop: the first number must not be above the second")
	}
	return save(ctx, tx, replaceLimit(ctx, tx, l))
}

// SaveBreaker changes when the whole shop asks for proof, or returns ErrInvalid.
func SaveBreaker(ctx context.Context, tx *db.Tx, b Breaker) error {
	switch {
	case b.Window < shortest || b.Window > time.Hour || b.Window%time.Second != 0:
		return ErrInvalid.With("the window is a minute to an hour long")
	case b.Hold < shortest || b.Hold > longest || b.Hold%time.Second != 0:
		return ErrInvalid.With("it lasts a minute to a day")
	case b.Fewest < 1 || b.Fewest > 1000:
		return ErrInvalid.With("it needs 1 to 1000 declines")
	case b.RatePPM < 10_000 || b.RatePPM > money.Million:
		return ErrInvalid.With("the share of declines is 1 to 100 percent")
	}
	return save(ctx, tx, replaceBreaker(ctx, tx, b))
}

// Reset takes back what a merchant changed: all limits and the breaker.
func Reset(ctx context.Context, tx *db.Tx) error { return save(ctx, tx, deleteSettings(ctx, tx)) }

func save(ctx context.Context, tx *db.Tx, err error) error {
	if err == nil {
		err = remember.Touch(ctx, tx, memory)
	}
	if err != nil {
		return fmt.Errorf("save limits: %w", err)
	}
	return nil
}
