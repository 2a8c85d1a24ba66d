package demo

import (
	"context"
	"fmt"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/platform/db"
	"korzo/value/money"
)

// worths are what a hundred points are worth; in the markets that have just been
// opened they are not spent yet.
var worths = []wallet.Worth{
	{Amount: money.Of(1_00, "EUR"), Points: 100, Least: 200, Share: 50},
	{Amount: money.Of(400_00, "HUF"), Points: 100, Least: 200, Share: 50},
	{Amount: money.Of(1_00, "USD"), Points: 100, Least: 200, Share: 50},
}

// reward gives the customer who can sign in points for having bought early, and
// credit for a parcel that came late.
func reward(ctx context.Context, tx *db.Tx, c profile.CustomerID) error {
	by := wallet.By{Actor: "system:demo", Reason: "one of the first hundred customers"}
	if err := wallet.AdjustPoints(ctx, tx, c, 1450, by, "demo:points"); err != nil {
		return err
	}
	by.Reason = "a parcel that came late"
	_, err := wallet.Give(ctx, tx, wallet.Grant{Customer: c, Amount: money.Of(10_00, "EUR"), Source: wallet.SourceGoodwill, By: by, Key: "demo:credit"})
	return err
}

func (f *filling) writeWorths(ctx context.Context, tx *db.Tx) error {
	for _, w := range worths {
		if err := wallet.SaveWorth(ctx, tx, w); err != nil {
			return fmt.Errorf("points in %s: %w", w.Amount.Currency, err)
		}
	}
	return nil
}
