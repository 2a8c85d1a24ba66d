// Package statement reads what gateways and banks say was settled: Stripe's and
// PayPal's reports, any table by a mapping, and a bank's camt.053.
//
// The one idea: whatever the format, a statement is rows that say what was
// charged, given back, kept as a fee, taken for a dispute or paid out, each
// with its sender's own id, in whole minor units, seen from the merchant: what
// comes in is positive. A file is believed whole or not at all; a row that
// cannot be read says its line and what is wrong with it.
//
// Reading is pure: no database, no clock, no network. What the rows mean for
// the books is said by package settlement.
//
// Never true: a row without an id; an amount that was rounded; a fee hidden in
// an amount; a file read in part.
package statement

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"korzo/platform/fault"
	"korzo/value/money"
)

// Bounds of one file.
const (
	MaxBytes = 64 << 20
	maxRows  = 500_000
	maxText  = 500
)

// The failures a caller can act on.
var (
	ErrFormat = fault.New(fault.Invalid, "statement.format", "choose one of the formats: stripe, paypal, camt053, or generic with a mapping")
	ErrFile   = fault.New(fault.Invalid, "statement.file", "the file is not of this format; export it again, or choose the format it has")
)

// Kind is what a row tells.
type Kind string

// The kinds of rows.
const (
	Charge      Kind = "charge"           // taken from a customer
	Refund      Kind = "refund"           // given back to a customer
	RefundBack  Kind = "refund_failed"    // a refund that came back
	Fee         Kind = "fee"              // kept by the gateway, of no one payment or of one
	Dispute     Kind = "dispute"          // taken back by the customer's bank
	DisputeBack Kind = "dispute_reversal" // returned after a dispute was won
	Payout      Kind = "payout"           // sent to the merchant's bank: negative
	PayoutBack  Kind = "payout_failed"    // and come back: positive
	Adjustment  Kind = "adjustment"       // anything else that moved the balance
)

// Row is one line of a gateway's report. Gross − Fee = Net, all in one
// currency, the one settled in. Amount is what the customer saw: the same
// unless it was exchanged.
type Row struct {
	Line      int    // of the file, the header being 1
	ID        string // the gateway's own for this row: never empty
	Kind      Kind
	Reference string // ours, where the report has it
	GatewayID string // the gateway's own name of the payment
	Amount    money.Amount
	Gross     money.Amount
	Fee       money.Amount // positive: kept
	Net       money.Amount
	Payout    string // the transfer it is part of; of a Payout row its own
	At        time.Time
	Text      string
}

// Entry is one line of a bank's statement: positive came in. Who paid is not
// kept.
type Entry struct {
	Line      int
	ID        string // the bank's, unique on the account
	Account   string // ours: an IBAN
	Amount    money.Amount
	Reference string // end-to-end, as the payer wrote it
	Text      string // what the payer wrote
	At        time.Time
}

// File is a statement as it was read. It has Rows of a gateway or Entries of a
// bank, never both.
type File struct {
	Format   string
	Rows     []Row
	Entries  []Entry
	Balances []Balance // what a bank says it stood at
}

// Balance is what an account stood at.
type Balance struct {
	Account        string
	Opening, Close money.Amount
}

// Formats are the formats that Read knows.
var Formats = []string{"stripe", "paypal", "camt053", "generic"}

// Read reads a statement of a format; mapping is for "generic" only. It fails
// with ErrFormat or ErrFile and then tells nothing of the file.
func Read(format string, r io.Reader, m Mapping) (File, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return File{}, fmt.Errorf("read the statement: %w", err)
	}
	if len(text) > MaxBytes {
		return File{}, ErrFile.With("the file is larger than 64 MB; export a shorter time")
	}
	f := File{Format: format}
	switch format {
	case "stripe":
		f.Rows, err = readStripe(text)
	case "paypal":
		f.Rows, err = readPayPal(text)
	case "generic":
		f.Rows, err = readGeneric(text, m)
	case "camt053":
		f.Entries, f.Balances, err = readCamt(text)
	default:
		err = ErrFormat
	}
	if err == nil {
		err = check(f)
	}
	if err != nil {
		return File{}, err
	}
	return f, nil
}

// check holds every row against what Row promises.
func check(f File) error {
	if len(f.Rows) == 0 && len(f.Entries) == 0 {
		return ErrFile.With("the file has no rows; export a time in which something was settled")
	}
	seen := make(map[string]int, len(f.Rows))
	for i := range f.Rows {
		r := &f.Rows[i]
		r.Text, r.Reference, r.GatewayID = shorten(r.Text), shorten(r.Reference), shorten(r.GatewayID)
		switch {
		case r.ID == "" || len(r.ID) > maxText || len(r.Payout) > maxText:
			return wrong(r.Line, "it has no id of the gateway's")
		case r.Gross.Currency != r.Fee.Currency || r.Gross.Currency != r.Net.Currency:
			return wrong(r.Line, "its amounts are in several currencies")
		case r.Gross.Minor-r.Fee.Minor != r.Net.Minor:
			return wrong(r.Line, fmt.Sprintf("%v less a fee of %v is not %v", r.Gross, r.Fee, r.Net))
		case seen[key(*r)] > 0:
			return wrong(r.Line, fmt.Sprintf("its id stands on line %d before", seen[key(*r)]))
		}
		seen[key(*r)] = r.Line
	}
	return nil
}

// key is what tells a row from every other of its gateway.
func key(r Row) string { return string(r.Kind) + "\x00" + r.ID }

// wrong is a row that cannot be believed.
func wrong(line int, why string) error {
	return ErrFile.With(fmt.Sprintf("line %d cannot be read: %s; nothing of the file was taken", line, why))
}

// Sum is what the rows add up to, by currency, in the order of the currencies.
func Sum(rows []Row) []money.Amount {
	sums := map[money.Currency]int64{}
	for _, r := range rows {
		sums[r.Net.Currency] += r.Net.Minor
	}
	var all []money.Amount
	for c, n := range sums {
		all = append(all, money.Of(n, c))
	}
	slices.SortFunc(all, func(a, b money.Amount) int { return strings.Compare(string(a.Currency), string(b.Currency)) })
	return all
}

func shorten(text string) string {
	text = strings.ToValidUTF8(strings.TrimSpace(text), "")
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	return text
}
