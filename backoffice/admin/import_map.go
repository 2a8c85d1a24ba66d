package admin

import (
	"strconv"

	"korzo/backoffice/transfer"
	"korzo/ui"
)

const (
	maxMapped    = 500 // columns of a file
	constantRows = 4   // columns that a form fills with one value
)

func columnName(i int) string   { return "columns[" + strconv.Itoa(i) + "]" }
func constantName(i int) string { return "constants[" + strconv.Itoa(i) + "]" }

// mapping reads how the columns of a file become ours: from the table of the
// form, or from the text that somebody edited. What the table does not know of a
// rule (words for words, rounding) stays as the text has it.
func (f *form) mapping() (m transfer.Mapping, err error) {
	if f.has("mapping") {
		if m, err = transfer.ParseMapping([]byte(f.get("mapping"))); err != nil && f.get("how") == "text" {
			return m, err
		}
	}
	if f.get("how") == "text" {
		return m, nil
	}
	had := map[string]transfer.Rule{}
	for _, r := range m.Columns {
		had[r.To] = r
	}
	m.Kind, m.Columns = transfer.Kind(f.get("kind")), nil
	add := func(to, from, value string) {
		if to == "" {
			return
		}
		r := had[to]
		if r.From != from {
			r = transfer.Rule{}
		}
		r.To, r.From, r.Value = to, from, value
		f.howRead(&r)
		m.Columns = append(m.Columns, r)
	}
	for i := range maxMapped {
		name := f.get(columnName(i) + ".from")
		if name == "" {
			break
		}
		add(f.get(columnName(i)+".to"), name, had[f.get(columnName(i)+".to")].Value)
	}
	for i := range constantRows {
		add(f.get(constantName(i)+".to"), "", f.get(constantName(i)+".value"))
	}
	return m, nil
}

// howRead sets how numbers and times are written in the file.
func (f *form) howRead(r *transfer.Rule) {
	if r.From == "" {
		return
	}
	if isAmount(r.To) {
		r.Decimal = f.get("decimal_mark")
	}
	if isTime(r.To) {
		r.Date, r.Zone = f.get("date_form"), f.get("clock")
	}
}

func isAmount(column string) bool {
	switch column {
	case "price", "amount", "unit_price", "unit_cost", "subtotal", "discount", "shipping_price", "tax", "total", "quantity", "on_hand":
		return true
	}
	return false
}

func isTime(column string) bool { return column == "placed_at" || column == "created_at" }

// takenBy is which of our columns a column of the file becomes, "" for none.
func takenBy(m transfer.Mapping, name string) string {
	for _, r := range m.Columns {
		if r.From == name {
			return r.To
		}
	}
	return ""
}

// constants are the columns that are filled with one value.
func constants(m transfer.Mapping) (all []transfer.Rule) {
	for _, r := range m.Columns {
		if r.From == "" {
			all = append(all, r)
		}
	}
	return all
}

// targets are our columns to choose from, the needed ones marked; a part of one
// that a mapping fills ("shipping.city") is among them.
func (v *visit) targets(n newRun) []ui.Option {
	all := []ui.Option{{Label: v.T("admin.import.not_taken")}}
	known := map[string]bool{}
	for _, c := range n.Columns {
		label := c.Name
		if c.Needed {
			label += " *"
		}
		known[c.Name] = true
		all = append(all, ui.Option{Value: c.Name, Label: label})
	}
	for _, r := range append(n.Mapping.Columns, n.Seen.Guess.Columns...) {
		if !known[r.To] {
			known[r.To] = true
			all = append(all, ui.Option{Value: r.To, Label: r.To})
		}
	}
	return all
}

// sample are the first things that stand in a column of the file.
func sample(p transfer.Preview, column int) string {
	text := ""
	for i, row := range p.Rows {
		if i == 3 || column >= len(row) {
			break
		}
		if text != "" {
			text += " · "
		}
		text += shortened(row[column], 24)
	}
	return text
}

func shortened(text string, most int) string {
	all := []rune(text)
	if len(all) <= most {
		return text
	}
	return string(all[:most-1]) + "…"
}
