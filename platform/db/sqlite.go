package db

import (
	"container/list"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the pure Go driver "sqlite"
)

// sqliteSettings hold for every connection. FULL syncs each commit to the
// disk; mmap stays off because it has been part of a corruption.
const sqliteSettings = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)" +
	"&_pragma=foreign_keys(1)&_pragma=mmap_size(0)&_pragma=journal_size_limit(67108864)&_pragma=temp_store(memory)"

const (
	writerSettings = sqliteSettings + "&_pragma=cache_size(-16000)"
	readerSettings = sqliteSettings + "&_pragma=cache_size(-4000)&_pragma=query_only(1)"
)

// cachedStatements bounds the prepared statements that a connection keeps.
const cachedStatements = 256

// sqliteDB is the SQLite backend: one writer, several readers, one lock file.
type sqliteDB struct {
	lock    *os.File
	writing *sql.DB
	reading *sql.DB
	writer  *writer
	readers readers
}

func openSQLite(ctx context.Context, path string, maxReaders int) (*sqliteDB, error) {
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
	if err := s.connect(ctx, path, maxReaders); err != nil {
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
func (s *sqliteDB) connect(ctx context.Context, path string, maxReaders int) (err error) {
	file := "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(path))
	if s.writing, err = sql.Open("sqlite", file+writerSettings); err != nil {
		return err
	}
	if s.reading, err = sql.Open("sqlite", file+readerSettings); err != nil {
		return err
	}
	raw, err := s.writing.Conn(ctx)
	if err != nil {
		return err
	}
	s.writer = &writer{conn: newConn(raw), age: batchTime}
	s.readers = readers{open: s.reading.Conn, free: make(chan struct{}, maxReaders)}
	for range maxReaders {
		s.readers.free <- struct{}{}
	}
	return nil
}

// close ends the readers first, so that the writer's end checkpoints the file.
func (s *sqliteDB) close() error {
	var first error
	for _, c := range s.readers.idle {
		c.close()
	}
	if s.reading != nil {
		first = s.reading.Close()
	}
	if s.writer != nil {
		s.writer.conn.close()
	}
	if s.writing != nil {
		if err := s.writing.Close(); first == nil {
			first = err
		}
	}
	if err := s.lock.Close(); first == nil {
		first = err
	}
	return first
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
	background := context.WithoutCancel(ctx)
	if _, err := c.exec(background, beginRead, nil); err != nil {
		return nil, fmt.Errorf("begin: %w", named(err))
	}
	defer func() { _, _ = c.exec(background, rollback, nil) }() // nothing was written
	tx := d.newTx(c, true)
	return tx, tx.do(fn)
}

// readers is the bounded pool of read-only connections; the one used last is
// taken first, because its caches are warm.
type readers struct {
	open func(ctx context.Context) (*sql.Conn, error)
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
	raw, err := r.open(context.WithoutCancel(ctx))
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
	raw        *sql.Conn
	statements map[string]*list.Element // of *statement
	recent     *list.List               // front: used last
}

type statement struct {
	query string
	stmt  *sql.Stmt
	busy  bool // its rows are being read
}

func newConn(raw *sql.Conn) *conn {
	return &conn{raw: raw, statements: map[string]*list.Element{}, recent: list.New()}
}

// prepare returns the cached statement for query, or a fresh one.
func (c *conn) prepare(ctx context.Context, query string) (*statement, error) {
	if e, ok := c.statements[query]; ok {
		s := e.Value.(*statement)
		if !s.busy {
			c.recent.MoveToFront(e)
			return s, nil
		}
	}
	stmt, err := c.raw.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &statement{query: query, stmt: stmt}
	if _, busy := c.statements[query]; busy {
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
			s.stmt.Close()
			return
		}
	}
}

// release ends the use of a statement.
func (c *conn) release(s *statement) {
	s.busy = false
	if e, ok := c.statements[s.query]; !ok || e.Value != s {
		s.stmt.Close()
	}
}

func (c *conn) exec(ctx context.Context, query string, args []any) (int64, error) {
	s, err := c.prepare(ctx, query)
	if err != nil {
		return 0, err
	}
	s.busy = true
	defer c.release(s)
	res, err := s.stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (c *conn) query(ctx context.Context, query string, args []any) (*sql.Rows, func(), error) {
	s, err := c.prepare(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	s.busy = true
	rows, err := s.stmt.QueryContext(ctx, args...)
	if err != nil {
		c.release(s)
		return nil, nil, err
	}
	return rows, func() { c.release(s) }, nil
}

func (c *conn) close() {
	for e := c.recent.Front(); e != nil; e = e.Next() {
		e.Value.(*statement).stmt.Close()
	}
	c.raw.Close()
}
