package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
)

func upsertLocation(ctx context.Context, tx *db.Tx, l Location) error {
	at, err := json.Marshal(l.Address)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO inventory_locations (id, name, country, city, zone, priority, ships, pickup, address)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, country = excluded.country, city = excluded.city,
			zone = excluded.zone, priority = excluded.priority, ships = excluded.ships, pickup = excluded.pickup,
			address = excluded.address`,
		l.ID, l.Name, l.Country, l.City, l.Zone, l.Priority, l.Ships, l.Pickup, string(at))
	return err
}

func selectLocations(ctx context.Context, tx *db.Tx) ([]Location, error) {
	return db.All(ctx, tx, func(row db.Row) (l Location, err error) {
		var at string
		if err := row.Scan(&l.ID, &l.Name, &l.Country, &l.City, &l.Zone, &l.Priority, &l.Ships, &l.Pickup, &at); err != nil {
			return l, err
		}
		return l, json.Unmarshal([]byte(at), &l.Address)
	}, `
		SELECT id, name, country, city, zone, priority, ships, pickup, address
		FROM inventory_locations ORDER BY priority, id`)
}

func scanLevel(row db.Row) (l Level, err error) {
	return l, row.Scan(&l.Location, &l.Variant, &l.OnHand, &l.Reserved)
}

func selectLevels(ctx context.Context, tx *db.Tx, v catalog.VariantID) ([]Level, error) {
	all, err := db.All(ctx, tx, scanLevel, `
		SELECT o.id, '', COALESCE(l.on_hand, 0), COALESCE(l.reserved, 0)
		FROM inventory_locations o LEFT JOIN inventory_levels l ON l.location = o.id AND l.variant = $1
		ORDER BY o.priority, o.id`, v)
	for i := range all {
		all[i].Variant = v
	}
	return all, err
}

func selectLevel(ctx context.Context, tx *db.Tx, v catalog.VariantID, location string) (Level, error) {
	return db.One(ctx, tx, scanLevel, `
		SELECT location, variant, on_hand, reserved FROM inventory_levels WHERE variant = $1 AND location = $2`, v, location)
}

func selectAvailable(ctx context.Context, tx *db.Tx, vs []catalog.VariantID) ([]Line, error) {
	in, args := catalog.OneOf(1, vs)
	return db.All(ctx, tx, func(row db.Row) (l Line, err error) { return l, row.Scan(&l.Variant, &l.Units) }, `
		SELECT l.variant, CAST(SUM(l.on_hand - l.reserved) AS BIGINT)
		FROM inventory_levels l JOIN inventory_locations o ON o.id = l.location
		WHERE l.variant IN (`+in+`) AND o.ships = 1 GROUP BY l.variant`, args...)
}

// upsertOnHand adds units, to a new row if there is none.
func upsertOnHand(ctx context.Context, tx *db.Tx, a Adjustment) (Level, error) {
	return db.One(ctx, tx, scanLevel, `
		INSERT INTO inventory_levels (variant, location, on_hand, reserved) VALUES ($1, $2, $3, 0)
		ON CONFLICT (variant, location) DO UPDATE SET on_hand = inventory_levels.on_hand + excluded.on_hand
		RETURNING location, variant, on_hand, reserved`, a.Variant, a.Location, a.Delta)
}

// takeOnHand adds a negative delta. It changes nothing and returns db.ErrNoRow
// when fewer units would be left than are promised.
func takeOnHand(ctx context.Context, tx *db.Tx, a Adjustment) (Level, error) {
	return db.One(ctx, tx, scanLevel, `
		UPDATE inventory_levels SET on_hand = on_hand + $3
		WHERE variant = $1 AND location = $2 AND on_hand + $3 >= reserved
		RETURNING location, variant, on_hand, reserved`, a.Variant, a.Location, a.Delta)
}

// selectCandidates returns in one statement what the holder has already, and
// what every location that ships has left of the lines' variants, by priority.
func selectCandidates(ctx context.Context, tx *db.Tx, holder string, lines []Line) ([]Allocation, []shelf, error) {
	vs := make([]catalog.VariantID, len(lines))
	for i, l := range lines {
		vs[i] = l.Variant
	}
	in, args := catalog.OneOf(2, vs)
	var has []Allocation
	var shelves []shelf
	_, err := db.All(ctx, tx, func(row db.Row) (none struct{}, err error) {
		var rank int64
		var a Allocation
		if err := row.Scan(&rank, &a.Location, &a.Variant, &a.Units); err != nil {
			return none, err
		}
		switch n := len(shelves); {
		case rank < 0:
			has = append(has, a)
		case n > 0 && shelves[n-1].location == a.Location:
			shelves[n-1].free[a.Variant] = a.Units
		default:
			shelves = append(shelves, shelf{a.Location, map[catalog.VariantID]int64{a.Variant: a.Units}})
		}
		return none, nil
	}, `
		SELECT -1, location, variant, units FROM inventory_holds WHERE holder = $1
		UNION ALL
		SELECT o.priority, l.location, l.variant, l.on_hand - l.reserved
		FROM inventory_levels l JOIN inventory_locations o ON o.id = l.location
		WHERE l.variant IN (`+in+`) AND o.ships = 1 AND l.on_hand > l.reserved
		ORDER BY 1, 2, 3`, append([]any{holder}, args...)...)
	return has, shelves, err
}

// addReserved locks the rows in the order of all, adds what each allocation
// wants where that is available, and returns how many rows had it: one
// statement, whatever the number of lines. The caller undoes a part.
func addReserved(ctx context.Context, tx *db.Tx, all []Allocation) (int64, error) {
	args := make([]any, 0, 4*len(all))
	for i, a := range all { // as text, which is what a list of values holds on PostgreSQL
		args = append(args, strconv.Itoa(i), string(a.Variant), a.Location, strconv.FormatInt(a.Units, 10))
	}
	return tx.Exec(ctx, `
		WITH want (i, variant, location, units) AS (VALUES `+db.Values(len(all), 4, 1)+`),
		locked AS (
			SELECT l.variant, l.location, CAST(w.units AS BIGINT) AS units
			FROM inventory_levels l JOIN want w ON w.variant = l.variant AND w.location = l.location
			ORDER BY CAST(w.i AS BIGINT)`+tx.ForUpdate()+`)
		UPDATE inventory_levels SET reserved = reserved + k.units FROM locked k
		WHERE inventory_levels.variant = k.variant AND inventory_levels.location = k.location
			AND inventory_levels.on_hand - inventory_levels.reserved >= k.units`, args...)
}

// takeReserved changes nothing and returns 0 when fewer units are reserved.
func takeReserved(ctx context.Context, tx *db.Tx, a Allocation) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE inventory_levels SET reserved = reserved - $3
		WHERE variant = $1 AND location = $2 AND reserved >= $3`, a.Variant, a.Location, a.Units)
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

// selectClaimant returns the order that claimed what holder held.
func selectClaimant(ctx context.Context, tx *db.Tx, holder string) (order string, err error) {
	return db.One(ctx, tx, func(row db.Row) (order string, err error) { return order, row.Scan(&order) },
		`SELECT order_id FROM inventory_holds WHERE holder = $1 AND state = 'claimed' LIMIT 1`, holder)
}

func insertMovements(ctx context.Context, tx *db.Tx, all []Movement) error {
	args := make([]any, 0, 9*len(all))
	for _, m := range all {
		args = append(args, m.Variant, m.Location, m.Cause, m.OnHand, m.Reserved, m.Ref, m.Actor, m.Reason, db.Micros(tx.Now))
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO inventory_movements (variant, location, cause, on_hand, reserved, ref, actor, reason, at)
		VALUES `+db.Values(len(all), 9, 1), args...)
	return err
}

func selectMovements(ctx context.Context, tx *db.Tx, v catalog.VariantID, before int64, limit int) ([]Movement, error) {
	return db.All(ctx, tx, func(row db.Row) (m Movement, err error) {
		var at int64
		err = row.Scan(&m.Seq, &m.Variant, &m.Location, &m.Cause, &m.OnHand, &m.Reserved, &m.Ref, &m.Actor, &m.Reason, &at)
		m.At = db.Time(at)
		return m, err
	}, `
		SELECT seq, variant, location, cause, on_hand, reserved, ref, actor, reason, at
		FROM inventory_movements WHERE variant = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3`, v, before, limit)
}

// selectBadSums finds levels that are not the sum of their movements, and
// movements without a level, as pairs (level, sum).
func selectBadSums(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (string, error) {
		var is, sum Level
		err := row.Scan(&is.Variant, &is.Location, &is.OnHand, &is.Reserved, &sum.OnHand, &sum.Reserved)
		return fmt.Sprintf("level of %s at %s says %d on hand, %d reserved; its movements add up to %d and %d",
			is.Variant, is.Location, is.OnHand, is.Reserved, sum.OnHand, sum.Reserved), err
	}, `
		SELECT variant, location, CAST(SUM(level_on_hand) AS BIGINT), CAST(SUM(level_reserved) AS BIGINT),
			CAST(SUM(on_hand) AS BIGINT), CAST(SUM(reserved) AS BIGINT)
		FROM (
			SELECT variant, location, on_hand AS level_on_hand, reserved AS level_reserved, 0 AS on_hand, 0 AS reserved
			FROM inventory_levels
			UNION ALL
			SELECT variant, location, 0, 0, on_hand, reserved FROM inventory_movements
		) both_sides
		GROUP BY variant, location
		HAVING SUM(level_on_hand) <> SUM(on_hand) OR SUM(level_reserved) <> SUM(reserved)
		ORDER BY variant, location LIMIT $1`, maxFound)
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
