package catalog

import (
	"context"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/live"
	"korzo/platform/remember"
)

// memory is forgotten whenever any product changes.
const memory = "catalog"

// keptThings is how many items, and how many SKUs, are remembered at most.
const keptThings = 8192

// place is an item as it is shown somewhere.
type place struct {
	channel, locale string
	variant         VariantID
}

// keptItem is an item and the time for which it is so: a publication may begin
// or end it.
type keptItem struct {
	Item
	from, until time.Time // until is zero when only a change ends it
}

var keptItems = func() *remember.Shelf[place, keptItem] {
	s := remember.NewShelf(memory, keptThings, loadItems)
	s.Holds = func(it keptItem, now time.Time) bool {
		return !now.Before(it.from) && (it.until.IsZero() || now.Before(it.until))
	}
	return s
}()

// loadItems reads items that are shown in one channel and locale.
func loadItems(ctx context.Context, tx *db.Tx, keys []place) (map[place]keptItem, error) {
	at := keys[0]
	variants := make([]VariantID, len(keys))
	for i, k := range keys {
		variants[i] = k.variant
	}
	all := make(map[place]keptItem, len(keys))
	_, language := chain(at.locale)
	for some := range slices.Chunk(variants, chunk) {
		found, err := selectItems(ctx, tx, at.channel, at.locale, language, some)
		if err != nil {
			return nil, err
		}
		for _, it := range found {
			it.Title = it.ProductTitle
			if it.VariantTitle != "" && it.VariantTitle != it.ProductTitle {
				it.Title += " – " + it.VariantTitle
			}
			it.from = tx.Now
			at.variant = it.VariantID
			all[at] = it
		}
	}
	return all, nil
}

var keptSKUs = remember.NewShelf(memory, keptThings, func(ctx context.Context, tx *db.Tx, skus []string) (map[string]VariantID, error) {
	found, err := SKUs(ctx, tx, skus)
	all := make(map[string]VariantID, len(found))
	for sku, v := range found {
		all[sku] = v.ID
	}
	return all, err
})

// VariantIDs returns whose SKUs these are; unknown ones are left out. What it
// found before it remembers.
func VariantIDs(ctx context.Context, tx *db.Tx, skus []string) (map[string]VariantID, error) {
	return keptSKUs.Get(ctx, tx, skus)
}

// changed tells those who watch, and makes what is remembered be read afresh.
// Every change of a product calls it.
func changed(ctx context.Context, tx *db.Tx, id ProductID) error {
	live.Changed(tx, Topic, string(id))
	return remember.Touch(ctx, tx, memory)
}
