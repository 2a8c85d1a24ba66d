package app

import (
	"context"
	"fmt"

	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/job"
	"korzo/purchase/order"
	"korzo/purchase/payment"
)

// capture asks for the money of an order to be taken.
type capture struct {
	Payment payment.ID `json:"payment"`
}

// react says what follows from what.
func (a *App) react() {
	a.Bus.OnSuspend = func(ctx context.Context, tx *db.Tx, f event.Fact) error {
		return exception.Raise(ctx, tx, exception.Problem{Kind: "event.suspended", Ref: fmt.Sprint(f.Seq),
			Text: "the fact " + f.Kind + " could not be acted on: mend the cause and resume it"})
	}
	a.Jobs.OnDead = func(ctx context.Context, tx *db.Tx, j job.Waiting) error {
		return exception.Raise(ctx, tx, exception.Problem{Kind: "job.dead", Ref: fmt.Sprint(j.Seq),
			Text: "the job " + j.Kind + " was given up: mend the cause and retry it"})
	}
	a.reactOffer()
	a.reactPurchase()
	a.reactEngagement()
}

func (a *App) reactPurchase() {
	event.On(a.Bus, "order.capture", func(ctx context.Context, tx *db.Tx, e order.Placed) error {
		if e.Payment == "" || e.OnHold {
			return nil // a person decides first
		}
		return job.Enqueue(ctx, tx, job.Job{Kind: "payment.capture", Key: e.Payment, Body: capture{payment.ID(e.Payment)}})
	})
	job.Do(a.Jobs, "payment.capture", func(ctx context.Context, c capture) error { return a.Payments.CaptureRest(ctx, c.Payment) })
}
