// Package statement reads what gateways and banks say was settled: Stripe's and
// PayPal's reports, any table by a mapping, a carrier's list of cash that it
// collected, and a bank's camt.053.
//
// The one idea: whatever the format, a statement is rows that say what was
// charged, given back, kept as a fee, taken for a dispute or paid out, each
// with its sender's own id, in whole minor units, seen from the merchant: what
// comes in is positive. A row that cannot be read says its line and what is
// wrong with it.
//
// A file is read as a stream, one row at a time, so its length costs no memory
// but a few bytes a row that tell when an id comes twice. It is believed whole
// or not at all: read it once for nothing, and when that goes well once more.
//
// Reading is pure: no database, no clock, no network. What the rows mean for
// the books is said by package settlement.
//
// Never true: a row without an id; an amount that was rounded; a fee hidden in
// an amount; a file read in part.
package statement

import (
	"bufio"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"korzo/platform/fault"
	"korzo/value/money"
)

// Bounds of one file.
const (
	MaxBytes = 256 << 20
	maxRows  = 1_000_000
	maxText  = 500
	maxLine  = 1 << 20 // bytes of one row
)

// The failures a caller can act on.
var (
	ErrFormat = fault.New(fault.Invalid, "statement.format", "choose one of the formats: stripe, paypal, camt053, remittance, or generic with a mapping")
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

// Each is told what a statement says, in the file's order: Row of a gateway's,
// Entry of a bank's. What is nil is not told. An error of theirs ends the
// reading.
type Each struct {
	Row   func(Row) error
	Entry func(Entry) error
}

// Summary is what a statement comes to.
type Summary struct {
	Format   string
	Count    int64     // rows or entries
	Balances []Balance // what a bank says it stood at
}

// Balance is what an account stood at.
type Balance struct {
	Account        string
	Opening, Close money.Amount
}

// Formats are the formats that Read knows.
var Formats = []string{"stripe", "paypal", "camt053", Remittance, "generic"}

// Remittance is the format of a carrier's list of cash that it collected.
const Remittance = "remittance"

// Read reads a statement of a format to its end; mapping is for "generic" and
// for Remittance.
// Where it fails with ErrFormat or ErrFile, nothing that was told of the file
// before may be believed.
func Read(format string, from io.Reader, m Mapping, each Each) (Summary, error) {
	s := &reading{bounded: bounds{from: from, most: maxLine}, each: each, seen: map[uint64]int32{}, seed: maphash.MakeSeed()}
	s.in = bufio.NewReaderSize(&s.bounded, 64<<10)
	s.Format = format
	var err error
	switch format {
	case "stripe":
		err = s.stripe()
	case "paypal":
		err = s.payPal()
	case "generic":
		err = s.generic(m)
	case Remittance:
		err = s.remittance(m)
	case "camt053":
		s.bounded.most = maxEntry
		err = s.camt()
	default:
		err = ErrFormat
	}
	if s.bounded.tooLong != nil {
		err = s.bounded.tooLong
	}
	if err == nil && s.Count == 0 {
		err = ErrFile.With("the file has no rows; export a time in which something was settled")
	}
	if err != nil {
		return Summary{}, err
	}
	return s.Summary, nil
}

// reading is a statement that is being read.
type reading struct {
	Summary
	bounded bounds
	in      *bufio.Reader
	each    Each
	seen    map[uint64]int32 // the line of each row, by the hash of its key
	seed    maphash.Seed
}

// row holds a row against what Row promises, and tells it.
func (s *reading) row(r Row) error {
	s.bounded.since = 0
	r.Text, r.Reference, r.GatewayID = shorten(r.Text), shorten(r.Reference), shorten(r.GatewayID)
	key := maphash.String(s.seed, string(r.Kind)+"\x00"+r.ID)
	switch {
	case r.ID == "" || len(r.ID) > maxText || len(r.Payout) > maxText:
		return wrong(r.Line, unfit(Unfit{Field: "id", Reason: ReasonEmpty}, "it has no id of the gateway's"))
	case r.Gross.Currency != r.Fee.Currency || r.Gross.Currency != r.Net.Currency:
		return wrong(r.Line, errors.New("its amounts are in several currencies"))
	case r.Gross.Minor-r.Fee.Minor != r.Net.Minor:
		return wrong(r.Line, fmt.Errorf("%v less a fee of %v is not %v", r.Gross, r.Fee, r.Net))
	case s.seen[key] > 0:
		return wrong(r.Line, unfit(Unfit{Field: "id", Value: r.ID, Reason: ReasonTwice}, fmt.Sprintf("its id stands on line %d before", s.seen[key])))
	}
	s.seen[key] = int32(min(r.Line, math.MaxInt32))
	if err := s.count(); err != nil || s.each.Row == nil {
		return err
	}
	return s.each.Row(r)
}

// entry tells a bank's entry.
func (s *reading) entry(e Entry) error {
	if err := s.count(); err != nil || s.each.Entry == nil {
		return err
	}
	e.Line = int(s.Count) // XML has no lines that tell: they are counted
	return s.each.Entry(e)
}

func (s *reading) count() error {
	if s.Count++; s.Count > maxRows {
		return ErrFile.With("the file has more than 1,000,000 rows; export a shorter time")
	}
	return nil
}

// bounds is a file that ends the reading when it is too long, or when one row
// takes more of it than any row does: a quote that is never closed would have
// the rest of the file read into memory.
type bounds struct {
	from        io.Reader
	read, since int64 // bytes, in all and since the last row
	most        int64 // bytes of one row
	tooLong     error
}

func (b *bounds) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	b.read, b.since = b.read+int64(n), b.since+int64(n)
	switch {
	case b.read > MaxBytes:
		b.tooLong = ErrFile.With("the file is larger than 256 MB; export a shorter time")
	case b.since > b.most:
		b.tooLong = ErrFile.With("one row of the file has no end: a quotation mark or an element is not closed; export it again")
	}
	if b.tooLong != nil {
		return 0, b.tooLong
	}
	return n, err
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
