package audit

import (
	"context"

	"korzo/platform/db"
)

const columns = `seq, at, actor, action, subject, detail, hash`

func scanLink(row db.Row) (l link, err error) {
	return l, row.Scan(&l.seq, &l.at, &l.actor, &l.action, &l.subject, &l.detail, &l.hash)
}

type head struct {
	seq  int64
	hash []byte
}

func scanHead(row db.Row) (h head, err error) { return h, row.Scan(&h.seq, &h.hash) }

// lockHead makes everyone else who records wait until tx ends.
func lockHead(ctx context.Context, tx *db.Tx) (head, error) {
	return db.One(ctx, tx, scanHead, `SELECT seq, hash FROM audit_head WHERE id = 1`+tx.ForUpdate())
}

func selectHead(ctx context.Context, tx *db.Tx) (head, error) {
	return db.One(ctx, tx, scanHead, `SELECT seq, hash FROM audit_head WHERE id = 1`)
}

// updateHead changes nothing and returns 0 when the head is not at before.
func updateHead(ctx context.Context, tx *db.Tx, before int64, l link) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1 AND seq = $3`, l.seq, l.hash, before)
}

func insertEntry(ctx context.Context, tx *db.Tx, l link) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO audit_entries (seq, at, actor, action, subject, detail, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		l.seq, l.at, l.actor, l.action, l.subject, l.detail, l.hash)
	return err
}

func selectLinks(ctx context.Context, tx *db.Tx, after int64, limit int) ([]link, error) {
	return db.All(ctx, tx, scanLink, `
		SELECT `+columns+` FROM audit_entries WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit)
}

func selectPage(ctx context.Context, tx *db.Tx, f Filter) ([]link, error) {
	return db.All(ctx, tx, scanLink, `
		SELECT `+columns+` FROM audit_entries
		WHERE ($1 = 0 OR seq < $1) AND ($2 = '' OR actor = $2) AND ($4 = '' OR subject = $4)
		AND ($3 = '' OR action = $3 OR substr($3, length($3)) = '.' AND substr(action, 1, length($3)) = $3)
		AND at >= $6 AND ($7 = CAST(0 AS BIGINT) OR at < $7)
		ORDER BY seq DESC LIMIT $5`, f.Before, f.Actor, f.Action, f.Subject, f.Limit, db.Micros(f.From), db.Micros(f.Until))
}
