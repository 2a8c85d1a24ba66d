package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"korzo/platform/fault"
)

const codeMalformed = "web.malformed"

// wrongJSON is what decode could not read. huma keeps only an error's text, so
// the text carries all three parts; NUL cannot occur in them.
type wrongJSON struct{ Field }

// Error is read back by decodedField.
func (w *wrongJSON) Error() string { return w.Code + "\x00" + w.Field.Field + "\x00" + w.Message }

// decodedField undoes wrongJSON.Error.
func decodedField(text string) (Field, bool) {
	parts := strings.Split(text, "\x00")
	if len(parts) != 3 {
		return Field{}, false
	}
	return Field{Code: parts[0], Field: parts[1], Message: parts[2]}, true
}

// decode is json.Unmarshal with errors for people.
func decode(data []byte, v any) error {
	if text := unkeepable(data); text != "" {
		return &wrongJSON{Field{Code: codeMalformed, Message: text}}
	}
	err := json.Unmarshal(data, v)
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		line, column := position(data, e.Offset)
		text := fmt.Sprintf("the body is not JSON: line %d, column %d: %s", line, column, strings.ReplaceAll(e.Error(), "\x00", ""))
		return &wrongJSON{Field{Code: codeMalformed, Message: text}}
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		line, column := position(data, e.Offset)
		text := fmt.Sprintf("line %d, column %d: a %s does not fit here; is it too large, or of the wrong type?", line, column, kindOf(e.Value))
		if number, is := strings.CutPrefix(e.Value, "number "); is && strings.Trim(number, "-0123456789") == "." {
			text = fmt.Sprintf("line %d, column %d: %s is written with a point; write a whole number without one", line, column, number)
		}
		return &wrongJSON{Field{Code: codeInvalid, Field: pathAt(data, e.Offset), Message: text}}
	}
	if text := fault.TextOf(err); text != "" { // a field that reads itself says what it needs
		return &wrongJSON{Field{Code: codeInvalid, Message: text}}
	}
	return &wrongJSON{Field{Code: codeInvalid, Message: "a value does not have the form that its field needs"}}
}

// pathAt names the value that ends at an offset of a JSON text: "lines[0].quantity".
func pathAt(data []byte, offset int64) string {
	type level struct {
		name  string // of the last field; "" in a list
		index int    // of the element in a list
		list  bool
		value bool // what comes next is a field's value
	}
	var open []level
	for d := json.NewDecoder(bytes.NewReader(data)); ; {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		if end, is := token.(json.Delim); is && (end == ']' || end == '}') {
			open = open[:len(open)-1]
			continue
		}
		if n := len(open) - 1; n >= 0 {
			if in := &open[n]; in.list {
				in.index++
			} else if name, is := token.(string); is && !in.value {
				in.name, in.value = name, true
				continue
			} else {
				in.value = false
			}
		}
		if d.InputOffset() >= offset {
			break
		}
		if begin, is := token.(json.Delim); is {
			open = append(open, level{list: begin == '[', index: -1})
		}
	}
	var path strings.Builder
	for i, in := range open {
		switch {
		case in.list:
			fmt.Fprintf(&path, "[%d]", in.index)
		case i > 0:
			path.WriteString("." + in.name)
		default:
			path.WriteString(in.name)
		}
	}
	return path.String()
}

// unkeepable says why a body's texts cannot be kept, or "": PostgreSQL takes no
// NUL and nothing that is not UTF-8, and the other control characters break
// mails, exports and terminals. Tabs and line ends are text.
func unkeepable(data []byte) string {
	if !utf8.Valid(data) {
		return "the body is not text in UTF-8; encode it so"
	}
	for rest := data; ; {
		i := bytes.IndexByte(rest, '\\')
		if i < 0 || i+1 == len(rest) {
			return ""
		}
		if controls(rest[i+1:]) {
			line, column := position(data, int64(len(data)-len(rest)+i+1))
			return fmt.Sprintf("line %d, column %d: a text holds a control character; leave it out", line, column)
		}
		rest = rest[i+2:]
	}
}

// controls reports whether an escape, its backslash cut off, is a control
// character that no text has.
func controls(escape []byte) bool {
	if escape[0] != 'u' {
		return escape[0] == 'b' || escape[0] == 'f'
	}
	if len(escape) < 5 {
		return false
	}
	n, err := strconv.ParseUint(string(escape[1:5]), 16, 16)
	return err == nil && !keepable(rune(n))
}

// keepable reports whether a text may hold r.
func keepable(r rune) bool {
	return r >= ' ' && r != 0x7f || r == '\t' || r == '\n' || r == '\r'
}

// keepableText reports whether a decoded text may be kept.
func keepableText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !keepable(r) })
}

// kindOf drops the literal from "number 1e400".
func kindOf(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	return kind
}

// position counts lines and columns from 1.
func position(data []byte, offset int64) (line, column int) {
	before := data[:min(max(int(offset), 0), len(data))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte{'\n'}) + 1, max(1, len(before)-start)
}

// closest returns the known name that a slip of the finger turned into name,
// or "".
func closest(name string, known []string) string {
	best, bound := "", 1+min(len(name), 20)/4
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k), bound); d <= bound {
			best, bound = k, d-1
		}
		if bound < 0 {
			break
		}
	}
	return best
}

// distance is Levenshtein's in bytes, or more than bound as soon as it is that.
func distance(a, b string, bound int) int {
	if d := len(a) - len(b); d > bound || -d > bound {
		return bound + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
