package paylink

import (
	"context"
	"fmt"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/purchase/order"
	"korzo/purchase/payment"
)

// TroubleLate is the exception of a cart's link that was paid after what it held
// had been let go of: the money is a deposit, and nothing was placed.
const TroubleLate = "paylink.paid_late"

// ErrCartEnd reports a cart's link that would hold stock for too long.
var ErrCartEnd = fault.New(fault.Invalid, "paylink.cart_end", "a link for a cart holds its stock: let it end within a week")

// How long a cart's link may hold stock, and how much longer than the link lives
// it does, for who is paying when it ends.
const (
	longestCart = 7 * 24 * time.Hour
	grace       = time.Hour
)

// short is as much of a text as a payer reads.
func short(text string) string {
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + " …"
	}
	return text
}

// place makes the order of a cart whose link was paid. What was let go of
// meanwhile is not placed: a person decides about the money.
func (l *Links) place(ctx context.Context, tx *db.Tx, link Link, p payment.Payment) (order.ID, error) {
	id, err := l.Checkout.PlaceReserved(ctx, tx, link.Placing, p.ID)
	if err != nil {
		return "", err
	}
	if id == "" {
		return "", exception.Raise(ctx, tx, exception.Problem{Kind: TroubleLate, Ref: string(link.ID),
			Text: fmt.Sprintf("%s %s were paid after the link had ended and its goods were let go: place the order anew or give the money back", link.Amount.Decimal(), link.Amount.Currency)})
	}
	return id, updateOrder(ctx, tx, link.ID, id)
}

// letGo gives back what is held for the payer of a cart.
func (l *Links) letGo(ctx context.Context, tx *db.Tx, link Link) error {
	if link.Placing == "" {
		return nil
	}
	if err := l.Checkout.ReleaseReserved(ctx, tx, link.Placing); err != nil {
		return fmt.Errorf("let go of what link %s holds: %w", link.ID, err)
	}
	return updateLet(ctx, tx, link.ID)
}

// Expire gives back what is held for links of carts that ended unpaid, at most a
// hundred at a time. A payment that is under way is waited for.
func (l *Links) Expire(ctx context.Context, tx *db.Tx) error {
	ended, err := selectEnded(ctx, tx, 100)
	for _, link := range ended {
		if err == nil {
			err = l.letGo(ctx, tx, link)
		}
	}
	return err
}
