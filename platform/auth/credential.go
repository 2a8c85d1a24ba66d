package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
)

// How long a link sent to somebody is good: an invitation may wait over a weekend.
const (
	tokenTTL  = 30 * time.Minute
	inviteTTL = 72 * time.Hour
)

func lifeOf(p Purpose) time.Duration {
	if p == PurposeInvite {
		return inviteTTL
	}
	return tokenTTL
}

// Purpose is what a link is for.
type Purpose string

// The purposes. A reset link sets a new password, a magic link signs in, an
// invitation makes the first password of staff and is good for three days.
const (
	PurposeReset  Purpose = "reset"
	PurposeMagic  Purpose = "magic"
	PurposeInvite Purpose = "invite"
)

// errNotHashed is a bug in the caller: it must not end in clear text in a row.
var errNotHashed = errors.New("a password was to be stored that HashPassword did not make")

// credential is how somebody signs in. Without a subject there is nobody.
type credential struct{ subject, hash string }

// SetPassword lets subject sign in with email and the password behind hash,
// which HashPassword made. It ends all sessions and links of the person; start
// a new session if they are to stay. For customers email is a keyed hash
// (seal.Keeper.Hash) of the folded address, never the address. ErrLoginTaken
// if somebody else signs in with it.
func SetPassword(ctx context.Context, tx *db.Tx, realm Realm, subject, email, hash string) error {
	if !strings.HasPrefix(hash, "$argon2id$") {
		return errNotHashed
	}
	login := fold(realm, email)
	if realm == RealmCustomer && strings.Contains(login, "@") {
		return errors.New("a customer's address was to be stored in clear; pass its keyed hash")
	}
	err := tx.Savepoint(ctx, func() error { return upsertCredential(ctx, tx, realm, subject, login, hash) })
	if errors.Is(err, db.ErrUnique) {
		return ErrLoginTaken
	}
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return endAll(ctx, tx, realm, subject)
}

func endAll(ctx context.Context, tx *db.Tx, realm Realm, subject string) error {
	if err := deleteSessions(ctx, tx, realm, subject); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	if err := deleteTokens(ctx, tx, realm, subject); err != nil {
		return fmt.Errorf("end links: %w", err)
	}
	return nil
}

// RemovePassword makes subject unable to sign in by password, and ends all
// sessions and links: somebody was erased or has left.
func RemovePassword(ctx context.Context, tx *db.Tx, realm Realm, subject string) error {
	if err := deleteCredential(ctx, tx, realm, subject); err != nil {
		return fmt.Errorf("remove password: %w", err)
	}
	return endAll(ctx, tx, realm, subject)
}

// FindLogin returns who signs in with email, or ErrNotFound. Whoever asks for
// a link must get the same answer either way.
func FindLogin(ctx context.Context, tx *db.Tx, realm Realm, email string) (subject string, err error) {
	c, err := selectCredential(ctx, tx, realm, fold(realm, email))
	if errors.Is(err, db.ErrNoRow) {
		return "", ErrNotFound
	}
	return c.subject, err
}

// CreateToken makes the secret of a link that is good once, for half an
// hour (an invitation for three days).
func CreateToken(ctx context.Context, tx *db.Tx, realm Realm, purpose Purpose, subject string) (string, error) {
	token := id.Secret("")
	if err := insertToken(ctx, tx, realm, purpose, subject, digest(token)); err != nil {
		return "", fmt.Errorf("create %s link: %w", purpose, err)
	}
	return token, nil
}

// UseToken uses a link up and returns whose it was, or ErrToken. Of many who
// use the same link at once one succeeds.
func UseToken(ctx context.Context, tx *db.Tx, realm Realm, purpose Purpose, token string) (subject string, err error) {
	subject, err = useToken(ctx, tx, realm, purpose, digest(token))
	if errors.Is(err, db.ErrNoRow) {
		return "", ErrToken
	}
	if err != nil {
		return "", fmt.Errorf("use %s link: %w", purpose, err)
	}
	return subject, nil
}

// ResetPassword uses a reset link and sets the password behind hash. All
// sessions and other links of the person end.
func ResetPassword(ctx context.Context, tx *db.Tx, realm Realm, token, hash string) (subject string, err error) {
	if !strings.HasPrefix(hash, "$argon2id$") {
		return "", errNotHashed
	}
	subject, err = UseToken(ctx, tx, realm, PurposeReset, token)
	if err != nil {
		return "", err
	}
	n, err := updatePassword(ctx, tx, realm, subject, hash)
	if err != nil {
		return "", fmt.Errorf("reset password: %w", err)
	}
	if n == 0 {
		return "", ErrToken // the person signs in no more
	}
	return subject, endAll(ctx, tx, realm, subject)
}
