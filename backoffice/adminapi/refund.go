package adminapi

import (
	"context"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/purchase/payment"
)

type refundOrderInput struct {
	ID   order.ID `path:"id"`
	Key  string   `header:"Idempotency-Key" doc:"Required: the same key and amount is the same refund"`
	Body struct {
		Amount amountBody `json:"amount"`
		Reason string     `json:"reason" minLength:"1" maxLength:"500" doc:"Why, for whoever asks later"`
	}
}

type refundOrderOutput struct {
	Body struct {
		GiftCards amountBody  `json:"gift_cards" doc:"Went back to the gift cards that paid"`
		Credit    amountBody  `json:"credit" doc:"Went back to the customer's store credit"`
		Payment   *refundBody `json:"payment,omitempty" doc:"Goes back through the gateway"`
	}
}

// refundOrder gives back a part of an order where it came from: gift cards
// first, then store credit, then the payment.
func (a *API) refundOrder(ctx context.Context, in *refundOrderInput) (*refundOrderOutput, error) {
	actor := string(from(ctx).ID)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Actor: actor, Action: "order.refund", Subject: string(in.ID)})
	})
	if err != nil {
		return nil, err
	}
	key := ""
	if in.Key != "" {
		key = actor + ":" + in.Key
	}
	r, m, err := a.Checkout.Refund(ctx, in.ID, in.Body.Amount.money(), key, payment.By{Actor: actor, Reason: in.Body.Reason})
	if err != nil {
		return nil, err
	}
	out := new(refundOrderOutput)
	out.Body.GiftCards, out.Body.Credit = amountOf(r.Cards), amountOf(r.Credit)
	if m.ID != "" {
		body := refundOf(m)
		out.Body.Payment = &body
	}
	return out, nil
}
