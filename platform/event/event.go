// Package event records facts and delivers them.
//
// Publish writes a fact in the same transaction as the change it tells of, so
// a fact is never lost and never told of a change that was rolled back. Later,
// Deliver hands it to everything that reacts to its kind, in one transaction
// together with the mark that it is done, so each reaction's writes happen
// exactly once. A transaction delivers what is due, up to sixteen facts, each
// reaction in a savepoint of its own. A reaction does no network call: it writes down work for a job.
//
// Facts of one key (an order's id) are delivered in the order of their
// publishing; facts of different keys go side by side. Order holds among
// transactions that exclude each other, as two that change the same order do;
// publish after the change, not before it.
//
// A reaction that fails is tried again later, alone, and its key waits. After
// the twelfth try the fact is suspended, OnSuspend raises the alarm, and the
// key's later facts go on: one poisoned fact never stops the shop.
package event

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"korzo/platform/db"
	"korzo/platform/id"
)

// Schema holds the tables of facts and receipts.
//
//go:embed schema/*.sql
var Schema embed.FS

const (
	// maxAttempts is the number of tries after which a fact is suspended.
	maxAttempts = 12
	// kept is how long Expire leaves delivered facts in place.
	kept = 30 * 24 * time.Hour
	// topic wakes Run after a commit with a fact in it.
	topic = "event"
)

// Event is a fact, named in the past tense by the package it happened in. Its
// fields are JSON and public: add fields, never change or remove them.
type Event interface {
	Kind() string // "order.placed"; the same for every value of the type
	Key() string  // what the fact is about: "ord_…"; facts without a key have no order
}

// Fact is a published event as it is stored.
type Fact struct {
	Seq         int64 // grows with publishing; may have gaps
	ID          string
	Kind        string
	Key         string
	Body        json.RawMessage
	At          time.Time
	DoneAt      time.Time // zero: not yet delivered
	SuspendedAt time.Time // zero: not suspended
	Attempts    int64
	LastError   string
}

// Publish records e in tx. It is delivered after the commit.
func Publish(ctx context.Context, tx *db.Tx, e Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("publish %s: %w", e.Kind(), err)
	}
	f := Fact{ID: id.New[string]("evt", tx.Now), Kind: e.Kind(), Key: e.Key(), Body: body, At: tx.Now}
	if err := insertFact(ctx, tx, f); err != nil {
		return fmt.Errorf("publish %s: %w", f.Kind, err)
	}
	tx.Notify(topic)
	return nil
}

// Bus knows who reacts to what. The zero Bus is ready; fill it before the
// first Deliver. A fact nobody reacts to is done at once.
type Bus struct {
	// OnSuspend is called in the transaction that suspends a fact. When it
	// fails the fact is not suspended but tried again.
	OnSuspend func(ctx context.Context, tx *db.Tx, f Fact) error
	// Workers is how many facts are delivered at a time (0: 8).
	Workers int
	// Log is told of failing reactions (nil: slog.Default()).
	Log *slog.Logger

	reactions map[string][]reaction
	listeners []reaction // of any kind
	names     map[string]bool
}

type reaction struct {
	name  string
	wants func(ctx context.Context, tx *db.Tx, kind string) (bool, error) // nil: always
	run   func(ctx context.Context, tx *db.Tx, f *Fact) error
}

// On makes react run once for each fact of E's kind, from now on. The name is
// stored in receipts: choose it for good. A name that is taken is a bug and panics.
func On[E Event](b *Bus, name string, react func(ctx context.Context, tx *db.Tx, e E) error) {
	b.take(name)
	var zero E
	kind := zero.Kind()
	b.reactions[kind] = append(b.reactions[kind], reaction{name: name, run: func(ctx context.Context, tx *db.Tx, f *Fact) error {
		var e E
		if err := json.Unmarshal(f.Body, &e); err != nil {
			return fmt.Errorf("read the fact: %w", err)
		}
		return react(ctx, tx, e)
	}})
}

// All makes react run once for each fact of a kind that is wanted when it is
// delivered, as On does. What wants reads must be remembered: it is asked for
// every fact.
func All(b *Bus, name string, wants func(ctx context.Context, tx *db.Tx, kind string) (bool, error), react func(ctx context.Context, tx *db.Tx, f Fact) error) {
	b.take(name)
	b.listeners = append(b.listeners, reaction{name, wants, func(ctx context.Context, tx *db.Tx, f *Fact) error { return react(ctx, tx, *f) }})
}

// take notes the name of a reaction.
func (b *Bus) take(name string) {
	if name == "" || b.names[name] {
		panic("event: a reaction needs a name of its own, and this one is taken: " + name)
	}
	if b.reactions == nil {
		b.reactions, b.names = map[string][]reaction{}, map[string]bool{}
	}
	b.names[name] = true
}

// Facts returns up to limit facts published after the one numbered after, in
// order; kind "" means every kind. It is for lists and tests: transactions may
// commit in another order than they were numbered, so who must not miss a fact
// reacts to it with On.
func Facts(ctx context.Context, tx *db.Tx, kind string, after int64, limit int) ([]Fact, error) {
	return listFacts(ctx, tx, kind, after, limit)
}

// Age is how long the oldest undelivered fact has waited; doors export it as a
// gauge. Suspended facts do not count.
func Age(ctx context.Context, tx *db.Tx) (time.Duration, error) {
	oldest, err := oldestWaiting(ctx, tx)
	if err != nil || oldest.IsZero() {
		return 0, err
	}
	return tx.Now.Sub(oldest), nil
}

// Suspended returns the facts that wait for a person, oldest first, at most a thousand.
func Suspended(ctx context.Context, tx *db.Tx) ([]Fact, error) {
	return listSuspended(ctx, tx)
}

// Resume lets a suspended fact be tried again, after later facts of its key if
// those have gone on. Resuming a fact that is not suspended changes nothing.
func Resume(ctx context.Context, tx *db.Tx, seq int64) error {
	if err := resumeFact(ctx, tx, seq); err != nil {
		return fmt.Errorf("resume fact %d: %w", seq, err)
	}
	tx.Notify(topic)
	return nil
}

// Expire deletes facts delivered more than thirty days ago, at most a thousand
// at a time, and returns how many: repeat until that is 0.
func Expire(ctx context.Context, tx *db.Tx) (int64, error) {
	return deleteDone(ctx, tx, tx.Now.Add(-kept))
}
