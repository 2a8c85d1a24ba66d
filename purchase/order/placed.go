package order

import (
	"context"
	"slices"
	"sync"

	"korzo/platform/db"
	rows "korzo/platform/remember"
)

// kept are the orders that were placed or read of late, as they are. Every
// statement that changes one forgets it first.
var kept = rows.NewRows[ID, Order](512, func(o Order) Order {
	o.Lines, o.Groups, o.Tenders = slices.Clone(o.Lines), slices.Clone(o.Groups), slices.Clone(o.Tenders)
	return o
})

// remembered is how many orders a node remembers as it placed them.
const remembered = 256

// fresh are the orders that this node placed last, as they were placed.
type fresh struct {
	mu   sync.Mutex
	all  map[ID]Order
	next int
	ring [remembered]ID
}

type freshKey struct{}

func freshOf(tx *db.Tx) *fresh {
	f, ok := tx.Shared().Load(freshKey{})
	if !ok {
		f, _ = tx.Shared().LoadOrStore(freshKey{}, &fresh{all: map[ID]Order{}})
	}
	return f.(*fresh)
}

// remember keeps an order once it is on disk, in the place of the oldest.
func remember(tx *db.Tx, o Order) {
	f := freshOf(tx)
	tx.After(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.all, f.ring[f.next])
		f.all[o.ID], f.ring[f.next] = o, o.ID
		f.next = (f.next + 1) % remembered
	})
}

// AsPlaced returns an order as it was placed, for whoever tells of that moment,
// such as a confirmation: without a statement where this node has just placed
// it, else as Find does. What happened to the order since may be missing, so it
// is not for deciding anything. Nobody changes what is returned.
func AsPlaced(ctx context.Context, tx *db.Tx, id ID) (Order, error) {
	f := freshOf(tx)
	f.mu.Lock()
	o, ok := f.all[id]
	f.mu.Unlock()
	if ok {
		return o, nil
	}
	return Find(ctx, tx, id)
}
