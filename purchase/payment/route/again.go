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
	if c := failed.Card; c.Country != "" || c.Brand != "" {
		f.CardCountry, f.CardBrand = c.Country, c.Brand // what the gateway told since
	}
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
	if next.Proof, err = carried(p, failed, next); err != nil {
		return false, err
	}
	_, err = p.Again(ctx, tx, failed, payment.Anew{Gateway: next.Gateway, Proof: next.Proof})
	return err == nil, err
}

// carried is the proof that the next gateway is given: what the shopper has
// proven already, where it takes that. Who was asked, and whose proof it does
// not take, is asked there too; proof that a bank did not believe is not shown
// again.
func carried(p *payment.Payments, failed payment.Attempt, next Next) (payment.Proof, error) {
	g, err := p.Gateway(next.Gateway)
	before, none := failed.Proof, payment.Authentication{}
	switch {
	case err != nil:
		return payment.Proof{}, err
	case failed.DeclineCode == payment.DeclineStepUp:
	case before.Given != none && g.Traits().Proofs:
		next.Proof.Given = before.Given
	case before.Given != none, before.Challenge:
		return payment.Proof{Challenge: true}, nil
	}
	return next.Proof, nil
}
