package giftcard

import (
	"context"
	"fmt"
	"time"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/value/calendar"
	"korzo/value/money"
)

// Policy is a market's law and custom. Saving makes a new version; cards keep
// the expiry they were issued with. The zero Policy is the default.
type Policy struct {
	Market    string
	Version   int64
	Months    int64 // a new card's life; 0: it does not expire
	YearEnd   bool  // its life ends with the calendar year
	GraceDays int64 // the least life of a card that a refund comes back to; 0 is 30
	Least     int64 // minor units one may buy; 0: no limit
	Most      int64
	BuysCards bool // gift cards may be bought with gift cards
}

const (
	defaultGrace = 30
	maxMonths    = 1200
	maxGrace     = 3660
)

const memory = "giftcard"

var policies = remember.New(memory, func(ctx context.Context, tx *db.Tx) (map[string]Policy, error) {
	all, err := selectPolicies(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load gift card policies: %w", err)
	}
	byMarket := make(map[string]Policy, len(all))
	for _, p := range all {
		byMarket[p.Market] = p
	}
	return byMarket, nil
})

// PolicyOf returns a market's policy as it is now; the default if none was saved.
func PolicyOf(ctx context.Context, tx *db.Tx, market string) (Policy, error) {
	all, err := policies.Get(ctx, tx)
	p := all[market]
	p.Market = market
	if p.GraceDays == 0 {
		p.GraceDays = defaultGrace
	}
	return p, err
}

// SavePolicy makes a market's next version and returns it. Cards issued before
// keep their expiry. It returns ErrPolicy or market.ErrNotFound.
func SavePolicy(ctx context.Context, tx *db.Tx, p Policy, actor string) (Policy, error) {
	switch {
	case p.Months < 0 || p.Months > maxMonths, p.GraceDays < 0 || p.GraceDays > maxGrace,
		p.Least < 0, p.Most < 0, p.Most > 0 && p.Least > p.Most, actor == "":
		return p, ErrPolicy
	}
	if _, err := market.Find(ctx, tx, p.Market); err != nil {
		return p, err
	}
	version, err := insertPolicy(ctx, tx, p, actor)
	if err != nil {
		return p, fmt.Errorf("save gift card policy of %s: %w", p.Market, err)
	}
	p.Version = version
	return p, remember.Touch(ctx, tx, memory)
}

// expiry is when a card issued now ends: at midnight of the market's clock.
func (p Policy) expiry(now time.Time, m market.Market) (time.Time, error) {
	if p.Months == 0 {
		return time.Time{}, nil
	}
	zone, err := calendar.Zone(m.Zone)
	if err != nil {
		return time.Time{}, err
	}
	today := calendar.DateIn(now, zone)
	last := calendar.On(today.Year, today.Month+time.Month(p.Months), today.Day)
	if p.YearEnd {
		last = calendar.On(last.Year, time.December, 31)
	}
	return last.AddDays(1).At(0, zone).UTC(), nil
}

// Payable is how much of an order's total gift cards may pay in a market: all
// of it, or, unless the policy lets cards buy cards, what is left without the
// order's own gift card lines, cards. Checkouts ask it before they Share.
func Payable(ctx context.Context, tx *db.Tx, market string, total, cards money.Amount) (money.Amount, error) {
	p, err := PolicyOf(ctx, tx, market)
	if err != nil || p.BuysCards {
		return total, err
	}
	rest := total.Minus(cards)
	rest.Minor = max(rest.Minor, 0)
	return rest, nil
}
