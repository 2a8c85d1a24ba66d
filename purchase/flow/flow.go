// Package flow keeps checkout flows: which way of checking out which visitor gets.
//
// A flow is a document in versions. A draft may be changed as often as one
// likes; publishing freezes it for ever and gives it to new visitors; the
// version published before is archived, and rolling back publishes it again.
// A checkout session pins the flow and version it was given, so nothing a
// merchant publishes changes a checkout under way.
//
// Choose decides by priority, then by id: the first flow whose trigger (a rule
// over the visit) is true. A flow without a trigger takes everyone left over.
// Once one is published there always is one: what would take the last away is
// refused, because a visitor without a flow cannot buy.
//
// Published flows are compiled once and remembered, so choosing costs
// microseconds and no statement of its own.
package flow

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/remember"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "flow.not_found", "there is no such flow or version: list the flows to see what there is")
	ErrInvalid  = fault.New(fault.Invalid, "flow.invalid", "the flow is not complete: mend the fields named")
	ErrState    = fault.New(fault.Conflict, "flow.state", "only a draft or a staged version can be published and only an archived one rolled back to: list the versions to see their states")
	ErrDefault  = fault.New(fault.Conflict, "flow.default", "a flow without a trigger must stay published for visitors whom no other flow takes: publish one first")
	ErrNone     = fault.New(fault.Unavailable, "flow.none", "no checkout flow takes this visitor: publish a flow without a trigger")
)

// ID names a flow.
type ID string

// State is where a version is in its life.
type State string

// The states of a version.
const (
	StateDraft     State = "draft"     // being written; shown to nobody but its authors
	StateStaged    State = "staged"    // frozen and checked; given only as an arm of an experiment
	StatePublished State = "published" // given to visitors; at most one version of a flow
	StateArchived  State = "archived"  // was published once
)

// next is the life of a version, whole.
var next = map[State][]State{
	StateDraft:     {StateStaged, StatePublished},
	StateStaged:    {StatePublished},
	StatePublished: {StateArchived},
	StateArchived:  {StatePublished},
}

// Version is one state of a flow's document.
type Version struct {
	Flow        ID
	Version     int64 // counted from 1 in each flow
	State       State
	Document    Document
	SavedAt     time.Time
	PublishedAt time.Time // last; zero for a draft
	PublishAt   time.Time // when a draft publishes itself; zero: when somebody does

	fitted func() []Fitting // its widgets, made once; nil for none, and for a version just read
}

// Flow is a flow in a list.
type Flow struct {
	ID        ID
	Name      string // of the live version, else of the newest
	Live      int64  // the published version; 0: none
	Draft     int64  // the version being written; 0: none
	Last      int64  // the newest version
	UpdatedAt time.Time
}

// memory is the name under which the published flows are remembered.
const memory = "flow"

// Save writes a document as the draft of a flow: the one open, or a new
// version. An empty id makes a new flow. A draft may be incomplete, and saving
// it again replaces it and takes it off the calendar of publications; a
// published version is never touched.
func Save(ctx context.Context, tx *db.Tx, flow ID, doc Document) (Version, error) {
	if flow == "" {
		flow = id.New[ID]("flw", tx.Now)
		if err := insertFlow(ctx, tx, flow); err != nil {
			return Version{}, fmt.Errorf("save flow: %w", err)
		}
	}
	last, err := lockFlow(ctx, tx, flow)
	if err != nil {
		return Version{}, fmt.Errorf("save flow %s: %w", flow, notFound(err))
	}
	v := Version{Flow: flow, State: StateDraft, Document: doc, SavedAt: tx.Now}
	v.Version, err = updateDraft(ctx, tx, flow, doc)
	if errors.Is(err, db.ErrNoRow) {
		v.Version = last + 1
		err = insertDraft(ctx, tx, v)
	}
	if err != nil {
		return Version{}, fmt.Errorf("save flow %s: %w", flow, err)
	}
	return v, nil
}

// Publish gives a draft to visitors in place of the version published before,
// and publishes Published. It returns ErrInvalid naming each field at fault,
// ErrState for what is no draft, ErrDefault when no flow would be left for
// everyone. Publishing the published version again changes nothing.
func Publish(ctx context.Context, tx *db.Tx, flow ID, version int64) error {
	return publish(ctx, tx, flow, version, StateDraft, StateStaged)
}

// Rollback publishes an older version again. Its document must still hold: a
// market opened since may lack its payment methods. Otherwise as Publish.
func Rollback(ctx context.Context, tx *db.Tx, flow ID, version int64) error {
	return publish(ctx, tx, flow, version, StateArchived)
}

func publish(ctx context.Context, tx *db.Tx, flow ID, version int64, from ...State) error {
	// Touched first, because the row it locks lets one publisher pass at a
	// time: two could each archive the other's only default.
	if err := remember.Touch(ctx, tx, memory); err != nil {
		return fmt.Errorf("publish %s: %w", flow, err)
	}
	v, err := selectVersion(ctx, tx, flow, version)
	switch {
	case err != nil:
		return fmt.Errorf("publish %s version %d: %w", flow, version, notFound(err))
	case v.State == StatePublished:
		return nil
	case !slices.Contains(from, v.State) || !slices.Contains(next[v.State], StatePublished):
		return ErrState.With(fmt.Sprintf("version %d is %s: %s", version, v.State, ErrState.Text))
	}
	if err := v.Document.valid(ctx, tx); err != nil {
		return err
	}
	if _, err := archiveLive(ctx, tx, flow); err != nil {
		return fmt.Errorf("publish %s version %d: %w", flow, version, err)
	}
	n, err := moveVersion(ctx, tx, flow, version, v.State, StatePublished)
	if err == nil && n == 0 {
		err = ErrState
	}
	if err == nil {
		err = mustHaveDefault(ctx, tx)
	}
	if err != nil {
		return fmt.Errorf("publish %s version %d: %w", flow, version, err)
	}
	return event.Publish(ctx, tx, Published{Flow: flow, Version: version})
}

// Archive takes a flow from visitors and publishes Archived. It returns
// ErrDefault for the last flow without a trigger. Archiving what is not
// published changes nothing.
func Archive(ctx context.Context, tx *db.Tx, flow ID) error {
	if err := remember.Touch(ctx, tx, memory); err != nil {
		return fmt.Errorf("archive %s: %w", flow, err)
	}
	if _, err := lockFlow(ctx, tx, flow); err != nil {
		return fmt.Errorf("archive %s: %w", flow, notFound(err))
	}
	n, err := archiveLive(ctx, tx, flow)
	if err == nil && n > 0 {
		err = mustHaveDefault(ctx, tx)
	}
	if err != nil {
		return fmt.Errorf("archive %s: %w", flow, err)
	}
	if n == 0 {
		return nil
	}
	return event.Publish(ctx, tx, Archived{Flow: flow})
}

// Stage freezes a draft so that an experiment can give it to some; nobody else
// gets it. It returns ErrInvalid naming each field at fault and ErrState for
// what is no draft. Staging a staged version again changes nothing.
func Stage(ctx context.Context, tx *db.Tx, flow ID, version int64) error {
	v, err := selectVersion(ctx, tx, flow, version)
	switch {
	case err != nil:
		return fmt.Errorf("stage %s version %d: %w", flow, version, notFound(err))
	case v.State == StateStaged:
		return nil
	case v.State != StateDraft:
		return ErrState.With(fmt.Sprintf("version %d is %s: only a draft can be staged", version, v.State))
	}
	if err := v.Document.valid(ctx, tx); err != nil {
		return err
	}
	n, err := moveVersion(ctx, tx, flow, version, StateDraft, StateStaged)
	if err == nil && n == 0 {
		err = ErrState
	}
	if err != nil {
		return fmt.Errorf("stage %s version %d: %w", flow, version, err)
	}
	return remember.Touch(ctx, tx, memory)
}

func mustHaveDefault(ctx context.Context, tx *db.Tx) error {
	n, err := countDefaults(ctx, tx)
	if err == nil && n == 0 {
		err = ErrDefault
	}
	return err
}

// Versions lists a flow's versions, newest first, at most 100, or ErrNotFound.
func Versions(ctx context.Context, tx *db.Tx, flow ID) ([]Version, error) {
	all, err := selectVersions(ctx, tx, flow)
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("list versions of %s: %w", flow, err)
	}
	return all, nil
}

// List returns a page of at most limit flows (100 or fewer) after the id given, by id.
func List(ctx context.Context, tx *db.Tx, after ID, limit int) ([]Flow, error) {
	if limit <= 0 || limit > 100 {
		limit = 100
	}
	return selectFlows(ctx, tx, after, limit)
}

// Find returns one version of a flow, or ErrNotFound: what a session or an
// order pinned. All but drafts are remembered. Do not change what it returns.
func Find(ctx context.Context, tx *db.Tx, flow ID, version int64) (Version, error) {
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return Version{}, fmt.Errorf("find %s version %d: %w", flow, version, err)
	}
	key := pin{flow, version}
	if v, ok := b.pinned.Load(key); ok {
		return v.(Version), nil
	}
	v, err := selectVersion(ctx, tx, flow, version)
	if err != nil {
		return Version{}, fmt.Errorf("find %s version %d: %w", flow, version, notFound(err))
	}
	if v.State != StateDraft && b.room.Add(-1) >= 0 {
		v.fitOnce()
		b.pinned.Store(key, v)
	}
	return v, nil
}

func notFound(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return ErrNotFound
	}
	return err
}
