package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// session runs the statements of one transaction.
type session interface {
	exec(ctx context.Context, query string, args []any) (int64, error)
	query(ctx context.Context, query string, args []any) (rows, error)
	send(ctx context.Context, query string, args []any, done func(rowsChanged int64) error) error
	flush(ctx context.Context) error
	drop() // forgets what was sent and did not go out
}

// rows are what a query returns, one after the other. Closing them twice does nothing.
type rows interface {
	Row
	Next() bool
	Err() error
	Close() error
}

// Tx is a transaction in progress. It cannot commit: that is Write's to do. It
// belongs to the goroutine that Write or Read called.
type Tx struct {
	db       *DB
	on       session
	readOnly bool
	over     bool  // fn has returned
	failed   error // the first statement error that no Savepoint contained
	depth    int   // of savepoints
	after    []func()
	topics   []string
	bag      map[any]any
	marks    *map[string]int64 // as they were when it began
	marked   []string
	settle   []func(stays bool)
	epoch    int64 // as it was when it began
	undone   int   // savepoints

	// Now is the one time of this transaction: UTC, whole microseconds.
	Now time.Time
}

// do runs the transaction's function; after it the Tx takes no more statements.
func (tx *Tx) do(fn func(tx *Tx) error) error {
	defer func() { tx.over = true }()
	return inside(tx, fn)
}

// Exec runs a statement and returns how many rows it changed. A unique
// violation is ErrUnique.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (rowsChanged int64, err error) {
	ctx, args, err = tx.begin(ctx, Statement{Query: query, Args: args})
	if err != nil {
		return 0, err
	}
	n, err := tx.on.exec(ctx, query, args)
	return n, tx.note(err)
}

// Send is Exec for a statement whose outcome nobody needs before the next one:
// on PostgreSQL it travels with those sent around it, in one round trip, before
// whatever is waited for next and at the latest before the commit. done, unless
// it is nil, is told how many rows changed and may refuse; it and an error of
// the statement end the transaction.
func (tx *Tx) Send(ctx context.Context, done func(rowsChanged int64) error, query string, args ...any) error {
	ctx, args, err := tx.begin(ctx, Statement{Query: query, Args: args, Sent: true})
	if err != nil {
		return err
	}
	return tx.note(tx.on.send(ctx, query, args, done))
}

// flush waits for what was sent.
func (tx *Tx) flush(ctx context.Context) error {
	return tx.note(tx.on.flush(context.WithoutCancel(ctx)))
}

// begin checks that a statement may run, tells the hooks, and returns what the
// driver sees: a context that nothing cancels, and arguments without booleans.
func (tx *Tx) begin(ctx context.Context, s Statement) (context.Context, []any, error) {
	if tx.over {
		return nil, nil, ErrOver
	}
	if tx.failed != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDropped, tx.failed)
	}
	if tx.readOnly {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
	}
	if hook := tx.db.hook.Load(); hook != nil {
		(*hook)(ctx, s.Query)
	}
	args := withoutBooleans(s.Args)
	if tell := tx.db.trace.Load(); tell != nil {
		s.Tx, s.Args = tx, args
		(*tell)(s)
	}
	return context.WithoutCancel(ctx), args, nil
}

// withoutBooleans returns args with 0 and 1 for booleans, as columns hold them.
func withoutBooleans(args []any) []any {
	copied := false
	for i, a := range args {
		b, ok := a.(bool)
		if !ok {
			continue
		}
		if !copied {
			args, copied = slices.Clone(args), true
		}
		args[i] = truth(b)
	}
	return args
}

// truth is a boolean as both databases store it.
func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// note remembers that a statement failed and puts its error into our words.
func (tx *Tx) note(err error) error {
	if err == nil {
		return nil
	}
	err = named(err)
	if tx.failed == nil {
		tx.failed = err
	}
	return err
}

// After has fn run after the commit and before Write returns. It is dropped
// when the transaction, or the Savepoint it was called in, is rolled back.
func (tx *Tx) After(fn func()) { tx.after = append(tx.after, fn) }

// Savepoint runs fn and, when it fails, undoes what it wrote and returns its
// error; the transaction goes on. A lost race is not contained: the whole
// transaction must run again.
func (tx *Tx) Savepoint(ctx context.Context, fn func() error) error {
	switch {
	case tx.over:
		return ErrOver
	case tx.readOnly:
		return ErrReadOnly
	case tx.failed != nil:
		return fmt.Errorf("%w: %w", ErrDropped, tx.failed)
	}
	ctx = context.WithoutCancel(ctx)
	depth, hooks, topics, settle := tx.depth, len(tx.after), len(tx.topics), len(tx.settle)
	if err := tx.mark(ctx, savepoint, depth); err != nil {
		return err
	}
	tx.depth++
	err := fn()
	tx.depth = depth
	if err == nil && tx.failed == nil {
		err = tx.flush(ctx)
	}
	if err == nil && tx.failed != nil {
		err = fmt.Errorf("%w: %w", ErrDropped, tx.failed)
	}
	if err == nil {
		return tx.mark(ctx, release, depth)
	}
	if lostRace(tx.failed) || lostRace(err) || fatal(tx.failed) {
		tx.failed = errors.Join(tx.failed, err)
		return err
	}
	tx.failed = nil
	tx.on.drop()
	tx.after, tx.topics = tx.after[:hooks], tx.topics[:topics]
	tx.undo(settle)
	if undo := tx.mark(ctx, rollbackTo, depth); undo != nil {
		return errors.Join(err, undo)
	}
	if undo := tx.mark(ctx, release, depth); undo != nil {
		return errors.Join(err, undo)
	}
	return err
}

// mark runs one of the savepoint statements; the hook does not see it.
func (tx *Tx) mark(ctx context.Context, statement func(depth int) string, depth int) error {
	_, err := tx.on.exec(ctx, statement(depth), nil)
	return tx.note(err)
}

// Unhurried has the transaction's statements take as long as they need. It is
// for what reads everything there is; without it PostgreSQL ends a statement
// after ten seconds.
func (tx *Tx) Unhurried(ctx context.Context) error {
	if !tx.db.postgres {
		return nil
	}
	_, err := tx.on.exec(context.WithoutCancel(ctx), unhurried, nil)
	return tx.note(err)
}

// ForUpdate is the clause that locks the rows a SELECT returns until the end
// of the transaction. SQLite has one writer at a time and needs none.
func (tx *Tx) ForUpdate() string {
	if tx.db.postgres {
		return " FOR UPDATE"
	}
	return ""
}

// SkipLocked is ForUpdate for queues: rows that another transaction has
// locked are left out.
func (tx *Tx) SkipLocked() string {
	if tx.db.postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// Row is one row of a result.
type Row interface{ Scan(dest ...any) error }

// Scan reads a row into a T.
type Scan[T any] func(Row) (T, error)

// One returns the first row of a query, or ErrNoRow.
func One[T any](ctx context.Context, tx *Tx, scan Scan[T], query string, args ...any) (v T, err error) {
	found := false
	err = tx.each(ctx, query, args, func(row Row) (more bool, err error) {
		v, err = scan(row)
		found = true
		return false, err
	})
	if err == nil && !found {
		err = ErrNoRow
	}
	return v, err
}

// All returns every row of a query. A list for people has a LIMIT.
func All[T any](ctx context.Context, tx *Tx, scan Scan[T], query string, args ...any) ([]T, error) {
	var all []T
	err := tx.each(ctx, query, args, func(row Row) (more bool, err error) {
		v, err := scan(row)
		all = append(all, v)
		return true, err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// each hands the rows of a query to fn until there is no more or fn wants none.
func (tx *Tx) each(ctx context.Context, query string, args []any, fn func(Row) (more bool, err error)) (err error) {
	caller := ctx
	ctx, args, err = tx.begin(ctx, Statement{Query: query, Args: args, Rows: true})
	if err != nil {
		return err
	}
	rows, err := tx.on.query(ctx, query, args)
	if err != nil {
		return tx.note(err)
	}
	defer func() { _ = rows.Close() }()
	for more := true; more && rows.Next(); {
		if more, err = fn(rows); err != nil {
			return err
		}
		if tx.readOnly {
			if err := caller.Err(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return tx.note(err)
	}
	return tx.note(rows.Close())
}

// Notify wakes, after the commit, whoever listens to topic on this DB; see
// DB.Listen. Calling it again in the same transaction costs nothing.
func (tx *Tx) Notify(topic string) {
	if slices.Contains(tx.topics, topic) {
		return
	}
	tx.topics = append(tx.topics, topic)
	d := tx.db
	tx.After(func() { d.listen.wake(topic) })
}
