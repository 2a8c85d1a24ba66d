package promotion

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"korzo/platform/db"
)

// A use is held, then released or claimed; a released one may be held again.
const (
	useHeld     = "held"
	useReleased = "released"
	useClaimed  = "claimed"
)

// use is one row of promotion_redemptions.
type use struct {
	Promotion ID
	State     string
	Order     string
}

// Redeem holds one use of each promotion for holder, or none: after an error
// the transaction must be undone. It returns ErrExhausted, ErrNotActive or
// ErrNotFound, wrapped with the promotion. What holder has already is left as
// it is, so it may be repeated. Rows are locked in order of id.
func Redeem(ctx context.Context, tx *db.Tx, holder string, promotions []ID) error {
	ids := slices.Clone(promotions)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if err := redeem(ctx, tx, holder, id); err != nil {
			return fmt.Errorf("redeem promotion %s: %w", id, err)
		}
	}
	return nil
}

func redeem(ctx context.Context, tx *db.Tx, holder string, id ID) error {
	fresh, err := holdUse(ctx, tx, holder, id)
	if err != nil || fresh == 0 { // 0: holder has it already
		return err
	}
	n, err := addUse(ctx, tx, id)
	if err != nil || n == 1 {
		return err
	}
	p, err := Find(ctx, tx, id)
	if err != nil {
		return err
	}
	if p.UsageLimit > 0 && p.Used >= p.UsageLimit {
		return ErrExhausted
	}
	return ErrNotActive
}

// Release gives back what holder holds; what an order has claimed stays. It
// may be repeated, and releasing nothing is no error.
func Release(ctx context.Context, tx *db.Tx, holder string) error {
	ids, err := releaseUses(ctx, tx, holder)
	slices.Sort(ids)
	for _, id := range ids {
		if err != nil {
			break
		}
		var n int64
		if n, err = dropUse(ctx, tx, id); err == nil && n == 0 {
			err = fmt.Errorf("promotion %s counts no uses though one was held", id)
		}
	}
	if err != nil {
		return fmt.Errorf("release promotions of %s: %w", holder, err)
	}
	return nil
}

// Claim makes holder's uses those of an order: they can no longer be released.
// A holder without any use claims nothing. It returns ErrNoHold, having changed
// nothing, if one was released meanwhile: Redeem again, then Claim. It may be
// repeated for the same order; for another it returns ErrClaimed.
func Claim(ctx context.Context, tx *db.Tx, holder, order string) error {
	uses, err := lockUses(ctx, tx, holder)
	if err != nil {
		return fmt.Errorf("claim promotions of %s: %w", holder, err)
	}
	held := int64(0)
	for _, u := range uses {
		switch {
		case u.State == useHeld:
			held++
		case u.State == useReleased:
			return fmt.Errorf("claim promotion %s for %s: %w", u.Promotion, order, ErrNoHold)
		case u.Order != order:
			return fmt.Errorf("claim promotion %s for %s: %w", u.Promotion, order, ErrClaimed)
		}
	}
	if held == 0 {
		return nil
	}
	n, err := claimUses(ctx, tx, holder, order)
	if err == nil && n != held {
		err = errors.New("the uses changed under their lock")
	}
	if err != nil {
		return fmt.Errorf("claim promotions of %s: %w", holder, err)
	}
	return nil
}

// Verify compares every promotion's count with its uses and returns a sentence
// per promotion that is wrong, at most 100; none when the truth is whole.
func Verify(ctx context.Context, tx *db.Tx) (wrong []string, err error) {
	counts, err := selectMiscounts(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("verify promotions: %w", err)
	}
	for _, c := range counts {
		wrong = append(wrong, fmt.Sprintf("promotion %s counts %d uses and has %d", c.promotion, c.used, c.uses))
	}
	return wrong, nil
}
