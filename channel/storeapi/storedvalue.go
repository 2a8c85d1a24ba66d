package storeapi

import (
	"context"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/platform/db"
	"korzo/purchase/giftcard"
)

type balanceInput struct {
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"100"`
	}
}

type balanceOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Last4     string     `json:"last4"`
		Balance   amountBody `json:"balance"`
		Usable    bool       `json:"usable" doc:"False once it is blocked or has expired"`
		ExpiresAt string     `json:"expires_at,omitempty"`
	}
}

// checkBalance tells what is on a gift card to whoever knows its code. Looks
// are counted by address, hits like misses.
func (a *API) checkBalance(ctx context.Context, in *balanceInput) (*balanceOutput, error) {
	c, err := giftcard.Look(ctx, a.DB, a.Keeper, in.Body.Code, from(ctx).ip)
	if err != nil {
		return nil, err
	}
	out := &balanceOutput{CacheControl: "private, no-store"}
	out.Body.Last4, out.Body.Balance, out.Body.Usable = c.Last4, amountOf(c.Balance), c.Usable(a.DB.Now())
	if !c.Expires.IsZero() {
		out.Body.ExpiresAt = rfc3339(c.Expires)
	}
	return out, nil
}

type walletOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Data []walletBody `json:"data"`
	}
}

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
	Order  string     `json:"order,omitempty"`
	At     string     `json:"at" format:"date-time"`
}

// myCredit is the signed-in customer's store credit. What staff wrote about it
// stays theirs.
func (a *API) myCredit(ctx context.Context, _ *struct{}) (*walletOutput, error) {
	who := profile.CustomerID(from(ctx).Customer)
	if who == "" {
		return nil, errNotSignedIn
	}
	out := &walletOutput{CacheControl: "private, no-store"}
	out.Body.Data = []walletBody{}
	return out, a.DB.Read(ctx, func(tx *db.Tx) error {
		balances, err := wallet.Balances(ctx, tx, who)
		for _, b := range balances {
			w := walletBody{Available: amountOf(b.Available), Held: amountOf(b.Held), History: []changeBody{}}
			if !b.Next.IsZero() {
				w.NextExpiry = rfc3339(b.Next)
			}
			lines, err := wallet.History(ctx, tx, who, b.Available.Currency, 0, 50)
			if err != nil {
				return err
			}
			for _, l := range lines {
				w.History = append(w.History, changeBody{l.Kind, amountOf(l.Amount), l.Ref, rfc3339(l.At)})
			}
			out.Body.Data = append(out.Body.Data, w)
		}
		return err
	})
}

type myPointsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Available  int64            `json:"available"`
		Held       int64            `json:"held" doc:"Promised to payments under way"`
		NextExpiry string           `json:"next_expiry,omitempty" doc:"When some of them expire"`
		History    []pointsLineBody `json:"history" doc:"The newest 50 lines"`
	}
}

type pointsLineBody struct {
	Kind   string `json:"kind" doc:"granted, spent, held, refunded, expired, revoked, moved"`
	Points int64  `json:"points"`
	Order  string `json:"order,omitempty"`
	At     string `json:"at" format:"date-time"`
}

// myPoints are the signed-in customer's points. What staff wrote about them
// stays theirs.
func (a *API) myPoints(ctx context.Context, _ *struct{}) (*myPointsOutput, error) {
	who := profile.CustomerID(from(ctx).Customer)
	if who == "" {
		return nil, errNotSignedIn
	}
	out := &myPointsOutput{CacheControl: "private, no-store"}
	out.Body.History = []pointsLineBody{}
	return out, a.DB.Read(ctx, func(tx *db.Tx) error {
		b, err := wallet.PointsOf(ctx, tx, who)
		if err != nil {
			return err
		}
		out.Body.Available, out.Body.Held = b.Available.Minor, b.Held.Minor
		if !b.Next.IsZero() {
			out.Body.NextExpiry = rfc3339(b.Next)
		}
		lines, err := wallet.History(ctx, tx, who, wallet.Points, 0, 50)
		for _, l := range lines {
			out.Body.History = append(out.Body.History, pointsLineBody{l.Kind, l.Amount.Minor, l.Ref, rfc3339(l.At)})
		}
		return err
	})
}
