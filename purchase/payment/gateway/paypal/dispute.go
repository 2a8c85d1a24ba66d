package paypal

import (
	"encoding/json"
	"strings"
	"time"

	"korzo/purchase/payment"
	"korzo/value/money"
)

// caseOf is a dispute as PayPal's Customer Disputes API writes it.
type caseOf struct {
	ID           string `json:"dispute_id"`
	Reason       string `json:"reason"`
	Status       string `json:"status"`
	Stage        string `json:"dispute_life_cycle_stage"`
	Due          string `json:"seller_response_due_date"`
	Amount       amount `json:"dispute_amount"`
	Transactions []struct {
		Seller string `json:"seller_transaction_id"`
		Custom string `json:"custom"`
	} `json:"disputed_transactions"`
	Outcome struct {
		Code string `json:"outcome_code"`
	} `json:"dispute_outcome"`
}

// wins are the outcomes that leave the money with the seller.
var wins = map[string]bool{"RESOLVED_SELLER_FAVOUR": true, "CANCELED_BY_BUYER": true, "DENIED": true}

// state is PayPal's in our words.
func (d caseOf) state() string {
	switch d.Status {
	case "OPEN", "WAITING_FOR_SELLER_RESPONSE":
		return "open"
	case "WAITING_FOR_BUYER_RESPONSE", "UNDER_REVIEW":
		return "answered"
	case "RESOLVED":
		if wins[d.Outcome.Code] {
			return "won"
		}
		return "lost"
	}
	return ""
}

// disputed reads the dispute that a notice is of; nil when it cannot be read. An
// inquiry is a talk between buyer and seller: no money has moved yet.
func disputed(body []byte) *payment.Disputed {
	var e struct {
		Resource caseOf `json:"resource"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return nil
	}
	d := e.Resource
	sum, err := money.Parse(d.Amount.Value, money.Currency(d.Amount.Currency))
	if err != nil || d.ID == "" || sum.Minor <= 0 {
		return nil
	}
	out := &payment.Disputed{ID: d.ID, State: d.state(), Reason: strings.ToLower(d.Reason), Amount: sum, Taken: d.Stage != "" && d.Stage != "INQUIRY"}
	for _, t := range d.Transactions {
		if out.Reference == "" {
			out.Reference = t.Custom
		}
		if t.Seller != "" {
			out.GatewayIDs = append(out.GatewayIDs, t.Seller)
		}
	}
	if due, err := time.Parse(time.RFC3339, d.Due); err == nil {
		out.DueAt = due.UTC()
	}
	return out
}
