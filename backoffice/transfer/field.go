package transfer

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// field is a column of an own file and where its value stands in a T. at
// returns a pointer to the value as JSON has it. A field that is added to one
// of the lists below is in every import, export, mapping and page.
type field[T any] struct {
	column
	at func(*T) any
}

func columnsIn[T any](all []field[T]) (columns []column) {
	for _, f := range all {
		columns = append(columns, f.column)
	}
	return columns
}

// places are where a T's fields go, by column.
func places[T any](all []field[T], t *T) map[string]any {
	at := make(map[string]any, len(all))
	for _, f := range all {
		at[f.name] = f.at(t)
	}
	return at
}

// member is a value of an object under its name.
type member struct {
	name  string
	value json.RawMessage
}

// members are a T's fields in the order of its columns. What is missing in a
// text that is read says nothing, so nothing is left out of one that is written:
// an empty list is [].
func members[T any](all []field[T], t *T) (out []member) {
	for _, f := range all {
		if f.readOnly {
			continue
		}
		v := reflect.ValueOf(f.at(t)).Elem()
		switch {
		case v.Kind() == reflect.Map && v.IsNil():
			out = append(out, member{f.name, json.RawMessage("{}")})
		case v.Kind() == reflect.Slice && v.IsNil():
			out = append(out, member{f.name, json.RawMessage("[]")})
		default:
			out = append(out, member{f.name, encode(f.at(t))})
		}
	}
	return out
}

// object writes members as a JSON object, in their order.
func object(all []member) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(encode(m.name))
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// array writes values as a JSON array.
func array(all []json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('[')
	b.Write(bytes.Join(rawBytes(all), []byte{','}))
	b.WriteByte(']')
	return b.Bytes()
}

func rawBytes(all []json.RawMessage) (out [][]byte) {
	for _, m := range all {
		out = append(out, m)
	}
	return out
}

// codec reads and writes a value that is kept in another form than a file has it.
type codec struct {
	get func() any
	set func(raw []byte) error
}

// MarshalJSON writes what get returns.
func (c codec) MarshalJSON() ([]byte, error) { return encode(c.get()), nil }

// UnmarshalJSON hands what is read to set.
func (c codec) UnmarshalJSON(raw []byte) error { return c.set(raw) }
