package statement

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"korzo/value/money"
)

// payPal reads a settlement report (STL): lines that begin with what they
// are (RH and FH head the file, SH a section, CH its columns, SB a row, the
// rest are footers), amounts in minor units with a separate column for their
// side. The activity download, a plain table, is read too.
func (s *reading) payPal() error {
	line := firstLine(s.in)
	start := strings.TrimLeft(line, "\" \r\n")
	if !strings.HasPrefix(start, "RH") && !strings.HasPrefix(start, "FH") && !strings.HasPrefix(start, "SH") && !strings.HasPrefix(start, "CH") {
		return s.payPalActivity()
	}
	lines := csv.NewReader(s.in)
	if strings.Count(line, "\t") > strings.Count(line, ",") {
		lines.Comma = '\t'
	}
	lines.FieldsPerRecord, lines.LazyQuotes = -1, true
	t := &table{at: map[string]int{}}
	for {
		row, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return ErrFile.With("the file is not CSV; download the settlement report again: " + err.Error())
		}
		t.line, _ = lines.FieldPos(0)
		t.row = row
		switch strings.TrimSpace(row[0]) {
		case "CH":
			t.head(row)
			t.at["\x00"] = 0
			if err := t.has("Transaction ID", "Transaction Event Code", "Transaction Debit or Credit", "Gross Transaction Amount", "Gross Transaction Currency"); err != nil {
				return err
			}
		case "SB":
			r, err := payPalRow(t)
			if err != nil {
				return wrong(t.line, err)
			}
			if err := s.row(r); err != nil {
				return err
			}
		}
	}
}

// payPalKind says what an event code tells. The first three characters are its
// group; some codes of a group mean another thing.
func payPalKind(code string, credit bool) Kind {
	switch code {
	case "T1106", "T1201", "T1110", "T1111", "T1202", "T1205", "T1208": // reversals, holds and chargebacks
		if credit {
			return DisputeBack
		}
		return Dispute
	}
	switch {
	case len(code) < 3:
		return Adjustment
	case code[:3] == "T00", code[:3] == "T03" && credit:
		if credit {
			return Charge
		}
		return Adjustment
	case code[:3] == "T11":
		if credit {
			return RefundBack
		}
		return Refund
	case code[:3] == "T01":
		return Fee
	case code[:3] == "T04":
		if credit {
			return PayoutBack
		}
		return Payout
	}
	return Adjustment
}

func payPalRow(t *table) (r Row, err error) {
	c := money.Currency(strings.ToUpper(t.get("Gross Transaction Currency")))
	code := strings.ToUpper(t.get("Transaction Event Code"))
	credit := strings.EqualFold(t.get("Transaction Debit or Credit"), "CR")
	r = Row{Line: t.line, ID: t.get("Transaction ID"), Kind: payPalKind(code, credit), Text: code,
		Reference: first(t.get("Custom Field"), t.get("Invoice ID")), GatewayID: first(t.get("PayPal Reference ID"), t.get("Transaction ID"))}
	if r.Kind == Payout || r.Kind == PayoutBack {
		r.Payout = first(t.get("Bank Reference ID"), r.ID)
	}
	if r.Gross, err = minor(t.get("Gross Transaction Amount"), c); err != nil {
		return r, fmt.Errorf("gross: %w", err)
	}
	if !credit {
		r.Gross = r.Gross.Neg()
	}
	fee := t.get("Fee Amount")
	if fee != "" && t.get("Fee Currency") != "" && !strings.EqualFold(t.get("Fee Currency"), string(c)) {
		return r, errors.New("its fee is in another currency than its amount")
	}
	if r.Fee, err = minor(fee, c); err != nil {
		return r, fmt.Errorf("fee: %w", err)
	}
	if strings.EqualFold(t.get("Fee Debit or Credit"), "CR") {
		r.Fee = r.Fee.Neg()
	}
	if r.Kind == Fee { // the whole row is the fee
		r.Fee, r.Gross = r.Fee.Minus(r.Gross), money.Of(0, c)
	}
	r.Net, r.Amount = r.Gross.Minus(r.Fee), r.Gross
	r.At, err = moment(first(t.get("Transaction Completion Date"), t.get("Transaction Initiation Date")))
	return r, err
}

// payPalTypes are the words of the activity download; what is not listed is an
// adjustment, and what is not completed is left out.
var payPalTypes = []struct {
	words string
	kind  Kind
}{
	{"refund", Refund}, {"chargeback fee", Fee}, {"fee", Fee}, {"reversal", Dispute}, {"chargeback", Dispute}, {"hold", Dispute},
	{"withdrawal", Payout}, {"payout to bank", Payout}, {"payment", Charge}, {"checkout", Charge},
}

func (s *reading) payPalActivity() error {
	t, err := openTable(s.in)
	if err != nil {
		return err
	}
	if err := t.has("Date", "Time", "Type", "Status", "Currency", "Gross", "Fee", "Net", "Transaction ID"); err != nil {
		return err
	}
	return s.rows(t, activityRow)
}

func activityRow(t *table) (r Row, err error) {
	if !strings.EqualFold(t.get("Status"), "Completed") {
		return r, errSkip
	}
	c := money.Currency(strings.ToUpper(t.get("Currency")))
	r = Row{Line: t.line, ID: t.get("Transaction ID"), Kind: Adjustment, Text: t.get("Type"),
		Reference: first(t.get("Custom Number"), t.get("Invoice Number")), GatewayID: first(t.get("Reference Txn ID"), t.get("Transaction ID"))}
	for _, w := range payPalTypes {
		if strings.Contains(strings.ToLower(r.Text), w.words) {
			r.Kind = w.kind
			break
		}
	}
	if r.Gross, err = decimal(t.get("Gross"), c, false); err != nil {
		return r, fmt.Errorf("gross: %w", err)
	}
	if r.Fee, err = decimal(t.get("Fee"), c, false); err != nil {
		return r, fmt.Errorf("fee: %w", err)
	}
	if r.Net, err = decimal(t.get("Net"), c, false); err != nil {
		return r, fmt.Errorf("net: %w", err)
	}
	r.Fee, r.Amount = r.Fee.Neg(), r.Gross // PayPal writes what it kept as negative
	switch {
	case r.Kind == Payout:
		r.Payout = r.ID
	case r.Kind == Dispute && r.Gross.Minor > 0:
		r.Kind = DisputeBack
	}
	// The download is in the account's own zone, by an abbreviation that names no
	// offset: the time is taken as it is written.
	r.At, err = moment(activityDate(t.get("Date")) + " " + t.get("Time"))
	return r, err
}

// activityDate turns 01/31/2030, as PayPal writes it, into 2030-01-31.
func activityDate(text string) string {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return text
	}
	return parts[2] + "-" + parts[0] + "-" + parts[1]
}
