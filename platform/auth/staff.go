package auth

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
)

// StaffID names a member of staff.
type StaffID string

// Staff is somebody who works here.
type Staff struct {
	ID        StaffID
	Name      string
	Email     string
	Role      string
	Active    bool // those who have left stay in the list: the audit names them
	CreatedAt time.Time

	Joined bool      // they have a password; the invited do not yet
	Second bool      // they have a second factor
	SeenAt time.Time // in a session that is open; zero: none is
}

// CreateStaff adds somebody; hash is what HashPassword made. ID, Active and
// CreatedAt are set here.
func CreateStaff(ctx context.Context, tx *db.Tx, s Staff, hash string) (Staff, error) {
	s, err := addStaff(ctx, tx, s)
	if err != nil {
		return Staff{}, err
	}
	if err := SetPassword(ctx, tx, RealmStaff, string(s.ID), s.Email, hash); err != nil {
		return Staff{}, err
	}
	return s, nil
}

// addStaff adds somebody who cannot sign in yet.
func addStaff(ctx context.Context, tx *db.Tx, s Staff) (Staff, error) {
	if err := checkRole(ctx, tx, s.Role); err != nil {
		return Staff{}, err
	}
	s.Email = fold(RealmStaff, s.Email)
	if a, err := mail.ParseAddress(s.Email); err != nil || a.Address != s.Email || len(s.Email) > 254 {
		return Staff{}, ErrEmail
	}
	if s.Name = strings.TrimSpace(s.Name); s.Name == "" {
		s.Name = s.Email
	}
	s.ID, s.Active, s.CreatedAt = id.New[StaffID]("stf", tx.Now), true, tx.Now
	err := tx.Savepoint(ctx, func() error { return insertStaff(ctx, tx, s) })
	if errors.Is(err, db.ErrUnique) {
		return Staff{}, ErrLoginTaken
	}
	if err != nil {
		return Staff{}, fmt.Errorf("create staff: %w", err)
	}
	return s, nil
}

// FindStaff returns one member of staff, or ErrNotFound.
func FindStaff(ctx context.Context, tx *db.Tx, who StaffID) (Staff, error) {
	s, err := selectStaff(ctx, tx, who)
	if errors.Is(err, db.ErrNoRow) {
		return Staff{}, ErrNotFound
	}
	return s, err
}

// ListStaff returns everybody, by name, 500 at most.
func ListStaff(ctx context.Context, tx *db.Tx) ([]Staff, error) { return selectAllStaff(ctx, tx, 500) }

// SetRole changes what somebody may do, at once and in every open session.
// The last active owner stays one: ErrLastOwner.
func SetRole(ctx context.Context, tx *db.Tx, who StaffID, role string) error {
	if err := checkRole(ctx, tx, role); err != nil {
		return err
	}
	return change(ctx, tx, who, func(s *Staff) { s.Role = role })
}

// Dismiss ends somebody's sessions, takes their second factors away and lets
// them sign in no more. The last active owner stays: ErrLastOwner.
func Dismiss(ctx context.Context, tx *db.Tx, who StaffID) error {
	if err := change(ctx, tx, who, func(s *Staff) { s.Active = false }); err != nil {
		return err
	}
	if err := RemoveFactors(ctx, tx, RealmStaff, string(who)); err != nil {
		return err
	}
	return RemovePassword(ctx, tx, RealmStaff, string(who))
}

// change locks all active owners, so that two owners cannot demote each other.
func change(ctx context.Context, tx *db.Tx, who StaffID, edit func(*Staff)) error {
	owners, err := lockOwners(ctx, tx)
	if err != nil {
		return fmt.Errorf("change staff: %w", err)
	}
	s, err := FindStaff(ctx, tx, who)
	if err != nil {
		return err
	}
	edit(&s)
	if len(owners) == 1 && owners[0] == who && (s.Role != RoleOwner || !s.Active) {
		return ErrLastOwner
	}
	if err := updateStaff(ctx, tx, s); err != nil {
		return fmt.Errorf("change staff: %w", err)
	}
	return nil
}
