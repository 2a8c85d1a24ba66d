// Package idempotency makes a command that is sent twice happen once.
//
// A caller names each command with a key of its own choosing. Open writes the
// key down in the transaction that begins the work, beside a hash of the body;
// Close keeps the answer's bytes in the transaction that ends it. Whoever sends
// the same key again gets the same bytes, whoever sends the key with another
// body is refused, and whoever comes while the first is still at work may Wait
// for its answer.
//
// A key belongs to a principal and a route: two callers never share one. The
// first answer wins and is never replaced. Answers may hold a person's data,
// so they expire after 72 hours; a key that expired is new again, which is why
// money has a key of its own that does not expire.
package idempotency

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"sync"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
)

// Schema holds the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Lifetime is how long a key is remembered.
const Lifetime = 72 * time.Hour

// MaxKey is the longest key in characters.
const MaxKey = 255

const (
	// openAttempts bounds the times a key is dropped just as it was met.
	openAttempts = 3
	// expireBatch bounds the rows one Expire deletes.
	expireBatch = 10_000
	// A waiter in the same process is woken; one in another process looks again
	// after pauses that grow from the first to the last.
	firstPause, lastPause = 20 * time.Millisecond, time.Second
)

var (
	// ErrKey reports a key that is empty, too long or not plain text.
	ErrKey = fault.New(fault.Invalid, "idempotency.key", "the Idempotency-Key must be 1 to 255 printable ASCII characters; send a UUID, a new one for each new command")
	// ErrReused reports a key that was used before with another body.
	ErrReused = fault.New(fault.Conflict, "idempotency.key_reused", "this Idempotency-Key was used before with another body; send a new key for a new command, or the first body unchanged to get its answer again")
)

// Key names a command: who sent it, to which route, and the sender's own key.
type Key struct{ Principal, Route, Key string }

// Reply is an answer as it was sent.
type Reply struct {
	Status int // of HTTP
	Body   []byte
}

// State is how far a command has come.
type State string

// The states of a key. A key nobody used, or that was dropped or has expired, is New.
const (
	New      State = "new"
	InFlight State = "in_flight"
	Done     State = "done"
)

// Open begins the command k in tx. It returns New when the caller is the one
// to do it, InFlight when another is at it, Done with its reply when it was
// done. It returns ErrKey for a bad key and ErrReused for another body.
//
// It is one statement for a new key and two for one met before.
func Open(ctx context.Context, tx *db.Tx, k Key, bodyHash string) (Reply, State, error) {
	if err := k.check(); err != nil {
		return Reply{}, "", err
	}
	for range openAttempts {
		n, err := insertKey(ctx, tx, k, bodyHash)
		if err != nil {
			return Reply{}, "", fmt.Errorf("open idempotency key: %w", err)
		}
		if n == 1 {
			return Reply{}, New, nil
		}
		r, err := selectReply(ctx, tx, k)
		if errors.Is(err, db.ErrNoRow) {
			continue // dropped since
		}
		if err != nil {
			return Reply{}, "", fmt.Errorf("look up idempotency key: %w", err)
		}
		if !r.expires.After(tx.Now) {
			if n, err = renewKey(ctx, tx, k, bodyHash); err != nil {
				return Reply{}, "", fmt.Errorf("renew idempotency key: %w", err)
			}
			if n == 1 {
				return Reply{}, New, nil
			}
			continue // another renewed it
		}
		if r.bodyHash != bodyHash {
			return Reply{}, r.state, ErrReused
		}
		return r.Reply, r.state, nil
	}
	return Reply{}, "", errors.New("open idempotency key: it was dropped again and again")
}

// Close keeps the answer to k and wakes who waits for it. The first answer
// wins: closing a closed key, or one that has expired, changes nothing.
func Close(ctx context.Context, tx *db.Tx, k Key, r Reply) error {
	if _, err := updateDone(ctx, tx, k, r); err != nil {
		return fmt.Errorf("close idempotency key: %w", err)
	}
	tx.After(func() { waiters.wake(k) })
	return nil
}

// Drop forgets k while it is in flight, so that it may be sent again: for a
// command that failed before anything happened. An answer is never dropped.
func Drop(ctx context.Context, tx *db.Tx, k Key) error {
	if _, err := deleteInFlight(ctx, tx, k); err != nil {
		return fmt.Errorf("drop idempotency key: %w", err)
	}
	tx.After(func() { waiters.wake(k) })
	return nil
}

// Look returns how far k has come, and its reply once it is Done.
func Look(ctx context.Context, tx *db.Tx, k Key) (Reply, State, error) {
	if err := k.check(); err != nil {
		return Reply{}, "", err
	}
	r, err := selectReply(ctx, tx, k)
	switch {
	case errors.Is(err, db.ErrNoRow):
		return Reply{}, New, nil
	case err != nil:
		return Reply{}, "", fmt.Errorf("look up idempotency key: %w", err)
	case !r.expires.After(tx.Now):
		return Reply{}, New, nil
	}
	return r.Reply, r.state, nil
}

// Expire deletes keys whose lifetime ended by before, the oldest first, at most
// 10,000 at a time. It may be repeated.
func Expire(ctx context.Context, tx *db.Tx, before time.Time) error {
	if _, err := deleteExpired(ctx, tx, before, expireBatch); err != nil {
		return fmt.Errorf("expire idempotency keys: %w", err)
	}
	return nil
}

// Wait looks at k until it is no longer in flight, for at most upTo, and
// returns what it saw last: InFlight when the time was not enough, New when
// the command was dropped and may be sent again.
func Wait(ctx context.Context, d *db.DB, k Key, upTo time.Duration) (Reply, State, error) {
	end := time.NewTimer(upTo)
	defer end.Stop()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		woken, leave := waiters.join(k) // before looking, so that no answer slips between
		reply, state, err := look(ctx, d, k)
		if err != nil || state != InFlight {
			leave()
			return reply, state, err
		}
		again := time.NewTimer(pause)
		over := false
		select {
		case <-woken:
		case <-again.C:
		case <-end.C:
			over = true
		case <-ctx.Done():
			err = ctx.Err()
		}
		again.Stop()
		leave()
		if over || err != nil {
			return reply, state, err
		}
	}
}

func look(ctx context.Context, d *db.DB, k Key) (reply Reply, state State, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		reply, state, err = Look(ctx, tx, k)
		return err
	})
	return reply, state, err
}

// check refuses what a header may carry and a text column may not.
func (k Key) check() error {
	if len(k.Key) < 1 || len(k.Key) > MaxKey {
		return ErrKey
	}
	for i := range len(k.Key) {
		if c := k.Key[i]; c < ' ' || c > '~' {
			return ErrKey
		}
	}
	return nil
}

// waiters are the goroutines of this process that wait for a key. They know
// nothing of databases: one woken for a key of another database looks again.
var waiters = bells{ringing: map[Key]*bell{}}

type bells struct {
	mu      sync.Mutex
	ringing map[Key]*bell
}

type bell struct {
	rung    chan struct{}
	waiting int
}

// join returns a channel that is closed at the next wake of k. Call leave when done.
func (b *bells) join(k Key) (rung <-chan struct{}, leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	mine, ok := b.ringing[k]
	if !ok {
		mine = &bell{rung: make(chan struct{})}
		b.ringing[k] = mine
	}
	mine.waiting++
	return mine.rung, func() { b.leave(k, mine) }
}

func (b *bells) leave(k Key, mine *bell) {
	b.mu.Lock()
	defer b.mu.Unlock()
	mine.waiting--
	if mine.waiting == 0 && b.ringing[k] == mine {
		delete(b.ringing, k)
	}
}

func (b *bells) wake(k Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if mine, ok := b.ringing[k]; ok {
		close(mine.rung)
		delete(b.ringing, k)
	}
}
