package bank

import (
	"context"
	"encoding/json"
	"time"

	"korzo/platform/db"
)

const columns = `reference, id, account, kind, page, instrument, currency, amount, captured, refunded, state, decline_code, proof, return_url, capture, due_at, created_at`

// batch bounds what one round takes up.
const batch = 200

// insertPayment reports whether the reference is new.
func insertPayment(ctx context.Context, tx *db.Tx, p Payment) (bool, error) {
	capture := 0
	if p.capture {
		capture = 1
	}
	n, err := tx.Exec(ctx, `
		INSERT INTO bank_payments (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT DO NOTHING`,
		p.Reference, p.ID, p.Account, p.kind, p.page, p.instrument, p.Currency, p.Amount, p.Captured, p.Refunded, p.State, p.DeclineCode,
		p.Proof.text(), p.returnURL, capture, dueAt(p), db.Micros(tx.Now))
	return n == 1, err
}

func dueAt(p Payment) any {
	if p.due.IsZero() {
		return nil
	}
	return db.Micros(p.due)
}

func selectPayment(ctx context.Context, tx *db.Tx, reference string) (Payment, error) {
	return db.One(ctx, tx, scanPayment, `SELECT `+columns+` FROM bank_payments WHERE reference = $1`, reference)
}

func selectByID(ctx context.Context, tx *db.Tx, id string) (Payment, error) {
	return db.One(ctx, tx, scanPayment, `SELECT `+columns+` FROM bank_payments WHERE id = $1`, id)
}

func selectDue(ctx context.Context, tx *db.Tx) ([]Payment, error) {
	return db.All(ctx, tx, scanPayment, `
		SELECT `+columns+` FROM bank_payments WHERE due_at <= $1 ORDER BY due_at LIMIT $2`, db.Micros(tx.Now), batch)
}

func selectBook(ctx context.Context, tx *db.Tx, after string) ([]Payment, error) {
	return db.All(ctx, tx, scanPayment, `
		SELECT `+columns+` FROM bank_payments WHERE reference > $1 AND kind <> 'keep' ORDER BY reference LIMIT $2`, after, batch)
}

func scanPayment(row db.Row) (p Payment, err error) {
	var capture, at int64
	var due *int64
	var proof string
	err = row.Scan(&p.Reference, &p.ID, &p.Account, &p.kind, &p.page, &p.instrument, &p.Currency, &p.Amount, &p.Captured, &p.Refunded, &p.State,
		&p.DeclineCode, &proof, &p.returnURL, &capture, &due, &at)
	p.capture, p.at = capture == 1, db.Time(at)
	if due != nil {
		p.due = db.Time(*due)
	}
	if err == nil {
		p.Proof, err = readProof(proof)
	}
	return p, err
}

// updateState changes nothing and returns 0 when the payment has left from.
func updateState(ctx context.Context, tx *db.Tx, p Payment, from string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE bank_payments SET state = $1, decline_code = $2, captured = $3, page = $4, instrument = $5, proof = $6, due_at = $7
		WHERE reference = $8 AND state = $9`, p.State, p.DeclineCode, p.Captured, p.page, p.instrument, p.Proof.text(), dueAt(p), p.Reference, from)
}

func voidHeld(ctx context.Context, tx *db.Tx, reference string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE bank_payments SET state = CASE WHEN captured > 0 THEN state ELSE 'voided' END, released = amount - captured, due_at = NULL
		WHERE reference = $1 AND state IN ('pending', 'action_required', 'authorized', 'captured')`, reference)
}

func captureMore(ctx context.Context, tx *db.Tx, reference string, amount int64) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE bank_payments SET captured = captured + $1, state = 'captured'
		WHERE reference = $2 AND state IN ('authorized', 'captured') AND captured + $1 <= amount - released`, amount, reference)
}

func refundMore(ctx context.Context, tx *db.Tx, reference string, amount int64) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE bank_payments SET refunded = refunded + $1
		WHERE reference = $2 AND state = 'captured' AND refunded + $1 <= captured`, amount, reference)
}

// insertChange reports whether the key is new.
func insertChange(ctx context.Context, tx *db.Tx, key, reference, kind string, amount int64) (bool, error) {
	n, err := tx.Exec(ctx, `
		INSERT INTO bank_changes (key, reference, kind, amount, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		key, reference, kind, amount, db.Micros(tx.Now))
	return n == 1, err
}

func updateInstrument(ctx context.Context, tx *db.Tx, reference, instrument string) error {
	_, err := tx.Exec(ctx, `UPDATE bank_payments SET instrument = $2 WHERE reference = $1`, reference, instrument)
	return err
}

func insertNotice(ctx context.Context, tx *db.Tx, id, reference, kind string, copies int, at time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO bank_notices (id, reference, kind, copies, tries, send_at) VALUES ($1, $2, $3, $4, 0, $5)`,
		id, reference, kind, copies, db.Micros(at))
	return err
}

func selectNotices(ctx context.Context, tx *db.Tx) ([]notice, error) {
	return db.All(ctx, tx, func(row db.Row) (n notice, err error) {
		return n, row.Scan(&n.ID, &n.Reference, &n.Kind, &n.Copies, &n.Tries)
	}, `
		SELECT id, reference, kind, copies, tries FROM bank_notices
		WHERE copies > 0 AND send_at <= $1 ORDER BY send_at LIMIT $2`, db.Micros(tx.Now), batch)
}

// updateNotice counts what was sent. After 20 tries the bank gives up: the
// merchant's own poller knows.
func updateNotice(ctx context.Context, tx *db.Tx, id string, sent int64, next time.Time) error {
	_, err := tx.Exec(ctx, `
		UPDATE bank_notices SET copies = CASE WHEN tries >= 20 THEN 0 ELSE copies - $1 END, tries = tries + 1, send_at = $2
		WHERE id = $3`, sent, db.Micros(next), id)
	return err
}

func upsertScript(ctx context.Context, tx *db.Tx, s script) error {
	outcomes, err := json.Marshal(s.Outcomes)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO bank_scripts (id, outcomes, said) VALUES ($1, $2, 0)
		ON CONFLICT (id) DO UPDATE SET outcomes = excluded.outcomes, said = 0`, s.ID, string(outcomes))
	return err
}

func selectScript(ctx context.Context, tx *db.Tx, id, lock string) (script, error) {
	return db.One(ctx, tx, func(row db.Row) (s script, err error) {
		var outcomes string
		if err := row.Scan(&s.ID, &outcomes, &s.Said); err != nil {
			return s, err
		}
		return s, json.Unmarshal([]byte(outcomes), &s.Outcomes)
	}, `SELECT id, outcomes, said FROM bank_scripts WHERE id = $1 `+lock, id)
}

func updateSaid(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE bank_scripts SET said = said + 1 WHERE id = $1`, id)
	return err
}

func countKept(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) },
		`SELECT COUNT(*) FROM bank_payments WHERE kind = 'keep' AND state = 'authorized'`)
}

func insertCode(ctx context.Context, tx *db.Tx, c shownCode) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO bank_codes (code, currency, most, does, reference, expires_at) VALUES ($1, $2, $3, $4, '', $5)`,
		c.Code, c.Currency, c.Most, c.does, db.Micros(c.expires))
	return err
}

func selectCode(ctx context.Context, tx *db.Tx, code string) (shownCode, error) {
	return db.One(ctx, tx, func(row db.Row) (c shownCode, err error) {
		var expires int64
		err = row.Scan(&c.Code, &c.Currency, &c.Most, &c.does, &c.reference, &expires)
		c.expires = db.Time(expires)
		return c, err
	}, `SELECT code, currency, most, does, reference, expires_at FROM bank_codes WHERE code = $1`, code)
}

// claimCode changes nothing and returns 0 when another payment was shown the code.
func claimCode(ctx context.Context, tx *db.Tx, code, reference string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE bank_codes SET reference = $1 WHERE code = $2 AND reference IN ('', $1)`, reference, code)
}
