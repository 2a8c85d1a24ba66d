package consent

import (
	"context"

	"korzo/customer/profile"
	"korzo/platform/db"
)

func insertAnswer(ctx context.Context, tx *db.Tx, id string, customer profile.CustomerID, a Answer) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO consent_answers (id, customer, purpose, given, words, locale, source, said_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, string(customer), string(a.Purpose), a.Given, a.Words, a.Locale, a.Source, db.Micros(tx.Now))
	return err
}

func selectAnswers(ctx context.Context, tx *db.Tx, customer profile.CustomerID) ([]Answer, error) {
	return db.All(ctx, tx, func(r db.Row) (a Answer, err error) {
		var given, at int64
		err = r.Scan(&a.Purpose, &given, &a.Words, &a.Locale, &a.Source, &at)
		a.Given, a.SaidAt = given == 1, db.Time(at)
		return a, err
	}, `
		SELECT purpose, given, words, locale, source, said_at FROM consent_answers
		WHERE customer = $1 ORDER BY said_at DESC, id DESC LIMIT $2`, string(customer), maxHistory)
}

func deleteAnswers(ctx context.Context, tx *db.Tx, customer profile.CustomerID) error {
	_, err := tx.Exec(ctx, `DELETE FROM consent_answers WHERE customer = $1`, string(customer))
	return err
}

// countGiven counts, by purpose, whose last answer is yes and whose is no.
func countGiven(ctx context.Context, tx *db.Tx) ([]Tally, error) {
	return db.All(ctx, tx, func(r db.Row) (t Tally, err error) {
		err = r.Scan(&t.Purpose, &t.Yes, &t.No)
		return t, err
	}, `
		SELECT a.purpose, CAST(sum(a.given) AS BIGINT), CAST(sum(1 - a.given) AS BIGINT) FROM consent_answers a
		WHERE NOT EXISTS (SELECT 1 FROM consent_answers later
			WHERE later.customer = a.customer AND later.purpose = a.purpose AND (later.said_at, later.id) > (a.said_at, a.id))
		GROUP BY a.purpose ORDER BY a.purpose`)
}
