package job

import (
	"context"
	"errors"
	"slices"
	"time"

	"korzo/platform/db"
)

const columns = `seq, kind, key, body, at, run_at, lease, attempts, COALESCE(dead_at, 0), last_error`

func scanJob(row db.Row) (w Waiting, err error) {
	var body string
	var at, runAt, dead int64
	err = row.Scan(&w.Seq, &w.Kind, &w.Key, &body, &at, &runAt, &w.lease, &w.Attempts, &dead, &w.LastError)
	w.Body, w.At, w.RunAt, w.DeadAt = []byte(body), db.Time(at), db.Time(runAt), db.Time(dead)
	return w, err
}

// insertJob brings the waiting job of the same key forward if there is one.
func insertJob(ctx context.Context, tx *db.Tx, w Waiting) error {
	return tx.Send(ctx, nil, `
		INSERT INTO job_jobs (kind, key, body, at, run_at, lease, attempts, last_error)
		VALUES ($1, $2, $3, $4, $5, '', 0, '')
		ON CONFLICT (kind, key) WHERE dead_at IS NULL AND lease = '' AND key <> ''
		DO UPDATE SET run_at = CASE WHEN excluded.run_at < job_jobs.run_at THEN excluded.run_at ELSE job_jobs.run_at END`,
		w.Kind, w.Key, string(w.Body), db.Micros(w.At), db.Micros(w.RunAt))
}

// countDue is a cheap look before the writer is asked for.
func countDue(ctx context.Context, tx *db.Tx, kinds []any) (int64, error) {
	args := append([]any{db.Micros(tx.Now)}, kinds...)
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `
		SELECT COUNT(*) FROM (
			SELECT 1 FROM job_jobs
			WHERE dead_at IS NULL AND run_at <= $1 AND kind IN `+db.Values(1, len(kinds), 2)+`
			LIMIT 1) AS due`, args...)
}

// leaseDue takes up to limit due jobs of kinds under one lease: those that
// wait, and those whose lease has ended. All kinds are asked for first, for
// looking each up in a list costs more than the rest; only where a job of
// another pool stands in the way the list is used.
func leaseDue(ctx context.Context, tx *db.Tx, lease string, until time.Time, limit int, kinds []any) ([]Waiting, error) {
	due, err := selectDue(ctx, tx, limit, nil)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(due, func(w Waiting) bool { return !slices.Contains(kinds, any(w.Kind)) }) {
		if due, err = selectDue(ctx, tx, limit, kinds); err != nil {
			return nil, err
		}
	}
	if len(due) == 0 {
		return nil, nil
	}
	args := make([]any, 0, 2+len(due))
	args = append(args, lease, db.Micros(until))
	for i := range due {
		w := &due[i]
		w.lease, w.RunAt, w.Attempts = lease, until, w.Attempts+1
		args = append(args, w.Seq)
	}
	return due, tx.Send(ctx, nil, `UPDATE job_jobs SET lease = $1, run_at = $2, attempts = attempts + 1 WHERE seq IN `+db.Values(1, len(due), 3), args...)
}

// selectDue returns the jobs that are due longest, of any kind where none is named.
func selectDue(ctx context.Context, tx *db.Tx, limit int, kinds []any) ([]Waiting, error) {
	match := ``
	if len(kinds) > 0 {
		match = ` AND kind IN ` + db.Values(1, len(kinds), 3)
	}
	return db.All(ctx, tx, scanJob, `
		SELECT `+columns+` FROM job_jobs WHERE dead_at IS NULL AND run_at <= $1`+match+`
		ORDER BY run_at LIMIT $2`+tx.SkipLocked(), append([]any{db.Micros(tx.Now), limit}, kinds...)...)
}

// deleteLeased finishes jobs and returns the numbers of those whose leases were
// not lost to others: a statement for each, which costs less than one with many
// alternatives, and all in one round trip.
func deleteLeased(ctx context.Context, tx *db.Tx, all []Waiting) (deleted map[int64]bool, err error) {
	deleted = make(map[int64]bool, len(all))
	for _, w := range all {
		done := func(n int64) error {
			if n == 1 {
				deleted[w.Seq] = true
			}
			return nil
		}
		if err := tx.Send(ctx, done, `DELETE FROM job_jobs WHERE seq = $1 AND lease = $2 AND dead_at IS NULL`, w.Seq, w.lease); err != nil {
			return nil, err
		}
	}
	return deleted, nil
}

// deleteDoubled finishes a failed job whose key has another job waiting, which will do the same work.
func deleteDoubled(ctx context.Context, tx *db.Tx, w Waiting) (int64, error) {
	return tx.Exec(ctx, `
		DELETE FROM job_jobs
		WHERE seq = $1 AND lease = $2 AND dead_at IS NULL AND key <> '' AND EXISTS (
			SELECT 1 FROM job_jobs AS other
			WHERE other.kind = job_jobs.kind AND other.key = job_jobs.key AND other.dead_at IS NULL AND other.lease = '')`,
		w.Seq, w.lease)
}

// setWaiting puts a failed job back. 0 means that the lease was lost to another.
func setWaiting(ctx context.Context, tx *db.Tx, w Waiting) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE job_jobs SET lease = '', run_at = $1, last_error = $2
		WHERE seq = $3 AND lease = $4 AND dead_at IS NULL`,
		db.Micros(w.RunAt), w.LastError, w.Seq, w.lease)
}

// setDead gives a job up. 0 means that the lease was lost to another.
func setDead(ctx context.Context, tx *db.Tx, w Waiting) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE job_jobs SET lease = '', dead_at = $1, last_error = $2
		WHERE seq = $3 AND lease = $4 AND dead_at IS NULL`,
		db.Micros(w.DeadAt), w.LastError, w.Seq, w.lease)
}

func reviveJob(ctx context.Context, tx *db.Tx, seq int64) error {
	_, err := tx.Exec(ctx, `
		UPDATE job_jobs SET dead_at = NULL, attempts = 0, run_at = $1
		WHERE seq = $2 AND dead_at IS NOT NULL AND NOT EXISTS (
			SELECT 1 FROM job_jobs AS other
			WHERE other.kind = job_jobs.kind AND other.key = job_jobs.key AND job_jobs.key <> ''
				AND other.dead_at IS NULL AND other.lease = '')`, db.Micros(tx.Now), seq)
	return err
}

func listDead(ctx context.Context, tx *db.Tx) ([]Waiting, error) {
	return db.All(ctx, tx, scanJob, `SELECT `+columns+` FROM job_jobs WHERE dead_at IS NOT NULL ORDER BY seq LIMIT 1000`)
}

func listPending(ctx context.Context, tx *db.Tx, kind string, limit int) ([]Waiting, error) {
	return db.All(ctx, tx, scanJob, `
		SELECT `+columns+` FROM job_jobs WHERE dead_at IS NULL AND kind = $1 ORDER BY seq LIMIT $2`, kind, limit)
}

// oldestDue returns the zero time when nothing is due.
func oldestDue(ctx context.Context, tx *db.Tx) (time.Time, error) {
	at, err := db.One(ctx, tx, func(row db.Row) (at int64, err error) { return at, row.Scan(&at) }, `
		SELECT run_at FROM job_jobs WHERE dead_at IS NULL AND run_at <= $1 ORDER BY run_at LIMIT 1`, db.Micros(tx.Now))
	if errors.Is(err, db.ErrNoRow) {
		return time.Time{}, nil
	}
	return db.Time(at), err
}

func countUnfinished(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `
		SELECT COUNT(*) FROM job_jobs WHERE dead_at IS NULL AND (run_at <= $1 OR lease <> '')`, db.Micros(tx.Now))
}

// period is a row of job_periods.
type period struct {
	name  string
	runAt time.Time
}

func listPeriods(ctx context.Context, tx *db.Tx) ([]period, error) {
	return db.All(ctx, tx, func(row db.Row) (p period, err error) {
		var at int64
		err = row.Scan(&p.name, &at)
		p.runAt = db.Time(at)
		return p, err
	}, `SELECT name, run_at FROM job_periods ORDER BY name LIMIT 1000`)
}

// leasePeriod takes a period that is due or new. 0 means that it is neither, or that another node has it.
func leasePeriod(ctx context.Context, tx *db.Tx, name, lease string, until time.Time) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO job_periods (name, run_at, lease) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET run_at = excluded.run_at, lease = excluded.lease
		WHERE job_periods.run_at <= $4`, name, db.Micros(until), lease, db.Micros(tx.Now))
}

// setPeriod ends a run and sets the time of the next. 0 means that the lease was lost to another.
func setPeriod(ctx context.Context, tx *db.Tx, name, lease string, next time.Time) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE job_periods SET run_at = $1, lease = '' WHERE name = $2 AND lease = $3`, db.Micros(next), name, lease)
}
