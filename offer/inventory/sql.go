package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/value/calendar"
)

func upsertLocation(ctx context.Context, tx *db.Tx, l Location) error {
	at, err := json.Marshal(l.Address)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO inventory_locations (id, name, country, city, zone, priority, ships, pickup, till, closed, address)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $11, $9, $10)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, country = excluded.country, city = excluded.city,
			zone = excluded.zone, priority = excluded.priority, ships = excluded.ships, pickup = excluded.pickup, till = excluded.till,
			closed = excluded.closed, address = excluded.address`,
		l.ID, l.Name, l.Country, l.City, l.Zone, l.Priority, l.Ships, l.Pickup, l.Closed, string(at), l.Till)
	return err
}

func selectLocations(ctx context.Context, tx *db.Tx) ([]Location, error) {
	return db.All(ctx, tx, func(row db.Row) (l Location, err error) {
		var at string
		if err := row.Scan(&l.ID, &l.Name, &l.Country, &l.City, &l.Zone, &l.Priority, &l.Ships, &l.Pickup, &l.Till, &l.Closed, &at); err != nil {
			return l, err
		}
		return l, json.Unmarshal([]byte(at), &l.Address)
	}, `
		SELECT id, name, country, city, zone, priority, ships, pickup, till, closed, address
		FROM inventory_locations ORDER BY priority, id`)
}

// selectUsed names a variant for which a location still matters.
func selectUsed(ctx context.Context, tx *db.Tx, location string) (catalog.VariantID, error) {
	return db.One(ctx, tx, func(row db.Row) (v catalog.VariantID, err error) { return v, row.Scan(&v) }, `
		SELECT variant FROM inventory_levels WHERE location = $1 AND (on_hand > 0 OR reserved > 0 OR incoming > 0 OR backorder > 0)
		UNION ALL
		SELECT l.variant FROM inventory_transfers t JOIN inventory_transfer_lines l ON l.transfer = t.id
		WHERE (t.source = $1 OR t.target = $1) AND t.state IN ('draft', 'in_transit')
		LIMIT 1`, location)
}

func scanLevel(row db.Row) (l Level, err error) {
	return l, row.Scan(&l.Location, &l.Variant, &l.OnHand, &l.Reserved, &l.Incoming, &l.Backorder)
}

func selectLevels(ctx context.Context, tx *db.Tx, v catalog.VariantID) ([]Level, error) {
	all, err := db.All(ctx, tx, scanLevel, `
		SELECT o.id, '', COALESCE(l.on_hand, 0), COALESCE(l.reserved, 0), COALESCE(l.incoming, 0), COALESCE(l.backorder, 0)
		FROM inventory_locations o LEFT JOIN inventory_levels l ON l.location = o.id AND l.variant = $1
		WHERE o.closed = 0 OR l.on_hand > 0 OR l.reserved > 0 OR l.incoming > 0 ORDER BY o.priority, o.id`, v)
	for i := range all {
		all[i].Variant = v
	}
	return all, err
}

const levels = `SELECT location, variant, on_hand, reserved, incoming, backorder FROM inventory_levels `

func selectLevel(ctx context.Context, tx *db.Tx, v catalog.VariantID, location string) (Level, error) {
	return db.One(ctx, tx, scanLevel, levels+`WHERE variant = $1 AND location = $2`, v, location)
}

func selectLevelsAt(ctx context.Context, tx *db.Tx, location string, vs []catalog.VariantID) ([]Level, error) {
	in, args := catalog.OneOf(2, vs)
	return db.All(ctx, tx, scanLevel, levels+`WHERE location = $1 AND variant IN (`+in+`)`, append([]any{location}, args...)...)
}

// shows are the conditions of what a list may be narrowed to.
var shows = map[Show]string{
	ShowAll:       ``,
	ShowLow:       ` AND on_hand - reserved BETWEEN 1 AND ` + strconv.Itoa(DefaultLow),
	ShowOut:       ` AND on_hand <= reserved`,
	ShowBackorder: ` AND reserved > on_hand`,
	ShowIncoming:  ` AND incoming > 0`,
}

// listLevels walks the index of the location where one is asked for, else the
// key, from where the page before ended.
func listLevels(ctx context.Context, tx *db.Tx, f Filter) ([]Level, error) {
	match, args := `(variant, location) > ($1, $2)`, []any{f.After.Variant, f.After.Location, f.Limit}
	if f.Location != "" {
		match, args = `location = $1 AND variant > $2`, []any{f.Location, f.After.Variant, f.Limit}
	}
	if len(f.Variants) > 0 {
		in, wanted := catalog.OneOf(4, f.Variants)
		match, args = match+` AND variant IN (`+in+`)`, append(args, wanted...)
	}
	return db.All(ctx, tx, scanLevel, levels+`WHERE `+match+shows[f.Show]+` ORDER BY variant, location LIMIT $3`, args...)
}

// selectStock returns the rows of variants at every location. What follows from
// them is counted outside: a sum over joins costs several times the rows.
func selectStock(ctx context.Context, tx *db.Tx, vs []catalog.VariantID) ([]Level, error) {
	in, args := catalog.OneOf(1, vs)
	return db.All(ctx, tx, func(row db.Row) (l Level, err error) {
		return l, row.Scan(&l.Variant, &l.Location, &l.OnHand, &l.Reserved, &l.Backorder)
	}, `SELECT variant, location, on_hand, reserved, backorder FROM inventory_levels WHERE variant IN (`+in+`)`, args...)
}

// selectKept returns what a channel is kept back of single variants.
func selectKept(ctx context.Context, tx *db.Tx, channel string, vs []catalog.VariantID) ([]Line, error) {
	in, args := catalog.OneOf(2, vs)
	return db.All(ctx, tx, func(row db.Row) (l Line, err error) { return l, row.Scan(&l.Variant, &l.Units) }, `
		SELECT variant, units FROM inventory_safety WHERE channel = $1 AND variant IN (`+in+`)`, append([]any{channel}, args...)...)
}

// upsertOnHand adds units, to a new row if there is none.
func upsertOnHand(ctx context.Context, tx *db.Tx, a Adjustment) (Level, error) {
	keptStock.Forget(tx, a.Variant)
	return db.One(ctx, tx, scanLevel, `
		INSERT INTO inventory_levels (variant, location, on_hand, reserved) VALUES ($1, $2, $3, 0)
		ON CONFLICT (variant, location) DO UPDATE SET on_hand = inventory_levels.on_hand + excluded.on_hand,
			owed = CASE WHEN inventory_levels.owed > excluded.on_hand THEN inventory_levels.owed - excluded.on_hand ELSE 0 END
		RETURNING location, variant, on_hand, reserved, incoming, backorder`, a.Variant, a.Location, a.Delta)
}

// takeOnHand adds a negative delta. It changes nothing and returns db.ErrNoRow
// when fewer units would be left than are promised.
func takeOnHand(ctx context.Context, tx *db.Tx, a Adjustment) (Level, error) {
	keptStock.Forget(tx, a.Variant)
	return db.One(ctx, tx, scanLevel, `
		UPDATE inventory_levels SET on_hand = on_hand + $3
		WHERE variant = $1 AND location = $2 AND on_hand + $3 >= reserved
		RETURNING location, variant, on_hand, reserved, incoming, backorder`, a.Variant, a.Location, a.Delta)
}

// insertLevels makes the rows that changes need and that are not there.
func insertLevels(ctx context.Context, tx *db.Tx, all []change) error {
	forgetStock(tx, all)
	args := make([]any, 0, 2*len(all))
	for _, c := range all {
		args = append(args, string(c.variant), c.location)
	}
	_, err := tx.Exec(ctx, `
		WITH want (variant, location) AS (VALUES `+db.Values(len(all), 2, 1)+`)
		INSERT INTO inventory_levels (variant, location, on_hand, reserved)
		SELECT variant, location, 0, 0 FROM want WHERE true ON CONFLICT (variant, location) DO NOTHING`, args...)
	return err
}

// updateLevels makes the changes whose rows are there and have enough, locked
// in the order given, and returns how many. Units that are promised do not
// leave, but when a count did not find them: then they are owed.
func updateLevels(ctx context.Context, tx *db.Tx, all []change) (int64, error) {
	forgetStock(tx, all)
	args := make([]any, 0, 7*len(all))
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	for i, c := range all {
		found := "0"
		if c.found {
			found = "1"
		}
		args = append(args, strconv.Itoa(i), string(c.variant), c.location, number(c.onHand), number(c.reserved), number(c.incoming), found)
	}
	return tx.Exec(ctx, `
		WITH want (i, variant, location, on_hand, reserved, incoming, found) AS (VALUES `+db.Values(len(all), 7, 1)+`),
		locked AS (
			SELECT l.variant, l.location, CAST(w.on_hand AS BIGINT) AS more, CAST(w.reserved AS BIGINT) AS promised,
				CAST(w.incoming AS BIGINT) AS coming, w.found
			FROM inventory_levels l JOIN want w ON w.variant = l.variant AND w.location = l.location
			ORDER BY CAST(w.i AS BIGINT)`+tx.ForUpdate()+`)
		UPDATE inventory_levels SET on_hand = on_hand + k.more, reserved = reserved + k.promised, incoming = incoming + k.coming,
			owed = CASE WHEN reserved + k.promised > on_hand + k.more + backorder
				THEN reserved + k.promised - on_hand - k.more - backorder ELSE 0 END
		FROM locked k
		WHERE inventory_levels.variant = k.variant AND inventory_levels.location = k.location
			AND inventory_levels.on_hand + k.more >= 0 AND inventory_levels.reserved + k.promised >= 0
			AND inventory_levels.incoming + k.coming >= 0
			AND (k.more >= 0 OR k.found = '1' OR inventory_levels.on_hand + k.more >= inventory_levels.reserved)`, args...)
}

// selectOwed returns what is owed of the variants of changes at a location.
func selectOwed(ctx context.Context, tx *db.Tx, location string, some []change) ([]Allocation, error) {
	vs := make([]catalog.VariantID, len(some))
	for i, c := range some {
		vs[i] = c.variant
	}
	in, args := catalog.OneOf(2, vs)
	return db.All(ctx, tx, func(row db.Row) (a Allocation, err error) { return a, row.Scan(&a.Location, &a.Variant, &a.Units) }, `
		SELECT location, variant, owed FROM inventory_levels
		WHERE location = $1 AND variant IN (`+in+`) AND owed > 0 ORDER BY variant`, append([]any{location}, args...)...)
}

// selectCandidates returns in one statement what the holder has already, what
// every location that ships, or where a line is collected, has left of the
// lines' variants, by priority, and what of them is kept back from the channel.
func selectCandidates(ctx context.Context, tx *db.Tx, channel, holder string, lines []Line) (has []Allocation, shelves []Shelf, keep map[catalog.VariantID]int64, err error) {
	vs := make([]catalog.VariantID, len(lines))
	var places []string
	for i, l := range lines {
		vs[i] = l.Variant
		if l.At != "" && !slices.Contains(places, l.At) {
			places = append(places, l.At)
		}
	}
	in, args := catalog.OneOf(2, vs)
	own, gives := ``, `o.ships = 1`
	if args = append([]any{holder}, args...); len(places) > 0 {
		at, more := catalog.OneOf(len(args)+1, places)
		args = append(args, more...)
		gives = `(o.ships = 1 OR o.pickup = 1 AND o.id IN (` + at + `))`
	}
	if channel != "" {
		args = append(args, channel)
		own = `
		UNION ALL
		SELECT -2, '', variant, units, 0, 0 FROM inventory_safety WHERE variant IN (` + in + `) AND channel = $` + strconv.Itoa(len(args))
	}
	var c candidates
	_, err = db.All(ctx, tx, c.read, `
		SELECT -1, location, variant, units, 0, 0 FROM inventory_holds WHERE holder = $1`+own+`
		UNION ALL
		SELECT o.priority, l.location, l.variant, l.on_hand - l.reserved, l.backorder, o.ships
		FROM inventory_levels l JOIN inventory_locations o ON o.id = l.location
		WHERE l.variant IN (`+in+`) AND `+gives+` AND l.on_hand + l.backorder > l.reserved
		ORDER BY 1, 2, 3`, args...)
	return c.has, c.shelves, c.keep, err
}

// addReserved locks the rows in the order of picks, adds what each wants where
// that is available and enough of its variant is left over all rows locked, and
// returns how many rows had it: one statement, whatever the number of lines.
// The caller undoes a part.
func addReserved(ctx context.Context, tx *db.Tx, picks []pick) (int64, error) {
	args := make([]any, 0, 6*len(picks))
	for _, p := range picks {
		keptStock.Forget(tx, p.Variant)
	}
	for i, p := range picks { // as text, which is what a list of values holds on PostgreSQL
		beyond := "0"
		if p.beyond {
			beyond = "1"
		}
		args = append(args, strconv.Itoa(i), string(p.Variant), p.Location, strconv.FormatInt(p.Units, 10), beyond, strconv.FormatInt(p.keep, 10))
	}
	return tx.Exec(ctx, `
		WITH want (i, variant, location, units, beyond, keep) AS (VALUES `+db.Values(len(picks), 6, 1)+`),
		locked AS (
			SELECT l.variant, l.location, l.on_hand, l.reserved, l.backorder,
				CAST(w.units AS BIGINT) AS units, w.beyond, CAST(w.keep AS BIGINT) AS keep
			FROM inventory_levels l JOIN want w ON w.variant = l.variant AND w.location = l.location
			ORDER BY CAST(w.i AS BIGINT)`+tx.ForUpdate()+`)
		UPDATE inventory_levels SET reserved = inventory_levels.reserved + k.units FROM locked k
		WHERE inventory_levels.variant = k.variant AND inventory_levels.location = k.location
			AND inventory_levels.on_hand + CASE WHEN k.beyond = '1' THEN inventory_levels.backorder ELSE 0 END
				- inventory_levels.reserved >= k.units
			AND (k.keep = 0 OR k.keep <= (SELECT SUM(t.on_hand + t.backorder - t.reserved - t.units) FROM locked t
				WHERE t.variant = k.variant AND t.on_hand + t.backorder > t.reserved))`, args...)
}

// insertHolds leaves out of its count the rows that the holder has already.
func insertHolds(ctx context.Context, tx *db.Tx, holder string, all []Allocation, until time.Time) (int64, error) {
	args := make([]any, 0, 7*len(all))
	for _, a := range all {
		args = append(args, holder, a.Location, a.Variant, a.Units, `held`, db.Micros(until), ``)
	}
	return tx.Exec(ctx, `
		INSERT INTO inventory_holds (holder, location, variant, units, state, until_at, order_id)
		VALUES `+db.Values(len(all), 7, 1)+` ON CONFLICT (holder, location, variant) DO NOTHING`, args...)
}

func scanHeld(row db.Row) (h held, err error) {
	return h, row.Scan(&h.holder, &h.order, &h.Location, &h.Variant, &h.Units)
}

// lockedRows names, and on PostgreSQL locks, the held rows that match, in the
// order of their key, before a change touches any. Claim, Release and Expire
// all come this way: whoever locks a holder's first row gets all of them, and
// the others find none.
func lockedRows(tx *db.Tx, match string) string {
	if tx.ForUpdate() == "" { // nobody else writes
		return match + ` AND state = 'held' RETURNING holder, order_id, location, variant, units`
	}
	return match + ` AND state = 'held' AND (holder, location, variant) IN (
			SELECT holder, location, variant FROM inventory_holds
			WHERE ` + match + ` AND state = 'held'
			ORDER BY holder, location, variant` + tx.ForUpdate() + `)
		RETURNING holder, order_id, location, variant, units`
}

// deleteHeld deletes what holder holds and has not claimed.
func deleteHeld(ctx context.Context, tx *db.Tx, holder string) ([]held, error) {
	return db.All(ctx, tx, scanHeld, `DELETE FROM inventory_holds WHERE `+lockedRows(tx, `holder = $1`), holder)
}

// deleteClaimed deletes what was claimed for an order.
func deleteClaimed(ctx context.Context, tx *db.Tx, order string) ([]held, error) {
	return db.All(ctx, tx, scanHeld, `
		DELETE FROM inventory_holds WHERE state = 'claimed' AND order_id = $1 AND order_id <> ''
		RETURNING holder, order_id, location, variant, units`, order)
}

// selectDue names up to limit holders whose time is over, the longest first.
func selectDue(ctx context.Context, tx *db.Tx, now time.Time, limit int) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (holder string, err error) { return holder, row.Scan(&holder) }, `
		SELECT holder FROM inventory_holds WHERE state = 'held' AND until_at <= $1
		GROUP BY holder ORDER BY MIN(until_at), holder LIMIT $2`, db.Micros(now), limit)
}

// deleteDue deletes what holders hold whose time is over and who have neither
// claimed nor released it since they were named.
func deleteDue(ctx context.Context, tx *db.Tx, now time.Time, holders []string) ([]held, error) {
	in, args := catalog.OneOf(2, holders)
	return db.All(ctx, tx, scanHeld, `
		DELETE FROM inventory_holds WHERE `+lockedRows(tx, `until_at <= $1 AND holder IN (`+in+`)`),
		append([]any{db.Micros(now)}, args...)...)
}

// updateClaimed makes what holder holds an order's own.
func updateClaimed(ctx context.Context, tx *db.Tx, holder, order string) ([]held, error) {
	return db.All(ctx, tx, scanHeld, `
		UPDATE inventory_holds SET state = 'claimed', order_id = $2 WHERE `+lockedRows(tx, `holder = $1`), holder, order)
}

// selectState returns what holder has in a state: held, or claimed by an order.
func selectState(ctx context.Context, tx *db.Tx, holder, state string) ([]held, error) {
	return db.All(ctx, tx, scanHeld, `SELECT holder, order_id, location, variant, units FROM inventory_holds WHERE holder = $1 AND state = $2`, holder, state)
}

func selectClaims(ctx context.Context, tx *db.Tx, order string) ([]Allocation, error) {
	return db.All(ctx, tx, func(row db.Row) (a Allocation, err error) { return a, row.Scan(&a.Location, &a.Variant, &a.Units) }, `
		SELECT location, variant, CAST(SUM(units) AS BIGINT) FROM inventory_holds
		WHERE order_id = $1 AND order_id <> '' AND state = 'claimed' GROUP BY location, variant ORDER BY location, variant`, order)
}

// selectClaimedAt returns, and on PostgreSQL locks, what is claimed for an order
// of some variants at a location, in the order of the rows' key.
func selectClaimedAt(ctx context.Context, tx *db.Tx, order, location string, vs []catalog.VariantID) ([]held, error) {
	in, args := catalog.OneOf(3, vs)
	return db.All(ctx, tx, scanHeld, `
		SELECT holder, order_id, location, variant, units FROM inventory_holds
		WHERE order_id = $1 AND state = 'claimed' AND location = $2 AND variant IN (`+in+`)
		ORDER BY holder, location, variant`+tx.ForUpdate(), append([]any{order, location}, args...)...)
}

// updateClaim leaves units of a claim, or nothing of it.
func updateClaim(ctx context.Context, tx *db.Tx, h held, units int64) error {
	query := `DELETE FROM inventory_holds WHERE holder = $1 AND location = $2 AND variant = $3 AND state = 'claimed' AND $4 = 0`
	if units > 0 {
		query = `UPDATE inventory_holds SET units = $4 WHERE holder = $1 AND location = $2 AND variant = $3 AND state = 'claimed'`
	}
	_, err := tx.Exec(ctx, query, h.holder, h.Location, h.Variant, units)
	return err
}

// selectUntracked names those of variants that nobody counts.
func selectUntracked(ctx context.Context, tx *db.Tx, of []catalog.VariantID) ([]catalog.VariantID, error) {
	in, args := catalog.OneOf(1, of)
	return db.All(ctx, tx, func(row db.Row) (v catalog.VariantID, err error) { return v, row.Scan(&v) }, `
		SELECT variant FROM inventory_policies WHERE mode = 'untracked' AND variant IN (`+in+`)`, args...)
}

func insertMovements(ctx context.Context, tx *db.Tx, all []Movement) error {
	args := make([]any, 0, 10*len(all))
	for _, m := range all {
		args = append(args, m.Variant, m.Location, m.Cause, m.OnHand, m.Reserved, m.Incoming, m.Ref, m.Actor, m.Reason, db.Micros(tx.Now))
	}
	return tx.Send(ctx, nil, `
		INSERT INTO inventory_movements (variant, location, cause, on_hand, reserved, incoming, ref, actor, reason, at)
		VALUES `+db.Values(len(all), 10, 1), args...)
}

// selectMovements walks the index of the variant where one is asked for, else
// the key, backwards.
func selectMovements(ctx context.Context, tx *db.Tx, f HistoryFilter) ([]Movement, error) {
	match, args := `seq < $1`, []any{f.Before, f.Limit}
	for column, value := range map[string]string{`variant`: string(f.Variant), `location`: f.Location, `cause`: f.Cause} {
		if value != "" {
			args = append(args, value)
			match += fmt.Sprintf(` AND %s = $%d`, column, len(args))
		}
	}
	return db.All(ctx, tx, func(row db.Row) (m Movement, err error) {
		var at int64
		err = row.Scan(&m.Seq, &m.Variant, &m.Location, &m.Cause, &m.OnHand, &m.Reserved, &m.Incoming, &m.Ref, &m.Actor, &m.Reason, &at)
		m.At = db.Time(at)
		return m, err
	}, `
		SELECT seq, variant, location, cause, on_hand, reserved, incoming, ref, actor, reason, at
		FROM inventory_movements WHERE `+match+` ORDER BY seq DESC LIMIT $2`, args...)
}

func upsertPolicy(ctx context.Context, tx *db.Tx, p Policy) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO inventory_policies (variant, mode, beyond, location, expected, low) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (variant) DO UPDATE SET mode = excluded.mode, beyond = excluded.beyond, location = excluded.location,
			expected = excluded.expected, low = excluded.low`,
		p.Variant, p.Mode, p.beyond(), p.Location, p.Expected.String(), p.Low)
	return err
}

const policyColumns = `variant, mode, beyond, location, expected, low`

func scanPolicy(row db.Row) (p Policy, err error) {
	var expected string
	if err := row.Scan(&p.Variant, &p.Mode, &p.Limit, &p.Location, &expected, &p.Low); err != nil {
		return p, err
	}
	if p.Mode == Untracked {
		p.Limit = 0
	}
	if expected != "" {
		p.Expected, err = calendar.Parse(expected)
	}
	return p, err
}

func selectPolicy(ctx context.Context, tx *db.Tx, v catalog.VariantID) (Policy, error) {
	return db.One(ctx, tx, scanPolicy, `SELECT `+policyColumns+` FROM inventory_policies WHERE variant = $1`, v)
}

func selectPolicies(ctx context.Context, tx *db.Tx, vs []catalog.VariantID) ([]Policy, error) {
	in, args := catalog.OneOf(1, vs)
	return db.All(ctx, tx, scanPolicy, `SELECT `+policyColumns+` FROM inventory_policies WHERE variant IN (`+in+`)`, args...)
}

// updateBackorder sets what may be promised beyond what lies there: at the
// policy's location, and nothing elsewhere. What was promised already is owed.
func updateBackorder(ctx context.Context, tx *db.Tx, p Policy) error {
	keptStock.Forget(tx, p.Variant)
	_, err := tx.Exec(ctx, `
		WITH locked AS (
			SELECT variant, location, CASE WHEN location = $2 THEN CAST($3 AS BIGINT) ELSE 0 END AS more FROM inventory_levels
			WHERE variant = $1 ORDER BY location`+tx.ForUpdate()+`)
		UPDATE inventory_levels SET backorder = k.more,
			owed = CASE WHEN reserved > on_hand + k.more THEN reserved - on_hand - k.more ELSE 0 END
		FROM locked k WHERE inventory_levels.variant = k.variant AND inventory_levels.location = k.location`,
		p.Variant, p.Location, p.beyond())
	return err
}

func upsertSafety(ctx context.Context, tx *db.Tx, s Safety) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO inventory_safety (channel, variant, units) VALUES ($1, $2, $3)
		ON CONFLICT (variant, channel) DO UPDATE SET units = excluded.units`, s.Channel, s.Variant, s.Units)
	return err
}

func deleteSafety(ctx context.Context, tx *db.Tx, channel string, v catalog.VariantID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM inventory_safety WHERE channel = $1 AND variant = $2`, channel, v)
}

func selectSafety(ctx context.Context, tx *db.Tx, v catalog.VariantID) ([]Safety, error) {
	return db.All(ctx, tx, func(row db.Row) (s Safety, err error) { return s, row.Scan(&s.Channel, &s.Variant, &s.Units) }, `SELECT channel, variant, units FROM inventory_safety WHERE variant = $1 ORDER BY channel`, v)
}

// insertGuarded makes a channel one of which something is kept back, if it is
// none yet, and returns how many rows that took.
func insertGuarded(ctx context.Context, tx *db.Tx, channel string) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO inventory_safety (channel, variant, units) VALUES ($1, '', 0) ON CONFLICT (variant, channel) DO NOTHING`, channel)
}

func insertTransfer(ctx context.Context, tx *db.Tx, t Transfer) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO inventory_transfers (id, source, target, state, expected, note, actor, created_at, sent_at, closed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		t.ID, t.From, t.To, t.State, t.Expected.String(), t.Note, t.Actor, db.Micros(t.CreatedAt), db.Micros(t.SentAt), db.Micros(t.ClosedAt))
	return err
}

func updateTransfer(ctx context.Context, tx *db.Tx, t Transfer) error {
	_, err := tx.Exec(ctx, `
		UPDATE inventory_transfers SET source = $2, target = $3, state = $4, expected = $5, note = $6, sent_at = $7, closed_at = $8
		WHERE id = $1`, t.ID, t.From, t.To, t.State, t.Expected.String(), t.Note, db.Micros(t.SentAt), db.Micros(t.ClosedAt))
	return err
}

func scanTransfer(row db.Row) (t Transfer, err error) {
	var expected string
	var created, sent, closed int64
	if err := row.Scan(&t.ID, &t.From, &t.To, &t.State, &expected, &t.Note, &t.Actor, &created, &sent, &closed); err != nil {
		return t, err
	}
	t.CreatedAt, t.SentAt, t.ClosedAt = db.Time(created), db.Time(sent), db.Time(closed)
	if expected != "" {
		t.Expected, err = calendar.Parse(expected)
	}
	return t, err
}

func selectTransfer(ctx context.Context, tx *db.Tx, id TransferID, lock string) (Transfer, error) {
	return db.One(ctx, tx, scanTransfer, `
		SELECT id, source, target, state, expected, note, actor, created_at, sent_at, closed_at
		FROM inventory_transfers WHERE id = $1`+lock, id)
}

func selectTransfers(ctx context.Context, tx *db.Tx, f TransferFilter) ([]Transfer, error) {
	return db.All(ctx, tx, scanTransfer, `
		SELECT id, source, target, state, expected, note, actor, created_at, sent_at, closed_at FROM inventory_transfers
		WHERE (CAST($1 AS TEXT) = '' OR state = $1) AND (CAST($2 AS TEXT) = '' OR id < $2) AND (CAST($4 AS TEXT) = '' OR source = $4 OR target = $4)
		ORDER BY id DESC LIMIT $3`, f.State, f.After, f.Limit, f.Location)
}

func insertTransferLines(ctx context.Context, tx *db.Tx, id TransferID, lines []TransferLine) error {
	args := make([]any, 0, 5*len(lines))
	for _, l := range lines {
		args = append(args, id, l.Variant, l.Units, l.Received, l.Missing)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO inventory_transfer_lines (transfer, variant, units, received, missing)
		VALUES `+db.Values(len(lines), 5, 1), args...)
	return err
}

func deleteTransferLines(ctx context.Context, tx *db.Tx, id TransferID) error {
	_, err := tx.Exec(ctx, `DELETE FROM inventory_transfer_lines WHERE transfer = $1`, id)
	return err
}

func updateTransferLine(ctx context.Context, tx *db.Tx, id TransferID, l TransferLine) error {
	_, err := tx.Exec(ctx, `
		UPDATE inventory_transfer_lines SET received = $3, missing = $4 WHERE transfer = $1 AND variant = $2`, id, l.Variant, l.Received, l.Missing)
	return err
}

func selectTransferLines(ctx context.Context, tx *db.Tx, id TransferID) ([]TransferLine, error) {
	return db.All(ctx, tx, func(row db.Row) (l TransferLine, err error) {
		return l, row.Scan(&l.Variant, &l.Units, &l.Received, &l.Missing)
	}, `SELECT variant, units, received, missing FROM inventory_transfer_lines WHERE transfer = $1 ORDER BY variant`, id)
}

func insertCount(ctx context.Context, tx *db.Tx, c Count) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO inventory_counts (id, location, state, note, actor, created_at, closed_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
		c.ID, c.Location, c.State, c.Note, c.Actor, db.Micros(c.CreatedAt))
	return err
}

func updateCount(ctx context.Context, tx *db.Tx, id CountID, to CountState) error {
	_, err := tx.Exec(ctx, `UPDATE inventory_counts SET state = $2, closed_at = $3 WHERE id = $1`, id, to, db.Micros(tx.Now))
	return err
}

func scanCount(row db.Row) (c Count, err error) {
	var created, closed int64
	err = row.Scan(&c.ID, &c.Location, &c.State, &c.Note, &c.Actor, &created, &closed)
	c.CreatedAt, c.ClosedAt = db.Time(created), db.Time(closed)
	return c, err
}

func selectCount(ctx context.Context, tx *db.Tx, id CountID, lock string) (Count, error) {
	return db.One(ctx, tx, scanCount, `
		SELECT id, location, state, note, actor, created_at, closed_at FROM inventory_counts WHERE id = $1`+lock, id)
}

func selectCounts(ctx context.Context, tx *db.Tx, f CountFilter) ([]Count, error) {
	return db.All(ctx, tx, scanCount, `
		SELECT id, location, state, note, actor, created_at, closed_at FROM inventory_counts
		WHERE (CAST($1 AS TEXT) = '' OR state = $1) AND (CAST($2 AS TEXT) = '' OR id < $2) AND (CAST($4 AS TEXT) = '' OR location = $4)
		ORDER BY id DESC LIMIT $3`, f.State, f.After, f.Limit, f.Location)
}

func upsertCountLine(ctx context.Context, tx *db.Tx, id CountID, l CountLine) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO inventory_count_lines (count_id, variant, expected, counted, actor, at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (count_id, variant) DO UPDATE SET expected = excluded.expected, counted = excluded.counted,
			actor = excluded.actor, at = excluded.at`, id, l.Variant, l.Expected, l.Counted, l.Actor, db.Micros(l.At))
	return err
}

func selectCountLines(ctx context.Context, tx *db.Tx, id CountID) ([]CountLine, error) {
	return db.All(ctx, tx, func(row db.Row) (l CountLine, err error) {
		var at int64
		err = row.Scan(&l.Variant, &l.Expected, &l.Counted, &l.Actor, &at)
		l.At = db.Time(at)
		return l, err
	}, `SELECT variant, expected, counted, actor, at FROM inventory_count_lines WHERE count_id = $1 ORDER BY variant`, id)
}

// selectSheet puts what should lie at the location beside what was counted.
func selectSheet(ctx context.Context, tx *db.Tx, c Count, after catalog.VariantID, limit int) ([]SheetLine, error) {
	return db.All(ctx, tx, func(row db.Row) (s SheetLine, err error) {
		var l CountLine
		var at int64
		err = row.Scan(&s.Variant, &s.OnHand, &l.Expected, &l.Counted, &l.Actor, &at)
		if l.Variant, l.At = s.Variant, db.Time(at); at != 0 {
			s.Line = &l
		}
		return s, err
	}, `
		SELECT v.variant, COALESCE(l.on_hand, 0), COALESCE(c.expected, 0), COALESCE(c.counted, 0), COALESCE(c.actor, ''), COALESCE(c.at, 0)
		FROM (
			SELECT variant FROM (SELECT variant FROM inventory_levels WHERE location = $1 AND variant > $3 ORDER BY variant LIMIT $4) lying
			UNION
			SELECT variant FROM inventory_count_lines WHERE count_id = $2 AND variant > $3
		) v
		LEFT JOIN inventory_levels l ON l.variant = v.variant AND l.location = $1
		LEFT JOIN inventory_count_lines c ON c.variant = v.variant AND c.count_id = $2
		ORDER BY v.variant LIMIT $4`, c.Location, c.ID, after, limit)
}

// selectBadSums finds levels that are not the sum of their movements, and
// movements without a level, as pairs (level, sum).
func selectBadSums(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (string, error) {
		var is, sum Level
		err := row.Scan(&is.Variant, &is.Location, &is.OnHand, &is.Reserved, &is.Incoming, &sum.OnHand, &sum.Reserved, &sum.Incoming)
		return fmt.Sprintf("level of %s at %s says %d on hand, %d reserved, %d incoming; its movements add up to %d, %d and %d",
			is.Variant, is.Location, is.OnHand, is.Reserved, is.Incoming, sum.OnHand, sum.Reserved, sum.Incoming), err
	}, `
		SELECT variant, location, CAST(SUM(level_on_hand) AS BIGINT), CAST(SUM(level_reserved) AS BIGINT), CAST(SUM(level_incoming) AS BIGINT),
			CAST(SUM(on_hand) AS BIGINT), CAST(SUM(reserved) AS BIGINT), CAST(SUM(incoming) AS BIGINT)
		FROM (
			SELECT variant, location, on_hand AS level_on_hand, reserved AS level_reserved, incoming AS level_incoming,
				0 AS on_hand, 0 AS reserved, 0 AS incoming
			FROM inventory_levels
			UNION ALL
			SELECT variant, location, 0, 0, 0, on_hand, reserved, incoming FROM inventory_movements
		) both_sides
		GROUP BY variant, location
		HAVING SUM(level_on_hand) <> SUM(on_hand) OR SUM(level_reserved) <> SUM(reserved) OR SUM(level_incoming) <> SUM(incoming)
		ORDER BY variant, location LIMIT $1`, maxFound)
}

// selectBadTransit finds levels whose incoming units are not those that
// transfers still have on the way.
func selectBadTransit(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (string, error) {
		var a Allocation
		var incoming int64
		err := row.Scan(&a.Variant, &a.Location, &incoming, &a.Units)
		return fmt.Sprintf("level of %s at %s says %d incoming; transfers have %d on the way", a.Variant, a.Location, incoming, a.Units), err
	}, `
		SELECT variant, location, CAST(SUM(incoming) AS BIGINT), CAST(SUM(units) AS BIGINT)
		FROM (
			SELECT variant, location, incoming, 0 AS units FROM inventory_levels
			UNION ALL
			SELECT l.variant, t.target, 0, l.units - l.received - l.missing
			FROM inventory_transfers t JOIN inventory_transfer_lines l ON l.transfer = t.id WHERE t.state = 'in_transit'
		) both_sides
		GROUP BY variant, location HAVING SUM(incoming) <> SUM(units)
		ORDER BY variant, location LIMIT $1`, maxFound)
}

// selectBadLimits finds levels that may be promised beyond what their policy
// says, and such that owe another number than follows from their figures.
func selectBadLimits(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (string, error) {
		var l Level
		var beyond, owed int64
		err := row.Scan(&l.Variant, &l.Location, &l.OnHand, &l.Reserved, &l.Backorder, &owed, &beyond)
		return fmt.Sprintf("level of %s at %s, %d on hand and %d reserved, says %d on backorder and %d owed; its policy allows %d",
			l.Variant, l.Location, l.OnHand, l.Reserved, l.Backorder, owed, beyond), err
	}, `
		SELECT l.variant, l.location, l.on_hand, l.reserved, l.backorder, l.owed, COALESCE(p.beyond, 0)
		FROM inventory_levels l LEFT JOIN inventory_policies p ON p.variant = l.variant AND p.location = l.location
		WHERE l.backorder <> COALESCE(p.beyond, 0)
			OR l.owed <> CASE WHEN l.reserved > l.on_hand + l.backorder THEN l.reserved - l.on_hand - l.backorder ELSE 0 END
		ORDER BY l.variant, l.location LIMIT $1`, maxFound)
}

// selectBadPromises finds levels whose reserved units are not those of the
// live holds and claims, and holds without a level.
func selectBadPromises(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (string, error) {
		var a Allocation
		var reserved int64
		err := row.Scan(&a.Variant, &a.Location, &reserved, &a.Units)
		return fmt.Sprintf("level of %s at %s says %d reserved; holds and claims add up to %d",
			a.Variant, a.Location, reserved, a.Units), err
	}, `
		SELECT variant, location, CAST(SUM(reserved) AS BIGINT), CAST(SUM(units) AS BIGINT)
		FROM (
			SELECT variant, location, reserved, 0 AS units FROM inventory_levels
			UNION ALL
			SELECT variant, location, 0, units FROM inventory_holds
		) both_sides
		GROUP BY variant, location HAVING SUM(reserved) <> SUM(units)
		ORDER BY variant, location LIMIT $1`, maxFound)
}

// selectBadClaims finds rows that are claimed by no order or held for one.
func selectBadClaims(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (string, error) {
		var h held
		var state string
		err := row.Scan(&h.holder, &h.Variant, &state, &h.order)
		return fmt.Sprintf("hold of %s on %s is %s with order %q", h.holder, h.Variant, state, h.order), err
	}, `
		SELECT holder, variant, state, order_id FROM inventory_holds
		WHERE (state = 'held') <> (order_id = '') ORDER BY holder, variant LIMIT $1`, maxFound)
}

func selectWaiting(ctx context.Context, tx *db.Tx, variant string, limit int) ([]Waiting, error) {
	return db.All(ctx, tx, func(row db.Row) (w Waiting, err error) { return w, row.Scan(&w.Holder, &w.Units, &w.Until) }, `
		SELECT holder, CAST(SUM(units) AS BIGINT), MIN(until_at) FROM inventory_holds WHERE variant = $1 AND state = 'held' GROUP BY holder ORDER BY MIN(until_at), holder LIMIT $2`, variant, limit)
}
