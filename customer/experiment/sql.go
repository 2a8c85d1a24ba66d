package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"korzo/platform/db"
)

func insertExperiment(ctx context.Context, tx *db.Tx, e Experiment) error {
	text, err := json.Marshal(e.Draft)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO experiment_experiments (id, key, state, document, created_at, version) VALUES ($1, $2, $3, $4, $5, 1)`,
		e.ID, e.Key, e.State, string(text), db.Micros(tx.Now))
	return err
}

// updateExperiment changes the version that was read, and no other.
func updateExperiment(ctx context.Context, tx *db.Tx, e Experiment) error {
	text, err := json.Marshal(e.Draft)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
		UPDATE experiment_experiments SET state = $2, document = $3, phase = $4, salt = $5, stage = $6, reason = $7,
			started_at = $8, ended_at = $9, phase_at = $10, version = $11
		WHERE id = $1 AND version = $11 - 1`,
		e.ID, e.State, string(text), e.Phase, e.Salt, e.Stage, e.Reason, micros(e.StartedAt), micros(e.EndedAt), micros(e.PhaseAt), e.Version)
	if err == nil && n == 0 {
		err = ErrState
	}
	return err
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return db.Micros(t)
}

const columns = `SELECT id, state, document, phase, salt, stage, reason, started_at, ended_at, phase_at, version FROM experiment_experiments `

func selectExperiment(ctx context.Context, tx *db.Tx, id ID, lock string) (Experiment, error) {
	return db.One(ctx, tx, scanExperiment, columns+`WHERE id = $1`+lock, id)
}

func selectExperiments(ctx context.Context, tx *db.Tx, of State) ([]Experiment, error) {
	if of == "" {
		return db.All(ctx, tx, scanExperiment, columns+`ORDER BY id DESC LIMIT 200`)
	}
	return db.All(ctx, tx, scanExperiment, columns+`WHERE state = $1 ORDER BY id DESC LIMIT 200`, of)
}

func scanExperiment(row db.Row) (e Experiment, err error) {
	var text string
	var started, ended, phase int64
	if err := row.Scan(&e.ID, &e.State, &text, &e.Phase, &e.Salt, &e.Stage, &e.Reason, &started, &ended, &phase, &e.Version); err != nil {
		return e, err
	}
	e.StartedAt, e.EndedAt, e.PhaseAt = db.Time(started), db.Time(ended), db.Time(phase)
	return e, json.Unmarshal([]byte(text), &e.Draft)
}

// insertPhase writes the weights down when they or the stage changed.
func insertPhase(ctx context.Context, tx *db.Tx, e Experiment) error {
	weights := make([]int64, len(e.Arms))
	_, shares := e.shares()
	for i, share := range shares {
		weights[i] = int64(share*million + 0.5)
	}
	text, err := json.Marshal(weights)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO experiment_phases (experiment, phase, stage, salt, weights, began_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (experiment, phase, stage) DO NOTHING`, e.ID, e.Phase, e.Stage, e.Salt, string(text), db.Micros(tx.Now))
	return err
}

func selectPhases(ctx context.Context, tx *db.Tx, id ID) ([]Phase, error) {
	return db.All(ctx, tx, func(row db.Row) (p Phase, err error) {
		var text string
		var at int64
		if err := row.Scan(&p.Number, &p.Stage, &p.Salt, &text, &at); err != nil {
			return p, err
		}
		p.At = db.Time(at)
		return p, json.Unmarshal([]byte(text), &p.Weights)
	}, `SELECT phase, stage, salt, weights, began_at FROM experiment_phases WHERE experiment = $1 ORDER BY began_at, phase, stage LIMIT 500`, id)
}

// selectExposure is the arm that a visitor has, or that the same customer was
// given as another visitor; the first is the stronger.
func selectExposure(ctx context.Context, tx *db.Tx, e ID, visitor, customer string) (Assignment, error) {
	a, err := db.One(ctx, tx, scanExposure, `
		SELECT visitor, phase, arm FROM (
			SELECT 0 AS place, visitor, phase, arm, exposed_at FROM experiment_exposures WHERE experiment = $1 AND visitor = $2
			UNION ALL
			SELECT 1, visitor, phase, arm, exposed_at FROM experiment_exposures WHERE customer = $3 AND customer <> '' AND experiment = $1) found
		ORDER BY place, exposed_at, visitor LIMIT 1`, e, visitor, customer)
	if errors.Is(err, db.ErrNoRow) {
		return Assignment{}, nil
	}
	return a, err
}

// insertExposure writes an exposure down, or returns the one there is: of two
// at one moment the first wins.
func insertExposure(ctx context.Context, tx *db.Tx, a Assignment, customer, device, channel, market string, isNew bool) (Assignment, error) {
	return db.One(ctx, tx, scanExposure, `
		INSERT INTO experiment_exposures (experiment, visitor, phase, arm, bucket, customer, known, device, channel, market, is_new, exposed_at)
		VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $6 = '' THEN 0 ELSE 1 END, $7, $8, $9, $10, $11)
		ON CONFLICT (experiment, visitor) DO UPDATE SET visitor = excluded.visitor
		RETURNING visitor, phase, arm`,
		a.Experiment, a.Unit, a.Phase, a.Arm, int64(a.bucket*million), customer, device, channel, market, isNew, db.Micros(tx.Now))
}

func scanExposure(row db.Row) (a Assignment, err error) {
	return a, row.Scan(&a.Unit, &a.Phase, &a.Arm)
}

func countExposures(ctx context.Context, tx *db.Tx, e ID) ([]Count, error) {
	return db.All(ctx, tx, func(row db.Row) (c Count, err error) {
		var first, last int64
		err = row.Scan(&c.Phase, &c.Arm, &c.Units, &first, &last)
		c.First, c.Last = db.Time(first), db.Time(last)
		return c, err
	}, `
		SELECT phase, arm, COUNT(*), MIN(exposed_at), MAX(exposed_at) FROM experiment_exposures
		WHERE experiment = $1 GROUP BY phase, arm ORDER BY phase, arm`, e)
}

func selectExposures(ctx context.Context, tx *db.Tx, e ID, after string, limit int) ([]Exposure, error) {
	return db.All(ctx, tx, func(row db.Row) (x Exposure, err error) {
		var known, isNew, at int64
		err = row.Scan(&x.Visitor, &x.Phase, &x.Arm, &x.Customer, &known, &x.Device, &x.Channel, &x.Market, &isNew, &at)
		x.Known, x.New, x.At = known == 1, isNew == 1, db.Time(at)
		return x, err
	}, `
		SELECT visitor, phase, arm, customer, known, device, channel, market, is_new, exposed_at
		FROM experiment_exposures WHERE experiment = $1 AND visitor > $2 ORDER BY visitor LIMIT $3`, e, after, limit)
}

func countCrossed(ctx context.Context, tx *db.Tx, e ID) (int64, error) {
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `
		SELECT COUNT(*) FROM (SELECT customer FROM experiment_exposures WHERE experiment = $1 AND customer <> ''
			GROUP BY customer HAVING MIN(arm) <> MAX(arm)) c`, e)
}

func updateCustomer(ctx context.Context, tx *db.Tx, visitor, customer string) error {
	_, err := tx.Exec(ctx, `UPDATE experiment_exposures SET customer = $2 WHERE visitor = $1 AND customer = ''`, visitor, customer)
	return err
}

func upsertLayer(ctx context.Context, tx *db.Tx, l Layer) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO experiment_layers (name, salt, holdout, since) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET holdout = excluded.holdout, since = excluded.since
		WHERE experiment_layers.holdout <> excluded.holdout`, l.Name, l.Salt, l.Holdout, db.Micros(l.Since))
	return err
}

func selectLayers(ctx context.Context, tx *db.Tx) (map[string]Layer, error) {
	all, err := db.All(ctx, tx, func(row db.Row) (l Layer, err error) {
		var since int64
		err = row.Scan(&l.Name, &l.Salt, &l.Holdout, &since)
		l.Since = db.Time(since)
		return l, err
	}, `SELECT name, salt, holdout, since FROM experiment_layers ORDER BY name LIMIT 1000`)
	byName := map[string]Layer{}
	for _, l := range all {
		byName[l.Name] = l
	}
	return byName, err
}

func upsertFeature(ctx context.Context, tx *db.Tx, f Feature) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO experiment_features (key, document, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (key) DO UPDATE SET document = excluded.document, updated_at = excluded.updated_at`, f.Key, string(text), db.Micros(tx.Now))
	return err
}

func selectFeatures(ctx context.Context, tx *db.Tx) ([]Feature, error) {
	return db.All(ctx, tx, scanFeature, `SELECT document FROM experiment_features ORDER BY key LIMIT $1`, maxFeatures)
}

func selectFeature(ctx context.Context, tx *db.Tx, key string) (Feature, error) {
	return db.One(ctx, tx, scanFeature, `SELECT document FROM experiment_features WHERE key = $1`, key)
}

func scanFeature(row db.Row) (f Feature, err error) {
	var text string
	if err := row.Scan(&text); err != nil {
		return f, err
	}
	return f, json.Unmarshal([]byte(text), &f)
}

func selectSeen(ctx context.Context, tx *db.Tx, customer string, limit int) ([]Seen, error) {
	return db.All(ctx, tx, func(row db.Row) (s Seen, err error) {
		var at int64
		err = row.Scan(&s.Experiment, &s.Arm, &at)
		s.At = db.Time(at)
		return s, err
	}, `
		SELECT experiment, arm, exposed_at FROM experiment_exposures
		WHERE customer = $1 AND customer <> '' ORDER BY exposed_at DESC, experiment LIMIT $2`, customer, limit)
}

// insertFailures returns the running experiments of a visitor for which it is
// the first failure.
func insertFailures(ctx context.Context, tx *db.Tx, visitor, what string) ([]ID, error) {
	return db.All(ctx, tx, func(row db.Row) (e ID, err error) { return e, row.Scan(&e) }, `
		INSERT INTO experiment_failures (experiment, visitor, what, failed_at)
		SELECT x.experiment, x.visitor, $2, $3 FROM experiment_exposures x JOIN experiment_experiments e ON e.id = x.experiment
		WHERE x.visitor = $1 AND e.state = 'running'
		ON CONFLICT (experiment, visitor) DO NOTHING RETURNING experiment`, visitor, what, db.Micros(tx.Now))
}

func countFailures(ctx context.Context, tx *db.Tx, e ID, phase int64) (map[string]int64, error) {
	type row struct {
		arm string
		n   int64
	}
	all, err := db.All(ctx, tx, func(r db.Row) (c row, err error) { return c, r.Scan(&c.arm, &c.n) }, `
		SELECT x.arm, COUNT(*) FROM experiment_failures f JOIN experiment_exposures x ON x.experiment = f.experiment AND x.visitor = f.visitor
		WHERE f.experiment = $1 AND x.phase = $2 GROUP BY x.arm`, e, phase)
	byArm := make(map[string]int64, len(all))
	for _, c := range all {
		byArm[c.arm] = c.n
	}
	return byArm, err
}
