package transfer

import (
	"context"
	"encoding/json"
	"path/filepath"

	"korzo/offer/catalog"
	"korzo/platform/db"
)

const runColumns = `id, kind, format, state, dry, path, file, digest, size, modified_at, market, location, at,
	rows, created, changed, same, failed, warnings, started_at, ended_at, mapping, encoding, separator, archive`

func scanRun(row db.Row) (r Run, err error) {
	var modified, started, ended int64
	var mapping string
	err = row.Scan(&r.ID, &r.Kind, &r.Format, &r.State, &r.Dry, &r.path, &r.File, &r.digest, &r.Size, &modified, &r.Market, &r.Location,
		&r.At, &r.Rows, &r.Created, &r.Changed, &r.Same, &r.Failed, &r.Warnings, &started, &ended,
		&mapping, &r.Encoding, &r.Separator, &r.archive)
	if err == nil && mapping != "" {
		r.Mapped, err = true, json.Unmarshal([]byte(mapping), &r.mapping)
	}
	r.modified, r.StartedAt, r.EndedAt = db.Time(modified), db.Time(started), db.Time(ended)
	return r, err
}

func insertRun(ctx context.Context, tx *db.Tx, r Run) error {
	_, err := tx.Exec(ctx, `INSERT INTO transfer_runs (`+runColumns+`) VALUES `+db.Values(1, 25, 1),
		r.ID, r.Kind, r.Format, r.State, r.Dry, r.path, r.File, r.digest, r.Size, db.Micros(r.modified), r.Market, r.Location,
		r.At, r.Rows, r.Created, r.Changed, r.Same, r.Failed, r.Warnings, db.Micros(r.StartedAt), db.Micros(r.EndedAt),
		r.mappingText(), r.Encoding, r.Separator, r.archive)
	return err
}

// mappingText is "" for none.
func (r Run) mappingText() string {
	if !r.Mapped {
		return ""
	}
	return string(encode(r.mapping))
}

// selectUnfinished finds the newest run that reads the same content for the same purpose.
func selectUnfinished(ctx context.Context, tx *db.Tx, r Run) (Run, error) {
	return db.One(ctx, tx, scanRun, `
		SELECT `+runColumns+` FROM transfer_runs
		WHERE digest = $1 AND kind = $2 AND state = 'running' AND format = $3 AND dry = $4 AND market = $5 AND location = $6 AND mapping = $7
		ORDER BY id DESC LIMIT 1`, r.digest, r.Kind, r.Format, r.Dry, r.Market, r.Location, r.mappingText())
}

// updateFile says where the content lies now.
func updateFile(ctx context.Context, tx *db.Tx, r Run) error {
	_, err := tx.Exec(ctx, `UPDATE transfer_runs SET path = $2, file = $3, size = $4, modified_at = $5, archive = $6 WHERE id = $1`,
		r.ID, r.path, r.File, r.Size, db.Micros(r.modified), r.archive)
	return err
}

func selectRun(ctx context.Context, tx *db.Tx, run RunID) (Run, error) {
	return db.One(ctx, tx, scanRun, `SELECT `+runColumns+` FROM transfer_runs WHERE id = $1`, plain(string(run)))
}

func selectRuns(ctx context.Context, tx *db.Tx, after RunID, limit int) ([]Run, error) {
	return db.All(ctx, tx, scanRun, `SELECT `+runColumns+` FROM transfer_runs WHERE ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2`, plain(string(after)), limit)
}

// selectBusy returns the names of the files that runs still read.
func selectBusy(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (path string, err error) {
		err = row.Scan(&path)
		return filepath.Base(path), err
	},
		`SELECT path FROM transfer_runs WHERE state = 'running' UNION SELECT archive FROM transfer_runs WHERE state = 'running'`)
}

// updateFailed changes nothing and returns 0 when the run has ended.
func updateFailed(ctx context.Context, tx *db.Tx, run RunID) (int64, error) {
	return tx.Exec(ctx, `UPDATE transfer_runs SET state = 'failed', failed = failed + 1, ended_at = $2 WHERE id = $1 AND state = 'running'`,
		run, db.Micros(tx.Now))
}

// advance changes nothing and returns 0 when the run is not where it was.
func advance(ctx context.Context, tx *db.Tx, r Run, from int64) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE transfer_runs SET state = $3, at = $4, rows = $5, created = $6, changed = $7, same = $8, failed = $9,
			warnings = $10, ended_at = $11
		WHERE id = $1 AND at = $2 AND state = 'running'`,
		r.ID, from, r.State, r.At, r.Rows, r.Created, r.Changed, r.Same, r.Failed, r.Warnings, db.Micros(r.EndedAt))
}

// rowsAtOnce bounds the rows of one statement.
const rowsAtOnce = 500

func insertRows(ctx context.Context, tx *db.Tx, run RunID, rows []Row) error {
	for len(rows) > 0 {
		some := rows[:min(len(rows), rowsAtOnce)]
		rows = rows[len(some):]
		var args []any
		for _, r := range some {
			args = append(args, run, r.Level, r.Row, cut(plain(r.Column), maxSubject), cut(plain(r.Subject), maxSubject), cut(plain(r.Reason), maxReason))
		}
		if _, err := tx.Exec(ctx, `INSERT INTO transfer_rows (run, level, row_number, column_name, subject, reason)
			VALUES `+db.Values(len(some), 6, 1), args...); err != nil {
			return err
		}
	}
	return nil
}

func selectRows(ctx context.Context, tx *db.Tx, run RunID, after int64, limit int) ([]Row, error) {
	return db.All(ctx, tx, func(row db.Row) (r Row, err error) {
		return r, row.Scan(&r.Seq, &r.Level, &r.Row, &r.Column, &r.Subject, &r.Reason)
	}, `
		SELECT seq, level, row_number, column_name, subject, reason FROM transfer_rows
		WHERE run = $1 AND seq > $2 ORDER BY seq LIMIT $3`, plain(string(run)), after, limit)
}

// addWarning counts a report that came after the run had ended.
func addWarning(ctx context.Context, tx *db.Tx, run RunID) error {
	_, err := tx.Exec(ctx, `UPDATE transfer_runs SET warnings = warnings + 1 WHERE id = $1`, run)
	return err
}

func selectLink(ctx context.Context, tx *db.Tx, source, handle string) (catalog.ProductID, error) {
	return db.One(ctx, tx, func(row db.Row) (p catalog.ProductID, err error) { return p, row.Scan(&p) },
		`SELECT product FROM transfer_links WHERE source = $1 AND handle = $2`, source, handle)
}

func upsertLink(ctx context.Context, tx *db.Tx, source, handle string, p catalog.ProductID) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO transfer_links (source, handle, product) VALUES ($1, $2, $3)
		ON CONFLICT (source, handle) DO UPDATE SET product = excluded.product`, source, handle, p)
	return err
}

// upsertImage returns 0 when the picture is fetched or waits already. One that
// failed waits again.
func upsertImage(ctx context.Context, tx *db.Tx, m picture) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO transfer_images (product, url, position, alt, run, state, attempts, blob, problem)
		VALUES ($1, $2, $3, $4, $5, 'waiting', 0, '', '')
		ON CONFLICT (product, url) DO UPDATE SET state = 'waiting', attempts = 0, run = excluded.run, problem = ''
		WHERE transfer_images.state = 'failed'`, m.Product, m.URL, m.Position, m.Alt, m.Run)
}

func selectImages(ctx context.Context, tx *db.Tx, p catalog.ProductID) ([]picture, error) {
	return db.All(ctx, tx, func(row db.Row) (m picture, err error) {
		return m, row.Scan(&m.Product, &m.URL, &m.Position, &m.Alt, &m.Run, &m.State, &m.Attempts, &m.Blob)
	}, `
		SELECT product, url, position, alt, run, state, attempts, blob FROM transfer_images
		WHERE product = $1 ORDER BY position, url`, p)
}

// updateImage changes nothing and returns 0 when the picture does not wait.
func updateImage(ctx context.Context, tx *db.Tx, m picture) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE transfer_images SET state = $3, attempts = $4, blob = $5, problem = $6
		WHERE product = $1 AND url = $2 AND state = 'waiting'`,
		m.Product, m.URL, m.State, m.Attempts, m.Blob, cut(plain(m.Problem), maxReason))
}

func countImages(ctx context.Context, tx *db.Tx, run RunID) (n Images, err error) {
	return db.One(ctx, tx, func(row db.Row) (n Images, err error) {
		return n, row.Scan(&n.Waiting, &n.Fetched, &n.Failed)
	}, `
		SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END), COUNT(CASE WHEN state = 'fetched' THEN 1 END),
			COUNT(CASE WHEN state = 'failed' THEN 1 END)
		FROM transfer_images WHERE run = $1`, plain(string(run)))
}

func upsertTally(ctx context.Context, tx *db.Tx, run RunID, k tallyKey, t Tally) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO transfer_tallies (run, month, currency, what, rows, amount) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (run, month, currency, what) DO UPDATE SET
			rows = transfer_tallies.rows + excluded.rows, amount = transfer_tallies.amount + excluded.amount`,
		run, k.month, k.currency, k.what, t.Rows, t.Amount)
	return err
}

func selectTallies(ctx context.Context, tx *db.Tx, run RunID) ([]Tally, error) {
	return db.All(ctx, tx, func(row db.Row) (t Tally, err error) {
		return t, row.Scan(&t.Month, &t.Currency, &t.What, &t.Rows, &t.Amount)
	}, `
		SELECT month, currency, what, rows, amount FROM transfer_tallies
		WHERE run = $1 ORDER BY month, currency, what LIMIT 10000`, plain(string(run)))
}
