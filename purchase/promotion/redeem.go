package promotion

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"korzo/platform/db"
	"korzo/value/money"
)

// A use is held, then released or claimed; a released one may be held again.
const (
	useHeld     = "held"
	useReleased = "released"
	useClaimed  = "claimed"
)

// Use is one use of a promotion by a purchase.
type Use struct {
	Promotion ID
	Code      string       // by which it applies; "" for an automatic promotion
	Amount    money.Amount // what it takes off, of goods and delivery
	Counted   Counted      // as the Discount has it
}

// use is one row of promotion_redemptions.
type use struct {
	Promotion ID
	State     string
	Order     string
	Amount    money.Amount
	Code      string
	Limited   bool
	Period    string
	Customer  string
	Email     string
}

// Redeem holds one use of each promotion for holder, or none: after an error
// the transaction must be undone. It returns ErrExhausted, ErrBudget,
// ErrNotActive (see Refused) or ErrNotFound, wrapped with the promotion. What
// holder has already is left as it is, so it may be repeated. Rows are locked in
// order of the promotion's id, its own row before those of its counters.
func Redeem(ctx context.Context, tx *db.Tx, holder string, buyer Buyer, uses []Use) error {
	uses = slices.Clone(uses)
	slices.SortStableFunc(uses, func(a, b Use) int { return strings.Compare(string(a.Promotion), string(b.Promotion)) })
	for i := range uses {
		if err := redeem(ctx, tx, holder, buyer, &uses[i]); err != nil {
			return fmt.Errorf("redeem promotion %s: %w", uses[i].Promotion, err)
		}
	}
	return nil
}

func redeem(ctx context.Context, tx *db.Tx, holder string, buyer Buyer, u *Use) error {
	row := use{Promotion: u.Promotion, Amount: u.Amount, Code: fold(u.Code), Limited: u.Counted.Code, Period: u.Counted.Period}
	if u.Counted.Customers {
		row.Customer, row.Email = buyer.Customer, buyer.Email
	}
	fresh, err := holdUse(ctx, tx, holder, row)
	if err != nil || fresh == 0 { // 0: holder has it already
		return err
	}
	n, err := addUse(ctx, tx, u)
	if err != nil {
		return err
	}
	if n == 0 {
		return unavailable(ctx, tx, u)
	}
	return count(ctx, tx, row)
}

// count counts a use up in the counters it is counted in.
func count(ctx context.Context, tx *db.Tx, u use) error {
	step := func(n int64, err error) error {
		if err == nil && n == 0 {
			err = ErrExhausted
		}
		return err
	}
	if u.Limited {
		if err := step(addCodeUse(ctx, tx, u.Code)); err != nil {
			return err
		}
	}
	for _, name := range u.customers() {
		if err := step(addCustomerUse(ctx, tx, u.Promotion, name)); err != nil {
			return err
		}
	}
	if u.Period != "" {
		return step(addPeriodUse(ctx, tx, u.Promotion, u.Period))
	}
	return nil
}

// customers are the names under which the customer is counted.
func (u *use) customers() (names []string) {
	for _, name := range []string{u.Customer, u.Email} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// unavailable says why the promotion's row did not count up.
func unavailable(ctx context.Context, tx *db.Tx, u *Use) error {
	p, err := Find(ctx, tx, u.Promotion)
	switch {
	case err != nil:
		return err
	case p.State != StateActive || tx.Now.Before(p.Starts) || !p.Ends.IsZero() && !tx.Now.Before(p.Ends):
		return ErrNotActive
	case p.UsageLimit > 0 && p.Used >= p.UsageLimit:
		return ErrExhausted
	}
	return ErrBudget
}

// Release gives back what holder holds; what an order has claimed stays. It
// may be repeated, and releasing nothing is no error.
func Release(ctx context.Context, tx *db.Tx, holder string) error {
	uses, err := releaseUses(ctx, tx, holder)
	slices.SortFunc(uses, func(a, b use) int { return strings.Compare(string(a.Promotion), string(b.Promotion)) })
	for _, u := range uses {
		if err != nil {
			break
		}
		err = giveBack(ctx, tx, u)
	}
	if err != nil {
		return fmt.Errorf("release promotions of %s: %w", holder, err)
	}
	return nil
}

// giveBack counts a use down wherever it was counted up.
func giveBack(ctx context.Context, tx *db.Tx, u use) error {
	n, err := dropUse(ctx, tx, u)
	if err == nil && n == 1 && u.Limited {
		n, err = dropCodeUse(ctx, tx, u.Code)
	}
	for _, name := range u.customers() {
		if err == nil && n == 1 {
			n, err = dropCounter(ctx, tx, u.Promotion, scopeCustomer, name)
		}
	}
	if err == nil && n == 1 && u.Period != "" {
		n, err = dropCounter(ctx, tx, u.Promotion, scopePeriod, u.Period)
	}
	if err == nil && n == 0 {
		err = fmt.Errorf("promotion %s counts no uses though one was held", u.Promotion)
	}
	return err
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

// Return gives back what an order that was cancelled had claimed. It may be
// repeated.
func Return(ctx context.Context, tx *db.Tx, order string) error {
	uses, err := returnUses(ctx, tx, order)
	slices.SortFunc(uses, func(a, b use) int { return strings.Compare(string(a.Promotion), string(b.Promotion)) })
	for _, u := range uses {
		if err != nil {
			break
		}
		err = giveBack(ctx, tx, u)
	}
	if err != nil {
		return fmt.Errorf("return promotions of %s: %w", order, err)
	}
	return nil
}

// Verify compares every counter with the uses it counts and returns a sentence
// per counter that is wrong, at most 100 of each kind; none when the truth is whole.
func Verify(ctx context.Context, tx *db.Tx) (wrong []string, err error) {
	counts, err := selectMiscounts(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("verify promotions: %w", err)
	}
	for _, c := range counts {
		wrong = append(wrong, fmt.Sprintf("%s counts %d and has %d", c.what, c.counted, c.truth))
	}
	return wrong, nil
}
