package listing

import (
	"context"
	"encoding/json"
	"time"

	"korzo/platform/db"
)

func upsertView(ctx context.Context, tx *db.Tx, v View) (ViewID, error) {
	return db.One(ctx, tx, func(row db.Row) (kept ViewID, err error) { return kept, row.Scan(&kept) }, `
		INSERT INTO listing_views (id, list, staff, name, query, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (list, staff, name) DO UPDATE SET query = excluded.query
		RETURNING id`,
		v.ID, v.List, v.Staff, v.Name, v.Query, db.Micros(v.CreatedAt))
}

const viewColumns = `id, list, staff, name, query, created_at`

func scanView(row db.Row) (v View, err error) {
	var created int64
	err = row.Scan(&v.ID, &v.List, &v.Staff, &v.Name, &v.Query, &created)
	v.CreatedAt = db.Time(created)
	return v, err
}

func selectViews(ctx context.Context, tx *db.Tx, list, staff string, limit int) ([]View, error) {
	return db.All(ctx, tx, scanView, `
		SELECT `+viewColumns+` FROM listing_views
		WHERE list = $1 AND staff IN ('', $2) ORDER BY name, id LIMIT $3`,
		list, staff, limit)
}

func selectView(ctx context.Context, tx *db.Tx, view ViewID, staff string) (View, error) {
	return db.One(ctx, tx, scanView, `SELECT `+viewColumns+` FROM listing_views WHERE id = $1 AND staff IN ('', $2)`, view, staff)
}

func deleteView(ctx context.Context, tx *db.Tx, view ViewID, staff string) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM listing_views WHERE id = $1 AND staff IN ('', $2)`, view, staff)
}

// dropPlans forgets plans that nobody began, a thousand at a time.
func dropPlans(ctx context.Context, tx *db.Tx, before time.Time) error {
	const old = `SELECT id FROM listing_changes WHERE state = 'planned' AND created_at < $1 ORDER BY created_at LIMIT 1000`
	if _, err := tx.Exec(ctx, `DELETE FROM listing_items WHERE change IN (`+old+`)`, db.Micros(before)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM listing_changes WHERE id IN (`+old+`)`, db.Micros(before))
	return err
}

func insertChange(ctx context.Context, tx *db.Tx, c Change) error {
	settings, err := json.Marshal(c.Settings)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO listing_changes (id, list, verb, settings, state, actor, begun_by, total, created_at, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, 0)`,
		c.ID, c.List, c.Verb, string(settings), c.State, c.Actor, c.Total, db.Micros(c.CreatedAt))
	return err
}

func insertItems(ctx context.Context, tx *db.Tx, change ChangeID, first int64, subjects []string) error {
	args := make([]any, 0, 9*len(subjects))
	for i, s := range subjects {
		args = append(args, change, first+int64(i), s, ItemWaiting, "", "", "", "", "")
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO listing_items (change, position, subject, state, title, old, new, code, reason)
		VALUES `+db.Values(len(subjects), 9, 1), args...)
	return err
}

func updateSettings(ctx context.Context, tx *db.Tx, change ChangeID, s Settings) (int64, error) {
	settings, err := json.Marshal(s)
	if err != nil {
		return 0, err
	}
	return tx.Exec(ctx, `UPDATE listing_changes SET settings = $2 WHERE id = $1 AND state = 'planned'`, change, string(settings))
}

// updateState changes nothing and returns 0 when the change is elsewhere.
func updateState(ctx context.Context, tx *db.Tx, change ChangeID, from, to ChangeState, by string) (int64, error) {
	var ended int64
	if to == StateDone || to == StateUndone {
		ended = db.Micros(tx.Now)
	}
	return tx.Exec(ctx, `UPDATE listing_changes SET state = $3, ended_at = $4, begun_by = $5 WHERE id = $1 AND state = $2`, change, from, to, ended, by)
}

const changeColumns = `id, list, verb, settings, state, actor, begun_by, total, created_at, ended_at`

func scanChange(row db.Row) (c Change, err error) {
	var settings string
	var created, ended int64
	if err := row.Scan(&c.ID, &c.List, &c.Verb, &settings, &c.State, &c.Actor, &c.BegunBy, &c.Total, &created, &ended); err != nil {
		return c, err
	}
	c.CreatedAt, c.EndedAt = db.Time(created), db.Time(ended)
	return c, json.Unmarshal([]byte(settings), &c.Settings)
}

func selectChange(ctx context.Context, tx *db.Tx, change ChangeID) (Change, error) {
	return db.One(ctx, tx, scanChange, `SELECT `+changeColumns+` FROM listing_changes WHERE id = $1`, change)
}

func selectLocked(ctx context.Context, tx *db.Tx, change ChangeID) (Change, error) {
	return db.One(ctx, tx, scanChange, `SELECT `+changeColumns+` FROM listing_changes WHERE id = $1`+tx.ForUpdate(), change)
}

func selectRecent(ctx context.Context, tx *db.Tx, list string, limit int) ([]Change, error) {
	return db.All(ctx, tx, scanChange, `
		SELECT `+changeColumns+` FROM listing_changes
		WHERE state <> 'planned' AND ($1 = '' OR list = $1) ORDER BY id DESC LIMIT $2`,
		list, limit)
}

func countItems(ctx context.Context, tx *db.Tx, change ChangeID) (map[ItemState]int64, error) {
	counts := map[ItemState]int64{}
	_, err := db.All(ctx, tx, func(row db.Row) (n int64, err error) {
		var state ItemState
		if err := row.Scan(&state, &n); err != nil {
			return 0, err
		}
		counts[state] = n
		return n, nil
	}, `SELECT state, count(*) FROM listing_items WHERE change = $1 GROUP BY state`, change)
	return counts, err
}

func scanItem(row db.Row) (it Item, err error) {
	var before, after string
	if err := row.Scan(&it.Position, &it.Subject, &it.State, &it.Title, &before, &after, &it.Code, &it.Reason); err != nil {
		return it, err
	}
	if before != "" {
		it.Old = json.RawMessage(before)
	}
	if after != "" {
		it.New = json.RawMessage(after)
	}
	return it, nil
}

func selectItems(ctx context.Context, tx *db.Tx, change ChangeID, state ItemState, after int64, limit int) ([]Item, error) {
	return db.All(ctx, tx, scanItem, `
		SELECT position, subject, state, title, old, new, code, reason FROM listing_items
		WHERE change = $1 AND ($2 = '' OR state = $2) AND position > $3 ORDER BY position LIMIT $4`,
		change, state, after, limit)
}

func updateItem(ctx context.Context, tx *db.Tx, change ChangeID, it Item) error {
	_, err := tx.Exec(ctx, `
		UPDATE listing_items SET state = $3, title = $4, old = $5, new = $6, code = $7, reason = $8
		WHERE change = $1 AND position = $2`,
		change, it.Position, it.State, it.Title, string(it.Old), string(it.New), it.Code, it.Reason)
	return err
}
