package route

import (
	"context"

	"korzo/platform/db"
	"korzo/purchase/payment"
)

// Again goes on after a known failure as the table of retries says, and reports
// whether it did: another attempt is on disk then, and its gateway is asked once
// that is committed. The shopper is asked nothing. A payment that was not routed
// is not tried again.
func (r *Router) Again(ctx context.Context, tx *db.Tx, p *payment.Payments, failed payment.Attempt) (bool, error) {
	decisions, err := Decisions(ctx, tx, string(failed.Payment))
	if err != nil || len(decisions) == 0 {
		return false, err
	}
	_, attempts, err := payment.Find(ctx, tx, failed.Payment)
	if err != nil {
		return false, err
	}
	tries := make([]Try, len(attempts))
	for i, a := range attempts {
		tries[i] = Try{Gateway: a.Gateway, State: a.State, Code: a.DeclineCode}
	}
	f := decisions[0].Facts
	next, err := r.After(ctx, tx, f, tries)
	if err != nil {
		return false, err
	}
	if err := RecordNext(ctx, tx, f, next); err != nil {
		return false, err
	}
	if next.Gateway == "" {
		return false, nil
	}
	if next.Proof.Given = failed.Proof.Given; failed.Proof.Challenge && next.Proof.Given == "" {
		next.Proof = payment.Proof{Challenge: true} // who was asked for proof is asked at the next gateway too
	}
	_, err = p.Again(ctx, tx, failed, payment.Anew{Gateway: next.Gateway, Proof: next.Proof})
	return err == nil, err
}
