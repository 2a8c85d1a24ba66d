package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
)

// life is how long a session lasts: idle ends it early, whole ends it anyhow.
type life struct{ idle, whole time.Duration }

var lives = map[Realm]life{
	RealmStaff:    {30 * time.Minute, 12 * time.Hour},
	RealmCustomer: {30 * 24 * time.Hour, 30 * 24 * time.Hour},
}

// Session is somebody signed in. Name and Role are staff's.
type Session struct {
	Realm     Realm
	Subject   string
	Name      string
	Role      string
	CreatedAt time.Time
	EndsAt    time.Time // at the latest
}

// Can returns nil if the session's role allows an action, else ErrDenied.
func (s Session) Can(action string) error {
	if s.Realm == RealmStaff && Allowed(s.Role, action) {
		return nil
	}
	return ErrDenied
}

// StartSession signs subject in without asking for a password: after a magic
// link or a registration. It returns the token, which is known to nobody else.
func StartSession(ctx context.Context, tx *db.Tx, realm Realm, subject string) (Session, string, error) {
	token := id.Secret("")
	l, ok := lives[realm]
	if !ok {
		return Session{}, "", fmt.Errorf("start session: no realm %q", realm)
	}
	if err := insertSession(ctx, tx, realm, subject, digest(token), l); err != nil {
		return Session{}, "", fmt.Errorf("start session: %w", err)
	}
	s, err := FindSession(ctx, tx, realm, token)
	return s, token, err
}

// FindSession returns whose session a token is, or ErrSession. It costs one
// statement. That the person was seen is written by the next Flush.
func FindSession(ctx context.Context, tx *db.Tx, realm Realm, token string) (Session, error) {
	if len(token) != 52 {
		return Session{}, ErrSession
	}
	hash := sha256.Sum256([]byte(token))
	r, err := selectSession(ctx, tx, realm, hash[:])
	if errors.Is(err, db.ErrNoRow) {
		return Session{}, ErrSession
	}
	if err != nil {
		return Session{}, fmt.Errorf("find session: %w", err)
	}
	if tx.Now.Sub(r.seenAt) >= noteEvery {
		memoryOf(tx).noteSession(hash, realm, tx.Now)
	}
	return r.Session, nil
}

// RotateSession gives a session a new token: do it whenever what the person
// may do has changed. The old token ends.
func RotateSession(ctx context.Context, tx *db.Tx, realm Realm, token string) (string, error) {
	fresh := id.Secret("")
	n, err := updateToken(ctx, tx, realm, digest(token), digest(fresh))
	if err != nil {
		return "", fmt.Errorf("rotate session: %w", err)
	}
	if n == 0 {
		return "", ErrSession
	}
	return fresh, nil
}

// SignOut ends one session. One that has ended already is no error.
func SignOut(ctx context.Context, tx *db.Tx, realm Realm, token string) error {
	return deleteSession(ctx, tx, realm, digest(token))
}

// SignOutAll ends every session of a person.
func SignOutAll(ctx context.Context, tx *db.Tx, realm Realm, subject string) error {
	return deleteSessions(ctx, tx, realm, subject)
}

// Sweep deletes what has ended: sessions, links, counted tries. Call it now
// and then; nothing depends on it but the size of the tables.
func Sweep(ctx context.Context, tx *db.Tx) error {
	if err := deleteEndedSessions(ctx, tx); err != nil {
		return fmt.Errorf("sweep sessions: %w", err)
	}
	if err := deleteEndedTokens(ctx, tx); err != nil {
		return fmt.Errorf("sweep links: %w", err)
	}
	if err := deleteEndedTries(ctx, tx, tx.Now.Add(-originWindow)); err != nil {
		return fmt.Errorf("sweep tries: %w", err)
	}
	return nil
}
