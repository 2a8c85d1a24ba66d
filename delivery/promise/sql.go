package promise

import (
	"context"
	"strings"

	"korzo/platform/db"
	"korzo/value/calendar"
)

func insertScore(ctx context.Context, tx *db.Tx, o Outcome, late int) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO promise_scores (ref, order_id, method, location, lane, promised, arrived, late_days, from_country, to_country, transit_days, scored_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (ref) DO NOTHING`,
		o.Ref, o.Order, o.Method, o.Location, o.Lane, o.Promised.String(), o.Arrived.String(), late, o.From, o.To, o.transit(), db.Micros(tx.Now))
	return err
}

func selectRates(ctx context.Context, tx *db.Tx, from, to calendar.Date) ([]Kept, error) {
	return db.All(ctx, tx, func(row db.Row) (k Kept, err error) {
		return k, row.Scan(&k.Location, &k.Lane, &k.All, &k.Kept, &k.LateDays)
	}, `
		SELECT location, lane, COUNT(*), CAST(SUM(CASE WHEN late_days <= 0 THEN 1 ELSE 0 END) AS BIGINT),
			CAST(SUM(CASE WHEN late_days > 0 THEN late_days ELSE 0 END) AS BIGINT)
		FROM promise_scores WHERE arrived >= $1 AND arrived <= $2
		GROUP BY location, lane ORDER BY location, lane LIMIT 1000`, from.String(), to.String())
}

const placeColumns = `location, pick_minutes, per_day, waiting, closed, open`

func selectPlaces(ctx context.Context, tx *db.Tx) ([]Place, error) {
	return db.All(ctx, tx, func(row db.Row) (p Place, err error) {
		var closed, open string
		if err = row.Scan(&p.Location, &p.PickMinutes, &p.PerDay, &p.Waiting, &closed, &open); err != nil {
			return p, err
		}
		p.Closed, p.Open = dates(closed), dates(open)
		return p, nil
	}, `SELECT `+placeColumns+` FROM promise_places ORDER BY location`)
}

// upsertPlace leaves what waits there alone: it is measured.
func upsertPlace(ctx context.Context, tx *db.Tx, p Place) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO promise_places (`+placeColumns+`) VALUES ($1, $2, $3, 0, $4, $5)
		ON CONFLICT (location) DO UPDATE SET pick_minutes = excluded.pick_minutes, per_day = excluded.per_day, closed = excluded.closed, open = excluded.open`,
		p.Location, p.PickMinutes, p.PerDay, list(p.Closed), list(p.Open))
	return err
}

func updateWaiting(ctx context.Context, tx *db.Tx, location string, waiting int64) error {
	_, err := tx.Exec(ctx, `UPDATE promise_places SET waiting = $2 WHERE location = $1`, location, waiting)
	return err
}

const laneColumns = `from_country, to_country, method, mode, p50, p90, arrivals, measured_on`

func selectLanes(ctx context.Context, tx *db.Tx) ([]Lane, error) {
	return db.All(ctx, tx, func(row db.Row) (l Lane, err error) {
		var on string
		if err = row.Scan(&l.From, &l.To, &l.Method, &l.Mode, &l.P50, &l.P90, &l.Arrivals, &on); err != nil || on == "" {
			return l, err
		}
		l.MeasuredOn, err = calendar.Parse(on)
		return l, err
	}, `SELECT `+laneColumns+` FROM promise_lanes ORDER BY from_country, to_country, method`)
}

func upsertLane(ctx context.Context, tx *db.Tx, l Lane) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO promise_lanes (`+laneColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (from_country, to_country, method) DO UPDATE SET mode = excluded.mode, p50 = excluded.p50, p90 = excluded.p90,
			arrivals = excluded.arrivals, measured_on = excluded.measured_on`,
		l.From, l.To, l.Method, l.Mode, l.P50, l.P90, l.Arrivals, l.MeasuredOn.String())
	return err
}

// counted is how many parcels of a lane took so many days.
type counted struct {
	from, to, method string
	days             int
	n                int64
}

// selectTransits counts what arrived since a day, by lane and then by days.
func selectTransits(ctx context.Context, tx *db.Tx, since calendar.Date) ([]counted, error) {
	return db.All(ctx, tx, func(row db.Row) (c counted, err error) {
		return c, row.Scan(&c.from, &c.to, &c.method, &c.days, &c.n)
	}, `
		SELECT from_country, to_country, method, transit_days, COUNT(*) FROM promise_scores
		WHERE arrived >= $1 AND transit_days >= 0
		GROUP BY from_country, to_country, method, transit_days
		ORDER BY from_country, to_country, method, transit_days LIMIT 100000`, since.String())
}

// list and dates keep days in one text: 2030-01-31,2030-02-01.
func list(days []calendar.Date) string {
	texts := make([]string, len(days))
	for i, d := range days {
		texts[i] = d.String()
	}
	return strings.Join(texts, ",")
}

func dates(text string) (days []calendar.Date) {
	for part := range strings.SplitSeq(text, ",") {
		if d, err := calendar.Parse(part); err == nil {
			days = append(days, d)
		}
	}
	return days
}
