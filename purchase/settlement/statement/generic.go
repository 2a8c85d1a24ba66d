package statement

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/value/money"
)

// Mapping says which column of a table holds what, by the header's name, and
// how amounts and dates are written. ID, Amount, At and Currency or In are
// needed; an empty Kind makes positive rows charges and negative ones refunds.
type Mapping struct {
	ID        string `json:"id"`
	Kind      string `json:"kind,omitempty"`
	Reference string `json:"reference,omitempty"`
	GatewayID string `json:"gateway_id,omitempty"`
	Amount    string `json:"amount"` // gross
	Fee       string `json:"fee,omitempty"`
	Currency  string `json:"currency,omitempty"`
	Payout    string `json:"payout,omitempty"`
	At        string `json:"at"`
	Text      string `json:"text,omitempty"`

	Kinds      map[string]Kind `json:"kinds,omitempty"`       // the file's word → ours
	In         money.Currency  `json:"in,omitempty"`          // of all rows, where no column has it
	Minor      bool            `json:"minor,omitempty"`       // amounts are whole minor units
	Comma      bool            `json:"comma,omitempty"`       // 1.234,50
	MonthFirst bool            `json:"month_first,omitempty"` // 12/31/2030
}

// Plain is the mapping of a table whose columns bear our own names.
var Plain = Mapping{ID: "id", Kind: "kind", Reference: "reference", GatewayID: "gateway_id", Amount: "amount", Fee: "fee",
	Currency: "currency", Payout: "payout", At: "at", Text: "text"}

// IsZero says that nobody has said which column is what.
func (m Mapping) IsZero() bool { return m.ID == "" && m.Amount == "" && m.Reference == "" }

// Fields are what a column may hold, in the order in which they are asked for.
var Fields = []string{"id", "reference", "gateway_id", "kind", "amount", "fee", "currency", "at", "payout", "text"}

// Column is where the column's name of one of Fields stands; nil for another word.
func (m *Mapping) Column(field string) *string {
	return map[string]*string{"id": &m.ID, "reference": &m.Reference, "gateway_id": &m.GatewayID, "kind": &m.Kind, "amount": &m.Amount, "fee": &m.Fee,
		"currency": &m.Currency, "at": &m.At, "payout": &m.Payout, "text": &m.Text}[field]
}

// Needs are those of Fields without which a format cannot be read.
func Needs(format string) []string {
	if format == Remittance {
		return []string{"reference", "amount", "currency", "payout", "at"}
	}
	return []string{"id", "amount", "currency", "at"}
}

// Suits says that a table with these columns can be read: each that the
// mapping names is there.
func (m Mapping) Suits(columns []string) bool {
	names := map[string]bool{}
	for _, name := range columns {
		names[fold(name)] = true
	}
	for _, field := range Fields {
		if name := *m.Column(field); name != "" && !names[fold(name)] {
			return false
		}
	}
	return !m.IsZero()
}

// fits is an error unless the mapping names what the format needs, and the
// table has it.
func (m Mapping) fits(t *table, format string) error {
	for _, field := range Needs(format) {
		name := *m.Column(field)
		if name == "" && (field != "currency" || m.In == "") {
			return unfit(Unfit{Field: field, Reason: ReasonUnset}, fmt.Sprintf("say which column is the %s", field))
		}
	}
	for _, field := range Fields {
		if name := *m.Column(field); name != "" && slices.Contains(Needs(format), field) && !t.holds(name) {
			return unfit(Unfit{Field: field, Column: name, Reason: ReasonColumn},
				fmt.Sprintf("the file has no column %q; export the report with all its columns, or say which column is the %s", name, field))
		}
	}
	return nil
}

// Kinds are all kinds of rows.
var Kinds = []Kind{Charge, Refund, RefundBack, Fee, Dispute, DisputeBack, Payout, PayoutBack, Adjustment}

func (s *reading) generic(m Mapping) error {
	if m.IsZero() {
		kinds := m.Kinds
		m = Plain
		m.Kinds = kinds
	}
	t, err := openTable(s.in)
	if err != nil {
		return err
	}
	if err := m.fits(t, s.Format); err != nil {
		return err
	}
	return s.rows(t, m.row)
}

func (m Mapping) row(t *table) (r Row, err error) {
	c := m.currency(t)
	r = Row{Line: t.line, ID: m.get(t, m.ID), Reference: m.get(t, m.Reference), GatewayID: m.get(t, m.GatewayID), Payout: m.get(t, m.Payout), Text: m.get(t, m.Text)}
	if err := known(c); err != nil {
		return r, unfit(Unfit{Field: "currency", Column: m.Currency, Value: string(c), Reason: ReasonCurrency}, err.Error())
	}
	if r.Gross, err = m.amount(t, "amount", c); err != nil {
		return r, err
	}
	if r.Fee, err = m.amount(t, "fee", c); err != nil {
		return r, err
	}
	if r.Kind, err = m.kind(m.get(t, m.Kind), r.Gross); err != nil {
		return r, err
	}
	if r.Payout == "" && r.Kind == Payout {
		r.Payout = r.ID
	}
	r.Amount, r.Net = r.Gross, r.Gross.Minus(r.Fee)
	if r.At, err = m.moment(t.get(m.At)); err != nil {
		return r, unfit(Unfit{Field: "at", Column: m.At, Value: t.get(m.At), Reason: ReasonTime}, err.Error())
	}
	return r, nil
}

// amount reads the column of a field as an amount.
func (m Mapping) amount(t *table, field string, c money.Currency) (a money.Amount, err error) {
	column := *m.Column(field)
	text := m.get(t, column)
	if m.Minor {
		a, err = minor(text, c)
	} else {
		a, err = decimal(text, c, m.Comma)
	}
	if err != nil {
		return a, unfit(Unfit{Field: field, Column: column, Value: text, Reason: ReasonAmount}, fmt.Sprintf("%s: %v", column, err))
	}
	return a, nil
}

// currency is what the row's column says, or the one of all rows.
func (m Mapping) currency(t *table) money.Currency {
	return money.Currency(strings.ToUpper(first(m.get(t, m.Currency), string(m.In))))
}

// moment reads a time; a date with strokes has the day first unless the mapping
// says the month.
func (m Mapping) moment(text string) (time.Time, error) {
	if m.MonthFirst {
		for _, layout := range []string{"1/2/2006", "1/2/2006 15:04", "1/2/2006 15:04:05", "1/2/2006 3:04:05 PM"} {
			if at, err := time.Parse(layout, strings.TrimSpace(text)); err == nil && at.Year() > 1970 && at.Year() < 2200 {
				return at.UTC(), nil
			}
		}
	}
	return moment(text)
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
	case slices.Contains(Kinds, Kind(fold(word))):
		return Kind(fold(word)), nil
	}
	return "", unfit(Unfit{Field: "kind", Column: m.Kind, Value: word, Reason: ReasonKind},
		fmt.Sprintf("%.40q is no kind of row; map it to one of charge, refund, fee, dispute, payout, adjustment", word))
}
