package cart

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/value/money"
)

// Merge gives a guest's cart to the customer who signed in and returns the cart
// to go on with. When the customer has an open cart in the same market, the
// newest takes the guest's lines and codes, and the guest's is merged; otherwise
// the guest's cart becomes theirs.
//
// Of a variant in both carts the customer gets the sum, because both were
// chosen. Signing in must not fail for it: a line stops at 9,999 pieces, a cart
// at 200 lines and 10 codes, those of the guest being left out. It may be
// repeated, and counts once. It returns ErrNotFound for a cart of somebody
// else, and ErrLocked or ErrOrdered.
func Merge(ctx context.Context, tx *db.Tx, guest ID, customer string) (Cart, error) {
	if customer == "" {
		return Cart{}, ErrNotFound
	}
	g, err := step(ctx, tx, guest, Caller{})
	switch {
	case errors.Is(err, ErrMerged), errors.Is(err, ErrNotFound):
		return merged(ctx, tx, guest, customer)
	case err != nil:
		return Cart{}, err
	}
	if err := readContents(ctx, tx, &g); err != nil {
		return Cart{}, fmt.Errorf("merge cart: %w", err)
	}
	into, err := advanceOpen(ctx, tx, customer, g.Market)
	if errors.Is(err, db.ErrNoRow) {
		g.Customer = customer
		return g, locked(adopt(ctx, tx, g.ID, customer))
	}
	if err != nil {
		return Cart{}, fmt.Errorf("merge cart: %w", err)
	}
	if err := pour(ctx, tx, g, &into); err != nil {
		return Cart{}, fmt.Errorf("merge cart: %w", err)
	}
	if err := LetGo(ctx, tx, g); err != nil {
		return Cart{}, fmt.Errorf("merge cart: %w", err)
	}
	if !into.HeldUntil.IsZero() {
		if err := into.holdChanged(ctx, tx); err != nil {
			return Cart{}, fmt.Errorf("merge cart: %w", err)
		}
	}
	return into, event.Publish(ctx, tx, Merged{Cart: g.ID, Into: into.ID})
}

// merged answers for a cart that is no open guest's: it was merged before, or
// is the customer's own.
func merged(ctx context.Context, tx *db.Tx, id ID, customer string) (Cart, error) {
	c, err := Find(ctx, tx, id, Caller{Customer: customer})
	if err != nil || c.State != StateMerged {
		return c, err
	}
	return Find(ctx, tx, c.MergedInto, Caller{Customer: customer})
}

// pour puts the guest's lines and codes into another cart and closes the guest's.
func pour(ctx context.Context, tx *db.Tx, g Cart, into *Cart) error {
	if err := readContents(ctx, tx, into); err != nil {
		return err
	}
	var changed []int
	for _, l := range g.Lines {
		room := int64(money.MaxUnits)
		if i := slices.IndexFunc(into.Lines, func(have Line) bool { return have.Variant == l.Variant }); i >= 0 {
			room -= into.Lines[i].Quantity
		}
		i, err := into.add(tx, l.Variant, min(l.Quantity, room))
		if err == nil {
			changed = append(changed, i)
		} // else there is no room, for the line or in it: left out
	}
	lines := make([]Line, len(changed))
	for n, i := range changed {
		lines[n] = into.Lines[i]
	}
	have := len(into.Codes)
	for _, code := range g.Codes {
		if into.code(code) < 0 && len(into.Codes) < MaxCodes {
			into.Codes = append(into.Codes, code)
		}
	}
	if err := upsertLines(ctx, tx, into.ID, lines); err != nil {
		return err
	}
	if g.Collect != "" { // what was chosen last
		if err := NoteCollect(ctx, tx, into, g.Collect); err != nil {
			return err
		}
	}
	if err := insertCodes(ctx, tx, into.ID, into.Codes[have:]); err != nil {
		return err
	}
	return locked(closeMerged(ctx, tx, g.ID, into.ID))
}

// locked turns a statement's count into an error unless it changed the one row
// that this transaction has locked.
func locked(n int64, err error) error {
	if err == nil && n != 1 {
		err = fmt.Errorf("a locked cart changed: %d rows", n)
	}
	return err
}
