package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"korzo/platform/db"
)

// OpenID names an open session to its owner; it opens nothing.
type OpenID string

// OpenSession is a session as its owner sees it among others.
type OpenSession struct {
	ID        OpenID
	Device    string // "Firefox, Windows"; "" where nobody said
	CreatedAt time.Time
	SeenAt    time.Time // to the minute or so
	Here      bool      // it is the one that asks

	hash []byte
}

// maxOpen bounds how many sessions are listed.
const maxOpen = 100

// Name says on what device a session is, so that its owner knows it again.
// Naming a session that has ended changes nothing.
func Name(ctx context.Context, tx *db.Tx, realm Realm, token, device string) error {
	if err := updateDevice(ctx, tx, realm, digest(token), device); err != nil {
		return fmt.Errorf("name session: %w", err)
	}
	return nil
}

// Sessions lists where somebody is signed in, the latest seen first, 100 at
// most. Token is the session that asks.
func Sessions(ctx context.Context, tx *db.Tx, realm Realm, subject, token string) ([]OpenSession, error) {
	all, err := selectSessions(ctx, tx, realm, subject)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	here := digest(token)
	for i := range all {
		all[i].ID, all[i].Here = openID(all[i].hash), bytes.Equal(all[i].hash, here)
	}
	return all, nil
}

// SignOutOf ends one of somebody's sessions. One that is not theirs, or has
// ended, is no error.
func SignOutOf(ctx context.Context, tx *db.Tx, realm Realm, subject string, session OpenID) error {
	all, err := selectSessions(ctx, tx, realm, subject)
	if err != nil {
		return fmt.Errorf("sign out of a session: %w", err)
	}
	for _, s := range all {
		if openID(s.hash) == session {
			return deleteSession(ctx, tx, realm, s.hash)
		}
	}
	return nil
}

// SignOutElsewhere ends all sessions of somebody but the one of token.
func SignOutElsewhere(ctx context.Context, tx *db.Tx, realm Realm, subject, token string) error {
	if err := deleteOtherSessions(ctx, tx, realm, subject, digest(token)); err != nil {
		return fmt.Errorf("sign out elsewhere: %w", err)
	}
	return nil
}

// openID is a hash of the hash: whoever sees it learns nothing of either.
func openID(hash []byte) OpenID {
	sum := sha256.Sum256(hash)
	return OpenID("ses_" + hex.EncodeToString(sum[:10]))
}
