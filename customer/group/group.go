// Package group keeps which customers the merchant has put together by hand:
// dealers, friends, staff.
//
// A group is a name and its members; what members get (prices, promotions) is
// said where that is kept, by the group's id. A customer may be in many groups.
// Guests are in none: what a group gets, nobody gets by knowing its id. Who
// fulfils a rule at this moment is a segment, and not kept here.
package group

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

var (
	// ErrNotFound reports that there is no such group.
	ErrNotFound = fault.New(fault.NotFound, "group.not_found", "there is no such customer group: use an id from the list of groups")
	// ErrName reports a name that is empty or too long.
	ErrName = fault.New(fault.Invalid, "group.name", "give the group a name of at most 200 characters")
	// ErrMembers reports too many customers at once.
	ErrMembers = fault.New(fault.Invalid, "group.members", "give 1 to 1000 customers at a time, by their ids")
)

// MaxMembers is how many customers Add and Remove take at once.
const MaxMembers = 1000

// maxGroups bounds the list of groups, and the groups of one customer.
const maxGroups = 500

// ID names a group: "cgr_01j…".
type ID string

// Group is a name for some customers.
type Group struct {
	ID      ID
	Name    string
	Members int64
}

// Create makes a group without members. It returns ErrName.
func Create(ctx context.Context, tx *db.Tx, name string) (Group, error) {
	return Restore(ctx, tx, Group{ID: id.New[ID]("cgr", tx.Now), Name: name})
}

// Restore makes a group that has an id already, as an import of one that was
// exported does. It returns ErrName.
func Restore(ctx context.Context, tx *db.Tx, g Group) (Group, error) {
	g.Name, g.Members = strings.TrimSpace(g.Name), 0
	if g.ID == "" {
		g.ID = id.New[ID]("cgr", tx.Now)
	}
	if g.Name == "" || len(g.Name) > 200 {
		return Group{}, ErrName
	}
	if err := insertGroup(ctx, tx, g); err != nil {
		return Group{}, fmt.Errorf("create customer group: %w", err)
	}
	return g, nil
}

// Rename gives a group another name. It returns ErrNotFound or ErrName.
func Rename(ctx context.Context, tx *db.Tx, id ID, name string) error {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 200 {
		return ErrName
	}
	n, err := updateName(ctx, tx, id, name)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("rename customer group %s: %w", id, err)
	}
	return nil
}

// List returns all groups, the oldest first: at most 500.
func List(ctx context.Context, tx *db.Tx) ([]Group, error) {
	all, err := selectGroups(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("list customer groups: %w", err)
	}
	return all, nil
}

// Add puts customers into a group; those in it stay. It returns ErrNotFound or
// ErrMembers.
func Add(ctx context.Context, tx *db.Tx, id ID, customers []string) error {
	if err := check(ctx, tx, id, customers); err != nil {
		return err
	}
	if err := insertMembers(ctx, tx, id, customers); err != nil {
		return fmt.Errorf("add to customer group %s: %w", id, err)
	}
	return nil
}

// Remove takes customers out of a group; it may be repeated. It returns
// ErrNotFound or ErrMembers.
func Remove(ctx context.Context, tx *db.Tx, id ID, customers []string) error {
	if err := check(ctx, tx, id, customers); err != nil {
		return err
	}
	if err := deleteMembers(ctx, tx, id, customers); err != nil {
		return fmt.Errorf("remove from customer group %s: %w", id, err)
	}
	return nil
}

func check(ctx context.Context, tx *db.Tx, id ID, customers []string) error {
	if len(customers) < 1 || len(customers) > MaxMembers {
		return ErrMembers
	}
	n, err := countGroup(ctx, tx, id)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// Of returns the groups of a customer; a guest ("") has none.
func Of(ctx context.Context, tx *db.Tx, customer string) ([]string, error) {
	if customer == "" {
		return nil, nil
	}
	ids, err := selectOf(ctx, tx, customer)
	if err != nil {
		return nil, fmt.Errorf("groups of a customer: %w", err)
	}
	return ids, nil
}

// Members lists who is in a group, the latest customers first, 1,000 at most.
func Members(ctx context.Context, tx *db.Tx, id ID) ([]string, error) {
	return selectMembers(ctx, tx, id, MaxMembers)
}

// MembersAfter is a page of who is in a group, by id, after one of them ("" for
// the first).
func MembersAfter(ctx context.Context, tx *db.Tx, id ID, after string, limit int) ([]string, error) {
	return selectMembersAfter(ctx, tx, id, after, limit)
}
