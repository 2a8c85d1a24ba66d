package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/payment/vault"
)

// notice is how long before a hold ends staff are warned.
const notice = 48 * time.Hour

// WatchHolds warns of money that is held and will be let go of soon, and asks the
// gateways about what should have been let go of.
func (a *App) WatchHolds(ctx context.Context) error {
	lives := map[string]time.Duration{}
	var methods []string
	for _, m := range paymethod.All() {
		if m.Capture.Life > 0 {
			lives[m.ID] = m.Capture.Life
			methods = append(methods, m.ID)
		}
	}
	var after payment.ID
	for range 1000 {
		var page []payment.Payment
		err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
			page, err = payment.Holding(ctx, tx, methods, tx.Now.Add(notice-7*24*time.Hour), after)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, p := range page {
			if err := a.watchHold(ctx, p, lives[p.Method]); err != nil {
				return err
			}
			after = p.ID
		}
	}
	return nil
}

// watchHold looks at one.
func (a *App) watchHold(ctx context.Context, p payment.Payment, life time.Duration) error {
	ends := p.CreatedAt.Add(life)
	if a.DB.Now().Before(ends.Add(-notice)) {
		return nil
	}
	var held payment.AttemptID
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		p, attempts, err := payment.Find(ctx, tx, p.ID)
		if err != nil || len(attempts) == 0 || p.Uncaptured().Minor == 0 {
			return err
		}
		last := attempts[len(attempts)-1]
		if last.CreatedAt.After(p.CreatedAt) {
			ends = last.CreatedAt.Add(life) // it was held anew
		}
		if tx.Now.Before(ends.Add(-notice)) {
			return nil
		}
		if !tx.Now.Before(ends) {
			held = last.ID
		}
		text := fmt.Sprintf("%s %s are held until %s and not taken: send the goods, take it by hand, or let it go", p.Uncaptured().Decimal(), p.Amount.Currency, ends.Format(time.DateOnly))
		return exception.Raise(ctx, tx, exception.Problem{Kind: payment.TroubleEnding, Ref: string(last.ID), Text: text})
	})
	if err != nil || held == "" {
		return err
	}
	if _, err = a.Payments.Sync(ctx, held); err == nil {
		err = a.lapseRest(ctx, p.ID, held)
	}
	if payment.IsSilence(err) {
		err = nil // asked again within the hour
	}
	return err
}

// lapseRest lets go of what is left of a hold that was taken in part and whose
// time is over: no scheme pays it any more, so the payment is what was taken, and
// staff are told what their order lacks. Repeating it changes nothing.
func (a *App) lapseRest(ctx context.Context, id payment.ID, held payment.AttemptID) error {
	var rest payment.Payment
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		rest, err = payment.Head(ctx, tx, id)
		return err
	})
	if err != nil || rest.Captured.Minor == 0 || rest.Uncaptured().Minor == 0 || rest.Moving.Minor != 0 {
		return err
	}
	gone := rest.Uncaptured()
	m, err := a.Payments.Void(ctx, id, "lapsed:"+string(held), payment.By{Actor: shopkeeper, Reason: "the time of the hold is over"})
	if err != nil || m.State != payment.MovementDone {
		return err // open: the poller goes on, and the next hour finds nothing left or asks again
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := exception.Clear(ctx, tx, payment.TroubleEnding, string(held), "its time was over: it was let go"); err != nil || rest.Order == "" {
			return err
		}
		o, err := order.Head(ctx, tx, order.ID(rest.Order))
		if errors.Is(err, order.ErrNotFound) || err == nil && o.State == order.StateCanceled {
			return nil // nothing is owed
		}
		if err != nil {
			return err
		}
		return exception.Raise(ctx, tx, exception.Problem{Kind: payment.TroubleLapsed, Ref: string(held),
			Text: fmt.Sprintf("%s of %s %s of order %s were taken, and the hold on the other %s is over: send its buyer a link to pay before you send the rest, or give back what is not sent",
				rest.Captured.Decimal(), rest.Amount.Decimal(), rest.Amount.Currency, o.Number, gone.Decimal())})
	})
}

// reactHolds says what follows when held money was let go of: it is held anew
// where the buyer agreed to that, else staff are told what is lost.
func (a *App) reactHolds() {
	event.On(a.Bus, "payment.renew", func(ctx context.Context, tx *db.Tx, e payment.Lapsed) error {
		if err := exception.Clear(ctx, tx, payment.TroubleEnding, string(e.Attempt), "the gateway let go of it"); err != nil {
			return err
		}
		p, err := payment.Head(ctx, tx, e.Payment)
		if err != nil || p.Order == "" {
			return err
		}
		o, err := order.Head(ctx, tx, order.ID(p.Order))
		if errors.Is(err, order.ErrNotFound) || err == nil && o.State == order.StateCanceled {
			return nil // nothing is owed
		}
		if err != nil {
			return err
		}
		return a.renew(ctx, tx, e.Attempt, o)
	})
	event.On(a.Bus, "payment.taken", func(ctx context.Context, tx *db.Tx, e payment.Captured) error {
		return exception.Clear(ctx, tx, payment.TroubleEnding, string(e.Attempt), "it was taken")
	})
}

// renew holds the money of an order anew with the kept card it was paid with, if
// its customer agreed to be charged while away.
func (a *App) renew(ctx context.Context, tx *db.Tx, id payment.AttemptID, o order.Order) error {
	lapsed, err := payment.FindAttempt(ctx, tx, id)
	if err != nil {
		return err
	}
	card, err := cardOf(ctx, tx, o.Customer, lapsed)
	if err != nil {
		return err
	}
	if card.ID != "" {
		_, err = a.Payments.Again(ctx, tx, lapsed, payment.Anew{Gateway: card.Gateway, Instrument: card.Instrument, Proof: payment.Proof{Exemption: payment.ExemptAgreed}})
		return err
	}
	return exception.Raise(ctx, tx, exception.Problem{Kind: payment.TroubleLapsed, Ref: string(id),
		Text: fmt.Sprintf("%s %s of order %s were held and let go by the gateway; nothing is held now: send its buyer a link to pay, or cancel it",
			lapsed.Amount.Decimal(), lapsed.Amount.Currency, o.Number)})
}

// cardOf is the kept card that an attempt was paid with, or was kept with it,
// and that may be charged without its owner; none has no id.
func cardOf(ctx context.Context, tx *db.Tx, customer string, a payment.Attempt) (vault.Card, error) {
	if customer == "" {
		return vault.Card{}, nil
	}
	cards, err := vault.List(ctx, tx, customer)
	for _, c := range cards {
		if c.State == vault.StateKept && !c.Expires.Over(tx.Now) && c.OffSession && c.Gateway == a.Gateway && (c.Instrument == a.Instrument || c.Attempt == a.ID) {
			return c, nil
		}
	}
	return vault.Card{}, err
}
