package pricing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/value/money"
)

// priorDays is how far the law on price reductions looks back: Directive
// 98/6/EC, article 6a.
const priorDays = 30

// period is a public price of a variant and when it was in force.
type period struct {
	variant catalog.VariantID
	list    ListID
	Applied
}

// addPrior adds the prior price to offers of a sale.
func addPrior(ctx context.Context, tx *db.Tx, q Query, vs []catalog.VariantID, offers map[catalog.VariantID]Offer) error {
	if q.At.IsZero() {
		q.At = tx.Now
	}
	periods, err := publicPeriods(ctx, tx, q, vs)
	if err != nil {
		return err
	}
	for _, v := range vs {
		o := offers[v]
		if minor, ok := prior(periods[v], o.Tiers[0].List, q.At); ok && minor > o.Tiers[0].Amount.Minor {
			o.Prior = money.Of(minor, o.Tiers[0].Amount.Currency)
			offers[v] = o
		}
	}
	return nil
}

// publicPeriods are the prices of the year before q.At, and of the days of its
// month before that, that anyone could have had: the market's own and those of
// its lists for the channel. They are remembered by the month.
func publicPeriods(ctx context.Context, tx *db.Tx, q Query, vs []catalog.VariantID) (map[catalog.VariantID][]period, error) {
	fit, err := lists.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	public := map[ListID]bool{ListID(q.Market): true}
	for i := range fit {
		public[fit[i].ID] = fit[i].Channel == "" || fit[i].Channel == q.Channel
	}
	year, month, _ := q.At.UTC().Date()
	since, keys := time.Date(year-1, month, 1, 0, 0, 0, 0, time.UTC), make([]past, len(vs))
	for i, v := range vs {
		keys[i] = past{place{q.Market, v}, since}
	}
	found, err := keptPeriods.Get(ctx, tx, keys)
	if err != nil {
		return nil, err
	}
	all := make(map[catalog.VariantID][]period, len(found))
	for k, periods := range found {
		for _, p := range periods {
			if public[p.list] && !p.From.After(q.At) {
				all[k.variant] = append(all[k.variant], p)
			}
		}
	}
	return all, nil
}

// Past is a price that held in the days before a reduction.
type Past struct {
	List ListID // the market's id for its own
	Applied
	Lowest bool // the one that the reduction has to name
}

// PriorAt returns which prices held in the thirty days before q.At, the latest
// first, the lowest marked: a reduction that begins then has to name that one as
// the prior price. There are none when the variant was not sold in those days.
func PriorAt(ctx context.Context, tx *db.Tx, q Query, v catalog.VariantID) ([]Past, error) {
	m, err := market.Find(ctx, tx, q.Market)
	if err != nil {
		return nil, fmt.Errorf("prior price of %s: %w", v, err)
	}
	if q.At.IsZero() {
		q.At = tx.Now
	}
	periods, err := publicPeriods(ctx, tx, q, []catalog.VariantID{v})
	if err != nil {
		return nil, fmt.Errorf("prior price of %s: %w", v, err)
	}
	var all []Past
	lowest := -1
	for _, p := range slices.Backward(periods[v]) {
		if !p.before(q.At) {
			continue
		}
		if lowest < 0 || p.Amount.Minor < all[lowest].Amount.Minor {
			lowest = len(all)
		}
		p.Amount.Currency = m.Currency
		all = append(all, Past{List: p.list, Applied: p.Applied})
	}
	if lowest >= 0 {
		all[lowest].Lowest = true
	}
	return all, nil
}

// before reports whether a price held at any moment of the thirty days before one.
func (p period) before(began time.Time) bool {
	return p.From.Before(began) && (p.To.IsZero() || p.To.After(began.AddDate(0, 0, -priorDays))) && !p.From.Equal(p.To)
}

// prior is the lowest price that was in force at any moment of the thirty days
// before the reduction of a list began: also a price that was set long before and
// still held then. It is false when the variant was not sold in those days.
func prior(periods []period, sale ListID, now time.Time) (minor int64, ok bool) {
	var began time.Time
	for _, p := range periods {
		if p.list == sale && !p.From.After(now) && (p.To.IsZero() || p.To.After(now)) {
			began = p.From
		}
	}
	if began.IsZero() {
		return 0, false
	}
	for _, p := range periods {
		if p.before(began) && (!ok || p.Amount.Minor < minor) {
			minor, ok = p.Amount.Minor, true
		}
	}
	return minor, ok
}
