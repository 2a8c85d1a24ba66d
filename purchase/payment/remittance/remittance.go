// Package remittance reads what a carrier pays out for parcels that were paid
// at the door, and says what of it is whose money.
//
// A carrier collects cash, keeps it for days, and remits a sum with a list. The
// one idea: only a line that names an attempt of ours, in its currency, of at
// most what is still owed, is money that may be booked, under a key made of the
// remittance and the reference, so that a list read twice is booked once.
// Everything else is a finding for a person.
//
// Never true: a line that is neither booked nor a finding; a payment booked for
// more than is owed; a parcel that was collected and not remitted passed over.
package remittance

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/value/money"
)

// Bounds of one list.
const (
	maxLines = 100_000
	maxBytes = 16 << 20
)

// ErrList reports a list that cannot be read. Nothing of it is believed.
var ErrList = fault.New(fault.Invalid, "remittance.list", "the list needs the columns reference, currency and amount, amounts as 12.90, and at most 100,000 lines")

// Line is one parcel of a list.
type Line struct {
	Number    int // of the line in the list, the header being 1
	Reference string
	Amount    money.Amount
}

// Read reads a list as comma or semicolon separated values with a header.
// Columns it does not know are left alone.
func Read(r io.Reader) ([]Line, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil || len(text) > maxBytes {
		return nil, ErrList
	}
	body := strings.TrimPrefix(string(text), "\ufeff")
	rows := csv.NewReader(strings.NewReader(body))
	if header, _, _ := strings.Cut(body, "\n"); strings.Count(header, ";") > strings.Count(header, ",") {
		rows.Comma = ';'
	}
	rows.TrimLeadingSpace = true
	header, err := rows.Read()
	if err != nil {
		return nil, ErrList
	}
	at := map[string]int{}
	for i, name := range header {
		at[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range []string{"reference", "currency", "amount"} {
		if _, ok := at[name]; !ok {
			return nil, ErrList.With("the list has no column " + name + "; name its columns reference, currency and amount")
		}
	}
	return lines(rows, at)
}

func lines(rows *csv.Reader, at map[string]int) ([]Line, error) {
	var all []Line
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil || len(all) == maxLines {
			return nil, ErrList
		}
		n, _ := rows.FieldPos(0)
		c := money.Currency(strings.ToUpper(strings.TrimSpace(row[at["currency"]])))
		a, err := money.Parse(strings.TrimSpace(row[at["amount"]]), c)
		reference := strings.TrimSpace(row[at["reference"]])
		if err != nil || a.Minor <= 0 || a.Minor > money.MaxPrice || reference == "" {
			return nil, ErrList.With(fmt.Sprintf("line %d cannot be read; it needs a reference, a currency such as EUR and an amount such as 12.90", n))
		}
		all = append(all, Line{n, reference, a})
	}
}

// Verdict is what a line turned out to be.
type Verdict string

// The verdicts. Only Whole and Part are money to be booked.
const (
	Whole   Verdict = "whole"   // all that is owed
	Part    Verdict = "part"    // less: the rest is still owed by the carrier
	Over    Verdict = "over"    // more than is owed; nothing is booked
	Unknown Verdict = "unknown" // no attempt of ours, or one that has ended
	Twice   Verdict = "twice"   // the reference stands in the list before
	Foreign Verdict = "foreign" // another currency than was asked for
	Absent  Verdict = "absent"  // owed, and not in the list
)

// Finding is a verdict on a line, or on an attempt that no line names.
type Finding struct {
	Line
	Verdict Verdict
	Owed    money.Amount // of the attempt before this list; zero of no currency when there is none
	Key     string       // to book it under; "" when it is not to be booked
}

// Match holds a list, named by remittance, against what carriers were to
// collect. due are the attempts that this list should name; any attempt given
// may be named. It returns a finding per line and then one per absent attempt.
func Match(remittance string, list []Line, attempts []payment.Known, due func(payment.Known) bool) []Finding {
	open := make(map[string]payment.Known, len(attempts))
	for _, k := range attempts {
		open[k.Reference] = k
	}
	seen := map[string]bool{}
	var found []Finding
	for _, l := range list {
		k, ok := open[l.Reference]
		f := Finding{Line: l, Verdict: Unknown}
		if ok {
			f.Owed = owed(k)
		}
		switch {
		case !ok || !k.State.Paid() && !k.State.Open():
		case seen[l.Reference]:
			f.Verdict = Twice
		case l.Amount.Currency != k.Amount.Currency:
			f.Verdict = Foreign
		case l.Amount.Minor > f.Owed.Minor:
			f.Verdict = Over
		default:
			f.Key, f.Verdict = remittance+":"+l.Reference, Part
			if l.Amount == f.Owed {
				f.Verdict = Whole
			}
		}
		seen[l.Reference] = true
		found = append(found, f)
	}
	return append(found, absent(attempts, seen, due)...)
}

func absent(attempts []payment.Known, seen map[string]bool, due func(payment.Known) bool) []Finding {
	var found []Finding
	for _, k := range attempts {
		if rest := owed(k); !seen[k.Reference] && rest.Minor > 0 && k.State.Paid() && due(k) {
			found = append(found, Finding{Line: Line{Reference: k.Reference, Amount: money.Of(0, rest.Currency)}, Verdict: Absent, Owed: rest})
		}
	}
	slices.SortFunc(found, func(a, b Finding) int { return strings.Compare(a.Reference, b.Reference) })
	return found
}

// owed is what the carrier has not remitted yet.
func owed(k payment.Known) money.Amount {
	return k.Amount.Minus(money.Of(k.Captured.Minor, k.Amount.Currency))
}
