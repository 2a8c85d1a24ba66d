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
	mu   sync.Mutex
	left span
}

// span is numbers that are left: from ≤ n < till.
type span struct{ from, till int64 }

// bagKey finds the block that a transaction has taken and not yet committed.
type bagKey struct{}

func (n *Numbers) next(ctx context.Context, tx *db.Tx) (string, error) {
	if own, ok := tx.Bag()[bagKey{}].(*span); ok && own.from < own.till {
		own.from++
		return strconv.FormatInt(own.from-1, 10), nil
	}
	if number, ok := n.take(); ok {
		return strconv.FormatInt(number, 10), nil
	}
	last, err := addBlock(ctx, tx, block)
	if err != nil {
		return "", err
	}
	own := &span{last - block + 2, last + 1}
	tx.Bag()[bagKey{}] = own
	tx.After(func() { n.adopt(*own) }) // a rolled back block was never ours
	return strconv.FormatInt(own.from-1, 10), nil
}

func (n *Numbers) take() (int64, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.left.from >= n.left.till {
		return 0, false
	}
	n.left.from++
	return n.left.from - 1, true
}

// adopt keeps the newer block when two were taken at once; the rest of the
// older is a gap.
func (n *Numbers) adopt(s span) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s.from > n.left.from {
		n.left = s
	}
}
