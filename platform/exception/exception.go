// Package exception is the one list of what went wrong and matters: a payment
// that does not match, stock that was sold twice, a fact nobody could handle.
//
// Each is a row that waits for a person, with an owner and an age. While one
// is open, raising it again for the same thing only counts it, so a poller
// that meets a trouble every minute makes one row and not a thousand. The
// kinds are constants of the packages that raise them.
//
// An exception is raised in the transaction that notices the trouble. It holds
// ids and amounts, never a person's data. The aim is that none is older than a
// day.
package exception

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/live"
)

// Schema holds the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// MaxPage is the most exceptions on one page of List.
const MaxPage = 100

var (
	// ErrNotFound reports that there is no such exception.
	ErrNotFound = fault.New(fault.NotFound, "exception.not_found", "there is no such exception; take an id from the list")
	// ErrResolved reports that the exception was resolved before.
	ErrResolved = fault.New(fault.Conflict, "exception.resolved", "this exception was resolved before; read it again to see by whom")
	// ErrOpen reports that there is an open exception about the same already.
	ErrOpen = fault.New(fault.Conflict, "exception.open", "it is open, or the same trouble has come again since and is open by itself: look at the open ones")
	// ErrProblem reports a problem without a kind or a reference.
	ErrProblem = fault.New(fault.Internal, "exception.problem", "an exception needs a kind and the id of what it is about")
)

// Problem is what someone noticed.
type Problem struct {
	Kind string // "payment.mismatch": stable, a constant of the package that raises it
	Ref  string // the id of what it is about
	Text string // for the person who resolves it: what is wrong and what to do
}

// Exception is a problem that waits for a person, or waited.
type Exception struct {
	ID              string // "exc_…"
	Kind, Ref, Text string
	Count           int64  // how often it was raised while open
	Owner           string // who takes care of it; "" for nobody yet
	FirstAt, LastAt time.Time
	ResolvedAt      time.Time // zero while open
	ResolvedBy      string
	Note            string // what was done
}

// IsOpen reports whether e still waits.
func (e Exception) IsOpen() bool { return e.ResolvedAt.IsZero() }

// Topic is what live.Watch is asked for to be told that exceptions came or went.
// The keys are references of what is in trouble, or ids of exceptions.
const Topic = "exception"

// Raise opens an exception for p. If one is open for the same kind and
// reference it is counted instead, and its text replaced by the newer one.
func Raise(ctx context.Context, tx *db.Tx, p Problem) error {
	err := error(ErrProblem)
	if p.Kind != "" && p.Ref != "" {
		err = upsertOpen(ctx, tx, id.New[string]("exc", tx.Now), p)
	}
	if err != nil {
		return fmt.Errorf("raise %s of %s: %w", p.Kind, p.Ref, err)
	}
	live.Changed(tx, Topic, p.Ref)
	return nil
}

// Assign makes owner the one who takes care of an open exception; "" nobody.
// It returns ErrNotFound or ErrResolved.
func Assign(ctx context.Context, tx *db.Tx, id, owner string) error {
	n, err := updateOwner(ctx, tx, id, owner)
	if err == nil && n == 0 {
		err = whyNot(ctx, tx, id)
	}
	if err != nil {
		return fmt.Errorf("assign exception %s: %w", id, err)
	}
	return nil
}

// Resolve closes an open exception: staff did what note says. It returns
// ErrNotFound or ErrResolved.
func Resolve(ctx context.Context, tx *db.Tx, id, staff, note string) error {
	n, err := updateResolved(ctx, tx, id, staff, note)
	if err == nil && n == 0 {
		err = whyNot(ctx, tx, id)
	}
	if err != nil {
		return fmt.Errorf("resolve exception %s: %w", id, err)
	}
	live.Changed(tx, Topic, id)
	return nil
}

// Reopen opens an exception again that was resolved by mistake. It returns
// ErrNotFound, or ErrOpen when one about the same is open.
func Reopen(ctx context.Context, tx *db.Tx, id string) error {
	n, err := updateReopened(ctx, tx, id)
	if err == nil && n == 0 {
		if _, err = Find(ctx, tx, id); err == nil {
			err = ErrOpen
		}
	}
	if err != nil {
		return fmt.Errorf("reopen exception %s: %w", id, err)
	}
	live.Changed(tx, Topic, id)
	return nil
}

// Kinds are the kinds of trouble there ever were, in alphabetical order, at most MaxPage.
func Kinds(ctx context.Context, tx *db.Tx) ([]string, error) {
	all, err := selectKinds(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("kinds of exceptions: %w", err)
	}
	return all, nil
}

// Clear resolves what is open for kind and ref because the trouble went away by
// itself; note says how. Clearing nothing is no error.
func Clear(ctx context.Context, tx *db.Tx, kind, ref, note string) error {
	n, err := updateCleared(ctx, tx, kind, ref, note)
	if err != nil {
		return fmt.Errorf("clear %s of %s: %w", kind, ref, err)
	}
	if n > 0 {
		live.Changed(tx, Topic, ref)
	}
	return nil
}

// ClearAll is Clear for several kinds and references at once, at most 10,000 of
// both together.
func ClearAll(ctx context.Context, tx *db.Tx, kinds, refs []string, note string) error {
	if len(kinds) == 0 || len(refs) == 0 {
		return nil
	}
	if err := updateAllCleared(ctx, tx, kinds, refs, note); err != nil {
		return fmt.Errorf("clear exceptions of %d references: %w", len(refs), err)
	}
	return nil
}

// whyNot says why a guarded update of an open exception met none.
func whyNot(ctx context.Context, tx *db.Tx, id string) error {
	if _, err := Find(ctx, tx, id); err != nil {
		return err
	}
	return ErrResolved
}

// Find returns one exception or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id string) (Exception, error) {
	e, err := selectOne(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	return e, err
}

// About returns the exceptions about one thing, open and resolved, in the order
// they were first raised, at most MaxPage.
func About(ctx context.Context, tx *db.Tx, ref string) ([]Exception, error) {
	all, err := selectAbout(ctx, tx, ref)
	if err != nil {
		return nil, fmt.Errorf("exceptions about %s: %w", ref, err)
	}
	return all, nil
}

// Filter chooses a page of exceptions. The zero Filter is the newest of all.
type Filter struct {
	Open   bool   // leave out the resolved ones
	Closed bool   // leave out the open ones
	Oldest bool   // oldest first
	Kind   string // "" is any
	Owner  string // "" is anybody and nobody
	After  string // the id of the last exception of the page before
	Limit  int    // 1 to MaxPage; 0 is MaxPage
}

// List returns a page of exceptions in the order they were first raised, newest first.
func List(ctx context.Context, tx *db.Tx, f Filter) ([]Exception, error) {
	if f.Limit < 1 || f.Limit > MaxPage {
		f.Limit = MaxPage
	}
	page, err := selectPage(ctx, tx, f)
	if err != nil {
		return nil, fmt.Errorf("list exceptions: %w", err)
	}
	return page, nil
}

// Age is how long the oldest open exception has waited, and how many are open.
func Age(ctx context.Context, tx *db.Tx) (oldest time.Duration, open int64, err error) {
	first, open, err := selectOldest(ctx, tx)
	if err != nil {
		return 0, 0, fmt.Errorf("age of exceptions: %w", err)
	}
	if open == 0 {
		return 0, 0, nil
	}
	return tx.Now.Sub(first), open, nil
}
