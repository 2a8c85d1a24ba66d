package giftcard

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"korzo/platform/db"
	"korzo/platform/ledger"
)

// Expire ends cards whose time has passed, at most limit, and moves what is on
// them to Breakage. A card with a payment under way waits until that has ended.
// It may be repeated: a card ends once for each expiry it is given. Call it
// until it returns none.
func Expire(ctx context.Context, tx *db.Tx, limit int) ([]ID, error) {
	ended, err := expire(ctx, tx, limit)
	if err != nil {
		return nil, fmt.Errorf("expire gift cards: %w", err)
	}
	return ended, nil
}

func expire(ctx context.Context, tx *db.Tx, limit int) (ended []ID, err error) {
	due, err := lockDue(ctx, tx, tx.Now, limit)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	ids := make([]ID, len(due))
	for i, c := range due {
		ids[i] = c.ID
	}
	busy, err := selectHeldCards(ctx, tx, ids) // after the lock: Hold locks its cards before it writes
	if err != nil {
		return nil, err
	}
	for _, c := range due {
		if slices.Contains(busy, c.ID) {
			continue
		}
		if err := end(ctx, tx, c); err != nil {
			return nil, err
		}
		ended = append(ended, c.ID)
	}
	return ended, nil
}

// end expires one locked card.
func end(ctx context.Context, tx *db.Tx, c Card) error {
	c, err := withBalance(ctx, tx, c)
	if err != nil {
		return err
	}
	key := breakKey("expire", c)
	c.Broken = c.Broken.Plus(c.Balance)
	if err := move(ctx, tx, c, StateExpired, By{"system", "its time has passed"}); err != nil {
		return err
	}
	return post(ctx, tx, "giftcard.expired", string(c.ID), key, given(account(c.ID), c.Balance.Neg(), Breakage))
}

// breakKey is unique for each expiry a card is given.
func breakKey(what string, c Card) string {
	return "giftcard." + what + ":" + string(c.ID) + ":" + strconv.FormatInt(db.Micros(c.Expires), 10)
}

// Reinstate opens an expired card again until another time (zero: for ever)
// and gives back all of it that became breakage. It returns ErrState for a card
// that has not expired or a time that has passed, ErrReason or ErrNotFound.
func Reinstate(ctx context.Context, tx *db.Tx, id ID, until time.Time, by By) error {
	if err := reinstate(ctx, tx, id, until, by); err != nil {
		return fmt.Errorf("reinstate gift card %s: %w", id, notFound(err))
	}
	return nil
}

func reinstate(ctx context.Context, tx *db.Tx, id ID, until time.Time, by By) error {
	if err := by.check(); err != nil {
		return err
	}
	c, err := selectCard(ctx, tx, id, tx.ForUpdate())
	if err != nil {
		return err
	}
	if c.State != StateExpired || !until.IsZero() && !until.After(tx.Now) {
		return ErrState
	}
	key, back := breakKey("reinstate", c), c.Broken
	c.Expires, c.Broken.Minor = until, 0
	if err := move(ctx, tx, c, StateActive, by); err != nil {
		return err
	}
	return post(ctx, tx, "giftcard.reinstated", string(id), key, given(account(id), back, Breakage))
}

// checkBreakage compares what became breakage with the ledger.
func checkBreakage(ctx context.Context, tx *db.Tx, currency string, broken int64) ([]string, error) {
	booked, err := ledger.Balance(ctx, tx, Breakage, currency)
	if err != nil || booked == -broken {
		return nil, err
	}
	return []string{fmt.Sprintf("gift cards say that %d %s expired, the ledger %d", broken, currency, -booked)}, nil
}
