package wallet

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/remember"
	"korzo/value/money"
)

// The most that stands on either side of what points are worth, and what one
// order spends of them at most: their products fit an int64.
const (
	maxRate   = 1_000_000
	maxPoints = money.MaxPrice
)

// ErrWorth reports a worth of points that cannot be.
var ErrWorth = fault.New(fault.Invalid, "wallet.worth", "points are worth an amount of a known currency: 1 to 1,000,000 points and minor units, a least number of points of 0 or more, and a share of 1 to 100 percent")

// Worth is what points are worth in a currency: so many points are so much
// money. Points pay whole charge steps of it; what is less than a step is not
// paid and stays with the customer.
type Worth struct {
	Amount money.Amount // that Points are worth
	Points int64
	Least  int64 // fewer than these pay nothing
	Share  int64 // the largest part of an order that points pay, in percent
}

const memory = "points worth"

var worths = remember.New(memory, func(ctx context.Context, tx *db.Tx) (map[money.Currency]Worth, error) {
	all, err := selectWorths(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load what points are worth: %w", err)
	}
	byCurrency := make(map[money.Currency]Worth, len(all))
	for _, w := range all {
		byCurrency[w.Amount.Currency] = w
	}
	return byCurrency, nil
})

// WorthIn returns what points are worth in a currency, and false where they
// cannot be spent in it. It costs no statement of its own.
func WorthIn(ctx context.Context, tx *db.Tx, c money.Currency) (w Worth, ok bool, err error) {
	all, err := worths.Get(ctx, tx)
	w, ok = all[c]
	return w, ok, err
}

// Worths returns what points are worth, by currency.
func Worths(ctx context.Context, tx *db.Tx) ([]Worth, error) {
	all, err := worths.Get(ctx, tx)
	sorted := make([]Worth, 0, len(all))
	for _, c := range slices.Sorted(maps.Keys(all)) {
		sorted = append(sorted, all[c])
	}
	return sorted, err
}

// SaveWorth sets what points are worth in a currency; orders that were placed
// keep what they were paid with. It returns ErrWorth and may be repeated.
func SaveWorth(ctx context.Context, tx *db.Tx, w Worth) error {
	_, known := money.Find(w.Amount.Currency)
	if !known || w.Points < 1 || w.Points > maxRate || w.Amount.Minor < 1 || w.Amount.Minor > maxRate ||
		w.Least < 0 || w.Least > maxPoints || w.Share < 1 || w.Share > 100 {
		return ErrWorth
	}
	if err := upsertWorth(ctx, tx, w); err != nil {
		return fmt.Errorf("save what points are worth in %s: %w", w.Amount.Currency, err)
	}
	return remember.Touch(ctx, tx, memory)
}

// DropWorth ends that points are spent in a currency. It may be repeated.
func DropWorth(ctx context.Context, tx *db.Tx, c money.Currency) error {
	if err := deleteWorth(ctx, tx, c); err != nil {
		return fmt.Errorf("end that points are spent in %s: %w", c, err)
	}
	return remember.Touch(ctx, tx, memory)
}

// Of is what points pay: their worth, rounded down to a charge step.
func (w Worth) Of(points int64) money.Amount {
	minor := min(points, maxPoints) * w.Amount.Minor / w.Points
	info, _ := money.Find(w.Amount.Currency)
	return money.Of(minor-minor%info.ChargeStep, w.Amount.Currency)
}

// Payable is how much of an order points may pay: of the part of its total that
// they may pay at all, their share, rounded down.
func (w Worth) Payable(total money.Amount) money.Amount {
	return money.Of(total.Minor/100*w.Share+total.Minor%100*w.Share/100, total.Currency)
}

// Use says how many of points pay at most budget, and how much. None is wasted:
// as many are used as that amount takes. Fewer than Least pay nothing.
func (w Worth) Use(points int64, budget money.Amount) (used int64, pays money.Amount) {
	pays = money.Of(0, w.Amount.Currency)
	if points <= 0 || budget.Minor <= 0 {
		return 0, pays
	}
	info, _ := money.Find(budget.Currency)
	over := min(budget.Minor, maxPoints)/info.ChargeStep*info.ChargeStep + info.ChargeStep // one step too much
	worth := w.Of(min(points, (over*w.Points-1)/w.Amount.Minor))
	used = (worth.Minor*w.Points + w.Amount.Minor - 1) / w.Amount.Minor
	if worth.IsZero() || used < w.Least {
		return 0, pays
	}
	return used, worth
}
