package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"time"

	"korzo/platform/db"
	"korzo/platform/idempotency"
	"korzo/platform/remember"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/value/money"
)

// The states of a placing.
const (
	placingOpen   = "open"
	placingPlaced = "placed"
	placingFailed = "failed"
)

// placingRow is one try at placing an order, as kept.
type placingRow struct {
	ID        PlacingID
	Session   ID
	Cart      cart.ID
	Order     order.ID
	Draft     order.Draft
	text      string // the draft, as kept
	Redeemed  bool   // it holds uses of promotions
	State     string
	ActionURL string
	Key       idempotency.Key
}

const sessionColumns = `id, cart_id, market, channel, locale, customer, contact, flow, flow_version, arm, groups, method, instrument,
	state, placing_id, order_id, failure, version, created_at, credit, saved, keep, visitor, widgets, shown, points`

// kept are the sessions that were read or changed of late. Every statement here
// that writes one forgets it first.
var kept = remember.NewRows[ID, Session](1024, func(s Session) Session {
	s.Groups = append([]Group{}, s.Groups...) // as read: never nil
	return s
})

func insertSession(ctx context.Context, tx *db.Tx, s Session) error {
	visit, err := json.Marshal(s.visit)
	if err != nil {
		return err
	}
	widgets, err := widgetsText(s)
	if err != nil {
		return err
	}
	seen, err := shownText(s)
	if err != nil {
		return err
	}
	groups, err := groupsText(s)
	if err != nil {
		return err
	}
	err = tx.Send(ctx, nil, `
		INSERT INTO checkout_sessions (`+sessionColumns+`, updated_at, visit)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $18, '', '', $11, '', '', '', $12, $13, 0, '', 0, $14, $16, $17, 0, $13, $15)`,
		s.ID, s.Cart, s.Market, s.Channel, s.Locale, s.Customer, s.Contact, s.Flow, s.Version, s.Arm, s.State, s.Revision,
		db.Micros(s.CreatedAt), s.Visitor, string(visit), widgets, seen, groups)
	if s.visit = (flow.Visit{}); err == nil && widgets == "" { // what widgets keep is another value once it was JSON
		kept.Keep(tx, s.ID, s)
	}
	return err
}

// groupsText is how the lines of a session travel, as it is kept.
func groupsText(s Session) (string, error) {
	if len(s.Groups) == 0 {
		return "[]", nil
	}
	text, err := json.Marshal(s.Groups)
	return string(text), err
}

// insertPast writes a session that is over.
func insertPast(ctx context.Context, tx *db.Tx, p Past, v Visited, tries []Try) error {
	visit, err := json.Marshal(v.Visit)
	if err != nil {
		return err
	}
	state, last, ended := StateCanceled, PlacingID(""), p.At
	if len(tries) > 0 {
		last, ended = tries[len(tries)-1].ID, tries[len(tries)-1].At
	}
	if p.Order != "" {
		state = StatePlaced
	}
	return tx.Send(ctx, nil, `
		INSERT INTO checkout_sessions (`+sessionColumns+`, updated_at, visit)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '[]', '', '', $11, $12, $13, '', 1, $14, 0, '', 0, $15, '', '', 0, $16, $17)`,
		v.Session, v.Cart, v.Visit.Market, v.Visit.Channel, p.Locale, p.Customer, p.Contact, v.Flow, v.Version, v.Arm, state, last, p.Order,
		db.Micros(p.At), v.Visitor, db.Micros(ended), string(visit))
}

// insertPastTry writes a try that has ended; what it would have placed is not kept.
func insertPastTry(ctx context.Context, tx *db.Tx, p Past, t Try) error {
	return tx.Send(ctx, nil, `
		INSERT INTO checkout_placings (id, session_id, cart_id, order_id, draft, redeemed, state, action_url, principal, route, key, created_at, closed_at)
		VALUES ($1, $2, $3, $4, '{}', 0, $5, '', '', '', '', $6, $6)`,
		t.ID, t.Session, p.Cart, t.Order, t.State, db.Micros(t.At))
}

func selectSession(ctx context.Context, tx *db.Tx, id ID) (Session, error) {
	return sessionOf(ctx, tx, id, "")
}

func selectSessionLocked(ctx context.Context, tx *db.Tx, id ID) (Session, error) {
	return sessionOf(ctx, tx, id, tx.ForUpdate())
}

func sessionOf(ctx context.Context, tx *db.Tx, id ID, lock string) (Session, error) {
	return kept.Find(tx, id, func() (Session, error) {
		return db.One(ctx, tx, scanSession, `SELECT `+sessionColumns+` FROM checkout_sessions WHERE id = $1`+lock, id)
	})
}

// selectLive is the session of a cart that was not cancelled.
func selectLive(ctx context.Context, tx *db.Tx, id cart.ID) (Session, error) {
	return db.One(ctx, tx, scanSession, `
		SELECT `+sessionColumns+` FROM checkout_sessions WHERE cart_id = $1 AND state <> 'canceled'`, id)
}

func scanSession(row db.Row) (s Session, err error) {
	var groups, failed, widgets, seen string
	var created, credit, keep int64
	if err := row.Scan(&s.ID, &s.Cart, &s.Market, &s.Channel, &s.Locale, &s.Customer, &s.Contact, &s.Flow, &s.Version, &s.Arm,
		&groups, &s.Method, &s.Instrument, &s.State, &s.Placing, &s.Order, &failed, &s.Revision, &created, &credit, &s.Saved, &keep, &s.Visitor, &widgets, &seen, &s.UsePoints); err != nil {
		return s, err
	}
	s.CreatedAt, s.UseCredit, s.Keep = db.Time(created), credit == 1, keep == 1
	if failed != "" {
		s.Failure = new(Message)
		err = json.Unmarshal([]byte(failed), s.Failure)
	}
	return s, errors.Join(err, json.Unmarshal([]byte(groups), &s.Groups), s.readWidgets(widgets), s.readShown(seen))
}

// updateSession keeps what the shopper chose. The row was read under a lock.
func updateSession(ctx context.Context, tx *db.Tx, s Session) error {
	groups, err := json.Marshal(s.Groups)
	if err != nil {
		return err
	}
	failed, err := messageText(s.Failure)
	if err != nil {
		return err
	}
	widgets, err := widgetsText(s)
	if err != nil {
		return err
	}
	seen, err := shownText(s)
	if err != nil {
		return err
	}
	kept.Forget(tx, s.ID)
	n, err := tx.Exec(ctx, `
		UPDATE checkout_sessions
		SET contact = $1, groups = $2, method = $3, instrument = $4, failure = $5, version = version + 1, updated_at = $6, credit = $7,
			saved = $9, keep = $10, widgets = $11, shown = $12, points = $13
		WHERE id = $8 AND state = 'open'`,
		s.Contact, string(groups), s.Method, s.Instrument, failed, db.Micros(tx.Now), s.UseCredit, s.ID, s.Saved, s.Keep, widgets, seen, s.UsePoints)
	if err == nil && n == 0 {
		err = ErrPaying
	}
	if err == nil && widgets == "" {
		kept.Keep(tx, s.ID, s)
	}
	return err
}

// updateShown keeps the dates that were shown. Nothing else has changed, so the
// session is the version it was.
func updateShown(ctx context.Context, tx *db.Tx, s Session) error {
	seen, err := shownText(s)
	if err != nil {
		return err
	}
	kept.Forget(tx, s.ID)
	return tx.Send(ctx, changedOne, `UPDATE checkout_sessions SET shown = $1 WHERE id = $2 AND state = 'open'`, seen, s.ID)
}

func shownText(s Session) (string, error) {
	if len(s.shown) == 0 {
		return "", nil
	}
	text, err := json.Marshal(s.shown)
	return string(text), err
}

func (s *Session) readShown(text string) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), &s.shown)
}

// paySession makes a session wait for a placing.
func paySession(ctx context.Context, tx *db.Tx, id ID, p PlacingID) error {
	kept.Forget(tx, id)
	return tx.Send(ctx, changedOne, `
		UPDATE checkout_sessions SET state = 'paying', placing_id = $1, failure = '', version = version + 1, updated_at = $2
		WHERE id = $3 AND state = 'open'`, p, db.Micros(tx.Now), id)
}

// changedOne refuses a guarded change that changed nothing: another was quicker.
func changedOne(rows int64) error {
	if rows == 0 {
		return ErrPaying
	}
	return nil
}

func messageText(m *Message) (string, error) {
	if m == nil {
		return "", nil
	}
	text, err := json.Marshal(m)
	return string(text), err
}

// placeSession closes a session whose order was placed.
func placeSession(ctx context.Context, tx *db.Tx, id ID, o order.ID) error {
	kept.Forget(tx, id)
	return tx.Send(ctx, nil, `
		UPDATE checkout_sessions SET state = 'placed', order_id = $1, instrument = '', version = version + 1, updated_at = $2
		WHERE id = $3 AND state = 'paying'`, o, db.Micros(tx.Now), id)
}

// failSession opens a session again whose placing failed. The instrument is
// asked for anew.
func failSession(ctx context.Context, tx *db.Tx, id ID, p PlacingID, m Message) error {
	text, err := messageText(&m)
	if err != nil {
		return err
	}
	kept.Forget(tx, id)
	_, err = tx.Exec(ctx, `
		UPDATE checkout_sessions SET state = 'open', failure = $1, version = version + 1, updated_at = $2
		WHERE id = $3 AND state = 'paying' AND placing_id = $4`, text, db.Micros(tx.Now), id, p)
	return err
}

// keptPlacings are the placings that were begun of late, their drafts as text.
// Every statement here that changes one forgets it first.
var keptPlacings = remember.NewRows[PlacingID, placingRow](256, nil)

func insertPlacing(ctx context.Context, tx *db.Tx, p placingRow) error {
	err := tx.Send(ctx, nil, `
		INSERT INTO checkout_placings (id, session_id, cart_id, order_id, draft, redeemed, state, action_url, principal, route, key, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, 'open', '', $7, $8, $9, $10)`,
		p.ID, p.Session, p.Cart, p.Order, p.text, p.Redeemed, p.Key.Principal, p.Key.Route, p.Key.Key, db.Micros(tx.Now))
	if p.Draft, p.State, p.ActionURL = (order.Draft{}), placingOpen, ""; err == nil {
		keptPlacings.Keep(tx, p.ID, p)
	}
	return err
}

// selectPlacing reads a placing.
func selectPlacing(ctx context.Context, tx *db.Tx, id PlacingID) (placingRow, error) {
	p, err := selectSealed(ctx, tx, id)
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(p.text), &p.Draft)
}

// selectSealed is selectPlacing with the draft as text alone.
func selectSealed(ctx context.Context, tx *db.Tx, id PlacingID) (placingRow, error) {
	return keptPlacings.Find(tx, id, func() (placingRow, error) {
		return db.One(ctx, tx, func(row db.Row) (p placingRow, err error) {
			var redeemed int64
			err = row.Scan(&p.ID, &p.Session, &p.Cart, &p.Order, &p.text, &redeemed, &p.State, &p.ActionURL,
				&p.Key.Principal, &p.Key.Route, &p.Key.Key)
			p.Redeemed = redeemed == 1
			return p, err
		}, `
			SELECT id, session_id, cart_id, order_id, draft, redeemed, state, action_url, principal, route, key
			FROM checkout_placings WHERE id = $1`, id)
	})
}

// closePlacing ends an open placing; ending it twice is ErrPaying, which no
// caller can see because the payment's attempt is locked.
func closePlacing(ctx context.Context, tx *db.Tx, id PlacingID, state string) error {
	keptPlacings.Forget(tx, id)
	return tx.Send(ctx, changedOne, `
		UPDATE checkout_placings SET state = $1, closed_at = $2 WHERE id = $3 AND state = 'open'`,
		state, db.Micros(tx.Now), id)
}

// updateDraft says by which payment an open placing is paid.
func updateDraft(ctx context.Context, tx *db.Tx, id PlacingID, text string) error {
	keptPlacings.Forget(tx, id)
	return tx.Send(ctx, changedOne, `UPDATE checkout_placings SET draft = $1 WHERE id = $2 AND state = 'open'`, text, id)
}

func updateAction(ctx context.Context, tx *db.Tx, id PlacingID, url string) error {
	keptPlacings.Forget(tx, id)
	_, err := tx.Exec(ctx, `
		UPDATE checkout_placings SET action_url = $1 WHERE id = $2 AND state = 'open'`, url, id)
	return err
}

func selectTorn(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (text string, err error) { return text, row.Scan(&text) }, `
		SELECT 'checkout ' || s.id || ' is ' || s.state || ' but its placing is ' || COALESCE(p.state, 'missing')
		FROM checkout_sessions s LEFT JOIN checkout_placings p ON p.id = s.placing_id
		WHERE (s.state = 'paying' AND COALESCE(p.state, '') <> 'open')
			OR (s.state = 'placed' AND (COALESCE(p.state, '') <> 'placed' OR s.order_id <> p.order_id))
			OR (s.state = 'open' AND COALESCE(p.state, 'failed') <> 'failed')
		ORDER BY s.id LIMIT 100`)
}

func insertAwaited(ctx context.Context, tx *db.Tx, id order.ID, paidBy payment.ID) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO checkout_awaited (order_id, payment_id) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING`, id, paidBy)
	return err
}

func selectAwaited(ctx context.Context, tx *db.Tx, paidBy payment.ID) (order.ID, error) {
	return db.One(ctx, tx, func(row db.Row) (id order.ID, err error) { return id, row.Scan(&id) }, `
		SELECT order_id FROM checkout_awaited WHERE payment_id = $1`, paidBy)
}

func deleteAwaited(ctx context.Context, tx *db.Tx, id order.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM checkout_awaited WHERE order_id = $1`, id)
	return err
}

const visitedColumns = `SELECT id, cart_id, flow, flow_version, arm, order_id, customer, visitor, visit, created_at FROM checkout_sessions `

func selectVisitedAfter(ctx context.Context, tx *db.Tx, after ID, limit int) ([]Visited, error) {
	return db.All(ctx, tx, scanVisited, visitedColumns+`WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}

func selectVisitedBefore(ctx context.Context, tx *db.Tx, before ID, limit int) ([]Visited, error) {
	return db.All(ctx, tx, scanVisited, visitedColumns+`WHERE id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
}

func selectVisited(ctx context.Context, tx *db.Tx, id cart.ID) (Visited, error) {
	return db.One(ctx, tx, scanVisited, visitedColumns+`WHERE cart_id = $1 AND state <> 'canceled'`, id)
}

func scanVisited(row db.Row) (v Visited, err error) {
	var text string
	var created int64
	if err := row.Scan(&v.Session, &v.Cart, &v.Flow, &v.Version, &v.Arm, &v.Order, &v.Customer, &v.Visitor, &text, &created); err != nil {
		return v, err
	}
	v.At = db.Time(created)
	return v, json.Unmarshal([]byte(text), &v.Visit)
}

func selectTries(ctx context.Context, tx *db.Tx, after PlacingID, limit int) ([]Try, error) {
	return db.All(ctx, tx, func(row db.Row) (t Try, err error) {
		var at int64
		err = row.Scan(&t.ID, &t.Session, &t.Order, &t.State, &at)
		t.At = db.Time(at)
		if t.State != placingPlaced {
			t.Order = ""
		}
		return t, err
	}, `
		SELECT id, session_id, order_id, state, COALESCE(closed_at, created_at) FROM checkout_placings
		WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}

// upsertTap writes a tap over one that was undone or came to nothing. A tap that
// is being placed while the session is open again has failed.
func upsertTap(ctx context.Context, tx *db.Tx, id ID, t Tap) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO checkout_taps (session_id, state, currency, expected, due, key, place_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (session_id) DO UPDATE SET state = excluded.state, currency = excluded.currency, expected = excluded.expected,
			due = excluded.due, key = excluded.key, place_at = excluded.place_at`,
		id, t.state, t.Expected.Currency, t.Expected.Minor, t.Due.Minor, t.key, db.Micros(t.PlaceAt))
	return err
}

// moveTap changes nothing and returns 0 when the tap is not in state from, or
// not due by a time that is given.
func moveTap(ctx context.Context, tx *db.Tx, id ID, from, to string, due time.Time) (int64, error) {
	by := int64(math.MaxInt64)
	if !due.IsZero() {
		by = db.Micros(due)
	}
	return tx.Exec(ctx, `
		UPDATE checkout_taps SET state = $3 WHERE session_id = $1 AND state = $2 AND place_at <= $4`, id, from, to, by)
}

func selectTap(ctx context.Context, tx *db.Tx, id ID) (Tap, error) {
	return db.One(ctx, tx, func(row db.Row) (t Tap, err error) {
		var currency money.Currency
		var at int64
		err = row.Scan(&t.state, &currency, &t.Expected.Minor, &t.Due.Minor, &t.key, &at)
		t.Expected.Currency, t.Due.Currency, t.PlaceAt = currency, currency, db.Time(at)
		return t, err
	}, `
		SELECT state, currency, expected, due, key, place_at FROM checkout_taps WHERE session_id = $1`, id)
}
