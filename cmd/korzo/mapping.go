package main

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"korzo/backoffice/transfer"
	"korzo/value/money"
)

// mostUnpacked bounds what a packed file may grow to.
const mostUnpacked = 4 << 30

// request is what the command asks for. A packed file is unpacked into the data
// folder first, because an import that was cut short goes on in its middle.
func (c *importCommand) request(path string) (transfer.Request, error) {
	in := transfer.Request{Path: path, Kind: transfer.Kind(c.Kind), Format: transfer.Format(c.Format), Market: c.Market, Location: c.Location, Dry: c.DryRun}
	if c.Mapping != "" {
		text, err := os.ReadFile(c.Mapping)
		if err != nil {
			return in, fmt.Errorf("read the mapping: %w", err)
		}
		if in.Mapping, err = transfer.ParseMapping(text); err != nil {
			return in, fmt.Errorf("%s: %w", c.Mapping, err)
		}
	}
	var err error
	if strings.HasSuffix(path, ".gz") {
		in.Path, err = unpack(path, filepath.Join(c.Data, "imports"))
	}
	return in, err
}

// unpack writes what a .gz holds into a folder and returns its path there.
func unpack(path, into string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("open the file: %w", err)
	}
	defer func() { _ = f.Close() }()
	packed, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return "", fmt.Errorf("%s is no gzip file: name the file as it is (%w)", path, err)
	}
	if err := os.MkdirAll(into, 0o700); err != nil {
		return "", err
	}
	out, err := os.CreateTemp(into, ".unpacking-*")
	if err != nil {
		return "", fmt.Errorf("unpack into the data folder: %w", err)
	}
	n, err := io.Copy(out, io.LimitReader(packed, mostUnpacked))
	if err == nil && n == mostUnpacked {
		err = errors.New("it holds more than 4 GB: unpack it yourself and import it in parts")
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("unpack %s: %w", path, err), os.Remove(out.Name()))
	}
	to, err := filepath.Abs(filepath.Join(into, strings.TrimSuffix(filepath.Base(path), ".gz")))
	if err != nil {
		return "", err
	}
	return to, os.Rename(out.Name(), to)
}

// guess prints a mapping to begin with.
func guess(w io.Writer, path string, k transfer.Kind) error {
	p, err := transfer.Look(path, transfer.Mapping{Kind: k}, 1)
	if err != nil {
		return err
	}
	return writeJSON(w, p.Guess)
}

// writeRemarks writes remarks as a table.
func writeRemarks(path string, all []imported) error {
	var rows []transfer.Row
	for _, of := range all {
		for _, r := range of.Remarks {
			if len(all) > 1 {
				r.Subject = strings.TrimSuffix(of.Run.File+": "+r.Subject, ": ")
			}
			rows = append(rows, r)
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return errors.Join(transfer.WriteReport(csv.NewWriter(f), rows), f.Close())
}

// tellMonths says what the rows of a file of orders came to, month by month.
// Each row is in one column, so that each line sums to what the file says.
func tellMonths(w io.Writer, sums []transfer.Tally) error {
	if len(sums) == 0 {
		return nil
	}
	months := map[string]map[string]transfer.Tally{}
	var order []string
	for _, t := range sums {
		key := t.Month + " " + t.Currency
		if months[key] == nil {
			months[key] = map[string]transfer.Tally{}
			order = append(order, key)
		}
		months[key][t.What] = t
	}
	slices.Sort(order)
	out := bufio.NewWriter(w)
	columns := []string{"ordered", "known", "returned", "refused"}
	fmt.Fprintf(out, "%-12s%16s%16s%16s%16s%18s%10s\n", "Month", "ordered", "here already", "returned", "not taken", "the file says", "rows")
	total := map[string]transfer.Tally{}
	for _, key := range order {
		writeMonth(out, key, months[key], columns, total)
	}
	return out.Flush()
}

func writeMonth(out io.Writer, key string, of map[string]transfer.Tally, columns []string, total map[string]transfer.Tally) {
	var sum, rows int64
	_, currency, _ := strings.Cut(key, " ")
	fmt.Fprintf(out, "%-12s", key)
	for _, c := range columns {
		fmt.Fprintf(out, "%16s", amount(of[c].Amount, currency))
		sum, rows = sum+of[c].Amount, rows+of[c].Rows
		t := total[c]
		t.Amount, t.Rows = t.Amount+of[c].Amount, t.Rows+of[c].Rows
		total[c] = t
	}
	fmt.Fprintf(out, "%18s%10d\n", amount(sum, currency), rows)
}

func amount(minor int64, currency string) string {
	if currency == "" {
		return strconv.FormatInt(minor, 10)
	}
	return money.Of(minor, money.Currency(currency)).Decimal()
}
