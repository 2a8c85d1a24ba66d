package tax

import (
	"context"

	"korzo/platform/db"
	"korzo/value/calendar"
)

func upsertEntry(ctx context.Context, tx *db.Tx, e Entry) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO tax_rates (country, region, postal_prefix, class, name, starts, ends, ppm)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (country, region, postal_prefix, class, name, starts)
		DO UPDATE SET ends = excluded.ends, ppm = excluded.ppm`,
		e.Country, e.Region, e.PostalPrefix, e.Class, e.Name, e.From.String(), e.To.String(), e.PPM)
	return err
}

func deleteEntry(ctx context.Context, tx *db.Tx, seq int64) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM tax_rates WHERE seq = $1`, seq)
}

func selectEntries(ctx context.Context, tx *db.Tx) ([]Entry, error) {
	return db.All(ctx, tx, scanEntry, `
		SELECT seq, country, region, postal_prefix, class, name, starts, ends, ppm
		FROM tax_rates ORDER BY seq`)
}

func listEntries(ctx context.Context, tx *db.Tx, f Filter) ([]Entry, error) {
	return db.All(ctx, tx, scanEntry, `
		SELECT seq, country, region, postal_prefix, class, name, starts, ends, ppm
		FROM tax_rates
		WHERE seq > $1 AND (CAST($2 AS TEXT) = '' OR country = $2)
		ORDER BY seq LIMIT $3`,
		f.After, folded(f.Country), f.Limit)
}

func scanEntry(row db.Row) (e Entry, err error) {
	var from, to string
	if err := row.Scan(&e.Seq, &e.Country, &e.Region, &e.PostalPrefix, &e.Class, &e.Name, &from, &to, &e.PPM); err != nil {
		return e, err
	}
	if e.From, err = calendar.Parse(from); err != nil || to == "" {
		return e, err
	}
	e.To, err = calendar.Parse(to)
	return e, err
}
