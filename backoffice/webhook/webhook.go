// Package webhook tells other systems what happened in the shop.
//
// An Endpoint is a URL that wants facts of some kinds. For each fact a Delivery
// is noted for each endpoint that wants it, in the transaction that delivers the
// fact, so none is lost and none is told of what was rolled back. A Sender posts
// deliveries as Standard Webhooks (www.standardwebhooks.com) has it: the
// message's id, its time and an HMAC-SHA256 of both and the body. An answer of
// 2xx ends a delivery; anything else, silence too, is tried again for three
// days. So a receiver may be told twice, always under the same webhook-id, and
// in another order than things happened, which sequence tells.
//
// The one idea: each endpoint is a queue of its own with a sender of its own.
// An endpoint that is slow or dead makes nobody else wait. Facts about the same
// thing are first told one after the other; one that failed holds none up.
//
// An endpoint's secret is never stored: it is derived from the shop's master key,
// the endpoint and how often it was drawn. While a new secret is being taken
// over, the one before signs too.
//
// What is never true: a message without a signature leaves; a private address is
// asked; a delivery that ended is sent again without a person asking for it.
package webhook

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/platform/flaw"
	"korzo/platform/i18n"
	"korzo/platform/id"
	"korzo/platform/remember"
	"korzo/value/card"
)

// Schema holds the tables of endpoints, deliveries and attempts.
//
//go:embed schema/*.sql
var Schema embed.FS

//go:embed messages/*.json
var files embed.FS

// Messages are what is said of endpoints that cannot be kept, for i18n.Catalog.Add.
func Messages() fs.FS {
	sub, err := fs.Sub(files, "messages")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

var english = i18n.English(Messages())

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "webhook.not_found", "there is no such webhook or delivery; take an id from the list")
	ErrInvalid  = fault.New(fault.Invalid, "webhook.invalid", "the webhook is not complete; mend the fields named")
	ErrMany     = fault.New(fault.Conflict, "webhook.too_many", "there are 50 webhooks already; delete one that is not used")
	ErrVersion  = fault.New(fault.Conflict, "webhook.version", "somebody changed this webhook meanwhile; read it again")
	ErrPaused   = fault.New(fault.Conflict, "webhook.paused", "the webhook is paused; resume it first")
	ErrPending  = fault.New(fault.Conflict, "webhook.pending", "this delivery is still being tried; wait for its end")
)

// TroubleFailing is the exception of an endpoint that was given up.
const TroubleFailing = "webhook.failing"

const (
	maxEndpoints   = 50
	maxURL         = 2000
	maxDescription = 200
	// overlap is how long the secret before signs too.
	overlap = 24 * time.Hour
	topic   = "webhook"
	memory  = "webhook"
)

// ID names an endpoint, DeliveryID a message to one.
type (
	ID         string
	DeliveryID string
)

// State is whether an endpoint is told of anything.
type State string

// The states.
const (
	StateActive State = "active"
	StatePaused State = "paused"
)

// Why an endpoint is paused.
const (
	WhyPerson  = "person"  // somebody paused it
	WhyGone    = "gone"    // it answered 410
	WhyFailing = "failing" // it took nothing for three days
)

// Endpoint is a receiver of facts.
type Endpoint struct {
	ID           ID
	URL          string // https, at most 2,000 bytes
	Description  string // at most 200 bytes
	Kinds        []string
	State        State
	Why          string    // why it is paused; "" while active
	Turn         int64     // of its secret, from 1
	BeforeUntil  time.Time // until when the secret before signs too
	FailingSince time.Time // zero when its last answer was a good one
	Version      int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Wants reports whether an endpoint is told of facts of a kind.
func (e Endpoint) Wants(kind string) bool {
	return e.State == StateActive && kind != untold && slices.ContainsFunc(e.Kinds, func(pattern string) bool { return matches(pattern, kind) })
}

// matches reports whether a pattern, order.placed, order.* or *, takes a kind.
func matches(pattern, kind string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(kind, prefix)
	}
	return pattern == kind
}

// active are the endpoints that are told of anything.
var active = remember.New(memory, func(ctx context.Context, tx *db.Tx) ([]Endpoint, error) { return selectActive(ctx, tx) })

func changed(ctx context.Context, tx *db.Tx) error { return remember.Touch(ctx, tx, memory) }

// Create adds an endpoint, active, of the URL, kinds and description given.
// private allows http and private addresses. It returns ErrInvalid naming what
// is wrong, or ErrMany.
func Create(ctx context.Context, tx *db.Tx, e Endpoint, private bool) (Endpoint, error) {
	e, err := e.checked(private)
	if err != nil {
		return e, err
	}
	n, err := countEndpoints(ctx, tx)
	if err == nil && n >= maxEndpoints {
		err = ErrMany
	}
	if err != nil {
		return e, fmt.Errorf("create webhook: %w", err)
	}
	e = Endpoint{ID: id.New[ID]("whk", tx.Now), URL: e.URL, Description: e.Description, Kinds: e.Kinds, State: StateActive, Turn: 1, Version: 1, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if err := insertEndpoint(ctx, tx, e); err != nil {
		return e, fmt.Errorf("create webhook: %w", err)
	}
	return e, changed(ctx, tx)
}

// Update changes an endpoint's URL, kinds and description. It returns ErrInvalid,
// ErrNotFound, or ErrVersion when e.Version is not the stored one.
func Update(ctx context.Context, tx *db.Tx, e Endpoint, private bool) (Endpoint, error) {
	e, err := e.checked(private)
	if err != nil {
		return e, err
	}
	before, err := Find(ctx, tx, e.ID)
	if err != nil {
		return e, err
	}
	if before.Version != e.Version {
		return e, ErrVersion
	}
	before.URL, before.Description, before.Kinds = e.URL, e.Description, e.Kinds
	return write(ctx, tx, before)
}

// write stores what was changed on an endpoint that was read in tx.
func write(ctx context.Context, tx *db.Tx, e Endpoint) (Endpoint, error) {
	n, err := updateEndpoint(ctx, tx, e)
	if err == nil && n == 0 {
		err = ErrVersion
	}
	if err != nil {
		return e, fmt.Errorf("change webhook %s: %w", e.ID, err)
	}
	e.Version++
	e.UpdatedAt = tx.Now
	return e, changed(ctx, tx)
}

// checked returns an endpoint with its kinds in order, or ErrInvalid as a
// flaw.Error that names each field at fault.
func (e Endpoint) checked(private bool) (Endpoint, error) {
	var wrong flaw.List
	checkURL(&wrong, e.URL, private)
	wrong.If(utf8.RuneCountInString(e.Description) > maxDescription || card.Has(e.Description), "description", "webhook.flaw.description", "Most", maxDescription)
	e.Kinds = slices.Compact(slices.Sorted(slices.Values(e.Kinds)))
	wrong.If(len(e.Kinds) == 0, "kinds", "webhook.flaw.kinds")
	for _, pattern := range e.Kinds {
		known := strings.Count(pattern, "*") <= 1 && slices.ContainsFunc(Kinds, func(k string) bool { return matches(pattern, k) })
		wrong.If(!known, "kinds", "webhook.flaw.kind", "Kind", pattern)
	}
	return e, wrong.As(ErrInvalid, english)
}

// checkURL notes what is wrong with an address.
func checkURL(wrong *flaw.List, text string, private bool) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || len(text) > maxURL:
		wrong.Blame("url", "webhook.flaw.url")
	case u.User != nil:
		wrong.Blame("url", "webhook.flaw.user")
	case u.Scheme != "https" && (!private || u.Scheme != "http"):
		wrong.Blame("url", "webhook.flaw.https")
	}
}

// Delete takes an endpoint away with all its deliveries. Deleting it again
// returns ErrNotFound.
func Delete(ctx context.Context, tx *db.Tx, id ID) error {
	n, err := deleteEndpoint(ctx, tx, id)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err == nil {
		err = exception.Clear(ctx, tx, TroubleFailing, string(id), "deleted")
	}
	if err != nil {
		return fmt.Errorf("delete webhook %s: %w", id, err)
	}
	return changed(ctx, tx)
}

// Pause stops telling an endpoint anything: facts meanwhile are not noted, and
// Recover brings those of the last thirty days. Pausing it again changes nothing.
func Pause(ctx context.Context, tx *db.Tx, id ID, why string) (Endpoint, error) {
	e, err := Find(ctx, tx, id)
	if err != nil || e.State == StatePaused {
		return e, err
	}
	e.State, e.Why = StatePaused, why
	return write(ctx, tx, e)
}

// Activate lets an endpoint be told again; what was still pending goes on.
// Activating it again changes nothing.
func Activate(ctx context.Context, tx *db.Tx, id ID) (Endpoint, error) {
	e, err := Find(ctx, tx, id)
	if err != nil || e.State == StateActive {
		return e, err
	}
	e.State, e.Why, e.FailingSince = StateActive, "", time.Time{}
	if err := exception.Clear(ctx, tx, TroubleFailing, string(id), "resumed"); err != nil {
		return e, err
	}
	tx.Notify(topic)
	return write(ctx, tx, e)
}

// Rotate draws a new secret. The one before signs too for 24 hours; the one
// before that no more.
func Rotate(ctx context.Context, tx *db.Tx, id ID) (Endpoint, error) {
	e, err := Find(ctx, tx, id)
	if err != nil {
		return e, err
	}
	e.Turn, e.BeforeUntil = e.Turn+1, tx.Now.Add(overlap)
	return write(ctx, tx, e)
}

// Find returns an endpoint, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ID) (Endpoint, error) {
	e, err := selectEndpoint(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return e, fmt.Errorf("find webhook %s: %w", id, err)
	}
	return e, nil
}

// List returns all endpoints, oldest first.
func List(ctx context.Context, tx *db.Tx) ([]Endpoint, error) {
	all, err := selectEndpoints(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return all, nil
}
