package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"korzo/platform/db"
)

// Invite adds somebody who has no password yet and returns the secret of the
// link by which they set one (Join), good once and for three days. It returns
// ErrRole, ErrEmail, or ErrLoginTaken.
func Invite(ctx context.Context, tx *db.Tx, s Staff) (Staff, string, error) {
	s, err := addStaff(ctx, tx, s)
	if err != nil {
		return Staff{}, "", err
	}
	token, err := CreateToken(ctx, tx, RealmStaff, PurposeInvite, string(s.ID))
	return s, token, err
}

// InviteAgain returns the secret of a new link for somebody who was invited,
// forgot everything, or had left and comes back; links sent before end, and so
// do their password and second factors. It returns ErrNotFound, or ErrLoginTaken
// when somebody else has their address by now.
func InviteAgain(ctx context.Context, tx *db.Tx, who StaffID) (Staff, string, error) {
	err := tx.Savepoint(ctx, func() error { return change(ctx, tx, who, func(s *Staff) { s.Active = true }) })
	if errors.Is(err, db.ErrUnique) {
		return Staff{}, "", ErrLoginTaken
	}
	if err != nil {
		return Staff{}, "", err
	}
	if err := RemoveFactors(ctx, tx, RealmStaff, string(who)); err != nil {
		return Staff{}, "", err
	}
	if err := RemovePassword(ctx, tx, RealmStaff, string(who)); err != nil {
		return Staff{}, "", err
	}
	s, err := FindStaff(ctx, tx, who)
	if err != nil {
		return Staff{}, "", err
	}
	token, err := CreateToken(ctx, tx, RealmStaff, PurposeInvite, string(who))
	return s, token, err
}

// Join uses an invitation up: its owner has the password behind hash from now
// on, and the name, where one is given. Of many at once one succeeds; the others
// get ErrInvite. It returns ErrLoginTaken as SetPassword does.
func Join(ctx context.Context, tx *db.Tx, token, name, hash string) (Staff, error) {
	who, err := UseToken(ctx, tx, RealmStaff, PurposeInvite, token)
	if errors.Is(err, ErrToken) {
		return Staff{}, ErrInvite
	}
	if err != nil {
		return Staff{}, err
	}
	s, err := FindStaff(ctx, tx, StaffID(who))
	if err != nil {
		return Staff{}, err
	}
	if !s.Active {
		return Staff{}, ErrInvite
	}
	if name = strings.TrimSpace(name); name != "" {
		s.Name = name
		if err := updateStaff(ctx, tx, s); err != nil {
			return Staff{}, fmt.Errorf("join: %w", err)
		}
	}
	return s, SetPassword(ctx, tx, RealmStaff, who, s.Email, hash)
}

// Invited returns whom an invitation is for, without using it up, or ErrInvite.
func Invited(ctx context.Context, tx *db.Tx, token string) (Staff, error) {
	who, err := selectToken(ctx, tx, RealmStaff, PurposeInvite, digest(token))
	if errors.Is(err, db.ErrNoRow) {
		return Staff{}, ErrInvite
	}
	if err != nil {
		return Staff{}, fmt.Errorf("look at an invitation: %w", err)
	}
	return FindStaff(ctx, tx, StaffID(who))
}
