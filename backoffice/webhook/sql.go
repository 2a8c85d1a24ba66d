package webhook

import (
	"context"
	"encoding/json"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
)

const endpointColumns = `id, url, description, kinds, state, why, turn, before_until, failing_since, version, created_at, updated_at`

func scanEndpoint(row db.Row) (e Endpoint, err error) {
	var kinds string
	var before, failing, created, updated int64
	if err = row.Scan(&e.ID, &e.URL, &e.Description, &kinds, &e.State, &e.Why, &e.Turn, &before, &failing, &e.Version, &created, &updated); err != nil {
		return e, err
	}
	e.BeforeUntil, e.FailingSince, e.CreatedAt, e.UpdatedAt = db.Time(before), db.Time(failing), db.Time(created), db.Time(updated)
	return e, json.Unmarshal([]byte(kinds), &e.Kinds)
}

func insertEndpoint(ctx context.Context, tx *db.Tx, e Endpoint) error {
	kinds, err := json.Marshal(e.Kinds)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO webhook_endpoints (`+endpointColumns+`, lease, leased_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', 0)`,
		e.ID, e.URL, e.Description, string(kinds), e.State, e.Why, e.Turn, db.Micros(e.BeforeUntil), db.Micros(e.FailingSince), e.Version,
		db.Micros(e.CreatedAt), db.Micros(e.UpdatedAt))
	return err
}

func updateEndpoint(ctx context.Context, tx *db.Tx, e Endpoint) (int64, error) {
	kinds, err := json.Marshal(e.Kinds)
	if err != nil {
		return 0, err
	}
	return tx.Exec(ctx, `
		UPDATE webhook_endpoints SET url = $1, description = $2, kinds = $3, state = $4, why = $5, turn = $6, before_until = $7, failing_since = $8,
			updated_at = $9, version = version + 1
		WHERE id = $10 AND version = $11`,
		e.URL, e.Description, string(kinds), e.State, e.Why, e.Turn, db.Micros(e.BeforeUntil), db.Micros(e.FailingSince), db.Micros(tx.Now), e.ID, e.Version)
}

func updateHealth(ctx context.Context, tx *db.Tx, e Endpoint) error {
	_, err := tx.Exec(ctx, `UPDATE webhook_endpoints SET failing_since = $1 WHERE id = $2`, db.Micros(e.FailingSince), e.ID)
	return err
}

func deleteEndpoint(ctx context.Context, tx *db.Tx, id ID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM webhook_endpoints WHERE id = $1`, id)
}

func countEndpoints(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `SELECT COUNT(*) FROM webhook_endpoints`)
}

func selectEndpoint(ctx context.Context, tx *db.Tx, id ID) (Endpoint, error) {
	return db.One(ctx, tx, scanEndpoint, `SELECT `+endpointColumns+` FROM webhook_endpoints WHERE id = $1`, id)
}

func selectEndpoints(ctx context.Context, tx *db.Tx) ([]Endpoint, error) {
	return db.All(ctx, tx, scanEndpoint, `SELECT `+endpointColumns+` FROM webhook_endpoints ORDER BY id LIMIT 100`)
}

func selectActive(ctx context.Context, tx *db.Tx) ([]Endpoint, error) {
	return db.All(ctx, tx, scanEndpoint, `SELECT `+endpointColumns+` FROM webhook_endpoints WHERE state = 'active' ORDER BY id LIMIT 100`)
}

func selectDueEndpoints(ctx context.Context, tx *db.Tx) ([]ID, error) {
	return db.All(ctx, tx, func(row db.Row) (e ID, err error) { return e, row.Scan(&e) }, `
		SELECT e.id FROM webhook_endpoints e
		WHERE e.state = 'active' AND e.leased_until <= $1 AND EXISTS (
			SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.state = 'pending' AND d.due_at <= $1)
		ORDER BY e.id LIMIT 100`, db.Micros(tx.Now))
}

// updateLease takes or keeps the lease of an active endpoint, and returns 0 when
// another holds it.
func updateLease(ctx context.Context, tx *db.Tx, e ID, holder string, until time.Time) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE webhook_endpoints SET lease = $1, leased_until = $2
		WHERE id = $3 AND (lease = $1 OR leased_until <= $4) AND state = 'active'`,
		holder, db.Micros(until), e, db.Micros(tx.Now))
}

func releaseLease(ctx context.Context, tx *db.Tx, e ID, holder string) error {
	_, err := tx.Exec(ctx, `UPDATE webhook_endpoints SET leased_until = 0 WHERE id = $1 AND lease = $2`, e, holder)
	return err
}

const deliveryColumns = `id, endpoint_id, fact, kind, key, seq, body, state, attempts, due_at, created_at, done_at`

func scanDelivery(row db.Row) (d Delivery, err error) {
	var due, created, done int64
	err = row.Scan(&d.ID, &d.Endpoint, &d.Fact, &d.Kind, &d.Key, &d.Seq, &d.Body, &d.State, &d.Attempts, &due, &created, &done)
	d.DueAt, d.CreatedAt, d.DoneAt = db.Time(due), db.Time(created), db.Time(done)
	return d, err
}

// insertDelivery changes nothing when the endpoint was told of the fact.
func insertDelivery(ctx context.Context, tx *db.Tx, d Delivery) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO webhook_deliveries (`+deliveryColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (endpoint_id, fact) DO NOTHING`,
		d.ID, d.Endpoint, d.Fact, d.Kind, d.Key, d.Seq, d.Body, d.State, d.Attempts, db.Micros(d.DueAt), db.Micros(d.CreatedAt), db.Micros(d.DoneAt))
	return err
}

func selectDelivery(ctx context.Context, tx *db.Tx, id DeliveryID) (Delivery, error) {
	return db.One(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM webhook_deliveries WHERE id = $1`, id)
}

func selectOfFact(ctx context.Context, tx *db.Tx, to ID, fact string) (Delivery, error) {
	return db.One(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM webhook_deliveries WHERE endpoint_id = $1 AND fact = $2`, to, fact)
}

func selectDeliveries(ctx context.Context, tx *db.Tx, f Filter) ([]Delivery, error) {
	return db.All(ctx, tx, scanDelivery, `
		SELECT `+deliveryColumns+` FROM webhook_deliveries
		WHERE ($1 = '' OR endpoint_id = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR id < $3) AND ($4 = '' OR kind = $4) AND ($5 = '' OR key = $5)
		ORDER BY id DESC LIMIT $6`, f.Endpoint, f.State, f.After, f.Kind, f.Key, f.Limit)
}

func selectFacts(ctx context.Context, tx *db.Tx, of ID, from, to int64) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (fact string, err error) { return fact, row.Scan(&fact) }, `
		SELECT fact FROM webhook_deliveries WHERE endpoint_id = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq LIMIT 1000`, of, from, to)
}

// selectDue returns what is due, without what is about a thing that something
// untried is about too.
func selectDue(ctx context.Context, tx *db.Tx, to ID, limit int) ([]Delivery, error) {
	return db.All(ctx, tx, scanDelivery, `
		SELECT `+deliveryColumns+` FROM webhook_deliveries d
		WHERE d.endpoint_id = $1 AND d.state = 'pending' AND d.due_at <= $2 AND (d.key = '' OR NOT EXISTS (
			SELECT 1 FROM webhook_deliveries b
			WHERE b.endpoint_id = d.endpoint_id AND b.key = d.key AND b.seq < d.seq AND b.state = 'pending' AND b.attempts = 0))
		ORDER BY d.due_at, d.seq LIMIT $3`, to, db.Micros(tx.Now), limit)
}

// updateDelivery changes nothing and returns 0 when somebody else has settled the try.
func updateDelivery(ctx context.Context, tx *db.Tx, d Delivery, before int64) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE webhook_deliveries SET state = $1, attempts = $2, due_at = $3, done_at = $4
		WHERE id = $5 AND state = 'pending' AND attempts = $6`, d.State, d.Attempts, db.Micros(d.DueAt), db.Micros(d.DoneAt), d.ID, before)
}

func updateReplay(ctx context.Context, tx *db.Tx, id DeliveryID) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE webhook_deliveries SET state = 'pending', attempts = 0, due_at = $1, done_at = 0
		WHERE id = $2 AND state <> 'pending'`, db.Micros(tx.Now), id)
}

func updateGivenUp(ctx context.Context, tx *db.Tx, to ID, since time.Time) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE webhook_deliveries SET state = 'pending', attempts = 0, due_at = $1, done_at = 0
		WHERE endpoint_id = $2 AND state = 'given_up' AND created_at >= $3`, db.Micros(tx.Now), to, db.Micros(since))
}

func deleteDone(ctx context.Context, tx *db.Tx, before time.Time) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM webhook_deliveries WHERE id IN (
			SELECT id FROM webhook_deliveries WHERE state <> 'pending' AND done_at < $1 ORDER BY done_at LIMIT 1000)`, db.Micros(before))
	return err
}

func insertAttempt(ctx context.Context, tx *db.Tx, d DeliveryID, a Attempt) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO webhook_attempts (id, delivery_id, at, took, status, answer)
		VALUES ($1, $2, $3, $4, $5, $6)`, id.New[string]("try", tx.Now), d, db.Micros(a.At), a.Took.Microseconds(), a.Status, a.Answer)
	return err
}

func selectAttempts(ctx context.Context, tx *db.Tx, d DeliveryID) ([]Attempt, error) {
	return db.All(ctx, tx, func(row db.Row) (a Attempt, err error) {
		var at, took int64
		err = row.Scan(&at, &took, &a.Status, &a.Answer)
		a.At, a.Took = db.Time(at), time.Duration(took)*time.Microsecond
		return a, err
	}, `SELECT at, took, status, answer FROM webhook_attempts WHERE delivery_id = $1 ORDER BY id LIMIT 100`, d)
}
