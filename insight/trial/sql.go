package trial

import (
	"context"
	"encoding/json"

	"korzo/customer/experiment"
	"korzo/platform/db"
)

// insertResult keeps a computation; of two at one moment the first stays.
func insertResult(ctx context.Context, tx *db.Tx, r Result) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO trial_results (experiment, at, verdict, result) VALUES ($1, $2, $3, $4) ON CONFLICT (experiment, at) DO NOTHING`,
		r.Experiment, db.Micros(r.At), r.Verdict, string(text))
	return err
}

func selectLast(ctx context.Context, tx *db.Tx, id experiment.ID) (Result, error) {
	return db.One(ctx, tx, scanResult, `SELECT result FROM trial_results WHERE experiment = $1 ORDER BY at DESC LIMIT 1`, id)
}

func selectResults(ctx context.Context, tx *db.Tx, id experiment.ID, limit int) ([]Result, error) {
	return db.All(ctx, tx, scanResult, `SELECT result FROM trial_results WHERE experiment = $1 ORDER BY at DESC LIMIT $2`, id, limit)
}

func scanResult(row db.Row) (r Result, err error) {
	var text string
	if err := row.Scan(&text); err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(text), &r)
}
