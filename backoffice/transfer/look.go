package transfer

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode"
)

// Preview is what can be seen of a table before it is imported.
type Preview struct {
	Encoding  string            `json:"encoding"`
	Separator string            `json:"separator"`
	Size      int64             `json:"size"`
	Columns   []string          `json:"columns"` // as the file calls them
	Rows      [][]string        `json:"rows"`    // the first
	Guess     Mapping           `json:"guess"`   // from the names of the columns
	Own       bool              `json:"own"`     // the columns are the shop's own: no mapping is needed
	Taken     []json.RawMessage `json:"taken"`   // the first entities as the mapping makes them
	Reports   []Row             `json:"reports"` // what is said of them
}

// Look reads the beginning of a file: at most so many rows, and as many
// entities as the mapping makes of it, or as stand in a file that is the shop's
// own. For another's table the zero Mapping makes none but guesses; without a
// kind it guesses nothing. It returns ErrFile, ErrHeading or ErrMapping.
func Look(path string, m Mapping, rows int) (Preview, error) {
	run := Run{Kind: m.Kind, Format: formatOf(path), path: path, Separator: m.Separator, mapping: Mapping{Encoding: m.Encoding}}
	if run.Format == FormatZIP {
		return Preview{}, ErrFormat.With("an archive is imported as it is, and there is nothing to map: start the import")
	}
	if err := fingerprint(&run); err != nil {
		return Preview{}, err
	}
	if _, known := kinds[m.Kind]; run.Format == FormatJSON {
		p := Preview{Size: run.Size, Own: known, Columns: []string{}, Rows: [][]string{}, Taken: []json.RawMessage{}, Reports: []Row{}}
		if !known {
			return p, ErrKind
		}
		return p, p.take(run, rows)
	}
	f, err := openFile(run)
	if err != nil {
		return Preview{}, err
	}
	t, err := openTable(f, run)
	if err != nil {
		return Preview{}, errors.Join(err, f.Close())
	}
	p := Preview{Encoding: run.Encoding, Separator: t.separatedBy(), Size: run.Size, Columns: t.names, Rows: [][]string{}, Taken: []json.RawMessage{}, Reports: []Row{}}
	for len(p.Rows) < rows {
		r, err := t.take()
		if err != nil {
			break
		}
		p.Rows = append(p.Rows, r.cells)
	}
	if of, ok := kinds[m.Kind]; ok {
		p.Guess, p.Own = Guess(m.Kind, t.names), t.knows(of.columns) == nil && t.needs(of.needed...) == nil
	}
	if err := f.Close(); err != nil || len(m.Columns) == 0 && !p.Own {
		return p, err
	}
	if len(m.Columns) > 0 {
		run.mapping = m
	}
	return p, p.take(run, rows)
}

// take makes the first entities of a table.
func (p *Preview) take(run Run, most int) error {
	if len(run.mapping.Columns) > 0 {
		if err := run.mapping.check(); err != nil {
			return err
		}
	}
	s, err := open(run)
	if err != nil {
		return err
	}
	for len(p.Taken) < most {
		it, err := s.next()
		if err != nil {
			break
		}
		p.Reports = append(p.Reports, it.reports...)
		if it.apply != nil {
			p.Taken = append(p.Taken, it.entry.text(kinds[run.Kind]))
		}
	}
	return s.Close()
}

// text is an entry as JSON.
func (e entry) text(k kind) json.RawMessage {
	var all []member
	for _, c := range k.columns {
		if v, ok := e.fields[c.name]; ok {
			all = append(all, member{c.name, v})
		}
	}
	var parts []json.RawMessage
	for _, p := range e.parts {
		var of []member
		for _, c := range k.columns {
			if v, ok := p.fields[c.name]; ok {
				of = append(of, member{c.name, v})
			}
		}
		parts = append(parts, object(of))
	}
	if k.parts != "" {
		all = append(all, member{k.parts, array(parts)})
	}
	return object(all)
}

// Guess makes a mapping from the names of columns: those that are ours, and
// those that other systems have for the same.
func Guess(k Kind, names []string) Mapping {
	m := Mapping{Kind: k, Columns: []Rule{}}
	taken := map[string]bool{}
	for _, c := range kinds[k].columns {
		for _, to := range append([]string{c.name}, partsOf(c)...) {
			if name := guessed(to, names, taken); name != "" {
				taken[name] = true
				m.Columns = append(m.Columns, Rule{To: to, From: name})
			}
		}
	}
	return m
}

// partsOf are the parts of a column that tables have columns for.
func partsOf(c column) (all []string) {
	if c.name != "shipping" && c.name != "billing" && c.name != "address" {
		return nil
	}
	for _, part := range []string{"name", "line1", "line2", "city", "postal_code", "region", "country", "phone"} {
		all = append(all, c.name+"."+part)
	}
	return all
}

func guessed(to string, names []string, taken map[string]bool) string {
	for _, wanted := range append([]string{letterwise(to)}, synonyms[to]...) {
		for _, name := range names {
			if letterwise(name) == wanted && !taken[name] {
				return name
			}
		}
	}
	return ""
}

// letterwise is a name without what people write differently.
func letterwise(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// WriteReport writes remarks as a table, as people and spreadsheets read it.
func WriteReport(w *csv.Writer, rows []Row) error {
	if err := w.Write([]string{"level", "row", "column", "subject", "reason"}); err != nil {
		return err
	}
	for _, r := range rows {
		if err := w.Write([]string{r.Level, strconv.FormatInt(r.Row, 10), guarded(r.Column), guarded(r.Subject), guarded(r.Reason)}); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
