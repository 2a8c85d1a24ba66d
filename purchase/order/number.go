package order

import (
	"context"
	"strconv"
	"sync"

	"korzo/platform/db"
)

// block is how many numbers a node takes at a time.
const block = 100

// Numbers hands out order numbers in blocks of this node, so that orders of a
// busy shop do not queue for one row. A number is given once; gaps are allowed,
// because only invoices must be gapless. The zero Numbers is ready to use; one
// belongs to one database.
type Numbers struct {
	mu         sync.Mutex
	from, till int64 // what is left: from ≤ n < till
}

func (n *Numbers) next(ctx context.Context, tx *db.Tx) (string, error) {
	if number, ok := n.take(); ok {
		return strconv.FormatInt(number, 10), nil
	}
	last, err := addBlock(ctx, tx, block)
	if err != nil {
		return "", err
	}
	first := last - block + 1
	tx.After(func() { n.adopt(first+1, last+1) }) // a rolled back block was never ours
	return strconv.FormatInt(first, 10), nil
}

func (n *Numbers) take() (int64, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.from >= n.till {
		return 0, false
	}
	n.from++
	return n.from - 1, true
}

// adopt keeps the newer block when two were taken at once; the rest of the
// older is a gap.
func (n *Numbers) adopt(from, till int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if from > n.from {
		n.from, n.till = from, till
	}
}
