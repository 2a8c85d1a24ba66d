package standing

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"korzo/platform/db"
)

func selectStanding(ctx context.Context, tx *db.Tx, customer string) (Standing, error) {
	return db.One(ctx, tx, func(row db.Row) (s Standing, err error) {
		var tags string
		if err := row.Scan(&s.Predicted, &s.AlivePPM, &s.Tier, &tags); err != nil {
			return s, err
		}
		return s, json.Unmarshal([]byte(tags), &s.Tags)
	}, `SELECT predicted, alive_ppm, tier, tags FROM standing_standings WHERE customer = $1`, customer)
}

func selectStandings(ctx context.Context, tx *db.Tx, customers []string, into map[string]Standing) error {
	places, args := make([]string, len(customers)), make([]any, len(customers))
	for i, c := range customers {
		places[i], args[i] = "$"+strconv.Itoa(i+1), c
	}
	type row struct {
		customer string
		Standing
	}
	all, err := db.All(ctx, tx, func(r db.Row) (s row, err error) {
		var tags string
		if err := r.Scan(&s.customer, &s.Predicted, &s.AlivePPM, &s.Tier, &tags); err != nil {
			return s, err
		}
		return s, json.Unmarshal([]byte(tags), &s.Tags)
	}, `SELECT customer, predicted, alive_ppm, tier, tags FROM standing_standings WHERE customer IN (`+strings.Join(places, ", ")+`)`, args...)
	for _, s := range all {
		into[s.customer] = s.Standing
	}
	return err
}

func upsertPrediction(ctx context.Context, tx *db.Tx, p Prediction) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO standing_standings (customer, predicted, alive_ppm, updated_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (customer) DO UPDATE SET predicted = excluded.predicted, alive_ppm = excluded.alive_ppm, updated_at = excluded.updated_at`,
		p.Customer, p.Predicted, p.AlivePPM, db.Micros(tx.Now))
	return err
}

func upsertTier(ctx context.Context, tx *db.Tx, customer, tier string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO standing_standings (customer, tier, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (customer) DO UPDATE SET tier = excluded.tier, updated_at = excluded.updated_at`, customer, tier, db.Micros(tx.Now))
	return err
}

func upsertTags(ctx context.Context, tx *db.Tx, customer string, tags []string) error {
	text, err := json.Marshal(tags)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO standing_standings (customer, tags, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (customer) DO UPDATE SET tags = excluded.tags, updated_at = excluded.updated_at`, customer, string(text), db.Micros(tx.Now))
	return err
}
