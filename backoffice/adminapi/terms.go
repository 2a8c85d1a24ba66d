package adminapi

import (
	"context"
	"strconv"

	"korzo/offer/market"
	"korzo/platform/audit"
	"korzo/platform/db"
)

// returnTermsBody is on which terms goods of a market may be sent back without
// a reason.
type returnTermsBody struct {
	Market string `json:"market" readOnly:"true"`
	Days   int64  `json:"days" minimum:"0" maximum:"365" doc:"After delivery. 0: as many as the law gives, which counts beside any other number too"`
	PaidBy string `json:"paid_by" enum:"buyer,shop" doc:"Who pays the way back"`
	How    string `json:"how" enum:"parcel,label,hand" doc:"With a carrier of the buyer's choice, with a label that the shop sends, or to one of its places"`
}

func (a *API) listReturnTerms(ctx context.Context, _ *struct{}) (*list[returnTermsBody], error) {
	bodies, err := reading(ctx, a, func(tx *db.Tx) (all []returnTermsBody, err error) {
		markets, err := market.All(ctx, tx)
		for _, m := range markets {
			all = append(all, returnTermsBody{m.ID, m.Returns.Days, m.Returns.PaidBy, m.Returns.How})
		}
		return all, err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type returnTermsInput struct {
	Market string `path:"market"`
	Body   returnTermsBody
}

func (a *API) saveReturnTerms(ctx context.Context, in *returnTermsInput) (*list[returnTermsBody], error) {
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		m, err := market.Find(ctx, tx, in.Market)
		if err != nil {
			return err
		}
		m.Returns = market.Returns{Days: in.Body.Days, PaidBy: in.Body.PaidBy, How: in.Body.How}
		if err := market.Save(ctx, tx, m); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "market.returns", Subject: m.ID,
			Detail: map[string]string{"days": strconv.FormatInt(m.Returns.Days, 10), "paid_by": m.Returns.PaidBy, "how": m.Returns.How}})
	})
	if err != nil {
		return nil, err
	}
	return a.listReturnTerms(ctx, nil)
}
