package sandbox

import (
	"context"
	"time"

	"korzo/delivery/carriage"
	"korzo/platform/db"
	"korzo/value/money"
)

// parcel is a booking as the carrier keeps it.
type parcel struct {
	reference, number, service, content string
	cost, collect                       money.Amount
	cancelled                           bool
	at                                  time.Time
}

// insertParcel keeps a booking unless the reference or the number is taken;
// then it returns 0.
func insertParcel(ctx context.Context, tx *db.Tx, p parcel) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO sandbox_parcels (reference, number, service, content, cost, currency, booked_at, collect, collect_currency)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		p.reference, p.number, p.service, p.content, p.cost.Minor, p.cost.Currency, db.Micros(tx.Now), p.collect.Minor, p.collect.Currency)
}

const columns = `reference, number, service, content, cost, currency, cancelled, booked_at, collect, collect_currency`

func scanParcel(row db.Row) (p parcel, err error) {
	var at int64
	err = row.Scan(&p.reference, &p.number, &p.service, &p.content, &p.cost.Minor, &p.cost.Currency, &p.cancelled, &at, &p.collect.Minor, &p.collect.Currency)
	p.at = db.Time(at)
	return p, err
}

func selectParcel(ctx context.Context, tx *db.Tx, reference string) (parcel, error) {
	return db.One(ctx, tx, scanParcel, `SELECT `+columns+` FROM sandbox_parcels WHERE reference = $1`, reference)
}

func selectNumber(ctx context.Context, tx *db.Tx, number string) (parcel, error) {
	return db.One(ctx, tx, scanParcel, `SELECT `+columns+` FROM sandbox_parcels WHERE number = $1`, number)
}

// selectNumberLocked is selectNumber before an event is added: two of them
// come one after the other.
func selectNumberLocked(ctx context.Context, tx *db.Tx, number string) (parcel, error) {
	return db.One(ctx, tx, scanParcel, `SELECT `+columns+` FROM sandbox_parcels WHERE number = $1`+tx.ForUpdate(), number)
}

// updateCancelled changes nothing and returns 0 once something happened to the parcel.
func updateCancelled(ctx context.Context, tx *db.Tx, reference string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE sandbox_parcels SET cancelled = 1 WHERE reference = $1
			AND NOT EXISTS (SELECT 1 FROM sandbox_events e WHERE e.number = sandbox_parcels.number AND e.status <> 'pre_transit')`, reference)
}

// insertEvent adds an event after those a parcel has and returns its place.
func insertEvent(ctx context.Context, tx *db.Tx, number string, e carriage.Event) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (seq int64, err error) { return seq, row.Scan(&seq) }, `
		INSERT INTO sandbox_events (number, seq, at, status, code, text, place, pin, until)
		SELECT CAST($1 AS TEXT), COALESCE(MAX(seq), 0) + 1, CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT),
			CAST($7 AS TEXT), CAST($8 AS BIGINT)
		FROM sandbox_events WHERE number = $1
		RETURNING seq`, number, db.Micros(e.At), string(e.Status), e.Code, e.Text, e.Place, e.Pin, untilOf(e))
}

// selectEvents returns at most a thousand: no parcel travels longer.
func selectEvents(ctx context.Context, tx *db.Tx, number string) ([]carriage.Event, error) {
	return db.All(ctx, tx, func(row db.Row) (e carriage.Event, err error) {
		var seq, at, until int64
		err = row.Scan(&seq, &at, &e.Status, &e.Code, &e.Text, &e.Place, &e.Pin, &until)
		e.ID, e.At = eventID(seq), db.Time(at)
		if until > 0 {
			e.Until = db.Time(until)
		}
		return e, err
	}, `
		SELECT seq, at, status, code, text, place, pin, until FROM sandbox_events WHERE number = $1 ORDER BY at, seq LIMIT 1000`, number)
}

// untilOf is 0 where an event has no end.
func untilOf(e carriage.Event) int64 {
	if e.Until.IsZero() {
		return 0
	}
	return db.Micros(e.Until)
}
