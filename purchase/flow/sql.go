package flow

import (
	"context"
	"encoding/json"

	"korzo/platform/db"
)

func insertFlow(ctx context.Context, tx *db.Tx, flow ID) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO flow_flows (id, last_version, created_at, updated_at) VALUES ($1, 0, $2, $2)`,
		flow, db.Micros(tx.Now))
	return err
}

// lockFlow keeps other writers of a flow waiting and returns its newest version.
func lockFlow(ctx context.Context, tx *db.Tx, flow ID) (int64, error) {
	return db.One(ctx, tx, scanNumber, `
		UPDATE flow_flows SET updated_at = $2 WHERE id = $1 RETURNING last_version`,
		flow, db.Micros(tx.Now))
}

// updateDraft is the only statement that changes a document, and only a draft's.
func updateDraft(ctx context.Context, tx *db.Tx, flow ID, doc Document) (int64, error) {
	text, err := json.Marshal(doc)
	if err != nil {
		return 0, err
	}
	return db.One(ctx, tx, scanNumber, `
		UPDATE flow_versions SET name = $2, is_default = $3, document = $4, saved_at = $5
		WHERE flow = $1 AND state = 'draft' RETURNING version`,
		flow, doc.Name, doc.Trigger == "", string(text), db.Micros(tx.Now))
}

// insertDraft adds version v, which must follow the newest.
func insertDraft(ctx context.Context, tx *db.Tx, v Version) error {
	text, err := json.Marshal(v.Document)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO flow_versions (flow, version, state, name, is_default, document, saved_at)
		VALUES ($1, $2, 'draft', $3, $4, $5, $6)`,
		v.Flow, v.Version, v.Document.Name, v.Document.Trigger == "", string(text), db.Micros(v.SavedAt))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE flow_flows SET last_version = $2 WHERE id = $1`, v.Flow, v.Version)
	return err
}

// archiveLive returns 0 when the flow has no published version.
func archiveLive(ctx context.Context, tx *db.Tx, flow ID) (int64, error) {
	return tx.Exec(ctx, `UPDATE flow_versions SET state = 'archived' WHERE flow = $1 AND state = 'published'`, flow)
}

// publishVersion changes nothing and returns 0 when the version is not in state from.
func publishVersion(ctx context.Context, tx *db.Tx, flow ID, version int64, from State) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE flow_versions SET state = 'published', published_at = $4
		WHERE flow = $1 AND version = $2 AND state = $3`,
		flow, version, from, db.Micros(tx.Now))
}

func countDefaults(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.One(ctx, tx, scanNumber, `
		SELECT COUNT(*) FROM flow_versions WHERE state = 'published' AND is_default = 1`)
}

const versionColumns = `SELECT flow, version, state, document, saved_at, published_at FROM flow_versions `

func selectVersion(ctx context.Context, tx *db.Tx, flow ID, version int64) (Version, error) {
	return db.One(ctx, tx, scanVersion, versionColumns+`WHERE flow = $1 AND version = $2`, flow, version)
}

func selectVersions(ctx context.Context, tx *db.Tx, flow ID) ([]Version, error) {
	return db.All(ctx, tx, scanVersion, versionColumns+`WHERE flow = $1 ORDER BY version DESC LIMIT 100`, flow)
}

// selectPublished has no limit: it is loaded once per change, and choosing needs all.
func selectPublished(ctx context.Context, tx *db.Tx) ([]Version, error) {
	return db.All(ctx, tx, scanVersion, versionColumns+`WHERE state = 'published' ORDER BY flow`)
}

func selectFlows(ctx context.Context, tx *db.Tx, after ID, limit int) ([]Flow, error) {
	return db.All(ctx, tx, func(row db.Row) (f Flow, err error) {
		var updated int64
		err = row.Scan(&f.ID, &f.Name, &f.Live, &f.Draft, &f.Last, &updated)
		f.UpdatedAt = db.Time(updated)
		return f, err
	}, `
		SELECT f.id, COALESCE(l.name, n.name, ''), COALESCE(l.version, 0), COALESCE(d.version, 0), f.last_version, f.updated_at
		FROM flow_flows f
		LEFT JOIN flow_versions l ON l.flow = f.id AND l.state = 'published'
		LEFT JOIN flow_versions d ON d.flow = f.id AND d.state = 'draft'
		LEFT JOIN flow_versions n ON n.flow = f.id AND n.version = f.last_version
		WHERE f.id > $1 ORDER BY f.id LIMIT $2`, after, limit)
}

func scanVersion(row db.Row) (v Version, err error) {
	var text string
	var saved, published int64
	if err := row.Scan(&v.Flow, &v.Version, &v.State, &text, &saved, &published); err != nil {
		return v, err
	}
	v.SavedAt, v.PublishedAt = db.Time(saved), db.Time(published)
	return v, json.Unmarshal([]byte(text), &v.Document)
}

func scanNumber(row db.Row) (n int64, err error) { return n, row.Scan(&n) }
