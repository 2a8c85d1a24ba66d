package cart

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/offer/inventory"
	"korzo/platform/db"
)

// HolderPrefix begins the names of carts as holders of stock.
const HolderPrefix = "bag_"

// HolderOf is a cart as a holder of stock: a name from which nobody learns the
// cart's id, which opens it, because movements of stock are shown to staff.
func HolderOf(id ID) string {
	sum := sha256.Sum256([]byte(id))
	return HolderPrefix + hex.EncodeToString(sum[:13])
}

// Taker takes units of the locations it likes, as inventory.HoldWith does.
type Taker func(ctx context.Context, tx *db.Tx, r inventory.Request) ([]inventory.Allocation, error)

// Hold holds what is in a cart till a time, so that nobody else buys it while
// its shopper fills in a checkout. place says where a line is collected, as of
// Needs, and take takes the units, of the locations it likes: nil is by their
// priority. What is held already stays, unless it is to be decided anew where it
// is taken, and what the cart no longer needs is given back; repeating it changes
// nothing. When units are short nothing is held and
// nothing is refused: the view says what is short. A time that is over gives
// everything back.
//
// Held units are the cart's own: Load counts them as available to it, and to
// nobody else. The hold ends by itself, like that of a payment.
func Hold(ctx context.Context, tx *db.Tx, v *View, place func(LineID) string, take Taker, until time.Time, anew bool) error {
	lines, holder := v.Needs(place), HolderOf(v.Cart.ID)
	if !until.After(tx.Now) {
		lines = nil
	}
	if !v.Cart.HeldUntil.IsZero() {
		own, err := inventory.Held(ctx, tx, holder)
		if err != nil {
			return err
		}
		if !anew && covers(own, lines) {
			return nil
		}
		if err := inventory.Release(ctx, tx, holder); err != nil {
			return err
		}
	}
	if len(lines) > 0 {
		if take == nil {
			take = inventory.HoldWith
		}
		_, err := take(ctx, tx, inventory.Request{Channel: v.Cart.Channel, Holder: holder, Lines: lines, Until: until})
		if errors.Is(err, inventory.ErrShort) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("hold what is in a cart: %w", err)
		}
	}
	if v.Cart.HeldUntil.Equal(until) {
		return nil
	}
	v.Cart.HeldUntil = until
	if err := updateHeld(ctx, tx, v.Cart.ID, until); err != nil {
		return fmt.Errorf("hold what is in a cart: %w", err)
	}
	kept.Keep(tx, v.Cart.ID, v.Cart)
	return nil
}

// LetGo gives back what Hold holds for a cart, if it holds anything; the cart
// is not held again. It may be repeated.
func LetGo(ctx context.Context, tx *db.Tx, c Cart) error {
	if c.HeldUntil.IsZero() {
		return nil
	}
	return inventory.Release(ctx, tx, HolderOf(c.ID))
}

// holdChanged brings the hold of a cart in line with what is in it now.
func (c *Cart) holdChanged(ctx context.Context, tx *db.Tx) error {
	v, err := Show(ctx, tx, *c, Options{Caller: Caller{Customer: c.Customer}})
	if err != nil {
		return err
	}
	return Hold(ctx, tx, &v, v.place, nil, c.HeldUntil, false)
}

// covers reports whether what is held is just what is needed.
func covers(own []inventory.Allocation, lines []inventory.Line) bool {
	var have []inventory.Line
	need := slices.Clone(lines)
	for _, a := range own {
		at := a.Location
		if !slices.ContainsFunc(lines, func(l inventory.Line) bool { return l.Variant == a.Variant && l.At == at }) {
			at = ""
		}
		i := slices.IndexFunc(have, func(l inventory.Line) bool { return l.Variant == a.Variant && l.At == at })
		if i < 0 {
			have, i = append(have, inventory.Line{Variant: a.Variant, At: at}), len(have)
		}
		have[i].Units += a.Units
	}
	order := func(a, b inventory.Line) int {
		return cmp.Or(cmp.Compare(a.Variant, b.Variant), cmp.Compare(a.At, b.At))
	}
	slices.SortFunc(have, order)
	slices.SortFunc(need, order)
	return slices.Equal(have, need)
}
