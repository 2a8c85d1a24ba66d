package settlement_test

import (
	"errors"
	"strings"
	"testing"

	"korzo/platform/fault"
	"korzo/purchase/settlement"
	"korzo/purchase/settlement/statement"
)

const foreignHead = "Buchung;Unsere Nr.;Vorgang;Betrag;Gebühr;Tag\n"

func (w *desk) table(m statement.Mapping, rows string) settlement.Upload {
	return settlement.Upload{Source: "card", Format: "generic", Name: "bericht.csv", Text: strings.NewReader(foreignHead + rows), Mapping: m, Actor: "stf_ada"}
}

var german = statement.Mapping{ID: "Buchung", Reference: "Unsere Nr.", Kind: "Vorgang", Amount: "Betrag", Fee: "Gebühr", At: "Tag", In: "EUR", Comma: true,
	Kinds: map[string]statement.Kind{"Kauf": statement.Charge, "Gutschrift": statement.Refund}}

// What somebody said of a source's columns once is not asked again, until the
// columns are others.
func TestAMappingIsPreviewedRememberedAndAskedAnewWhenTheColumnsChange(t *testing.T) {
	each(t, func(w *desk) {
		a, b := w.paid(), w.paid()
		rows := "1;" + string(a.ID) + ";Kauf;100,00;0,40;02.01.2030\n2;nobody;Kauf;9,90;0;02.01.2030\n3;" + string(b.ID) + ";Kauf;1.100,00;0;02.01.2030\n"
		asks := func(u settlement.Upload, want bool) {
			t.Helper()
			if asked, err := w.settle.Asks(t.Context(), u); asked != want || err != nil {
				t.Errorf("asked is %v, want %v: %v", asked, want, err)
			}
		}
		asks(w.table(statement.Mapping{}, rows), true)
		asks(settlement.Upload{Source: "card", Format: "generic", Text: strings.NewReader(head + row("1", "charge", a, "1", "0"))}, false)

		p, err := w.settle.Preview(t.Context(), w.table(german, rows))
		if err != nil {
			t.Fatal(err)
		}
		found := map[settlement.Verdict]int64{}
		for _, c := range p.Counts {
			found[c.Verdict] += c.Rows
		}
		if p.Rows != 3 || p.Known != 0 || found[settlement.Matched] != 1 || found[settlement.Unknown] != 1 || found[settlement.More] != 1 || strings.Join(p.Table.Words, " ") != "Kauf" {
			t.Errorf("the preview is %+v", p)
		}
		asks(w.table(statement.Mapping{}, rows), true) // a look remembers nothing, and reads nothing
		if len(w.waiting()) > 0 || w.find(a.ID).Captured != a.Captured {
			t.Error("a preview left something behind")
		}

		w.give(w.table(german, rows))
		if got := strings.Join(w.waiting(), " "); got != "more unknown" {
			t.Errorf("%s wait", got)
		}
		next := "4;" + string(b.ID) + ";Kauf;100,00;0,40;03.01.2030\n"
		asks(w.table(statement.Mapping{}, next), false)
		if p, err = w.settle.Preview(t.Context(), w.table(statement.Mapping{}, rows)); err != nil || !p.Remembered || p.Known != 3 {
			t.Errorf("%v: %+v", err, p)
		}
		if f, _ := w.give(w.table(statement.Mapping{}, next)); f.Rows != 1 {
			t.Errorf("the next file was read as %+v", f)
		}
		other := w.table(statement.Mapping{}, "")
		other.Text = strings.NewReader("Number;Sum;When\n5;1.00;2030-01-02\n")
		asks(other, true)
		other.Source = "manual"
		asks(other, true)
	})
}

// What was said wrongly says which column it is about, and nothing is kept.
func TestAWrongMappingNamesTheColumnAndKeepsNothing(t *testing.T) {
	each(t, func(w *desk) {
		wrong := func(change func(*statement.Mapping)) statement.Mapping {
			m := german
			change(&m)
			return m
		}
		for name, c := range map[string]struct {
			m     statement.Mapping
			field string
			why   statement.Reason
			line  int
		}{
			"no amount":               {wrong(func(m *statement.Mapping) { m.Amount = "" }), "amount", statement.ReasonUnset, 0},
			"no currency":             {wrong(func(m *statement.Mapping) { m.In = "" }), "currency", statement.ReasonUnset, 0},
			"a column that is gone":   {wrong(func(m *statement.Mapping) { m.At = "Datum" }), "at", statement.ReasonColumn, 0},
			"words as an amount":      {wrong(func(m *statement.Mapping) { m.Amount = "Vorgang" }), "amount", statement.ReasonAmount, 2},
			"words as a fee":          {wrong(func(m *statement.Mapping) { m.Fee = "Vorgang" }), "fee", statement.ReasonAmount, 2},
			"an amount as a currency": {wrong(func(m *statement.Mapping) { m.Currency = "Betrag" }), "currency", statement.ReasonCurrency, 2},
			"an amount as a day":      {wrong(func(m *statement.Mapping) { m.At = "Betrag" }), "at", statement.ReasonTime, 2},
			"an unknown word":         {wrong(func(m *statement.Mapping) { m.Kinds = nil }), "kind", statement.ReasonKind, 2},
			"an id that repeats":      {wrong(func(m *statement.Mapping) { m.ID = "Vorgang" }), "id", statement.ReasonTwice, 3},
		} {
			u := w.table(c.m, "1;a;Kauf;100,00;0,40;02.01.2030\n2;b;Kauf;9,90;0;02.01.2030\n")
			_, previewed := w.settle.Preview(t.Context(), u)
			_, _, read := w.settle.Read(t.Context(), u)
			for _, err := range []error{previewed, read} {
				u, ok := errors.AsType[*statement.Unfit](err)
				if !ok || u.Field != c.field || u.Reason != c.why || u.Line != c.line || fault.CodeOf(err) != "statement.file" {
					t.Errorf("%s: %+v, %v", name, u, err)
				}
			}
		}
		if asked, err := w.settle.Asks(t.Context(), w.table(statement.Mapping{}, "1;a;Kauf;1,00;0;02.01.2030\n")); !asked || err != nil {
			t.Errorf("a wrong mapping was remembered: %v", err)
		}
	})
}
