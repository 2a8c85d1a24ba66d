package exception

import (
	"context"
	"time"

	"korzo/platform/db"
)

const columns = `id, kind, ref, text, count, owner, first_at, last_at, resolved_at, resolved_by, note`

func scan(row db.Row) (e Exception, err error) {
	var first, last, resolved int64
	err = row.Scan(&e.ID, &e.Kind, &e.Ref, &e.Text, &e.Count, &e.Owner, &first, &last, &resolved, &e.ResolvedBy, &e.Note)
	e.FirstAt, e.LastAt, e.ResolvedAt = db.Time(first), db.Time(last), db.Time(resolved)
	return e, err
}

func upsertOpen(ctx context.Context, tx *db.Tx, id string, p Problem) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO exception_problems (id, kind, ref, text, count, owner, first_at, last_at, resolved_at, resolved_by, note)
		VALUES ($1, $2, $3, $4, 1, '', $5, $5, 0, '', '')
		ON CONFLICT (kind, ref) WHERE resolved_at = 0 DO UPDATE
		SET count = exception_problems.count + 1, last_at = excluded.last_at, text = excluded.text`,
		id, p.Kind, p.Ref, p.Text, db.Micros(tx.Now))
	return err
}

// updateOwner changes nothing and returns 0 unless the exception is open.
func updateOwner(ctx context.Context, tx *db.Tx, id, owner string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE exception_problems SET owner = $1 WHERE id = $2 AND resolved_at = 0`, owner, id)
}

// updateResolved changes nothing and returns 0 unless the exception is open.
func updateResolved(ctx context.Context, tx *db.Tx, id, staff, note string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE exception_problems SET resolved_at = $1, resolved_by = $2, note = $3
		WHERE id = $4 AND resolved_at = 0`, db.Micros(tx.Now), staff, note, id)
}

// updateReopened changes nothing and returns 0 unless the exception is resolved
// and nothing is open about the same.
func updateReopened(ctx context.Context, tx *db.Tx, id string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE exception_problems SET resolved_at = 0, resolved_by = '', note = ''
		WHERE id = $1 AND resolved_at <> 0 AND NOT EXISTS (
			SELECT 1 FROM exception_problems o WHERE o.kind = exception_problems.kind AND o.ref = exception_problems.ref AND o.resolved_at = 0)`, id)
}

func selectKinds(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (kind string, err error) { return kind, row.Scan(&kind) }, `
		SELECT DISTINCT kind FROM exception_problems ORDER BY kind LIMIT $1`, MaxPage)
}

func updateCleared(ctx context.Context, tx *db.Tx, kind, ref, note string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE exception_problems SET resolved_at = $1, note = $2
		WHERE kind = $3 AND ref = $4 AND resolved_at = 0`, db.Micros(tx.Now), note, kind, ref)
}

func updateAllCleared(ctx context.Context, tx *db.Tx, kinds, refs []string, note string) error {
	args := []any{db.Micros(tx.Now), note}
	for _, list := range [][]string{kinds, refs} {
		for _, text := range list {
			args = append(args, text)
		}
	}
	_, err := tx.Exec(ctx, `
		UPDATE exception_problems SET resolved_at = $1, note = $2
		WHERE resolved_at = 0 AND kind IN `+db.Values(1, len(kinds), 3)+` AND ref IN `+db.Values(1, len(refs), 3+len(kinds)), args...)
	return err
}

func selectAbout(ctx context.Context, tx *db.Tx, ref string) ([]Exception, error) {
	return db.All(ctx, tx, scan, `
		SELECT `+columns+` FROM exception_problems WHERE ref = $1 ORDER BY id LIMIT $2`, ref, MaxPage)
}

func selectOne(ctx context.Context, tx *db.Tx, id string) (Exception, error) {
	return db.One(ctx, tx, scan, `SELECT `+columns+` FROM exception_problems WHERE id = $1`, id)
}

func selectPage(ctx context.Context, tx *db.Tx, f Filter) ([]Exception, error) {
	where, after, order := ``, `id < $1`, `id DESC`
	if f.Oldest {
		after, order = `id > $1`, `id`
	}
	switch {
	case f.Open:
		where = ` AND resolved_at = 0`
	case f.Closed:
		where = ` AND resolved_at <> 0`
	}
	return db.All(ctx, tx, scan, `
		SELECT `+columns+` FROM exception_problems
		WHERE ($1 = '' OR `+after+`) AND ($2 = '' OR kind = $2) AND ($4 = '' OR owner = $4)`+where+`
		ORDER BY `+order+` LIMIT $3`, f.After, f.Kind, f.Limit, f.Owner)
}

func selectOldest(ctx context.Context, tx *db.Tx) (first time.Time, open int64, err error) {
	_, err = db.One(ctx, tx, func(row db.Row) (none struct{}, err error) {
		var at int64
		err = row.Scan(&at, &open)
		first = db.Time(at)
		return none, err
	}, `SELECT COALESCE(MIN(first_at), 0), COUNT(*) FROM exception_problems WHERE resolved_at = 0`)
	return first, open, err
}
