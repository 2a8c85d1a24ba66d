package inventory

import (
	"slices"
	"sync"

	"korzo/offer/catalog"
	"korzo/platform/db"
)

// watchers are the functions that one open database tells of changes.
type watchers struct {
	mu   sync.RWMutex
	told []*func(variants []catalog.VariantID)
}

// watchersKey finds a database's watchers in what its transactions share.
type watchersKey struct{}

// OnChange has fn called after each commit, of this process on the database of
// tx, that changed what is available, with the variants it touched: for caches.
// The commit's caller waits for fn, so that what he reads next is true; fn must
// be quick and safe for concurrent use, and do no transaction of its own. It is
// called from now on, whatever becomes of tx, until stop is called. Other nodes
// are not told: what a cache keeps must also have an end of its own.
func OnChange(tx *db.Tx, fn func(variants []catalog.VariantID)) (stop func()) {
	w := watchersOf(tx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(slices.Clone(w.told), &fn)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.told = slices.DeleteFunc(slices.Clone(w.told), func(f *func([]catalog.VariantID)) bool { return f == &fn })
	}
}

// Changed tells the watchers, after the commit, that the availability of
// variants changed. The verbs of this package call it.
func Changed(tx *db.Tx, variants ...catalog.VariantID) {
	w := watchersOf(tx)
	tx.After(func() {
		w.mu.RLock()
		told := w.told
		w.mu.RUnlock()
		for _, fn := range told {
			(*fn)(variants)
		}
	})
}

func watchersOf(tx *db.Tx) *watchers {
	w, _ := tx.Shared().LoadOrStore(watchersKey{}, &watchers{})
	return w.(*watchers)
}
