package inventory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/id"
)

// TroubleOwed is the exception of units that were promised to buyers and that a
// count did not find.
const TroubleOwed = "inventory.promised_but_missing"

// CountID names a count: "cnt_…".
type CountID string

// CountState is where a count stands.
type CountState string

// The states of a count.
const (
	CountOpen      CountState = "open"
	CountPosted    CountState = "posted"    // the differences are booked
	CountCancelled CountState = "cancelled" // nothing was booked
)

// Count is somebody counting what lies at a location.
type Count struct {
	ID        CountID
	Location  string
	State     CountState
	Note      string
	Actor     string // who started it
	CreatedAt time.Time
	ClosedAt  time.Time // zero while open
}

// CountLine is one variant as it was counted.
type CountLine struct {
	Variant  catalog.VariantID
	Expected int64 // on hand at the moment of counting, what is promised included
	Counted  int64
	Actor    string
	At       time.Time
}

// Variance is how many more were found than expected; below zero, fewer.
func (l CountLine) Variance() int64 { return l.Counted - l.Expected }

// SheetLine is a line of the count sheet: a variant that lies at the location,
// or should, and what was counted of it.
type SheetLine struct {
	Variant catalog.VariantID
	OnHand  int64      // now
	Line    *CountLine // nil while it was not counted
}

// CountClosed says that a count was posted.
type CountClosed struct {
	Count       CountID `json:"count"`
	Location    string  `json:"location"`
	Differences int     `json:"differences"` // lines that were not as expected
}

// Kind names the fact.
func (CountClosed) Kind() string { return "stock.counted" }

// Key orders the facts of one location.
func (f CountClosed) Key() string { return f.Location }

// StartCount opens a count at a location. It returns ErrLocationNotFound and
// ErrInvalid.
func StartCount(ctx context.Context, tx *db.Tx, location, note, actor string) (Count, error) {
	if _, err := FindLocation(ctx, tx, location); err != nil {
		return Count{}, fmt.Errorf("start count: %w", err)
	}
	if !short(note, maxReason) || !short(actor, 100) {
		return Count{}, ErrInvalid.With(fmt.Sprintf("note: use at most %d characters", maxReason))
	}
	c := Count{ID: id.New[CountID]("cnt", tx.Now), Location: location, State: CountOpen, Note: note, Actor: actor, CreatedAt: tx.Now}
	if err := insertCount(ctx, tx, c); err != nil {
		return Count{}, fmt.Errorf("start count at %s: %w", location, err)
	}
	return c, nil
}

// FindCount returns a count, or ErrCountNotFound.
func FindCount(ctx context.Context, tx *db.Tx, id CountID) (Count, error) {
	return readCount(ctx, tx, id, "")
}

func readCount(ctx context.Context, tx *db.Tx, id CountID, lock string) (Count, error) {
	c, err := selectCount(ctx, tx, id, lock)
	if errors.Is(err, db.ErrNoRow) {
		return Count{}, ErrCountNotFound
	}
	if err != nil {
		return Count{}, fmt.Errorf("count %s: %w", id, err)
	}
	return c, nil
}

// lockCount reads a count that must be open.
func lockCount(ctx context.Context, tx *db.Tx, id CountID) (Count, error) {
	c, err := readCount(ctx, tx, id, tx.ForUpdate())
	if err == nil && c.State != CountOpen {
		err = ErrCountState
	}
	return c, err
}

// CountUnits notes how many units of a variant lie at the count's location,
// beside how many are expected at this moment. Counting it again replaces the
// line. It returns ErrInvalid, ErrCountNotFound, ErrCountState and
// catalog.ErrVariantNotFound.
func CountUnits(ctx context.Context, tx *db.Tx, id CountID, v catalog.VariantID, units int64, actor string) (CountLine, error) {
	if units < 0 || units > maxDelta {
		return CountLine{}, ErrInvalid.With(fmt.Sprintf("counted: use 0 to %d", maxDelta))
	}
	c, err := lockCount(ctx, tx, id)
	if err != nil {
		return CountLine{}, err
	}
	if _, err := catalog.FindVariant(ctx, tx, v); err != nil {
		return CountLine{}, fmt.Errorf("count: %w", err)
	}
	level, err := selectLevel(ctx, tx, v, c.Location)
	if err != nil && !errors.Is(err, db.ErrNoRow) {
		return CountLine{}, fmt.Errorf("count %s: %w", v, err)
	}
	l := CountLine{Variant: v, Expected: level.OnHand, Counted: units, Actor: actor, At: tx.Now}
	if err := upsertCountLine(ctx, tx, id, l); err != nil {
		return CountLine{}, fmt.Errorf("count %s: %w", v, err)
	}
	return l, nil
}

// Sheet returns a page of a count's sheet, in order of variant after one: what
// should lie at the location, and whatever else was counted there.
func Sheet(ctx context.Context, tx *db.Tx, c Count, after catalog.VariantID, limit int) ([]SheetLine, error) {
	all, err := selectSheet(ctx, tx, c, after, page(limit))
	if err != nil {
		return nil, fmt.Errorf("sheet of %s: %w", c.ID, err)
	}
	return all, nil
}

// CountLines returns everything that was counted, in order of variant.
func CountLines(ctx context.Context, tx *db.Tx, id CountID) ([]CountLine, error) {
	all, err := selectCountLines(ctx, tx, id)
	if err != nil {
		return nil, fmt.Errorf("lines of %s: %w", id, err)
	}
	return all, nil
}

// PostCount books each difference as a movement with the reason, whatever was
// sold, sent or received since it was counted. Where units that buyers were
// promised are not there it raises TroubleOwed. What was not counted is left
// alone. It returns ErrCountNotFound, ErrCountState, ErrInvalid for a count of
// nothing or without a reason, and ErrRecount.
func PostCount(ctx context.Context, tx *db.Tx, id CountID, actor, reason string) (differences int, err error) {
	if strings.TrimSpace(reason) == "" || !short(reason, maxReason) {
		return 0, ErrInvalid.With(fmt.Sprintf("reason: say why in 1 to %d characters", maxReason))
	}
	c, err := lockCount(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	lines, err := CountLines(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	if len(lines) == 0 {
		return 0, ErrInvalid.With("lines: nothing was counted; count something or cancel the count")
	}
	var all []change
	for _, l := range lines {
		if l.Variance() != 0 {
			all = append(all, change{location: c.Location, variant: l.Variant, onHand: l.Variance(), found: true})
		}
	}
	if err := c.close(ctx, tx, CountPosted, len(all)); err != nil {
		return 0, fmt.Errorf("post count %s: %w", id, err)
	}
	for i := 0; i < len(all); i += chunk {
		if err := c.book(ctx, tx, all[i:min(i+chunk, len(all))], note{CauseCounted, string(id), actor, reason}); err != nil {
			return 0, fmt.Errorf("post count %s: %w", id, err)
		}
	}
	return len(all), nil
}

// book makes some of a count's differences true.
func (c Count) book(ctx context.Context, tx *db.Tx, some []change, why note) error {
	n, err := apply(ctx, tx, some, why)
	if err != nil {
		return err
	}
	if n < int64(len(some)) {
		return c.recount(ctx, tx, some)
	}
	owed, err := selectOwed(ctx, tx, c.Location, some)
	if err != nil {
		return err
	}
	for _, o := range owed {
		err := exception.Raise(ctx, tx, exception.Problem{Kind: TroubleOwed, Ref: string(o.Variant) + "@" + o.Location,
			Text: fmt.Sprintf("%d units of %s that buyers were promised from %s were not found by count %s: send them from elsewhere, or cancel and refund",
				o.Units, o.Variant, o.Location, c.ID)})
		if err != nil {
			return err
		}
	}
	return nil
}

// recount says what has to be counted again.
func (c Count) recount(ctx context.Context, tx *db.Tx, some []change) error {
	for _, s := range some {
		level, err := selectLevel(ctx, tx, s.variant, c.Location)
		if err == nil && level.OnHand+s.onHand < 0 {
			return ErrRecount.With(fmt.Sprintf("count %s again: the count would take %d away and %d are on hand now", s.variant, -s.onHand, level.OnHand))
		}
	}
	return ErrRecount
}

// CancelCount closes a count without booking anything. Cancelling it again
// changes nothing. It returns ErrCountNotFound, or ErrCountState when posted.
func CancelCount(ctx context.Context, tx *db.Tx, id CountID) error {
	c, err := readCount(ctx, tx, id, tx.ForUpdate())
	if err != nil || c.State == CountCancelled {
		return err
	}
	if c.State != CountOpen {
		return ErrCountState
	}
	return updateCount(ctx, tx, id, CountCancelled)
}

func (c Count) close(ctx context.Context, tx *db.Tx, to CountState, differences int) error {
	if err := updateCount(ctx, tx, c.ID, to); err != nil {
		return err
	}
	return event.Publish(ctx, tx, CountClosed{c.ID, c.Location, differences})
}

// CountFilter chooses a page of counts, newest first.
type CountFilter struct {
	State    CountState // "" is any
	Location string     // "" is any
	After    CountID    // the last one of the page before
	Limit    int        // 1 to 100; 0 is 100
}

// Counts returns a page of counts.
func Counts(ctx context.Context, tx *db.Tx, f CountFilter) ([]Count, error) {
	f.Limit = page(f.Limit)
	all, err := selectCounts(ctx, tx, f)
	if err != nil {
		return nil, fmt.Errorf("list counts: %w", err)
	}
	return all, nil
}
