package adminapi

import (
	"context"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/platform/db"
	"korzo/value/money"
)

// walletBody is a customer's store credit in one currency.
type walletBody struct {
	Available  amountBody   `json:"available"`
	Held       amountBody   `json:"held" doc:"Promised to payments under way"`
	NextExpiry string       `json:"next_expiry,omitempty" doc:"When some of it expires"`
	History    []changeBody `json:"history" doc:"The newest 50 lines"`
}

type changeBody struct {
	Kind   string     `json:"kind" doc:"granted, spent, held, refunded, expired, revoked, moved"`
	Amount amountBody `json:"amount"`
	Source string     `json:"source" doc:"Of the credit: refund, goodwill, bonus"`
	Ref    string     `json:"ref,omitempty"`
	Actor  string     `json:"actor,omitempty"`
	Reason string     `json:"reason,omitempty"`
	At     string     `json:"at" format:"date-time"`
}

// CreditInput names a customer in the path.
type CreditInput struct {
	ID profile.CustomerID `path:"id"`
}

func (a *API) showCredit(ctx context.Context, in *CreditInput) (*list[walletBody], error) {
	bodies, err := reading(ctx, a, func(tx *db.Tx) (all []walletBody, err error) {
		if _, err := profile.Find(ctx, tx, a.Keeper, in.ID); err != nil {
			return nil, err
		}
		balances, err := wallet.Balances(ctx, tx, in.ID)
		for _, b := range balances {
			w := walletBody{amountOf(b.Available), amountOf(b.Held), rfc3339(b.Next), []changeBody{}}
			lines, err := wallet.History(ctx, tx, in.ID, b.Available.Currency, 0, 50)
			if err != nil {
				return nil, err
			}
			for _, l := range lines {
				w.History = append(w.History, changeBody{l.Kind, amountOf(l.Amount), string(l.Source), l.Ref, l.Actor, l.Reason, rfc3339(l.At)})
			}
			all = append(all, w)
		}
		return all, err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type grantInput struct {
	CreditInput
	Key  string `header:"Idempotency-Key" doc:"Required: one key gives once"`
	Body struct {
		Amount    amountBody `json:"amount"`
		Source    string     `json:"source" enum:"goodwill,bonus"`
		Reason    string     `json:"reason" minLength:"1" maxLength:"300"`
		ExpiresAt string     `json:"expires_at,omitempty" format:"date-time" doc:"Of a bonus; never when left out"`
		Order     string     `json:"order,omitempty" maxLength:"60" doc:"What it is for"`
	}
}

// grantCredit gives a customer store credit.
func (a *API) grantCredit(ctx context.Context, in *grantInput) (*list[walletBody], error) {
	actor := string(from(ctx).ID)
	key, err := keyOf(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	g := wallet.Grant{Key: key, Customer: in.ID, Amount: money.Of(in.Body.Amount.Amount, money.Currency(in.Body.Amount.Currency)), Source: wallet.Source(in.Body.Source),
		Expires: timeOf(in.Body.ExpiresAt), Ref: in.Body.Order, By: wallet.By{Actor: actor, Reason: in.Body.Reason}}
	err = a.audited(ctx, "credit.grant", func(tx *db.Tx) (string, error) {
		if _, err := profile.Find(ctx, tx, a.Keeper, in.ID); err != nil {
			return "", err
		}
		_, err := wallet.Give(ctx, tx, g)
		return string(in.ID), err
	})
	if err != nil {
		return nil, err
	}
	return a.showCredit(ctx, &in.CreditInput)
}
