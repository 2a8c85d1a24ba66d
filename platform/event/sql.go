package event

import (
	"context"
	"errors"
	"time"

	"korzo/platform/db"
)

const columns = `seq, id, kind, key, body, at, COALESCE(done_at, 0), COALESCE(suspended_at, 0), attempts, last_error`

func scanFact(row db.Row) (f Fact, err error) {
	var body string
	var at, done, suspended int64
	err = row.Scan(&f.Seq, &f.ID, &f.Kind, &f.Key, &body, &at, &done, &suspended, &f.Attempts, &f.LastError)
	f.Body, f.At, f.DoneAt, f.SuspendedAt = []byte(body), db.Time(at), db.Time(done), db.Time(suspended)
	return f, err
}

func insertFact(ctx context.Context, tx *db.Tx, f Fact) error {
	return tx.Send(ctx, nil, `
		INSERT INTO event_facts (id, kind, key, body, at, attempts, run_at, last_error)
		VALUES ($1, $2, $3, $4, $5, 0, $5, '')`,
		f.ID, f.Kind, f.Key, string(f.Body), db.Micros(f.At))
}

func listFacts(ctx context.Context, tx *db.Tx, kind string, after int64, limit int) ([]Fact, error) {
	if kind == "" {
		return db.All(ctx, tx, scanFact, `
			SELECT `+columns+` FROM event_facts WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit)
	}
	return db.All(ctx, tx, scanFact, `
		SELECT `+columns+` FROM event_facts WHERE seq > $1 AND kind = $2 ORDER BY seq LIMIT $3`, after, kind, limit)
}

func listSuspended(ctx context.Context, tx *db.Tx) ([]Fact, error) {
	return db.All(ctx, tx, scanFact, `
		SELECT `+columns+` FROM event_facts WHERE suspended_at IS NOT NULL ORDER BY seq LIMIT 1000`)
}

// oldestWaiting returns the zero time when nothing waits.
func oldestWaiting(ctx context.Context, tx *db.Tx) (time.Time, error) {
	at, err := db.One(ctx, tx, func(row db.Row) (at int64, err error) { return at, row.Scan(&at) }, `
		SELECT at FROM event_facts WHERE done_at IS NULL AND suspended_at IS NULL ORDER BY seq LIMIT 1`)
	if errors.Is(err, db.ErrNoRow) {
		return time.Time{}, nil
	}
	return db.Time(at), err
}

// waiting is a fact to be delivered, as Deliver plans with it.
type waiting struct {
	seq int64
	key string
}

func scanWaiting(row db.Row) (w waiting, err error) {
	return w, row.Scan(&w.seq, &w.key)
}

// listDue returns the oldest facts that may be tried now. A key with a fact
// that must wait is left out whole, so a long queue behind a failing fact hides
// nothing.
func listDue(ctx context.Context, tx *db.Tx, limit int) ([]waiting, error) {
	return db.All(ctx, tx, scanWaiting, `
		SELECT f.seq, f.key FROM event_facts AS f
		WHERE f.done_at IS NULL AND f.suspended_at IS NULL AND f.run_at <= $1
			AND NOT EXISTS (
				SELECT 1 FROM event_facts AS e
				WHERE e.key = f.key AND e.key <> '' AND e.seq < f.seq
					AND e.done_at IS NULL AND e.suspended_at IS NULL AND e.run_at > $1)
		ORDER BY f.seq LIMIT $2`, db.Micros(tx.Now), limit)
}

// claimable are the facts that are due and the first of their keys.
const claimable = `done_at IS NULL AND suspended_at IS NULL AND run_at <= $1
			AND (key = '' OR seq = (
				SELECT MIN(e.seq) FROM event_facts AS e
				WHERE e.key = f.key AND e.done_at IS NULL AND e.suspended_at IS NULL))`

// anyDue reports whether claimDue would find a fact that nobody else has.
func anyDue(ctx context.Context, tx *db.Tx) (bool, error) {
	found, err := db.All(ctx, tx, func(row db.Row) (seq int64, err error) { return seq, row.Scan(&seq) }, `
		SELECT seq FROM event_facts AS f WHERE `+claimable+` LIMIT 1`, db.Micros(tx.Now))
	return len(found) > 0, err
}

// claimDue locks the oldest facts that are due and the first of their keys, and
// leaves out those that somebody else is delivering. Which is the first is asked
// fact by fact, in their order, so a long queue costs no more than a short one,
// whatever PostgreSQL's statistics say of a table that was empty a moment ago.
func claimDue(ctx context.Context, tx *db.Tx, limit int) ([]Fact, error) {
	return db.All(ctx, tx, scanFact, `
		SELECT `+columns+` FROM event_facts AS f WHERE `+claimable+` ORDER BY seq LIMIT $2`+tx.SkipLocked(), db.Micros(tx.Now), limit)
}

// setAllDone marks facts done that are not, and returns how many.
func setAllDone(ctx context.Context, tx *db.Tx, facts []waiting) (int64, error) {
	args := []any{db.Micros(tx.Now)}
	for _, f := range facts {
		args = append(args, f.seq)
	}
	return tx.Exec(ctx, `
		UPDATE event_facts SET done_at = $1, attempts = attempts + 1
		WHERE done_at IS NULL AND suspended_at IS NULL AND seq IN `+db.Values(1, len(facts), 2), args...)
}

// claimFact locks a fact that is still due and first of its key. ErrNoRow means
// that it is not, or that somebody else is delivering it.
func claimFact(ctx context.Context, tx *db.Tx, seq int64) (Fact, error) {
	return db.One(ctx, tx, scanFact, `
		SELECT `+columns+` FROM event_facts AS f
		WHERE seq = $1 AND done_at IS NULL AND suspended_at IS NULL AND run_at <= $2
			AND NOT EXISTS (
				SELECT 1 FROM event_facts AS e
				WHERE e.key = f.key AND e.key <> '' AND e.seq < f.seq
					AND e.done_at IS NULL AND e.suspended_at IS NULL)`+tx.SkipLocked(),
		seq, db.Micros(tx.Now))
}

func setDone(ctx context.Context, tx *db.Tx, seq int64) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE event_facts SET done_at = $1, attempts = attempts + 1
		WHERE seq = $2 AND done_at IS NULL AND suspended_at IS NULL`, db.Micros(tx.Now), seq)
}

// setFailed counts a try that failed; unless the fact is suspended there is another at runAt.
func setFailed(ctx context.Context, tx *db.Tx, f Fact, runAt time.Time) (int64, error) {
	var suspended any // NULL
	if !f.SuspendedAt.IsZero() {
		suspended = db.Micros(f.SuspendedAt)
	}
	return tx.Exec(ctx, `
		UPDATE event_facts SET attempts = $1, run_at = $2, suspended_at = $3, last_error = $4
		WHERE seq = $5 AND done_at IS NULL AND suspended_at IS NULL`,
		f.Attempts, db.Micros(runAt), suspended, f.LastError, f.Seq)
}

// resumeFact leaves one try counted, so that the receipts are read.
func resumeFact(ctx context.Context, tx *db.Tx, seq int64) error {
	_, err := tx.Exec(ctx, `
		UPDATE event_facts SET suspended_at = NULL, attempts = 1, run_at = $1
		WHERE seq = $2 AND suspended_at IS NOT NULL`, db.Micros(tx.Now), seq)
	return err
}

func listReceipts(ctx context.Context, tx *db.Tx, seq int64) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (name string, err error) { return name, row.Scan(&name) }, `
		SELECT reaction FROM event_receipts WHERE seq = $1`, seq)
}

func insertReceipt(ctx context.Context, tx *db.Tx, seq int64, reaction string) error {
	_, err := tx.Exec(ctx, `INSERT INTO event_receipts (seq, reaction) VALUES ($1, $2)`, seq, reaction)
	return err
}

func deleteReceipts(ctx context.Context, tx *db.Tx, seq int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM event_receipts WHERE seq = $1`, seq)
	return err
}

// deleteDone looks at the oldest facts only, so it needs no index of its own.
func deleteDone(ctx context.Context, tx *db.Tx, before time.Time) (int64, error) {
	return tx.Exec(ctx, `
		DELETE FROM event_facts WHERE seq IN (
			SELECT seq FROM (
				SELECT seq, done_at FROM event_facts WHERE suspended_at IS NULL ORDER BY seq LIMIT 1000) AS oldest
			WHERE done_at < $1)`, db.Micros(before))
}
