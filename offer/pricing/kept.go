package pricing

import (
	"context"
	"slices"
	"time"

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
	ids := listsOf(special, market)
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

// listsOf are the ids of a market's lists: its own first.
func listsOf(special []List, market string) []ListID {
	ids := []ListID{ListID(market)}
	for i := range special {
		if special[i].Market == market {
			ids = append(ids, special[i].ID)
		}
	}
	return ids
}

// past is what has held of a variant's prices somewhere since a time.
type past struct {
	place
	since time.Time
}

// keptPast is how many variants' histories are remembered at most: those of what
// is on sale are asked for with each look at them.
const keptPast = 16_384

// keptPeriods are the public prices, of all lists of a market, that held at any
// time since the key's or are to come; all keys of a question differ in the
// variant alone.
var keptPeriods = remember.NewShelf(memory, keptPast, func(ctx context.Context, tx *db.Tx, keys []past) (map[past][]period, error) {
	special, err := lists.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	ids, all := listsOf(special, keys[0].market), make(map[past][]period, len(keys))
	for some := range slices.Chunk(keys, chunk) {
		vs := make([]catalog.VariantID, len(some))
		for i, k := range some {
			vs[i], all[k] = k.variant, nil
		}
		found, err := selectPeriods(ctx, tx, ids, vs, keys[0].since)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			at := past{place{keys[0].market, p.variant}, keys[0].since}
			all[at] = append(all[at], p)
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
