package pickup

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/purchase/order"
)

const columns = `fulfilment, order_id, location, state, salt, code_hash, accept_by, overdue, ready_at, reminded, due_at, expire_at, created_at`

func scan(row db.Row) (t Task, err error) {
	var accept, overdue, ready, due, expire, created int64
	err = row.Scan(&t.Fulfilment, &t.Order, &t.Location, &t.State, &t.salt, &t.hash, &accept, &overdue, &ready, &t.Reminded, &due, &expire, &created)
	t.AcceptBy, t.Overdue, t.ReadyAt, t.DueAt, t.ExpireAt, t.CreatedAt = moment(accept), overdue == 1, moment(ready), moment(due), moment(expire), moment(created)
	return t, err
}

// moment is a time that may not have come: 0 is the zero time.
func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return db.Time(micros)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return db.Micros(t)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func insertTask(ctx context.Context, tx *db.Tx, t Task) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO pickup_tasks (`+columns+`) VALUES ($1, $2, $3, $4, 0, '', $5, 0, 0, 0, 0, 0, $6)
		ON CONFLICT (fulfilment) DO NOTHING`, t.Fulfilment, t.Order, t.Location, t.State, db.Micros(t.AcceptBy), db.Micros(t.CreatedAt))
	return err
}

func updateTask(ctx context.Context, tx *db.Tx, t Task) error {
	_, err := tx.Exec(ctx, `
		UPDATE pickup_tasks SET state = $2, salt = $3, code_hash = $4, overdue = $5, ready_at = $6, reminded = $7, due_at = $8, expire_at = $9
		WHERE fulfilment = $1`, t.Fulfilment, t.State, t.salt, t.hash, flag(t.Overdue), micros(t.ReadyAt), t.Reminded, micros(t.DueAt), micros(t.ExpireAt))
	return err
}

func closeTask(ctx context.Context, tx *db.Tx, of shipment.ID) error {
	_, err := tx.Exec(ctx, `UPDATE pickup_tasks SET state = 'over', due_at = 0 WHERE fulfilment = $1`, of)
	return err
}

func selectTask(ctx context.Context, tx *db.Tx, of shipment.ID) (Task, error) {
	return db.One(ctx, tx, scan, `SELECT `+columns+` FROM pickup_tasks WHERE fulfilment = $1`, of)
}

func selectTasks(ctx context.Context, tx *db.Tx, of order.ID) ([]Task, error) {
	return db.All(ctx, tx, scan, `SELECT `+columns+` FROM pickup_tasks WHERE order_id = $1 ORDER BY created_at, fulfilment LIMIT 100`, of)
}

func selectByHash(ctx context.Context, tx *db.Tx, location, hash string) (Task, error) {
	return db.One(ctx, tx, scan, `SELECT `+columns+` FROM pickup_tasks WHERE location = $1 AND code_hash = $2 AND state = 'ready'`, location, hash)
}

func selectOverdue(ctx context.Context, tx *db.Tx, limit int) ([]Task, error) {
	return db.All(ctx, tx, scan, `
		SELECT `+columns+` FROM pickup_tasks WHERE state = 'waiting' AND overdue = 0 AND accept_by <= $1
		ORDER BY accept_by, fulfilment LIMIT $2`, db.Micros(tx.Now), limit)
}

func selectDue(ctx context.Context, tx *db.Tx, limit int) ([]Task, error) {
	return db.All(ctx, tx, scan, `
		SELECT `+columns+` FROM pickup_tasks WHERE state = 'ready' AND due_at <= $1 AND due_at > 0
		ORDER BY due_at, fulfilment LIMIT $2`+tx.SkipLocked(), db.Micros(tx.Now), limit)
}

func insertHandover(ctx context.Context, tx *db.Tx, id string, t Task, h Hand) error {
	lines, err := json.Marshal(h.Units)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO pickup_handovers (id, fulfilment, at, staff, proxy, lines) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, t.Fulfilment, db.Micros(tx.Now), h.By.Actor, flag(h.Proxy), string(lines))
	return err
}

const placeColumns = `location, kind, note, hours, accept_minutes, remind_days, expire_days`

func scanPlace(row db.Row) (p Place, err error) {
	var hours, remind string
	if err = row.Scan(&p.Location, &p.Kind, &p.Note, &hours, &p.AcceptMinutes, &remind, &p.ExpireDays); err != nil {
		return p, err
	}
	for d := range strings.SplitSeq(remind, ",") {
		if n, err := strconv.Atoi(d); err == nil {
			p.RemindDays = append(p.RemindDays, n)
		}
	}
	return p, json.Unmarshal([]byte(hours), &p.Hours.Days)
}

func selectPlace(ctx context.Context, tx *db.Tx, location string) (Place, error) {
	return db.One(ctx, tx, scanPlace, `SELECT `+placeColumns+` FROM pickup_places WHERE location = $1`, location)
}

func selectPlaces(ctx context.Context, tx *db.Tx) (map[string]Place, error) {
	all, err := db.All(ctx, tx, scanPlace, `SELECT `+placeColumns+` FROM pickup_places ORDER BY location LIMIT 10000`)
	at := map[string]Place{}
	for _, p := range all {
		at[p.Location] = p
	}
	return at, err
}

func upsertPlace(ctx context.Context, tx *db.Tx, p Place) error {
	remind := make([]string, len(p.RemindDays))
	for i, d := range p.RemindDays {
		remind[i] = strconv.Itoa(d)
	}
	hours, err := json.Marshal(p.Hours.Days)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO pickup_places (`+placeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (location) DO UPDATE SET kind = excluded.kind, note = excluded.note, hours = excluded.hours,
			accept_minutes = excluded.accept_minutes, remind_days = excluded.remind_days, expire_days = excluded.expire_days`,
		p.Location, p.Kind, p.Note, string(hours), p.AcceptMinutes, strings.Join(remind, ","), p.ExpireDays)
	return err
}
