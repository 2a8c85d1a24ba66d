package amend

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/remember"
	"korzo/value/money"
)

// ErrLimit reports a limit that cannot be.
var ErrLimit = fault.New(fault.Invalid, "amend.limit", "amount: use 0 or more, in a currency that is known; with 0 a second person approves every refund")

// Limit is up to which sum one person gives back alone, in one currency. Above
// it a second one approves.
type Limit struct {
	Amount money.Amount
	Preset bool // nobody has set it: about 500 euros
}

// presets are about 500 euros where the unit of a currency is worth much less
// than one. All others have 500 units.
var presets = map[money.Currency]int64{"CLP": 500_000, "CZK": 12_000, "DKK": 3_700, "HUF": 200_000, "IDR": 9_000_000, "INR": 50_000, "ISK": 72_000, "JPY": 80_000,
	"KRW": 750_000, "MXN": 10_000, "NOK": 5_800, "PHP": 30_000, "SEK": 5_500, "THB": 18_000, "TRY": 20_000, "TWD": 17_000, "VND": 13_000_000, "ZAR": 10_000}

const memory = "amend limits"

var remembered = remember.New(memory, func(ctx context.Context, tx *db.Tx) (map[money.Currency]int64, error) {
	all, err := selectLimits(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load limits of refunds: %w", err)
	}
	limits := map[money.Currency]int64{}
	for _, a := range all {
		limits[a.Currency] = a.Minor
	}
	return limits, nil
})

// LimitIn returns the limit in a currency. It costs no statement of its own.
func LimitIn(ctx context.Context, tx *db.Tx, c money.Currency) (Limit, error) {
	set, err := remembered.Get(ctx, tx)
	if minor, ok := set[c]; ok || err != nil {
		return Limit{Amount: money.Of(minor, c)}, err
	}
	info, _ := money.Find(c)
	return Limit{Amount: money.Of(cmp.Or(presets[c], 500)*info.MinorPerUnit(), c), Preset: true}, nil
}

// Limits returns the limits in these currencies and in all of which one was
// set, by currency.
func Limits(ctx context.Context, tx *db.Tx, used ...money.Currency) (all []Limit, err error) {
	set, err := remembered.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	used = slices.Clone(used)
	for c := range set {
		used = append(used, c)
	}
	slices.Sort(used)
	for _, c := range slices.Compact(used) {
		l, err := LimitIn(ctx, tx, c)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// SaveLimit sets the limit of its currency. What waits for a second person goes
// on waiting. It returns ErrLimit and may be repeated.
func SaveLimit(ctx context.Context, tx *db.Tx, most money.Amount) error {
	if _, known := money.Find(most.Currency); !known || most.Minor < 0 {
		return ErrLimit
	}
	if err := upsertLimit(ctx, tx, most); err != nil {
		return fmt.Errorf("limit refunds in %s: %w", most.Currency, err)
	}
	return remember.Touch(ctx, tx, memory)
}
