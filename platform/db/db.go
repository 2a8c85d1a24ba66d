// Package db opens the shop's database and runs transactions on it.
//
// SQLite and PostgreSQL are equals: one SQL text serves both, with $1
// placeholders, integer microseconds for times and 0/1 for booleans. The few
// places where they differ are methods of Tx, so no other package asks which
// database it has.
//
// A transaction is a parameter. A function that reads or writes takes a *Tx
// and never begins, commits or rolls back; whoever composes the work calls
// Write or Read once. A function that takes a *Tx does no network call. Once a
// transaction has begun it is not cancelled: a caller who leaves stops waiting
// for his turn, but nothing is ever interrupted half-way.
//
// SQLite has one writer at a time. Units of work that queue up share a commit
// and so an fsync, each in a savepoint of its own; see writer. A statement's
// error ends its transaction on both databases unless Savepoint contains it.
package db

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// patience bounds how long anyone waits for the writer's turn or for a
// connection before he is told that the database is busy.
const patience = 30 * time.Second

// Config says which database to open. Only URL is required.
type Config struct {
	// URL is "sqlite:path/to/shop.db" or "postgres://…".
	URL string
	// MaxConns bounds PostgreSQL's connections (0: 16) or SQLite's readers (0: twice the processors, at least 4).
	MaxConns int
	// OnStatement is called before each statement of a transaction's function; see DB.OnStatement.
	OnStatement func(ctx context.Context, query string)
	// Log is told what an operator should know (nil: slog.Default()).
	Log *slog.Logger
}

// backend is what differs between the two databases.
type backend interface {
	write(ctx context.Context, d *DB, fn func(tx *Tx) error) (*Tx, error)
	read(ctx context.Context, d *DB, fn func(tx *Tx) error) (*Tx, error)
	close() error
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	backend  backend
	postgres bool
	log      *slog.Logger
	hook     atomic.Pointer[func(ctx context.Context, query string)]
	gate     gate
	listen   listeners
	shared   sync.Map
	trace    atomic.Pointer[func(Statement)]
	marks    atomic.Pointer[map[string]int64]
	epoch    atomic.Int64

	// Now is the clock; tests set it before they use the database.
	Now func() time.Time
}

// Open opens "sqlite:path/to/shop.db" or "postgres://…".
func Open(ctx context.Context, url string) (*DB, error) {
	return OpenWith(ctx, Config{URL: url})
}

// OpenWith opens the database that c names. A SQLite file is created when it
// is absent, and refused with ErrLocked while another process holds it.
func OpenWith(ctx context.Context, c Config) (*DB, error) {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	d := &DB{Now: time.Now, log: c.Log}
	d.marks.Store(&map[string]int64{})
	d.gate.idle = make(chan struct{})
	d.OnStatement(c.OnStatement)
	var err error
	switch path, isSQLite := strings.CutPrefix(c.URL, "sqlite:"); {
	case isSQLite:
		d.backend, err = openSQLite(path, c.MaxConns)
	case strings.HasPrefix(c.URL, "postgres://"), strings.HasPrefix(c.URL, "postgresql://"):
		d.postgres = true
		d.backend, err = openPostgres(ctx, c.URL, c.MaxConns)
	default:
		err = ErrURL
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return d, nil
}

// Close waits for the work under way, then closes the database. Later work is
// answered with ErrClosed. Closing twice does nothing.
func (d *DB) Close() error {
	if !d.gate.close() {
		return nil
	}
	return d.backend.close()
}

// Postgres reports which of the two databases this is. It is there for doctor
// and bench; a domain never asks.
func (d *DB) Postgres() bool { return d.postgres }

// OnStatement sets a function that is called before each statement of a Write
// or Read (not before BEGIN and its like) with the caller's context, and
// returns the one it replaces. Tests count statements and delay them with it.
func (d *DB) OnStatement(hook func(ctx context.Context, query string)) (previous func(ctx context.Context, query string)) {
	var p *func(ctx context.Context, query string)
	if hook != nil {
		p = &hook
	}
	if old := d.hook.Swap(p); old != nil {
		return *old
	}
	return nil
}

// Write runs fn in a transaction and commits if fn returns nil. It runs fn
// again, from the start, when the transaction lost a race with another, so fn
// changes nothing but the database and what it sets afresh on every run.
//
// Two writes may interleave between statements on PostgreSQL: guard a change
// in its own WHERE clause, or lock what you read with ForUpdate. A Write or
// Read inside fn is a bug and answered with ErrNested.
func (d *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	return d.run(ctx, d.backend.write, fn)
}

// Read runs fn on one consistent snapshot. Writing in it fails.
func (d *DB) Read(ctx context.Context, fn func(tx *Tx) error) error {
	return d.run(ctx, d.backend.read, fn)
}

type runner func(ctx context.Context, d *DB, fn func(tx *Tx) error) (*Tx, error)

func (d *DB) run(ctx context.Context, how runner, fn func(tx *Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	others, ok := d.gate.enter()
	if !ok {
		return ErrClosed
	}
	defer d.gate.leave()
	if others > 0 && nested() {
		return ErrNested
	}
	tx, err := how(ctx, d, fn)
	if err != nil {
		return err
	}
	for _, hook := range tx.after {
		hook()
	}
	return nil
}

// newTx makes the transaction that fn sees.
func (d *DB) newTx(on session, readOnly bool) *Tx {
	return &Tx{db: d, on: on, readOnly: readOnly, marks: d.marks.Load(), epoch: d.epoch.Load(), Now: d.Now().UTC().Truncate(time.Microsecond)}
}

// gate counts the work under way, so that Close can wait for it.
type gate struct {
	mu     sync.Mutex
	inside int
	closed bool
	idle   chan struct{} // closed when the last one leaves a closed gate
}

// enter returns how many were under way already; ok is false after close.
func (g *gate) enter() (others int, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return g.inside, false
	}
	g.inside++
	return g.inside - 1, true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.closed && g.inside == 0 {
		close(g.idle)
	}
}

// close reports whether this call was the one that closed the gate.
func (g *gate) close() bool {
	g.mu.Lock()
	first := !g.closed
	g.closed = true
	empty := g.inside == 0
	g.mu.Unlock()
	if first && !empty {
		<-g.idle
	}
	return first
}
