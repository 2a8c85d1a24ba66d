package search

import (
	"context"
	"errors"
	"iter"

	"korzo/offer/catalog"
)

// Fill makes a search of documents without a database, for what is measured
// or tested in memory.
func Fill(ctx context.Context, open func(*Slots) (Index, error), documents iter.Seq[Document]) (*Search, error) {
	s := &Search{config: Config{Base: "en"}, columns: newColumns(), woken: make(chan struct{}, 1), unwatch: func() {}}
	s.rules.Store(&rules{})
	s.popular.Store(&popular{})
	s.shelves.Store(&shelves{})
	var err error
	if s.index, err = open(&s.slots); err != nil {
		return nil, err
	}
	var some []Document
	for d := range documents {
		s.columns.put(s.slots.Of(d.ID), d)
		if some = append(some, d); len(some) == fillBatch {
			err = errors.Join(err, s.index.Apply(ctx, Changes{Put: some}))
			some = nil
		}
	}
	err = errors.Join(err, s.index.Apply(ctx, Changes{Put: some}))
	s.ready.Store(true)
	return s, errors.Join(err, s.index.Apply(ctx, Changes{Mark: Mark{Number: 1}, Complete: true}))
}

// Tidy shows the readers what the index has merged.
func (s *Search) Tidy(ctx context.Context) error { return s.index.Apply(ctx, Changes{}) }

// Deafen makes a search one that is not told of this process's stock, as if
// another process had sold.
func Deafen(s *Search) { s.unwatch() }

// Follow has a filled search follow a change as those of a database are, and
// find what a few letters begin before it returns.
func (s *Search) Follow(ctx context.Context, put []Document, gone ...catalog.ProductID) error {
	away := map[catalog.ProductID]bool{}
	for _, id := range gone {
		away[id] = true
	}
	s.mark.Number++
	return errors.Join(s.apply(ctx, put, away, s.mark), s.Warm(ctx))
}

// Warm looks for every beginning that is worth keeping.
func (s *Search) Warm(ctx context.Context) error { return s.warm(ctx) }

// Heavy says how many products make a beginning worth keeping, and forgets what is kept.
func (s *Search) Heavy(products int) {
	s.begun.forget()
	s.begun.heavy = products
}

// Begun counts the beginnings kept.
func (s *Search) Begun() int { return len(s.begun.kept) }
