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

func selectEntry(ctx context.Context, tx *db.Tx, seq int64) (Entry, error) {
	return db.One(ctx, tx, scanEntry, `
		SELECT seq, country, region, postal_prefix, class, name, starts, ends, ppm FROM tax_rates WHERE seq = $1`, seq)
}

func selectEntries(ctx context.Context, tx *db.Tx) ([]Entry, error) {
	return db.All(ctx, tx, scanEntry, `
		SELECT seq, country, region, postal_prefix, class, name, starts, ends, ppm
		FROM tax_rates ORDER BY seq`)
}

func selectClasses(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (class string, err error) { return class, row.Scan(&class) },
		`SELECT DISTINCT class FROM tax_rates ORDER BY class`)
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

func upsertSettings(ctx context.Context, tx *db.Tx, s Settings) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO tax_settings (market, provider, shipping_class) VALUES ($1, $2, $3)
		ON CONFLICT (market) DO UPDATE SET provider = excluded.provider, shipping_class = excluded.shipping_class`,
		s.Market, s.Provider, s.ShippingClass)
	return err
}

func selectSettings(ctx context.Context, tx *db.Tx) ([]Settings, error) {
	return db.All(ctx, tx, func(row db.Row) (s Settings, err error) { return s, row.Scan(&s.Market, &s.Provider, &s.ShippingClass) },
		`SELECT market, provider, shipping_class FROM tax_settings ORDER BY market`)
}

func upsertExemption(ctx context.Context, tx *db.Tx, e Exemption) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO tax_exemptions (holder, country, region, certificate, reason, starts, ends) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (holder, country, region) DO UPDATE SET certificate = excluded.certificate, reason = excluded.reason,
			starts = excluded.starts, ends = excluded.ends`,
		e.Holder, e.Country, e.Region, e.Certificate, e.Reason, e.From.String(), e.To.String())
	return err
}

func deleteExemption(ctx context.Context, tx *db.Tx, holder, country, region string) error {
	_, err := tx.Exec(ctx, `DELETE FROM tax_exemptions WHERE holder = $1 AND country = $2 AND region = $3`, holder, country, region)
	return err
}

func selectExemptions(ctx context.Context, tx *db.Tx) ([]Exemption, error) {
	return db.All(ctx, tx, func(row db.Row) (e Exemption, err error) {
		var from, to string
		if err := row.Scan(&e.Holder, &e.Country, &e.Region, &e.Certificate, &e.Reason, &from, &to); err != nil {
			return e, err
		}
		if e.From, err = calendar.Parse(from); err != nil || to == "" {
			return e, err
		}
		e.To, err = calendar.Parse(to)
		return e, err
	}, `SELECT holder, country, region, certificate, reason, starts, ends FROM tax_exemptions ORDER BY holder, country, region`)
}
