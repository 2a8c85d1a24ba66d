package route

import (
	"context"
	"encoding/json"
	"errors"

	"korzo/platform/db"
)

const ruleColumns = `id, version, state, name, priority, condition, outcome, saved_at, published_at`

func insertRule(ctx context.Context, tx *db.Tx, v Rule) error {
	outcome, err := json.Marshal(v.Outcome)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO route_rules (id, version, state, name, priority, condition, outcome, saved_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		v.ID, v.Version, v.State, v.Name, v.Priority, v.Condition, string(outcome), db.Micros(v.SavedAt))
	return err
}

// updateDraft is the only statement that changes what a rule says, and only a draft's.
func updateDraft(ctx context.Context, tx *db.Tx, v Rule) (int64, error) {
	outcome, err := json.Marshal(v.Outcome)
	if err != nil {
		return 0, err
	}
	return db.One(ctx, tx, scanNumber, `
		UPDATE route_rules SET name = $2, priority = $3, condition = $4, outcome = $5, saved_at = $6
		WHERE id = $1 AND state = 'draft' RETURNING version`,
		v.ID, v.Name, v.Priority, v.Condition, string(outcome), db.Micros(v.SavedAt))
}

func selectLast(ctx context.Context, tx *db.Tx, id RuleID) (int64, error) {
	return db.One(ctx, tx, scanNumber, `
		SELECT version FROM route_rules WHERE id = $1 ORDER BY version DESC LIMIT 1`, id)
}

// archiveLive returns 0 when the rule has no live version.
func archiveLive(ctx context.Context, tx *db.Tx, id RuleID) (int64, error) {
	return tx.Exec(ctx, `UPDATE route_rules SET state = 'archived' WHERE id = $1 AND state = 'live'`, id)
}

// publishRule changes nothing and returns 0 when the version has left v's state
// or a draft's text is not the one that was checked.
func publishRule(ctx context.Context, tx *db.Tx, v Rule) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE route_rules SET state = 'live', published_at = $4
		WHERE id = $1 AND version = $2 AND state = $3 AND saved_at = $5`,
		v.ID, v.Version, v.State, db.Micros(tx.Now), db.Micros(v.SavedAt))
}

func countLive(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.One(ctx, tx, scanNumber, `SELECT COUNT(*) FROM route_rules WHERE state = 'live'`)
}

func selectRule(ctx context.Context, tx *db.Tx, id RuleID, version int64) (Rule, error) {
	return db.One(ctx, tx, scanRule, `
		SELECT `+ruleColumns+` FROM route_rules WHERE id = $1 AND version = $2`, id, version)
}

func selectVersions(ctx context.Context, tx *db.Tx, id RuleID) ([]Rule, error) {
	return db.All(ctx, tx, scanRule, `
		SELECT `+ruleColumns+` FROM route_rules WHERE id = $1 ORDER BY version DESC LIMIT 100`, id)
}

// selectLive needs no limit: publishing keeps them few.
func selectLive(ctx context.Context, tx *db.Tx) ([]Rule, error) {
	return db.All(ctx, tx, scanRule, `
		SELECT `+ruleColumns+` FROM route_rules WHERE state = 'live' ORDER BY id`)
}

func selectDraftsAndLive(ctx context.Context, tx *db.Tx) ([]Rule, error) {
	return db.All(ctx, tx, scanRule, `
		SELECT `+ruleColumns+` FROM route_rules r
		WHERE state = 'draft' OR state = 'live' AND NOT EXISTS (
			SELECT 1 FROM route_rules d WHERE d.id = r.id AND d.state = 'draft')
		ORDER BY priority DESC, id LIMIT 500`)
}

func selectRules(ctx context.Context, tx *db.Tx, after RuleID) ([]Rule, error) {
	return db.All(ctx, tx, scanRule, `
		SELECT `+ruleColumns+` FROM route_rules r
		WHERE id IN (SELECT DISTINCT id FROM route_rules WHERE id > $1 ORDER BY id LIMIT 100)
			AND (state = 'live' OR version = (SELECT MAX(n.version) FROM route_rules n WHERE n.id = r.id))
		ORDER BY id, version DESC`, after)
}

func scanRule(row db.Row) (v Rule, err error) {
	var outcome string
	var saved, published int64
	if err := row.Scan(&v.ID, &v.Version, &v.State, &v.Name, &v.Priority, &v.Condition, &outcome, &saved, &published); err != nil {
		return v, err
	}
	v.SavedAt, v.PublishedAt = db.Time(saved), db.Time(published)
	return v, json.Unmarshal([]byte(outcome), &v.Outcome)
}

func replaceSettings(ctx context.Context, tx *db.Tx, s Settings) error {
	fallback, err := json.Marshal(s.Default)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO route_settings (id, fallback, max_attempts, explore_ppm, updated_at)
		VALUES (1, $1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET fallback = excluded.fallback, max_attempts = excluded.max_attempts,
			explore_ppm = excluded.explore_ppm, updated_at = excluded.updated_at`,
		string(fallback), s.MaxAttempts, s.ExplorePPM, db.Micros(tx.Now))
	return err
}

// selectSettings returns the standard ones until some are saved.
func selectSettings(ctx context.Context, tx *db.Tx) (Settings, error) {
	s, err := db.One(ctx, tx, func(row db.Row) (s Settings, err error) {
		var fallback string
		if err := row.Scan(&fallback, &s.MaxAttempts, &s.ExplorePPM); err != nil {
			return s, err
		}
		return s, json.Unmarshal([]byte(fallback), &s.Default)
	}, `SELECT fallback, max_attempts, explore_ppm FROM route_settings WHERE id = 1`)
	if errors.Is(err, db.ErrNoRow) {
		return standard, nil
	}
	return s, err
}

func replaceRetry(ctx context.Context, tx *db.Tx, row Retry) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO route_retries (gateway, code, action, updated_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (gateway, code) DO UPDATE SET action = excluded.action, updated_at = excluded.updated_at`,
		row.Gateway, row.Code, row.Action, db.Micros(tx.Now))
	return err
}

func deleteRetry(ctx context.Context, tx *db.Tx, gateway, code string) error {
	_, err := tx.Exec(ctx, `DELETE FROM route_retries WHERE gateway = $1 AND code = $2`, gateway, code)
	return err
}

func selectRetries(ctx context.Context, tx *db.Tx) (map[cell]Action, error) {
	rows, err := db.All(ctx, tx, func(row db.Row) (r Retry, err error) {
		return r, row.Scan(&r.Gateway, &r.Code, &r.Action)
	}, `SELECT gateway, code, action FROM route_retries`)
	table := make(map[cell]Action, len(rows))
	for _, r := range rows {
		table[cell{r.Gateway, r.Code}] = r.Action
	}
	return table, err
}

func insertDecision(ctx context.Context, tx *db.Tx, l Logged) error {
	var texts [4]string
	for i, v := range []any{l.Order, l.Why, l.Facts, l.Down} {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		texts[i] = string(text)
	}
	return tx.Send(ctx, nil, `
		INSERT INTO route_decisions (payment, action, gateways, chosen, rule, rule_version, reasons, facts, down, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		l.Facts.Payment, l.Action, texts[0], l.Chosen, l.Rule, l.Version, texts[1], texts[2], texts[3], db.Micros(tx.Now))
}

const decisionColumns = `seq, action, gateways, chosen, rule, rule_version, reasons, facts, down, at`

func selectDecisions(ctx context.Context, tx *db.Tx, payment string) ([]Logged, error) {
	return db.All(ctx, tx, scanDecision, `
		SELECT `+decisionColumns+` FROM route_decisions WHERE payment = $1 ORDER BY seq LIMIT 100`, payment)
}

// selectFirst pages through first decisions from a time on, after a place in it.
func selectFirst(ctx context.Context, tx *db.Tx, at, seq int64, limit int) ([]Logged, error) {
	return db.All(ctx, tx, scanDecision, `
		SELECT `+decisionColumns+` FROM route_decisions
		WHERE action = 'first' AND (at > $1 OR at = $1 AND seq > $2)
		ORDER BY at, seq LIMIT $3`, at, seq, limit)
}

func scanDecision(row db.Row) (l Logged, err error) {
	var order, why, facts, down string
	var at int64
	if err := row.Scan(&l.Seq, &l.Action, &order, &l.Chosen, &l.Rule, &l.Version, &why, &facts, &down, &at); err != nil {
		return l, err
	}
	l.At = db.Time(at)
	return l, errors.Join(json.Unmarshal([]byte(order), &l.Order), json.Unmarshal([]byte(why), &l.Why),
		json.Unmarshal([]byte(facts), &l.Facts), json.Unmarshal([]byte(down), &l.Down))
}

func scanNumber(row db.Row) (n int64, err error) { return n, row.Scan(&n) }
