package pricing

import (
	"context"
	"slices"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/live"
	"korzo/platform/remember"
	"korzo/value/money"
)

// memory is forgotten whenever any price changes.
const memory = "pricing"

// keptPrices is how many prices are remembered at most.
const keptPrices = 32_768

// place is what a variant costs somewhere.
type place struct {
	market  string
	variant catalog.VariantID
}

// kept are the prices that were asked for of late; all keys of a question are
// of one market.
var kept = remember.NewShelf(memory, keptPrices, func(ctx context.Context, tx *db.Tx, keys []place) (map[place]money.Amount, error) {
	vs := make([]catalog.VariantID, len(keys))
	for i, k := range keys {
		vs[i] = k.variant
	}
	all := make(map[place]money.Amount, len(keys))
	for some := range slices.Chunk(vs, chunk) {
		found, err := selectPrices(ctx, tx, keys[0].market, some)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			all[place{keys[0].market, p.variant}] = p.amount
		}
	}
	return all, nil
})

// keptListed is how many variants' entries are remembered at most.
const keptListed = 16_384

// keptEntries are what all lists of a market say of the variants that were asked
// for of late, whoever they are for; all keys of a question are of one market.
var keptEntries = remember.NewShelf(memory, keptListed, func(ctx context.Context, tx *db.Tx, keys []place) (map[place][]listed, error) {
	special, err := lists.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	market := keys[0].market
	ids := []ListID{ListID(market)}
	for i := range special {
		if special[i].Market == market {
			ids = append(ids, special[i].ID)
		}
	}
	vs := make([]catalog.VariantID, len(keys))
	for i, k := range keys {
		vs[i] = k.variant
	}
	all := make(map[place][]listed, len(keys))
	for some := range slices.Chunk(vs, chunk) {
		entries, err := selectEntries(ctx, tx, ids, some)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			at := place{market, e.Variant}
			all[at] = append(all[at], e)
		}
	}
	return all, nil
})

// changed tells those who watch, and makes what is remembered be read afresh.
// Every change of a price calls it.
func changed(ctx context.Context, tx *db.Tx, v catalog.VariantID) error {
	live.Changed(tx, catalog.Topic, string(v))
	return remember.Touch(ctx, tx, memory)
}
