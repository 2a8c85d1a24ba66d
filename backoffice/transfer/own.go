package transfer

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"korzo/platform/db"
)

// entry is an entity of an own file.
type entry struct {
	row    int64
	fields fields
	parts  []part
	left   []part // rows that a mapping leaves out
}

// part is a variant of a product, a line of an order.
type part struct {
	row    int64
	fields fields
}

// item makes an entry one to apply.
func (e entry) item(k kind, end, rows int64, reports []Row) item {
	return item{row: e.row, rows: rows, end: end, reports: reports, entry: e, apply: func(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
		return k.apply(e, ctx, tx, r)
	}}
}

// text is a field for reports.
func (f fields) text(name string) (s string) {
	_ = json.Unmarshal(f[name], &s) // what is no text names nothing
	return s
}

// own reads the shop's JSON.
type own struct {
	*objects
	kind kind
}

func (o own) next() (item, error) {
	text, err := o.take()
	if err != nil {
		return item{}, err
	}
	e := entry{row: o.n}
	var reports []Row
	report := func(column, reason string) {
		reports = append(reports, Row{Level: LevelError, Row: o.n, Column: column, Subject: e.fields.text("slug") + e.fields.text("sku"), Reason: reason})
	}
	if err := json.Unmarshal(text, &e.fields); err != nil || e.fields == nil {
		report("", "is no JSON object: write it as an export does")
		return e.item(o.kind, o.at, 1, reports), nil
	}
	if raw, ok := e.fields[o.kind.parts]; ok && o.kind.parts != "" {
		var all []fields
		if err := json.Unmarshal(raw, &all); err != nil {
			report(o.kind.parts, "is no list of objects: write it as an export does")
		}
		for _, f := range all {
			e.parts = append(e.parts, part{o.n, f})
		}
		delete(e.fields, o.kind.parts)
	}
	for name := range e.fields {
		if c, ok := o.kind.column(name); !ok || c.part {
			report(name, "is not known: remove or rename it; an export shows all there are")
		}
	}
	return e.item(o.kind, o.at, 1, reports), nil
}

// sheet reads the shop's CSV, or another's by a mapping.
type sheet struct {
	*table
	kind    kind
	mapping *compiled // nil for the shop's own
}

func (s sheet) next() (item, error) {
	rows, err := s.rows()
	if err != nil {
		return item{}, err
	}
	e := entry{row: rows[0].n, fields: fields{}}
	subject := s.subject(rows[0])
	reports := problems(rows, subject)
	for _, r := range rows {
		p := part{r.n, fields{}}
		report := func(level, column, reason string) {
			reports = append(reports, Row{Level: level, Row: r.n, Column: column, Subject: subject, Reason: reason})
		}
		if r.problem != nil {
			continue
		}
		if s.mapping != nil {
			if reason := s.mapping.skips(r); reason != "" {
				report(LevelWarning, "", "left out: "+reason)
				s.mapping.read(r, p.fields, p.fields, true, func(string, string, string) {})
				e.left = append(e.left, p)
				continue
			}
			s.mapping.read(r, e.fields, p.fields, len(e.parts) == 0, report)
		} else {
			s.read(r, e.fields, p.fields, r == rows[0], report)
		}
		e.parts = append(e.parts, p)
	}
	it := e.item(s.kind, s.end(), rows[len(rows)-1].n-rows[0].n+1, reports)
	if len(e.parts) == 0 {
		it.apply = nil
	}
	return it, nil
}

// read takes the cells of a row as they stand; the first row of an entity says
// what it is, each row says a part.
func (s sheet) read(r *record, entity, part fields, first bool, report func(level, column, reason string)) {
	for _, c := range s.kind.columns {
		if !s.has(c.name) || !first && !c.part {
			continue
		}
		value, ok, err := c.value(s.get(r, c.name))
		if err != nil {
			report(LevelError, c.name, err.Error())
		}
		switch {
		case ok && c.part:
			part[c.name] = value
		case ok:
			entity[c.name] = value
		}
	}
}

// cell is what a row says in an own column.
func (s sheet) cell(r *record, name string) string {
	if s.mapping != nil {
		return s.mapping.text(r, name)
	}
	return s.get(r, name)
}

// subject names the entity of a row to people.
func (s sheet) subject(r *record) string {
	var all []string
	for _, name := range append(slices.Clone(s.kind.key[min(1, len(s.kind.key)):]), "sku") {
		if c := s.cell(r, name); c != "" {
			all = append(all, c)
		}
	}
	return strings.Join(all, " ")
}

// rows returns those of the next entity. The first of its key columns that says
// something names it.
func (s sheet) rows() ([]*record, error) {
	if len(s.kind.key) == 0 {
		r, err := s.take()
		return []*record{r}, err
	}
	return s.group(func(r *record) string {
		for _, name := range s.kind.key {
			if c := s.cell(r, name); c != "" {
				return name + " " + c
			}
		}
		return ""
	})
}
