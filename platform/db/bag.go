package db

import "sync"

// Bag holds what packages keep for the length of this transaction: memos of
// what was read. Each uses a key of its own type.
func (tx *Tx) Bag() map[any]any {
	if tx.bag == nil {
		tx.bag = map[any]any{}
	}
	return tx.bag
}

// Shared holds what packages keep for as long as this database is open, for
// all its transactions: copies of what changes seldom. Two databases in one
// process share nothing. Each package uses keys of its own type.
func (tx *Tx) Shared() *sync.Map { return &tx.db.shared }
