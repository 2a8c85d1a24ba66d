package adminapi

import (
	"context"

	"korzo/offer/market"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/purchase/amend"
	"korzo/value/money"
)

// refundLimitBody is up to which sum one person gives back alone.
type refundLimitBody struct {
	Amount amountBody `json:"amount"`
	Preset bool       `json:"preset" doc:"Nobody has set it: about 500 euros"`
}

func (a *API) listRefundLimits(ctx context.Context, _ *struct{}) (*list[refundLimitBody], error) {
	bodies, err := reading(ctx, a, func(tx *db.Tx) (all []refundLimitBody, err error) {
		markets, err := market.All(ctx, tx)
		if err != nil {
			return nil, err
		}
		var used []money.Currency
		for _, m := range markets {
			used = append(used, m.Currency)
		}
		limits, err := amend.Limits(ctx, tx, used...)
		for _, l := range limits {
			all = append(all, refundLimitBody{amountOf(l.Amount), l.Preset})
		}
		return all, err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type refundLimitInput struct {
	Body struct {
		Amount amountBody `json:"amount" doc:"With 0 a second person approves every refund"`
	}
}

func (a *API) saveRefundLimit(ctx context.Context, in *refundLimitInput) (*list[refundLimitBody], error) {
	most := in.Body.Amount.money()
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		before, err := amend.LimitIn(ctx, tx, most.Currency)
		if err != nil {
			return err
		}
		if err := amend.SaveLimit(ctx, tx, most); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "refund.limit", Subject: string(most.Currency),
			Detail: map[string]string{"before": before.Amount.Decimal(), "after": most.Decimal()}})
	})
	if err != nil {
		return nil, err
	}
	return a.listRefundLimits(ctx, nil)
}
