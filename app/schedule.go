package app

import (
	"context"
	"errors"
	"time"

	"korzo/backoffice/webhook"
	"korzo/customer/profile"
	"korzo/customer/wishlist"
	"korzo/delivery/locality"
	"korzo/delivery/point"
	"korzo/delivery/sourcing"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/search"
	"korzo/platform/auth"
	"korzo/platform/auth/passkey"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/idempotency"
	"korzo/purchase/document"
	"korzo/purchase/flow"
	"korzo/purchase/order"
)

// schedule is everything that recurs.
func (a *App) schedule() {
	a.Jobs.Every("payments.resume", time.Second, func(ctx context.Context) error {
		_, err := a.Payments.Resume(ctx)
		return err
	})
	a.Jobs.Every("amend.resume", 10*time.Second, func(ctx context.Context) error {
		_, err := a.Amend.Resume(ctx)
		return err
	})
	a.Jobs.Every("settlement.overdue", 6*time.Hour, a.Settle.Overdue)
	a.Jobs.Every("inventory.expire", 5*time.Second, a.each(func(ctx context.Context, tx *db.Tx) error {
		holders, err := inventory.Expire(ctx, tx, tx.Now)
		for _, h := range holders {
			if err == nil {
				err = sourcing.Release(ctx, tx, h)
			}
		}
		return err
	}))
	a.Jobs.Every("idempotency.expire", 10*time.Minute, a.each(func(ctx context.Context, tx *db.Tx) error {
		return idempotency.Expire(ctx, tx, tx.Now)
	}))
	a.Jobs.Every("documents.issue", 2*time.Second, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := document.Issue(ctx, tx, a.Keeper)
		return err
	}))
	a.Jobs.Every("documents.forget", 24*time.Hour, a.each(func(ctx context.Context, tx *db.Tx) error {
		return document.Forget(ctx, tx, document.Expired(tx.Now))
	}))
	a.Jobs.Every("profile.births", time.Hour, a.each(func(ctx context.Context, tx *db.Tx) error { return profile.ForgetBirths(ctx, tx, a.Keeper) }))
	a.Jobs.Every("wishlist.expire", 24*time.Hour, a.each(wishlist.Expire))
	a.Jobs.Every("placement.age", time.Hour, a.each(refillAged))
	a.Jobs.Every("locality.forget", 24*time.Hour, a.each(locality.Expire))
	a.Jobs.Every("pictures.discard", time.Hour, a.discardPictures)
	a.Jobs.Every("points.forget", 24*time.Hour, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := point.Forget(ctx, tx, sweep)
		return err
	}))
	a.Jobs.Every("search.forget", 24*time.Hour, a.each(search.Forget))
	a.Jobs.Every("flows.publish", 5*time.Second, func(ctx context.Context) error { return flow.PublishDue(ctx, a.DB) })
	a.scheduleStored()
	a.Checkout.Register(a.Jobs)
	a.scheduleAccount()
	a.Jobs.Every("webhooks.expire", time.Hour, a.each(webhook.Expire))
	a.scheduleFulfilment()
	a.schedulePayment()
	a.Jobs.Every("transfer.sweep", 6*time.Hour, a.Desk.Sweep)
	a.Jobs.Every("auth.sweep", 10*time.Minute, a.each(auth.Sweep))
	a.Jobs.Every("passkey.sweep", 10*time.Minute, a.each(passkey.Sweep))
	a.Jobs.Every("auth.flush", time.Minute, func(ctx context.Context) error { return auth.Flush(ctx, a.DB) })
	a.Jobs.Every("event.expire", time.Hour, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := event.Expire(ctx, tx)
		return err
	}))
}

// discardPictures throws away the files of pictures that were deleted a day ago,
// but of those with which something was sold: orders, their mails and documents
// show them.
func (a *App) discardPictures(ctx context.Context) error {
	var deleted, sold, files []string
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if deleted, err = catalog.Deleted(ctx, tx); err != nil || len(deleted) == 0 {
			return err
		}
		sold, err = order.Pictured(ctx, tx, deleted)
		return err
	})
	if err != nil || len(deleted) == 0 {
		return err
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		files, err = catalog.Discard(ctx, tx, deleted, sold)
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range files {
		err = errors.Join(err, a.Media.Remove(ctx, name))
	}
	return err
}

// each makes a verb on a transaction something that recurs.
func (a *App) each(verb func(ctx context.Context, tx *db.Tx) error) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		return a.DB.Write(ctx, func(tx *db.Tx) error { return verb(ctx, tx) })
	}
}
