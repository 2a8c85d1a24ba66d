// Package bleve keeps words in files and finds products by them, with bleve's
// dictionaries (finite-state), postings (compressed bitmaps) and merging.
//
// What bleve stores is ours: each language has three fields, for title, terms
// and body, and a word is stored in marked kinds: its folded form, its stems,
// its beginnings (title and terms only) and, once, as it is spelt. What a
// match is worth is ours too: whole numbers from a table of what matched and
// where. So the answer does not depend on segments, on merging or on what was
// deleted, as bleve's own scores do, and two nodes agree.
//
// Compounds are opened when they are asked for, not when they are stored: which
// words are parts is known from the shop's own vocabulary, and that grows with
// every product. "Lampe" finds "Tischlampe" because the vocabulary has both
// and "Tisch"; "praktisch" is no table, because nothing is called "prak". A
// word nobody knows is taken for its nearest neighbour in the vocabulary.
//
// Readers see one view: a snapshot of bleve's and what was made for it. Apply
// swaps the view; an old one is closed when its last reader has left.
package bleve

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"korzo/offer/search"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	bolt "go.etcd.io/bbolt/errors"
)

// format names how words are stored. Another format is another folder, so an
// index of an older program is built afresh.
const format = "1"

// markKey is where the mark is kept, with the documents it speaks of.
var markKey = []byte("mark")

// Index is a search.Index.
type Index struct {
	folder string
	slots  *search.Slots

	writing sync.Mutex
	queue   *index.AnalysisQueue
	store   *scorch.Scorch
	filling filling
	words   wordbook

	reading sync.RWMutex
	view    *view

	scratch sync.Pool // of *scratch
}

// Open opens the index in folder, or an empty one in memory when that is "".
// An index that cannot be read is thrown away: it can be built again.
func Open(folder string, slots *search.Slots) (*Index, error) {
	if folder != "" {
		folder = filepath.Join(folder, "bleve-"+format)
	}
	x := &Index{folder: folder, slots: slots, queue: index.NewAnalysisQueue(runtime.GOMAXPROCS(0))}
	x.scratch.New = func() any { return new(scratch) }
	err := x.open()
	if err != nil && folder != "" && !errors.Is(err, bolt.ErrTimeout) { // that one is in use, not damaged
		if err = os.RemoveAll(folder); err == nil {
			err = x.open()
		}
	}
	if err != nil {
		x.queue.Close()
		return nil, fmt.Errorf("open search index: %w", err)
	}
	return x, nil
}

// open opens the store and looks at it.
func (x *Index) open() error {
	// unsafe_batch does not wait for the disk: the mark is lost together with
	// what it speaks of, and is caught up with.
	opened, err := scorch.NewScorch(scorch.Name, map[string]any{"path": x.folder, "unsafe_batch": true, "bolt_timeout": "2s"}, x.queue)
	if err != nil {
		return err
	}
	if err := opened.Open(); err != nil {
		return err
	}
	x.store = opened.(*scorch.Scorch)
	first, err := x.look(nil)
	if err == nil {
		err = first.learn(&x.words)
	}
	if err != nil {
		x.store.Close()
		return err
	}
	x.show(first)
	return nil
}

// show makes v what readers see.
func (x *Index) show(v *view) {
	x.reading.Lock()
	old := x.view
	x.view = v
	x.reading.Unlock()
	if old != nil {
		old.leave()
	}
}

// enter returns the view, to be left again.
func (x *Index) enter() *view {
	x.reading.RLock()
	defer x.reading.RUnlock()
	x.view.readers.Add(1)
	return x.view
}

// Mark is part of search.Index.
func (x *Index) Mark() (m search.Mark, complete bool) {
	v := x.enter()
	defer v.leave()
	kept, err := v.snapshot.GetInternal(markKey)
	if err != nil || len(kept) < 8 {
		return m, false
	}
	return search.Mark{Number: int64(binary.BigEndian.Uint64(kept)), Stamp: string(kept[8:])}, true
}

// Clear is part of search.Index.
func (x *Index) Clear(context.Context) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	old := x.store
	if x.folder == "" {
		if err := x.open(); err != nil {
			return fmt.Errorf("clear search index: %w", err)
		}
		return old.Close()
	}
	x.show(emptyView())
	if err := closed(old); err != nil {
		return fmt.Errorf("clear search index: %w", err)
	}
	if err := os.RemoveAll(x.folder); err != nil {
		return fmt.Errorf("clear search index: %w", err)
	}
	return x.open()
}

// filling says where a first filling stands: it leaves many segments, which
// are made one when it is over.
type filling int

const (
	fillingNone filling = iota
	fillingUnderWay
	fillingOver
)

// Apply is part of search.Index. Without changes it only tidies up: it lets
// readers see what bleve has merged, and has it merge all after a first filling.
func (x *Index) Apply(ctx context.Context, c search.Changes) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	if err := x.tidy(ctx, c); err != nil {
		return fmt.Errorf("merge search index: %w", err)
	}
	batch := index.NewBatch()
	storing := storing{learnt: lexicon{}, forms: map[formKey][]string{}}
	for _, d := range c.Put {
		batch.Update(storing.stored(d))
	}
	for _, id := range c.Remove {
		batch.Delete(string(id))
	}
	if c.Complete {
		batch.SetInternal(markKey, append(binary.BigEndian.AppendUint64(nil, uint64(c.Mark.Number)), c.Mark.Stamp...))
	}
	if len(batch.IndexOps)+len(batch.InternalOps) > 0 {
		if err := x.store.Batch(batch); err != nil {
			return fmt.Errorf("write search index: %w", err)
		}
	}
	next, err := x.look(x.view)
	if err != nil {
		return fmt.Errorf("look at search index: %w", err)
	}
	x.words.learn(storing.learnt)
	if c.Complete {
		x.words.sorted()
	}
	x.show(next)
	return nil
}

func (x *Index) tidy(ctx context.Context, c search.Changes) error {
	switch {
	case c.Complete && x.filling == fillingUnderWay:
		x.filling = fillingOver
	case !c.Complete && len(c.Put) > 0:
		x.filling = fillingUnderWay
	case !c.Complete && x.filling == fillingOver && x.folder != "":
		x.filling = fillingNone
		if err := x.settle(); err != nil {
			return err
		}
		return x.store.ForceMerge(ctx, nil)
	}
	return nil
}

// patience bounds the wait for the disk.
const patience = 10 * time.Second

// settle waits until what was applied is in files.
func (x *Index) settle() error {
	if x.folder == "" {
		return nil
	}
	written := make(chan error, 1)
	batch := index.NewBatch()
	batch.SetInternal([]byte("settled"), []byte{1})
	batch.SetPersistedCallback(func(err error) { written <- err })
	if err := x.store.Batch(batch); err != nil {
		return err
	}
	select {
	case err := <-written:
		return err
	case <-time.After(patience):
		return errors.New("the disk does not answer")
	}
}

// Close is part of search.Index. It waits for what was applied to be in files.
func (x *Index) Close() error {
	x.writing.Lock()
	defer x.writing.Unlock()
	err := x.settle()
	x.show(emptyView())
	if x.folder == "" {
		err = errors.Join(err, x.store.Close())
	} else {
		err = errors.Join(err, closed(x.store))
	}
	x.queue.Close()
	return err
}

// A store that is closed while it swaps a segment that it has written to disk
// closes that segment from two sides (bleve 2.5: persistSnapshotDirect does not
// wait for introducePersist then). So it is given so many naps to come to rest.
const (
	naps = 200
	nap  = 5 * time.Millisecond
)

// closed closes a store in files that nobody writes to any more.
func closed(s *scorch.Scorch) error {
	for range naps {
		now := s.StatsMap()
		root, _ := now["CurRootEpoch"].(uint64)
		if persisted, _ := now["LastPersistedEpoch"].(uint64); persisted >= root {
			break
		}
		<-time.After(nap)
	}
	return s.Close()
}
