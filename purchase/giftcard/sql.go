package giftcard

import (
	"context"
	"errors"
	"time"

	"korzo/customer/profile"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/value/money"
)

const columns = `id, market, currency, state, last4, voucher, source, ref, initial, broken, expires_at, created_at`

func scanCard(row db.Row) (c Card, err error) {
	var expires, created int64
	err = row.Scan(&c.ID, &c.Market, &c.Currency, &c.State, &c.Last4, &c.Voucher, &c.Source, &c.Ref,
		&c.Initial.Minor, &c.Broken.Minor, &expires, &created)
	c.Expires, c.CreatedAt = db.Time(expires), db.Time(created)
	for _, a := range []*money.Amount{&c.Initial, &c.Balance, &c.Held, &c.Broken} {
		a.Currency = c.Currency
	}
	return c, err
}

// insertCard changes nothing and returns 0 when the key or the code is taken.
func insertCard(ctx context.Context, tx *db.Tx, c Card, key, hash string) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO giftcard_cards (id, issue_key, market, currency, code_hash, last4, state, voucher, source, ref,
			initial, broken, expires_at, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $13)
		ON CONFLICT DO NOTHING`,
		c.ID, key, c.Market, c.Currency, hash, c.Last4, c.State, c.Voucher, c.Source, c.Ref,
		c.Initial.Minor, db.Micros(c.Expires), db.Micros(tx.Now))
}

func selectCard(ctx context.Context, tx *db.Tx, id ID, lock string) (Card, error) {
	return db.One(ctx, tx, scanCard, `SELECT `+columns+` FROM giftcard_cards WHERE id = $1`+lock, id)
}

func selectByKey(ctx context.Context, tx *db.Tx, key string) (Card, error) {
	return db.One(ctx, tx, scanCard, `SELECT `+columns+` FROM giftcard_cards WHERE issue_key = $1`, key)
}

func selectByHash(ctx context.Context, tx *db.Tx, hash string) (Card, error) {
	return db.One(ctx, tx, scanCard, `SELECT `+columns+` FROM giftcard_cards WHERE code_hash = $1`, hash)
}

// selectCards returns one card more than the page holds when there are more.
func selectCards(ctx context.Context, tx *db.Tx, f Filter) ([]Card, error) {
	return db.All(ctx, tx, scanCard, `
		SELECT `+columns+` FROM giftcard_cards
		WHERE id > $1 AND (CAST($2 AS TEXT) = '' OR state = $2) AND (CAST($3 AS TEXT) = '' OR last4 = $3)
			AND (CAST($4 AS TEXT) = '' OR ref = $4)
		ORDER BY id LIMIT $5`,
		f.After, f.State, f.Last4, f.Ref, f.Limit+1)
}

func selectBoughtIn(ctx context.Context, tx *db.Tx, orders []string) ([]Card, error) {
	in, args := catalog.OneOf(1, orders)
	return db.All(ctx, tx, scanCard, `
		SELECT `+columns+` FROM giftcard_cards
		WHERE ref IN (`+in+`) AND source = 'purchase' ORDER BY id DESC LIMIT 100`, args...)
}

func anyOf(ids []ID) []any {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return args
}

// lockCards locks cards in order of id; ids is not empty.
func lockCards(ctx context.Context, tx *db.Tx, ids []ID) ([]Card, error) {
	return db.All(ctx, tx, scanCard, `
		SELECT `+columns+` FROM giftcard_cards WHERE id IN `+db.Values(1, len(ids), 1)+`
		ORDER BY id`+tx.ForUpdate(), anyOf(ids)...)
}

// lockDue locks cards whose time has passed.
func lockDue(ctx context.Context, tx *db.Tx, now time.Time, limit int) ([]Card, error) {
	return db.All(ctx, tx, scanCard, `
		SELECT `+columns+` FROM giftcard_cards c
		WHERE expires_at > 0 AND expires_at <= $1 AND state IN ('active', 'blocked') AND NOT EXISTS (
			SELECT 1 FROM giftcard_parts p JOIN giftcard_holds h ON h.id = p.hold
			WHERE p.card = c.id AND h.state = 'held')
		ORDER BY id LIMIT $2`+tx.ForUpdate(), db.Micros(now), limit)
}

// updateState changes nothing and returns 0 when the card is not in from any more.
func updateState(ctx context.Context, tx *db.Tx, id ID, from, to State, expires time.Time, broken int64) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE giftcard_cards SET state = $3, expires_at = $4, broken = $5, updated_at = $6
		WHERE id = $1 AND state = $2`,
		id, from, to, db.Micros(expires), broken, db.Micros(tx.Now))
}

// updateCode changes nothing and returns 0 for a card that has ended.
func updateCode(ctx context.Context, tx *db.Tx, id ID, hash, last4 string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE giftcard_cards SET code_hash = $2, last4 = $3, updated_at = $4
		WHERE id = $1 AND state IN ('active', 'blocked')`,
		id, hash, last4, db.Micros(tx.Now))
}

func insertMove(ctx context.Context, tx *db.Tx, id ID, what string, by By) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO giftcard_moves (card, what, actor, reason, at) VALUES ($1, $2, $3, $4, $5)`,
		id, what, by.Actor, by.Reason, db.Micros(tx.Now))
	return err
}

func selectMoves(ctx context.Context, tx *db.Tx, id ID) ([]Move, error) {
	return db.All(ctx, tx, func(row db.Row) (m Move, err error) {
		var at int64
		err = row.Scan(&m.What, &m.Actor, &m.Reason, &at)
		m.At = db.Time(at)
		return m, err
	}, `SELECT what, actor, reason, at FROM giftcard_moves WHERE card = $1 ORDER BY seq LIMIT 1000`, id)
}

func scanInt(row db.Row) (n int64, err error) { return n, row.Scan(&n) }

func countMoves(ctx context.Context, tx *db.Tx, id ID) (int64, error) {
	return db.One(ctx, tx, scanInt, `SELECT COUNT(*) FROM giftcard_moves WHERE card = $1`, id)
}

// insertHold changes nothing and returns 0 when holder has a hold that is not released.
func insertHold(ctx context.Context, tx *db.Tx, h holding, holder string) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO giftcard_holds (id, holder, currency, state, order_id, created_at, updated_at)
		VALUES ($1, $2, $3, 'held', '', $4, $4)
		ON CONFLICT (holder) WHERE state <> 'released' DO NOTHING`,
		h.id, holder, h.currency, db.Micros(tx.Now))
}

func insertParts(ctx context.Context, tx *db.Tx, hold HoldID, parts []Part) error {
	const width = 5
	args := make([]any, 0, width*len(parts))
	for i, p := range parts {
		args = append(args, hold, i, p.Card, p.Amount.Minor, 0)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO giftcard_parts (hold, place, card, amount, refunded)
		VALUES `+db.Values(len(parts), width, 1), args...)
	return err
}

// partRow is a part with its hold, or a part of a refund.
type partRow struct {
	hold             HoldID
	state, order     string
	currency         money.Currency
	card             ID
	amount, refunded int64
}

func scanPart(row db.Row) (r partRow, err error) {
	return r, row.Scan(&r.hold, &r.state, &r.order, &r.currency, &r.card, &r.amount, &r.refunded)
}

const partColumns = `
	SELECT h.id, h.state, h.order_id, h.currency, p.card, p.amount, p.refunded
	FROM giftcard_holds h JOIN giftcard_parts p ON p.hold = h.id`

// selectHold returns a holder's live hold first, else one that was released.
func selectHold(ctx context.Context, tx *db.Tx, holder, lock string) ([]partRow, error) {
	return db.All(ctx, tx, scanPart, partColumns+`
		WHERE h.holder = $1
		ORDER BY CASE WHEN h.state = 'released' THEN 1 ELSE 0 END, h.id DESC, p.place LIMIT $2`+lock,
		holder, MaxCards)
}

// lockPaid locks what an order was paid with, in the order it was taken.
func lockPaid(ctx context.Context, tx *db.Tx, order string) ([]partRow, error) {
	return db.All(ctx, tx, scanPart, partColumns+`
		WHERE h.order_id = $1 ORDER BY h.id, p.place`+tx.ForUpdate(), order)
}

// updateHold changes nothing and returns 0 when the hold is not open.
func updateHold(ctx context.Context, tx *db.Tx, id HoldID, state, order string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE giftcard_holds SET state = $2, order_id = $3, updated_at = $4
		WHERE id = $1 AND state = 'held'`,
		id, state, order, db.Micros(tx.Now))
}

// selectHeldCards returns which of ids have an open hold; ids is not empty.
func selectHeldCards(ctx context.Context, tx *db.Tx, ids []ID) ([]ID, error) {
	return db.All(ctx, tx, func(row db.Row) (id ID, err error) { return id, row.Scan(&id) }, `
		SELECT DISTINCT p.card FROM giftcard_parts p JOIN giftcard_holds h ON h.id = p.hold
		WHERE h.state = 'held' AND p.card IN `+db.Values(1, len(ids), 1), anyOf(ids)...)
}

// selectTender returns the zero Tender when no card paid for the order.
func selectTender(ctx context.Context, tx *db.Tx, order string) (Tender, error) {
	t, err := db.One(ctx, tx, func(row db.Row) (t Tender, err error) {
		err = row.Scan(&t.Paid.Currency, &t.Paid.Minor, &t.Refunded.Minor)
		t.Refunded.Currency = t.Paid.Currency
		return t, err
	}, `
		SELECT h.currency, CAST(SUM(p.amount) AS BIGINT), CAST(SUM(p.refunded) AS BIGINT)
		FROM giftcard_holds h JOIN giftcard_parts p ON p.hold = h.id
		WHERE h.order_id = $1 AND h.order_id <> '' GROUP BY h.currency`, order)
	if errors.Is(err, db.ErrNoRow) {
		return Tender{}, nil
	}
	return t, err
}

// addRefunded changes nothing and returns 0 when a part would get back more than it paid.
func addRefunded(ctx context.Context, tx *db.Tx, r partRow) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE giftcard_parts SET refunded = refunded + $3
		WHERE hold = $1 AND card = $2 AND refunded + $3 <= amount`,
		r.hold, r.card, r.amount)
}

func insertRefunds(ctx context.Context, tx *db.Tx, key, order string, back []partRow) error {
	const width = 6
	args := make([]any, 0, width*len(back))
	for _, r := range back {
		args = append(args, key, r.hold, r.card, order, r.amount, db.Micros(tx.Now))
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO giftcard_refunds (refund_key, hold, card, order_id, amount, at)
		VALUES `+db.Values(len(back), width, 1), args...)
	return err
}

func selectRefund(ctx context.Context, tx *db.Tx, key string) ([]partRow, error) {
	return db.All(ctx, tx, scanPart, `
		SELECT r.hold, h.state, r.order_id, h.currency, r.card, r.amount, 0
		FROM giftcard_refunds r
		JOIN giftcard_holds h ON h.id = r.hold
		JOIN giftcard_parts p ON p.hold = r.hold AND p.card = r.card
		WHERE r.refund_key = $1 ORDER BY r.hold DESC, p.place DESC`, key)
}

// countTry counts one more try and returns how many there are in the window,
// or 0, with nothing changed, when there were limit before.
func countTry(ctx context.Context, tx *db.Tx, origin string, limit int, begin time.Time) (int64, error) {
	n, err := db.One(ctx, tx, scanInt, `
		INSERT INTO giftcard_tries (origin, tries, since) VALUES ($1, 1, $2)
		ON CONFLICT (origin) DO UPDATE SET
			tries = CASE WHEN giftcard_tries.since <= $3 THEN 1 ELSE giftcard_tries.tries + 1 END,
			since = CASE WHEN giftcard_tries.since <= $3 THEN $2 ELSE giftcard_tries.since END
		WHERE giftcard_tries.since <= $3 OR giftcard_tries.tries < $4
		RETURNING tries`,
		origin, db.Micros(tx.Now), db.Micros(begin), limit)
	if errors.Is(err, db.ErrNoRow) {
		return 0, nil
	}
	return n, err
}

func deleteTries(ctx context.Context, tx *db.Tx, before time.Time, limit int) (int64, error) {
	return tx.Exec(ctx, `
		DELETE FROM giftcard_tries WHERE origin IN (
			SELECT origin FROM giftcard_tries WHERE since <= $1 ORDER BY since LIMIT $2)`,
		db.Micros(before), limit)
}

func insertApplied(ctx context.Context, tx *db.Tx, cart string, id ID) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO giftcard_applied (cart, card, applied_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		cart, id, db.Micros(tx.Now))
	return err
}

func deleteApplied(ctx context.Context, tx *db.Tx, cart string, id ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM giftcard_applied WHERE cart = $1 AND card = $2`, cart, id)
	return err
}

func countApplied(ctx context.Context, tx *db.Tx, cart string) (int64, error) {
	return db.One(ctx, tx, scanInt, `SELECT COUNT(*) FROM giftcard_applied WHERE cart = $1`, cart)
}

func selectApplied(ctx context.Context, tx *db.Tx, cart string) ([]Card, error) {
	return db.All(ctx, tx, scanCard, `
		SELECT `+columns+` FROM giftcard_cards
		JOIN giftcard_applied a ON a.card = id
		WHERE a.cart = $1 ORDER BY a.applied_at, id LIMIT $2`, cart, MaxCards)
}

// deliveryRow is a delivery as stored.
type deliveryRow struct {
	id              DeliveryID
	card            ID
	way             Way
	contact         profile.ContactID
	person          profile.PersonID
	locale          string
	wrapped, sealed []byte
	sendAt          time.Time
}

func insertDelivery(ctx context.Context, tx *db.Tx, r deliveryRow) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO giftcard_deliveries (id, card, way, state, contact, person, locale, wrapped, sealed, send_at, sent_at, created_at)
		VALUES ($1, $2, $3, 'waiting', $4, $5, $6, $7, $8, $9, 0, $10)`,
		r.id, r.card, r.way, r.contact, r.person, r.locale, r.wrapped, r.sealed, db.Micros(r.sendAt), db.Micros(tx.Now))
	return err
}

// selectDelivery finds deliveries that wait only.
func selectDelivery(ctx context.Context, tx *db.Tx, id DeliveryID) (deliveryRow, error) {
	return db.One(ctx, tx, func(row db.Row) (r deliveryRow, err error) {
		return r, row.Scan(&r.id, &r.card, &r.way, &r.contact, &r.locale, &r.wrapped, &r.sealed)
	}, `
		SELECT id, card, way, contact, locale, wrapped, sealed FROM giftcard_deliveries
		WHERE id = $1 AND state = 'waiting'`, id)
}

func selectDue(ctx context.Context, tx *db.Tx, now time.Time, limit int) ([]DeliveryID, error) {
	return db.All(ctx, tx, func(row db.Row) (id DeliveryID, err error) { return id, row.Scan(&id) }, `
		SELECT d.id FROM giftcard_deliveries d JOIN giftcard_cards c ON c.id = d.card
		WHERE d.state = 'waiting' AND d.way = 'mail' AND d.send_at <= $1 AND c.state = 'active'
		ORDER BY d.send_at, d.id LIMIT $2`, db.Micros(now), limit)
}

// closeDelivery changes nothing and returns 0 for a delivery that was cancelled.
func closeDelivery(ctx context.Context, tx *db.Tx, id DeliveryID) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE giftcard_deliveries SET wrapped = NULL, sealed = NULL, state = 'sent',
			sent_at = CASE WHEN sent_at = 0 THEN $2 ELSE sent_at END
		WHERE id = $1 AND state IN ('waiting', 'sent')`, id, db.Micros(tx.Now))
}

func cancelDeliveries(ctx context.Context, tx *db.Tx, id ID) error {
	_, err := tx.Exec(ctx, `
		UPDATE giftcard_deliveries SET state = 'cancelled', wrapped = NULL, sealed = NULL
		WHERE card = $1 AND state = 'waiting'`, id)
	return err
}

func forgetPerson(ctx context.Context, tx *db.Tx, person profile.PersonID) error {
	_, err := tx.Exec(ctx, `
		UPDATE giftcard_deliveries SET state = 'cancelled', wrapped = NULL, sealed = NULL
		WHERE person = $1 AND person <> '' AND state = 'waiting'`, person)
	return err
}

// giftRow is a gift as stored.
type giftRow struct {
	id              GiftID
	cart, variant   string
	wrapped, sealed []byte
}

// insertGift changes nothing and returns 0 when the cart tells of enough.
func insertGift(ctx context.Context, tx *db.Tx, g giftRow) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO giftcard_gifts (id, cart, place, variant, order_id, wrapped, sealed, created_at)
		SELECT $1, $2, COALESCE(MAX(place), 0) + 1, $3, '', $4, $5, $6 FROM giftcard_gifts WHERE cart = $2
		HAVING COUNT(*) < $7`,
		g.id, g.cart, g.variant, g.wrapped, g.sealed, db.Micros(tx.Now), MaxGifts)
}

// updateGift changes nothing and returns 0 when the cart has no such gift.
func updateGift(ctx context.Context, tx *db.Tx, cart string, id GiftID, wrapped, sealed []byte) (int64, error) {
	return tx.Exec(ctx, `UPDATE giftcard_gifts SET wrapped = $3, sealed = $4 WHERE cart = $1 AND id = $2`, cart, id, wrapped, sealed)
}

func selectGifts(ctx context.Context, tx *db.Tx, cart string) ([]giftRow, error) {
	return db.All(ctx, tx, func(row db.Row) (r giftRow, err error) {
		return r, row.Scan(&r.id, &r.cart, &r.variant, &r.wrapped, &r.sealed)
	}, `SELECT id, cart, variant, wrapped, sealed FROM giftcard_gifts WHERE cart = $1 ORDER BY place, id LIMIT $2`, cart, MaxGifts)
}

func deleteGift(ctx context.Context, tx *db.Tx, cart string, id GiftID) error {
	_, err := tx.Exec(ctx, `DELETE FROM giftcard_gifts WHERE cart = $1 AND id = $2`, cart, id)
	return err
}

func deleteGifts(ctx context.Context, tx *db.Tx, cart, variant string, first int64) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM giftcard_gifts WHERE id IN (
			SELECT id FROM giftcard_gifts WHERE cart = $1 AND variant = $2 ORDER BY place, id LIMIT $3 OFFSET $4)`,
		cart, variant, MaxGifts, first)
	return err
}

func deleteCart(ctx context.Context, tx *db.Tx, cart string) error {
	_, err := tx.Exec(ctx, `DELETE FROM giftcard_gifts WHERE cart = $1`, cart)
	return err
}

func updateOrdered(ctx context.Context, tx *db.Tx, cart, order string) error {
	_, err := tx.Exec(ctx, `UPDATE giftcard_gifts SET order_id = $2 WHERE cart = $1`, cart, order)
	return err
}

func moveGifts(ctx context.Context, tx *db.Tx, from, to string) error {
	_, err := tx.Exec(ctx, `UPDATE giftcard_gifts SET cart = $2 WHERE cart = $1 AND order_id = ''`, from, to)
	return err
}

func deleteOldGifts(ctx context.Context, tx *db.Tx, carts, orders time.Time, limit int) (int64, error) {
	return tx.Exec(ctx, `
		DELETE FROM giftcard_gifts WHERE id IN (
			SELECT id FROM giftcard_gifts
			WHERE created_at < $1 AND order_id = '' OR created_at < $2 ORDER BY created_at LIMIT $3)`,
		db.Micros(carts), db.Micros(orders), limit)
}

// boughtRow is a card of an order with its newest delivery.
type boughtRow struct {
	Waiting
	contact profile.ContactID
}

func selectBought(ctx context.Context, tx *db.Tx, order string) ([]boughtRow, error) {
	return db.All(ctx, tx, func(row db.Row) (r boughtRow, err error) {
		var at int64
		err = row.Scan(&r.ID, &r.Market, &r.Currency, &r.Card.State, &r.Last4, &r.Initial.Minor, &r.State, &r.Way, &at, &r.contact)
		r.Initial.Currency, r.At = r.Currency, db.Time(at)
		return r, err
	}, `
		SELECT c.id, c.market, c.currency, c.state, c.last4, c.initial, COALESCE(d.state, ''), COALESCE(d.way, ''),
			COALESCE(CASE WHEN d.sent_at > 0 THEN d.sent_at ELSE d.send_at END, 0), COALESCE(d.contact, '')
		FROM giftcard_cards c LEFT JOIN giftcard_deliveries d ON d.id = (
			SELECT MAX(id) FROM giftcard_deliveries WHERE card = c.id)
		WHERE c.ref = $1 AND c.source = 'purchase' ORDER BY c.issue_key LIMIT 100`, order)
}

// selectIssued returns the cards of a line, that of the last unit first.
func selectIssued(ctx context.Context, tx *db.Tx, order, line string) ([]Card, error) {
	key := issueKey(order, line)
	return db.All(ctx, tx, scanCard, `
		SELECT `+columns+` FROM giftcard_cards
		WHERE ref = $1 AND source = 'purchase' AND SUBSTR(issue_key, 1, $2) = $3
		ORDER BY LENGTH(issue_key) DESC, issue_key DESC LIMIT 10000`, order, len(key), key)
}

// selectPolicies returns the last version of every market's policy.
func selectPolicies(ctx context.Context, tx *db.Tx) ([]Policy, error) {
	return db.All(ctx, tx, func(row db.Row) (p Policy, err error) {
		return p, row.Scan(&p.Market, &p.Version, &p.Months, &p.YearEnd, &p.GraceDays, &p.Least, &p.Most, &p.BuysCards)
	}, `
		SELECT market, version, months, year_end, grace_days, least, most, buys_cards FROM giftcard_policies p
		WHERE version = (SELECT MAX(q.version) FROM giftcard_policies q WHERE q.market = p.market)
		ORDER BY market`)
}

func insertPolicy(ctx context.Context, tx *db.Tx, p Policy, actor string) (version int64, err error) {
	return db.One(ctx, tx, scanInt, `
		INSERT INTO giftcard_policies (market, version, months, year_end, grace_days, least, most, buys_cards, actor, at)
		SELECT $1, COALESCE(MAX(version), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9 FROM giftcard_policies WHERE market = $1
		RETURNING version`,
		p.Market, p.Months, p.YearEnd, p.GraceDays, p.Least, p.Most, p.BuysCards, actor, db.Micros(tx.Now))
}

// auditRow is a card with what its open holds promise.
type auditRow struct {
	card         ID
	currency     string
	state        State
	broken, held int64
}

func selectAudit(ctx context.Context, tx *db.Tx, after ID, limit int) ([]auditRow, error) {
	return db.All(ctx, tx, func(row db.Row) (r auditRow, err error) {
		return r, row.Scan(&r.card, &r.currency, &r.state, &r.broken, &r.held)
	}, `
		SELECT c.id, c.currency, c.state, c.broken, (
			SELECT CAST(COALESCE(SUM(p.amount), 0) AS BIGINT) FROM giftcard_parts p
			JOIN giftcard_holds h ON h.id = p.hold WHERE p.card = c.id AND h.state = 'held')
		FROM giftcard_cards c WHERE c.id > $1 ORDER BY c.id LIMIT $2`, after, limit)
}

// wrongRefund is a part whose refunds are not what it says.
type wrongRefund struct {
	hold                  HoldID
	card                  ID
	amount, refunded, sum int64
}

func selectWrongRefunds(ctx context.Context, tx *db.Tx, limit int) ([]wrongRefund, error) {
	return db.All(ctx, tx, func(row db.Row) (r wrongRefund, err error) {
		return r, row.Scan(&r.hold, &r.card, &r.amount, &r.refunded, &r.sum)
	}, `
		SELECT hold, card, amount, refunded, total FROM (
			SELECT p.hold, p.card, p.amount, p.refunded, (
				SELECT CAST(COALESCE(SUM(r.amount), 0) AS BIGINT) FROM giftcard_refunds r
				WHERE r.hold = p.hold AND r.card = p.card) AS total
			FROM giftcard_parts p) AS checked
		WHERE refunded <> total OR refunded > amount ORDER BY hold, card LIMIT $1`, limit)
}
