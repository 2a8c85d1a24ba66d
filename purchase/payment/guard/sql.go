package guard

import (
	"context"
	"time"

	"korzo/platform/db"
)

func insertSignal(ctx context.Context, tx *db.Tx, s signal) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (seq int64, err error) { return seq, row.Scan(&seq) }, `
		INSERT INTO guard_signals (act, count, traces, at) VALUES ($1, $2, $3, $4) RETURNING seq`, s.act, s.count, s.traces, db.Micros(tx.Now))
}

func selectSignals(ctx context.Context, tx *db.Tx, from time.Time, limit int) ([]signal, error) {
	return db.All(ctx, tx, func(row db.Row) (s signal, err error) {
		var at int64
		err = row.Scan(&s.seq, &s.act, &s.count, &s.traces, &at)
		s.at = db.Time(at)
		return s, err
	}, `
		SELECT seq, act, count, traces, at FROM guard_signals WHERE at >= $1 ORDER BY at, seq LIMIT $2`, db.Micros(from), limit)
}

func deleteBefore(ctx context.Context, tx *db.Tx, before time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM guard_signals WHERE at < $1`, db.Micros(before))
	return err
}

func selectLimits(ctx context.Context, tx *db.Tx) ([]Limit, error) {
	return db.All(ctx, tx, func(row db.Row) (l Limit, err error) {
		err = row.Scan(&l.Kind, &l.Window, &l.Challenge, &l.Stop, &l.Tries)
		l.Window *= time.Second
		return l, err
	}, `SELECT kind, span, challenge, stop, tries FROM guard_limits ORDER BY kind`)
}

func selectBreaker(ctx context.Context, tx *db.Tx) ([]Breaker, error) {
	return db.All(ctx, tx, func(row db.Row) (b Breaker, err error) {
		err = row.Scan(&b.Window, &b.Fewest, &b.RatePPM, &b.Hold)
		b.Window, b.Hold = b.Window*time.Second, b.Hold*time.Second
		return b, err
	}, `SELECT span, fewest, rate_ppm, hold FROM guard_breaker`)
}

func replaceLimit(ctx context.Context, tx *db.Tx, l Limit) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO guard_limits (kind, span, challenge, stop, tries) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kind) DO UPDATE SET span = excluded.span, challenge = excluded.challenge, stop = excluded.stop, tries = excluded.tries`,
		l.Kind, int64(l.Window/time.Second), l.Challenge, l.Stop, l.Tries)
	return err
}

func replaceBreaker(ctx context.Context, tx *db.Tx, b Breaker) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO guard_breaker (one, span, fewest, rate_ppm, hold) VALUES (1, $1, $2, $3, $4)
		ON CONFLICT (one) DO UPDATE SET span = excluded.span, fewest = excluded.fewest, rate_ppm = excluded.rate_ppm, hold = excluded.hold`,
		int64(b.Window/time.Second), b.Fewest, b.RatePPM, int64(b.Hold/time.Second))
	return err
}

func deleteSettings(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, `DELETE FROM guard_limits`); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM guard_breaker`)
	return err
}
