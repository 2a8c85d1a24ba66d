package kept

import (
	"context"
	"time"

	"korzo/engagement/message"
	"korzo/platform/db"
)

type row struct {
	id              string
	at              time.Time
	wrapped, sealed []byte
}

func scan(s db.Row) (r row, err error) {
	var at int64
	err = s.Scan(&r.id, &at, &r.wrapped, &r.sealed)
	r.at = db.Time(at)
	return r, err
}

func insertMail(ctx context.Context, tx *db.Tx, m message.Mail, wrapped, sealed []byte) error {
	return tx.Send(ctx, nil, `
		INSERT INTO kept_mails (message_id, contact, at, wrapped, sealed) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (message_id) DO NOTHING`,
		m.MessageID, m.Contact, db.Micros(tx.Now), wrapped, sealed)
}

func selectMails(ctx context.Context, tx *db.Tx, limit int) ([]row, error) {
	return db.All(ctx, tx, scan, `
		SELECT message_id, at, wrapped, sealed FROM kept_mails ORDER BY at DESC, message_id DESC LIMIT $1`, limit)
}

func selectMail(ctx context.Context, tx *db.Tx, id string) (row, error) {
	return db.One(ctx, tx, scan, `
		SELECT message_id, at, wrapped, sealed FROM kept_mails WHERE message_id = $1`, id)
}

func deleteMails(ctx context.Context, tx *db.Tx, contact string) error {
	_, err := tx.Exec(ctx, `DELETE FROM kept_mails WHERE contact = $1`, contact)
	return err
}
