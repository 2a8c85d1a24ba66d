package checkout

import (
	"context"
	"time"

	"korzo/delivery/sourcing"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/purchase/cart"
)

// held holds what is in the cart of a view before it is paid, where the flow
// says so: once a session, for the flow's time, from its start or from when the
// shopper has said who they are. It is not made longer by whatever they do, so
// that nobody keeps goods from others for good; when it is over the checkout
// goes on without. A payment that fails gives its goods back; what is left of
// the time holds them again with the next thing that is asked or said. It is the
// last that a transaction does, because it touches stock. Anew decides once more
// from where, because it goes elsewhere than when it was held.
func held(ctx context.Context, tx *db.Tx, anew bool) func(View, error) (View, error) {
	return func(v View, err error) (View, error) {
		known := v.Contact.Email != "" || !v.Contact.Shipping.IsZero()
		if err != nil || !v.Flow.HoldsBefore(known) || v.State != StateOpen || v.View.Cart.State != cart.StateOpen {
			return v, err
		}
		until := v.View.Cart.HeldUntil
		switch {
		case until.IsZero():
			until = tx.Now.Add(v.Flow.Hold())
		case !until.After(tx.Now):
			return v, nil // it was held, and that is over
		}
		return v, cart.Hold(ctx, tx, &v.View, v.collectedAt, v.early, until, anew)
	}
}

// early takes units where the order would be sent from, as far as it is known
// where it goes.
func (v View) early(ctx context.Context, tx *db.Tx, r inventory.Request) ([]inventory.Allocation, error) {
	to := v.Contact.Shipping
	return sourcing.HoldEarly(ctx, tx, sourcing.Ask{Holder: r.Holder, Channel: r.Channel, Lines: r.Lines, Until: r.Until,
		Country: to.Country, Code: to.PostalCode, Promised: v.promised()})
}

// HeldUntil is till when the goods are held before they are paid; false when
// they are not, or not any more.
func (v View) HeldUntil() (time.Time, bool) {
	until := v.View.Cart.HeldUntil
	return until, v.State == StateOpen && !until.IsZero() && v.now.Before(until) && len(v.Problems) == 0
}
