package storeapi

import "context"

// planBody is a way to pay what is due in parts, as the card's bank offers it.
type planBody struct {
	Count  int64      `json:"instalments" doc:"Months; 1 is at once"`
	Each   amountBody `json:"each" doc:"Every month but the last"`
	Last   amountBody `json:"last"`
	Total  amountBody `json:"total" doc:"What the bank takes in all, its charge included; show it before the order"`
	Charge amountBody `json:"charge" doc:"How much of the total is the bank's"`
	Chosen bool       `json:"chosen"`
}

type plansOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Data []planBody `json:"data"`
	}
}

// plans tells how a checkout's card may pay in instalments, by its BIN.
func (a *API) plans(ctx context.Context, in *CheckoutInput) (*plansOutput, error) {
	v, err := a.Checkout.Find(ctx, in.ID, from(ctx).Caller)
	if err != nil {
		return nil, err
	}
	plans, chosen, err := a.Checkout.Plans(ctx, v)
	if err != nil {
		return nil, err
	}
	out := &plansOutput{CacheControl: "private, no-store"}
	out.Body.Data = make([]planBody, len(plans))
	for i, p := range plans {
		out.Body.Data[i] = planBody{p.Count, amountOf(p.Each), amountOf(p.Last), amountOf(p.Total), amountOf(p.Total.Minus(v.Due)), p.Count == chosen}
	}
	return out, nil
}
