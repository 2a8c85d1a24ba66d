package sender

import (
	"context"

	"korzo/engagement/message"
	"korzo/platform/db"
)

// stored is a server as its row has it.
type stored struct {
	settings        string
	wrapped, secret []byte
}

func selectServer(ctx context.Context, tx *db.Tx, by message.Medium) (stored, error) {
	return db.One(ctx, tx, func(r db.Row) (s stored, err error) {
		return s, r.Scan(&s.settings, &s.wrapped, &s.secret)
	}, `SELECT settings, wrapped, secret FROM sender_servers WHERE medium = $1`, string(by))
}

func upsertServer(ctx context.Context, tx *db.Tx, by message.Medium, s stored) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO sender_servers (medium, settings, wrapped, secret, changed_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (medium) DO UPDATE SET settings = excluded.settings, wrapped = excluded.wrapped, secret = excluded.secret, changed_at = excluded.changed_at`,
		string(by), s.settings, s.wrapped, s.secret, db.Micros(tx.Now))
	return err
}

func deleteServer(ctx context.Context, tx *db.Tx, by message.Medium) error {
	_, err := tx.Exec(ctx, `DELETE FROM sender_servers WHERE medium = $1`, string(by))
	return err
}
