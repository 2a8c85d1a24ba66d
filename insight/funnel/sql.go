package funnel

import (
	"context"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
)

// selectEdge is the newest visit but overlap, "" where there are not so many.
func selectEdge(ctx context.Context, tx *db.Tx) (string, error) {
	all, err := db.All(ctx, tx, scanText, `SELECT session FROM funnel_visits ORDER BY session DESC LIMIT 1 OFFSET $1`, overlap)
	return strings.Join(all, ""), err
}

func selectTryEdge(ctx context.Context, tx *db.Tx) (string, error) {
	all, err := db.All(ctx, tx, scanText, `SELECT try_id FROM funnel_tries ORDER BY try_id DESC LIMIT 1 OFFSET $1`, overlap)
	return strings.Join(all, ""), err
}

func scanText(row db.Row) (text string, err error) { return text, row.Scan(&text) }

func insertVisit(ctx context.Context, tx *db.Tx, v checkout.Visited) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO funnel_visits (session, flow, version, device, channel, market, is_new, customer, began_at, arm)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (session) DO NOTHING`,
		v.Session, v.Flow, v.Version, v.Visit.Device.Kind, v.Visit.Channel, v.Visit.Market, v.Visit.Path.New, v.Customer, db.Micros(v.At), v.Arm)
	return err
}

// insertTry keeps how a try ended; one that ended is not opened again.
func insertTry(ctx context.Context, tx *db.Tx, t checkout.Try) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO funnel_tries (try_id, session, order_id, state, ended_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (try_id) DO UPDATE SET order_id = excluded.order_id, state = excluded.state, ended_at = excluded.ended_at`,
		t.ID, t.Session, t.Order, t.State, db.Micros(t.At))
	return err
}

// updateNeeds keeps what was missing at a time, unless something later is kept.
func updateNeeds(ctx context.Context, tx *db.Tx, session checkout.ID, needs []string, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE funnel_visits SET needs = $2, needs_at = $3 WHERE session = $1 AND needs_at <= $3`, session, strings.Join(needs, ","), db.Micros(at))
	return err
}

func insertError(ctx context.Context, tx *db.Tx, session checkout.ID, field string) error {
	_, err := tx.Exec(ctx, `INSERT INTO funnel_errors (session, field) VALUES ($1, $2) ON CONFLICT (session, field) DO NOTHING`, session, field)
	return err
}

// visitRow is a visit with what became of it.
type visitRow struct {
	session                 string
	version                 int64
	device, channel, market string
	isNew                   bool
	customer                string
	began                   time.Time
	needs                   string
	tries, placed           int64
	order                   string
	ended                   time.Time
}

func selectRows(ctx context.Context, tx *db.Tx, id flow.ID, since time.Time, after string, limit int) ([]visitRow, error) {
	return db.All(ctx, tx, func(row db.Row) (v visitRow, err error) {
		var began, ended, isNew int64
		err = row.Scan(&v.session, &v.version, &v.device, &v.channel, &v.market, &isNew, &v.customer, &began, &v.needs, &v.tries, &v.placed, &v.order, &ended)
		v.began, v.ended, v.isNew = db.Time(began), db.Time(ended), isNew == 1
		return v, err
	}, `
		SELECT v.session, v.version, v.device, v.channel, v.market, v.is_new, v.customer, v.began_at, v.needs,
			COALESCE(SUM(CASE WHEN t.state <> 'open' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN t.state = 'placed' THEN 1 ELSE 0 END), 0),
			COALESCE(MAX(t.order_id), ''), COALESCE(MAX(CASE WHEN t.state = 'placed' THEN t.ended_at END), 0)
		FROM funnel_visits v LEFT JOIN funnel_tries t ON t.session = v.session
		WHERE v.flow = $1 AND v.began_at >= $2 AND v.session > $3
		GROUP BY v.session, v.version, v.device, v.channel, v.market, v.is_new, v.customer, v.began_at, v.needs
		ORDER BY v.session LIMIT $4`, id, db.Micros(since), after, limit)
}

// selectErrors is how many checkouts of a flow's version erred in each field.
func selectErrors(ctx context.Context, tx *db.Tx, id flow.ID, version int64, since time.Time) ([]Wrong, error) {
	return db.All(ctx, tx, func(row db.Row) (w Wrong, err error) { return w, row.Scan(&w.Field, &w.Visits) }, `
		SELECT e.field, COUNT(*) FROM funnel_errors e JOIN funnel_visits v ON v.session = e.session
		WHERE v.flow = $1 AND ($2 = 0 OR v.version = $2) AND v.began_at >= $3 GROUP BY e.field ORDER BY COUNT(*) DESC, e.field LIMIT 20`,
		id, version, db.Micros(since))
}

// selectArms counts by arm the checkouts whose pin begins with a text.
func selectArms(ctx context.Context, tx *db.Tx, pin string) ([]Arm, error) {
	return db.All(ctx, tx, func(row db.Row) (a Arm, err error) {
		return a, row.Scan(&a.Arm, &a.Visits, &a.Wrong, &a.Tries, &a.Approved)
	}, `
		SELECT v.arm, COUNT(*), SUM(CASE WHEN EXISTS (SELECT 1 FROM funnel_errors e WHERE e.session = v.session) THEN 1 ELSE 0 END),
			COALESCE(SUM((SELECT COUNT(*) FROM funnel_tries t WHERE t.session = v.session AND t.state <> 'open')), 0),
			COALESCE(SUM((SELECT COUNT(*) FROM funnel_tries t WHERE t.session = v.session AND t.state = 'placed')), 0)
		FROM funnel_visits v WHERE v.arm <> '' AND v.arm >= $1 AND v.arm < $2 GROUP BY v.arm`, pin, pin+"~")
}
