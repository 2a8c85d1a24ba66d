package statement

import (
	"fmt"
	"strings"

	"korzo/value/money"
)

// stripeKinds are Stripe's reporting categories, and the types of its older
// balance export, in our words. Any other is an adjustment.
var stripeKinds = map[string]Kind{
	"charge": Charge, "payment": Charge,
	"refund": Refund, "payment_refund": Refund, "partial_capture_reversal": Refund,
	"refund_failure": RefundBack, "payment_failure_refund": RefundBack,
	"fee": Fee, "stripe_fee": Fee, "network_cost": Fee, "tax": Fee,
	"dispute": Dispute, "dispute_reversal": DisputeBack,
	"payout": Payout, "transfer": Payout, "payout_reversal": PayoutBack, "payout_failure": PayoutBack, "payout_cancel": PayoutBack,
}

// stripe reads an itemised payout reconciliation or balance change report,
// or the balance export of the dashboard. Amounts are in whole units of the
// currency with a decimal point; a fee is positive. Our reference is the
// payment's metadata.
func (s *reading) stripe() error {
	t, err := openTable(s.in)
	if err != nil {
		return err
	}
	if err := t.has("balance_transaction_id|id", "reporting_category|type", "currency", "gross|amount", "fee|fees", "net", "created|created_utc|created (utc)"); err != nil {
		return err
	}
	return s.rows(t, stripeRow)
}

func stripeRow(t *table) (Row, error) {
	c := money.Currency(strings.ToUpper(t.get("currency")))
	r := Row{Line: t.line, ID: t.get("balance_transaction_id|id"), Kind: Adjustment, Payout: t.get("automatic_payout_id|payout_id|transfer"),
		GatewayID: t.get("payment_intent_id|charge_id|source_id|source"), Text: t.get("description"),
		Reference: t.get("payment_metadata[reference]|metadata[reference]|reference (metadata)")}
	category := t.get("reporting_category|type")
	if k, ok := stripeKinds[category]; ok {
		r.Kind = k
	} else {
		r.Text = strings.TrimSpace(category + " " + r.Text)
	}
	if r.Kind == Payout {
		r.Payout = first(r.Payout, t.get("source_id|source"), r.ID)
	}
	var err error
	for _, f := range []struct {
		at   *money.Amount
		name string
	}{{&r.Gross, "gross|amount"}, {&r.Fee, "fee|fees"}, {&r.Net, "net"}} {
		if *f.at, err = decimal(t.get(f.name), c, false); err != nil {
			return r, fmt.Errorf("%s: %w", strings.Split(f.name, "|")[0], err)
		}
	}
	r.Amount = r.Gross
	if facing := t.get("customer_facing_currency"); facing != "" && t.get("customer_facing_amount") != "" {
		if r.Amount, err = decimal(t.get("customer_facing_amount"), money.Currency(strings.ToUpper(facing)), false); err != nil {
			return r, fmt.Errorf("customer_facing_amount: %w", err)
		}
	}
	r.At, err = moment(t.get("created_utc|created|created (utc)"))
	return r, err
}

// first is the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
