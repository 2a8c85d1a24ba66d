package settlement

import (
	"context"
	"encoding/json"
	"time"

	"korzo/platform/db"
	"korzo/purchase/payment"
	"korzo/purchase/settlement/statement"
	"korzo/value/money"
)

const fileColumns = `id, source, format, name, checksum, rows, known, from_at, until_at, state, actor, read_at, matched_at`

func scanFile(row db.Row) (f File, err error) {
	var from, until, read, matched int64
	err = row.Scan(&f.ID, &f.Source, &f.Format, &f.Name, &f.Checksum, &f.Rows, &f.Known, &from, &until, &f.State, &f.Actor, &read, &matched)
	f.From, f.Until, f.ReadAt, f.MatchedAt = db.Time(from), db.Time(until), db.Time(read), db.Time(matched)
	return f, err
}

func insertFile(ctx context.Context, tx *db.Tx, f File) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO settlement_files (`+fileColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11, 0)`,
		f.ID, f.Source, f.Format, f.Name, f.Checksum, f.Rows, db.Micros(f.From), db.Micros(f.Until), f.State, f.Actor, db.Micros(f.ReadAt))
	return err
}

// updateRead changes nothing when the file is matched already.
func updateRead(ctx context.Context, tx *db.Tx, f File) error {
	_, err := tx.Exec(ctx, `UPDATE settlement_files SET known = $1, state = $2 WHERE id = $3 AND state = 'reading'`, f.Known, f.State, f.ID)
	return err
}

func countRows(ctx context.Context, tx *db.Tx, id ID) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `
		SELECT (SELECT COUNT(*) FROM settlement_rows WHERE file_id = $1) + (SELECT COUNT(*) FROM settlement_entries WHERE file_id = $1)`, id)
}

func updateMatched(ctx context.Context, tx *db.Tx, id ID) error {
	_, err := tx.Exec(ctx, `UPDATE settlement_files SET state = 'matched', matched_at = $1 WHERE id = $2`, db.Micros(tx.Now), id)
	return err
}

func selectFile(ctx context.Context, tx *db.Tx, id ID) (File, error) {
	return db.One(ctx, tx, scanFile, `SELECT `+fileColumns+` FROM settlement_files WHERE id = $1`, id)
}

func selectByChecksum(ctx context.Context, tx *db.Tx, source, checksum string) (File, error) {
	return db.One(ctx, tx, scanFile, `SELECT `+fileColumns+` FROM settlement_files WHERE source = $1 AND checksum = $2`, source, checksum)
}

func selectFiles(ctx context.Context, tx *db.Tx, after ID, limit int) ([]File, error) {
	return db.All(ctx, tx, scanFile, `
		SELECT `+fileColumns+` FROM settlement_files WHERE ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2`, after, limit)
}

const rowColumns = `source, kind, row_id, file_id, line, attempt_id, reference, gateway_id, currency, amount, settled, gross, fee, net,
	payout, text, at, verdict`

func scanRow(row db.Row) (r Row, err error) {
	var at int64
	var settled money.Currency
	err = row.Scan(&r.Source, &r.Kind, &r.ID, &r.File, &r.Line, &r.Attempt, &r.Reference, &r.GatewayID, &r.Amount.Currency, &r.Amount.Minor,
		&settled, &r.Gross.Minor, &r.Fee.Minor, &r.Net.Minor, &r.Payout, &r.Text, &at, &r.Verdict)
	r.Gross.Currency, r.Fee.Currency, r.Net.Currency, r.At = settled, settled, settled, db.Time(at)
	return r, err
}

// insertRow reports whether the row is new.
func insertRow(ctx context.Context, tx *db.Tx, f File, r statement.Row, attempt payment.AttemptID) (bool, error) {
	n, err := tx.Exec(ctx, `
		INSERT INTO settlement_rows (`+rowColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, '') ON CONFLICT DO NOTHING`,
		f.Source, r.Kind, r.ID, f.ID, r.Line, attempt, r.Reference, r.GatewayID, r.Amount.Currency, r.Amount.Minor, r.Gross.Currency,
		r.Gross.Minor, r.Fee.Minor, r.Net.Minor, r.Payout, r.Text, db.Micros(r.At))
	return n == 1, err
}

func selectRow(ctx context.Context, tx *db.Tx, source string, r statement.Row) (Row, error) {
	return db.One(ctx, tx, scanRow, `
		SELECT `+rowColumns+` FROM settlement_rows WHERE source = $1 AND kind = $2 AND row_id = $3`, source, r.Kind, r.ID)
}

func selectRows(ctx context.Context, tx *db.Tx, id ID, v Verdict, after, limit int) ([]Row, error) {
	return db.All(ctx, tx, scanRow, `
		SELECT `+rowColumns+` FROM settlement_rows
		WHERE file_id = $1 AND line > $2 AND ($3 = '' OR verdict = $3) ORDER BY line LIMIT $4`, id, after, v, limit)
}

func selectRowsOf(ctx context.Context, tx *db.Tx, id payment.AttemptID) ([]Row, error) {
	return db.All(ctx, tx, scanRow, `
		SELECT `+rowColumns+` FROM settlement_rows WHERE attempt_id = $1 AND attempt_id <> '' ORDER BY at, row_id LIMIT 100`, id)
}

func selectCounts(ctx context.Context, tx *db.Tx, id ID) ([]Count, error) {
	return db.All(ctx, tx, func(row db.Row) (c Count, err error) {
		err = row.Scan(&c.Verdict, &c.Gross.Currency, &c.Rows, &c.Gross.Minor, &c.Fee.Minor)
		c.Fee.Currency = c.Gross.Currency
		return c, err
	}, `
		SELECT verdict, settled, COUNT(*), CAST(SUM(gross) AS BIGINT), CAST(SUM(fee) AS BIGINT)
		FROM settlement_rows WHERE file_id = $1 GROUP BY verdict, settled ORDER BY verdict, settled`, id)
}

// selectTold sums what every file tells of the attempts that this one names, and
// of those whose difference is still open.
func selectTold(ctx context.Context, tx *db.Tx, f File, after payment.AttemptID, limit int) ([]told, error) {
	return db.All(ctx, tx, func(row db.Row) (t told, err error) {
		var last int64
		err = row.Scan(&t.attempt, &t.charges, &t.currencies, &t.currency, &t.charged, &t.refunded, &last)
		t.last = db.Time(last)
		return t, err
	}, `
		SELECT attempt_id, SUM(CASE WHEN kind = 'charge' THEN 1 ELSE 0 END), COUNT(DISTINCT currency), MIN(currency),
			CAST(SUM(CASE WHEN kind = 'charge' THEN amount ELSE 0 END) AS BIGINT),
			CAST(-SUM(CASE WHEN kind = 'charge' THEN 0 ELSE amount END) AS BIGINT), MAX(at)
		FROM settlement_rows
		WHERE kind IN ('charge', 'refund', 'refund_failed') AND attempt_id IN (
			SELECT attempt_id FROM settlement_rows
			WHERE file_id = $1 AND attempt_id > $2 AND kind IN ('charge', 'refund', 'refund_failed')
			UNION
			SELECT attempt_id FROM settlement_rows
			WHERE source = $4 AND attempt_id > $2 AND verdict NOT IN ('', 'matched', 'undone', 'unknown') AND kind IN ('charge', 'refund', 'refund_failed')
			ORDER BY attempt_id LIMIT $3)
		GROUP BY attempt_id ORDER BY attempt_id`, f.ID, after, limit, f.Source)
}

func updateVerdicts(ctx context.Context, tx *db.Tx, source string, v Verdict, ids []payment.AttemptID) error {
	args := []any{v, source}
	for _, id := range ids {
		args = append(args, id)
	}
	_, err := tx.Exec(ctx, `
		UPDATE settlement_rows SET verdict = $1
		WHERE source = $2 AND verdict <> $1 AND attempt_id <> '' AND attempt_id IN `+db.Values(1, len(ids), 3), args...)
	return err
}

// selectForeign returns customers' money of a file that is no attempt's.
func selectForeign(ctx context.Context, tx *db.Tx, id ID, after, limit int) ([]Row, error) {
	return db.All(ctx, tx, scanRow, `
		SELECT `+rowColumns+` FROM settlement_rows
		WHERE file_id = $1 AND line > $2 AND verdict = '' AND attempt_id = '' AND kind IN ('charge', 'refund', 'refund_failed', 'dispute', 'dispute_reversal')
		ORDER BY line LIMIT $3`, id, after, limit)
}

func updateForeign(ctx context.Context, tx *db.Tx, id ID, after, until int) error {
	_, err := tx.Exec(ctx, `
		UPDATE settlement_rows SET verdict = 'unknown'
		WHERE file_id = $1 AND line > $2 AND line <= $3 AND verdict = '' AND attempt_id = ''
			AND kind IN ('charge', 'refund', 'refund_failed', 'dispute', 'dispute_reversal')`, id, after, until)
	return err
}

// selectCharged tells which of the attempts a file has charged.
func selectCharged(ctx context.Context, tx *db.Tx, source string, all []payment.Attempt) (map[payment.AttemptID]bool, error) {
	args := []any{source}
	for _, a := range all {
		args = append(args, a.ID)
	}
	ids, err := db.All(ctx, tx, func(row db.Row) (id payment.AttemptID, err error) { return id, row.Scan(&id) }, `
		SELECT DISTINCT attempt_id FROM settlement_rows
		WHERE source = $1 AND kind = 'charge' AND attempt_id <> '' AND attempt_id IN `+db.Values(1, len(all), 2), args...)
	known := make(map[payment.AttemptID]bool, len(ids))
	for _, id := range ids {
		known[id] = true
	}
	return known, err
}

// upsertPayout adds a row to the payout it is of; one that came back is less.
func upsertPayout(ctx context.Context, tx *db.Tx, f File, r statement.Row) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO settlement_payouts (source, id, file_id, currency, amount, at, account, entry_id, arrived)
		VALUES ($1, $2, $3, $4, $5, $6, '', '', 0)
		ON CONFLICT (source, id) DO UPDATE SET amount = settlement_payouts.amount + excluded.amount`,
		f.Source, first(r.Payout, r.ID), f.ID, r.Net.Currency, -r.Net.Minor, db.Micros(r.At))
	return err
}

const payoutColumns = `p.source, p.id, p.currency, p.amount, p.at, p.account, p.entry_id, p.arrived`

func (p *Payout) columns(at *int64) []any {
	return []any{&p.Source, &p.ID, &p.Amount.Currency, &p.Amount.Minor, at, &p.Account, &p.Entry, &p.Arrived.Minor}
}

func scanPayout(row db.Row) (p Payout, err error) {
	var at int64
	err = row.Scan(p.columns(&at)...)
	p.Arrived.Currency, p.At = p.Amount.Currency, db.Time(at)
	return p, err
}

// payoutSum is a payout with what its rows come to.
type payoutSum struct {
	Payout
	rows int64
	sum  money.Amount
}

func selectPayoutSums(ctx context.Context, tx *db.Tx, id ID) ([]payoutSum, error) {
	return db.All(ctx, tx, func(row db.Row) (s payoutSum, err error) {
		var at int64
		err = row.Scan(append(s.columns(&at), &s.rows, &s.sum.Minor)...)
		s.sum.Currency, s.At = s.Amount.Currency, db.Time(at)
		return s, err
	}, `
		SELECT `+payoutColumns+`, COUNT(r.row_id), CAST(COALESCE(SUM(r.net), 0) AS BIGINT)
		FROM settlement_payouts p
		LEFT JOIN settlement_rows r ON r.source = p.source AND r.payout = p.id AND r.kind NOT IN ('payout', 'payout_failed')
		WHERE EXISTS (SELECT 1 FROM settlement_rows f WHERE f.source = p.source AND f.payout = p.id AND f.file_id = $1)
		GROUP BY `+payoutColumns+` ORDER BY p.source, p.id LIMIT 1000`, id)
}

// selectOpenPayouts returns payouts that no bank has, of a currency if one is given.
func selectOpenPayouts(ctx context.Context, tx *db.Tx, c money.Currency, from, until time.Time) ([]Payout, error) {
	return db.All(ctx, tx, scanPayout, `
		SELECT `+payoutColumns+` FROM settlement_payouts p
		WHERE p.account = '' AND p.at >= $1 AND p.at <= $2 AND ($3 = '' OR p.currency = $3) AND p.amount <> 0
		ORDER BY p.at LIMIT 1000`, db.Micros(from), db.Micros(until), string(c))
}

// updateArrived changes nothing and returns 0 when the payout has arrived.
func updateArrived(ctx context.Context, tx *db.Tx, p Payout, e bankEntry) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE settlement_payouts SET account = $1, entry_id = $2, arrived = $3 WHERE source = $4 AND id = $5 AND account = ''`,
		e.Account, e.ID, e.Amount.Minor, p.Source, p.ID)
}

// bankEntry is an entry of a bank's statement.
type bankEntry struct {
	statement.Entry
	Verdict Verdict
	About   string
}

// insertEntry reports whether the entry is new.
func insertEntry(ctx context.Context, tx *db.Tx, id ID, e statement.Entry) (bool, error) {
	n, err := tx.Exec(ctx, `
		INSERT INTO settlement_entries (account, entry_id, file_id, line, currency, amount, reference, text, at, verdict, about)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '') ON CONFLICT DO NOTHING`,
		e.Account, e.ID, id, e.Line, e.Amount.Currency, e.Amount.Minor, e.Reference, e.Text, db.Micros(e.At))
	return n == 1, err
}

// selectEntries returns entries that are not matched; those that were nothing
// of the shop's are looked at again.
func selectEntries(ctx context.Context, tx *db.Tx, id ID, after, limit int) ([]bankEntry, error) {
	return db.All(ctx, tx, scanEntry, `
		SELECT `+entryColumns+` FROM settlement_entries
		WHERE file_id = $1 AND line > $2 AND verdict IN ('', 'other') ORDER BY line LIMIT $3`, id, after, limit)
}

const entryColumns = `account, entry_id, line, currency, amount, reference, text, at, verdict, about`

func scanEntry(row db.Row) (e bankEntry, err error) {
	var at int64
	err = row.Scan(&e.Account, &e.ID, &e.Line, &e.Amount.Currency, &e.Amount.Minor, &e.Reference, &e.Text, &at, &e.Verdict, &e.About)
	e.At = db.Time(at)
	return e, err
}

func updateEntry(ctx context.Context, tx *db.Tx, e bankEntry, v Verdict, about string) error {
	_, err := tx.Exec(ctx, `
		UPDATE settlement_entries SET verdict = $1, about = $2 WHERE account = $3 AND entry_id = $4`, v, about, e.Account, e.ID)
	return err
}

// awaited is cash that a carrier has collected and not remitted yet.
type awaited struct {
	attempt payment.AttemptID
	at      time.Time // when the last parcel was handed over
}

func upsertAwaited(ctx context.Context, tx *db.Tx, a payment.Attempt) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO settlement_awaited (attempt_id, source, at) VALUES ($1, $2, $3)
		ON CONFLICT (attempt_id) DO UPDATE SET at = excluded.at`, a.ID, a.Gateway, db.Micros(tx.Now))
	return err
}

// selectAwaited returns what was collected before a time, of a source if one is given.
func selectAwaited(ctx context.Context, tx *db.Tx, source string, before time.Time, after payment.AttemptID, limit int) ([]awaited, error) {
	return db.All(ctx, tx, func(row db.Row) (a awaited, err error) {
		var at int64
		err = row.Scan(&a.attempt, &at)
		a.at = db.Time(at)
		return a, err
	}, `
		SELECT attempt_id, at FROM settlement_awaited
		WHERE ($1 = '' OR source = $1) AND at < $2 AND attempt_id > $3 ORDER BY attempt_id LIMIT $4`, source, db.Micros(before), after, limit)
}

func upsertNumber(ctx context.Context, tx *db.Tx, a payment.Attempt, number string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO settlement_numbers (source, number, attempt_id) VALUES ($1, $2, $3)
		ON CONFLICT (source, number) DO UPDATE SET attempt_id = excluded.attempt_id`, a.Gateway, number, a.ID)
	return err
}

// selectNumbers tells of which attempts the parcels are that rows name.
func selectNumbers(ctx context.Context, tx *db.Tx, source string, rows []statement.Row) (map[string]payment.AttemptID, error) {
	args := []any{source}
	for _, r := range rows {
		args = append(args, r.Reference)
	}
	known := map[string]payment.AttemptID{}
	_, err := db.All(ctx, tx, func(row db.Row) (id payment.AttemptID, err error) {
		var number string
		err = row.Scan(&number, &id)
		known[number] = id
		return id, err
	}, `SELECT number, attempt_id FROM settlement_numbers WHERE source = $1 AND number IN `+db.Values(1, len(rows), 2), args...)
	return known, err
}

func deleteAwaited(ctx context.Context, tx *db.Tx, id payment.AttemptID) error {
	_, err := tx.Exec(ctx, `DELETE FROM settlement_awaited WHERE attempt_id = $1`, id)
	return err
}

func selectMapping(ctx context.Context, tx *db.Tx, source, format string) (statement.Mapping, error) {
	return db.One(ctx, tx, func(row db.Row) (m statement.Mapping, err error) {
		var text string
		if err = row.Scan(&text); err == nil {
			err = json.Unmarshal([]byte(text), &m)
		}
		return m, err
	}, `SELECT mapping FROM settlement_mappings WHERE source = $1 AND format = $2`, source, format)
}

func upsertMapping(ctx context.Context, tx *db.Tx, u Upload) error {
	text, err := json.Marshal(u.Mapping)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO settlement_mappings (source, format, mapping, actor, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (source, format) DO UPDATE SET mapping = excluded.mapping, actor = excluded.actor, at = excluded.at`,
		u.Source, u.Format, string(text), u.Actor, db.Micros(tx.Now))
	return err
}

// selectKnown marks, by kind and id, the rows that an earlier file had.
func selectKnown(ctx context.Context, tx *db.Tx, source string, rows []statement.Row, known map[string]bool) error {
	args := []any{source}
	for _, k := range statement.Kinds {
		args = append(args, k)
	}
	for _, r := range rows {
		args = append(args, r.ID)
	}
	kinds := len(statement.Kinds)
	_, err := db.All(ctx, tx, func(row db.Row) (none struct{}, err error) {
		var kind, id string
		err = row.Scan(&kind, &id)
		known[kind+"\x00"+id] = true
		return none, err
	}, `
		SELECT kind, row_id FROM settlement_rows
		WHERE source = $1 AND kind IN `+db.Values(1, kinds, 2)+` AND row_id IN `+db.Values(1, len(rows), 2+kinds), args...)
	return err
}
