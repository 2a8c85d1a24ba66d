package amend

import (
	"context"
	"encoding/json"
	"time"

	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/value/money"
)

const columns = `id, order_id, key, kind, state, currency, goods, shipping, goodwill, to_cards, to_credit, to_payment, restock, reason, actor, approver,
	failure, created_at, added, to_pay, plan, contact, link, payee, to_points, waived`

func scan(row db.Row) (a Amendment, err error) {
	var c money.Currency
	var restock, created int64
	var plan string
	err = row.Scan(&a.ID, &a.Order, &a.Key, &a.Kind, &a.State, &c, &a.Goods.Minor, &a.Shipping.Minor, &a.Goodwill.Minor, &a.ToCards.Minor, &a.ToCredit.Minor, &a.ToPayment.Minor,
		&restock, &a.Reason, &a.Actor, &a.Approver, &a.Failure, &created,
		&a.Added.Minor, &a.ToPay.Minor, &plan, &a.Contact, &a.Link, &a.Payee, &a.ToPoints.Minor, &a.Waived.Minor)
	a.ToCredit.Minor -= a.ToPoints.Minor
	for _, m := range []*money.Amount{&a.Added, &a.ToPay, &a.Goods, &a.Shipping, &a.Goodwill, &a.ToCards, &a.ToPoints, &a.ToCredit, &a.ToPayment, &a.Waived} {
		m.Currency = c
	}
	a.ToPayment.Minor -= a.Waived.Minor
	a.Restock, a.CreatedAt = restock == 1, db.Time(created)
	if err == nil && plan != "" {
		err = json.Unmarshal([]byte(plan), &a.Addition)
	}
	return a, err
}

func insertAmendment(ctx context.Context, tx *db.Tx, a Amendment) error {
	restock := 0
	if a.Restock {
		restock = 1
	}
	var plan []byte
	if a.Kind == KindEdit {
		var err error
		if plan, err = json.Marshal(a.Addition); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO amend_amendments (`+columns+`, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, '', '', $16, $17, $18, $19, $20, $21, $22, $23, $24, $16)`,
		a.ID, a.Order, a.Key, a.Kind, a.State, a.Goods.Currency, a.Goods.Minor, a.Shipping.Minor, a.Goodwill.Minor, a.ToCards.Minor, a.ToCredit.Plus(a.ToPoints).Minor, a.ToPayment.Minor+a.Waived.Minor,
		restock, a.Reason, a.Actor, db.Micros(a.CreatedAt), a.Added.Minor, a.ToPay.Minor, string(plan), a.Contact, a.Link, a.Payee, a.ToPoints.Minor, a.Waived.Minor); err != nil || len(a.Lines) == 0 {
		return err
	}
	var args []any
	for _, l := range a.Lines {
		args = append(args, a.ID, l.Line, l.Units, l.Amount.Minor)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO amend_lines (amendment_id, line_id, units, amount) VALUES `+db.Values(len(a.Lines), 4, 1), args...)
	return err
}

func selectAmendment(ctx context.Context, tx *db.Tx, id ID) (Amendment, error) {
	return db.One(ctx, tx, scan, `SELECT `+columns+` FROM amend_amendments WHERE id = $1`, id)
}

func selectByKey(ctx context.Context, tx *db.Tx, of order.ID, key string) (Amendment, error) {
	return db.One(ctx, tx, scan, `SELECT `+columns+` FROM amend_amendments WHERE order_id = $1 AND key = $2`, of, key)
}

func selectOfOrder(ctx context.Context, tx *db.Tx, of order.ID) ([]Amendment, error) {
	return db.All(ctx, tx, scan, `SELECT `+columns+` FROM amend_amendments WHERE order_id = $1 ORDER BY id LIMIT 100`, of)
}

func selectLines(ctx context.Context, tx *db.Tx, a Amendment) ([]Line, error) {
	return db.All(ctx, tx, func(row db.Row) (l Line, err error) {
		l.Amount.Currency = a.Goods.Currency
		return l, row.Scan(&l.Line, &l.Units, &l.Amount.Minor)
	}, `SELECT line_id, units, amount FROM amend_lines WHERE amendment_id = $1 ORDER BY line_id`, a.ID)
}

// selectUnits returns how many units of each line of an order are given back
// for already, or claimed.
func selectUnits(ctx context.Context, tx *db.Tx, of order.ID) (map[order.LineID]int64, error) {
	units := map[order.LineID]int64{}
	_, err := db.All(ctx, tx, func(row db.Row) (struct{}, error) {
		var line order.LineID
		var n int64
		err := row.Scan(&line, &n)
		units[line] = n
		return struct{}{}, err
	}, `
		SELECT l.line_id, CAST(SUM(l.units) AS BIGINT) FROM amend_lines l JOIN amend_amendments a ON a.id = l.amendment_id
		WHERE a.order_id = $1 AND a.state IN ('proposed', 'approved', 'done', 'awaiting') GROUP BY l.line_id`, of)
	return units, err
}

// selectClaimed sums what the order's amendments have claimed of each tender
// and not moved yet, and all the shipping they gave back.
func selectClaimed(ctx context.Context, tx *db.Tx, of order.ID, c money.Currency) (rest, error) {
	return db.One(ctx, tx, func(row db.Row) (r rest, err error) {
		r.cards.Currency, r.points.Currency, r.credit.Currency, r.taken.Currency, r.promised.Currency, r.shipping.Currency = c, c, c, c, c, c
		return r, row.Scan(&r.cards.Minor, &r.points.Minor, &r.credit.Minor, &r.taken.Minor, &r.promised.Minor, &r.shipping.Minor)
	}, `
		SELECT CAST(COALESCE(SUM(CASE WHEN state = 'proposed' THEN to_cards ELSE 0 END), 0) AS BIGINT),
			CAST(COALESCE(SUM(CASE WHEN state = 'proposed' THEN to_points ELSE 0 END), 0) AS BIGINT),
			CAST(COALESCE(SUM(CASE WHEN state = 'proposed' THEN to_credit - to_points ELSE 0 END), 0) AS BIGINT),
			CAST(COALESCE(SUM(CASE WHEN state IN ('proposed', 'approved') THEN to_payment - waived ELSE 0 END), 0) AS BIGINT),
			CAST(COALESCE(SUM(CASE WHEN state = 'proposed' THEN waived ELSE 0 END), 0) AS BIGINT),
			CAST(COALESCE(SUM(CASE WHEN state IN ('proposed', 'approved', 'done', 'awaiting') THEN shipping ELSE 0 END), 0) AS BIGINT)
		FROM amend_amendments WHERE order_id = $1`, of)
}

// updateState changes nothing and returns 0 when the amendment has left from.
func updateState(ctx context.Context, tx *db.Tx, id ID, from, to State, approver, failure string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE amend_amendments SET state = $1, approver = CASE WHEN $2 = '' THEN approver ELSE $2 END, failure = $3, updated_at = $4
		WHERE id = $5 AND state = $6 AND actor <> $2`, to, approver, failure, db.Micros(tx.Now), id, from)
}

// updateWaived says how much was not asked for in the end; the rest of it goes back.
func updateWaived(ctx context.Context, tx *db.Tx, id ID, waived money.Amount) error {
	_, err := tx.Exec(ctx, `UPDATE amend_amendments SET waived = $1 WHERE id = $2`, waived.Minor, id)
	return err
}

// leaseOpen takes up approved amendments that nobody has touched since.
func leaseOpen(ctx context.Context, tx *db.Tx, since time.Time, limit int) ([]ID, error) {
	return db.All(ctx, tx, func(row db.Row) (id ID, err error) { return id, row.Scan(&id) }, `
		UPDATE amend_amendments SET updated_at = $1 WHERE id IN (
			SELECT id FROM amend_amendments WHERE state = 'approved' AND updated_at <= $2 ORDER BY updated_at LIMIT $3`+tx.SkipLocked()+`)
		RETURNING id`, db.Micros(tx.Now), db.Micros(since), limit)
}

// selectEditedShipping sums what edits of an order gave back of its delivery.
func selectEditedShipping(ctx context.Context, tx *db.Tx, of order.ID) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `
		SELECT CAST(COALESCE(SUM(shipping), 0) AS BIGINT) FROM amend_amendments
		WHERE order_id = $1 AND kind = 'edit' AND state IN ('proposed', 'approved', 'done', 'awaiting')`, of)
}

// selectAwaiting returns an order's edits that wait for money.
func selectAwaiting(ctx context.Context, tx *db.Tx, of order.ID) ([]Amendment, error) {
	all, err := db.All(ctx, tx, scan, `SELECT `+columns+` FROM amend_amendments WHERE order_id = $1 AND state = 'awaiting' ORDER BY id LIMIT 100`, of)
	for i := range all {
		if err == nil {
			all[i].Lines, err = selectLines(ctx, tx, all[i])
		}
	}
	return all, err
}

// selectWaiting names edits that wait for money, the oldest first.
func selectWaiting(ctx context.Context, tx *db.Tx, limit int) ([]ID, error) {
	return db.All(ctx, tx, func(row db.Row) (id ID, err error) { return id, row.Scan(&id) }, `
		SELECT id FROM amend_amendments WHERE state = 'awaiting' ORDER BY updated_at LIMIT $1`, limit)
}

func selectLimits(ctx context.Context, tx *db.Tx) ([]money.Amount, error) {
	return db.All(ctx, tx, func(row db.Row) (a money.Amount, err error) {
		return a, row.Scan(&a.Currency, &a.Minor)
	}, `SELECT currency, most FROM amend_limits ORDER BY currency`)
}

func upsertLimit(ctx context.Context, tx *db.Tx, most money.Amount) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO amend_limits (currency, most) VALUES ($1, $2)
		ON CONFLICT (currency) DO UPDATE SET most = excluded.most`, most.Currency, most.Minor)
	return err
}
