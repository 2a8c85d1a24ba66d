package app

import (
	"context"

	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/offer/search"
	"korzo/platform/db"
	"korzo/platform/event"
)

// reactOffer has the search of every node read what changed. Stock is not among
// the facts: each node watches its own and sweeps for the others'.
func (a *App) reactOffer() {
	event.On(a.Bus, "search.created", func(ctx context.Context, tx *db.Tx, e catalog.Created) error {
		return search.Touch(ctx, tx, e.Product)
	})
	event.On(a.Bus, "search.updated", func(ctx context.Context, tx *db.Tx, e catalog.Updated) error {
		return search.Touch(ctx, tx, e.Product)
	})
	event.On(a.Bus, "search.archived", func(ctx context.Context, tx *db.Tx, e catalog.Archived) error {
		return search.Touch(ctx, tx, e.Product)
	})
	event.On(a.Bus, "search.priced", func(ctx context.Context, tx *db.Tx, e pricing.Changed) error {
		return search.TouchVariant(ctx, tx, e.Variant)
	})
}
