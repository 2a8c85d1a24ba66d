package search

import (
	"context"
	"errors"
	"slices"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
)

// load fills the columns from the database, and the index too when it is empty,
// was left half filled, was made for other languages, or knows of changes that
// the database does not: then the database was put back to an older state.
func (s *Search) load(ctx context.Context) error {
	var last int64
	var shop shop
	err := s.config.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if last, err = selectLast(ctx, tx); err != nil && !errors.Is(err, db.ErrNoRow) {
			return err
		}
		r, err := loadRules(ctx, tx)
		if err != nil {
			return err
		}
		s.rules.Store(r)
		shop, err = readShop(ctx, tx, s.config.Base)
		return err
	})
	if err == nil {
		s.shelve(shop)
	}
	if err != nil {
		return err
	}
	kept, complete := s.index.Mark()
	fill := !complete || kept.Number > last || kept.Stamp != shop.stamp()
	if fill {
		if err := s.index.Clear(ctx); err != nil {
			return err
		}
		kept = Mark{last, shop.stamp()}
	}
	s.columns.clear()
	s.begun.forget()
	if err := s.scan(ctx, shop, fill); err != nil {
		return err
	}
	if fill {
		if err := s.index.Apply(ctx, Changes{Mark: kept, Complete: true}); err != nil {
			return err
		}
	}
	s.mark = kept
	return nil
}

// scan reads every product on offer, a page a transaction, and may fill the
// index. What changes meanwhile has a number and is read again.
func (s *Search) scan(ctx context.Context, shop shop, fill bool) error {
	var waiting []Document
	flush := func(least int) error {
		if !fill || len(waiting) < least || len(waiting) == 0 {
			return nil
		}
		err := s.index.Apply(ctx, Changes{Put: waiting})
		waiting = nil
		return err
	}
	for after, more := "", true; more; {
		var documents []Document
		err := s.config.DB.Read(ctx, func(tx *db.Tx) error {
			products, next, err := readPage(ctx, tx, shop.locales, after)
			if err != nil {
				return err
			}
			after, more = next, next != ""
			documents, err = shop.documents(ctx, tx, products)
			return err
		})
		if err != nil {
			return err
		}
		s.columns.mu.Lock()
		for _, d := range documents {
			slot := s.slots.Of(d.ID)
			s.columns.put(slot, d)
			if fill {
				s.columns.texts[slot] = d.checksum()
			}
		}
		s.columns.mu.Unlock()
		if fill {
			waiting = append(waiting, documents...)
		}
		if err := flush(fillBatch); err != nil {
			return err
		}
	}
	return flush(0)
}

// readPage returns a page of products with their texts in every locale, in two
// statements a locale.
func readPage(ctx context.Context, tx *db.Tx, locales []string, after string) ([]catalog.Product, string, error) {
	f := catalog.Filter{Status: catalog.StatusActive, After: after, Limit: catalog.MaxPage}
	products, next, err := catalog.List(ctx, tx, f)
	if err != nil {
		return nil, "", err
	}
	for i := range products {
		products[i].Translations = map[string]catalog.Translation{}
	}
	for _, f.Locale = range locales {
		local, _, err := catalog.List(ctx, tx, f)
		if err != nil {
			return nil, "", err
		}
		for i, p := range local {
			products[i].Translations[f.Locale] = catalog.Translation{Title: p.Title, Description: p.Description}
		}
	}
	return products, next, nil
}

// stockChanged notes what to look at again; commits wait for it.
func (s *Search) stockChanged(keys []string) {
	s.pending.Lock()
	defer s.pending.Unlock()
	if s.pending.variants == nil {
		s.pending.variants = map[catalog.VariantID]bool{}
	}
	for _, k := range keys {
		s.pending.variants[catalog.VariantID(k)] = true
	}
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

func (s *Search) stockPending() (all []catalog.VariantID) {
	s.pending.Lock()
	defer s.pending.Unlock()
	for v := range s.pending.variants {
		all = append(all, v)
	}
	s.pending.variants = nil
	return all
}

// restock reads the stock of variants, a page a transaction.
func (s *Search) restock(ctx context.Context, variants []catalog.VariantID) error {
	for some := range slices.Chunk(variants, sweepPage) {
		s.columns.mu.RLock()
		asked, bundles := s.columns.withBundles(some)
		s.columns.mu.RUnlock()
		var available map[catalog.VariantID]int64
		err := s.config.DB.Read(ctx, func(tx *db.Tx) (err error) {
			available, err = inventory.Available(ctx, tx, asked)
			return err
		})
		if err != nil {
			return err
		}
		s.columns.mu.Lock()
		for _, v := range some {
			s.columns.stock(v, available[v] > 0)
		}
		for b, parts := range bundles {
			s.columns.stock(b, catalog.BundleAvailable(parts, available) > 0)
		}
		s.columns.mu.Unlock()
	}
	return nil
}

// Sweep looks at the stock of the next thousand variants: what other nodes
// sell is told to them only. Run does it every second.
func (s *Search) Sweep(ctx context.Context) error {
	if !s.Ready() {
		return nil
	}
	s.following.Lock()
	defer s.following.Unlock()
	var next []catalog.VariantID
	s.columns.mu.RLock()
	for n := len(s.columns.held); n > 0 && len(next) < sweepPage; n-- {
		s.sweep = (s.sweep + 1) % len(s.columns.held)
		next = append(next, s.columns.held[s.sweep]...)
	}
	s.columns.mu.RUnlock()
	return s.restock(ctx, next)
}
