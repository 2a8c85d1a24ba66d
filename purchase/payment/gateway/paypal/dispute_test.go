package paypal_test

import (
	"fmt"
	"testing"
	"time"

	"korzo/value/money"
)

// The resource is the one that PayPal's documentation shows for
// CUSTOMER.DISPUTE.CREATED, with our reference as its custom field.
const disputeNotice = `{"id":"WH-D1","event_type":%q,"resource_type":"dispute","resource":{"dispute_id":"PP-D-12345",
	"disputed_transactions":[{"seller_transaction_id":"3BC38643YC807283D","custom":"att_1"}],"reason":"MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
	"status":%q,"dispute_amount":{"currency_code":"EUR","value":"96.00"},"dispute_life_cycle_stage":%q,
	"dispute_outcome":{"outcome_code":%q},"seller_response_due_date":"2030-01-12T10:00:00.000Z"}}`

func TestADisputeIsReadFromItsNotice(t *testing.T) {
	s := newStandIn(t, specs(t))
	g := open(t, s.base)
	for _, c := range []struct {
		name, event, status, stage, outcome, want string
		taken                                     bool
	}{
		{"opened as a talk", "CUSTOMER.DISPUTE.CREATED", "OPEN", "INQUIRY", "", "open", false},
		{"a chargeback waits for us", "CUSTOMER.DISPUTE.UPDATED", "WAITING_FOR_SELLER_RESPONSE", "CHARGEBACK", "", "open", true},
		{"answered", "CUSTOMER.DISPUTE.UPDATED", "UNDER_REVIEW", "CHARGEBACK", "", "answered", true},
		{"won", "CUSTOMER.DISPUTE.RESOLVED", "RESOLVED", "CHARGEBACK", "RESOLVED_SELLER_FAVOUR", "won", true},
		{"lost", "CUSTOMER.DISPUTE.RESOLVED", "RESOLVED", "CHARGEBACK", "RESOLVED_BUYER_FAVOUR", "lost", true},
		{"a payout is a loss", "CUSTOMER.DISPUTE.RESOLVED", "RESOLVED", "CHARGEBACK", "RESOLVED_WITH_PAYOUT", "lost", true},
		{"a state that nobody knows says nothing", "CUSTOMER.DISPUTE.UPDATED", "OTHER", "CHARGEBACK", "", "", true},
	} {
		body := []byte(fmt.Sprintf(disputeNotice, c.event, c.status, c.stage, c.outcome))
		header := signed(t, s, body, time.Now())
		_, _ = g.VerifyWebhook(header, body) // the certificate is wanted from now on
		if _, err := g.LookupKnown(t.Context(), known("att_2")); err != nil {
			t.Fatal(err)
		}
		n, err := g.VerifyWebhook(header, body)
		if err != nil || n.Disputed == nil {
			t.Fatalf("%s: %+v, %v", c.name, n, err)
		}
		d := *n.Disputed
		if n.Reference != "att_1" || d.ID != "PP-D-12345" || d.State != c.want || d.Taken != c.taken || d.Amount != money.Of(96_00, "EUR") ||
			len(d.GatewayIDs) != 1 || d.GatewayIDs[0] != "3BC38643YC807283D" || d.DueAt.Day() != 12 {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
	body := []byte(`{"id":"WH-D2","event_type":"CUSTOMER.DISPUTE.CREATED","resource":{"dispute_id":"PP-D-1","dispute_amount":{"currency_code":"EUR","value":"-1"}}}`)
	if n, err := g.VerifyWebhook(signed(t, s, body, time.Now()), body); err != nil || n.Disputed != nil {
		t.Errorf("an amount below zero: %+v, %v", n, err)
	}
}
