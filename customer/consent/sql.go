package consent

import (
	"context"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
)

func insertAnswer(ctx context.Context, tx *db.Tx, id string, a Answer) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO consent_answers (id, customer, contact, address, purpose, given, words, version, locale, source, ref, asked_at, said_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		id, string(a.customer), string(a.contact), a.address, string(a.Purpose), a.Given, a.Words, a.Version, a.Locale, a.Source, a.Ref,
		db.Micros(a.AskedAt), db.Micros(tx.Now))
	return err
}

const answerColumns = `
	SELECT customer, contact, address, purpose, given, words, version, locale, source, ref, asked_at, said_at FROM consent_answers`

func scanAnswer(r db.Row) (a Answer, err error) {
	var given, asked, said int64
	err = r.Scan(&a.customer, &a.contact, &a.address, &a.Purpose, &given, &a.Words, &a.Version, &a.Locale, &a.Source, &a.Ref, &asked, &said)
	a.Given, a.AskedAt, a.SaidAt = given == 1, db.Time(asked), db.Time(said)
	return a, err
}

func selectAnswers(ctx context.Context, tx *db.Tx, customer profile.CustomerID) ([]Answer, error) {
	return db.All(ctx, tx, scanAnswer, answerColumns+`
		WHERE customer = $1 ORDER BY said_at DESC, id DESC LIMIT $2`, string(customer), maxHistory)
}

func selectAnswersAt(ctx context.Context, tx *db.Tx, address string) ([]Answer, error) {
	return db.All(ctx, tx, scanAnswer, answerColumns+`
		WHERE address = $1 ORDER BY said_at DESC, id DESC LIMIT $2`, address, maxHistory)
}

// updateOwner is not one statement: each table has its own.
func updateOwner(ctx context.Context, tx *db.Tx, customer profile.CustomerID, address string) error {
	_, err := tx.Exec(ctx, `UPDATE consent_answers SET customer = $1 WHERE address = $2 AND customer = ''`, string(customer), address)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE consent_wishes SET customer = $1 WHERE address = $2 AND customer = ''`, string(customer), address)
	return err
}

// deleteOf is not one statement: each table has its own.
func deleteOf(ctx context.Context, tx *db.Tx, customer profile.CustomerID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM consent_wishes WHERE customer = $1`, string(customer)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM consent_answers WHERE customer = $1`, string(customer))
	return err
}

// deleteAt is not one statement: each table has its own.
func deleteAt(ctx context.Context, tx *db.Tx, contacts []profile.ContactID) error {
	for _, c := range contacts {
		if _, err := tx.Exec(ctx, `DELETE FROM consent_wishes WHERE contact = $1`, string(c)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM consent_answers WHERE contact = $1`, string(c)); err != nil {
			return err
		}
	}
	return nil
}

// countGiven counts, by purpose, whose last answer is yes and whose is no. A
// customer is one, and so is the address of a guest.
func countGiven(ctx context.Context, tx *db.Tx) ([]Tally, error) {
	return db.All(ctx, tx, func(r db.Row) (t Tally, err error) {
		err = r.Scan(&t.Purpose, &t.Yes, &t.No)
		return t, err
	}, `
		SELECT a.purpose, CAST(sum(a.given) AS BIGINT), CAST(sum(1 - a.given) AS BIGINT) FROM (
			SELECT purpose, given FROM consent_answers one WHERE customer <> '' AND NOT EXISTS (SELECT 1 FROM consent_answers later
				WHERE later.customer = one.customer AND later.purpose = one.purpose AND (later.said_at, later.id) > (one.said_at, one.id))
			UNION ALL
			SELECT purpose, given FROM consent_answers one WHERE customer = '' AND NOT EXISTS (SELECT 1 FROM consent_answers later
				WHERE later.address = one.address AND later.purpose = one.purpose AND (later.said_at, later.id) > (one.said_at, one.id))
		) a
		GROUP BY a.purpose ORDER BY a.purpose`)
}

func insertWish(ctx context.Context, tx *db.Tx, w Wish) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO consent_wishes (id, customer, contact, address, purpose, words, version, locale, source, ref, made, asked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		string(w.ID), string(w.Customer), string(w.Contact), w.address, string(w.Purpose), w.Words, w.Version, w.Locale, w.Source, w.Ref, w.made, db.Micros(tx.Now))
	return err
}

const wishColumns = `
	SELECT id, customer, contact, address, purpose, words, version, locale, source, ref, made, asked_at FROM consent_wishes`

func scanWish(r db.Row) (w Wish, err error) {
	var made, asked int64
	err = r.Scan(&w.ID, &w.Customer, &w.Contact, &w.address, &w.Purpose, &w.Words, &w.Version, &w.Locale, &w.Source, &w.Ref, &made, &asked)
	w.made, w.AskedAt = made == 1, db.Time(asked)
	return w, err
}

func selectWish(ctx context.Context, tx *db.Tx, wish ID) (Wish, error) {
	return db.One(ctx, tx, scanWish, wishColumns+` WHERE id = $1`, string(wish))
}

// selectWaiting returns what was asked at an address since a time, the latest
// first, confirmed or not.
func selectWaiting(ctx context.Context, tx *db.Tx, address string, p Purpose, since time.Time) ([]Wish, error) {
	return db.All(ctx, tx, scanWish, wishColumns+`
		WHERE address = $1 AND purpose = $2 AND asked_at > $3 ORDER BY asked_at DESC, id DESC LIMIT $4`,
		address, string(p), db.Micros(since), most)
}

func selectWaitingOf(ctx context.Context, tx *db.Tx, customer profile.CustomerID, since time.Time) ([]Purpose, error) {
	return db.All(ctx, tx, func(r db.Row) (p Purpose, err error) { return p, r.Scan(&p) }, `
		SELECT w.purpose FROM consent_wishes w
		WHERE w.customer = $1 AND w.asked_at > $2 AND w.confirmed_at = 0
		AND NOT EXISTS (SELECT 1 FROM consent_answers a WHERE a.customer = w.customer AND a.purpose = w.purpose AND a.said_at >= w.asked_at)
		GROUP BY w.purpose ORDER BY w.purpose LIMIT 10`, string(customer), db.Micros(since))
}

// confirmWish changes nothing and returns 0 when it was confirmed before.
func confirmWish(ctx context.Context, tx *db.Tx, wish ID) (int64, error) {
	return tx.Exec(ctx, `UPDATE consent_wishes SET confirmed_at = $2 WHERE id = $1 AND confirmed_at = 0`, string(wish), db.Micros(tx.Now))
}

// deleteWishes forgets old wishes and returns the contacts that were made for them.
func deleteWishes(ctx context.Context, tx *db.Tx, before time.Time, limit int) ([]profile.ContactID, error) {
	all, err := db.All(ctx, tx, func(r db.Row) (w Wish, err error) {
		var made int64
		err = r.Scan(&w.Contact, &made)
		w.made = made == 1
		return w, err
	}, `
		DELETE FROM consent_wishes WHERE id IN (SELECT id FROM consent_wishes WHERE asked_at < $1 ORDER BY asked_at, id LIMIT $2)
		RETURNING contact, made`, db.Micros(before), limit)
	var contacts []profile.ContactID
	for _, w := range all {
		if w.made {
			contacts = append(contacts, w.Contact)
		}
	}
	return contacts, err
}

// countUses counts what still needs a contact.
func countUses(ctx context.Context, tx *db.Tx, contact profile.ContactID) (n int64, err error) {
	return db.One(ctx, tx, func(r db.Row) (n int64, err error) { return n, r.Scan(&n) }, `
		SELECT (SELECT count(*) FROM consent_answers WHERE contact = $1) + (SELECT count(*) FROM consent_wishes WHERE contact = $1)`, string(contact))
}
