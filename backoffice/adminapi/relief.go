package adminapi

import (
	"context"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/purchase/tax"
	"korzo/purchase/tax/vatid"
)

// reliefBody is why an order bore no tax, and what it rests on.
type reliefBody struct {
	Reason  string        `json:"reason" doc:"reverse_charge, exempt or seller_exempt"`
	Text    string        `json:"text" doc:"What its invoice bears"`
	Company string        `json:"company,omitempty"`
	VATID   string        `json:"vat_id,omitempty" doc:"As the buyer typed it"`
	Check   *vatCheckBody `json:"vat_id_check,omitempty" doc:"What the tax office said of it; none when it was not asked"`
}

type vatCheckBody struct {
	State      string `json:"state" enum:"pending,valid,invalid"`
	Reference  string `json:"reference,omitempty" doc:"The office's own, as proof"`
	AskedAt    string `json:"asked_at" format:"date-time"`
	AnsweredAt string `json:"answered_at,omitempty" format:"date-time"`
}

func reliefOf(ctx context.Context, t *db.Tx, o order.Order, who profile.Contact) (*reliefBody, error) {
	if o.TaxReason == "" {
		return nil, nil
	}
	b := &reliefBody{Reason: o.TaxReason, Text: tax.Text(o.TaxReason), Company: who.Company, VATID: who.VATID}
	if o.TaxReason != tax.ReasonReverse {
		return b, nil
	}
	k, found, err := vatid.ForOrder(ctx, t, string(o.ID))
	if err != nil || !found {
		return b, err
	}
	b.Check = &vatCheckBody{State: string(k.State), Reference: k.Reference, AskedAt: rfc3339(k.AskedAt)}
	if !k.AnsweredAt.IsZero() {
		b.Check.AnsweredAt = rfc3339(k.AnsweredAt)
	}
	return b, nil
}
