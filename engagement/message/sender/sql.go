package sender

import (
	"context"

	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/platform/remember"
)

// stored is a server as its row has it.
type stored struct {
	settings        string
	wrapped, secret []byte
}

const memory = "sender_servers"

// servers are all rows, because every message asks for one. Secrets are in
// there as they are stored: sealed.
var servers = remember.New(memory, func(ctx context.Context, tx *db.Tx) (map[message.Medium]stored, error) {
	all := map[message.Medium]stored{}
	_, err := db.All(ctx, tx, func(r db.Row) (none struct{}, err error) {
		var by message.Medium
		var s stored
		err = r.Scan(&by, &s.settings, &s.wrapped, &s.secret)
		all[by] = s
		return none, err
	}, `SELECT medium, settings, wrapped, secret FROM sender_servers`)
	return all, err
})

// selectServer returns the zero stored where nothing is set.
func selectServer(ctx context.Context, tx *db.Tx, by message.Medium) (stored, error) {
	all, err := servers.Get(ctx, tx)
	return all[by], err
}

func upsertServer(ctx context.Context, tx *db.Tx, by message.Medium, s stored) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO sender_servers (medium, settings, wrapped, secret, changed_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (medium) DO UPDATE SET settings = excluded.settings, wrapped = excluded.wrapped, secret = excluded.secret, changed_at = excluded.changed_at`,
		string(by), s.settings, s.wrapped, s.secret, db.Micros(tx.Now))
	if err != nil {
		return err
	}
	return remember.Touch(ctx, tx, memory)
}

func deleteServer(ctx context.Context, tx *db.Tx, by message.Medium) error {
	_, err := tx.Exec(ctx, `DELETE FROM sender_servers WHERE medium = $1`, string(by))
	if err != nil {
		return err
	}
	return remember.Touch(ctx, tx, memory)
}
