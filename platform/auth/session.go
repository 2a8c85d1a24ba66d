package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
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

// ProofLife is how long a proof of who one is lasts for what is Sensitive.
const ProofLife = 15 * time.Minute

// Session is somebody signed in. What follows EndsAt is staff's.
type Session struct {
	Realm     Realm
	Subject   string
	CreatedAt time.Time
	EndsAt    time.Time // at the latest
	Name      string
	Role      string    // one of ours or the id of a merchant's own
	RoleName  string    // of a merchant's own; "" for ours
	ProvedAt  time.Time // when they last proved who they are; zero: a second factor is still to be shown
	Second    bool      // they have a second factor
	Required  bool      // the shop asks everybody for one

	actions []string // of a merchant's own role
}

// Can returns nil if the session's role allows an action and its owner has
// shown what there is to show, else ErrDenied, ErrSecond or ErrEnroll.
func (s Session) Can(action string) error {
	switch {
	case s.Realm != RealmStaff || !Allowed(s.Role, action) && !slices.Contains(s.actions, action):
		return ErrDenied
	case s.ProvedAt.IsZero():
		return ErrSecond
	case s.Required && !s.Second:
		return ErrEnroll
	}
	return nil
}

// Fresh says whether the last proof is young enough for what is Sensitive.
func (s Session) Fresh(now time.Time) bool {
	return !s.ProvedAt.IsZero() && now.Sub(s.ProvedAt) <= ProofLife
}

// StartSession signs subject in without asking for a password: after a magic
// link or a registration. It returns the token, which is known to nobody else.
// A session of staff who have a second factor may do nothing until it is shown.
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
