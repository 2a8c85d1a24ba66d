package payment

import (
	"context"
	"encoding/json"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/remember"
	"korzo/value/money"
)

const attemptColumns = `id, payment_id, gateway, method, kind, instrument, return_url, capture, proof, currency, amount,
	state, gateway_id, account, decline_code, action_url, looks, created_at, captured, refunded, keep, traces, card`

const paymentColumns = `id, owner_kind, owner_id, market, channel, order_id, method, currency, amount - waived, authorized, captured, refunded,
	voided, moving, refunding, created_at`

const movementColumns = `id, payment_id, attempt_id, kind, key, currency, amount, state, actor, reason, decline_code,
	looks, look_at, created_at`

// What was written or read of late. Every statement here that writes a row says
// so first: of a payment, of an attempt, and of the attempt that holds a
// payment's money.
var (
	keptPayments = remember.NewRows[ID, Payment](1024, nil)
	keptAttempts = remember.NewRows[AttemptID, Attempt](1024, nil)
	keptHeld     = remember.NewRows[ID, Attempt](1024, nil)
)

func forgetAttempt(tx *db.Tx, a Attempt) {
	keptAttempts.Forget(tx, a.ID)
	keptHeld.Forget(tx, a.Payment)
}

func keepAttempt(tx *db.Tx, a Attempt) {
	keptAttempts.Keep(tx, a.ID, a)
	if a.State.Paid() {
		keptHeld.Keep(tx, a.Payment, a)
	}
}

func insertPayment(ctx context.Context, tx *db.Tx, p Payment) error {
	err := tx.Send(ctx, nil, `
		INSERT INTO payment_payments (id, owner_kind, owner_id, market, method, currency, amount,
			authorized, captured, refunded, created_at, updated_at, channel, order_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8, $8, $9, $10)`,
		p.ID, p.Owner.Kind, p.Owner.ID, p.Market, p.Method, p.Amount.Currency, p.Amount.Minor, db.Micros(p.CreatedAt), p.Channel, p.Order)
	if p.currency(p.Amount.Currency); err == nil {
		keptPayments.Keep(tx, p.ID, p)
	}
	return err
}

func insertAttempt(ctx context.Context, tx *db.Tx, a Attempt, look time.Time) error {
	forgetAttempt(tx, a)
	err := tx.Send(ctx, nil, `
		INSERT INTO payment_attempts (id, payment_id, gateway, kind, instrument, return_url, capture, currency, amount,
			state, gateway_id, account, decline_code, action_url, looks, look_at, created_at, updated_at, method, proof, keep, traces, card, brand)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', '', '', 0, $11, $12, $12, $13, $14, $15, $16, $17, $18)`,
		a.ID, a.Payment, a.Gateway, a.Kind, a.Instrument, a.ReturnURL, flag(a.Capture), a.Amount.Currency, a.Amount.Minor,
		a.State, db.Micros(look), db.Micros(a.CreatedAt), a.Method, a.Proof.text(), a.Keep, a.Traces, a.Card.text(), a.Card.counted())
	if err == nil {
		keepAttempt(tx, a)
	}
	return err
}

func selectAttempt(ctx context.Context, tx *db.Tx, id AttemptID, lock string) (Attempt, error) {
	return keptAttempts.Find(tx, id, func() (Attempt, error) {
		return db.One(ctx, tx, scanAttempt, `SELECT `+attemptColumns+` FROM payment_attempts WHERE id = $1`+lock, id)
	})
}

func selectAttempts(ctx context.Context, tx *db.Tx, id ID) ([]Attempt, error) {
	return db.All(ctx, tx, scanAttempt, `
		SELECT `+attemptColumns+` FROM payment_attempts WHERE payment_id = $1 ORDER BY id`, id)
}

func scanAttempt(row db.Row) (a Attempt, err error) {
	var capture, created int64
	var proof, card string
	err = row.Scan(&a.ID, &a.Payment, &a.Gateway, &a.Method, &a.Kind, &a.Instrument, &a.ReturnURL, &capture, &proof,
		&a.Amount.Currency, &a.Amount.Minor, &a.State, &a.GatewayID, &a.Account, &a.DeclineCode, &a.ActionURL,
		&a.Looks, &created, &a.Captured.Minor, &a.Refunded.Minor, &a.Keep, &a.Traces, &card)
	a.Captured.Currency, a.Refunded.Currency = a.Amount.Currency, a.Amount.Currency
	a.Capture, a.CreatedAt = capture == 1, db.Time(created)
	if err == nil && proof != "" {
		err = json.Unmarshal([]byte(proof), &a.Proof)
	}
	if err == nil && card != "" {
		err = json.Unmarshal([]byte(card), &a.Card)
	}
	return a, err
}

// selectCollected finds the attempt that a key was given for at a counter: one
// that was written for it, or the promise that was captured under it.
func selectCollected(ctx context.Context, tx *db.Tx, of ID, key string) (AttemptID, error) {
	return db.One(ctx, tx, func(row db.Row) (id AttemptID, err error) { return id, row.Scan(&id) }, `
		SELECT e.attempt_id FROM payment_events e JOIN payment_attempts a ON a.id = e.attempt_id
		WHERE a.payment_id = $1 AND e.kind = 'presented' AND e.key = $2
		UNION ALL
		SELECT attempt_id FROM payment_movements WHERE payment_id = $1 AND kind = 'capture' AND key = $2 AND state = 'done'
		LIMIT 1`, of, key)
}

// lockPayment has whoever writes an attempt wait for who is writing one.
func lockPayment(ctx context.Context, tx *db.Tx, id ID) error {
	keptPayments.Forget(tx, id)
	_, err := db.One(ctx, tx, func(row db.Row) (id ID, err error) { return id, row.Scan(&id) }, `SELECT id FROM payment_payments WHERE id = $1`+tx.ForUpdate(), id)
	return err
}

func selectPayment(ctx context.Context, tx *db.Tx, id ID) (Payment, error) {
	return keptPayments.Find(tx, id, func() (Payment, error) {
		return db.One(ctx, tx, scanPayment, `SELECT `+paymentColumns+` FROM payment_payments WHERE id = $1`, id)
	})
}

// selectHolding finds what is held and not wholly taken, the oldest first.
func selectHolding(ctx context.Context, tx *db.Tx, methods []string, before time.Time, after ID, limit int) ([]Payment, error) {
	args := []any{db.Micros(before), after, limit}
	for _, m := range methods {
		args = append(args, m)
	}
	return db.All(ctx, tx, scanPayment, `
		SELECT `+paymentColumns+` FROM payment_payments
		WHERE authorized > captured AND created_at < $1 AND id > $2 AND method IN `+db.Values(1, len(methods), 4)+`
		ORDER BY id LIMIT $3`, args...)
}

func scanPayment(row db.Row) (p Payment, err error) {
	var c money.Currency
	var created int64
	err = row.Scan(p.columns(&c, &created)...)
	p.currency(c)
	p.CreatedAt = db.Time(created)
	return p, err
}

// columns are where paymentColumns are read to.
func (p *Payment) columns(c *money.Currency, created *int64) []any {
	return []any{&p.ID, &p.Owner.Kind, &p.Owner.ID, &p.Market, &p.Channel, &p.Order, &p.Method, c, &p.Amount.Minor,
		&p.Authorized.Minor, &p.Captured.Minor, &p.Refunded.Minor, &p.Voided.Minor, &p.Moving.Minor, &p.Refunding.Minor, created}
}

// currency gives every amount of a payment its currency.
func (p *Payment) currency(c money.Currency) {
	p.Voided.Currency, p.Moving.Currency, p.Refunding.Currency = c, c, c
	p.Amount.Currency, p.Authorized.Currency, p.Captured.Currency, p.Refunded.Currency = c, c, c, c
}

func selectOwned(ctx context.Context, tx *db.Tx, o Owner) (ID, error) {
	return db.One(ctx, tx, func(row db.Row) (id ID, err error) { return id, row.Scan(&id) }, `
		SELECT id FROM payment_payments WHERE owner_kind = $1 AND owner_id = $2`, o.Kind, o.ID)
}

// text is a proof as it is kept: "" for the zero one.
func (p Proof) text() string {
	if p == (Proof{}) {
		return ""
	}
	text, _ := json.Marshal(p) // of a flag and two strings
	return string(text)
}

// updateAttempt changes nothing and returns 0 when the attempt has left from.
func updateAttempt(ctx context.Context, tx *db.Tx, a Attempt, from State, look time.Time) (int64, error) {
	forgetAttempt(tx, a)
	n, err := tx.Exec(ctx, `
		UPDATE payment_attempts
		SET state = $1, gateway_id = $2, account = $3, decline_code = $4, action_url = $5,
			looks = looks + 1, look_at = $6, updated_at = $7, captured = $10, refunded = $11, proof = $12, card = $13, brand = $14
		WHERE id = $8 AND state = $9`,
		a.State, a.GatewayID, a.Account, a.DeclineCode, a.ActionURL, when(look), db.Micros(tx.Now), a.ID, from,
		a.Captured.Minor, a.Refunded.Minor, a.Proof.text(), a.Card.text(), a.Card.counted())
	if a.Looks++; err == nil && n == 1 {
		keepAttempt(tx, a)
	}
	return n, err
}

func updateLook(ctx context.Context, tx *db.Tx, a Attempt, look time.Time) error {
	forgetAttempt(tx, a)
	_, err := tx.Exec(ctx, `
		UPDATE payment_attempts SET looks = looks + 1, look_at = $1 WHERE id = $2`, when(look), a.ID)
	return err
}

// leaseDue takes up attempts whose time has come and puts their next look off
// until the lease's end, so that two nodes do not take up the same.
func leaseDue(ctx context.Context, tx *db.Tx, until time.Time, limit int) ([]AttemptID, error) {
	return db.All(ctx, tx, func(row db.Row) (id AttemptID, err error) { return id, row.Scan(&id) }, `
		UPDATE payment_attempts SET look_at = $1 WHERE id IN (
			SELECT id FROM payment_attempts WHERE look_at <= $2 ORDER BY look_at LIMIT $3`+tx.SkipLocked()+`)
		RETURNING id`, db.Micros(until), db.Micros(tx.Now), limit)
}

// updatePayment moves a payment's amounts. It changes nothing and returns
// db.ErrNoRow when too little is left for it.
func updatePayment(ctx context.Context, tx *db.Tx, id ID, d delta) (Payment, error) {
	keptPayments.Forget(tx, id)
	p, err := db.One(ctx, tx, scanPayment, `
		UPDATE payment_payments SET authorized = authorized + $1, captured = captured + $2, updated_at = $3,
			voided = voided + $5, refunded = refunded + $6, moving = moving + $7, refunding = refunding + $8
		WHERE id = $4 AND captured + $2 + moving + $7 <= authorized + $1 AND authorized + $1 <= amount
			AND refunded + $6 + refunding + $8 <= captured + $2
		RETURNING `+paymentColumns,
		d.authorized, d.captured, db.Micros(tx.Now), id, d.voided, d.refunded, d.moving, d.refunding)
	if err == nil {
		keptPayments.Keep(tx, id, p)
	}
	return p, err
}

// waivePayment returns db.ErrNoRow when less than that is left to be paid.
func waivePayment(ctx context.Context, tx *db.Tx, id ID, less int64) (Payment, error) {
	keptPayments.Forget(tx, id)
	return db.One(ctx, tx, scanPayment, `
		UPDATE payment_payments SET waived = waived + $1, updated_at = $2
		WHERE id = $3 AND captured + moving + waived + $1 <= amount
		RETURNING `+paymentColumns, less, db.Micros(tx.Now), id)
}

func insertEvent(ctx context.Context, tx *db.Tx, a Attempt, kind, key string, moved money.Amount) error {
	return tx.Send(ctx, nil, `
		INSERT INTO payment_events (attempt_id, kind, key, currency, amount, detail, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		a.ID, kind, key, moved.Currency, moved.Minor, a.DeclineCode, db.Micros(tx.Now))
}

// selectHeld returns the attempt of a payment that holds or took money.
func selectHeld(ctx context.Context, tx *db.Tx, id ID, lock string) (Attempt, error) {
	return keptHeld.Find(tx, id, func() (Attempt, error) {
		return db.One(ctx, tx, scanAttempt, `
			SELECT `+attemptColumns+` FROM payment_attempts WHERE payment_id = $1 AND state IN ('authorized', 'captured')`+lock, id)
	})
}

func insertMovement(ctx context.Context, tx *db.Tx, m Movement) error {
	return tx.Send(ctx, nil, `
		INSERT INTO payment_movements (`+movementColumns+`, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 0, $11, $12, $12)`,
		m.ID, m.Payment, m.Attempt, m.Kind, m.Key, m.Amount.Currency, m.Amount.Minor, m.State, m.By.Actor, m.By.Reason,
		when(m.LookAt), db.Micros(m.CreatedAt))
}

func selectMovement(ctx context.Context, tx *db.Tx, id MovementID) (Movement, error) {
	return db.One(ctx, tx, scanMovement, `SELECT `+movementColumns+` FROM payment_movements WHERE id = $1`, id)
}

func selectByKey(ctx context.Context, tx *db.Tx, w wish) (Movement, error) {
	return db.One(ctx, tx, scanMovement, `
		SELECT `+movementColumns+` FROM payment_movements WHERE payment_id = $1 AND kind = $2 AND key = $3`,
		w.payment, w.kind, w.key)
}

func selectMovements(ctx context.Context, tx *db.Tx, id ID) ([]Movement, error) {
	return db.All(ctx, tx, scanMovement, `
		SELECT `+movementColumns+` FROM payment_movements WHERE payment_id = $1 ORDER BY created_at, id LIMIT 200`, id)
}

func scanMovement(row db.Row) (m Movement, err error) {
	var created int64
	var look *int64
	err = row.Scan(&m.ID, &m.Payment, &m.Attempt, &m.Kind, &m.Key, &m.Amount.Currency, &m.Amount.Minor, &m.State,
		&m.By.Actor, &m.By.Reason, &m.DeclineCode, &m.Looks, &look, &created)
	m.CreatedAt = db.Time(created)
	if look != nil {
		m.LookAt = db.Time(*look)
	}
	return m, err
}

// updateMovement changes nothing and returns 0 when the movement is settled.
func updateMovement(ctx context.Context, tx *db.Tx, id MovementID, to MovementState, code string, look time.Time) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE payment_movements SET state = $1, decline_code = $2, looks = looks + 1, look_at = $3, updated_at = $4
		WHERE id = $5 AND state IN ('written', 'unknown')`, to, code, when(look), db.Micros(tx.Now), id)
}

// endMovements ends what is under way of a hold that was let go, and returns
// how much that was.
func endMovements(ctx context.Context, tx *db.Tx, id AttemptID) (minor int64, err error) {
	amounts, err := db.All(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `
		UPDATE payment_movements SET state = CASE WHEN kind = 'void' THEN 'done' ELSE 'failed' END,
			decline_code = CASE WHEN kind = 'void' THEN '' ELSE 'cancelled' END, look_at = NULL, updated_at = $1
		WHERE attempt_id = $2 AND kind IN ('capture', 'void') AND state IN ('written', 'unknown') RETURNING amount`,
		db.Micros(tx.Now), id)
	for _, n := range amounts {
		minor += n
	}
	return minor, err
}

// leaseMovement takes up one open movement, if its time has come.
func leaseMovement(ctx context.Context, tx *db.Tx, id MovementID, until time.Time) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE payment_movements SET look_at = $1 WHERE id = $2 AND look_at <= $3`, db.Micros(until), id, db.Micros(tx.Now))
}

// leaseMovements is leaseDue for movements.
func leaseMovements(ctx context.Context, tx *db.Tx, until time.Time, limit int) ([]Movement, error) {
	return db.All(ctx, tx, scanMovement, `
		UPDATE payment_movements SET look_at = $1 WHERE id IN (
			SELECT id FROM payment_movements WHERE look_at <= $2 ORDER BY look_at LIMIT $3`+tx.SkipLocked()+`)
		RETURNING `+movementColumns, db.Micros(until), db.Micros(tx.Now), limit)
}

// selectUnclaimed finds payments whose claims are not what their movements say.
func selectUnclaimed(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (text string, err error) { return text, row.Scan(&text) }, `
		SELECT 'payment ' || p.id || ': its amounts are not the sums of its movements'
		FROM payment_payments p
		LEFT JOIN (
			SELECT payment_id,
				CAST(SUM(CASE WHEN kind <> 'refund' AND state IN ('written', 'unknown') THEN amount ELSE 0 END) AS BIGINT) AS moving,
				CAST(SUM(CASE WHEN kind = 'refund' AND state IN ('written', 'unknown') THEN amount ELSE 0 END) AS BIGINT) AS refunding,
				CAST(SUM(CASE WHEN kind = 'refund' AND state = 'done' THEN amount ELSE 0 END) AS BIGINT) AS refunded
			FROM payment_movements GROUP BY payment_id
		) m ON m.payment_id = p.id
		LEFT JOIN (
			SELECT payment_id, CAST(SUM(captured) AS BIGINT) AS captured, CAST(SUM(refunded) AS BIGINT) AS refunded
			FROM payment_attempts GROUP BY payment_id
		) a ON a.payment_id = p.id
		WHERE p.moving <> COALESCE(m.moving, 0) OR p.refunding <> COALESCE(m.refunding, 0)
			OR p.refunded <> COALESCE(m.refunded, 0) OR p.refunded <> COALESCE(a.refunded, 0)
			OR p.captured <> COALESCE(a.captured, 0)
		ORDER BY p.id LIMIT 100`)
}

// insertNotice reports whether the notice is new.
func insertNotice(ctx context.Context, tx *db.Tx, gateway string, n Notice) (bool, error) {
	rows, err := tx.Exec(ctx, `
		INSERT INTO payment_notices (gateway, id, attempt_id, kind, received_at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		gateway, n.ID, n.Reference, n.Kind, db.Micros(tx.Now))
	return rows == 1, err
}

// when is a time as a nullable column: the zero time is NULL.
func when(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return db.Micros(t)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func selectWrong(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (text string, err error) { return text, row.Scan(&text) }, `
		SELECT 'payment ' || p.id || ': its amounts are not the sums of its events'
		FROM payment_payments p
		LEFT JOIN (
			SELECT a.payment_id,
				CAST(SUM(CASE WHEN e.kind = 'captured' THEN e.amount ELSE 0 END) AS BIGINT) AS captured,
				CAST(SUM(CASE WHEN e.kind = 'authorized' THEN e.amount
					WHEN e.kind = 'captured' AND NOT EXISTS (
						SELECT 1 FROM payment_events h WHERE h.attempt_id = a.id AND h.kind = 'authorized') THEN e.amount
					WHEN e.kind IN ('voided', 'released') THEN -e.amount ELSE 0 END) AS BIGINT) AS authorized,
				CAST(SUM(CASE WHEN e.kind IN ('voided', 'released') THEN e.amount ELSE 0 END) AS BIGINT) AS voided,
				CAST(SUM(CASE WHEN e.kind = 'refunded' THEN e.amount ELSE 0 END) AS BIGINT) AS refunded,
				CAST(SUM(CASE WHEN e.kind = 'waived' THEN e.amount ELSE 0 END) AS BIGINT) AS waived
			FROM payment_events e JOIN payment_attempts a ON a.id = e.attempt_id GROUP BY a.payment_id
		) s ON s.payment_id = p.id
		WHERE p.captured <> COALESCE(s.captured, 0) OR p.authorized <> COALESCE(s.authorized, 0)
			OR p.voided <> COALESCE(s.voided, 0) OR p.refunded <> COALESCE(s.refunded, 0)
			OR p.waived <> COALESCE(s.waived, 0)
		ORDER BY p.id LIMIT 100`)
}

// selectTorn finds attempts whose state is not what their last event says.
func selectTorn(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (text string, err error) { return text, row.Scan(&text) }, `
		SELECT 'payment ' || a.payment_id || ': its attempt ' || a.id || ' is ' || a.state || ', its last event ' || COALESCE(e.kind, 'none')
		FROM payment_attempts a
		LEFT JOIN payment_events e ON e.seq = (
			SELECT MAX(l.seq) FROM payment_events l
			WHERE l.attempt_id = a.id AND l.kind IN ('authorized', 'captured', 'declined', 'abandoned', 'voided'))
		WHERE COALESCE(e.kind, '') <>
			CASE WHEN a.state IN ('written', 'unknown', 'pending', 'action_required') THEN '' ELSE a.state END
		ORDER BY a.id LIMIT 100`)
}

func selectMoves(ctx context.Context, tx *db.Tx, after int64, limit int) ([]move, error) {
	return db.All(ctx, tx, func(row db.Row) (m move, err error) {
		return m, row.Scan(&m.seq, &m.attempt, &m.market, &m.kind, &m.event, &m.amount)
	}, `
		SELECT e.seq, e.attempt_id, p.market, e.kind, e.key, e.amount
		FROM payment_events e JOIN payment_attempts a ON a.id = e.attempt_id JOIN payment_payments p ON p.id = a.payment_id
		WHERE e.seq > $1 AND e.kind IN ('authorized', 'captured', 'voided', 'released', 'refunded') AND e.amount > 0
		ORDER BY e.seq LIMIT $2`, after, limit)
}

func selectAuthorized(ctx context.Context, tx *db.Tx, ids []ID) ([]Payment, error) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return db.All(ctx, tx, scanPayment, `
		SELECT `+paymentColumns+`
		FROM payment_payments WHERE id IN `+db.Values(1, len(ids), 1), args...)
}

// insertFee reports whether the fee is new.
func insertFee(ctx context.Context, tx *db.Tx, id AttemptID, key string, fee money.Amount) (bool, error) {
	n, err := tx.Exec(ctx, `
		INSERT INTO payment_fees (attempt_id, key, currency, amount, at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`, id, key, fee.Currency, fee.Minor, db.Micros(tx.Now))
	return n == 1, err
}

func selectAttemptsByID(ctx context.Context, tx *db.Tx, ids []AttemptID) ([]Attempt, error) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return db.All(ctx, tx, scanAttempt, `
		SELECT `+attemptColumns+` FROM payment_attempts WHERE id IN `+db.Values(1, len(ids), 1), args...)
}

func selectByGatewayID(ctx context.Context, tx *db.Tx, gateway string, names []string) ([]Attempt, error) {
	args := []any{gateway}
	for _, n := range names {
		args = append(args, n)
	}
	return db.All(ctx, tx, scanAttempt, `
		SELECT `+attemptColumns+` FROM payment_attempts
		WHERE gateway = $1 AND gateway_id <> '' AND gateway_id IN `+db.Values(1, len(names), 2), args...)
}

func selectTaken(ctx context.Context, tx *db.Tx, gateway string, b Between, after AttemptID, limit int) ([]Attempt, error) {
	return db.All(ctx, tx, scanAttempt, `
		SELECT `+attemptColumns+` FROM payment_attempts a
		WHERE a.id > $1 AND a.id < $2 AND a.gateway = $3 AND a.captured > 0 AND EXISTS (
			SELECT 1 FROM payment_events e WHERE e.attempt_id = a.id AND e.kind = 'captured' AND e.at >= $4 AND e.at < $5)
		ORDER BY a.id LIMIT $6`, after, id.Floor[AttemptID]("att", b.Until), gateway, db.Micros(b.From), db.Micros(b.Until), limit)
}

// ofStatus are the conditions of the words a list is narrowed to.
var ofStatus = map[string]string{
	"":                   ``,
	"open":               ` AND p.authorized = 0 AND p.voided = 0 AND p.captured = 0 AND EXISTS (SELECT 1 FROM payment_attempts o WHERE o.payment_id = p.id AND o.state IN ('written', 'unknown', 'pending', 'action_required'))`,
	"failed":             ` AND p.authorized = 0 AND p.captured = 0 AND NOT EXISTS (SELECT 1 FROM payment_attempts o WHERE o.payment_id = p.id AND o.state IN ('written', 'unknown', 'pending', 'action_required'))`,
	"authorized":         ` AND p.authorized > 0 AND p.captured = 0`,
	"partially_paid":     ` AND p.captured > 0 AND p.captured < p.amount - p.waived AND p.refunded = 0`,
	"paid":               ` AND p.captured > 0 AND p.captured = p.amount - p.waived AND p.refunded = 0`,
	"partially_refunded": ` AND p.refunded > 0 AND p.refunded < p.captured`,
	"refunded":           ` AND p.refunded > 0 AND p.refunded = p.captured`,
}

// selectListed reads one row more than the page, which tells whether more follow.
func selectListed(ctx context.Context, tx *db.Tx, f Filter) ([]Listed, error) {
	from, until := floors[ID]("pay", f.During)
	if f.After != "" && (until == "" || f.After < until) {
		until = f.After
	}
	return db.All(ctx, tx, func(row db.Row) (l Listed, err error) {
		var c money.Currency
		var created int64
		err = row.Scan(append(l.columns(&c, &created), &l.Gateway, &l.State, &l.Decline, &l.Attempts)...)
		l.currency(c)
		l.CreatedAt = db.Time(created)
		return l, err
	}, `
		SELECT p.id, p.owner_kind, p.owner_id, p.market, p.channel, p.order_id, p.method, p.currency, p.amount - p.waived, p.authorized, p.captured,
			p.refunded, p.voided, p.moving, p.refunding, p.created_at, a.gateway, a.state, a.decline_code,
			(SELECT COUNT(*) FROM payment_attempts n WHERE n.payment_id = p.id)
		FROM payment_payments p
		JOIN payment_attempts a ON a.id = (SELECT MAX(l.id) FROM payment_attempts l WHERE l.payment_id = p.id)
		WHERE p.id >= $1 AND ($2 = '' OR p.id < $2) AND ($3 = '' OR p.method = $3) AND ($4 = '' OR p.market = $4)
			AND ($5 = '' OR p.channel = $5) AND ($6 = '' OR p.order_id = $6) AND ($7 = 0 OR p.amount - p.waived = $7) AND ($11 = '' OR p.currency = $11)
			AND ($8 = '' OR EXISTS (SELECT 1 FROM payment_attempts g WHERE g.payment_id = p.id AND g.gateway = $8))
			AND ($9 = '' OR p.id = $9 OR EXISTS (SELECT 1 FROM payment_attempts t WHERE t.payment_id = p.id AND (t.id = $9 OR t.gateway_id = $9)))`+
		ofStatus[f.Status]+`
		ORDER BY p.id DESC LIMIT $10`,
		from, until, f.Method, f.Market, f.Channel, f.Order, f.Minor, f.Gateway, f.Text, f.Limit+1, f.Currency)
}

func selectSignals(ctx context.Context, tx *db.Tx, id ID) ([]Signal, error) {
	return db.All(ctx, tx, func(row db.Row) (s Signal, err error) {
		var at int64
		err = row.Scan(&at, &s.Attempt, &s.Kind, &s.Amount.Currency, &s.Amount.Minor, &s.State, &s.Detail, &s.Actor)
		s.At = db.Time(at)
		return s, err
	}, `
		SELECT at, attempt_id, kind, currency, amount, state, detail, actor FROM (
			SELECT created_at AS at, id AS attempt_id, 'asked' AS kind, currency, amount, state, gateway AS detail, '' AS actor, 0 AS rank
			FROM payment_attempts WHERE payment_id = $1
			UNION ALL
			SELECT e.at, e.attempt_id, e.kind, e.currency, e.amount, '', e.detail, '', 2
			FROM payment_events e JOIN payment_attempts a ON a.id = e.attempt_id WHERE a.payment_id = $1
			UNION ALL
			SELECT n.received_at, n.attempt_id, 'notice', a.currency, 0, '', n.kind, n.gateway, 1
			FROM payment_notices n JOIN payment_attempts a ON a.id = n.attempt_id WHERE a.payment_id = $1
			UNION ALL
			SELECT m.created_at, m.attempt_id, 'movement_' || m.kind, m.currency, m.amount, m.state, m.reason, m.actor, 1
			FROM payment_movements m WHERE m.payment_id = $1
			UNION ALL
			SELECT f.at, f.attempt_id, 'fee', f.currency, f.amount, '', '', a.gateway, 3
			FROM payment_fees f JOIN payment_attempts a ON a.id = f.attempt_id WHERE a.payment_id = $1
		) s ORDER BY at, rank LIMIT 500`, id)
}

// figureColumns are what figures are grouped by.
var figureColumns = map[string]string{"gateway": "a.gateway", "method": "a.method", "market": "p.market", "channel": "p.channel", "brand": "a.brand"}

func selectFigures(ctx context.Context, tx *db.Tx, column string, during Between) ([]Figure, error) {
	from, until := floors[AttemptID]("att", during)
	return db.All(ctx, tx, func(row db.Row) (f Figure, err error) {
		err = row.Scan(&f.By, &f.Currency, &f.Attempts, &f.Approved, &f.Declined, &f.Open, &f.Captured.Minor, &f.Refunded.Minor,
			&f.Cost.Minor, &f.Known, &f.Priced.Minor, &f.Saved, &f.SavedSum.Minor)
		f.Captured.Currency, f.Refunded.Currency, f.Cost.Currency, f.SavedSum.Currency = f.Currency, f.Currency, f.Currency, f.Currency
		f.Priced.Currency = f.Currency
		return f, err
	}, `
		SELECT s.dimension, s.currency, COUNT(*), SUM(s.approved), SUM(s.declined), SUM(1 - s.approved - s.declined),
			CAST(SUM(s.captured) AS BIGINT), CAST(SUM(s.refunded) AS BIGINT), CAST(SUM(COALESCE(s.cost, 0)) AS BIGINT),
			SUM(CASE WHEN s.cost IS NULL THEN 0 ELSE 1 END), CAST(SUM(CASE WHEN s.cost IS NULL THEN 0 ELSE s.captured END) AS BIGINT), SUM(s.saved), CAST(SUM(s.saved * s.amount) AS BIGINT)
		FROM (
			SELECT `+column+` AS dimension, a.currency, a.amount, a.captured, a.refunded,
				CASE WHEN a.state IN ('authorized', 'captured', 'voided') THEN 1 ELSE 0 END AS approved,
				CASE WHEN a.state IN ('declined', 'abandoned') THEN 1 ELSE 0 END AS declined,
				(SELECT CAST(SUM(f.amount) AS BIGINT) FROM payment_fees f WHERE f.attempt_id = a.id AND f.currency = a.currency) AS cost,
				CASE WHEN a.state IN ('authorized', 'captured') AND EXISTS (
					SELECT 1 FROM payment_attempts b WHERE b.payment_id = a.payment_id AND b.id < a.id AND b.gateway <> a.gateway
						AND b.state IN ('declined', 'abandoned')) THEN 1 ELSE 0 END AS saved
			FROM payment_attempts a JOIN payment_payments p ON p.id = a.payment_id
			WHERE a.id >= $1 AND ($2 = '' OR a.id < $2)
		) s GROUP BY s.dimension, s.currency ORDER BY s.dimension, s.currency LIMIT 500`, from, until)
}

func selectFees(ctx context.Context, tx *db.Tx, payments []string) (map[string]int64, error) {
	args := make([]any, len(payments))
	for i, id := range payments {
		args[i] = id
	}
	fees := map[string]int64{}
	_, err := db.All(ctx, tx, func(row db.Row) (none struct{}, err error) {
		var id string
		var sum int64
		err = row.Scan(&id, &sum)
		fees[id] = sum
		return none, err
	}, `
		SELECT a.payment_id, CAST(SUM(f.amount) AS BIGINT) FROM payment_fees f JOIN payment_attempts a ON a.id = f.attempt_id
		WHERE f.currency = a.currency AND a.payment_id IN `+db.Values(1, len(payments), 1)+` GROUP BY a.payment_id`, args...)
	return fees, err
}
