package locality

import (
	"context"
	"fmt"
	"time"

	"korzo/platform/db"
)

func selectPlaces(ctx context.Context, tx *db.Tx, limit int) ([]Place, error) {
	return db.All(ctx, tx, func(row db.Row) (p Place, err error) {
		return p, row.Scan(&p.Country, &p.PostalCode, &p.code, &p.City, &p.city, &p.Region)
	}, `
		SELECT country, code, code_key, city, city_key, region FROM locality_places ORDER BY known_at DESC LIMIT $1`, limit)
}

// addVoice counts a voice once and returns how many there are for its place.
func addVoice(ctx context.Context, tx *db.Tx, p Place, voice string) (int64, error) {
	n, err := tx.Exec(ctx, `
		INSERT INTO locality_voices (country, code_key, city_key, voice, heard_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (country, code_key, city_key, voice) DO NOTHING`, p.Country, p.code, p.city, voice, db.Micros(tx.Now))
	if err != nil || n == 0 {
		return 0, err
	}
	return db.One(ctx, tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `
		SELECT COUNT(*) FROM locality_voices WHERE country = $1 AND code_key = $2 AND city_key = $3`, p.Country, p.code, p.city)
}

// insertPlace makes a place known; its voices go.
func insertPlace(ctx context.Context, tx *db.Tx, p Place) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO locality_places (country, code, code_key, city, city_key, region, known_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (country, code_key, city_key) DO NOTHING`, p.Country, p.PostalCode, p.code, p.City, p.city, p.Region, db.Micros(tx.Now))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		DELETE FROM locality_voices WHERE country = $1 AND code_key = $2 AND city_key = $3`, p.Country, p.code, p.city)
	return err
}

func deleteVoices(ctx context.Context, tx *db.Tx, before time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM locality_voices WHERE heard_at < $1`, db.Micros(before)); err != nil {
		return fmt.Errorf("forget voices for places: %w", err)
	}
	return nil
}
