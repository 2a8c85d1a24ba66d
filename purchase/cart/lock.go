package cart

import (
	"context"
	"errors"
	"fmt"

	"korzo/platform/db"
)

// Lock keeps a cart from changing while holder (a checkout's placing) has it
// paid. Version is the one to lock; 0 locks the cart as it is. It returns
// ErrVersion, ErrLocked, also when holder has it already, ErrOrdered,
// ErrMerged or ErrNotFound. The version stays, because the content does.
//
// Lock asks for no caller: whoever may complete a checkout was asked there.
func Lock(ctx context.Context, tx *db.Tx, id ID, version int64, holder string) error {
	n, err := lockCart(ctx, tx, id, version, holder)
	if err != nil {
		return fmt.Errorf("lock cart: %w", err)
	}
	if n > 0 {
		return nil
	}
	c, err := selectCart(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("lock cart: %w", err)
	}
	return c.refusal(Caller{Customer: c.Customer})
}

// Unlock opens a cart that holder has locked. In every other case it changes
// nothing, so it may be repeated, and never opens what another has locked.
func Unlock(ctx context.Context, tx *db.Tx, id ID, holder string) error {
	if err := unlockCart(ctx, tx, id, holder); err != nil {
		return fmt.Errorf("unlock cart: %w", err)
	}
	return nil
}

// MarkOrdered turns a cart that holder has locked into an order. Repeating it
// with the same order changes nothing. It returns ErrOpen when the cart is not
// locked, ErrLocked when another has it, ErrOrdered when it became another
// order, ErrMerged or ErrNotFound.
func MarkOrdered(ctx context.Context, tx *db.Tx, id ID, holder, order string) error {
	n, err := orderCart(ctx, tx, id, holder, order)
	if err != nil {
		return fmt.Errorf("mark cart ordered: %w", err)
	}
	if n > 0 {
		return nil
	}
	c, err := selectCart(ctx, tx, id)
	switch {
	case errors.Is(err, db.ErrNoRow):
		return ErrNotFound
	case err != nil:
		return fmt.Errorf("mark cart ordered: %w", err)
	case c.State == StateOrdered && c.Order == order:
		return nil
	case c.State == StateOpen:
		return ErrOpen
	}
	return c.refusal(Caller{Customer: c.Customer})
}
