package statement

import (
	"bufio"
	"io"
	"slices"
	"strings"
)

// Table is what can be seen of a table before it is known which column is what.
type Table struct {
	Columns []string   // as the file writes them
	Rows    [][]string // the first few
	Words   []string   // that stand in the column that was asked for, the commonest kinds of rows
}

const (
	lookRows  = 5
	lookWords = 20
	wordRows  = 2_000 // that are looked at for words
)

// Look reads the beginning of a table; words is the column whose words are
// told, "" for none. It fails with ErrFile where there is no table.
func Look(from io.Reader, words string) (Table, error) {
	b := &bounds{from: from, most: maxLine}
	t, err := openTable(bufio.NewReaderSize(b, 64<<10))
	if err != nil {
		return Table{}, err
	}
	all := Table{Columns: slices.DeleteFunc(slices.Clone(t.names), func(name string) bool { return strings.TrimSpace(name) == "" })}
	for n := range wordRows {
		more, err := t.next()
		if err != nil {
			return Table{}, err
		}
		if !more || n >= lookRows && words == "" {
			break
		}
		b.since = 0
		if n < lookRows {
			row := make([]string, len(all.Columns))
			for i, name := range all.Columns {
				row[i] = shorten(t.get(name))
			}
			all.Rows = append(all.Rows, row)
		}
		if word := shorten(t.get(words)); word != "" && len(all.Words) < lookWords && !slices.Contains(all.Words, word) {
			all.Words = append(all.Words, word)
		}
	}
	if len(all.Rows) == 0 {
		return Table{}, ErrFile.With("the file is no table with rows; export it as CSV, with a line of column names first")
	}
	return all, nil
}

// hints are parts of the names that others give their columns, the surest first.
var hints = map[string][]string{
	"id":         {"transaction id", "transaction_id", "row id", "entry id", "id", "transaktions", "buchungsnummer", "tranzakció", "azonosító"},
	"reference":  {"merchant reference", "merchant_reference", "reference", "order", "referenz", "bestell", "verwendung", "hivatkozás", "rendelés"},
	"gateway_id": {"psp reference", "payment id", "payment_id", "charge", "zahlungs"},
	"kind":       {"kind", "type", "category", "art", "typ", "vorgang", "típus"},
	"amount":     {"gross", "amount", "brutto", "betrag", "összeg", "bruttó"},
	"fee":        {"fee", "commission", "gebühr", "provision", "díj", "jutalék"},
	"currency":   {"currency", "ccy", "währung", "pénznem", "deviza"},
	"payout":     {"payout", "settlement", "batch", "remittance", "auszahlung", "kifizetés"},
	"at":         {"date", "created", "time", "datum", "zeit", "dátum", "at"},
	"text":       {"description", "text", "note", "beschreibung", "notiz", "megjegyzés"},
}

// Guess is what the columns' names and rows suggest. It may be wrong.
func Guess(t Table) Mapping {
	var m Mapping
	taken := map[string]bool{}
	for _, whole := range []bool{true, false} {
		for _, field := range Fields {
			at := m.Column(field)
			for _, hint := range hints[field] {
				for _, name := range t.Columns {
					text := fold(name)
					if *at == "" && !taken[text] && (whole && text == hint || !whole && len(hint) > 3 && strings.Contains(text, hint)) {
						*at, taken[text] = name, true
					}
				}
			}
		}
	}
	if i := slices.Index(t.Columns, m.Amount); i >= 0 {
		for _, row := range t.Rows {
			comma, point := strings.LastIndex(row[i], ","), strings.LastIndex(row[i], ".")
			m.Comma = m.Comma || comma > point && len(row[i])-comma <= 3
		}
	}
	return m
}
