package remember

import (
	"context"
	"fmt"
	"sync"
	"time"

	"korzo/platform/db"
)

// Shelf remembers many things of a kind, each by its key, such as prices by
// variant: as many as were asked for of late, at most its room. They share one
// generation, so a change of any makes it forget all.
type Shelf[K comparable, V any] struct {
	name string
	room int
	load func(ctx context.Context, tx *db.Tx, keys []K) (map[K]V, error)

	// Holds tells whether a thing may be handed out at a time; nil: always. It
	// is for what changes by the clock, such as a price for a week.
	Holds func(value V, now time.Time) bool
}

// NewShelf returns a shelf with room for so many things. load reads those of
// keys that there are, in few statements. Touch knows the shelf by its name.
func NewShelf[K comparable, V any](name string, room int, load func(ctx context.Context, tx *db.Tx, keys []K) (map[K]V, error)) *Shelf[K, V] {
	return &Shelf[K, V]{name: name, room: room, load: load}
}

// things are what a shelf holds of one generation.
type things[K comparable, V any] struct {
	generation int64
	mu         sync.RWMutex
	all        map[K]V
}

// Get returns what there is of keys, as tx sees it. What is not there is not
// remembered either, and is looked for each time.
func (s *Shelf[K, V]) Get(ctx context.Context, tx *db.Tx, keys []K) (map[K]V, error) {
	found := make(map[K]V, len(keys))
	v := viewOf(tx)
	if v.touched[s.name] {
		return found, s.read(ctx, tx, keys, found)
	}
	generation, err := v.generation(ctx, tx, s.name)
	if err != nil {
		return nil, err
	}
	held, _ := tx.Shared().Load(s)
	t, ok := held.(*things[K, V])
	if !ok || t.generation != generation {
		t = &things[K, V]{generation: generation, all: map[K]V{}}
	}
	missing := t.find(keys, found, func(value V) bool { return s.Holds == nil || s.Holds(value, tx.Now) })
	if len(missing) == 0 {
		return found, nil
	}
	fresh := make(map[K]V, len(missing))
	if err := s.read(ctx, tx, missing, fresh); err != nil {
		return nil, err
	}
	for k, value := range fresh {
		found[k] = value
	}
	return found, s.keep(ctx, tx, v, t, fresh)
}

// find moves what is there and holds into found and returns the keys of the rest.
func (t *things[K, V]) find(keys []K, found map[K]V, holds func(V) bool) (missing []K) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, k := range keys {
		if value, ok := t.all[k]; ok && holds(value) {
			found[k] = value
		} else {
			missing = append(missing, k)
		}
	}
	return missing
}

func (s *Shelf[K, V]) read(ctx context.Context, tx *db.Tx, keys []K, into map[K]V) error {
	loaded, err := s.load(ctx, tx, keys)
	if err != nil {
		return fmt.Errorf("remember %s: %w", s.name, err)
	}
	for k, value := range loaded {
		into[k] = value
	}
	return nil
}

// keep puts what was loaded on the shelf once tx has committed.
func (s *Shelf[K, V]) keep(ctx context.Context, tx *db.Tx, v *view, t *things[K, V], fresh map[K]V) error {
	same, err := v.still(ctx, tx, s.name, t.generation)
	if err != nil || !same {
		return err
	}
	shared := tx.Shared()
	tx.After(func() {
		if v.touched[s.name] {
			return
		}
		t.put(fresh, s.room)
		shared.Store(s, t)
	})
	return nil
}

// put adds things. A shelf that is full is cleared: what is asked for often is
// soon there again.
func (t *things[K, V]) put(fresh map[K]V, room int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.all)+len(fresh) > room {
		clear(t.all)
	}
	for k, value := range fresh {
		if _, again := t.all[k]; again || len(t.all) < room {
			t.all[k] = value
		}
	}
}
