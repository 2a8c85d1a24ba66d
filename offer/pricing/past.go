package pricing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
)

// ErrSpan reports a price of the past that cannot be written down as it is said.
var ErrSpan = fault.New(fault.Invalid, "pricing.span", "a price of the past begins before now and ends after it began")

// ErrOverlap reports a price of the past beside another of its list.
var ErrOverlap = fault.New(fault.Conflict, "pricing.overlap", "another price of this list held at that time: leave the row out, or mend its times")

// Span is a price of a list and when it held.
type Span struct {
	List ListID // the market's id for its own
	Applied
}

// Spans returns every price a variant has had or has, list by list, oldest
// first: what prior prices are found in. Those of no time at all are left out.
func Spans(ctx context.Context, tx *db.Tx, v catalog.VariantID) ([]Span, error) {
	all, err := selectSpans(ctx, tx, v)
	if err != nil {
		return nil, fmt.Errorf("prices that %s has had: %w", v, err)
	}
	return all, nil
}

// Restore writes down when a price held that another shop, or this one before,
// has kept. A price that is known is moved back to when it began; one that is
// over is added. What is in force stays what it is, and nothing is published. It
// reports whether anything is new, and may be repeated. It returns ErrSpan,
// ErrOverlap, ErrListNotFound or market.ErrNotFound.
func Restore(ctx context.Context, tx *db.Tx, v catalog.VariantID, s Span) (bool, error) {
	s.From, s.To = s.From.UTC().Truncate(time.Microsecond), s.To.UTC().Truncate(time.Microsecond)
	if s.From.IsZero() || !s.To.IsZero() && !s.From.Before(s.To) {
		return false, ErrSpan
	}
	all, err := Spans(ctx, tx, v)
	if err != nil {
		return false, err
	}
	moved := Span{}
	for _, k := range all {
		switch {
		case k == s:
			return false, nil
		case k.List == s.List && k.Amount == s.Amount && k.To.Equal(s.To) && s.From.Before(k.From):
			moved = k
		}
	}
	for _, k := range all {
		if k.List == s.List && k != moved && k.overlaps(s) {
			return false, ErrOverlap
		}
	}
	if moved.From.IsZero() && (s.To.IsZero() || s.To.After(tx.Now)) {
		return false, ErrSpan.With("this price is not in force here: import the prices first, then their history")
	}
	if err := restore(ctx, tx, v, s, moved); err != nil {
		return false, fmt.Errorf("restore a price of %s: %w", v, err)
	}
	return true, changed(ctx, tx, v)
}

func restore(ctx context.Context, tx *db.Tx, v catalog.VariantID, s, moved Span) error {
	if !moved.From.IsZero() {
		return moveSpan(ctx, tx, v, moved, s.From)
	}
	m, err := market.Find(ctx, tx, string(s.List))
	if err == nil {
		err = insertList(ctx, tx, m)
	} else if errors.Is(err, market.ErrNotFound) {
		_, err = FindList(ctx, tx, s.List)
	}
	if err != nil {
		return err
	}
	return insertSpan(ctx, tx, v, s)
}

// overlaps reports whether both hold at some moment.
func (s Span) overlaps(o Span) bool {
	return (s.To.IsZero() || o.From.Before(s.To)) && (o.To.IsZero() || s.From.Before(o.To))
}
