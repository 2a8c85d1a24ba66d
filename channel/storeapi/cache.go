package storeapi

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/live"

	"github.com/maypok86/otter/v2"
)

// pageLife bounds how long a page may be shown when another node changed what
// it shows; changes of this node are seen at once.
const pageLife = time.Second

// pagesKept bounds the bytes of the cache.
const pagesKept = 32 << 20

// cache keeps the bytes of product pages. A page is true as long as the stock
// of no variant on it and nothing of the catalogue has changed since it was
// read: each change raises a counter, and a page remembers the counters it was
// read under.
type cache struct {
	pages    *otter.Cache[string, page]
	lists    atomic.Int64 // which products there are
	changes  atomic.Int64 // of anything
	variants sync.Map     // variant id → *atomic.Int64
}

type page struct {
	body  []byte
	lists int64
	sum   int64 // of the counters of the variants shown
	shown []*atomic.Int64
	read  time.Time
}

func newCache() *cache {
	return &cache{pages: otter.Must(&otter.Options[string, page]{
		MaximumWeight: pagesKept,
		Weigher:       func(k string, p page) uint32 { return uint32(len(k) + len(p.body) + 16*len(p.shown)) },
	})}
}

// moment is what the counters were before a page was read.
type moment struct {
	lists, changes int64
	at             time.Time
}

// now is taken before a page is read, so that a change in between is not missed.
func (c *cache) now() moment { return moment{c.lists.Load(), c.changes.Load(), time.Now()} }

func (c *cache) find(key string) ([]byte, bool) {
	p, ok := c.pages.GetIfPresent(key)
	if !ok || p.lists != c.lists.Load() || time.Since(p.read) > pageLife || sum(p.shown) != p.sum {
		return nil, false
	}
	return p.body, true
}

// keep remembers a page, unless anything changed while it was read.
func (c *cache) keep(key string, body []byte, shown []catalog.VariantID, since moment) {
	p := page{body: body, lists: since.lists, read: since.at, shown: make([]*atomic.Int64, len(shown))}
	for i, id := range shown {
		p.shown[i] = c.counter(string(id))
	}
	p.sum = sum(p.shown)
	if c.changes.Load() == since.changes {
		c.pages.Set(key, p)
	}
}

func (c *cache) counter(variant string) *atomic.Int64 {
	n, ok := c.variants.Load(variant)
	if !ok {
		n, _ = c.variants.LoadOrStore(variant, new(atomic.Int64))
	}
	return n.(*atomic.Int64)
}

func sum(counters []*atomic.Int64) (n int64) {
	for _, c := range counters {
		n += c.Load()
	}
	return n
}

// changed is told after a commit that variants look different now; none means
// that there may be others.
func (c *cache) changed(variants []string) {
	if len(variants) == 0 {
		c.lists.Add(1)
	}
	for _, id := range variants {
		c.counter(id).Add(1)
	}
	c.changes.Add(1)
}

// watch has the cache told of what this process changes on d.
func (c *cache) watch(ctx context.Context, d *db.DB) error {
	return d.Read(ctx, func(tx *db.Tx) error {
		live.Watch(tx, inventory.Topic, c.changed)
		live.Watch(tx, catalog.Topic, c.changed)
		return nil
	})
}
