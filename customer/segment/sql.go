package segment

import (
	"context"

	"korzo/platform/db"
)

func selectSegments(ctx context.Context, tx *db.Tx) ([]Segment, error) {
	return db.All(ctx, tx, func(r db.Row) (s Segment, err error) {
		var changed int64
		err = r.Scan(&s.ID, &s.Name, &s.Rule, &changed, &s.Version)
		s.ChangedAt = db.Time(changed)
		return s, err
	}, `SELECT id, name, rule, changed_at, version FROM segment_segments ORDER BY name, id LIMIT $1`, maxSegments)
}

func insertSegment(ctx context.Context, tx *db.Tx, id ID, d Draft) error {
	_, err := tx.Exec(ctx, `INSERT INTO segment_segments (id, name, rule, changed_at, version) VALUES ($1, $2, $3, $4, 1)`,
		string(id), d.Name, d.Rule, db.Micros(tx.Now))
	return err
}

// updateSegment changes nothing and returns 0 when the segment has another version.
func updateSegment(ctx context.Context, tx *db.Tx, id ID, version int64, d Draft) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE segment_segments SET name = $2, rule = $3, changed_at = $4, version = version + 1
		WHERE id = $1 AND (version = $5 OR $5 = 0)`, string(id), d.Name, d.Rule, db.Micros(tx.Now), version)
}

func deleteSegment(ctx context.Context, tx *db.Tx, id ID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM segment_segments WHERE id = $1`, string(id))
}
