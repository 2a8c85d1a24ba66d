package transfer

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

type content struct{ *bytes.Reader }

func (content) Close() error { return nil }

// Law: whatever a file holds, reading it ends, every entity takes rows and
// bytes, and who begins again after any entity reads the same rest.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"Handle,Title,Variant Price\na,A,1\na,,2\n\nb,\"B\nC\",3\n", "sku;on_hand\r\nX;1\r\n", "sku,amount\n\"x\"\"y\",1\n\"broken\"x,2\nz,3\n",
		"\xef\xbb\xbfsku\ttitle\nX\t\xff\n", `[{"sku":"a"},` + "\n" + `{"sku":"b}\""}]`, `{"a":[{}]}}{`, "\"", "Handle\n\"", "sku,on_hand\n\r\n\r\n,\n",
	} {
		for kind := range 4 {
			f.Add([]byte(s), uint8(kind), false)
			f.Add([]byte(s), uint8(kind), true)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, kind uint8, asJSON bool) {
		run := Run{Kind: []Kind{KindShopify, KindProducts, KindStock, KindPrices}[kind%4], Format: FormatCSV, Size: int64(len(data))}
		if asJSON && run.Kind != KindShopify {
			run.Format = FormatJSON
		}
		whole := readAll(t, data, run)
		for i, it := range whole {
			from := run
			from.At, from.Rows = it.end, 0
			for _, before := range whole[:i+1] {
				from.Rows += before.rows
			}
			if rest := readAll(t, data, from); len(rest) != len(whole)-i-1 || len(rest) > 0 && (rest[0].row != whole[i+1].row || rest[0].end != whole[i+1].end) {
				t.Fatalf("after entity %d at byte %d: %d entities follow, not %d", i, it.end, len(rest), len(whole)-i-1)
			}
			if i > 8 {
				break
			}
		}
	})
}

func readAll(t *testing.T, data []byte, run Run) (all []item) {
	t.Helper()
	s, err := read(content{bytes.NewReader(data)}, run)
	if err != nil {
		return nil
	}
	at := run.At
	for {
		it, err := s.next()
		if errors.Is(err, io.EOF) || errors.Is(err, ErrLongRow) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if it.end <= at || it.end > run.Size || it.rows < 1 {
			t.Fatalf("an entity of %d rows from byte %d to %d of %d", it.rows, at, it.end, run.Size)
		}
		at, all = it.end, append(all, it)
	}
}

// Law: a cell is read as what was written, and a mark of a spreadsheet's
// formula never stands first.
func FuzzCell(f *testing.F) {
	for _, s := range []string{"", "a", "=1", "'=1", "''", `\`, `\r`, "a\rb", "a|b", "=", `\|`, "\t"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = plain(s)
		if s == "" {
			return
		}
		for form, v := range map[form]any{asText: s, asList: []string{s, "b", s}, asMap: map[string]string{s: s, "k" + s: ""}} {
			c := column{form: form}
			want := encode(v)
			cell, err := c.cell(want)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.ContainsAny([]byte(cell[:1]), "=+-@\t\r") {
				t.Errorf("%q begins as a formula", cell)
			}
			got, ok, err := c.value(cell)
			if err != nil || !ok || !bytes.Equal(got, want) {
				t.Errorf("%s was written as %q and read as %s (%v)", want, cell, got, err)
			}
		}
	})
}
