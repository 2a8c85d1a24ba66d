package guard

import (
	"context"

	"korzo/platform/db"
	"korzo/purchase/payment"
	"korzo/purchase/payment/route"
)

// Ask puts what the guard wants of a payment into the decision where it goes. It
// reports whether nothing is to be asked of any gateway: then tell the shopper
// what a decline tells them.
func (g *Guard) Ask(ctx context.Context, tx *db.Tx, kind string, traces Traces, d *route.Decision) (stop bool, err error) {
	v, err := g.Assess(ctx, tx, kind, traces)
	if err != nil || v.Action == Pass {
		return false, err
	}
	if v.Action == Challenge {
		d.Proof = payment.Proof{Challenge: true}
	}
	d.Why = append(d.Why, route.Step{Kind: "guard", Name: string(v.Action), Taken: true, Text: v.Why})
	return v.Action == Stop, nil
}
