package db

import "maps"

// Settle has fn called once it is known whether what tx wrote so far stays: by
// whoever commits, after the commit and before any transaction that begins
// later, or when it was rolled back. So a copy in memory can be exchanged in the
// very moment in which the database is. What a Savepoint undid does not stay,
// and is told at the end with the rest. fn must be short and use no database.
//
// Only writes on SQLite settle, because there one process owns the database;
// where known is false, fn is not called.
func (tx *Tx) Settle(fn func(stays bool)) (known bool) {
	if tx.db.postgres || tx.readOnly {
		return false
	}
	tx.settle = append(tx.settle, fn)
	return true
}

// Epoch is how many changes NextEpoch had counted when tx began, before it
// saw anything of the database. Known is false on PostgreSQL.
func (tx *Tx) Epoch() (epoch int64, known bool) { return tx.epoch, !tx.db.postgres }

// NextEpoch counts a change and returns its number; transactions that begin
// later have at least that Epoch. For use in a function given to Settle.
func (tx *Tx) NextEpoch() int64 { return tx.db.epoch.Add(1) }

// Mark says that what has this name changes in tx. Once tx has committed, the
// mark of the name is another one for every transaction that begins later.
//
// Only SQLite keeps marks, because there one process owns the database and
// knows of every change: no statement is made. Where known is false, keep a row
// that says as much.
func (tx *Tx) Mark(name string) (known bool) {
	if tx.db.postgres {
		return false
	}
	tx.marked = append(tx.marked, name)
	return true
}

// Marked returns the mark of a name as it was before tx saw anything of the
// database: whoever finds the mark that a copy was made under need not read
// again. It is 0 for what did not change since the database was opened. Where
// known is false, read the row that Mark asked for.
func (tx *Tx) Marked(name string) (mark int64, known bool) {
	if tx.db.postgres {
		return 0, false
	}
	return (*tx.marks)[name], true
}

// mark counts the marks of names up. The writer calls it between a commit and
// the next transaction, so nobody sees a change without its mark.
func (d *DB) mark(names []string) {
	fresh := maps.Clone(*d.marks.Load())
	for _, name := range names {
		fresh[name]++
	}
	d.marks.Store(&fresh)
}

// Undone is how often a Savepoint of tx was rolled back: what was noted in Bag
// before the number changed may be of what was undone.
func (tx *Tx) Undone() int { return tx.undone }

// undo notes that a Savepoint was rolled back, in which what was given to Settle
// from this one on did not come to stay.
func (tx *Tx) undo(from int) {
	tx.undone++
	for i, fn := range tx.settle[from:] {
		tx.settle[from+i] = func(bool) { fn(false) }
	}
}

// ReadOnly reports whether tx belongs to a Read.
func (tx *Tx) ReadOnly() bool { return tx.readOnly }
