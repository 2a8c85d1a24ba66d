package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/id"
)

// Outcome is how far a delivery is.
type Outcome string

// The outcomes.
const (
	Pending   Outcome = "pending"
	Delivered Outcome = "delivered"
	GivenUp   Outcome = "given_up"
)

// Delivery is a message to an endpoint. Its id is the webhook-id that the
// receiver sees, the same at each try.
type Delivery struct {
	ID        DeliveryID
	Endpoint  ID
	Fact      string // the fact's id; a test's is the delivery's
	Kind      string
	Key       string // what the fact is about
	Seq       int64  // the fact's place among all
	Body      string // as it is sent, byte for byte
	State     Outcome
	Attempts  int64
	DueAt     time.Time // of the next try
	CreatedAt time.Time
	DoneAt    time.Time // zero while pending
}

// Attempt is one try: what was answered, and after how long.
type Attempt struct {
	At     time.Time
	Took   time.Duration
	Status int64  // of HTTP; 0 when there was no answer
	Answer string // its beginning, at most 500 bytes, or why there was none
}

// message is the body of a delivery.
type message struct {
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"` // when it happened
	Sequence  int64           `json:"sequence"`  // grows with what happened; may have gaps
	Data      json.RawMessage `json:"data"`
}

// Wanted reports whether any endpoint is told of facts of a kind. It is
// remembered and costs no statement of its own.
func Wanted(ctx context.Context, tx *db.Tx, kind string) (bool, error) {
	all, err := active.Get(ctx, tx)
	return slices.ContainsFunc(all, func(e Endpoint) bool { return e.Wants(kind) }), err
}

// Note notes a fact for each endpoint that wants it, once.
func Note(ctx context.Context, tx *db.Tx, f event.Fact) error {
	all, err := active.Get(ctx, tx)
	if err != nil {
		return err
	}
	for _, e := range all {
		if !e.Wants(f.Kind) {
			continue
		}
		if err := note(ctx, tx, e.ID, f); err != nil {
			return err
		}
	}
	return nil
}

func note(ctx context.Context, tx *db.Tx, to ID, f event.Fact) error {
	body, err := json.Marshal(message{f.Kind, f.At.UTC(), f.Seq, f.Body})
	if err != nil {
		return err
	}
	tx.Notify(topic)
	return insertDelivery(ctx, tx, Delivery{ID: id.New[DeliveryID]("msg", tx.Now), Endpoint: to, Fact: f.ID, Kind: f.Kind, Key: f.Key, Seq: f.Seq, Body: string(body),
		State: Pending, DueAt: tx.Now, CreatedAt: tx.Now})
}

// Try notes a message of the kind Test for an endpoint. It returns ErrPaused
// or ErrNotFound.
func Try(ctx context.Context, tx *db.Tx, to ID) (Delivery, error) {
	e, err := Find(ctx, tx, to)
	if err == nil && e.State != StateActive {
		err = ErrPaused
	}
	if err != nil {
		return Delivery{}, err
	}
	f := event.Fact{ID: id.New[string]("tst", tx.Now), Kind: Test, At: tx.Now, Body: json.RawMessage(`{}`)}
	if err := note(ctx, tx, to, f); err != nil {
		return Delivery{}, fmt.Errorf("try webhook %s: %w", to, err)
	}
	return selectOfFact(ctx, tx, to, f.ID)
}

// Replay sends a delivery that ended once more, with all its tries again. It
// returns ErrNotFound, ErrPending while it has not ended, or ErrPaused.
func Replay(ctx context.Context, tx *db.Tx, id DeliveryID) (Delivery, error) {
	d, err := FindDelivery(ctx, tx, id)
	if err != nil {
		return d, err
	}
	e, err := Find(ctx, tx, d.Endpoint)
	switch {
	case err != nil:
		return d, err
	case e.State != StateActive:
		return d, ErrPaused
	}
	n, err := updateReplay(ctx, tx, id)
	if err == nil && n == 0 {
		err = ErrPending
	}
	if err != nil {
		return d, fmt.Errorf("replay %s: %w", id, err)
	}
	tx.Notify(topic)
	return FindDelivery(ctx, tx, id)
}

// Recover tells an endpoint what it missed since a time, at most thirty days ago:
// facts that were not noted for it, and deliveries that were given up. It
// returns how many, at most a thousand, and may be repeated until that is 0. It
// returns ErrPaused or ErrNotFound.
func Recover(ctx context.Context, tx *db.Tx, to ID, since time.Time) (n int64, err error) {
	e, err := Find(ctx, tx, to)
	if err == nil && e.State != StateActive {
		err = ErrPaused
	}
	if err != nil {
		return 0, err
	}
	tx.Notify(topic)
	if n, err = updateGivenUp(ctx, tx, to, since); err != nil {
		return 0, fmt.Errorf("recover webhook %s: %w", to, err)
	}
	for after := int64(0); n < 1000; {
		facts, err := event.Facts(ctx, tx, "", after, 500)
		if err != nil || len(facts) == 0 {
			return n, err
		}
		after = facts[len(facts)-1].Seq
		missed, err := e.missed(ctx, tx, facts, since)
		if err != nil {
			return n, fmt.Errorf("recover webhook %s: %w", to, err)
		}
		for _, f := range missed {
			if err := note(ctx, tx, to, f); err != nil {
				return n, err
			}
		}
		n += int64(len(missed))
	}
	return n, nil
}

// missed returns those of facts that an endpoint wants and was not told.
func (e Endpoint) missed(ctx context.Context, tx *db.Tx, facts []event.Fact, since time.Time) ([]event.Fact, error) {
	known, err := selectFacts(ctx, tx, e.ID, facts[0].Seq, facts[len(facts)-1].Seq)
	return slices.DeleteFunc(facts, func(f event.Fact) bool {
		return f.At.Before(since) || !e.Wants(f.Kind) || slices.Contains(known, f.ID)
	}), err
}

// FindDelivery returns a delivery, or ErrNotFound.
func FindDelivery(ctx context.Context, tx *db.Tx, id DeliveryID) (Delivery, error) {
	d, err := selectDelivery(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return d, fmt.Errorf("find delivery %s: %w", id, err)
	}
	return d, nil
}

// Attempts returns the tries of a delivery, oldest first, at most a hundred.
func Attempts(ctx context.Context, tx *db.Tx, id DeliveryID) ([]Attempt, error) {
	return selectAttempts(ctx, tx, id)
}

// Filter chooses deliveries. The zero Filter is the newest hundred of all.
type Filter struct {
	Endpoint ID      // "" is any
	State    Outcome // "" is any
	Kind     string  // "" is any
	Key      string  // what the fact is about; "" is anything
	After    DeliveryID
	Limit    int // 1 to 100; 0 is 100
}

// Log returns a page of deliveries, newest first, and the id to go on after, ""
// at the end.
func Log(ctx context.Context, tx *db.Tx, f Filter) ([]Delivery, DeliveryID, error) {
	limit := f.Limit
	if limit < 1 || limit > 100 {
		limit = 100
	}
	f.Limit = limit + 1
	page, err := selectDeliveries(ctx, tx, f)
	if err != nil {
		return nil, "", fmt.Errorf("deliveries: %w", err)
	}
	if len(page) <= limit {
		return page, "", nil
	}
	return page[:limit], page[limit-1].ID, nil
}

// Deliveries returns a page of an endpoint's deliveries, newest first, only
// those of a state if one is given, and the id to go on after. limit is 1 to 100.
func Deliveries(ctx context.Context, tx *db.Tx, of ID, state Outcome, after DeliveryID, limit int) ([]Delivery, DeliveryID, error) {
	return Log(ctx, tx, Filter{Endpoint: of, State: state, After: after, Limit: limit})
}

// kept is how long deliveries that ended are shown.
const kept = 30 * 24 * time.Hour

// Expire deletes deliveries that ended more than thirty days ago, at most a
// thousand at a time.
func Expire(ctx context.Context, tx *db.Tx) error { return deleteDone(ctx, tx, tx.Now.Add(-kept)) }
