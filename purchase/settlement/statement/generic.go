package statement

import (
	"fmt"
	"slices"
	"strings"

	"korzo/value/money"
)

// Mapping says which column of a table holds what, by the header's name, and
// how amounts are written. ID, Amount, Currency and At are needed; an empty
// Kind makes positive rows charges and negative ones refunds.
type Mapping struct {
	ID        string `json:"id"`
	Kind      string `json:"kind,omitempty"`
	Reference string `json:"reference,omitempty"`
	GatewayID string `json:"gateway_id,omitempty"`
	Amount    string `json:"amount"` // gross
	Fee       string `json:"fee,omitempty"`
	Currency  string `json:"currency"`
	Payout    string `json:"payout,omitempty"`
	At        string `json:"at"`
	Text      string `json:"text,omitempty"`

	Kinds map[string]Kind `json:"kinds,omitempty"` // the file's word → ours
	Minor bool            `json:"minor,omitempty"` // amounts are whole minor units
	Comma bool            `json:"comma,omitempty"` // 1.234,50
}

// Plain is the mapping of a table whose columns bear our own names.
var Plain = Mapping{ID: "id", Kind: "kind", Reference: "reference", GatewayID: "gateway_id", Amount: "amount", Fee: "fee",
	Currency: "currency", Payout: "payout", At: "at", Text: "text"}

var kinds = []Kind{Charge, Refund, RefundBack, Fee, Dispute, DisputeBack, Payout, PayoutBack, Adjustment}

func (s *reading) generic(m Mapping) error {
	if m.ID == "" && m.Amount == "" {
		kinds := m.Kinds
		m = Plain
		m.Kinds = kinds
	}
	t, err := openTable(s.in)
	if err != nil {
		return err
	}
	if err := t.has(m.ID, m.Amount, m.Currency, m.At); err != nil {
		return err
	}
	return s.rows(t, m.row)
}

func (m Mapping) row(t *table) (r Row, err error) {
	c := money.Currency(strings.ToUpper(t.get(m.Currency)))
	r = Row{Line: t.line, ID: m.get(t, m.ID), Reference: m.get(t, m.Reference), GatewayID: m.get(t, m.GatewayID), Payout: m.get(t, m.Payout), Text: m.get(t, m.Text)}
	read := func(column string) (money.Amount, error) {
		if m.Minor {
			return minor(m.get(t, column), c)
		}
		return decimal(m.get(t, column), c, m.Comma)
	}
	if r.Gross, err = read(m.Amount); err != nil {
		return r, fmt.Errorf("%s: %w", m.Amount, err)
	}
	if r.Fee, err = read(m.Fee); err != nil {
		return r, fmt.Errorf("%s: %w", m.Fee, err)
	}
	if r.Kind, err = m.kind(m.get(t, m.Kind), r.Gross); err != nil {
		return r, err
	}
	if r.Payout == "" && r.Kind == Payout {
		r.Payout = r.ID
	}
	r.Amount, r.Net = r.Gross, r.Gross.Minus(r.Fee)
	r.At, err = moment(t.get(m.At))
	return r, err
}

// get is a column's text; "" for a column that the mapping has not.
func (m Mapping) get(t *table, column string) string {
	if column == "" {
		return ""
	}
	return t.get(column)
}

// kind is what the file's word means.
func (m Mapping) kind(word string, gross money.Amount) (Kind, error) {
	if k, ok := m.Kinds[word]; ok {
		word = string(k)
	}
	switch {
	case word == "" && gross.Minor < 0:
		return Refund, nil
	case word == "":
		return Charge, nil
	case slices.Contains(kinds, Kind(fold(word))):
		return Kind(fold(word)), nil
	}
	return "", fmt.Errorf("%.40q is no kind of row; map it to one of charge, refund, fee, dispute, payout, adjustment", word)
}
