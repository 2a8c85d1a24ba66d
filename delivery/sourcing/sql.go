package sourcing

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"korzo/offer/catalog"
	"korzo/platform/db"
)

func selectRules(ctx context.Context, tx *db.Tx) ([]Rule, error) {
	return db.All(ctx, tx, func(row db.Row) (r Rule, err error) {
		var settings string
		if err := row.Scan(&r.Kind, &settings); err != nil {
			return r, err
		}
		if settings != "" {
			r.Settings = json.RawMessage(settings)
		}
		return r, r.read()
	}, `SELECT kind, settings FROM sourcing_rules ORDER BY position`)
}

func replaceRules(ctx context.Context, tx *db.Tx, rules []Rule) error {
	if _, err := tx.Exec(ctx, `DELETE FROM sourcing_rules`); err != nil || len(rules) == 0 {
		return err
	}
	var args []any
	for i, r := range rules {
		args = append(args, i+1, r.Kind, string(r.Settings))
	}
	_, err := tx.Exec(ctx, `INSERT INTO sourcing_rules (position, kind, settings) VALUES `+db.Values(len(rules), 3, 1), args...)
	return err
}

func selectLocations(ctx context.Context, tx *db.Tx) ([]Location, error) {
	return db.All(ctx, tx, func(row db.Row) (l Location, err error) {
		err = row.Scan(&l.Location, &l.Capacity, &l.Home.Minor, &l.Abroad.Minor, &l.Home.Currency)
		l.Abroad.Currency = l.Home.Currency
		return l, err
	}, `SELECT location, capacity, home, abroad, currency FROM sourcing_locations`)
}

func upsertLocation(ctx context.Context, tx *db.Tx, l Location) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO sourcing_locations (location, capacity, home, abroad, currency) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (location) DO UPDATE SET capacity = excluded.capacity, home = excluded.home, abroad = excluded.abroad, currency = excluded.currency`,
		l.Location, l.Capacity, l.Home.Minor, l.Abroad.Minor, l.Home.Currency)
	return err
}

// selectParcels returns how many parcels each location was given on its day.
func selectParcels(ctx context.Context, tx *db.Tx, days map[string]string) (map[string]int64, error) {
	ids := slices.Sorted(maps.Keys(days))
	in, args := catalog.OneOf(1, ids)
	loads := make(map[string]int64, len(ids))
	_, err := db.All(ctx, tx, func(row db.Row) (none struct{}, err error) {
		var location, day string
		var parcels int64
		if err = row.Scan(&location, &day, &parcels); err == nil && days[location] == day {
			loads[location] = parcels
		}
		return none, err
	}, `
		SELECT location, day, parcels FROM sourcing_days d WHERE location IN (`+in+`)
			AND day = (SELECT MAX(m.day) FROM sourcing_days m WHERE m.location = d.location)`, args...)
	return loads, err
}

// addParcel counts one more, and returns 0 when there are as many as may be.
func addParcel(ctx context.Context, tx *db.Tx, location, day string, most int64) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO sourcing_days (location, day, parcels) SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), 1 WHERE CAST($3 AS BIGINT) > 0
		ON CONFLICT (location, day) DO UPDATE SET parcels = sourcing_days.parcels + 1 WHERE sourcing_days.parcels < $3`, location, day, most)
}

func subParcel(ctx context.Context, tx *db.Tx, location, day string) error {
	_, err := tx.Exec(ctx, `
		UPDATE sourcing_days SET parcels = parcels - 1 WHERE location = $1 AND day = $2 AND parcels > 0`, location, day)
	return err
}

// load is a parcel that was counted for a holder.
type load struct{ location, day string }

func insertLoad(ctx context.Context, tx *db.Tx, holder, order, location, day string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO sourcing_loads (holder, order_id, location, day) VALUES ($1, $2, $3, $4) ON CONFLICT (holder, location) DO NOTHING`, holder, order, location, day)
	return err
}

// selectLoads returns how many parcels of an order are counted at a location.
func selectLoads(ctx context.Context, tx *db.Tx, order, location string) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `
		SELECT COUNT(*) FROM sourcing_loads WHERE order_id = $1 AND location = $2`, order, location)
}

func scanLoad(row db.Row) (l load, err error) { return l, row.Scan(&l.location, &l.day) }

// deleteLoads returns them in the order in which days are locked.
func deleteLoads(ctx context.Context, tx *db.Tx, holder string) ([]load, error) {
	all, err := db.All(ctx, tx, scanLoad, `DELETE FROM sourcing_loads WHERE holder = $1 RETURNING location, day`, holder)
	return sorted(all), err
}

// deleteLoadsOf is deleteLoads for all who held for an order; a location of ""
// is every one.
func deleteLoadsOf(ctx context.Context, tx *db.Tx, order, location string) ([]load, error) {
	all, err := db.All(ctx, tx, scanLoad, `
		DELETE FROM sourcing_loads WHERE order_id = $1 AND (CAST($2 AS TEXT) = '' OR location = $2) RETURNING location, day`, order, location)
	return sorted(all), err
}

func sorted(all []load) []load {
	slices.SortFunc(all, func(a, b load) int { return slices.Compare([]string{a.location, a.day}, []string{b.location, b.day}) })
	return all
}

func insertDecision(ctx context.Context, tx *db.Tx, d Decision) error {
	chosen, err := json.Marshal(d.Chosen)
	if err != nil {
		return err
	}
	log, err := json.Marshal(d)
	if err != nil {
		return err
	}
	split := 0
	if len(d.Chosen) > 1 {
		split = 1
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO sourcing_decisions (id, order_id, holder, country, chosen, split, log, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		d.ID, d.Order, d.Holder, d.Country, string(chosen), split, string(log), db.Micros(d.At))
	return err
}

func scanDecision(row db.Row) (d Decision, err error) {
	var chosen, log string
	var at int64
	if err = row.Scan(&d.ID, &d.Order, &d.Holder, &d.Country, &chosen, &log, &at); err != nil {
		return d, err
	}
	d.At = db.Time(at)
	if err = json.Unmarshal([]byte(chosen), &d.Chosen); err != nil {
		return d, err
	}
	return d, json.Unmarshal([]byte(log), &d)
}

// selectDecisions returns at most twenty: no order is sourced as often.
func selectDecisions(ctx context.Context, tx *db.Tx, order string) ([]Decision, error) {
	return db.All(ctx, tx, scanDecision, `
		SELECT id, order_id, holder, country, chosen, log, at FROM sourcing_decisions WHERE order_id = $1 ORDER BY id LIMIT 20`, order)
}

func selectRecent(ctx context.Context, tx *db.Tx, limit int) ([]Decision, error) {
	return db.All(ctx, tx, scanDecision, `
		SELECT id, order_id, holder, country, chosen, log, at FROM sourcing_decisions ORDER BY id DESC LIMIT $1`, limit)
}
