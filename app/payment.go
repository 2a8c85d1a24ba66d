package app

import (
	"context"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/purchase/payment/vault"
)

// reactPayment says what follows for payments beside their capture.
func (a *App) reactPayment() {
	event.On(a.Bus, "vault.forget", func(ctx context.Context, tx *db.Tx, e profile.Erased) error {
		customer, err := profile.CustomerOf(ctx, tx, e.Person)
		if err != nil || customer == "" {
			return err
		}
		return vault.RemoveAll(ctx, tx, string(customer))
	})
}

// schedulePayment is what recurs for payments beside their resumption.
func (a *App) schedulePayment() {
	a.Jobs.Every("vault.sweep", time.Hour, a.each(func(ctx context.Context, tx *db.Tx) error { return vault.Sweep(ctx, tx, sweep) }))
}
