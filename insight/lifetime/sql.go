package lifetime

import (
	"context"
	"encoding/json"

	"korzo/platform/db"
)

func insertReport(ctx context.Context, tx *db.Tx, r Report) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO lifetime_reports (at, report) VALUES ($1, $2) ON CONFLICT (at) DO UPDATE SET report = excluded.report`, db.Micros(r.At), string(text))
	return err
}

func selectReport(ctx context.Context, tx *db.Tx) (Report, error) {
	return db.One(ctx, tx, func(row db.Row) (r Report, err error) {
		var text string
		if err := row.Scan(&text); err != nil {
			return r, err
		}
		return r, json.Unmarshal([]byte(text), &r)
	}, `SELECT report FROM lifetime_reports ORDER BY at DESC LIMIT 1`)
}
