package giftcard

import (
	"context"
	"fmt"

	"korzo/platform/db"
)

// Apply puts a card, found by Look, on a cart. Nothing is promised by that. It
// returns ErrNotFound, ErrUnusable, or ErrTooMany for an eleventh card, and may
// be repeated.
func Apply(ctx context.Context, tx *db.Tx, cart string, id ID) error {
	c, err := selectCard(ctx, tx, id, "")
	if err == nil && !c.Usable(tx.Now) {
		err = ErrUnusable
	}
	if err == nil {
		err = insertApplied(ctx, tx, cart, id)
	}
	if err == nil {
		var n int64
		if n, err = countApplied(ctx, tx, cart); err == nil && n > MaxCards {
			if err = deleteApplied(ctx, tx, cart, id); err == nil {
				err = ErrTooMany
			}
		}
	}
	if err != nil {
		return fmt.Errorf("apply gift card %s: %w", id, notFound(err))
	}
	return nil
}

// Remove takes a card off a cart. It may be repeated.
func Remove(ctx context.Context, tx *db.Tx, cart string, id ID) error {
	if err := deleteApplied(ctx, tx, cart, id); err != nil {
		return fmt.Errorf("remove gift card %s: %w", id, err)
	}
	return nil
}

// Applied returns the cards on a cart in the order they were applied, with what
// is on them now. One statement, and one for each card.
func Applied(ctx context.Context, tx *db.Tx, cart string) ([]Card, error) {
	cards, err := selectApplied(ctx, tx, cart)
	for i := range cards {
		if err == nil {
			cards[i], err = withBalance(ctx, tx, cards[i])
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read gift cards of a cart: %w", err)
	}
	return cards, nil
}

// Transfer puts one cart's cards on another, as far as there is room, and for whom
// cards in it are, when two carts are merged.
func Transfer(ctx context.Context, tx *db.Tx, from, to string) error {
	cards, err := selectApplied(ctx, tx, from)
	if err != nil {
		return fmt.Errorf("transfer gift cards: %w", err)
	}
	there, err := countApplied(ctx, tx, to)
	for _, c := range cards {
		if err == nil && there < MaxCards {
			err = insertApplied(ctx, tx, to, c.ID)
			there++
		}
		if err == nil {
			err = deleteApplied(ctx, tx, from, c.ID)
		}
	}
	if err == nil {
		err = moveGifts(ctx, tx, from, to)
	}
	if err != nil {
		return fmt.Errorf("transfer gift cards: %w", err)
	}
	return nil
}
