package method

import (
	"context"
	"fmt"
	"sort"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/value/money"
)

// freeBelow bounds the goods that a free delivery is looked for at: what is
// free only beyond it is never said to be.
const freeBelow = 1 << 30

// FreeFrom returns the least value of goods from which a basket is sent for
// nothing by some method on offer, and whether there is one: a shop that always
// sends for nothing, or never does, has none. The rules are asked, not looked
// into, so every rule whose price falls with the goods is understood. It costs
// no statement of its own and returns market.ErrNotFound.
func FreeFrom(ctx context.Context, tx *db.Tx, q Query) (from money.Amount, ok bool, err error) {
	m, err := market.Find(ctx, tx, q.Market)
	if err != nil {
		return from, false, fmt.Errorf("free delivery in market %q: %w", q.Market, err)
	}
	all, err := remembered.Get(ctx, tx)
	if err != nil {
		return from, false, err
	}
	q.Kind = Ship
	q.fill()
	for i := range all {
		if !all[i].offered(q, m) {
			continue
		}
		free := func(goods int) bool {
			b := q.Basket
			b.Goods = money.Of(int64(goods), m.Currency)
			cost, delivered := all[i].price.Price(b)
			return delivered && cost.IsZero()
		}
		least := sort.Search(freeBelow, free)
		if least == 0 {
			return money.Amount{}, false, nil
		}
		if least < freeBelow && (!ok || int64(least) < from.Minor) {
			from, ok = money.Of(int64(least), m.Currency), true
		}
	}
	return from, ok, nil
}
