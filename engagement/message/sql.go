package message

import (
	"context"
	"encoding/json"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
)

func insertMessage(ctx context.Context, tx *db.Tx, s Sent) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO message_messages (id, kind, ref, locale, contact, data, state, reason, tries, busy_until, server_id, created_at, sent_at, medium)
		VALUES ($1, $2, $3, $4, $5, $6, 'queued', '', 0, 0, '', $7, 0, $8)
		ON CONFLICT (kind, ref, medium) DO NOTHING`,
		string(s.ID), string(s.Kind), s.Ref, s.Locale, s.Contact, string(s.data), db.Micros(s.CreatedAt), string(s.Medium))
}

func scan(r db.Row) (s Sent, err error) {
	var created, sent int64
	var data string
	err = r.Scan(&s.ID, &s.Kind, &s.Ref, &s.Locale, &s.Contact, &data, &s.State, &s.Reason, &s.Tries, &s.ServerID, &created, &sent, &s.Medium, &s.Arm, &s.Wording)
	s.data, s.CreatedAt, s.SentAt = []byte(data), db.Time(created), db.Time(sent)
	return s, err
}

func selectMessage(ctx context.Context, tx *db.Tx, message ID) (Sent, error) {
	return db.One(ctx, tx, scan, `
		SELECT id, kind, ref, locale, contact, data, state, reason, tries, server_id, created_at, sent_at, medium, arm, wording
		FROM message_messages WHERE id = $1`, string(message))
}

func selectOfContacts(ctx context.Context, tx *db.Tx, contacts []string, limit int) ([]Sent, error) {
	in, args := catalog.OneOf(2, contacts)
	return db.All(ctx, tx, scan, `
		SELECT id, kind, ref, locale, contact, data, state, reason, tries, server_id, created_at, sent_at, medium, arm, wording
		FROM message_messages WHERE contact IN (`+in+`) ORDER BY id DESC LIMIT $1`, append([]any{limit}, args...)...)
}

func selectMessages(ctx context.Context, tx *db.Tx, f Filter) ([]Sent, error) {
	return db.All(ctx, tx, scan, `
		SELECT id, kind, ref, locale, contact, data, state, reason, tries, server_id, created_at, sent_at, medium, arm, wording
		FROM message_messages
		WHERE ($1 = '' OR contact = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR id < $3)
			AND ($5 = '' OR kind = $5) AND ($6 = '' OR medium = $6)
		ORDER BY id DESC LIMIT $4`, f.Contact, f.State, string(f.Before), f.Limit, string(f.Kind), string(f.Medium))
}

// claimMessage finds no row when the message is sent, failed or in another's hands.
func claimMessage(ctx context.Context, tx *db.Tx, message ID, until time.Time) (Sent, error) {
	return db.One(ctx, tx, scan, `
		UPDATE message_messages SET state = 'sending', tries = tries + 1, busy_until = $1
		WHERE id = $2 AND (state = 'queued' OR state = 'sending' AND busy_until <= $3)
		RETURNING id, kind, ref, locale, contact, data, state, reason, tries, server_id, created_at, sent_at, medium, arm, wording`,
		db.Micros(until), string(message), db.Micros(tx.Now))
}

// markSent holds whatever happened meanwhile: the mail is out.
func markSent(ctx context.Context, tx *db.Tx, s Sent, serverID string) error {
	return tx.Send(ctx, nil, `
		UPDATE message_messages SET state = 'sent', sent_at = $1, server_id = $2, reason = ''
		WHERE id = $3 AND state <> 'sent'`,
		db.Micros(tx.Now), serverID, string(s.ID))
}

// markUnsent changes nothing when a later try has the message.
func markUnsent(ctx context.Context, tx *db.Tx, s Sent, state, reason string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE message_messages SET state = $1, reason = $2, busy_until = 0
		WHERE id = $3 AND state = 'sending' AND tries = $4`,
		state, reason, string(s.ID), s.Tries)
}

func requeue(ctx context.Context, tx *db.Tx, message ID) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE message_messages SET state = 'queued'
		WHERE id = $1 AND state IN ('failed', 'queued')`, string(message))
}

func selectMessagesTo(ctx context.Context, tx *db.Tx, contacts []string, before ID, limit int) ([]Sent, error) {
	args := []any{string(before), limit}
	for _, c := range contacts {
		args = append(args, c)
	}
	return db.All(ctx, tx, scan, `
		SELECT id, kind, ref, locale, contact, data, state, reason, tries, server_id, created_at, sent_at, medium, arm, wording
		FROM message_messages
		WHERE contact IN `+db.Values(1, len(contacts), 3)+` AND ($1 = '' OR id < $1)
		ORDER BY id DESC LIMIT $2`, args...)
}

func selectLetterheads(ctx context.Context, tx *db.Tx) ([]Letterhead, error) {
	return db.All(ctx, tx, func(r db.Row) (h Letterhead, err error) {
		return h, r.Scan(&h.Market, &h.Locale, &h.Name, &h.Email, &h.ReplyTo, &h.Text)
	}, `SELECT market, locale, name, email, reply_to, text_from FROM message_letterheads ORDER BY market, locale LIMIT 1000`)
}

func upsertLetterhead(ctx context.Context, tx *db.Tx, h Letterhead) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO message_letterheads (market, locale, name, email, reply_to, text_from) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (market, locale) DO UPDATE SET name = excluded.name, email = excluded.email, reply_to = excluded.reply_to, text_from = excluded.text_from`,
		h.Market, h.Locale, h.Name, h.Email, h.ReplyTo, h.Text)
	return err
}

func deleteLetterhead(ctx context.Context, tx *db.Tx, market, locale string) error {
	_, err := tx.Exec(ctx, `DELETE FROM message_letterheads WHERE market = $1 AND locale = $2`, market, locale)
	return err
}

// pinArm writes down the arm and the words that a message is sent with.
func pinArm(ctx context.Context, tx *db.Tx, s Sent) error {
	return tx.Send(ctx, nil, `UPDATE message_messages SET arm = $1, wording = $2 WHERE id = $3`, s.Arm, string(s.Wording), string(s.ID))
}

// countSince counts the messages of a kind that were written since.
func countSince(ctx context.Context, tx *db.Tx, k Kind, since time.Time) (int64, error) {
	return db.One(ctx, tx, func(r db.Row) (n int64, err error) { return n, r.Scan(&n) }, `
		SELECT COUNT(*) FROM message_messages WHERE kind = $1 AND created_at >= $2`, string(k), db.Micros(since))
}

func scanWording(r db.Row) (w Wording, err error) {
	var text string
	var made int64
	if err := r.Scan(&w.ID, &text, &w.State, &made); err != nil {
		return w, err
	}
	w.MadeAt = db.Time(made)
	return w, json.Unmarshal([]byte(text), &w.WordingDraft)
}

func insertWording(ctx context.Context, tx *db.Tx, id WordingID, d WordingDraft) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO message_wordings (id, kind, document, state, made_at) VALUES ($1, $2, $3, 'kept', $4)`,
		string(id), string(d.Kind), string(text), db.Micros(tx.Now))
	return err
}

func selectWording(ctx context.Context, tx *db.Tx, id WordingID) (Wording, error) {
	return db.One(ctx, tx, scanWording, `SELECT id, document, state, made_at FROM message_wordings WHERE id = $1`, string(id))
}

// selectWordings are those of a state, the newest first; "" is all that are not retired.
func selectWordings(ctx context.Context, tx *db.Tx, state string) ([]Wording, error) {
	return db.All(ctx, tx, scanWording, `
		SELECT id, document, state, made_at FROM message_wordings
		WHERE state = $1 OR $1 = '' AND state <> 'retired' ORDER BY id DESC LIMIT 1000`, state)
}

func updateWording(ctx context.Context, tx *db.Tx, id WordingID, state string) error {
	_, err := tx.Exec(ctx, `UPDATE message_wordings SET state = $2 WHERE id = $1`, string(id), state)
	return err
}

func unstand(ctx context.Context, tx *db.Tx, k Kind) error {
	_, err := tx.Exec(ctx, `UPDATE message_wordings SET state = 'kept' WHERE kind = $1 AND state = 'standing'`, string(k))
	return err
}
