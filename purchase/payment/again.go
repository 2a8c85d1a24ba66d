package payment

import (
	"context"
	"fmt"
	"strings"

	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/value/money"
)

// Proof is what is asked of a shopper's bank about who pays (3-D Secure), and
// what it said. The zero Proof leaves that to the gateway.
type Proof struct {
	// Challenge asks that the shopper proves who they are, whatever the risk.
	Challenge bool `json:"challenge,omitempty"`

	// Exemption asks the bank to let the payment pass without proof, and says
	// why: one of the Exempt constants. The bank may refuse with DeclineStepUp.
	Exemption string `json:"exemption,omitempty"`

	// Given is proof the shopper has given before, at another gateway: one whose
	// Traits have Proofs need not ask again.
	Given Authentication `json:"given,omitzero"`
}

// Authentication is what 3-D Secure said of a shopper who proved who they are,
// in the words of EMVCo's protocol: what a bank needs to believe it that did
// not ask itself. The zero Authentication is none.
type Authentication struct {
	Version     string `json:"version"`     // of the protocol: "2.2.0"
	Status      string `json:"status"`      // transStatus: "Y" proven, "A" tried
	ECI         string `json:"eci"`         // electronic commerce indicator: "05", "02"
	Cryptogram  string `json:"cryptogram"`  // the authentication value (CAVV), in base64
	Transaction string `json:"transaction"` // the directory server's name of it: a UUID
}

// Why a payment may pass without proof (PSD2, RTS articles 10 to 18).
const (
	ExemptLow     = "low_value" // up to 30 EUR, and few in a row
	ExemptRisk    = "low_risk"  // the acquirer's fraud rate allows it
	ExemptTrusted = "trusted"   // the shopper put the shop on their bank's list
	ExemptCompany = "corporate" // a company's own secure payment process
	ExemptAgreed  = "merchant"  // started by the shop, as the shopper agreed before
)

// Exemptions are what the shopper's bank may be asked for while they are there.
var Exemptions = []string{ExemptLow, ExemptRisk, ExemptTrusted, ExemptCompany}

// Anew is how a payment is tried again.
type Anew struct {
	Gateway    string
	Proof      Proof
	Instrument string // "" for the one before
}

// Again writes another attempt at the payment of a, which is known to have
// failed, in the transaction that learned so; its gateway is asked once that is
// on disk. It fails with ErrState while money may be under way, and must be
// called by what Payments runs: by a Forward.
func (p *Payments) Again(ctx context.Context, tx *db.Tx, a Attempt, n Anew) (Attempt, error) {
	if !a.State.Failed() {
		return Attempt{}, fmt.Errorf("try %s again: %w", a.Payment, ErrState)
	}
	if _, err := p.Gateway(n.Gateway); err != nil {
		return Attempt{}, err
	}
	zero := money.Of(0, a.Amount.Currency)
	again := Attempt{
		ID: id.New[AttemptID]("att", tx.Now), Payment: a.Payment, Gateway: n.Gateway, Method: a.Method, Kind: a.Kind, Instrument: a.Instrument,
		Capture: a.Capture, Proof: n.Proof, Keep: a.Keep, Traces: a.Traces, Amount: a.Amount, Captured: zero, Refunded: zero, State: StateWritten, CreatedAt: tx.Now,
	}
	again.Card = a.Card
	if n.Instrument != "" {
		again.Instrument = n.Instrument
		again.Card, _ = p.Read(n.Instrument)
	}
	again.ReturnURL = strings.ReplaceAll(a.ReturnURL, string(a.ID), string(again.ID))
	if err := insertAttempt(ctx, tx, again, tx.Now.Add(graceWritten)); err != nil {
		return Attempt{}, fmt.Errorf("try %s again: %w", a.Payment, err)
	}
	background := context.WithoutCancel(ctx)
	tx.After(func() {
		p.running.Go(func() {
			if _, err := p.Pay(background, again); err != nil {
				p.log.ErrorContext(background, "attempt not settled; it will be resumed", "attempt", again.ID, "error", err)
			}
		})
	})
	return again, nil
}
