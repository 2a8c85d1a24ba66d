package app

import (
	"context"
	"errors"

	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/purchase/payment/vault"
)

// tellExpiring writes to a customer that a card they keep is over soon. Whoever
// deleted it, or themselves, meanwhile is not written to.
func (a *App) tellExpiring(ctx context.Context, tx *db.Tx, e vault.Expiring) error {
	c, err := vault.Get(ctx, tx, e.Card)
	if errors.Is(err, vault.ErrNotFound) || err == nil && c.State != vault.StateKept {
		return nil
	}
	if err != nil {
		return err
	}
	who, err := profile.Find(ctx, tx, a.Keeper, profile.CustomerID(c.Customer))
	if errors.Is(err, profile.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	shop, err := channelName(ctx, tx, storefrontChannel)
	if err != nil {
		return err
	}
	return message.Queue(ctx, tx, message.Message{Kind: message.KindCard, Locale: who.Locale, Contact: string(who.Contact), Ref: string(c.ID) + "/" + c.Expires.ISO(),
		Data: message.Letter{Shop: shop, About: c.Name(), Until: c.Expires.String()}})
}
