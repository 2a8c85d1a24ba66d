package db

import "time"

// Waiting returns how many callers queue for SQLite's writer.
func Waiting(d *DB) int {
	w := d.backend.(*sqliteDB).writer
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue)
}

// Commits returns how many commits SQLite's writer has made. Nobody may be writing.
func Commits(d *DB) int {
	return d.backend.(*sqliteDB).writer.commits
}

// BatchTime sets how old a batch may grow. Nobody may be writing.
func BatchTime(d *DB, age time.Duration) {
	d.backend.(*sqliteDB).writer.age = age
}

// FailCommits makes a commit of so many units fail when fail returns an error. Nobody may be writing.
func FailCommits(d *DB, fail func(units int) error) {
	w := d.backend.(*sqliteDB).writer
	if w.inject = nil; fail != nil {
		w.inject = func(b *batch) error { return fail(b.units) }
	}
}

// ForSQLite is forSQLite.
func ForSQLite(text string) string { return forSQLite(text) }

// Cached returns how many statements SQLite's writing connection keeps.
func Cached(d *DB) int {
	return d.backend.(*sqliteDB).writer.conn.recent.Len()
}
