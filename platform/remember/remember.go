// Package remember keeps in memory what is read often and changes seldom, such
// as markets, tax rates and flows, without ever showing what is out of date.
//
// Each memory has a generation, which whoever changes the remembered data
// replaces in the same transaction (Touch). A memory whose copy bears the
// generation that a transaction sees hands out the copy, another loads it
// afresh. So there is no time to live, and no message between nodes that could
// be lost: a transaction never sees an older value than one committed before
// it began.
//
// On PostgreSQL generations are rows: random numbers, because one that was
// rolled back must never come again with another content. A transaction reads
// those of all memories once, in one statement. On SQLite they are the
// database's marks, which its one process knows without a statement.
//
// Copies belong to the open database they were read from. A value handed out
// is shared by many goroutines: nobody changes it.
package remember

import (
	"context"
	"embed"
	"fmt"
	"math/rand/v2"

	"korzo/platform/db"
)

// Schema holds the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Memory is one thing to remember, such as all markets. Make it once, as a
// package variable.
type Memory[T any] struct {
	name string
	load func(ctx context.Context, tx *db.Tx) (T, error)
}

// kept is a copy shared by the transactions of one database.
type kept[T any] struct {
	generation int64
	value      T
}

// New returns the memory of what load reads. Touch knows it by its name: the
// name of the package that owns the data, and a word when it owns several.
func New[T any](name string, load func(ctx context.Context, tx *db.Tx) (T, error)) *Memory[T] {
	return &Memory[T]{name, load}
}

// Get returns the remembered value as tx sees it. On PostgreSQL the first Get of
// a transaction costs one statement for all memories together; loading happens
// only after a change. In a transaction that touched the memory it loads every
// time, so that the transaction sees its own changes, and keeps nothing.
func (m *Memory[T]) Get(ctx context.Context, tx *db.Tx) (T, error) {
	var none T
	v := viewOf(tx)
	if v.touched[m.name] {
		return m.fresh(ctx, tx)
	}
	if mine, ok := v.values[m]; ok {
		return mine.(T), nil
	}
	generation, err := v.generation(ctx, tx, m.name)
	if err != nil {
		return none, err
	}
	if shared, ok := tx.Shared().Load(m); ok && shared.(kept[T]).generation == generation {
		value := shared.(kept[T]).value
		if v.generations != nil { // without, looking it up again costs no more
			v.hold(m, value)
		}
		return value, nil
	}
	value, err := m.fresh(ctx, tx)
	if err != nil {
		return none, err
	}
	v.hold(m, value)
	return value, m.keep(ctx, tx, v, kept[T]{generation, value})
}

func (m *Memory[T]) fresh(ctx context.Context, tx *db.Tx) (T, error) {
	value, err := m.load(ctx, tx)
	if err != nil {
		return value, fmt.Errorf("remember %s: %w", m.name, err)
	}
	return value, nil
}

// keep shares a copy once tx has committed: what it read may be its own change,
// and be undone.
func (m *Memory[T]) keep(ctx context.Context, tx *db.Tx, v *view, c kept[T]) error {
	same, err := v.still(ctx, tx, m.name, c.generation)
	if err != nil || !same {
		return err
	}
	shared := tx.Shared()
	tx.After(func() {
		if !v.touched[m.name] {
			shared.Store(m, c)
		}
	})
	return nil
}

// Touch says that what the memory called name holds changes in tx. Call it in
// every transaction that writes such data, next to the write. It may be repeated.
func Touch(ctx context.Context, tx *db.Tx, name string) error {
	v := viewOf(tx)
	if v.touched == nil {
		v.touched = map[string]bool{}
	}
	v.touched[name] = true
	if tx.Mark(name) {
		return nil
	}
	if err := replaceGeneration(ctx, tx, name, rand.Int64()); err != nil {
		return fmt.Errorf("touch memory %s: %w", name, err)
	}
	return nil
}

// view is what one transaction knows of the memories.
type view struct {
	generations map[string]int64 // nil before the first look
	touched     map[string]bool
	values      map[any]any // by *Memory
}

type viewKey struct{}

func viewOf(tx *db.Tx) *view {
	bag := tx.Bag()
	if v, ok := bag[viewKey{}]; ok {
		return v.(*view)
	}
	v := &view{} // its maps are made when something is put in
	bag[viewKey{}] = v
	return v
}

// hold keeps a value for the rest of the transaction.
func (v *view) hold(m, value any) {
	if v.values == nil {
		v.values = map[any]any{}
	}
	v.values[m] = value
}

// generation is the one that the copies of a memory must bear for tx.
func (v *view) generation(ctx context.Context, tx *db.Tx, name string) (int64, error) {
	if mark, known := tx.Marked(name); known {
		return mark, nil
	}
	if err := v.look(ctx, tx); err != nil {
		return 0, fmt.Errorf("remember %s: %w", name, err)
	}
	return v.generations[name], nil
}

// still reports whether what was just loaded is whole: on PostgreSQL a change
// that is committed meanwhile may be seen half, and leaves another generation.
func (v *view) still(ctx context.Context, tx *db.Tx, name string, generation int64) (bool, error) {
	if _, known := tx.Marked(name); known {
		return true, nil
	}
	after, err := selectGeneration(ctx, tx, name)
	if err != nil {
		return false, fmt.Errorf("remember %s: %w", name, err)
	}
	return after == generation, nil
}

func (v *view) look(ctx context.Context, tx *db.Tx) error {
	if v.generations != nil {
		return nil
	}
	rows, err := selectGenerations(ctx, tx)
	if err != nil {
		return err
	}
	v.generations = make(map[string]int64, len(rows))
	for _, r := range rows {
		v.generations[r.name] = r.generation
	}
	return nil
}
