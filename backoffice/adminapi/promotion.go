package adminapi

import (
	"context"
	"time"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/promotion"
)

var errBenefit = fault.New(fault.Invalid, "adminapi.benefit", "give either percent or amount")

type promotionBody struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Code       string      `json:"code,omitempty"`
	Percent    *percent    `json:"percent,omitempty"`
	Amount     *amountBody `json:"amount,omitempty"`
	Market     string      `json:"market,omitempty"`
	UsageLimit int64       `json:"usage_limit,omitempty" doc:"0: without limit"`
	Used       int64       `json:"used"`
	Status     string      `json:"status"`
	Starts     string      `json:"starts_at,omitempty" format:"date-time"`
	Ends       string      `json:"ends_at,omitempty" format:"date-time"`
}

func promotionOf(p promotion.Promotion) promotionBody {
	b := promotionBody{ID: string(p.ID), Name: p.Name, Code: p.Code, Market: p.Market, UsageLimit: p.UsageLimit, Used: p.Used,
		Status: string(p.State), Starts: rfc3339(p.Starts), Ends: rfc3339(p.Ends)}
	if p.Kind == promotion.Percent {
		n := percent(p.PPM)
		b.Percent = &n
	} else {
		a := amountOf(p.Amount)
		b.Amount = &a
	}
	return b
}

type createPromotionInput struct {
	Body struct {
		Name       string      `json:"name" maxLength:"200"`
		Code       string      `json:"code,omitempty" maxLength:"100" doc:"Left out: it applies by itself"`
		Percent    *percent    `json:"percent,omitempty"`
		Amount     *amountBody `json:"amount,omitempty"`
		Market     string      `json:"market,omitempty"`
		UsageLimit int64       `json:"usage_limit,omitempty" minimum:"0"`
		Starts     time.Time   `json:"starts_at,omitempty"`
		Ends       time.Time   `json:"ends_at,omitempty"`
	}
}

type promotionOutput struct {
	Body promotionBody
}

func (a *API) createPromotion(ctx context.Context, in *createPromotionInput) (*promotionOutput, error) {
	b := in.Body
	if (b.Percent == nil) == (b.Amount == nil) {
		return nil, errBenefit
	}
	draft := promotion.Draft{Name: b.Name, Code: b.Code, Market: b.Market, UsageLimit: b.UsageLimit, Starts: b.Starts, Ends: b.Ends,
		Kind: promotion.Percent, State: promotion.StateActive}
	if b.Amount != nil {
		draft.Kind, draft.Amount = promotion.Fixed, b.Amount.money()
	} else {
		draft.PPM = int64(*b.Percent)
	}
	out := new(promotionOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := promotion.Create(ctx, tx, draft)
		if err != nil {
			return err
		}
		out.Body = promotionOf(p)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "promotion.create", Subject: string(p.ID)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) listPromotions(ctx context.Context, in *PageInput) (*list[promotionBody], error) {
	var bodies []promotionBody
	var next promotion.ID
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		page, after, err := promotion.List(ctx, tx, promotion.Filter{After: promotion.ID(in.After), Limit: in.Limit})
		for _, p := range page {
			bodies = append(bodies, promotionOf(p))
		}
		next = after
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, string(next)), nil
}
