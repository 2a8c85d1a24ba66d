package settlement

import (
	"context"
	"fmt"

	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/ledger"
	"korzo/purchase/dispute"
	"korzo/purchase/payment"
	"korzo/purchase/settlement/statement"
	"korzo/value/money"
)

// postingKey names a row's posting.
func postingKey(source string, r statement.Row) string {
	return "settlement:" + source + ":" + string(r.Kind) + ":" + r.ID
}

// posting is a row as the ledger keeps it. Charges and refunds of our own were
// posted by the payment, or by the dispute; here they only change currency, if
// they do.
func posting(source string, r statement.Row, ours bool) ledger.Transaction {
	t := ledger.Transaction{Kind: "settlement." + string(r.Kind), Ref: r.ID, Key: postingKey(source, r)}
	move := func(to string, a money.Amount) {
		t.Entries = append(t.Entries, ledger.Entry{Account: "clearing:" + source, Amount: a}, ledger.Entry{Account: to + ":" + source, Amount: a.Neg()})
	}
	switch r.Kind {
	case statement.Charge, statement.Refund, statement.RefundBack, statement.Dispute, statement.DisputeBack:
		switch {
		case !ours:
			move("suspense", r.Gross)
		case r.Amount.Currency != r.Gross.Currency:
			move("exchange", r.Amount.Neg())
			move("exchange", r.Gross)
		}
	case statement.Payout, statement.PayoutBack:
		move("transit", r.Gross)
	case statement.Fee:
		move("fees", r.Gross)
	default:
		move("adjustments", r.Gross)
	}
	if !ours && r.Fee.Minor != 0 { // of ours the payment learned it
		move("fees", r.Fee.Neg())
	}
	return t
}

func post(ctx context.Context, tx *db.Tx, source string, r statement.Row, a payment.Attempt) error {
	if a.ID != "" && (r.Kind == statement.Dispute || r.Kind == statement.DisputeBack) {
		if err := disputed(ctx, tx, source, r, a); err != nil {
			return err
		}
	}
	return ledger.Post(ctx, tx, posting(source, r, a.ID != ""))
}

// disputed hands a row to the dispute it is of, which books it once, whoever
// told first.
func disputed(ctx context.Context, tx *db.Tx, source string, r statement.Row, a payment.Attempt) error {
	n := payment.Disputed{ID: r.ID, Reference: string(a.ID), Reason: r.Text, Amount: r.Amount, Taken: true, FromStatement: true}
	if n.Amount.Minor < 0 {
		n.Amount = n.Amount.Neg()
	}
	if r.Kind == statement.DisputeBack {
		n.State = string(dispute.StateWon)
	}
	return dispute.Hear(ctx, tx, source, n)
}

// changed compares a row with what it said when it was first read. A gateway
// that corrects itself does so by another row; one that says another thing
// under the same id is for a person.
func (s *Settlements) changed(ctx context.Context, tx *db.Tx, f File, r statement.Row) error {
	was, err := selectRow(ctx, tx, f.Source, r)
	if err != nil || was.Gross == r.Gross && was.Fee == r.Fee && was.Amount == r.Amount {
		return err
	}
	return exception.Raise(ctx, tx, exception.Problem{Kind: Changed.trouble(), Ref: rowRef(f.Source, r),
		Text: fmt.Sprintf("%s said %v with a fee of %v for its %s %s, and now says %v with a fee of %v: ask the gateway which is true; the first stands in the books",
			f.Source, was.Gross, was.Fee, r.Kind, r.ID, r.Gross, r.Fee)})
}

// rowRef names a row to an exception.
func rowRef(source string, r statement.Row) string {
	return source + ":" + string(r.Kind) + ":" + r.ID
}
