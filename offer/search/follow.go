package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/live"
)

const (
	// topic wakes Run after a commit that changed something.
	topic = "search"
	// rulesSubject stands for all rules among the changes.
	rulesSubject = "rules"

	tick        = time.Second
	flushTicks  = 5
	tidyTicks   = 30
	rememberFor = 600 // ticks between readings of the popular queries
	changePage  = 200
	fillBatch   = 500  // documents put into an index at a time: it holds some ten times their texts meanwhile
	sweepPage   = 1000 // variants whose stock is looked at each tick
)

// Config says what a search works with.
type Config struct {
	DB *db.DB
	// Open opens the index; see engine.Open.
	Open func(*Slots) (Index, error)
	// Base is the language of texts that name none; "" is English.
	Base string
	Log  *slog.Logger
}

// Search finds products. Open it once a process; it is safe for concurrent use.
type Search struct {
	config  Config
	index   Index
	slots   Slots
	columns *columns
	rules   atomic.Pointer[rules]
	popular atomic.Pointer[popular]
	shelves atomic.Pointer[shelves]
	queries queries
	begun   beginnings
	ready   atomic.Bool
	unwatch func()
	woken   chan struct{} // a variant's stock changed

	following sync.Mutex // guards what is below
	mark      Mark
	loaded    bool
	sweep     int // slot the next sweep begins at

	pending struct {
		sync.Mutex
		variants map[catalog.VariantID]bool
	}
}

// Open opens the index and begins to listen. Nothing is found before CatchUp
// has returned once; Run calls it.
func Open(ctx context.Context, c Config) (*Search, error) {
	if c.Base == "" {
		c.Base = "en"
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	s := &Search{config: c, columns: newColumns(), woken: make(chan struct{}, 1)}
	s.rules.Store(&rules{})
	s.popular.Store(&popular{})
	s.shelves.Store(&shelves{})
	var err error
	if s.index, err = c.Open(&s.slots); err != nil {
		return nil, err
	}
	err = c.DB.Read(ctx, func(tx *db.Tx) error {
		s.unwatch = live.Watch(tx, inventory.Topic, s.stockChanged)
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, s.index.Close())
	}
	return s, nil
}

// Ready reports whether this node has read the products: until then Search
// returns ErrNotReady.
func (s *Search) Ready() bool { return s.ready.Load() }

// Close lets go of the index. Call it when Run has returned.
func (s *Search) Close() error {
	s.ready.Store(false)
	s.unwatch()
	return s.index.Close()
}

// Run keeps the search up to date until ctx ends. It is woken by this
// process's commits and looks every second for those of other nodes.
func (s *Search) Run(ctx context.Context) {
	changed, stop := s.config.DB.Listen(topic)
	defer stop()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for ticks := 0; ; {
		if err := s.CatchUp(ctx); err != nil && ctx.Err() == nil {
			s.config.Log.ErrorContext(ctx, "search not brought up to date", "error", err)
		}
		select {
		case <-ctx.Done():
			if err := s.Flush(context.WithoutCancel(ctx)); err != nil {
				s.config.Log.WarnContext(ctx, "queries not written down", "error", err)
			}
			return
		case <-changed:
		case <-s.woken:
		case <-ticker.C:
			s.recur(ctx, ticks)
			ticks++
		}
	}
}

// recur does what is due at a tick. Failing, it is due again.
func (s *Search) recur(ctx context.Context, ticks int) {
	err := s.Sweep(ctx)
	if ticks%flushTicks == 0 {
		err = errors.Join(err, s.Flush(ctx))
	}
	if ticks%rememberFor == 0 {
		err = errors.Join(err, s.Remember(ctx))
	}
	if ticks%tidyTicks == 0 && s.Ready() {
		s.following.Lock()
		err = errors.Join(err, s.index.Apply(ctx, Changes{}))
		s.following.Unlock()
	}
	if err != nil && ctx.Err() == nil {
		s.config.Log.ErrorContext(ctx, "search not kept in order", "error", err)
	}
}

// Touch has every node read a product again. What reacts to a fact about the
// product calls it, last in its transaction: others wait for its number.
func Touch(ctx context.Context, tx *db.Tx, id catalog.ProductID) error {
	return touch(ctx, tx, string(id))
}

// TouchVariant is Touch for the product of a variant.
func TouchVariant(ctx context.Context, tx *db.Tx, v catalog.VariantID) error {
	found, err := catalog.FindVariant(ctx, tx, v)
	if err != nil {
		return fmt.Errorf("find product of %s: %w", v, err)
	}
	return Touch(ctx, tx, found.Product)
}

func touch(ctx context.Context, tx *db.Tx, subject string) error {
	seq, err := takeNumber(ctx, tx)
	if err == nil {
		err = upsertChange(ctx, tx, subject, seq)
	}
	if err != nil {
		return fmt.Errorf("tell the search of %s: %w", subject, err)
	}
	tx.Notify(topic)
	return nil
}

// CatchUp reads what changed since the last time; everything, the first time.
// When it returns nil, the search knows what was committed before it was called.
func (s *Search) CatchUp(ctx context.Context) error {
	s.following.Lock()
	defer s.following.Unlock()
	if !s.loaded {
		if err := s.load(ctx); err != nil {
			return fmt.Errorf("read the products: %w", err)
		}
		s.loaded = true
	}
	for {
		more, err := s.follow(ctx)
		if errors.Is(err, errOtherwise) {
			s.ready.Store(false)
			err = s.load(ctx)
			more = true
		}
		if err != nil {
			return fmt.Errorf("follow the products: %w", err)
		}
		if !more {
			break
		}
	}
	if err := s.restock(ctx, s.stockPending()); err != nil {
		return err
	}
	s.ready.Store(true)
	if err := s.warm(ctx); err != nil {
		return fmt.Errorf("keep what a few letters find: %w", err)
	}
	return nil
}

// errOtherwise reports that documents are made otherwise now: the shop speaks
// another language.
var errOtherwise = errors.New("the documents of the search are made otherwise now")

// follow reads one page of changes.
func (s *Search) follow(ctx context.Context) (more bool, err error) {
	var changes []change
	var documents []Document
	gone := map[catalog.ProductID]bool{}
	var reread *rules
	var shop shop
	err = s.config.DB.Read(ctx, func(tx *db.Tx) (err error) {
		documents, reread = nil, nil
		clear(gone)
		shop, err = readShop(ctx, tx, s.config.Base)
		if err == nil && shop.stamp() != s.mark.Stamp {
			err = errOtherwise
		}
		if err != nil {
			return err
		}
		if changes, err = selectChanges(ctx, tx, s.mark.Number, changePage); err != nil || len(changes) == 0 {
			return err
		}
		var products []catalog.Product
		for _, c := range changes {
			if c.subject == rulesSubject {
				if reread, err = loadRules(ctx, tx); err != nil {
					return err
				}
				continue
			}
			p, err := catalog.Find(ctx, tx, catalog.ProductID(c.subject))
			switch {
			case errors.Is(err, catalog.ErrNotFound) || err == nil && !onOffer(p):
				gone[catalog.ProductID(c.subject)] = true
			case err != nil:
				return err
			default:
				products = append(products, p)
			}
		}
		documents, err = shop.documents(ctx, tx, products)
		return err
	})
	if err != nil {
		return false, err
	}
	s.shelve(shop)
	if len(changes) == 0 {
		return false, nil
	}
	if reread != nil {
		s.rules.Store(reread)
		s.begun.forget()
	}
	next := Mark{changes[len(changes)-1].seq, s.mark.Stamp}
	if err := s.apply(ctx, documents, gone, next); err != nil {
		return false, err
	}
	s.mark = next
	return len(changes) == changePage, nil
}

// apply brings columns, index and beginnings forward. The index is told only of
// those whose texts changed: prices and stock change more often.
func (s *Search) apply(ctx context.Context, documents []Document, gone map[catalog.ProductID]bool, mark Mark) error {
	c := Changes{Mark: mark, Complete: true}
	changed := new(reworded)
	s.columns.mu.Lock()
	for id := range gone {
		slot := s.slots.Of(id)
		s.columns.grow(int(slot) + 1)
		s.columns.drop(slot)
		s.columns.texts[slot] = 0
		c.Remove = append(c.Remove, id)
		changed.add(slot)
	}
	sums := make(map[uint32]uint64, len(documents))
	for _, d := range documents {
		slot := s.slots.Of(d.ID)
		s.columns.put(slot, d)
		if sum := d.checksum(); sum != s.columns.texts[slot] {
			sums[slot] = sum
			c.Put = append(c.Put, d)
			changed.put(slot, d)
		}
	}
	s.columns.mu.Unlock()
	if err := s.index.Apply(ctx, c); err != nil {
		return err
	}
	s.columns.mu.Lock()
	for slot, sum := range sums {
		s.columns.texts[slot] = sum
	}
	s.columns.mu.Unlock()
	return s.rebegin(ctx, changed)
}
