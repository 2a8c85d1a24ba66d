package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/platform/db"
	"korzo/platform/id"
)

// Role is a name for what somebody may do.
type Role struct {
	ID        string
	Name      string   // of a merchant's own; ours are called by their id
	Actions   []string // sorted; what is missing is denied
	Own       bool     // a merchant's own, which can be changed
	CreatedAt time.Time
}

// Allows says whether the role may do an action.
func (r Role) Allows(action string) bool { return slices.Contains(r.Actions, action) }

// Roles returns ours, the mightiest first, and then the merchant's own by name.
func Roles(ctx context.Context, tx *db.Tx) ([]Role, error) {
	roles := make([]Role, 0, len(all))
	for _, name := range []string{RoleOwner, RoleManager, RoleSupport, RoleAssociate} {
		r := Role{ID: name}
		for _, action := range Actions() {
			if Allowed(name, action) {
				r.Actions = append(r.Actions, action)
			}
		}
		roles = append(roles, r)
	}
	own, err := selectRoles(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("list roles: %w", err)
	}
	return append(roles, own...), nil
}

// SaveRole makes a role of a merchant's own, or replaces the one with its ID. It
// holds at once in every open session. It returns ErrRoleName, ErrActions, or
// ErrNotFound.
func SaveRole(ctx context.Context, tx *db.Tx, r Role) (Role, error) {
	r.Name, r.Own = strings.TrimSpace(r.Name), true
	if r.Name == "" || utf8.RuneCountInString(r.Name) > 60 {
		return Role{}, ErrRoleName
	}
	slices.Sort(r.Actions)
	r.Actions = slices.Compact(r.Actions)
	for _, action := range r.Actions {
		if _, known := allowed[action]; !known || action == "staff.write" {
			return Role{}, ErrActions
		}
	}
	if r.ID == "" {
		r.ID, r.CreatedAt = id.New[string]("rol", tx.Now), tx.Now
		if err := insertRole(ctx, tx, r); err != nil {
			return Role{}, fmt.Errorf("make a role: %w", err)
		}
		return r, nil
	}
	n, err := updateRole(ctx, tx, r)
	if err != nil {
		return Role{}, fmt.Errorf("change a role: %w", err)
	}
	if n == 0 {
		return Role{}, ErrNotFound
	}
	return r, nil
}

// DeleteRole takes a role of a merchant's own away. It returns ErrRoleHeld while
// somebody has it, and ErrNotFound.
func DeleteRole(ctx context.Context, tx *db.Tx, role string) error {
	if _, err := lockRole(ctx, tx, role); err != nil {
		if errors.Is(err, db.ErrNoRow) {
			return ErrNotFound
		}
		return fmt.Errorf("lock a role: %w", err)
	}
	n, err := deleteRole(ctx, tx, role)
	if err != nil {
		return fmt.Errorf("delete a role: %w", err)
	}
	if n == 0 {
		return ErrRoleHeld
	}
	return nil
}

// checkRole locks a role of a merchant's own, so that nobody is given one that
// is being deleted.
func checkRole(ctx context.Context, tx *db.Tx, role string) error {
	if slices.Contains(all, role) {
		return nil
	}
	_, err := lockRole(ctx, tx, role)
	if errors.Is(err, db.ErrNoRow) {
		return ErrRole
	}
	return err
}

// SecondRequired says whether the shop asks all staff for a second factor.
func SecondRequired(ctx context.Context, tx *db.Tx) (bool, error) { return selectPolicy(ctx, tx) }

// RequireSecond has the shop ask all staff for a second factor, or no longer.
// Who has none may do nothing but set one up, from the next click on.
func RequireSecond(ctx context.Context, tx *db.Tx, required bool) error {
	if err := upsertPolicy(ctx, tx, required); err != nil {
		return fmt.Errorf("set whether a second factor is asked for: %w", err)
	}
	return nil
}
