package transfer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// form is how a column's value stands in a cell of CSV.
type form int

const (
	asText   form = iota // a backslash doubled, a carriage return as \r
	asNumber             // 12
	asTruth              // true or false
	asList               // a|b
	asMap                // colour=red|size=XL
	asJSON
)

// String is the form's name.
func (f form) String() string {
	return [...]string{"text", "number", "truth", "list", "map", "json"}[f]
}

// column is a column of an own CSV file and a field of an own JSON object.
type column struct {
	name     string
	form     form
	part     bool // belongs to a part of the entity: a variant of a product, a line of an order
	keep     bool // an empty cell says nothing instead of "nothing"
	readOnly bool // is read and never written
}

// fields are values by column, as JSON.
type fields map[string]json.RawMessage

// into writes fields where they belong; what is there is replaced.
func (f fields) into(places map[string]any, report func(column, reason string)) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		at, ok := places[name]
		if !ok {
			report(name, "is not known: remove or rename it; an export shows all there are")
			continue
		}
		if _, ok := at.(*codec); !ok {
			reflect.ValueOf(at).Elem().SetZero()
		}
		if err := strictly(f[name], at); err != nil {
			report(name, fmt.Sprintf("cannot be read (%v): write it as an export does", err))
		}
	}
}

// strictly reads JSON and refuses what it does not know.
func strictly(raw []byte, at any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(at)
}

// value reads a cell; ok is false when it says nothing.
func (c column) value(cell string) (v json.RawMessage, ok bool, err error) {
	cell = unguarded(cell)
	if cell == "" && c.keep {
		return nil, false, nil
	}
	switch c.form {
	case asNumber:
		n, err := strconv.ParseInt(strings.TrimSpace(cell), 10, 64)
		if err != nil {
			return nil, false, fmt.Errorf("%.40q is no whole number: write digits only, such as 12", cell)
		}
		return json.RawMessage(strconv.FormatInt(n, 10)), true, nil
	case asTruth:
		b, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(cell)))
		if err != nil {
			return nil, false, fmt.Errorf("%.40q is neither true nor false: write one of them", cell)
		}
		return json.RawMessage(strconv.FormatBool(b)), true, nil
	case asList:
		return encode(split(cell)), true, nil
	case asMap:
		m, err := parseMap(cell)
		return encode(m), err == nil, err
	case asJSON:
		if cell == "" {
			return json.RawMessage("null"), true, nil
		}
		if !json.Valid([]byte(cell)) {
			return nil, false, fmt.Errorf("%.40q is no JSON: write it as an export does", cell)
		}
		return json.RawMessage(cell), true, nil
	}
	return encode(unescape(cell)), true, nil
}

// cell writes a value; it is what value reads.
func (c column) cell(v json.RawMessage) (string, error) {
	switch c.form {
	case asNumber, asTruth:
		return string(v), nil
	case asList:
		var list []string
		err := json.Unmarshal(v, &list)
		for i, s := range list {
			list[i] = escape(s, `|`)
		}
		return guarded(strings.Join(list, "|")), err
	case asMap:
		var m map[string]string
		err := json.Unmarshal(v, &m)
		var pairs []string
		for _, k := range slices.Sorted(maps.Keys(m)) {
			pairs = append(pairs, escape(k, `|=`)+"="+escape(m[k], `|=`))
		}
		return guarded(strings.Join(pairs, "|")), err
	case asJSON:
		if s := string(v); s != "null" && s != "{}" && s != "[]" {
			return s, nil // begins with a bracket: no spreadsheet calculates it
		}
		return "", nil
	}
	var s string
	err := json.Unmarshal(v, &s)
	return guarded(escape(s, "")), err
}

// escape keeps what CSV readers change (a carriage return) or columns split at.
func escape(s, marks string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\r':
			b.WriteString(`\r`)
			continue
		case r == '\\' || strings.ContainsRune(marks, r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unescape(s string) string { return strings.Join(pieces(s, ""), "") }

// pieces splits at marks that are not escaped, and unescapes. A mark is a
// piece of its own.
func pieces(s, marks string) (all []string) {
	var piece strings.Builder
	escaped := false
	for _, r := range s {
		switch {
		case escaped && r == 'r':
			piece.WriteByte('\r')
		case escaped:
			if r != '\\' && r != '|' && r != '=' {
				piece.WriteByte('\\')
			}
			piece.WriteRune(r)
		case r == '\\':
			escaped = true
			continue
		case strings.ContainsRune(marks, r):
			all = append(all, piece.String(), string(r))
			piece.Reset()
		default:
			piece.WriteRune(r)
		}
		escaped = false
	}
	if escaped {
		piece.WriteByte('\\')
	}
	return append(all, piece.String())
}

func split(cell string) []string {
	all := []string{}
	for i, p := range pieces(cell, "|") {
		if i%2 == 0 && p != "" {
			all = append(all, p)
		}
	}
	return all
}

func parseMap(cell string) (map[string]string, error) {
	m := map[string]string{}
	if cell == "" {
		return m, nil
	}
	all := append(pieces(cell, "|="), "|")
	for len(all) > 0 {
		if len(all) < 4 || all[1] != "=" || all[3] != "|" || all[0] == "" {
			return nil, fmt.Errorf("%.40q names no value: write it as name=value|name=value", cell)
		}
		m[all[0]], all = all[2], all[4:]
	}
	return m, nil
}

// formula begins what a spreadsheet would calculate instead of show.
const formula = "=+-@\t'"

// guarded keeps a spreadsheet from running a cell: an apostrophe goes first.
func guarded(cell string) string {
	if cell != "" && strings.IndexByte(formula, cell[0]) >= 0 {
		return "'" + cell
	}
	return cell
}

func unguarded(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.IndexByte(formula, cell[1]) >= 0 {
		return cell[1:]
	}
	return cell
}

// written undoes what the way through another encoder did to a value: < is < again.
func written(raw json.RawMessage) json.RawMessage {
	if !bytes.Contains(raw, []byte(`\u00`)) {
		return raw
	}
	out := make(json.RawMessage, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 >= len(raw) {
			out = append(out, raw[i])
			continue
		}
		if i+5 < len(raw) && raw[i+1] == 'u' {
			if at := slices.Index([]string{"003c", "003e", "0026"}, string(raw[i+2:i+6])); at >= 0 {
				out = append(out, "<>&"[at])
				i += 5
				continue
			}
		}
		out = append(out, raw[i], raw[i+1])
		i++
	}
	return out
}

// encode writes JSON as people read it: < stays <.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // our own records always marshal
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
