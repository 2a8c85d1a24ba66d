package app

import (
	"context"
	"fmt"

	"korzo/backoffice/webhook"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/job"
	"korzo/purchase/amend"
	"korzo/purchase/document"
	"korzo/purchase/order"
	"korzo/purchase/payment"
)

// react says what follows from what.
func (a *App) react() {
	event.All(a.Bus, "webhook.note", webhook.Wanted, webhook.Note)
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
	a.reactCustomer()
	a.reactAccount()
	a.reactFulfilment()
	a.reactEngagement()
	a.reactNotices()
	a.reactInsight()
}

func (a *App) reactPurchase() {
	a.reactCapture()
	a.reactDocuments()
	a.reactEdits()
	a.reactStored()
	a.reactPayment()
}

// reactDocuments says when an invoice is owed and when it is taken back.
func (a *App) reactDocuments() {
	event.On(a.Bus, "document.due", func(ctx context.Context, tx *db.Tx, e order.Placed) error {
		if e.OnHold {
			return nil // once a person has let it go on
		}
		return document.Due(ctx, tx, e.Order)
	})
	event.On(a.Bus, "document.moved", func(ctx context.Context, tx *db.Tx, e order.Moved) error {
		switch order.State(e.To) {
		case order.StatePlaced:
			return document.Due(ctx, tx, e.Order)
		case order.StateCanceled:
			return document.DueCredit(ctx, tx, document.Credit{Ref: "cancel:" + string(e.Order), Order: e.Order})
		}
		return nil
	})
	event.On(a.Bus, "document.amended", func(ctx context.Context, tx *db.Tx, e amend.Refunded) error {
		c := document.Credit{Ref: string(e.Amendment), Order: e.Order, Shipping: e.Shipping, Gross: e.Other}
		for _, l := range e.Lines {
			c.Lines = append(c.Lines, document.Taken{Line: string(l.Line), Quantity: l.Units, Gross: l.Amount})
		}
		return document.DueCredit(ctx, tx, c)
	})
	event.On(a.Bus, "document.refunded", func(ctx context.Context, tx *db.Tx, e payment.Refunded) error {
		if told, err := amend.Known(ctx, tx, e.Asked); err != nil || told {
			return err // the amendment says of which lines
		}
		o, err := a.Checkout.OrderPaid(ctx, tx, e.Owner, e.OwnerID)
		if err != nil || o == "" {
			return err
		}
		return document.DueCredit(ctx, tx, document.Credit{Ref: string(e.Refund), Order: o, Gross: e.Amount})
	})
}
