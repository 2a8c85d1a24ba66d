package storeapi

import (
	"cmp"
	"context"

	"korzo/fulfilment/withdrawal"
	"korzo/offer/market"
	"korzo/platform/db"
)

type returnTermsInput struct {
	Market  string `query:"market" doc:"The channel's own when left out"`
	Country string `query:"country" pattern:"^[A-Z]{2}$" doc:"Where the goods go, ISO 3166; the one that the market assumes when left out"`
}

type returnTermsOutput struct {
	Body struct {
		Market string `json:"market"`
		Days   int64  `json:"days" doc:"After delivery, in which goods may be sent back without a reason: what the shop grants or the law gives there, whichever is more"`
		PaidBy string `json:"paid_by" enum:"buyer,shop" doc:"Who pays the way back"`
		How    string `json:"how" enum:"parcel,label,hand" doc:"With a carrier of the buyer's choice, with a label that the shop sends, or to one of its places"`
	}
}

// returnTerms says on which terms goods may be sent back.
func (a *API) returnTerms(ctx context.Context, in *returnTermsInput) (*returnTermsOutput, error) {
	out := new(returnTermsOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		id, err := from(ctx).market(ctx, tx, in.Market)
		if err != nil {
			return err
		}
		m, err := market.Find(ctx, tx, id)
		b := &out.Body
		b.Market, b.Days = m.ID, withdrawal.Days(m.Returns.Days, cmp.Or(in.Country, m.Country))
		b.PaidBy, b.How = m.Returns.PaidBy, m.Returns.How
		return err
	})
	return out, err
}
