package live

import (
	"slices"
	"sync"

	"korzo/platform/db"
)

// watchers are the functions that one open database tells of changes, by topic.
type watchers struct {
	mu   sync.RWMutex
	told map[string][]*func(keys []string)
}

// watchersKey finds a database's watchers in what its transactions share.
type watchersKey struct{}

// Watch has fn called after each commit, of this process on the database of tx,
// that told of a change of topic, with the keys that changed: for caches. The
// commit's caller waits for fn, so that what he reads next is true; fn must be
// quick and safe for concurrent use, and do no transaction of its own. It is
// called from now on, whatever becomes of tx, until stop is called. Other nodes
// are not told: what a cache keeps must also have an end of its own.
func Watch(tx *db.Tx, topic string, fn func(keys []string)) (stop func()) {
	w := watchersOf(tx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told[topic] = append(slices.Clone(w.told[topic]), &fn)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.told[topic] = slices.DeleteFunc(slices.Clone(w.told[topic]), func(f *func([]string)) bool { return f == &fn })
	}
}

// Changed tells the watchers of topic, after the commit, what changed. Without
// keys it tells that anything may have.
func Changed(tx *db.Tx, topic string, keys ...string) {
	w := watchersOf(tx)
	tx.After(func() {
		w.mu.RLock()
		told := w.told[topic]
		w.mu.RUnlock()
		for _, fn := range told {
			(*fn)(keys)
		}
	})
}

func watchersOf(tx *db.Tx) *watchers {
	w, ok := tx.Shared().Load(watchersKey{})
	if !ok {
		w, _ = tx.Shared().LoadOrStore(watchersKey{}, &watchers{told: map[string][]*func([]string){}})
	}
	return w.(*watchers)
}
