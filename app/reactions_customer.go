package app

import (
	"context"

	"korzo/customer/profile"
	"korzo/customer/wishlist"
	"korzo/platform/db"
	"korzo/platform/event"
)

// reactCustomer ends what is kept about a person when they are erased.
func (a *App) reactCustomer() {
	event.On(a.Bus, "wishlist.forget", func(ctx context.Context, tx *db.Tx, e profile.Erased) error {
		customer, err := profile.CustomerOf(ctx, tx, e.Person)
		if err != nil || customer == "" {
			return err
		}
		return wishlist.Forget(ctx, tx, customer)
	})
}
