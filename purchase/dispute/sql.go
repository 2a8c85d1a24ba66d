package dispute

import (
	"context"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/purchase/payment"
)

const columns = `id, gateway, theirs, attempt_id, payment_id, order_id, state, reason, currency, amount, taken, due_at, opened_at, closed_at`

func scan(row db.Row) (d Dispute, err error) {
	var taken, due, opened, closed int64
	err = row.Scan(&d.ID, &d.Gateway, &d.Theirs, &d.Attempt, &d.Payment, &d.Order, &d.State, &d.Reason, &d.Amount.Currency, &d.Amount.Minor,
		&taken, &due, &opened, &closed)
	d.Taken, d.DueAt, d.OpenedAt, d.ClosedAt = taken == 1, db.Time(due), db.Time(opened), db.Time(closed)
	return d, err
}

func insertDispute(ctx context.Context, tx *db.Tx, d Dispute) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO dispute_disputes (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, 0)`,
		d.ID, d.Gateway, d.Theirs, d.Attempt, d.Payment, d.Order, d.State, d.Reason, d.Amount.Currency, d.Amount.Minor, db.Micros(d.DueAt), db.Micros(d.OpenedAt))
	return err
}

func selectDispute(ctx context.Context, tx *db.Tx, id ID, lock string) (Dispute, error) {
	return db.One(ctx, tx, scan, `SELECT `+columns+` FROM dispute_disputes WHERE id = $1`+lock, id)
}

func selectByName(ctx context.Context, tx *db.Tx, gateway, theirs, lock string) (Dispute, error) {
	return db.One(ctx, tx, scan, `SELECT `+columns+` FROM dispute_disputes WHERE gateway = $1 AND theirs = $2`+lock, gateway, theirs)
}

// selectOfAttempt returns the newest dispute of an attempt.
func selectOfAttempt(ctx context.Context, tx *db.Tx, id payment.AttemptID) (Dispute, error) {
	return db.One(ctx, tx, scan, `SELECT `+columns+` FROM dispute_disputes WHERE attempt_id = $1 ORDER BY id DESC LIMIT 1`, id)
}

func selectOfPayment(ctx context.Context, tx *db.Tx, id payment.ID) ([]Dispute, error) {
	return db.All(ctx, tx, scan, `
		SELECT `+columns+` FROM dispute_disputes
		WHERE payment_id = $1 ORDER BY id LIMIT 100`, id)
}

func selectPage(ctx context.Context, tx *db.Tx, state State, after ID, limit int) ([]Dispute, error) {
	return db.All(ctx, tx, scan, `
		SELECT `+columns+` FROM dispute_disputes
		WHERE ($1 = '' OR id < $1) AND ($2 = '' OR state = $2) ORDER BY id DESC LIMIT $3`, after, state, limit)
}

// updateState changes nothing and returns 0 when the dispute has left its state.
func updateState(ctx context.Context, tx *db.Tx, d Dispute, to State) (int64, error) {
	closed := int64(0)
	if to.closed() {
		closed = db.Micros(tx.Now)
	}
	return tx.Exec(ctx, `
		UPDATE dispute_disputes SET state = $1, closed_at = $2 WHERE id = $3 AND state = $4`, to, closed, d.ID, d.State)
}

func updateTaken(ctx context.Context, tx *db.Tx, id ID) error {
	_, err := tx.Exec(ctx, `UPDATE dispute_disputes SET taken = 1 WHERE id = $1`, id)
	return err
}

func updateName(ctx context.Context, tx *db.Tx, d Dispute) error {
	_, err := tx.Exec(ctx, `UPDATE dispute_disputes SET theirs = $1 WHERE id = $2`, d.Theirs, d.ID)
	return err
}

func updateDue(ctx context.Context, tx *db.Tx, d Dispute) error {
	_, err := tx.Exec(ctx, `UPDATE dispute_disputes SET due_at = $1 WHERE id = $2`, db.Micros(d.DueAt), d.ID)
	return err
}

func insertEvidence(ctx context.Context, tx *db.Tx, e Evidence) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO dispute_evidence (id, dispute_id, actor, text, file_name, content, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, e.ID, e.Dispute, e.Actor, e.Text, e.File, e.Content, db.Micros(e.At))
	return err
}

func selectEvidence(ctx context.Context, tx *db.Tx, id ID) ([]Evidence, error) {
	return db.All(ctx, tx, func(row db.Row) (e Evidence, err error) {
		var at int64
		err = row.Scan(&e.ID, &e.Dispute, &e.Actor, &e.Text, &e.File, &at)
		e.At = db.Time(at)
		return e, err
	}, `
		SELECT id, dispute_id, actor, text, file_name, at FROM dispute_evidence WHERE dispute_id = $1 ORDER BY id LIMIT 100`, id)
}

func selectFile(ctx context.Context, tx *db.Tx, of ID, id string) (Evidence, error) {
	return db.One(ctx, tx, func(row db.Row) (e Evidence, err error) {
		var at int64
		err = row.Scan(&e.ID, &e.Dispute, &e.Actor, &e.Text, &e.File, &e.Content, &at)
		e.At = db.Time(at)
		return e, err
	}, `
		SELECT id, dispute_id, actor, text, file_name, content, at FROM dispute_evidence
		WHERE dispute_id = $1 AND id = $2 AND file_name <> ''`, of, id)
}

func selectOfPayments(ctx context.Context, tx *db.Tx, ids []payment.ID) ([]Dispute, error) {
	in, args := catalog.OneOf(1, ids)
	return db.All(ctx, tx, scan, `
		SELECT `+columns+` FROM dispute_disputes
		WHERE payment_id IN (`+in+`) ORDER BY id DESC LIMIT 100`, args...)
}
