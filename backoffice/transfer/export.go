package transfer

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/db"
)

// Page is a part of an export.
type Page struct {
	Records []json.RawMessage `json:"records"`
	Next    string            `json:"next"` // "" after the last
}

// Export returns the records of a page of products after another's Next, newest
// product first: the products, or the stock or prices of their variants. It
// returns ErrKind.
func Export(ctx context.Context, tx *db.Tx, k Kind, after string) (page Page, err error) {
	if k != KindProducts && k != KindStock && k != KindPrices {
		return Page{}, ErrKind.With("this kind is not exported: use products, stock or prices")
	}
	ids, next, err := catalog.ListIDs(ctx, tx, catalog.Filter{After: after, Limit: catalog.MaxPage})
	if err != nil {
		return Page{}, fmt.Errorf("export %s: %w", k, err)
	}
	page = Page{Records: []json.RawMessage{}, Next: next}
	for _, id := range ids {
		p, err := catalog.Find(ctx, tx, id)
		if err == nil {
			page.Records, err = appendRecords(ctx, tx, page.Records, k, p)
		}
		if err != nil {
			return Page{}, fmt.Errorf("export %s of %s: %w", k, id, err)
		}
	}
	return page, nil
}

func appendRecords(ctx context.Context, tx *db.Tx, all []json.RawMessage, k Kind, p catalog.Product) ([]json.RawMessage, error) {
	if k == KindProducts {
		return append(all, encode(recordOf(p))), nil
	}
	for _, v := range p.Variants {
		if k == KindPrices {
			prices, err := pricing.InMarkets(ctx, tx, v.ID)
			if err != nil {
				return nil, err
			}
			for _, m := range slices.Sorted(maps.Keys(prices)) {
				all = append(all, encode(priceRecord{v.SKU, m, prices[m].Decimal(), string(prices[m].Currency)}))
			}
			continue
		}
		levels, err := inventory.Levels(ctx, tx, v.ID)
		if err != nil {
			return nil, err
		}
		for _, l := range levels {
			all = append(all, encode(stockRecord{v.SKU, l.Location, &l.OnHand}))
		}
	}
	return all, nil
}

// Writer writes records as a file that an import reads.
type Writer struct {
	kind  Kind
	sheet *csv.Writer   // CSV
	text  *bufio.Writer // JSON
	some  bool
}

// NewWriter begins a file. It returns ErrKind or ErrFormat.
func NewWriter(w io.Writer, k Kind, f Format) (*Writer, error) {
	if k != KindProducts && k != KindStock && k != KindPrices {
		return nil, ErrKind.With("this kind is not exported: use products, stock or prices")
	}
	out := &Writer{kind: k}
	switch f {
	case FormatJSON:
		out.text = bufio.NewWriter(w)
		_, err := out.text.WriteString("[")
		return out, err
	case FormatCSV:
		out.sheet = csv.NewWriter(w)
		var names []string
		for _, c := range columnsOf(k) {
			names = append(names, c.name)
		}
		return out, out.sheet.Write(names)
	}
	return nil, ErrFormat
}

// Write adds a record of an export.
func (w *Writer) Write(record json.RawMessage) error {
	if w.sheet != nil {
		return w.rows(record)
	}
	typed := any(new(productRecord))
	switch w.kind {
	case KindStock:
		typed = new(stockRecord)
	case KindPrices:
		typed = new(priceRecord)
	}
	if err := json.Unmarshal(record, typed); err != nil {
		return fmt.Errorf("write a record: %w", err)
	}
	between := "\n"
	if w.some {
		between = ",\n"
	}
	w.some = true
	_, err := w.text.WriteString(between)
	return errors.Join(err, ignoreCount(w.text.Write(encode(typed))))
}

func ignoreCount(_ int, err error) error { return err }

// rows writes a row, or for a product one per variant; what is the product's
// stands in the first.
func (w *Writer) rows(record json.RawMessage) error {
	var f fields
	if err := json.Unmarshal(record, &f); err != nil {
		return fmt.Errorf("write a record: %w", err)
	}
	variants := []fields{{}}
	if w.kind == KindProducts {
		if err := json.Unmarshal(f["variants"], &variants); err != nil {
			return fmt.Errorf("write variants: %w", err)
		}
	}
	for i, v := range variants {
		var cells []string
		for _, c := range columnsOf(w.kind) {
			from := f
			if c.variant {
				from = v
			}
			if !c.variant && i > 0 && c.name != "id" && c.name != "slug" {
				cells = append(cells, "")
				continue
			}
			cell, err := c.cell(from[c.name])
			if err != nil {
				return fmt.Errorf("write %s: %w", c.name, err)
			}
			cells = append(cells, cell)
		}
		if err := w.sheet.Write(cells); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the file; it does not close what it was written to.
func (w *Writer) Close() error {
	if w.sheet != nil {
		w.sheet.Flush()
		return w.sheet.Error()
	}
	end := "\n]\n"
	if !w.some {
		end = "]\n"
	}
	_, err := w.text.WriteString(end)
	return errors.Join(err, w.text.Flush())
}
