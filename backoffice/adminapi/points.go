package adminapi

import (
	"context"
	"fmt"
	"strconv"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/value/money"
)

// pointsOutput is a customer's account of points.
type pointsOutput struct {
	Body struct {
		Available  int64            `json:"available"`
		Held       int64            `json:"held" doc:"Promised to payments under way"`
		NextExpiry string           `json:"next_expiry,omitempty" doc:"When some of them expire"`
		History    []pointsLineBody `json:"history" doc:"The newest 50 lines"`
	}
}

type pointsLineBody struct {
	Kind   string `json:"kind" doc:"granted, spent, held, refunded, expired, revoked, moved"`
	Points int64  `json:"points"`
	Ref    string `json:"ref,omitempty" doc:"An order's id for what was spent or refunded"`
	Actor  string `json:"actor,omitempty"`
	Reason string `json:"reason,omitempty"`
	At     string `json:"at" format:"date-time"`
}

func (a *API) showPoints(ctx context.Context, in *CreditInput) (*pointsOutput, error) {
	return reading(ctx, a, func(tx *db.Tx) (*pointsOutput, error) {
		if _, err := profile.Find(ctx, tx, a.Keeper, in.ID); err != nil {
			return nil, err
		}
		b, err := wallet.PointsOf(ctx, tx, in.ID)
		if err != nil {
			return nil, err
		}
		out := new(pointsOutput)
		out.Body.Available, out.Body.Held, out.Body.NextExpiry, out.Body.History = b.Available.Minor, b.Held.Minor, rfc3339(b.Next), []pointsLineBody{}
		lines, err := wallet.History(ctx, tx, in.ID, wallet.Points, 0, 50)
		for _, l := range lines {
			out.Body.History = append(out.Body.History, pointsLineBody{l.Kind, l.Amount.Minor, l.Ref, l.Actor, l.Reason, rfc3339(l.At)})
		}
		return out, err
	})
}

type pointsInput struct {
	CreditInput
	Key  string `header:"Idempotency-Key" doc:"Required: one key gives or takes once"`
	Body struct {
		Points int64  `json:"points" minimum:"-1000000000000" maximum:"1000000000000" doc:"Given; a negative number is taken"`
		Reason string `json:"reason" minLength:"1" maxLength:"300"`
	}
}

// adjustPoints gives a customer points, or takes some.
func (a *API) adjustPoints(ctx context.Context, in *pointsInput) (*pointsOutput, error) {
	actor := string(from(ctx).ID)
	key, err := keyOf(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := profile.Find(ctx, tx, a.Keeper, in.ID); err != nil {
			return err
		}
		if err := wallet.AdjustPoints(ctx, tx, in.ID, in.Body.Points, wallet.By{Actor: actor, Reason: in.Body.Reason}, key); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: actor, Action: "points.adjust", Subject: string(in.ID),
			Detail: map[string]string{"points": strconv.FormatInt(in.Body.Points, 10)}})
	})
	if err != nil {
		return nil, err
	}
	return a.showPoints(ctx, &in.CreditInput)
}

// worthBody is what points are worth in a currency.
type worthBody struct {
	Points int64      `json:"points" minimum:"1" maximum:"1000000" doc:"So many points …"`
	Amount amountBody `json:"amount" doc:"… are worth so much. What they pay is rounded down to the smallest amount that is charged in the currency"`
	Least  int64      `json:"least,omitempty" minimum:"0" doc:"Fewer points pay nothing of an order"`
	Share  int64      `json:"share" minimum:"1" maximum:"100" doc:"The largest part of an order that points pay, in percent; gift cards that are bought are no part of it"`
}

func (a *API) listWorths(ctx context.Context, _ *struct{}) (*list[worthBody], error) {
	bodies, err := reading(ctx, a, func(tx *db.Tx) (all []worthBody, err error) {
		worths, err := wallet.Worths(ctx, tx)
		for _, w := range worths {
			all = append(all, worthBody{w.Points, amountOf(w.Amount), w.Least, w.Share})
		}
		return all, err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type worthInput struct{ Body worthBody }

func (a *API) saveWorth(ctx context.Context, in *worthInput) (*list[worthBody], error) {
	w := wallet.Worth{Amount: in.Body.Amount.money(), Points: in.Body.Points, Least: in.Body.Least, Share: in.Body.Share}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := wallet.SaveWorth(ctx, tx, w); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "points.worth", Subject: string(w.Amount.Currency),
			Detail: map[string]string{"after": fmt.Sprintf("%d = %s, least %d, share %d %%", w.Points, w.Amount.Decimal(), w.Least, w.Share)}})
	})
	if err != nil {
		return nil, err
	}
	return a.listWorths(ctx, nil)
}

// WorthInput names a currency in the path.
type WorthInput struct {
	Currency money.Currency `path:"currency"`
}

func (a *API) dropWorth(ctx context.Context, in *WorthInput) (*struct{}, error) {
	return nil, a.audited(ctx, "points.worth", func(tx *db.Tx) (string, error) {
		return string(in.Currency), wallet.DropWorth(ctx, tx, in.Currency)
	})
}
