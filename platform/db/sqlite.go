package db

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"korzo/platform/db/lite"
)

// sqlitePragmas hold for every connection. FULL syncs each commit to the
// disk; mmap stays off because it has been part of a corruption. The log grows
// to 16 MB before it goes into the file: pages that are written again and again
// go there once.
var sqlitePragmas = []string{"busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(1)", "mmap_size(0)",
	"journal_size_limit(67108864)", "temp_store(memory)"}

var (
	writerPragmas = append(slices.Clone(sqlitePragmas), "cache_size(-8000)", "wal_autocheckpoint(4000)")
	readerPragmas = append(slices.Clone(sqlitePragmas), "cache_size(-2000)", "query_only(1)")
)

// cachedStatements bounds the prepared statements that a connection keeps.
const cachedStatements = 256

// sqliteDB is the SQLite backend: one writer, several readers, one lock file.
type sqliteDB struct {
	lock    *os.File
	writer  *writer
	readers readers
}

func openSQLite(path string, maxReaders int) (*sqliteDB, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, ErrURL.With("a SQLite database needs a file: sqlite:path/to/shop.db")
	}
	if maxReaders <= 0 {
		maxReaders = max(4, 2*runtime.GOMAXPROCS(0))
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	s := &sqliteDB{lock: lock}
	if err := createPrivate(path); err != nil {
		s.close()
		return nil, err
	}
	if err := s.connect(path, maxReaders); err != nil {
		s.close()
		return nil, fmt.Errorf("%s: %w", path, named(err))
	}
	return s, nil
}

// createPrivate makes an absent file readable by its owner only; SQLite gives
// the files it puts beside it the same mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// connect opens the writer first: it creates the file and switches it to WAL.
func (s *sqliteDB) connect(path string, maxReaders int) error {
	raw, err := lite.Open(path, writerPragmas...)
	if err != nil {
		return err
	}
	s.writer = &writer{conn: newConn(raw), age: batchTime}
	s.readers = readers{path: path, free: make(chan struct{}, maxReaders)}
	for range maxReaders {
		s.readers.free <- struct{}{}
	}
	return nil
}

// close ends the readers first, so that the writer's end checkpoints the file.
func (s *sqliteDB) close() error {
	var errs []error
	for _, c := range s.readers.idle {
		errs = append(errs, c.close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.conn.close())
	}
	return errors.Join(append(errs, unlockFile(s.lock))...)
}

func (s *sqliteDB) write(ctx context.Context, d *DB, fn func(tx *Tx) error) (*Tx, error) {
	return s.writer.run(ctx, d, fn)
}

// read runs fn between BEGIN and COMMIT: the snapshot is taken by the first statement.
func (s *sqliteDB) read(ctx context.Context, d *DB, fn func(tx *Tx) error) (*Tx, error) {
	c, err := s.readers.take(ctx)
	if err != nil {
		return nil, err
	}
	defer s.readers.give(c)
	if _, err := c.exec(beginRead, nil); err != nil {
		return nil, fmt.Errorf("begin: %w", named(err))
	}
	defer func() { _, _ = c.exec(rollback, nil) }() // nothing was written
	tx := d.newTx(sqliteSession{c}, true)
	return tx, tx.do(fn)
}

// readers is the bounded pool of read-only connections; the one used last is
// taken first, because its caches are warm.
type readers struct {
	path string
	free chan struct{} // a token per connection that may be in use

	mu   sync.Mutex
	idle []*conn
}

func (r *readers) take(ctx context.Context) (*conn, error) {
	select {
	case <-r.free:
	default:
		if err := r.wait(ctx); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	if n := len(r.idle); n > 0 {
		c := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.mu.Unlock()
		return c, nil
	}
	r.mu.Unlock()
	raw, err := lite.Open(r.path, readerPragmas...)
	if err != nil {
		r.free <- struct{}{}
		return nil, fmt.Errorf("open a reader: %w", named(err))
	}
	return newConn(raw), nil
}

func (r *readers) wait(ctx context.Context) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-r.free:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return ErrBusy
	}
}

func (r *readers) give(c *conn) {
	r.mu.Lock()
	r.idle = append(r.idle, c)
	r.mu.Unlock()
	r.free <- struct{}{}
}

// conn is one SQLite connection with the statements it has prepared, the least
// recently used dropped first. One goroutine uses it at a time.
type conn struct {
	raw        *lite.Conn
	statements map[string]*list.Element // of *statement
	recent     *list.List               // front: used last
}

// statement is a prepared statement and, while it runs, its rows.
type statement struct {
	*lite.Stmt
	conn  *conn
	query string
	err   error
	busy  bool // its rows are being read
}

func newConn(raw *lite.Conn) *conn {
	return &conn{raw: raw, statements: map[string]*list.Element{}, recent: list.New()}
}

// prepare returns the cached statement for query, or a fresh one; nil for a
// script of several.
func (c *conn) prepare(query string) (*statement, error) {
	e, ok := c.statements[query]
	if ok {
		s := e.Value.(*statement)
		if !s.busy {
			c.recent.MoveToFront(e)
			return s, nil
		}
	}
	stmt, script, err := c.raw.Prepare(query)
	if err != nil || script {
		return nil, err
	}
	s := &statement{Stmt: stmt, conn: c, query: query}
	if ok {
		return s, nil // not kept: release closes it
	}
	c.statements[query] = c.recent.PushFront(s)
	if c.recent.Len() > cachedStatements {
		c.evict()
	}
	return s, nil
}

// evict drops the statement used longest ago.
func (c *conn) evict() {
	for e := c.recent.Back(); e != nil; e = e.Prev() {
		if s := e.Value.(*statement); !s.busy {
			c.recent.Remove(e)
			delete(c.statements, s.query)
			_ = s.Stmt.Close()
			return
		}
	}
}

// release ends the use of a statement.
func (c *conn) release(s *statement) {
	s.busy = false
	if e, ok := c.statements[s.query]; !ok || e.Value != s {
		_ = s.Stmt.Close()
	}
}

func (c *conn) exec(query string, args []any) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	if s == nil {
		return c.raw.Exec(query)
	}
	s.busy = true
	defer c.release(s)
	return s.Exec(args)
}

func (c *conn) query(query string, args []any) (rows, error) {
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, fmt.Errorf("this is no query: %.80s", query)
	}
	s.busy, s.err = true, nil
	if err := s.Query(args); err != nil {
		c.release(s)
		return nil, err
	}
	return s, nil
}

// Next goes to the next row.
func (s *statement) Next() bool {
	row, err := s.Step()
	s.err = err
	return row
}

// Err is what ended the rows too early.
func (s *statement) Err() error { return s.err }

// Close ends the rows, once.
func (s *statement) Close() error {
	if s.busy {
		s.Reset()
		s.conn.release(s)
	}
	return nil
}

func (c *conn) close() error {
	for e := c.recent.Front(); e != nil; e = e.Next() {
		_ = e.Value.(*statement).Stmt.Close()
	}
	return c.raw.Close()
}

// sqliteSession is a connection as a transaction sees it. What it runs is never
// cancelled.
type sqliteSession struct{ *conn }

func (s sqliteSession) exec(_ context.Context, query string, args []any) (int64, error) {
	return s.conn.exec(query, args)
}

func (s sqliteSession) send(_ context.Context, query string, args []any, done func(int64) error) error {
	n, err := s.conn.exec(query, args)
	if err != nil || done == nil {
		return err
	}
	return done(n)
}

func (s sqliteSession) flush(context.Context) error { return nil }

func (s sqliteSession) drop() {}

func (s sqliteSession) query(_ context.Context, query string, args []any) (rows, error) {
	return s.conn.query(query, args)
}
