package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/purchase/payment"
	"korzo/value/card"
)

// ahead is how long before a card is over its customer is warned.
const ahead = 31 * 24 * time.Hour

// Expiring says that a kept card will soon be over, and that its customer should
// know: once for each date. Whether it is offered first tells how much it matters.
type Expiring struct {
	Card     ID     `json:"card"`
	Customer string `json:"customer"`
}

// Kind names the fact.
func (Expiring) Kind() string { return "vault.expiring" }

// Key is the card.
func (e Expiring) Key() string { return string(e.Card) }

// Told has a gateway asked about a card that it says has changed: kept is our
// id or its token. It must run outside any transaction and may be repeated. A
// card that is not ours, or not kept any more, changes nothing.
func (v *Vault) Told(ctx context.Context, gateway, kept string) error {
	var c Card
	err := v.db.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = selectByInstrument(ctx, tx, gateway, kept)
		return err
	})
	if errors.Is(err, db.ErrNoRow) {
		return nil
	}
	if err == nil {
		_, err = v.refresh(ctx, c)
	}
	if err != nil {
		return fmt.Errorf("hear of a kept card of %s: %w", gateway, err)
	}
	return nil
}

// refresh asks a card's gateway what is known of it, and keeps that. A card that
// the gateway keeps no more is deleted here too.
func (v *Vault) refresh(ctx context.Context, c Card) (Card, error) {
	s, err := v.payments.Recall(ctx, c.Gateway, string(c.ID), c.Instrument)
	if err != nil {
		return c, err
	}
	err = v.db.Write(ctx, func(tx *db.Tx) error {
		c, err = selectCard(ctx, tx, c.ID, tx.ForUpdate())
		if errors.Is(err, db.ErrNoRow) || err == nil && c.State != StateKept {
			return nil // deleted meanwhile
		}
		if err != nil {
			return err
		}
		switch s.Status {
		case payment.StatusAuthorized:
			if !payment.ValidInstrument(s.Instrument) {
				return payment.ErrUnknown
			}
			v.describe(&c, s)
			return updateCard(ctx, tx, c)
		case payment.StatusVoided:
			return remove(ctx, tx, c)
		}
		return nil
	})
	return c, err
}

// Warn publishes Expiring for each card that is over within a month, once for
// each date. Its gateway is asked first, because a notice that it has a new one
// may have been lost; one that does not answer is asked again next time.
func (v *Vault) Warn(ctx context.Context) error {
	var failed error
	var after ID
	for range 1000 {
		var page []Card
		err := v.db.Read(ctx, func(tx *db.Tx) (err error) {
			from, to := monthOf(tx.Now), monthOf(tx.Now.Add(ahead))
			page, err = selectExpiring(ctx, tx, from.Number(), to.Number(), after, 100)
			return err
		})
		if err != nil || len(page) == 0 {
			return errors.Join(failed, err)
		}
		for _, c := range page {
			failed, after = errors.Join(failed, v.warn(ctx, c)), c.ID
		}
	}
	return failed
}

func monthOf(t time.Time) card.Expiry {
	return card.Expiry{Year: t.UTC().Year(), Month: int(t.UTC().Month())}
}

// warn warns of one card, unless its gateway knows a newer one.
func (v *Vault) warn(ctx context.Context, c Card) error {
	if v.db.Now().Add(ahead).Before(c.Expires.Ends()) {
		return nil // its month ends later
	}
	now, err := v.refresh(ctx, c)
	if errors.Is(err, payment.ErrGateway) { // it is not set up any more: the date that was told stands
		now, err = c, nil
	}
	if err != nil {
		return fmt.Errorf("warn of card %s: %w", c.ID, err)
	}
	if now.State != StateKept || now.Expires != c.Expires {
		return nil
	}
	return v.db.Write(ctx, func(tx *db.Tx) error {
		n, err := updateWarned(ctx, tx, c.ID, c.Expires.Number())
		if err != nil || n == 0 {
			return err
		}
		return event.Publish(ctx, tx, Expiring{c.ID, c.Customer})
	})
}

// Get returns a card for what is written to its customer, or ErrNotFound.
func Get(ctx context.Context, tx *db.Tx, id ID) (Card, error) {
	c, err := selectCard(ctx, tx, id, "")
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	return c, err
}
