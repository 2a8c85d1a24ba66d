// Package kept keeps mails and texts instead of sending them: a demo shows an inbox, and
// a test shop writes to nobody.
//
// A mail is kept once per Message-ID, whole, and sealed: it names a person and
// an address, so a copy of the database must not tell it. Forget deletes what
// was kept for somebody who is erased.
package kept

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"regexp"

	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/platform/seal"
)

// Schema holds the table kept_mails.
//
//go:embed schema/*.sql
var Schema embed.FS

// Sender keeps mails in a database. It is a message.Inbox too.
type Sender struct {
	db     *db.DB
	keeper *seal.Keeper
}

// New returns a Sender that keeps mails in d, sealed by k.
func New(d *db.DB, k *seal.Keeper) *Sender { return &Sender{d, k} }

// number is a telephone number as E.164 has it.
var number = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// SendText keeps a text among the mails: as one without a subject, to a number.
func (s *Sender) SendText(ctx context.Context, t message.Text) (string, error) {
	if !number.MatchString(t.To) {
		return "", fmt.Errorf("%w: the number is none", message.ErrRefused)
	}
	return s.keep(ctx, message.Mail{MessageID: t.MessageID, Contact: t.Contact, To: t.To, Locale: t.Locale, Text: t.Body})
}

// Send keeps m. A mail that was kept before is not kept again.
func (s *Sender) Send(ctx context.Context, m message.Mail) (string, error) {
	if a, err := mail.ParseAddress(m.To); err != nil || a.Address != m.To {
		return "", fmt.Errorf("%w: the address is none", message.ErrRefused)
	}
	return s.keep(ctx, m)
}

func (s *Sender) keep(ctx context.Context, m message.Mail) (string, error) {
	plain, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("keep a mail: %w", err)
	}
	wrapped := s.keeper.NewKey()
	sealed, err := s.keeper.Seal(wrapped, plain)
	if err != nil {
		return "", fmt.Errorf("keep a mail: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error { return insertMail(ctx, tx, m, wrapped, sealed) })
	if err != nil {
		return "", fmt.Errorf("keep a mail: %w", err)
	}
	return "kept " + m.MessageID, nil
}

// List returns what was kept, newest first, 100 at most.
func (s *Sender) List(ctx context.Context, limit int) (all []message.Kept, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := selectMails(ctx, tx, min(max(limit, 1), 100))
		if err != nil {
			return err
		}
		for _, r := range rows {
			k, err := s.open(r)
			if err != nil {
				return err
			}
			all = append(all, k)
		}
		return nil
	})
	return all, err
}

// Find returns one kept mail by its id, which is its Message-ID, or message.ErrNotFound.
func (s *Sender) Find(ctx context.Context, id string) (k message.Kept, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		r, err := selectMail(ctx, tx, id)
		if errors.Is(err, db.ErrNoRow) {
			return message.ErrNotFound
		}
		if err != nil {
			return err
		}
		k, err = s.open(r)
		return err
	})
	return k, err
}

// Forget deletes what was kept for a contact.
func (s *Sender) Forget(ctx context.Context, contact string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return deleteMails(ctx, tx, contact) })
}

func (s *Sender) open(r row) (message.Kept, error) {
	plain, err := s.keeper.Open(r.wrapped, r.sealed)
	if err != nil {
		return message.Kept{}, fmt.Errorf("open kept mail %s: %w", r.id, err)
	}
	k := message.Kept{ID: r.id, At: r.at}
	if err := json.Unmarshal(plain, &k.Mail); err != nil {
		return message.Kept{}, fmt.Errorf("read kept mail %s: %w", r.id, err)
	}
	return k, nil
}
