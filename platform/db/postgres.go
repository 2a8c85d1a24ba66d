package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	// writeAttempts bounds how often a transaction is run that loses races.
	writeAttempts = 5
	// defaultConns is the pool's size: more connections make PostgreSQL slower, not faster.
	defaultConns = 16
)

// postgresDB is the PostgreSQL backend: a bounded pool with bounded waits.
type postgresDB struct {
	pool *sql.DB
}

func openPostgres(ctx context.Context, url string, maxConns int) (*postgresDB, error) {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, ErrURL.With("the PostgreSQL URL cannot be read: " + err.Error())
	}
	for name, value := range map[string]string{
		"application_name":                    "korzo",
		"timezone":                            "UTC",
		"statement_timeout":                   "10s",
		"lock_timeout":                        "5s",
		"idle_in_transaction_session_timeout": "10s",
	} {
		c.RuntimeParams[name] = value
	}
	if maxConns <= 0 {
		maxConns = defaultConns
	}
	pool := stdlib.OpenDB(*c)
	pool.SetMaxOpenConns(maxConns)
	pool.SetMaxIdleConns(maxConns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return &postgresDB{pool}, nil
}

func (p *postgresDB) close() error { return p.pool.Close() }

// write runs fn again when it lost a race, after a pause that grows and varies.
func (p *postgresDB) write(ctx context.Context, d *DB, fn func(tx *Tx) error) (*Tx, error) {
	options := &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	var lost error
	for attempt := range writeAttempts {
		if attempt > 0 {
			if err := pause(ctx, attempt); err != nil {
				return nil, err
			}
		}
		tx, err := p.run(ctx, d, options, fn)
		if err == nil {
			return tx, nil
		}
		if !lostRace(err) && (tx == nil || !lostRace(tx.failed)) {
			return tx, err
		}
		lost = err
	}
	return nil, fmt.Errorf("gave up after %d lost races: %w: %w", writeAttempts, ErrBusy, lost)
}

func (p *postgresDB) read(ctx context.Context, d *DB, fn func(tx *Tx) error) (*Tx, error) {
	return p.run(ctx, d, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, fn)
}

func (p *postgresDB) run(ctx context.Context, d *DB, options *sql.TxOptions, fn func(tx *Tx) error) (*Tx, error) {
	c, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	t, err := c.BeginTx(context.WithoutCancel(ctx), options)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", named(err))
	}
	defer t.Rollback() // after Commit this does nothing

	tx := d.newTx(&pgSession{tx: t, conn: c}, options.ReadOnly)
	if err := tx.do(fn); err != nil {
		return tx, err
	}
	if tx.failed == nil {
		if err := tx.flush(ctx); err != nil {
			return tx, err
		}
	}
	if tx.failed != nil && !tx.readOnly {
		return tx, fmt.Errorf("%w: %w", ErrDropped, tx.failed)
	}
	if err := t.Commit(); err != nil {
		return tx, fmt.Errorf("commit: %w", named(err))
	}
	return tx, nil
}

// connect waits for a connection, for as long as the caller does but not for ever.
func (p *postgresDB) connect(ctx context.Context) (*sql.Conn, error) {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := p.pool.Conn(bounded)
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return nil, ErrBusy
	}
	if err != nil {
		if ctx.Err() == nil {
			err = named(err)
		}
		return nil, fmt.Errorf("connect: %w", err)
	}
	return c, nil
}

// pause waits before the next attempt: 1 to 2 ms after the first, doubling.
func pause(ctx context.Context, attempt int) error {
	base := time.Millisecond << (attempt - 1)
	timer := time.NewTimer(base + rand.N(base))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pgSession runs statements; pgx keeps them prepared on the connection. What is
// sent waits here until something is waited for, and then goes out in one batch.
type pgSession struct {
	tx   *sql.Tx
	conn *sql.Conn
	sent []sent
}

// sent is a statement under way.
type sent struct {
	query string
	args  []any
	done  func(rowsChanged int64) error
}

func (s *pgSession) send(_ context.Context, query string, args []any, done func(int64) error) error {
	s.sent = append(s.sent, sent{query, args, done})
	return nil
}

// flush sends what is under way and reads all answers, in one round trip.
func (s *pgSession) flush(ctx context.Context) error {
	if len(s.sent) == 0 {
		return nil
	}
	all := s.sent
	s.sent = nil
	if len(all) == 1 {
		n, err := s.exec(ctx, all[0].query, all[0].args)
		return all[0].told(n, err)
	}
	var batch pgx.Batch
	for _, one := range all {
		batch.Queue(one.query, plain(one.args)...)
	}
	return s.conn.Raw(func(raw any) error {
		answers := raw.(*stdlib.Conn).Conn().SendBatch(ctx, &batch)
		for _, one := range all {
			tag, err := answers.Exec()
			if err := one.told(tag.RowsAffected(), err); err != nil {
				_ = answers.Close() // the transaction is over
				return err
			}
		}
		return answers.Close()
	})
}

// plain returns arguments as database/sql hands them to a driver: a named type
// as what it is made of.
func plain(args []any) []any {
	all := make([]any, len(args))
	for i, a := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			v = a // the driver knows more types than that
		}
		all[i] = v
	}
	return all
}

func (s sent) told(n int64, err error) error {
	if err != nil || s.done == nil {
		return err
	}
	return s.done(n)
}

func (s *pgSession) drop() { s.sent = nil }

func (s *pgSession) exec(ctx context.Context, query string, args []any) (int64, error) {
	if len(s.sent) > 0 {
		var changed int64
		s.sent = append(s.sent, sent{query, args, func(n int64) error { changed = n; return nil }})
		err := s.flush(ctx)
		return changed, err
	}
	res, err := s.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (s *pgSession) query(ctx context.Context, query string, args []any) (rows, error) {
	if err := s.flush(ctx); err != nil {
		return nil, err
	}
	found, err := s.tx.QueryContext(ctx, query, args...) //nolint:rowserrcheck // Tx.each asks for it
	return found, err
}
