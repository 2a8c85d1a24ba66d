package lite_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"korzo/platform/db/lite"
)

func open(t *testing.T, pragmas ...string) *lite.Conn {
	t.Helper()
	c, err := lite.Open(filepath.Join(t.TempDir(), "a.db"), pragmas...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := c.Exec("CREATE TABLE thing_rows (n INTEGER, text TEXT, blob BLOB, real REAL, UNIQUE (n)) STRICT; -- and a comment\n"); err != nil {
		t.Fatal(err)
	}
	return c
}

func prepare(t *testing.T, c *lite.Conn, query string) *lite.Stmt {
	t.Helper()
	s, script, err := c.Prepare(query)
	if err != nil || script {
		t.Fatalf("prepare %s: script %v, %v", query, script, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

type name string

// What goes in comes out, whatever it is made of, as often as it is asked.
func TestValuesComeBackAsTheyWent(t *testing.T) {
	c := open(t)
	insert := prepare(t, c, `INSERT INTO thing_rows (text, n, blob, real) VALUES ($2, $1, $3, $4)`)
	get := prepare(t, c, `SELECT n, text, blob, real FROM thing_rows WHERE n = $1`)
	long := strings.Repeat("ű", 40_000) // more than a statement keeps room for
	seven := int64(7)
	for i, v := range []struct {
		text any
		want string
	}{{"ascii", "ascii"}, {"", ""}, {name("named"), "named"}, {long, long}, {"after the long one", "after the long one"}} {
		if n, err := insert.Exec([]any{i, v.text, []byte(v.want), 1.5}); n != 1 || err != nil {
			t.Fatalf("insert %d: %d, %v", i, n, err)
		}
		if err := get.Query([]any{&i}); err != nil {
			t.Fatal(err)
		}
		row, err := get.Step()
		if !row || err != nil {
			t.Fatalf("row %d: %v, %v", i, row, err)
		}
		var n int64
		var text name
		var blob []byte
		var real float64
		if err := get.Scan(&n, &text, &blob, &real); err != nil {
			t.Fatal(err)
		}
		if n != int64(i) || string(text) != v.want || !bytes.Equal(blob, []byte(v.want)) || blob == nil || real != 1.5 {
			t.Errorf("row %d came back as %d, %.20q, %.20q, %v", i, n, text, blob, real)
		}
		get.Reset()
	}
	if _, err := insert.Exec([]any{&seven, (*string)(nil), []byte(nil), nil}); err != nil {
		t.Fatal(err)
	}
	_ = get.Query([]any{int64(7)})
	if row, err := get.Step(); !row || err != nil {
		t.Fatal(row, err)
	}
	var n *int64
	var text *string
	blob, real := []byte("old"), any("old")
	if err := get.Scan(&n, &text, &blob, &real); err != nil || n == nil || *n != 7 || text != nil || blob != nil || real != nil {
		t.Errorf("NULLs came back as %v, %v, %v, %v: %v", n, text, blob, real, err)
	}
	if err := get.Scan(&n, new(string), &blob, &real); err == nil {
		t.Error("NULL fitted into a string")
	}
	get.Reset()
}

func TestWhatSQLiteRefusesIsToldWithItsCode(t *testing.T) {
	c := open(t)
	insert := prepare(t, c, `INSERT INTO thing_rows (n, text) VALUES ($1, 'a')`)
	if _, err := insert.Exec([]any{1}); err != nil {
		t.Fatal(err)
	}
	var e *lite.Error
	if _, err := insert.Exec([]any{1}); !errors.As(err, &e) || e.Code() != 2067 {
		t.Errorf("twice the same: %v, want code 2067", err)
	}
	if n, err := insert.Exec([]any{2}); n != 1 || err != nil {
		t.Errorf("after a failure: %d, %v; the statement must work again", n, err)
	}
	if _, err := insert.Exec([]any{"no number"}); err == nil {
		t.Error("a STRICT table took a text for a number")
	}
	if _, err := insert.Exec(nil); err == nil {
		t.Error("a statement ran without its argument")
	}
	if _, err := insert.Exec([]any{struct{}{}}); err == nil {
		t.Error("a struct was kept")
	}
	if _, _, err := c.Prepare(`SELECT absent FROM thing_rows`); err == nil {
		t.Error("a column that is not there was selected")
	}
	if _, _, err := c.Prepare(`SELECT n FROM thing_rows WHERE n = ?`); err == nil {
		t.Error("a parameter without a number was taken")
	}
}

func TestAScriptIsKnownAndRun(t *testing.T) {
	c := open(t, "foreign_keys(1)")
	if s, script, err := c.Prepare(`DELETE FROM thing_rows; DELETE FROM thing_rows`); s != nil || !script || err != nil {
		t.Errorf("a script: %v, %v, %v", s, script, err)
	}
	prepare(t, c, "SELECT n FROM thing_rows ;\n\t")
	if n, err := c.Exec("INSERT INTO thing_rows (n) VALUES (1), (2); UPDATE thing_rows SET n = n + 10; -- two rows"); n != 2 || err != nil {
		t.Errorf("%d, %v; want the last statement's two rows", n, err)
	}
	if _, err := c.Exec("DELETE FROM thing_rows; DELETE FROM absent"); err == nil {
		t.Error("a broken script was taken")
	}
	if _, err := lite.Open(t.TempDir()); err == nil {
		t.Error("a folder was opened as a database")
	}
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	c := open(t)
	get := prepare(t, c, `SELECT 300, 'ten', 1.5, x'00'`)
	if err := get.Query(nil); err != nil {
		t.Fatal(err)
	}
	if row, err := get.Step(); !row || err != nil {
		t.Fatal(row, err)
	}
	var a, b, d any
	for _, dest := range [][]any{{new(int8), &a, &b, &d}, {new(uint8), &a, &b, &d}, {&a, new(int64), &b, &d}, {&a, &b, new(int64), &d}, {&a, &b, &d, new(bool)}, {&a}, {a, &b, &d, &d}} {
		if err := get.Scan(dest...); err == nil {
			t.Errorf("%T took what does not fit", dest)
		}
	}
	var small int32
	var unsigned uint16
	var raw []byte
	if err := get.Scan(&small, &raw, &b, &d); err != nil || small != 300 || string(raw) != "ten" || b != 1.5 {
		t.Errorf("%d, %s, %v: %v", small, raw, b, err)
	}
	if err := get.Scan(&unsigned, &raw, &b, &d); err != nil || unsigned != 300 {
		t.Errorf("%d: %v", unsigned, err)
	}
	get.Reset()
}
