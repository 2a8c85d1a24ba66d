package statement

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/value/money"
)

// table is a file of separated values with a header, read line by line.
type table struct {
	names []string       // as the file writes them
	at    map[string]int // column by name, folded
	rows  *csv.Reader
	row   []string
	line  int
}

// openTable reads the header; comma, semicolon and tab separate, whichever the
// first line has most of.
func openTable(in *bufio.Reader) (*table, error) {
	first := firstLine(in)
	t := &table{at: map[string]int{}, rows: csv.NewReader(in)}
	for _, c := range []rune{';', '\t'} {
		if strings.Count(first, string(c)) > strings.Count(first, string(t.rows.Comma)) {
			t.rows.Comma = c
		}
	}
	t.rows.FieldsPerRecord, t.rows.LazyQuotes, t.rows.ReuseRecord = -1, true, true
	header, err := t.rows.Read()
	if err != nil {
		return nil, ErrFile.With("the file has no header line; export it again as CSV")
	}
	t.head(header)
	return t, nil
}

// firstLine looks at the first line, past the mark that says UTF-8, which is
// taken away.
func firstLine(in *bufio.Reader) string {
	if mark, _ := in.Peek(3); string(mark) == "\ufeff" {
		_, _ = in.Discard(3)
	}
	ahead, _ := in.Peek(in.Size())
	first, _, _ := strings.Cut(string(ahead), "\n")
	return first
}

func (t *table) head(names []string) {
	t.names = slices.Clone(names)
	clear(t.at)
	for i, name := range names {
		name = fold(name)
		if _, twice := t.at[name]; !twice && name != "" {
			t.at[name] = i
		}
	}
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// next goes to the next line that is not empty; false at the end.
func (t *table) next() (bool, error) {
	for {
		row, err := t.rows.Read()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, ErrFile.With("the file is not CSV; export it again: " + err.Error())
		}
		t.line, _ = t.rows.FieldPos(0)
		if len(row) == 1 && strings.TrimSpace(row[0]) == "" {
			continue
		}
		t.row = row
		return true, nil
	}
}

// rows reads each line that is left as one row; what skip says is left out.
func (s *reading) rows(t *table, read func(*table) (Row, error)) error {
	for {
		more, err := t.next()
		if err != nil || !more {
			return err
		}
		r, err := read(t)
		if errors.Is(err, errSkip) {
			s.bounded.since = 0
			continue
		}
		if err != nil {
			return wrong(t.line, err)
		}
		if err := s.row(r); err != nil {
			return err
		}
	}
}

// errSkip is a line that tells nothing yet.
var errSkip = errors.New("not settled yet")

// has is an error unless the table has each column, by one of its names.
func (t *table) has(columns ...string) error {
	for _, names := range columns {
		if _, ok := t.column(names); !ok {
			return ErrFile.With(fmt.Sprintf("the file has no column %q; export the report with all its columns", strings.Split(names, "|")[0]))
		}
	}
	return nil
}

// holds says that there is a column of this very name.
func (t *table) holds(name string) bool {
	_, ok := t.at[fold(name)]
	return ok
}

// column is where one of the names, separated by |, stands.
func (t *table) column(names string) (int, bool) {
	for name := range strings.SplitSeq(names, "|") {
		if i, ok := t.at[fold(name)]; ok {
			return i, true
		}
	}
	return 0, false
}

// get is the text of a column in this line; "" where there is none.
func (t *table) get(names string) string {
	if i, ok := t.column(names); ok && i < len(t.row) {
		return strings.TrimSpace(t.row[i])
	}
	return ""
}

// decimal reads an amount as people write it in a file: 1,234.50, 1.234,50,
// −12.9, (12.90), "" for zero. comma says that a comma is the decimal point.
func decimal(text string, c money.Currency, comma bool) (money.Amount, error) {
	text = strings.TrimSpace(text)
	negative := false
	if inner, ok := strings.CutPrefix(text, "("); ok && strings.HasSuffix(inner, ")") {
		negative, text = true, strings.TrimSuffix(inner, ")")
	}
	thousand, point := ",", "."
	if comma {
		thousand, point = ".", ","
	}
	text = strings.NewReplacer(thousand, "", point, ".", " ", "", "\u00a0", "", "\u202f", "", "'", "", "−", "-", "+", "").Replace(text)
	if text == "" || text == "-" {
		return money.Of(0, c), known(c)
	}
	whole, part, ok := strings.Cut(text, ".")
	info, found := money.Find(c)
	if ok && found && len(part) > info.Exponent && strings.Trim(part[info.Exponent:], "0") == "" { // 129.00 forint-like zeros
		part = part[:info.Exponent]
	}
	sign := ""
	if rest, minus := strings.CutPrefix(whole, "-"); minus {
		sign, whole = "-", rest
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if part != "" {
		whole += "." + part
	}
	a, err := money.Parse(sign+whole, c)
	if negative && err == nil && a.Minor != math.MinInt64 {
		a = a.Neg()
	}
	return a, bounded(a, err)
}

// minor reads an amount in whole minor units.
func minor(text string, c money.Currency) (money.Amount, error) {
	if text == "" {
		return money.Of(0, c), known(c)
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(text, "+"), 10, 64)
	if err != nil {
		return money.Amount{}, fmt.Errorf("%.20q is no amount in minor units", text)
	}
	return money.Of(n, c), errors.Join(known(c), bounded(money.Of(n, c), nil))
}

func known(c money.Currency) error {
	if _, ok := money.Find(c); !ok {
		return fmt.Errorf("%.10q is no currency", string(c))
	}
	return nil
}

// bounded refuses sums that no payment has, so that none overflows later.
func bounded(a money.Amount, err error) error {
	const most = math.MaxInt64 / 1_000_000
	if err == nil && (a.Minor > most || a.Minor < -most) {
		err = errors.New("the amount is larger than any payment")
	}
	return err
}

// moments are how the reports write a time. Without a zone it is UTC.
var moments = []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006/01/02 15:04:05 -0700", "2006-01-02T15:04:05",
	"2006-01-02", "02.01.2006 15:04:05", "02.01.2006", "02/01/2006 15:04:05", "2006/01/02"}

func moment(text string) (time.Time, error) {
	for _, layout := range moments {
		if at, err := time.Parse(layout, strings.TrimSpace(text)); err == nil && at.Year() > 1970 && at.Year() < 2200 {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.30q is no time; write it as 2030-01-02 15:04:05", text)
}
