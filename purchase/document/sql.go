package document

import (
	"context"
	"encoding/json"

	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/value/money"
)

// due is a note of what is to be issued.
type due struct {
	ref   string
	order order.ID
	kind  Kind
	body  Credit
}

// insertDue does nothing where the note is there already, or its document.
func insertDue(ctx context.Context, tx *db.Tx, d due) error {
	body, err := json.Marshal(d.body)
	if err != nil {
		return err
	}
	return tx.Send(ctx, nil, `
		INSERT INTO document_due (ref, order_id, kind, body, due_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (ref) DO NOTHING`, d.ref, d.order, d.kind, string(body), db.Micros(tx.Now))
}

// selectDue puts the invoices of a moment before its credit notes.
func selectDue(ctx context.Context, tx *db.Tx, limit int) ([]due, error) {
	return db.All(ctx, tx, func(row db.Row) (d due, err error) {
		var body string
		if err := row.Scan(&d.ref, &d.order, &d.kind, &body); err != nil {
			return d, err
		}
		return d, json.Unmarshal([]byte(body), &d.body)
	}, `SELECT ref, order_id, kind, body FROM document_due ORDER BY due_at, kind DESC, ref LIMIT $1`+tx.ForUpdate(), limit)
}

func deleteDue(ctx context.Context, tx *db.Tx, refs []string) error {
	args := make([]any, len(refs))
	for i, ref := range refs {
		args[i] = ref
	}
	_, err := tx.Exec(ctx, `DELETE FROM document_due WHERE ref IN (`+db.Values(len(refs), 1, 1)+`)`, args...)
	return err
}

func existsRef(ctx context.Context, tx *db.Tx, ref string) (bool, error) {
	n, err := db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) },
		`SELECT COUNT(*) FROM document_documents WHERE ref = $1`, ref)
	return n > 0, err
}

// lockSeries returns the last number given and keeps others from giving one until the commit.
func lockSeries(ctx context.Context, tx *db.Tx, k seriesKey) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (last int64, err error) { return last, row.Scan(&last) }, `
		INSERT INTO document_series (entity, kind, last) VALUES ($1, $2, 0)
		ON CONFLICT (entity, kind) DO UPDATE SET last = document_series.last RETURNING last`, k.entity, k.kind)
}

func updateSeries(ctx context.Context, tx *db.Tx, k seriesKey, last int64) error {
	_, err := tx.Exec(ctx, `UPDATE document_series SET last = $1 WHERE entity = $2 AND kind = $3`, last, k.entity, k.kind)
	return err
}

func selectKey(ctx context.Context, tx *db.Tx, entity string, year int) ([]byte, error) {
	return db.One(ctx, tx, func(row db.Row) (wrapped []byte, err error) { return wrapped, row.Scan(&wrapped) },
		`SELECT wrapped FROM document_keys WHERE entity = $1 AND year = $2`, entity, year)
}

func insertKey(ctx context.Context, tx *db.Tx, entity string, year int, wrapped []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO document_keys (entity, year, wrapped) VALUES ($1, $2, $3) ON CONFLICT (entity, year) DO NOTHING`, entity, year, wrapped)
	return err
}

func destroyKeys(ctx context.Context, tx *db.Tx, before int) error {
	_, err := tx.Exec(ctx, `UPDATE document_keys SET wrapped = $1 WHERE year < $2`, []byte{}, before)
	return err
}

const documentColumns = `id, number, kind, entity, order_id, corrects, currency, net, tax, total, issued_at, seq, year, ref`

func insertDocument(ctx context.Context, tx *db.Tx, d Document, sealed []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO document_documents (`+documentColumns+`, sealed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		d.ID, d.Number, d.Kind, d.Entity, d.Order, d.Corrects, d.Total.Currency, d.Net.Minor, d.Tax.Minor, d.Total.Minor,
		db.Micros(d.IssuedAt), d.seq, d.year, d.ref, sealed)
	return err
}

func scanDocument(row db.Row, more ...any) (d Document, err error) {
	var c money.Currency
	var issued int64
	err = row.Scan(append([]any{&d.ID, &d.Number, &d.Kind, &d.Entity, &d.Order, &d.Corrects, &c, &d.Net.Minor, &d.Tax.Minor,
		&d.Total.Minor, &issued, &d.seq, &d.year, &d.ref}, more...)...)
	d.Net.Currency, d.Tax.Currency, d.Total.Currency, d.IssuedAt = c, c, c, db.Time(issued)
	return d, err
}

func scanHead(row db.Row) (Document, error) { return scanDocument(row) }

func selectDocument(ctx context.Context, tx *db.Tx, id ID) (d Document, sealed []byte, err error) {
	d, err = db.One(ctx, tx, func(row db.Row) (Document, error) { return scanDocument(row, &sealed) },
		`SELECT `+documentColumns+`, sealed FROM document_documents WHERE id = $1`, id)
	return d, sealed, err
}

func selectOfOrder(ctx context.Context, tx *db.Tx, order string) ([]Document, error) {
	return db.All(ctx, tx, scanHead, `
		SELECT `+documentColumns+` FROM document_documents WHERE order_id = $1 ORDER BY kind DESC, seq`, order)
}

// selectPage reads one row more than the page, which tells whether more follow.
func selectPage(ctx context.Context, tx *db.Tx, f Filter) ([]Document, error) {
	return db.All(ctx, tx, scanHead, `
		SELECT `+documentColumns+` FROM document_documents
		WHERE ($1 = '' OR id < $1) AND ($2 = '' OR kind = $2) AND ($3 = '' OR entity = $3)
		ORDER BY id DESC LIMIT $4`, string(f.After), string(f.Kind), f.Entity, f.Limit+1)
}

func scanText(row db.Row) (text string, err error) { return text, row.Scan(&text) }

const mostWrong = 100

func selectGaps(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, scanText, `
		SELECT 'the series of ' || s.entity || ' (' || s.kind || ') stands at ' || s.last || ' but holds '
			|| COALESCE(d.count, 0) || ' documents up to ' || COALESCE(d.last, 0)
		FROM document_series s
		LEFT JOIN (SELECT entity, kind, COUNT(*) AS count, MAX(seq) AS last FROM document_documents GROUP BY entity, kind) d
			ON d.entity = s.entity AND d.kind = s.kind
		WHERE s.last <> COALESCE(d.count, 0) OR s.last <> COALESCE(d.last, 0)
		ORDER BY s.entity, s.kind LIMIT $1`, mostWrong)
}

func selectOverCredited(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, scanText, `
		SELECT 'invoice ' || i.number || ' charges ' || i.total || ' but ' || c.total || ' was credited'
		FROM document_documents i
		JOIN (SELECT corrects, CAST(SUM(total) AS BIGINT) AS total FROM document_documents WHERE corrects <> '' GROUP BY corrects) c
			ON c.corrects = i.id
		WHERE c.total > i.total ORDER BY i.id LIMIT $1`, mostWrong)
}

// selectDouble looks away from invoices of what edits added: their ref names the edit.
func selectDouble(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, scanText, `
		SELECT 'order ' || order_id || ' has ' || COUNT(*) || ' invoices' FROM document_documents
		WHERE kind = 'invoice' AND ref NOT LIKE 'invoice:' || order_id || ':%' GROUP BY order_id HAVING COUNT(*) > 1 ORDER BY order_id LIMIT $1`, mostWrong)
}
