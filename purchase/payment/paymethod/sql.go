package paymethod

import (
	"context"

	"korzo/platform/db"
)

func upsertSetting(ctx context.Context, tx *db.Tx, s Setting) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO paymethod_settings (market, method, enabled, position, min_minor, max_minor, fee_minor, fee_ppm, capture)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (market, method) DO UPDATE SET enabled = excluded.enabled, position = excluded.position,
			min_minor = excluded.min_minor, max_minor = excluded.max_minor,
			fee_minor = excluded.fee_minor, fee_ppm = excluded.fee_ppm, capture = excluded.capture`,
		s.Market, s.Method, s.Enabled, s.Position, s.Min, s.Max, s.Fee, s.FeePPM, s.Capture)
	return err
}

func selectSettings(ctx context.Context, tx *db.Tx) ([]Setting, error) {
	return db.All(ctx, tx, func(row db.Row) (s Setting, err error) {
		return s, row.Scan(&s.Market, &s.Method, &s.Enabled, &s.Position, &s.Min, &s.Max, &s.Fee, &s.FeePPM, &s.Capture)
	}, `
		SELECT market, method, enabled, position, min_minor, max_minor, fee_minor, fee_ppm, capture
		FROM paymethod_settings ORDER BY market, method`)
}
