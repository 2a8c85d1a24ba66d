package app

import (
	"context"
	"time"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/giftcard"
	"korzo/value/calendar"
)

// reactStored says what follows for gift cards and store credit.
func (a *App) reactStored() {
	event.On(a.Bus, "giftcard.merge", func(ctx context.Context, tx *db.Tx, e cart.Merged) error {
		return checkout.MergeGiftCards(ctx, tx, e.Cart, e.Into)
	})
	event.On(a.Bus, "giftcard.forget", func(ctx context.Context, tx *db.Tx, e profile.Erased) error {
		return giftcard.Forget(ctx, tx, e.Person)
	})
}

// sweep bounds what one transaction of a sweep changes.
const sweep = 200

// scheduleStored is what recurs for gift cards and store credit.
func (a *App) scheduleStored() {
	a.Jobs.Every("giftcard.expire", 10*time.Minute, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := giftcard.Expire(ctx, tx, sweep)
		return err
	}))
	a.Jobs.Every("giftcard.forgive", 10*time.Minute, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := giftcard.Forgive(ctx, tx, sweep)
		return err
	}))
	a.Jobs.Every("wallet.expire", 10*time.Minute, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := wallet.Expire(ctx, tx, calendar.DateIn(tx.Now, time.UTC), sweep)
		return err
	}))
}
