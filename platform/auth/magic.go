package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
)

const (
	// magicTTL is how long a mail that signs in is good: it is read at once or not at all.
	magicTTL = 15 * time.Minute
	// codeTries is how often the code of one mail may be typed: of a million
	// codes five are no chance.
	codeTries = 5
)

// The failures of signing in by mail.
var (
	ErrElsewhere = fault.New(fault.Forbidden, "auth.elsewhere", "this link signs in only in the browser that asked for it; open it there, or type the code of the mail there")
	ErrCode      = fault.New(fault.Unauthorized, "auth.code", "the code does not fit, or is good no more; check it, or ask for a new mail")
)

// Magic are the secrets of one mail that signs in. The mail brings Token, in a
// link, and Code, to be typed; the browser that asked has Ticket. Whoever reads
// the mail and has another browser gets in by neither.
type Magic struct {
	Token  string
	Code   string // "482913"
	Ticket string // 256 random bits
}

// Ask counts that somebody asks for a mail that signs in, known or not: it is
// ErrLimited after five times in a quarter of an hour from one address.
func Ask(ctx context.Context, tx *db.Tx, realm Realm, login, ip string) error {
	if err := triesOf(realm, "magic "+fold(realm, login), ip).count(ctx, tx); err != nil {
		return fmt.Errorf("ask for a link: %w", err)
	}
	return nil
}

// KeepMagic makes a mail's secrets good, once and for a quarter of an hour. They
// come from the caller, because a mail is written when it is sent and no row may
// hold them till then. Mails asked for before stay good.
func KeepMagic(ctx context.Context, tx *db.Tx, realm Realm, subject string, m Magic) error {
	if err := insertMagic(ctx, tx, realm, subject, digest(m.Token), digest(m.Ticket), digest(m.Ticket+m.Code)); err != nil {
		return fmt.Errorf("keep a link: %w", err)
	}
	return nil
}

// UseMagic uses a mail's link up and returns whose it was. It returns
// ErrElsewhere to a browser that did not ask for it, and the link stays good;
// ErrToken for one that is used, old or unknown.
func UseMagic(ctx context.Context, tx *db.Tx, realm Realm, token, ticket string) (subject string, err error) {
	subject, err = useMagic(ctx, tx, realm, digest(token), digest(ticket))
	if !errors.Is(err, db.ErrNoRow) {
		return subject, err
	}
	alive, err := countMagic(ctx, tx, realm, digest(token))
	if err != nil {
		return "", fmt.Errorf("use a link: %w", err)
	}
	if alive > 0 {
		return "", ErrElsewhere
	}
	return "", ErrToken
}

// UseCode uses a mail up by its code and returns whose it was, or ErrCode. Every
// try is counted, so it has a transaction of its own.
func UseCode(ctx context.Context, d *db.DB, realm Realm, ticket, code string) (subject string, err error) {
	fits := false
	err = d.Write(ctx, func(tx *db.Tx) error {
		m, err := tryMagic(ctx, tx, realm, digest(ticket))
		if errors.Is(err, db.ErrNoRow) {
			return ErrCode
		}
		if err != nil {
			return err
		}
		if fits = subtle.ConstantTimeCompare(m.code, digest(ticket+code)) == 1; !fits {
			return nil
		}
		subject, err = useMagic(ctx, tx, realm, m.hash, digest(ticket))
		return err
	})
	if err == nil && !fits {
		err = ErrCode
	}
	if err != nil {
		return "", fmt.Errorf("use a code: %w", err)
	}
	return subject, nil
}
