package transfer

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxRowBytes = 1 << 20
	maxColumns  = 500
	maxGroup    = 2000 // rows of one product
)

// source reads a file from where a run is.
type source interface {
	next() (item, error) // io.EOF after the last
	row() int64          // the number of the row being read
	Close() error
}

// fingerprint notes which file and content a run reads.
func fingerprint(run *Run) error {
	f, err := os.Open(run.path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return ErrFile
	}
	sum, look := sha256.New(), new(sniffer)
	if run.Size, err = io.Copy(io.MultiWriter(sum, look), f); err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	if run.Format == FormatCSV {
		run.Encoding = orElse(run.mapping.Encoding, look.encoding())
	}
	run.digest, run.modified = hex.EncodeToString(sum.Sum(nil)), info.ModTime().UTC().Truncate(time.Microsecond)
	return nil
}

// unchanged reports whether the file is still the one that Begin saw.
func unchanged(run Run) error {
	info, err := os.Stat(run.path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	if info.Size() != run.Size || !info.ModTime().UTC().Truncate(time.Microsecond).Equal(run.modified) {
		return ErrChanged
	}
	return nil
}

// open opens a run's file where the run is.
func (d *Desk) open(run Run) (source, error) {
	if run.Kind == KindEverything {
		return d.openPacked(run)
	}
	return open(run)
}

// open opens a table where the run is.
func open(run Run) (source, error) {
	f, err := openFile(run)
	if err != nil {
		return nil, err
	}
	s, err := read(f, run)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

func openFile(run Run) (*os.File, error) {
	f, err := os.Open(run.path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return f, nil
}

// read understands an open file.
func read(f io.ReadSeekCloser, run Run) (source, error) {
	if run.Format == FormatJSON {
		o, err := openObjects(f, run)
		if err != nil {
			return nil, err
		}
		return own{objects: o, kind: kinds[run.Kind]}, nil
	}
	t, err := openTable(f, run)
	if err != nil {
		return nil, err
	}
	if run.Kind == KindShopify {
		return &shopify{table: t, run: run}, t.needs(shopifyHandle)
	}
	of := kinds[run.Kind]
	if run.mapping.Kind == "" {
		return sheet{table: t, kind: of}, errors.Join(t.knows(of.columns), t.needs(of.needed...))
	}
	m, err := run.mapping.compile(t)
	return sheet{table: t, kind: of, mapping: m}, err
}

// table reads CSV: comma, semicolon, tab or bar, with or without a byte-order mark.
type table struct {
	io.Closer
	r      *csv.Reader
	comma  rune
	code   string // the encoding
	budget *budget
	base   int64 // the byte that r began with
	n      int64 // number of the row read last
	names  []string
	at     map[string]int // column by folded name
	ahead  *record
	broken error // nothing can be read after the byte start
	start  int64
}

// record is a row.
type record struct {
	n       int64
	start   int64 // the byte it begins with
	cells   []string
	problem *Row // it cannot be understood
}

// budget ends a row that does not end.
type budget struct {
	io.Reader
	left int
}

// Read reads within the budget.
func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, ErrLongRow
	}
	n, err := b.Reader.Read(p)
	b.left -= n
	return n, err
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// openTable reads the heading and goes to where the run is.
func openTable(f io.ReadSeekCloser, run Run) (*table, error) {
	first := make([]byte, 64<<10)
	n, err := io.ReadFull(f, first)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	first = first[:n]
	if bytes.HasPrefix(first, []byte("\xff\xfe")) || bytes.HasPrefix(first, []byte("\xfe\xff")) {
		return nil, ErrFile.With("the file is written in UTF-16: save it as CSV UTF-8")
	}
	t := &table{Closer: f, at: map[string]int{}, code: run.Encoding, comma: separator(first)}
	if run.Separator != "" {
		t.comma = []rune(run.Separator)[0]
	}
	if bytes.HasPrefix(first, byteOrderMark) {
		t.base = int64(len(byteOrderMark))
	}
	if err := t.from(f, t.base); err != nil {
		return nil, err
	}
	if t.names, err = t.r.Read(); err != nil {
		return nil, ErrHeading
	}
	if err := t.index(); err != nil {
		return nil, err
	}
	if t.n = 1; run.At == 0 {
		return t, nil
	}
	t.n += run.Rows
	return t, t.from(f, run.At)
}

// from begins to read at a byte.
func (t *table) from(f io.ReadSeeker, at int64) error {
	if _, err := f.Seek(at, io.SeekStart); err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	t.budget = &budget{f, maxRowBytes}
	t.base, t.r = at, csv.NewReader(t.budget)
	t.r.Comma, t.r.FieldsPerRecord = t.comma, -1
	return nil
}

// separator is what the first line has most of.
func separator(first []byte) rune {
	line, _, _ := bytes.Cut(first, []byte("\n"))
	best := ','
	for _, r := range ";\t|" {
		if bytes.Count(line, []byte(string(r))) > bytes.Count(line, []byte(string(best))) {
			best = r
		}
	}
	return best
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func (t *table) index() error {
	if len(t.names) > maxColumns {
		return ErrHeading.With(fmt.Sprintf("the file has %d columns: leave at most %d", len(t.names), maxColumns))
	}
	for i, name := range t.names {
		name = decoded(t.code, name)
		t.names[i] = name
		if !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
			return ErrFile.With("the first row is not UTF-8: save the file as CSV UTF-8")
		}
		if name = fold(name); name == "" {
			continue
		}
		if _, twice := t.at[name]; twice {
			return ErrHeading.With(fmt.Sprintf("the column %q is there twice: rename one", name))
		}
		t.at[name] = i
	}
	return nil
}

// needs checks that columns are there.
func (t *table) needs(columns ...string) error {
	for _, c := range columns {
		if _, ok := t.at[fold(c)]; !ok {
			return ErrHeading.With(fmt.Sprintf("the first row names no column %q: is this the right kind of file? Add the column", c))
		}
	}
	return nil
}

// knows checks that no column would be lost.
func (t *table) knows(columns []column) error {
	for _, name := range t.names {
		if fold(name) != "" && !slices.ContainsFunc(columns, func(c column) bool { return c.name == fold(name) }) {
			return ErrHeading.With(fmt.Sprintf("the column %.60q is not known: remove or rename it; an export shows all there are", name))
		}
	}
	return nil
}

func (t *table) row() int64 { return t.n }

func (t *table) separatedBy() string { return string(t.comma) }

// get is a row's cell in a column, "" without one.
func (t *table) get(r *record, column string) string {
	i, ok := t.at[fold(column)]
	if !ok || i >= len(r.cells) {
		return ""
	}
	return r.cells[i]
}

// has reports whether a column is there.
func (t *table) has(column string) bool {
	_, ok := t.at[fold(column)]
	return ok
}

// take returns the next row, peek does so without moving on.
func (t *table) take() (*record, error) {
	r, err := t.peek()
	t.ahead = nil
	return r, err
}

func (t *table) peek() (*record, error) {
	if t.ahead != nil {
		return t.ahead, nil
	}
	if t.broken != nil {
		return nil, t.broken
	}
	r := &record{start: t.end()}
	t.budget.left = maxRowBytes
	cells, err := t.r.Read()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	t.n++
	for i, c := range cells {
		cells[i] = decoded(t.code, c)
	}
	r.n, r.cells = t.n, cells
	var syntax *csv.ParseError
	if err != nil && !errors.As(err, &syntax) {
		t.broken, t.start = err, r.start
		return nil, err
	}
	r.problem = t.trouble(r, syntax)
	t.ahead = r
	return r, nil
}

// end is the byte after the row that was read last.
func (t *table) end() int64 {
	switch {
	case t.ahead != nil:
		return t.ahead.start
	case t.broken != nil:
		return t.start
	}
	return t.base + t.r.InputOffset()
}

// trouble says why a row cannot be understood; nil when it can.
func (t *table) trouble(r *record, syntax *csv.ParseError) *Row {
	if syntax != nil {
		return &Row{Level: LevelError, Row: r.n, Reason: fmt.Sprintf("the quotation marks do not match (%v): put the cell in quotation marks and write those within twice", syntax.Err)}
	}
	if len(r.cells) > len(t.names) {
		return &Row{Level: LevelError, Row: r.n, Reason: fmt.Sprintf("the row has %d cells and the first row %d: put cells with a separator in quotation marks", len(r.cells), len(t.names))}
	}
	for i, c := range r.cells {
		if !utf8.ValidString(c) || strings.ContainsRune(c, 0) {
			return &Row{Level: LevelError, Row: r.n, Column: t.names[i], Reason: "the cell is not UTF-8: save the file as CSV UTF-8, or as Windows-1252 as a whole"}
		}
	}
	return nil
}

// group returns the next rows that have the same key; an empty key continues,
// and so does a row that cannot be understood, because it belongs to somebody.
func (t *table) group(key func(r *record) string) (rows []*record, err error) {
	first, err := t.take()
	if err != nil {
		return nil, err
	}
	rows = []*record{first}
	for {
		r, err := t.peek()
		if err != nil {
			return rows, nil // the end, or what the next group will say
		}
		if k := key(r); r.problem == nil && k != "" && k != key(first) {
			return rows, nil
		}
		t.ahead = nil
		if rows = append(rows, r); len(rows) > maxGroup {
			rows = rows[:maxGroup] // all that follows is counted by its number, not kept
			rows[maxGroup-1] = &record{n: r.n, problem: &Row{Level: LevelError, Row: r.n,
				Reason: fmt.Sprintf("more than %d rows are of one product: split it into several", maxGroup-1)}}
		}
	}
}

// problems are those of the rows of a group.
func problems(rows []*record, subject string) (all []Row) {
	for _, r := range rows {
		if r.problem != nil {
			p := *r.problem
			p.Subject = subject
			all = append(all, p)
		}
	}
	return all
}
