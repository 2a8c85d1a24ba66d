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

// thanks are the points of the customers who can sign in.
const thanks = 1450

// credit is their store credit, by market.
var credit = map[string]money.Amount{"DE": money.Of(10_00, "EUR"), "HU": money.Of(4_000_00, "HUF"), "US": money.Of(10_00, "USD")}

// reward gives a customer points for having bought early, and credit for a parcel that came late.
func reward(ctx context.Context, tx *db.Tx, c profile.Customer) error {
	by := wallet.By{Actor: "system:demo", Reason: "one of the first hundred customers"}
	if err := wallet.AdjustPoints(ctx, tx, c.ID, thanks, by, "demo:points:"+string(c.ID)); err != nil {
		return err
	}
	by.Reason = "a parcel that came late"
	_, err := wallet.Give(ctx, tx, wallet.Grant{Customer: c.ID, Amount: credit[c.Market], Source: wallet.SourceGoodwill, By: by, Key: "demo:credit:" + string(c.ID)})
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
