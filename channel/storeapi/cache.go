package storeapi

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/live"

	"github.com/maypok86/otter/v2"
)

// shownLife bounds how long something may be shown when another node changed
// it; changes of this node are seen at once.
const shownLife = time.Second

// keptBytes bounds the bytes of the cache.
const keptBytes = 8 << 20

// cache keeps the bytes of what is shown of products: whole pages, and each
// product by itself for pages that were not asked for before. What is kept is
// true as long as nothing it depends on has changed since it was read: each
// change of a product, a price or a stock raises a counter, and what is kept
// remembers the sum of its counters.
type cache struct {
	kept    *otter.Cache[string, shown]
	changes atomic.Int64 // of anything
	counts  sync.Map     // product or variant id → *atomic.Int64
}

// lists is what a page depends on beside its products: which there are.
const lists = "lists"

// shown is bytes and what they depend on.
type shown struct {
	body    []byte
	depends []*atomic.Int64
	sum     int64
	read    time.Time
}

func newCache() *cache {
	return &cache{kept: otter.Must(&otter.Options[string, shown]{
		MaximumWeight: keptBytes,
		Weigher:       func(k string, s shown) uint32 { return uint32(len(k) + len(s.body) + 8*len(s.depends) + 64) },
	})}
}

// moment is taken before a read, so that a change in between is not missed.
type moment struct {
	changes int64
	at      time.Time
}

func (c *cache) now() moment { return moment{c.changes.Load(), time.Now()} }

func (c *cache) find(key string) ([]byte, bool) {
	s, ok := c.kept.GetIfPresent(key)
	if !ok || time.Since(s.read) > shownLife || sum(s.depends) != s.sum {
		return nil, false
	}
	return s.body, true
}

// keep remembers bytes that depend on ids, unless anything changed since they
// began to be read.
func (c *cache) keep(key string, body []byte, ids []string, since moment) {
	if c.changes.Load() != since.changes {
		return
	}
	if cap(body)-len(body) > len(body)/8 { // what it grew by while it was written is not kept
		body = bytes.Clone(body)
	}
	s := shown{body: body, read: since.at, depends: make([]*atomic.Int64, len(ids))}
	for i, id := range ids {
		s.depends[i] = c.count(id)
	}
	s.sum = sum(s.depends)
	if c.changes.Load() == since.changes {
		c.kept.Set(key, s)
	}
}

func (c *cache) count(id string) *atomic.Int64 {
	n, ok := c.counts.Load(id)
	if !ok {
		n, _ = c.counts.LoadOrStore(id, new(atomic.Int64))
	}
	return n.(*atomic.Int64)
}

func sum(counters []*atomic.Int64) (n int64) {
	for _, c := range counters {
		n += c.Load()
	}
	return n
}

// lasting reports whether a page that was asked for in a locale is worth
// keeping: one whose locale has nothing to do with the language it is answered
// in will hardly be asked for again, and there are as many as anybody invents.
func lasting(asked, spoken string) bool {
	return asked == "" || strings.HasPrefix(asked, spoken)
}

// changed is told after a commit what looks different now. A product may be
// new, or gone, so every list may.
func (c *cache) changed(ids []string) {
	for _, id := range ids {
		c.count(id).Add(1)
		if strings.HasPrefix(id, "prd_") || id == taxonomy.Topic {
			c.count(lists).Add(1)
		}
	}
	c.changes.Add(1)
}

// watch has the cache told of what this process changes on d.
func (c *cache) watch(ctx context.Context, d *db.DB) error {
	return d.Read(ctx, func(tx *db.Tx) error {
		live.Watch(tx, inventory.Topic, c.changed)
		live.Watch(tx, catalog.Topic, c.changed)
		live.Watch(tx, taxonomy.Topic, func([]string) { c.changed([]string{taxonomy.Topic}) })
		return nil
	})
}
