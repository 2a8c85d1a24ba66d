package remember

import (
	"fmt"
	"hash/maphash"
	"reflect"
	"sync"
	"sync/atomic"

	"korzo/platform/db"
)

// Rows remembers single things that change often, such as a cart, each by its
// key: as many as were asked for of late, at most its room. Where a Memory
// forgets everything when anything changes, Rows forgets one thing.
//
// It is as exact as the database: whoever writes a thing calls Forget in the
// same transaction, and from then until the commit nobody is handed a copy or
// may keep one. What a transaction is handed was so when it began, so it sees
// nothing that was committed later. Only a process that owns its database can
// know all that; on PostgreSQL nothing is remembered and everything is read.
type Rows[K comparable, V any] struct {
	room  int
	clone func(V) V
}

// NewRows returns a memory for so many things. clone copies what callers may
// change of a thing; nil where that is nothing.
func NewRows[K comparable, V any](room int, clone func(V) V) *Rows[K, V] {
	if clone == nil {
		clone = func(v V) V { return v }
	}
	return &Rows[K, V]{room, clone}
}

// stripes is how many groups of keys have a number of their last change.
const stripes = 1024

// copies are what one open database has of a Rows.
type copies[K comparable, V any] struct {
	mu      sync.Mutex
	all     map[K]*V
	writing map[K]int      // by how many transactions, not yet committed
	general int            // how many are writing they know not which
	changed [stripes]int64 // the epoch of the last change
}

var seed = maphash.MakeSeed()

func (c *copies[K, V]) stripe(key K) *int64 {
	return &c.changed[maphash.Comparable(seed, key)%stripes]
}

// written reports whether some transaction writes a thing and is not committed.
func (c *copies[K, V]) written(key K) bool { return c.general > 0 || c.writing[key] > 0 }

func (r *Rows[K, V]) of(tx *db.Tx) *copies[K, V] {
	shared := tx.Shared()
	if c, ok := shared.Load(r); ok {
		return c.(*copies[K, V])
	}
	c, _ := shared.LoadOrStore(r, &copies[K, V]{all: map[K]*V{}, writing: map[K]int{}})
	return c.(*copies[K, V])
}

// mine are the copies that one transaction has.
type mine[K comparable, V any] struct {
	all     map[K]*V
	written map[K]bool // forgotten by this transaction
	undone  int
}

// mine returns the copies of tx. What a savepoint undid may be among those from
// before, so they are let go.
func (r *Rows[K, V]) mine(tx *db.Tx) *mine[K, V] {
	bag := tx.Bag()
	if m, ok := bag[r].(*mine[K, V]); ok && m.undone == tx.Undone() {
		return m
	}
	m := &mine[K, V]{undone: tx.Undone()}
	bag[r] = m
	return m
}

// Get returns the thing of a key as tx sees it, if it is remembered.
func (r *Rows[K, V]) Get(tx *db.Tx, key K) (v V, ok bool) {
	epoch, known := tx.Epoch()
	if !known {
		return v, false
	}
	if p, ok := r.mine(tx).all[key]; ok {
		return r.clone(*p), true
	}
	c := r.of(tx)
	c.mu.Lock()
	p, ok := c.all[key]
	ok = ok && !c.written(key) && *c.stripe(key) <= epoch
	c.mu.Unlock()
	if !ok {
		return v, false
	}
	return r.clone(*p), true
}

// Find returns the thing of a key as tx sees it: remembered, else as load reads
// it, which is remembered then.
func (r *Rows[K, V]) Find(tx *db.Tx, key K, load func() (V, error)) (V, error) {
	v, ok := r.Get(tx, key)
	if ok && !doubting.Load() {
		return v, nil
	}
	read, err := load()
	if err != nil {
		return read, err
	}
	if ok && !tx.ReadOnly() && !same(v, r.clone(read)) {
		panic(fmt.Sprintf("remembered is\n%+v\nbut stored is\n%+v", v, read))
	}
	r.Keep(tx, key, read)
	return r.clone(read), nil
}

// same reports whether two things are equal; nil and an empty slice are.
func same[V any](a, b V) bool {
	return reflect.DeepEqual(a, b) || fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b)
}

var doubting atomic.Bool

// Doubt has Find read in every write what it remembers, and panic where that is
// not what is stored, until it is called with false. It is for tests.
func Doubt(on bool) { doubting.Store(on) }

// Keep remembers a thing as tx has just read or written it: for the rest of tx,
// and for others once that is committed.
func (r *Rows[K, V]) Keep(tx *db.Tx, key K, v V) {
	epoch, known := tx.Epoch()
	if !known {
		return
	}
	v = r.clone(v)
	m := r.mine(tx)
	if m.all == nil {
		m.all = map[K]*V{}
	}
	m.all[key] = &v
	c := r.of(tx)
	if tx.Settle(func(stays bool) {
		if stays && r.mine(tx).all[key] == &v { // it was not forgotten since
			c.put(key, &v, r.room)
		}
	}) {
		return
	}
	tx.After(func() { c.putRead(key, &v, r.room, epoch) })
}

// put keeps what was read or written by a transaction that is committed, unless
// it is being written again.
func (c *copies[K, V]) put(key K, v *V, room int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.written(key) {
		return
	}
	if _, again := c.all[key]; !again && len(c.all) >= room {
		clear(c.all)
	}
	c.all[key] = v
}

// putRead keeps what a reader saw who began at an epoch, unless it changed since.
func (c *copies[K, V]) putRead(key K, v *V, room int, epoch int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.all[key]; there || c.written(key) || *c.stripe(key) > epoch {
		return
	}
	if len(c.all) >= room {
		clear(c.all)
	}
	c.all[key] = v
}

// Forget says that tx writes the thing of a key. Call it in every transaction
// that does, before what it wrote may be read. It may be repeated.
func (r *Rows[K, V]) Forget(tx *db.Tx, key K) {
	if _, known := tx.Epoch(); !known {
		return
	}
	m := r.mine(tx)
	delete(m.all, key)
	if m.written[key] {
		return
	}
	if m.written == nil {
		m.written = map[K]bool{}
	}
	m.written[key] = true
	c := r.of(tx)
	c.mu.Lock()
	delete(c.all, key)
	c.writing[key]++
	c.mu.Unlock()
	tx.Settle(func(bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.all, key)
		if c.writing[key]--; c.writing[key] == 0 {
			delete(c.writing, key)
		}
		*c.stripe(key) = tx.NextEpoch()
	})
}

// ForgetAll is Forget for whoever does not know which thing tx writes.
func (r *Rows[K, V]) ForgetAll(tx *db.Tx) {
	if _, known := tx.Epoch(); known {
		r.mine(tx).forgetAll()
		r.of(tx).forgetAll(tx)
	}
}

// ForgetRows is ForgetAll of every Rows, for a test that writes rows behind
// their owners' backs.
func ForgetRows(tx *db.Tx) {
	for _, held := range tx.Bag() {
		if m, ok := held.(interface{ forgetAll() }); ok {
			m.forgetAll()
		}
	}
	tx.Shared().Range(func(_, held any) bool {
		if c, ok := held.(interface{ forgetAll(tx *db.Tx) }); ok {
			c.forgetAll(tx)
		}
		return true
	})
}

func (m *mine[K, V]) forgetAll() { clear(m.all) }

func (c *copies[K, V]) forgetAll(tx *db.Tx) {
	c.mu.Lock()
	clear(c.all)
	c.general++
	c.mu.Unlock()
	tx.Settle(func(bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		clear(c.all)
		c.general--
		epoch := tx.NextEpoch()
		for i := range c.changed {
			c.changed[i] = epoch
		}
	})
}
