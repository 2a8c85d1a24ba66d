package checkout

import (
	"context"
	"fmt"

	"korzo/platform/db"
	"korzo/platform/ledger"
	"korzo/purchase/order"
)

// Verify looks for placings and sessions that tell two stories: placed without
// an order, ended and still holding the session, paying without a live placing;
// and for orders that the ledger does not tell of. It returns a sentence for
// each, at most 100 of a sort. Call it in a Read.
func Verify(ctx context.Context, tx *db.Tx) ([]string, error) {
	torn, err := selectTorn(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("verify checkouts: %w", err)
	}
	missing, err := unposted(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("verify checkouts: %w", err)
	}
	return append(torn, missing...), nil
}

// unposted finds paid orders that the ledger does not have at their total.
func unposted(ctx context.Context, tx *db.Tx) (wrong []string, err error) {
	const page, most = 500, 100
	for after := order.ID(""); len(wrong) < most; {
		paid, err := order.PaidAfter(ctx, tx, after, page)
		if err != nil || len(paid) == 0 {
			return wrong, err
		}
		keys := make([]string, len(paid))
		for i, p := range paid {
			keys[i] = postingKey(p.Order)
		}
		posted, err := ledger.Sums(ctx, tx, receivable, keys)
		if err != nil {
			return nil, err
		}
		for i, p := range paid {
			if got := posted[keys[i]]; got != p.Total {
				wrong = append(wrong, fmt.Sprintf("order %s costs %d, but the ledger has %d of it on %s", p.Order, p.Total, got, receivable))
			}
		}
		after = paid[len(paid)-1].Order
	}
	return wrong, nil
}
