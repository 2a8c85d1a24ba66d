package listing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/job"
)

const (
	// MaxSubjects is how many things one change takes.
	MaxSubjects = 10_000
	// PreviewLength is how many of them a preview shows.
	PreviewLength = 50

	stepLength = 50             // subjects of one transaction
	inline     = 200            // subjects that are changed while somebody waits
	forgotten  = 24 * time.Hour // after which a plan that nobody began is dropped
	jobKind    = "listing.change"
)

// Topic is what live.Watch is asked for to be told which changes moved; their
// ids are the keys.
const Topic = "listing"

// ChangeID names a change: "chg_…".
type ChangeID string

// ChangeState is where a change stands.
type ChangeState string

// The states of a change.
const (
	StatePlanned ChangeState = "planned" // previewed; nothing is changed
	StateRunning ChangeState = "running"
	StateDone    ChangeState = "done"
	StateUndoing ChangeState = "undoing"
	StateUndone  ChangeState = "undone"
)

// next is the life of a change.
var next = map[ChangeState][]ChangeState{
	StatePlanned: {StateRunning},
	StateRunning: {StateDone},
	StateDone:    {StateUndoing},
	StateUndoing: {StateUndone},
}

// Change is one verb done to many subjects. Its counts are of its items.
type Change struct {
	ID        ChangeID
	List      string
	Verb      string
	Settings  Settings
	State     ChangeState
	Actor     string // who planned it
	BegunBy   string // who had it do, or undo, what it does
	Total     int64
	CreatedAt time.Time
	EndedAt   time.Time // zero while it goes on
	Counts    map[ItemState]int64
}

// Settled is how many subjects have had their turn in what the change does now.
func (c Change) Settled() int64 {
	if c.State == StateUndoing {
		return c.Counts[ItemRestored] + c.Counts[ItemKept]
	}
	return c.Total - c.Counts[ItemWaiting]
}

// Work is how many subjects have a turn in what the change does now.
func (c Change) Work() int64 {
	if c.State == StateUndoing {
		return c.Counts[ItemRestored] + c.Counts[ItemKept] + c.Counts[ItemChanged]
	}
	return c.Total
}

// Settings are what a verb needs to know, as its form was filled in. A verb is
// told By besides.
type Settings map[string]string

// By is the setting that names whoever has the change done.
const By = "listing.by"

// ItemState is what became of one subject.
type ItemState string

// The states of an item.
const (
	ItemWaiting  ItemState = "waiting"
	ItemChanged  ItemState = "changed"
	ItemSame     ItemState = "same"     // it was so already
	ItemFailed   ItemState = "failed"   // refused; nothing of it was changed
	ItemRestored ItemState = "restored" // given back what was before
	ItemKept     ItemState = "kept"     // changed by somebody since: left alone
)

// Item is one subject of a change.
type Item struct {
	Position int64
	Subject  string
	State    ItemState
	Outcome
	Code   string // of the fault that it failed or was kept by
	Reason string // its text
}

// Outcome is what a verb did to a subject: what it is called, what of it was so
// before and is so after. Where both are the same bytes, nothing was changed.
type Outcome struct {
	Title    string
	Old, New json.RawMessage
}

// Verb is a change that a list offers of many at once. Its functions change the
// database and nothing else; a fault they return is the reason of one subject,
// any other error stops the change, which goes on later.
type Verb struct {
	Name string // "products.publish": kept for ever
	Do   func(ctx context.Context, tx *db.Tx, subject string, s Settings) (Outcome, error)
	// Undo gives Old back where New still holds, or returns ErrMoved. It is nil
	// for what cannot be taken back, such as a message that has left the house.
	Undo func(ctx context.Context, tx *db.Tx, subject string, o Outcome) error
}

// Desk makes changes. Its verbs are added before the shop opens.
type Desk struct {
	db    *db.DB
	verbs map[string]Verb
}

// New returns a desk without verbs.
func New(d *db.DB) *Desk { return &Desk{d, map[string]Verb{}} }

// Add makes verbs known. A name that is taken is a bug and panics.
func (d *Desk) Add(verbs ...Verb) {
	for _, v := range verbs {
		if _, taken := d.verbs[v.Name]; taken {
			panic("listing: two verbs are called " + v.Name)
		}
		d.verbs[v.Name] = v
	}
}

// Register has a pool finish the changes that are too long to be waited for.
func (d *Desk) Register(p *job.Pool) {
	job.Do(p, jobKind, func(ctx context.Context, change ChangeID) error { return d.run(ctx, change, MaxSubjects) })
}

// by are the settings as a verb gets them.
func (s Settings) by(actor string) Settings {
	all := maps.Clone(s)
	if all == nil {
		all = Settings{}
	}
	all[By] = actor
	return all
}

// Plan writes down what is to be changed, and changes nothing. Subjects count
// once. It returns ErrVerb, ErrNothing or ErrTooMany.
func (d *Desk) Plan(ctx context.Context, tx *db.Tx, c Change, subjects []string) (Change, error) {
	if _, known := d.verbs[c.Verb]; !known {
		return Change{}, ErrVerb
	}
	once := make([]string, 0, len(subjects))
	seen := make(map[string]bool, len(subjects))
	for _, s := range subjects {
		if s != "" && !seen[s] {
			seen[s] = true
			once = append(once, s)
		}
	}
	switch {
	case len(once) == 0:
		return Change{}, ErrNothing
	case len(once) > MaxSubjects:
		return Change{}, ErrTooMany
	}
	if err := dropPlans(ctx, tx, tx.Now.Add(-forgotten)); err != nil {
		return Change{}, fmt.Errorf("drop old plans: %w", err)
	}
	c.ID, c.State, c.Total, c.CreatedAt = id.New[ChangeID]("chg", tx.Now), StatePlanned, int64(len(once)), tx.Now
	if err := insertChange(ctx, tx, c); err != nil {
		return Change{}, fmt.Errorf("plan %s: %w", c.Verb, err)
	}
	first := int64(0)
	for some := range slices.Chunk(once, 500) {
		if err := insertItems(ctx, tx, c.ID, first, some); err != nil {
			return Change{}, fmt.Errorf("plan %s: %w", c.Verb, err)
		}
		first += int64(len(some))
	}
	c.Counts = map[ItemState]int64{ItemWaiting: c.Total}
	return c, nil
}

// Settle gives a plan its settings. It returns ErrNotFound, or ErrState when
// the change has begun.
func (d *Desk) Settle(ctx context.Context, tx *db.Tx, change ChangeID, s Settings) error {
	n, err := updateSettings(ctx, tx, change, s)
	if err == nil && n == 0 {
		_, err = Find(ctx, tx, change)
		if err == nil {
			err = ErrState
		}
	}
	if err != nil {
		return fmt.Errorf("settle %s: %w", change, err)
	}
	return nil
}

// errPreview takes a preview back.
var errPreview = errors.New("a preview is taken back")

// Preview does the first subjects of a plan and takes all of it back, so it
// tells exactly what would come of them. It returns ErrNotFound.
func (d *Desk) Preview(ctx context.Context, change ChangeID) (items []Item, err error) {
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		c, err := Find(ctx, tx, change)
		if err != nil {
			return err
		}
		verb, known := d.verbs[c.Verb]
		if !known {
			return ErrVerb
		}
		if items, err = Items(ctx, tx, change, ItemWaiting, -1, PreviewLength); err != nil {
			return err
		}
		for i := range items {
			if err := do(ctx, tx, verb, c.Settings.by(c.Actor), &items[i]); err != nil {
				return err
			}
		}
		return errPreview
	})
	if errors.Is(err, errPreview) {
		err = nil
	}
	return items, err
}

// Find returns a change with its counts, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, change ChangeID) (Change, error) {
	c, err := selectChange(ctx, tx, change)
	if err != nil {
		return Change{}, fmt.Errorf("find change %s: %w", change, notFound(err))
	}
	if c.Counts, err = countItems(ctx, tx, change); err != nil {
		return Change{}, fmt.Errorf("count change %s: %w", change, err)
	}
	return c, nil
}

// lockChange is the change without its counts, nobody else's until the end of tx.
func lockChange(ctx context.Context, tx *db.Tx, change ChangeID) (Change, error) {
	c, err := selectLocked(ctx, tx, change)
	return c, notFound(err)
}

func notFound(err error) error {
	if errors.Is(err, db.ErrNoRow) {
		return ErrNotFound
	}
	return err
}

// Items are those of a change in a state ("" for all), in its order, after a
// position (-1 for the first), at most limit.
func Items(ctx context.Context, tx *db.Tx, change ChangeID, state ItemState, after int64, limit int) ([]Item, error) {
	all, err := selectItems(ctx, tx, change, state, after, limit)
	if err != nil {
		return nil, fmt.Errorf("items of %s: %w", change, err)
	}
	return all, nil
}

// Recent are the latest changes of a list ("" for all) that were begun, newest
// first, at most limit, without counts.
func Recent(ctx context.Context, tx *db.Tx, list string, limit int) ([]Change, error) {
	all, err := selectRecent(ctx, tx, list, limit)
	if err != nil {
		return nil, fmt.Errorf("recent changes: %w", err)
	}
	return all, nil
}
