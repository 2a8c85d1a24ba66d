// Package payment moves customers' money through payment gateways.
//
// A Payment is what an owner (a checkout) wants paid; an Attempt is one try at
// it through one gateway. An attempt is committed before its gateway hears of
// it, its id is the gateway's key and our reference, and at most one attempt of
// a payment is alive.
//
// The one idea: whoever learns something of a reference, the answer to our
// call, a webhook, the shopper coming back, the poller, a person, hands the
// gateway's Result to the same advance. It compares reference, currency, amount
// and account, makes one guarded move in the table of lives, records it, posts
// it to the ledger and brings the owner forward, all in one transaction.
//
// Never true: money taken that no row tells of; a charge at a second gateway
// while the first has not answered; a result believed whose amount is not ours;
// a call to a gateway inside a transaction.
package payment

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/drain"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/value/money"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "payment.not_found", "there is no such payment")
	ErrGateway  = fault.New(fault.Invalid, "payment.gateway", "this payment gateway is not set up; choose one of the shop's own")
	ErrState    = fault.New(fault.Conflict, "payment.state", "the payment's state does not allow this; read it again")
)

// ID names a payment, AttemptID one try at it.
type (
	ID        string
	AttemptID string
)

// Owner is who wants to be paid, by kind ("checkout") and id.
type Owner struct{ Kind, ID string }

// Payment is an amount that an owner wants paid, and how far it is. Captured
// and Moving are at most Authorized, Refunded and Refunding at most Captured.
type Payment struct {
	ID         ID
	Owner      Owner
	Market     string       // whose refunds it counts among; "" when nobody said
	Channel    string       // where it was sold; "" when nobody said
	Order      string       // the order it pays, or is to pay once it is placed
	Method     string       // the method's id, as the shopper chose it
	Amount     money.Amount // what is asked for: less than at first, where some was waived
	Authorized money.Amount
	Captured   money.Amount
	Refunded   money.Amount
	Voided     money.Amount // once held, let go
	Moving     money.Amount // captures and voids under way
	Refunding  money.Amount // refunds under way
	CreatedAt  time.Time
}

// Uncaptured is what is held, and neither taken nor being moved.
func (p Payment) Uncaptured() money.Amount { return p.Authorized.Minus(p.Captured).Minus(p.Moving) }

// Refundable is what was taken, and neither given back nor being given back.
func (p Payment) Refundable() money.Amount { return p.Captured.Minus(p.Refunded).Minus(p.Refunding) }

// Status is the payment in one word, derived from its amounts.
func (p Payment) Status() string {
	switch {
	case p.Refunded.Minor > 0 && p.Refunded == p.Captured:
		return "refunded"
	case p.Refunded.Minor > 0:
		return "partially_refunded"
	case p.Captured.Minor > 0 && p.Captured == p.Amount:
		return "paid"
	case p.Captured.Minor > 0:
		return "partially_paid"
	case p.Authorized.Minor > 0:
		return "authorized"
	}
	return "none"
}

// Attempt is one try at a payment through one gateway.
type Attempt struct {
	ID          AttemptID
	Payment     ID
	Gateway     string
	Method      string
	Kind        string
	Instrument  string
	Card        Card // that pays, as far as its token or its gateway told
	ReturnURL   string
	Capture     bool
	Proof       Proof
	Keep        string // the customer who agreed that the instrument is kept; "" for nobody
	Traces      string // keyed hashes of where the payer comes from, as package guard writes them; "" for none
	Amount      money.Amount
	Captured    money.Amount
	Refunded    money.Amount
	State       State
	GatewayID   string
	Account     string
	DeclineCode string
	ActionURL   string
	Looks       int64
	CreatedAt   time.Time
}

// State is where an attempt is in its life.
type State string

// The states of an attempt.
const (
	StateWritten    State = "written"         // on disk; the gateway may not have heard of it
	StateUnknown    State = "unknown"         // asked, no answer
	StatePending    State = "pending"         // the gateway has not decided
	StateAction     State = "action_required" // the shopper must do something
	StateAuthorized State = "authorized"
	StateCaptured   State = "captured"
	StateDeclined   State = "declined"
	StateAbandoned  State = "abandoned" // given up, and the gateway has forbidden it
	StateVoided     State = "voided"    // held once, let go
)

// next is the life of an attempt, whole.
var next = map[State][]State{
	StateWritten:    {StateUnknown, StatePending, StateAction, StateAuthorized, StateCaptured, StateDeclined, StateAbandoned},
	StateUnknown:    {StatePending, StateAction, StateAuthorized, StateCaptured, StateDeclined, StateAbandoned},
	StatePending:    {StateAction, StateAuthorized, StateCaptured, StateDeclined, StateAbandoned},
	StateAction:     {StatePending, StateAuthorized, StateCaptured, StateDeclined, StateAbandoned},
	StateAuthorized: {StateCaptured, StateVoided},
}

// Paid reports whether the money is held or taken.
func (s State) Paid() bool { return s == StateAuthorized || s == StateCaptured }

// Failed reports whether the attempt is known to have moved no money.
func (s State) Failed() bool {
	return s == StateDeclined || s == StateAbandoned || s == StateVoided
}

// Open reports whether the attempt is still undecided.
func (s State) Open() bool { return !s.Paid() && !s.Failed() }

// Forward brings an owner forward in the transaction that moved its payment.
// It is called for every move of an attempt and may be called again for none.
type Forward func(ctx context.Context, tx *db.Tx, p Payment, a Attempt) error

// Payments holds what is not in the database: the gateways, and who is told.
type Payments struct {
	db       *db.DB
	gateways map[string]Gateway
	order    []string // of the gateways, as the shop lists them
	owners   map[string]Forward
	seen     func(Attempt)
	payer    func(ctx context.Context, tx *db.Tx, a Attempt) (Payer, error) // nil: nobody is known
	log      *slog.Logger

	// report makes a trouble a row that a person sees, in the transaction that
	// found it: late success after we gave up, an amount that is not ours.
	report func(ctx context.Context, tx *db.Tx, kind string, a Attempt, text string) error

	running drain.Group
}

// New returns Payments through these gateways. owners is the table of who is
// brought forward, by the owner's kind; report makes a trouble a row that a
// person sees. New makes no call.
func New(d *db.DB, gateways []Gateway, owners map[string]Forward,
	report func(ctx context.Context, tx *db.Tx, kind string, a Attempt, text string) error) *Payments {
	p := &Payments{db: d, gateways: map[string]Gateway{}, owners: owners, report: report, log: slog.Default(), seen: func(Attempt) {}}
	for _, g := range gateways {
		p.gateways[g.Name()] = g
		p.order = append(p.order, g.Name())
	}
	return p
}

// Gateway returns a gateway by name, or ErrGateway.
func (p *Payments) Gateway(name string) (Gateway, error) {
	g, ok := p.gateways[name]
	if !ok {
		return nil, fmt.Errorf("gateway %q: %w", name, ErrGateway)
	}
	return g, nil
}

// Watch has fn told what each call to a gateway came to, and again when what
// was undecided is decided, outside any transaction. Call it before the first
// payment.
func (p *Payments) Watch(fn func(Attempt)) { p.seen = fn }

// Identify has fn say who pays an attempt whose lender must know them. Call it
// before the first payment.
func (p *Payments) Identify(fn func(ctx context.Context, tx *db.Tx, a Attempt) (Payer, error)) {
	p.payer = fn
}

// NewID makes the id of a payment to be, so that its route can be decided and
// logged before it is opened.
func NewID(now time.Time) ID { return id.New[ID]("pay", now) }

// Names are the gateways' names, in the order the shop lists them.
func (p *Payments) Names() []string { return slices.Clone(p.order) }

// Intent is what an owner wants paid, and how.
type Intent struct {
	ID         ID // from NewID; "" to have one made
	Owner      Owner
	Market     string
	Channel    string
	Order      string // the order to be
	Amount     money.Amount
	Method     string
	Kind       string
	Gateway    string
	Instrument string
	ReturnURL  string // {attempt} is replaced by the attempt's id
	Capture    bool
	Proof      Proof
	Keep       string // the customer who agreed that the instrument is kept; "" for nobody
	Traces     string // see Attempt.Traces
}

// Open writes a payment and its first attempt. The gateway hears nothing yet:
// commit, then Pay.
func (p *Payments) Open(ctx context.Context, tx *db.Tx, in Intent) (Attempt, error) {
	if _, err := p.Gateway(in.Gateway); err != nil {
		return Attempt{}, err
	}
	if in.ID == "" {
		in.ID = NewID(tx.Now)
	}
	pay := Payment{ID: in.ID, Owner: in.Owner, Market: in.Market, Channel: in.Channel, Order: in.Order,
		Method: in.Method, Amount: in.Amount, CreatedAt: tx.Now}
	a := Attempt{
		ID: id.New[AttemptID]("att", tx.Now), Payment: pay.ID, Gateway: in.Gateway, Method: in.Method, Kind: in.Kind,
		Instrument: in.Instrument, Capture: in.Capture, Proof: in.Proof, Keep: in.Keep, Traces: in.Traces, Amount: in.Amount, State: StateWritten, CreatedAt: tx.Now,
	}
	a.Captured, a.Refunded = money.Of(0, in.Amount.Currency), money.Of(0, in.Amount.Currency)
	a.Card, _ = p.Read(a.Instrument)
	a.ReturnURL = withAttempt(in.ReturnURL, a.ID)
	if err := insertPayment(ctx, tx, pay); err != nil {
		return Attempt{}, fmt.Errorf("open payment for %s: %w", in.Owner.ID, err)
	}
	if err := insertAttempt(ctx, tx, a, tx.Now.Add(graceWritten)); err != nil {
		return Attempt{}, fmt.Errorf("open attempt of %s: %w", pay.ID, err)
	}
	return a, nil
}

// Find returns a payment and its attempts, oldest first, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ID) (Payment, []Attempt, error) {
	pay, err := selectPayment(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return Payment{}, nil, fmt.Errorf("find payment %s: %w", id, err)
	}
	attempts, err := selectAttempts(ctx, tx, id)
	return pay, attempts, err
}

// FindOwned returns the payment of an owner and its attempts, or ErrNotFound.
func FindOwned(ctx context.Context, tx *db.Tx, o Owner) (Payment, []Attempt, error) {
	id, err := selectOwned(ctx, tx, o)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return Payment{}, nil, fmt.Errorf("find payment of %s %s: %w", o.Kind, o.ID, err)
	}
	return Find(ctx, tx, id)
}

// FindAttempt returns one attempt, or ErrNotFound.
func FindAttempt(ctx context.Context, tx *db.Tx, id AttemptID) (Attempt, error) {
	a, err := selectAttempt(ctx, tx, id, "")
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return Attempt{}, fmt.Errorf("find attempt %s: %w", id, err)
	}
	return a, nil
}

// Wait blocks until no call to a gateway is under way. Call it before the
// database is closed.
func (p *Payments) Wait() { p.running.Wait() }
