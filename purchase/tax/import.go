package tax

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"korzo/platform/db"
	"korzo/value/calendar"
)

// vat is the value added tax of the member states of the European Union and of
// the United Kingdom with its history, restated from the tables of
// ibericode/vat-rates, version 4 (github.com/ibericode/vat-rates), with the
// rates of books and food added for the states where one rate holds for most of
// them. Last looked at in November 2026: who sells there asks an adviser.
//
//go:embed data/vat.csv
var vat []byte

// maxRows bounds one file.
const maxRows = 50_000

// columns are the columns a file may have; country, name, percent and from must be there.
var columns = []string{"country", "region", "postcodes", "class", "name", "percent", "from", "to"}

// BadRow is a row of a file that was refused, and why.
type BadRow struct {
	Row  int // counted from 1, the head of the columns not counted
	Text string
}

// SaveEuropean writes the value added tax of countries as this version knows
// it, past and present; of none given, of all it knows. It returns how many
// entries were written and may be repeated.
func SaveEuropean(ctx context.Context, tx *db.Tx, countries ...string) (int, error) {
	entries, bad, err := ReadCSV(bytes.NewReader(vat))
	if err == nil && len(bad) > 0 {
		err = fmt.Errorf("row %d: %s", bad[0].Row, bad[0].Text)
	}
	if err != nil {
		return 0, fmt.Errorf("read the rates of this version: %w", err)
	}
	var wanted []Entry
	for _, e := range entries {
		if len(countries) == 0 || slices.Contains(countries, e.Country) {
			wanted = append(wanted, e)
		}
	}
	return len(wanted), SaveRates(ctx, tx, wanted)
}

// SaveRates writes entries, new or changed, all or none. It returns ErrInvalid
// and may be repeated.
func SaveRates(ctx context.Context, tx *db.Tx, entries []Entry) error {
	for _, e := range entries {
		if err := SaveRate(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// ReadCSV reads entries from a file with a head of columns: country, name,
// percent and from, and where wanted region, postcodes, class and to. Postcodes
// is empty, one code, the beginning of codes (900*), a range (90001-90899), or
// several of them with spaces between; a range becomes the fewest beginnings
// that cover it. Rows that are not right are told and left out. It returns
// ErrInvalid for a file that is none.
func ReadCSV(file io.Reader) (entries []Entry, bad []BadRow, err error) {
	r := csv.NewReader(file)
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	head, err := r.Read()
	if err != nil {
		return nil, nil, ErrInvalid.With("file: write a CSV file whose first row names the columns: " + strings.Join(columns, ","))
	}
	at := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if !slices.Contains(columns, name) {
			return nil, nil, ErrInvalid.With(fmt.Sprintf("file: there is no column %q; use %s", name, strings.Join(columns, ", ")))
		}
		at[name] = i
	}
	for _, must := range []string{"country", "name", "percent", "from"} {
		if _, ok := at[must]; !ok {
			return nil, nil, ErrInvalid.With("file: the column " + must + " is missing")
		}
	}
	for row := 1; row <= maxRows; row++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return entries, bad, nil
		}
		if err == nil {
			var some []Entry
			some, err = entriesOf(func(name string) string { return field(record, at, name) })
			entries = append(entries, some...)
		}
		if err != nil {
			bad = append(bad, BadRow{row, err.Error()})
		}
	}
	return nil, nil, ErrInvalid.With(fmt.Sprintf("file: split it, a file has at most %d rows", maxRows))
}

func field(record []string, at map[string]int, name string) string {
	i, ok := at[name]
	if !ok || i >= len(record) {
		return ""
	}
	return strings.TrimSpace(record[i])
}

// entriesOf makes of a row an entry for each beginning of postal codes.
func entriesOf(get func(string) string) ([]Entry, error) {
	ppm, err := PPM(get("percent"))
	if err != nil {
		return nil, err
	}
	e := Entry{Country: get("country"), Region: get("region"), Class: get("class"), Name: get("name"), PPM: ppm}
	if e.From, err = calendar.Parse(get("from")); err != nil {
		return nil, errors.New("from: write a day as 2025-01-31")
	}
	if to := get("to"); to != "" {
		if e.To, err = calendar.Parse(to); err != nil {
			return nil, errors.New("to: write a day as 2025-01-31, or leave it empty")
		}
	}
	prefixes := []string{""}
	if spans := strings.Fields(get("postcodes")); len(spans) > 0 {
		prefixes = nil
		for _, span := range spans {
			some, err := Prefixes(span)
			if err != nil {
				return nil, err
			}
			prefixes = append(prefixes, some...)
		}
	}
	entries := make([]Entry, len(prefixes))
	for i, p := range prefixes {
		e.PostalPrefix = p
		if entries[i], err = e.checked(); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// PPM reads a percentage with at most four decimals, such as 8.875, as parts
// per million.
func PPM(percent string) (int64, error) {
	wrong := errors.New("percent: write a number from 0 to 100 with at most four decimals, such as 8.875")
	whole, part, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(percent), "%"), ".")
	if len(part) > 4 || whole == "" || len(whole) > 3 {
		return 0, wrong
	}
	n, err := strconv.ParseUint(whole+(part + "0000")[:4], 10, 32)
	if err != nil || n > Million {
		return 0, wrong
	}
	return int64(n), nil
}

// Prefixes returns the fewest beginnings of postal codes that cover a span:
// one code, a beginning (900*), or a range of numbers of one length
// (90001-90899).
func Prefixes(span string) ([]string, error) {
	first, last, ranged := strings.Cut(span, "-")
	if !ranged {
		return []string{strings.TrimSuffix(span, "*")}, nil
	}
	from, err1 := strconv.ParseUint(first, 10, 32)
	to, err2 := strconv.ParseUint(last, 10, 32)
	if err1 != nil || err2 != nil || len(first) != len(last) || len(first) > 9 || from > to {
		return nil, fmt.Errorf("postcodes: %q is no range; write two numbers of one length, the smaller first, such as 90001-90899", span)
	}
	return cover("", len(first), from, to), nil
}

// cover finds what covers from..to of the codes of n more digits under prefix.
func cover(prefix string, n int, from, to uint64) []string {
	size := uint64(1)
	for range n {
		size *= 10
	}
	if from == 0 && to == size-1 {
		return []string{prefix}
	}
	size /= 10
	var all []string
	for digit := from / size; digit <= to/size; digit++ {
		low, high := digit*size, digit*size+size-1
		all = append(all, cover(prefix+strconv.FormatUint(digit, 10), n-1, max(from, low)-low, min(to, high)-low)...)
	}
	return all
}
