package flow

import (
	"context"
	"encoding/json"
	"time"

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
		UPDATE flow_versions SET name = $2, is_default = $3, document = $4, saved_at = $5, publish_at = 0
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

// moveVersion changes nothing and returns 0 when the version is not in state from.
func moveVersion(ctx context.Context, tx *db.Tx, flow ID, version int64, from, to State) (int64, error) {
	var published int64
	if to == StatePublished {
		published = db.Micros(tx.Now)
	}
	return tx.Exec(ctx, `
		UPDATE flow_versions SET state = $4, published_at = $5, publish_at = 0
		WHERE flow = $1 AND version = $2 AND state = $3`,
		flow, version, from, to, published)
}

// updatePublishAt changes nothing and returns 0 when the version is no draft.
func updatePublishAt(ctx context.Context, tx *db.Tx, flow ID, version int64, at time.Time) (int64, error) {
	var when int64
	if !at.IsZero() {
		when = db.Micros(at)
	}
	return tx.Exec(ctx, `
		UPDATE flow_versions SET publish_at = $3 WHERE flow = $1 AND version = $2 AND state = 'draft'`, flow, version, when)
}

// selectDue is the drafts whose time has come, the earliest first.
func selectDue(ctx context.Context, tx *db.Tx) ([]Version, error) {
	return db.All(ctx, tx, scanVersion, versionColumns+`
		WHERE publish_at > 0 AND publish_at <= $1 AND state = 'draft' ORDER BY publish_at, flow LIMIT 100`, db.Micros(tx.Now))
}

func countDefaults(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.One(ctx, tx, scanNumber, `
		SELECT COUNT(*) FROM flow_versions WHERE state = 'published' AND is_default = 1`)
}

const versionColumns = `SELECT flow, version, state, document, saved_at, published_at, publish_at FROM flow_versions `

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
	var saved, published, due int64
	if err := row.Scan(&v.Flow, &v.Version, &v.State, &text, &saved, &published, &due); err != nil {
		return v, err
	}
	v.SavedAt, v.PublishedAt, v.PublishAt = db.Time(saved), db.Time(published), db.Time(due)
	return v, json.Unmarshal([]byte(text), &v.Document)
}

func scanNumber(row db.Row) (n int64, err error) { return n, row.Scan(&n) }
