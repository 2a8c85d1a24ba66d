package transfer

import (
	"context"
	"encoding/json"
	"slices"

	"korzo/platform/db"
)

// entry is an entity of an own file.
type entry struct {
	row      int64
	fields   fields
	variants []variantEntry
}

type variantEntry struct {
	row    int64
	fields fields
}

// item makes an entry one to apply.
func (e entry) item(k Kind, end, rows int64, reports []Row) item {
	it := item{row: e.row, rows: rows, end: end, reports: reports}
	it.apply = func(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
		switch k {
		case KindStock:
			return e.stock(ctx, tx, r)
		case KindPrices:
			return e.price(ctx, tx, r)
		}
		return e.product(ctx, tx, r)
	}
	return it
}

// text is a field for reports.
func (f fields) text(name string) (s string) {
	_ = json.Unmarshal(f[name], &s) // what is no text names nothing
	return s
}

// own reads the shop's JSON.
type own struct {
	*objects
	run   Run
	known []column
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
		return e.item(o.run.Kind, o.at, 1, reports), nil
	}
	if raw, ok := e.fields["variants"]; ok && o.run.Kind == KindProducts {
		var all []fields
		if err := json.Unmarshal(raw, &all); err != nil {
			report("variants", "is no list of objects: write it as an export does")
		}
		for _, f := range all {
			e.variants = append(e.variants, variantEntry{o.n, f})
		}
		delete(e.fields, "variants")
	}
	for name := range e.fields {
		if !slices.ContainsFunc(o.known, func(c column) bool { return c.name == name && !c.variant }) {
			report(name, "is not known: remove or rename it; an export shows all there are")
		}
	}
	return e.item(o.run.Kind, o.at, 1, reports), nil
}

// sheet reads the shop's CSV.
type sheet struct {
	*table
	run     Run
	columns []column
}

func (s sheet) next() (item, error) {
	rows, err := s.rows()
	if err != nil {
		return item{}, err
	}
	e := entry{row: rows[0].n, fields: fields{}}
	subject := s.get(rows[0], "slug") + " " + s.get(rows[0], "sku")
	reports := problems(rows, subject)
	for i, r := range rows {
		v := variantEntry{r.n, fields{}}
		for _, c := range s.columns {
			if !s.has(c.name) || i > 0 && !c.variant || r.problem != nil {
				continue
			}
			value, ok, err := c.value(s.get(r, c.name))
			if err != nil {
				reports = append(reports, Row{Level: LevelError, Row: r.n, Column: c.name, Subject: subject, Reason: err.Error()})
			}
			if ok && c.variant {
				v.fields[c.name] = value
			} else if ok {
				e.fields[c.name] = value
			}
		}
		e.variants = append(e.variants, v)
	}
	return e.item(s.run.Kind, s.end(), rows[len(rows)-1].n-rows[0].n+1, reports), nil
}

// rows returns those of the next entity. A product's name it by id or slug.
func (s sheet) rows() ([]*record, error) {
	if s.run.Kind == KindProducts {
		return s.group(func(r *record) string {
			if id := s.get(r, "id"); id != "" {
				return "id " + id
			}
			return s.get(r, "slug")
		})
	}
	r, err := s.take()
	return []*record{r}, err
}
