package point

import (
	"context"
	"encoding/json"
	"time"

	"korzo/delivery/carriage"
	"korzo/platform/db"
)

// search is what was asked for and when; never is the zero time.
type search struct {
	codes           []distance
	asked, answered time.Time
}

// distance is a point of an answer. Its names are stored.
type distance struct {
	Code   string `json:"code"`
	Metres int    `json:"metres"`
}

func selectSearch(ctx context.Context, tx *db.Tx, carrier string, q carriage.PointQuery) (search, error) {
	return db.One(ctx, tx, func(row db.Row) (s search, err error) {
		var codes string
		var asked, answered int64
		if err := row.Scan(&codes, &asked, &answered); err != nil {
			return s, err
		}
		s.asked = db.Time(asked)
		if answered > 0 {
			s.answered = db.Time(answered)
		}
		return s, json.Unmarshal([]byte(codes), &s.codes)
	}, `SELECT codes, asked_at, answered_at FROM point_searches WHERE carrier = $1 AND country = $2 AND postal_code = $3`, carrier, q.Country, q.PostalCode)
}

// upsertAsked notes that a carrier was asked and did not answer: what it told
// before stands.
func upsertAsked(ctx context.Context, tx *db.Tx, carrier string, q carriage.PointQuery) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO point_searches (carrier, country, postal_code, codes, asked_at, answered_at) VALUES ($1, $2, $3, '[]', $4, 0)
		ON CONFLICT (carrier, country, postal_code) DO UPDATE SET asked_at = excluded.asked_at`, carrier, q.Country, q.PostalCode, db.Micros(tx.Now))
	return err
}

func upsertAnswered(ctx context.Context, tx *db.Tx, carrier string, q carriage.PointQuery, points []Point) error {
	codes := make([]distance, len(points))
	for i, p := range points {
		codes[i] = distance{p.Code, p.Metres}
	}
	text, err := json.Marshal(codes)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO point_searches (carrier, country, postal_code, codes, asked_at, answered_at) VALUES ($1, $2, $3, $4, $5, $5)
		ON CONFLICT (carrier, country, postal_code) DO UPDATE SET codes = excluded.codes, asked_at = excluded.asked_at, answered_at = excluded.answered_at`,
		carrier, q.Country, q.PostalCode, string(text), db.Micros(tx.Now))
	return err
}

func upsertPoint(ctx context.Context, tx *db.Tx, p Point) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO point_points (carrier, code, point, seen_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (carrier, code) DO UPDATE SET point = excluded.point, seen_at = excluded.seen_at`, p.Carrier, p.Code, string(text), db.Micros(tx.Now))
	return err
}

func selectPoints(ctx context.Context, tx *db.Tx, carrier string, codes []distance) (map[string]Point, error) {
	args := make([]any, 0, len(codes)+1)
	args = append(args, carrier)
	for _, c := range codes {
		args = append(args, c.Code)
	}
	all, err := db.All(ctx, tx, func(row db.Row) (p Point, err error) {
		var text string
		if err := row.Scan(&text); err != nil {
			return p, err
		}
		return p, json.Unmarshal([]byte(text), &p)
	}, `SELECT point FROM point_points WHERE carrier = $1 AND code IN `+db.Values(1, len(codes), 2), args...)
	known := make(map[string]Point, len(all))
	for _, p := range all {
		known[p.Code] = p
	}
	return known, err
}

func deleteOld(ctx context.Context, tx *db.Tx, before time.Time, limit int) (int64, error) {
	n, err := tx.Exec(ctx, `
		DELETE FROM point_searches WHERE (carrier, country, postal_code) IN
			(SELECT carrier, country, postal_code FROM point_searches WHERE asked_at < $1 ORDER BY asked_at LIMIT $2)`, db.Micros(before), limit)
	if err != nil {
		return n, err
	}
	m, err := tx.Exec(ctx, `
		DELETE FROM point_points WHERE (carrier, code) IN
			(SELECT carrier, code FROM point_points WHERE seen_at < $1 ORDER BY seen_at LIMIT $2)`, db.Micros(before), limit)
	return n + m, err
}
