package wallet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/value/calendar"
	"korzo/value/money"
)

// insertWallet changes nothing and returns 0 when the wallet is open.
func insertWallet(ctx context.Context, tx *db.Tx, customer profile.CustomerID, c money.Currency) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO wallet_wallets (customer, currency, opened_at) VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING`, customer, c, db.Micros(tx.Now))
}

// lockWallet returns db.ErrNoRow for a wallet that was never opened.
func lockWallet(ctx context.Context, tx *db.Tx, customer profile.CustomerID, c money.Currency) error {
	_, err := db.One(ctx, tx, scanInt, `
		SELECT opened_at FROM wallet_wallets WHERE customer = $1 AND currency = $2`+tx.ForUpdate(), customer, c)
	return err
}

func scanInt(row db.Row) (n int64, err error) { return n, row.Scan(&n) }

func selectCurrencies(ctx context.Context, tx *db.Tx, customer profile.CustomerID) ([]money.Currency, error) {
	return db.All(ctx, tx, func(row db.Row) (c money.Currency, err error) { return c, row.Scan(&c) }, `
		SELECT currency FROM wallet_wallets WHERE customer = $1 ORDER BY currency`, customer)
}

const columns = `id, customer, currency, source, granted, remaining, expires_at, revoked_at, ref, actor, reason, created_at`

func scanLot(row db.Row) (l Lot, err error) {
	var expires, revoked, created int64
	err = row.Scan(&l.ID, &l.Customer, &l.Granted.Currency, &l.Source, &l.Granted.Minor, &l.Remaining.Minor, &expires, &revoked,
		&l.Ref, &l.Actor, &l.Reason, &created)
	l.Remaining.Currency = l.Granted.Currency
	l.Expires, l.RevokedAt, l.CreatedAt = db.Time(expires), db.Time(revoked), db.Time(created)
	return l, err
}

// insertLot changes nothing and returns 0 when the key is taken.
func insertLot(ctx context.Context, tx *db.Tx, l Lot, key string) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO wallet_lots (id, grant_key, customer, currency, source, granted, remaining, expires_at, revoked_at, ref, actor, reason, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7, 0, $8, $9, $10, $11)
		ON CONFLICT (grant_key) DO NOTHING`,
		l.ID, key, l.Customer, l.Granted.Currency, l.Source, l.Granted.Minor, db.Micros(l.Expires), l.Ref, l.Actor, l.Reason, db.Micros(tx.Now))
}

func selectLot(ctx context.Context, tx *db.Tx, id LotID) (Lot, error) {
	return db.One(ctx, tx, scanLot, `SELECT `+columns+` FROM wallet_lots WHERE id = $1`, id)
}

func selectByKey(ctx context.Context, tx *db.Tx, key string) (Lot, error) {
	return db.One(ctx, tx, scanLot, `SELECT `+columns+` FROM wallet_lots WHERE grant_key = $1`, key)
}

// selectLive returns what may be spent, what ends soonest first, then the oldest.
func selectLive(ctx context.Context, tx *db.Tx, customer profile.CustomerID, c money.Currency) ([]Lot, error) {
	return db.All(ctx, tx, scanLot, `
		SELECT `+columns+` FROM wallet_lots
		WHERE customer = $1 AND currency = $2 AND remaining > 0 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $3)
		ORDER BY CASE WHEN expires_at = 0 THEN 1 ELSE 0 END, expires_at, created_at, id`,
		customer, c, db.Micros(tx.Now))
}

// selectRemaining returns the lots with something left, spendable or not.
func selectRemaining(ctx context.Context, tx *db.Tx, customer profile.CustomerID, c money.Currency) ([]Lot, error) {
	return db.All(ctx, tx, scanLot, `
		SELECT `+columns+` FROM wallet_lots WHERE customer = $1 AND currency = $2 AND remaining > 0 ORDER BY id`, customer, c)
}

// selectGifts returns the lots that may be revoked and were not, those with nothing left too.
func selectGifts(ctx context.Context, tx *db.Tx, customer profile.CustomerID, c money.Currency) ([]Lot, error) {
	return db.All(ctx, tx, scanLot, `
		SELECT `+columns+` FROM wallet_lots
		WHERE customer = $1 AND currency = $2 AND source <> 'refund' AND revoked_at = 0 ORDER BY id`, customer, c)
}

func selectLots(ctx context.Context, tx *db.Tx, customer profile.CustomerID, c money.Currency, before LotID, limit int) ([]Lot, error) {
	return db.All(ctx, tx, scanLot, `
		SELECT `+columns+` FROM wallet_lots
		WHERE customer = $1 AND currency = $2 AND (CAST($3 AS TEXT) = '' OR id < $3) ORDER BY id DESC LIMIT $4`,
		customer, c, before, limit)
}

func selectEnding(ctx context.Context, tx *db.Tx, from, until time.Time, after LotID, limit int) ([]Lot, error) {
	return db.All(ctx, tx, scanLot, `
		SELECT `+columns+` FROM wallet_lots
		WHERE remaining > 0 AND expires_at > 0 AND expires_at >= $1 AND expires_at < $2 AND revoked_at = 0 AND id > $3
		ORDER BY id LIMIT $4`, db.Micros(from), db.Micros(until), after, limit)
}

// selectEnded returns lots that have ended with something left and were not swept that day.
func selectEnded(ctx context.Context, tx *db.Tx, now time.Time, day calendar.Date, limit int) ([]Lot, error) {
	return db.All(ctx, tx, scanLot, `
		SELECT `+columns+` FROM (
			SELECT `+columns+` FROM wallet_lots WHERE remaining > 0 AND expires_at > 0 AND expires_at <= $1
			UNION
			SELECT `+columns+` FROM wallet_lots WHERE remaining > 0 AND revoked_at > 0
		) AS ended
		WHERE NOT EXISTS (SELECT 1 FROM wallet_sweeps s WHERE s.lot = ended.id AND s.day = $2)
		ORDER BY id LIMIT $3`, db.Micros(now), day.String(), limit)
}

// insertSweep changes nothing and returns 0 when the lot was swept that day.
func insertSweep(ctx context.Context, tx *db.Tx, lot LotID, day calendar.Date) (int64, error) {
	return tx.Exec(ctx, `INSERT INTO wallet_sweeps (lot, day) VALUES ($1, $2) ON CONFLICT DO NOTHING`, lot, day.String())
}

// addRemaining changes nothing and returns 0 when a lot would have less than
// nothing or more than was granted.
func addRemaining(ctx context.Context, tx *db.Tx, lot LotID, n int64) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE wallet_lots SET remaining = remaining + $2
		WHERE id = $1 AND remaining + $2 BETWEEN 0 AND granted`, lot, n)
}

// prolong gives a lot that has expired until then; others stay as they are.
func prolong(ctx context.Context, tx *db.Tx, lot LotID, until time.Time) error {
	_, err := tx.Exec(ctx, `
		UPDATE wallet_lots SET expires_at = $2
		WHERE id = $1 AND expires_at > 0 AND expires_at <= $3`, lot, db.Micros(until), db.Micros(tx.Now))
	return err
}

// updateRevoked changes nothing and returns 0 when the lot was revoked before.
func updateRevoked(ctx context.Context, tx *db.Tx, lot LotID) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE wallet_lots SET revoked_at = $2 WHERE id = $1 AND revoked_at = 0 AND source <> 'refund'`,
		lot, db.Micros(tx.Now))
}

// moveRows gives one customer's lots and holds in a currency to another.
func moveRows(ctx context.Context, tx *db.Tx, from, to profile.CustomerID, c money.Currency) error {
	if _, err := tx.Exec(ctx, `UPDATE wallet_lots SET customer = $2 WHERE customer = $1 AND currency = $3`, from, to, c); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE wallet_holds SET customer = $2 WHERE customer = $1 AND currency = $3`, from, to, c)
	return err
}

func insertEntries(ctx context.Context, tx *db.Tx, customer profile.CustomerID, c money.Currency, entries []entry) error {
	const width = 10
	args := make([]any, 0, width*len(entries))
	for _, e := range entries {
		args = append(args, customer, c, e.lot, e.kind, e.amount, e.hold, e.ref, e.by.Actor, e.by.Reason, db.Micros(tx.Now))
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO wallet_entries (customer, currency, lot, kind, amount, hold, ref, actor, reason, at)
		VALUES `+db.Values(len(entries), width, 1), args...)
	return err
}

// insertHold changes nothing and returns 0 when holder has a hold that is not released.
func insertHold(ctx context.Context, tx *db.Tx, h holdRow, holder string) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO wallet_holds (id, holder, customer, currency, amount, refunded, state, order_id, created_at, updated_at, worth_in, worth)
		VALUES ($1, $2, $3, $4, $5, 0, 'held', '', $6, $6, $7, $8)
		ON CONFLICT (holder) WHERE state <> 'released' DO NOTHING`,
		h.id, holder, h.customer, h.amount.Currency, h.amount.Minor, db.Micros(tx.Now), h.worth.Currency, h.worth.Minor)
}

const holdColumns = `id, customer, currency, amount, refunded, state, order_id, TRIM(worth_in), worth, worth_back`

func scanHold(row db.Row) (h holdRow, err error) {
	return h, row.Scan(&h.id, &h.customer, &h.amount.Currency, &h.amount.Minor, &h.refunded, &h.state, &h.order, &h.worth.Currency, &h.worth.Minor, &h.worthBack)
}

// selectHold returns a holder's live hold, else one that was released.
func selectHold(ctx context.Context, tx *db.Tx, holder string) (holdRow, error) {
	return db.One(ctx, tx, scanHold, `
		SELECT `+holdColumns+` FROM wallet_holds WHERE holder = $1
		ORDER BY CASE WHEN state = 'released' THEN 1 ELSE 0 END, id DESC LIMIT 1`, holder)
}

// lockPayers locks the wallets of what paid for an order.
func lockPayers(ctx context.Context, tx *db.Tx, order string) error {
	_, err := db.All(ctx, tx, scanInt, `
		SELECT opened_at FROM wallet_wallets
		WHERE (customer, currency) IN (SELECT customer, currency FROM wallet_holds WHERE order_id = $1)
		ORDER BY customer, currency`+tx.ForUpdate(), order)
	return err
}

// selectPaid returns what paid for an order, the last one first.
func selectPaid(ctx context.Context, tx *db.Tx, order string) ([]holdRow, error) {
	return db.All(ctx, tx, scanHold, `
		SELECT `+holdColumns+` FROM wallet_holds WHERE order_id = $1 ORDER BY id DESC`, order)
}

// updateHold changes nothing and returns 0 when the hold is not open.
func updateHold(ctx context.Context, tx *db.Tx, id HoldID, state, order string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE wallet_holds SET state = $2, order_id = $3, updated_at = $4
		WHERE id = $1 AND state = 'held'`, id, state, order, db.Micros(tx.Now))
}

// addRefunded changes nothing and returns 0 when a hold would get back more than it paid.
func addRefunded(ctx context.Context, tx *db.Tx, id HoldID, n, worth int64) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE wallet_holds SET refunded = refunded + $2, worth_back = worth_back + $4, updated_at = $3
		WHERE id = $1 AND state = 'claimed' AND refunded + $2 <= amount AND worth_back + $4 <= worth`, id, n, db.Micros(tx.Now), worth)
}

// selectTaken returns what a hold has of each lot now, positive, in the order
// it was taken.
func selectTaken(ctx context.Context, tx *db.Tx, id HoldID) ([]entry, error) {
	return db.All(ctx, tx, func(row db.Row) (e entry, err error) {
		e.hold = id
		return e, row.Scan(&e.lot, &e.amount)
	}, `
		SELECT lot, CAST(-SUM(amount) AS BIGINT) FROM wallet_entries
		WHERE hold = $1 AND hold <> '' GROUP BY lot ORDER BY MIN(seq)`, id)
}

// insertRefund returns db.ErrUnique when another order's refund took the key meanwhile.
func insertRefund(ctx context.Context, tx *db.Tx, key, order string, a money.Amount) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO wallet_refunds (refund_key, order_id, currency, amount, at) VALUES ($1, $2, $3, $4, $5)`,
		key, order, a.Currency, a.Minor, db.Micros(tx.Now))
	return err
}

// selectRefund reports whether there was a refund under key, and whether it was this one.
func selectRefund(ctx context.Context, tx *db.Tx, key, order string, a money.Amount) (before, same bool, err error) {
	return found(db.One(ctx, tx, scanInt, `
		SELECT CASE WHEN order_id = $2 AND currency = $3 AND amount = $4 THEN 2 ELSE 1 END
		FROM wallet_refunds WHERE refund_key = $1`,
		key, order, a.Currency, a.Minor))
}

// found reads 2 as the same as before, 1 as something else, and no row as nothing.
func found(n int64, err error) (before, same bool, _ error) {
	if errors.Is(err, db.ErrNoRow) {
		return false, false, nil
	}
	return n > 0, n == 2, err
}

// selectTender returns the zero Tender when store credit paid nothing.
func selectTender(ctx context.Context, tx *db.Tx, order string) (Tender, error) {
	t, err := db.One(ctx, tx, func(row db.Row) (t Tender, err error) {
		err = row.Scan(&t.Paid.Currency, &t.Paid.Minor, &t.Refunded.Minor)
		t.Refunded.Currency = t.Paid.Currency
		return t, err
	}, `
		SELECT currency, CAST(SUM(amount) AS BIGINT), CAST(SUM(refunded) AS BIGINT)
		FROM wallet_holds WHERE order_id = $1 AND order_id <> '' AND currency <> $2 GROUP BY currency`, order, Points)
	if errors.Is(err, db.ErrNoRow) {
		return Tender{}, nil
	}
	return t, err
}

// selectBalances returns the balance in points, or those of money.
func selectBalances(ctx context.Context, tx *db.Tx, customer profile.CustomerID, points bool) ([]Balance, error) {
	return db.All(ctx, tx, func(row db.Row) (b Balance, err error) {
		var next int64
		err = row.Scan(&b.Available.Currency, &b.Available.Minor, &b.Held.Minor, &next)
		b.Held.Currency, b.Next = b.Available.Currency, db.Time(next)
		return b, err
	}, `
		SELECT w.currency, (
				SELECT CAST(COALESCE(SUM(l.remaining), 0) AS BIGINT) FROM wallet_lots l
				WHERE l.customer = w.customer AND l.currency = w.currency AND l.remaining > 0
					AND l.revoked_at = 0 AND (l.expires_at = 0 OR l.expires_at > $2)), (
				SELECT CAST(COALESCE(SUM(h.amount), 0) AS BIGINT) FROM wallet_holds h
				WHERE h.customer = w.customer AND h.currency = w.currency AND h.state = 'held'), (
				SELECT COALESCE(MIN(l.expires_at), 0) FROM wallet_lots l
				WHERE l.customer = w.customer AND l.currency = w.currency AND l.remaining > 0
					AND l.revoked_at = 0 AND l.expires_at > $2)
		FROM wallet_wallets w WHERE w.customer = $1 AND CASE WHEN w.currency = $3 THEN 1 ELSE 0 END = $4 ORDER BY w.currency`,
		customer, db.Micros(tx.Now), Points, points)
}

// selectOwed returns what customers cannot be deprived of: refunds, and what is held.
func selectOwed(ctx context.Context, tx *db.Tx, customer profile.CustomerID) ([]money.Amount, error) {
	return db.All(ctx, tx, func(row db.Row) (a money.Amount, err error) {
		return a, row.Scan(&a.Currency, &a.Minor)
	}, `
		SELECT currency, CAST(SUM(remaining) AS BIGINT) FROM wallet_lots
		WHERE customer = $1 AND remaining > 0 AND source = 'refund' GROUP BY currency ORDER BY currency`, customer)
}

// selectHistory leaves out what was held and released again.
func selectHistory(ctx context.Context, tx *db.Tx, customer profile.CustomerID, c money.Currency, before int64, limit int) ([]Change, error) {
	return db.All(ctx, tx, func(row db.Row) (x Change, err error) {
		var at int64
		err = row.Scan(&x.Seq, &x.Kind, &x.Amount.Minor, &x.Lot, &x.Source, &x.Ref, &x.Actor, &x.Reason, &at)
		x.Amount.Currency, x.At = c, db.Time(at)
		return x, err
	}, `
		SELECT e.seq, CASE WHEN e.kind = 'held' AND h.state = 'claimed' THEN 'spent' ELSE e.kind END, e.amount, e.lot, l.source,
			CASE WHEN e.kind = 'held' AND h.state = 'claimed' THEN h.order_id ELSE e.ref END, e.actor, e.reason, e.at
		FROM wallet_entries e JOIN wallet_lots l ON l.id = e.lot LEFT JOIN wallet_holds h ON h.id = e.hold
		WHERE e.customer = $1 AND e.currency = $2 AND (CAST($3 AS BIGINT) = 0 OR e.seq < $3) AND COALESCE(h.state, '') <> 'released'
		ORDER BY e.seq DESC LIMIT $4`, customer, c, before, limit)
}

// auditRow is a wallet with what its lots and open holds add up to.
type auditRow struct {
	customer        profile.CustomerID
	currency        money.Currency
	remaining, held int64
}

func selectAudit(ctx context.Context, tx *db.Tx, after auditRow, limit int) ([]auditRow, error) {
	return db.All(ctx, tx, func(row db.Row) (r auditRow, err error) {
		return r, row.Scan(&r.customer, &r.currency, &r.remaining, &r.held)
	}, `
		SELECT w.customer, w.currency, (
				SELECT CAST(COALESCE(SUM(l.remaining), 0) AS BIGINT) FROM wallet_lots l
				WHERE l.customer = w.customer AND l.currency = w.currency), (
				SELECT CAST(COALESCE(SUM(h.amount), 0) AS BIGINT) FROM wallet_holds h
				WHERE h.customer = w.customer AND h.currency = w.currency AND h.state = 'held')
		FROM wallet_wallets w WHERE (w.customer, w.currency) > ($1, $2)
		ORDER BY w.customer, w.currency LIMIT $3`, after.customer, after.currency, limit)
}

func scanText(row db.Row) (s string, err error) { return s, row.Scan(&s) }

// selectWrongLots finds lots whose entries do not sum to what remains.
func selectWrongLots(ctx context.Context, tx *db.Tx, limit int) (wrong []string, err error) {
	ids, err := db.All(ctx, tx, scanText, `
		SELECT l.id FROM wallet_lots l WHERE l.remaining <> (
			SELECT COALESCE(SUM(e.amount), 0) FROM wallet_entries e WHERE e.lot = l.id)
		ORDER BY l.id LIMIT $1`, limit)
	for _, id := range ids {
		wrong = append(wrong, fmt.Sprintf("credit %s does not have what its entries sum to", id))
	}
	return wrong, err
}

// selectWrongHolds finds holds whose entries are not what they hold, and
// orders whose refunds are not what their holds got back.
func selectWrongHolds(ctx context.Context, tx *db.Tx, limit int) (wrong []string, err error) {
	ids, err := db.All(ctx, tx, scanText, `
		SELECT h.id FROM wallet_holds h WHERE -(
				SELECT COALESCE(SUM(e.amount), 0) FROM wallet_entries e WHERE e.hold = h.id AND e.hold <> ''
			) <> CASE WHEN h.state = 'released' THEN 0 ELSE h.amount - h.refunded END
		UNION
		SELECT h.id FROM wallet_holds h WHERE h.order_id <> '' AND (
				SELECT COALESCE(SUM(r.amount), 0) FROM wallet_refunds r WHERE r.order_id = h.order_id
			) <> (SELECT SUM(g.refunded) FROM wallet_holds g WHERE g.order_id = h.order_id AND g.currency <> $2) AND h.currency <> $2
		ORDER BY 1 LIMIT $1`, limit, Points)
	for _, id := range ids {
		wrong = append(wrong, fmt.Sprintf("hold %s of store credit does not agree with its entries and refunds", id))
	}
	return wrong, err
}

// selectWrongPoints finds orders whose points and their worth did not come back
// as their refunds say.
func selectWrongPoints(ctx context.Context, tx *db.Tx, limit int) (wrong []string, err error) {
	ids, err := db.All(ctx, tx, scanText, `
		SELECT h.order_id FROM wallet_holds h WHERE h.currency = $2 AND h.order_id <> '' GROUP BY h.order_id
		HAVING SUM(h.refunded) <> (SELECT COALESCE(SUM(r.amount), 0) FROM wallet_points_refunds r WHERE r.order_id = h.order_id)
			OR SUM(h.worth_back) <> (SELECT COALESCE(SUM(r.worth), 0) FROM wallet_points_refunds r WHERE r.order_id = h.order_id)
		ORDER BY 1 LIMIT $1`, limit, Points)
	for _, id := range ids {
		wrong = append(wrong, fmt.Sprintf("the points that paid for order %s do not agree with what came back", id))
	}
	return wrong, err
}

// selectPointsTender returns the zero PointsTender when points paid nothing.
func selectPointsTender(ctx context.Context, tx *db.Tx, order string) (PointsTender, error) {
	t, err := db.One(ctx, tx, func(row db.Row) (t PointsTender, err error) {
		err = row.Scan(&t.Paid.Currency, &t.Paid.Minor, &t.Refunded.Minor, &t.Spent, &t.Back)
		t.Refunded.Currency = t.Paid.Currency
		return t, err
	}, `
		SELECT worth_in, CAST(SUM(worth) AS BIGINT), CAST(SUM(worth_back) AS BIGINT), CAST(SUM(amount) AS BIGINT), CAST(SUM(refunded) AS BIGINT)
		FROM wallet_holds WHERE order_id = $1 AND order_id <> '' AND currency = $2 GROUP BY worth_in`, order, Points)
	if errors.Is(err, db.ErrNoRow) {
		return PointsTender{}, nil
	}
	return t, err
}

// insertPointsRefund returns db.ErrUnique when another order's refund took the key meanwhile.
func insertPointsRefund(ctx context.Context, tx *db.Tx, key, order string, worth money.Amount, points int64) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO wallet_points_refunds (refund_key, order_id, currency, worth, amount, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		key, order, worth.Currency, worth.Minor, points, db.Micros(tx.Now))
	return err
}

// selectPointsRefund reports whether there was a refund under key, and whether it was this one.
func selectPointsRefund(ctx context.Context, tx *db.Tx, key, order string, worth money.Amount) (before, same bool, err error) {
	return found(db.One(ctx, tx, scanInt, `
		SELECT CASE WHEN order_id = $2 AND currency = $3 AND worth = $4 THEN 2 ELSE 1 END
		FROM wallet_points_refunds WHERE refund_key = $1`,
		key, order, worth.Currency, worth.Minor))
}

// insertTake changes nothing and returns 0 when the key is taken.
func insertTake(ctx context.Context, tx *db.Tx, key string, customer profile.CustomerID, a money.Amount) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO wallet_takes (take_key, customer, amount, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, key, customer, a.Minor, db.Micros(tx.Now))
}

// isTake reports whether what was taken under key was this.
func isTake(ctx context.Context, tx *db.Tx, key string, customer profile.CustomerID, a money.Amount) (bool, error) {
	_, same, err := found(db.One(ctx, tx, scanInt, `
		SELECT CASE WHEN customer = $2 AND amount = $3 THEN 2 ELSE 1 END FROM wallet_takes WHERE take_key = $1`, key, customer, a.Minor))
	return same, err
}

func selectWorths(ctx context.Context, tx *db.Tx) ([]Worth, error) {
	return db.All(ctx, tx, func(row db.Row) (w Worth, err error) {
		return w, row.Scan(&w.Amount.Currency, &w.Points, &w.Amount.Minor, &w.Least, &w.Share)
	}, `SELECT currency, points, minor, least, share FROM wallet_worths`)
}

func upsertWorth(ctx context.Context, tx *db.Tx, w Worth) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO wallet_worths (currency, points, minor, least, share, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (currency) DO UPDATE SET points = $2, minor = $3, least = $4, share = $5, updated_at = $6`,
		w.Amount.Currency, w.Points, w.Amount.Minor, w.Least, w.Share, db.Micros(tx.Now))
	return err
}

func deleteWorth(ctx context.Context, tx *db.Tx, c money.Currency) error {
	_, err := tx.Exec(ctx, `DELETE FROM wallet_worths WHERE currency = $1`, c)
	return err
}
