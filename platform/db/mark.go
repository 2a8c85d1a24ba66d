package db

import "maps"

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
