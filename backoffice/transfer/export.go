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
	"strings"

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

// Export returns the records of a page after another's Next: products, stock
// and prices by product, newest first, bundles last; customers oldest first; orders newest
// first. It returns ErrKind.
func (d *Desk) Export(ctx context.Context, tx *db.Tx, k Kind, after string) (Page, error) {
	of, ok := kinds[k]
	if !ok {
		return Page{}, ErrKind.With("this kind is not exported: use attributes, categories, products, policies, safety_stock, stock, prices, customer_groups, price_lists, list_prices, price_history, customers, group_members or orders")
	}
	records, next, err := of.page(ctx, tx, d, after)
	if err != nil {
		return Page{}, fmt.Errorf("export %s: %w", k, err)
	}
	if records == nil {
		records = []json.RawMessage{}
	}
	return Page{records, next}, nil
}

// Save writes all records of a kind as one file. Each page is read as it is at
// its own moment: what is changed meanwhile is in it as it was or as it is. It
// returns ErrKind or ErrFormat.
func (d *Desk) Save(ctx context.Context, w io.Writer, k Kind, f Format) error {
	out, err := NewWriter(w, k, f)
	if err != nil {
		return err
	}
	for after := ""; ; {
		var page Page
		err := d.db.Read(ctx, func(tx *db.Tx) (err error) {
			page, err = d.Export(ctx, tx, k, after)
			return err
		})
		if err != nil {
			return err
		}
		for _, record := range page.Records {
			if err := out.Write(record); err != nil {
				return err
			}
		}
		if after = page.Next; after == "" {
			return out.Close()
		}
	}
}

// bundlesAfter begins the places in the second round of products.
const bundlesAfter = "bundles/"

// productPage goes through the products twice: bundles come after all that they
// may be made of.
func productPage(ctx context.Context, tx *db.Tx, _ *Desk, after string) ([]json.RawMessage, string, error) {
	at, bundles := strings.CutPrefix(after, bundlesAfter)
	all, next, err := ofProducts(ctx, tx, at, func(p catalog.Product) ([]json.RawMessage, error) {
		if slices.ContainsFunc(p.Variants, func(v catalog.Variant) bool { return len(v.Parts) > 0 }) != bundles {
			return nil, nil
		}
		return []json.RawMessage{productText(p)}, nil
	})
	if bundles && next != "" || !bundles && next == "" {
		next = bundlesAfter + next
	}
	return all, next, err
}

func stockPage(ctx context.Context, tx *db.Tx, _ *Desk, after string) ([]json.RawMessage, string, error) {
	return ofProducts(ctx, tx, after, func(p catalog.Product) (all []json.RawMessage, err error) {
		for _, v := range p.Variants {
			levels, err := inventory.Levels(ctx, tx, v.ID)
			if err != nil {
				return nil, err
			}
			for _, l := range levels {
				all = append(all, object(members(stockFields, &stockRecord{v.SKU, l.Location, &l.OnHand})))
			}
		}
		return all, nil
	})
}

func pricePage(ctx context.Context, tx *db.Tx, _ *Desk, after string) ([]json.RawMessage, string, error) {
	return ofProducts(ctx, tx, after, func(p catalog.Product) (all []json.RawMessage, err error) {
		for _, v := range p.Variants {
			prices, err := pricing.InMarkets(ctx, tx, v.ID)
			if err != nil {
				return nil, err
			}
			for _, m := range slices.Sorted(maps.Keys(prices)) {
				all = append(all, object(members(priceFields, &priceRecord{v.SKU, m, prices[m].Decimal(), string(prices[m].Currency)})))
			}
		}
		return all, nil
	})
}

// ofProducts collects the records of a page of products.
func ofProducts(ctx context.Context, tx *db.Tx, after string, of func(catalog.Product) ([]json.RawMessage, error)) (all []json.RawMessage, next string, err error) {
	ids, next, err := catalog.ListIDs(ctx, tx, catalog.Filter{After: after, Limit: catalog.MaxPage})
	if err != nil {
		return nil, "", err
	}
	for _, id := range ids {
		p, err := catalog.Find(ctx, tx, id)
		if err != nil {
			return nil, "", err
		}
		some, err := of(p)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", id, err)
		}
		all = append(all, some...)
	}
	return all, next, nil
}

// Writer writes records as a file that an import reads.
type Writer struct {
	kind  kind
	sheet *csv.Writer   // CSV
	text  *bufio.Writer // JSON
	some  bool
}

// NewWriter begins a file. It returns ErrKind or ErrFormat.
func NewWriter(w io.Writer, k Kind, f Format) (*Writer, error) {
	of, ok := kinds[k]
	if !ok {
		return nil, ErrKind.With("this kind is not exported: use attributes, categories, products, policies, safety_stock, stock, prices, customer_groups, price_lists, list_prices, price_history, customers, group_members or orders")
	}
	out := &Writer{kind: of}
	switch f {
	case FormatJSON:
		out.text = bufio.NewWriter(w)
		_, err := out.text.WriteString("[")
		return out, err
	case FormatCSV:
		out.sheet = csv.NewWriter(w)
		var names []string
		for _, c := range of.columns {
			if !c.readOnly {
				names = append(names, c.name)
			}
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
	between := "\n"
	if w.some {
		between = ",\n"
	}
	w.some = true
	_, err := w.text.WriteString(between)
	return errors.Join(err, ignoreCount(w.text.Write(written(record))))
}

func ignoreCount(_ int, err error) error { return err }

// rows writes a row, or one per part; what is the entity's stands in the first.
func (w *Writer) rows(record json.RawMessage) error {
	var f fields
	if err := json.Unmarshal(written(record), &f); err != nil {
		return fmt.Errorf("write a record: %w", err)
	}
	parts := []fields{{}}
	if w.kind.parts != "" {
		if err := json.Unmarshal(f[w.kind.parts], &parts); err != nil {
			return fmt.Errorf("write %s: %w", w.kind.parts, err)
		}
	}
	for i, p := range parts {
		var cells []string
		for _, c := range w.kind.columns {
			if c.readOnly {
				continue
			}
			from := f
			if c.part {
				from = p
			}
			if !c.part && i > 0 && !slices.Contains(w.kind.key, c.name) {
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
