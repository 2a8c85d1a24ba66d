// Package checkout turns a cart into a placed order.
//
// It is the one package that knows every part of a purchase. A Session keeps
// what the shopper has said so far and no step: what is still missing is
// computed from the flow that was pinned when it began, and pages are views of
// that. Placing an order crosses a foreign machine, so it has three phases:
//
//	prepare   tx     lock the cart, freeze the quote, compare the agreed total,
//	                 hold coupons and stock, write the payment's attempt
//	pay       no tx  ask the gateway, under the attempt's id as key
//	finalise  tx     insert the order, holds become claims, ledger, facts,
//	                 the answer under the idempotency key
//
// A try at that is a Placing. It owns the payment; whatever moves the payment
// (our call's answer, a webhook, the poller, a person) brings the placing
// forward in the same transaction, so after a crash at any line Resume of the
// payments is all that is needed. A decline ends the placing and what it held,
// and nothing else.
//
// The dates of arrival that an answer shows are kept with the session, with what
// they were computed from, and the order is promised those, so that the score
// judges what the shopper saw. Dates on a product's page and in the cart are of a
// place, not of a purchase: nobody has said what goes there together and which
// way, so they bind nothing and are not scored.
//
// Never true: money taken for lines that were not placed; a second order of a
// cart; stock or a coupon held by a placing that has ended; a total the shopper
// did not agree to; a refusal once money has moved (the order is put on hold).
package checkout

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"korzo/delivery/point"
	"korzo/platform/db"
	"korzo/platform/drain"
	"korzo/platform/fault"
	"korzo/platform/idempotency"
	"korzo/platform/seal"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/guard"
	"korzo/purchase/payment/route"
	"korzo/purchase/payment/vault"
	"korzo/purchase/tax/vatid"
	"korzo/value/money"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on. What the business refuses is no failure
// but an Outcome with messages.
var (
	ErrNotFound   = fault.New(fault.NotFound, "checkout.not_found", "there is no such checkout; start one with your cart")
	ErrPaying     = fault.New(fault.Conflict, "checkout.paying", "a payment is under way; wait for it, or cancel it to pay another way")
	ErrPlaced     = fault.New(fault.Conflict, "checkout.placed", "the order is placed already; read the checkout for its number")
	ErrOption     = fault.New(fault.Invalid, "checkout.shipping_option", "choose one of the checkout's shipping_options")
	ErrPoint      = fault.New(fault.Invalid, "checkout.point", "this pick-up point cannot be chosen: take one of the points of the delivery group, and a delivery that goes to points")
	ErrGroups     = fault.New(fault.Invalid, "checkout.groups", "the delivery groups are not valid: mend what is named")
	ErrMethod     = fault.New(fault.Invalid, "checkout.payment_method", "choose one of the checkout's payment_methods")
	ErrSaved      = fault.New(fault.Invalid, "checkout.saved_card", "choose one of the checkout's saved_cards, or pay with another card")
	ErrInstrument = fault.New(fault.Invalid, "checkout.instrument", "give the gateway's token of 1 to 200 visible characters, never a card number")
	ErrInFlight   = fault.New(fault.Conflict, "checkout.in_flight", "the same request is still being worked on; repeat it in a moment")
)

// patience is how long Complete waits for the gateway before it answers that
// the payment is being checked.
const patience = 4 * time.Second

// waitForTwin is how long a repeated request waits for the first one's answer.
const waitForTwin = 9 * time.Second

// ID names a session; PlacingID one try at placing its order.
type (
	ID        string
	PlacingID string
)

// Status is the public word for where a session is, from the Universal
// Commerce Protocol.
type Status string

// The statuses of a session.
const (
	StatusIncomplete Status = "incomplete"
	StatusEscalation Status = "requires_escalation"
	StatusReady      Status = "ready_for_complete"
	StatusInProgress Status = "complete_in_progress"
	StatusCompleted  Status = "completed"
	StatusCanceled   Status = "canceled"
)

// Message tells the shopper's side what the business has to say. Code is
// stable; Content is for people, in the language of the session's locale.
type Message struct {
	Type     string `json:"type"` // error, warning, info
	Code     string `json:"code"`
	Path     string `json:"path,omitempty"` // a JSONPath into the checkout
	Severity string `json:"severity"`       // recoverable, requires_buyer_input, requires_buyer_review
	Content  string `json:"content"`

	about about
}

// Placed is what a shopper keeps of an order.
type Placed struct {
	ID     order.ID
	Number string
	Total  money.Amount
	Token  string // opens the order without a sign-in
}

// Outcome is the answer to completing a checkout.
type Outcome struct {
	Status   Status
	Messages []Message
	Order    *Placed
	NextURL  string        // where the shopper must go to finish, with StatusEscalation
	Total    *money.Amount // the total as it is now, when the agreed one was refused
}

// Answer gives an outcome the shape that a door promises; it is kept under the
// idempotency key and must say the same of equal outcomes.
type Answer func(Outcome) idempotency.Reply

// Config is what a Checkout needs to know. Every field but Fittings is required.
type Config struct {
	DB       *db.DB
	Keeper   *seal.Keeper
	Payments func() *payment.Payments // a function, because payments bring checkouts forward
	Router   *route.Router
	Guard    *guard.Guard
	Answer   Answer
	BaseURL  string // of the shop: where shoppers come back to

	// Seen hears, after each answer, what a shopper was told is missing and
	// wrong. It must not wait. Nil: nobody listens.
	Seen func(Glimpse)

	// Broke hears that something of ours failed a visitor: "widget", "gateway", or
	// the "checkout" itself, over whatever door.
	// It must not wait. Nil: nobody listens.
	Broke func(visitor, what string)

	// Points asks carriers for their pick-up points. Nil: none are offered.
	Points *point.Directory

	// VATIDs has the VAT ids of buyers checked. Nil: their form is enough.
	VATIDs *vatid.Checker

	// Fittings finds the widgets of a flow; nil: flow.Fittings.
	Fittings func(ctx context.Context, tx *db.Tx, id flow.ID, version int64) ([]flow.Fitting, error)
}

// Checkout places orders. It holds what is not in the database.
type Checkout struct {
	Config
	numbers order.Numbers
	log     *slog.Logger
	warden  *warden // of widgets

	mu      sync.Mutex
	waiting map[PlacingID]*waiter
	running drain.Group
}

// New returns a Checkout. It does no I/O.
func New(c Config) *Checkout {
	if c.Fittings == nil {
		c.Fittings = flow.Fittings
	}
	return &Checkout{Config: c, log: slog.Default(), waiting: map[PlacingID]*waiter{}, warden: newWarden()}
}

// Wait blocks until no placing is being worked on. Call it before the database
// is closed.
func (c *Checkout) Wait() { c.running.Wait() }

// Session is what the shopper has said so far.
type Session struct {
	ID         ID
	Cart       cart.ID
	Market     string
	Channel    string
	Locale     string
	Customer   string
	Contact    string
	Flow       flow.ID
	Version    int64      // of the flow
	Arm        string     // experiment.Assignment.Pin; "" outside of experiments
	Visitor    string     // whose visit it was: the unit of experiments; "" where unknown
	visit      flow.Visit // as it is written down when the session begins; not read back
	shown      []shown    // the dates its shopper was shown last; never changed in place
	Groups     []Group
	Method     string
	Instrument string
	UseCredit  bool                      // store credit is to pay, as far as it goes
	UsePoints  int64                     // that are to pay, as far as they go; AllPoints
	Saved      vault.ID                  // the kept card that Instrument is of; "" for none
	Keep       bool                      // the card is to be kept for later, as the customer agreed
	Seen       map[string]any            // the facts of the visit that conditions of the flow's widgets speak of
	Kept       map[string]widget.Answers // by widget, but for the shopper's own words, which are with the contact
	State      State
	Placing    PlacingID
	Order      order.ID
	Failure    *Message
	Revision   int64
	CreatedAt  time.Time
}

// Group says how lines travel. The first has every line that no other names.
type Group struct {
	Kind     string   `json:"kind"`
	Method   string   `json:"method"`
	Location string   `json:"location,omitempty"`
	Lines    []string `json:"lines,omitempty"`

	Points string       `json:"points,omitempty"` // the carrier at one of whose points it waits; "" for none
	Point  *point.Point `json:"point,omitempty"`  // that point, once it is chosen
	Near   string       `json:"near,omitempty"`   // the postal code near which points are shown; "": the address's
}

// State is where a session is in its life.
type State string

// The states of a session. A failed payment opens it again.
const (
	StateOpen     State = "open"
	StatePaying   State = "paying"
	StatePlaced   State = "placed"
	StateCanceled State = "canceled"
)

// waiter is somebody who waits for a placing's answer in this process.
type waiter struct {
	done  chan struct{}
	reply idempotency.Reply
	row   placingRow // as it was written
}

// await registers the request that pays a placing as the one who waits for its
// answer.
func (c *Checkout) await(p prepared) *waiter {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &waiter{done: make(chan struct{}), row: p.row}
	c.waiting[p.id] = w
	return w
}

// draft fills in a placing's draft: as this process wrote it, if it did and the
// row still says the same, for reading it costs more than the row.
func (c *Checkout) draft(p *placingRow) error {
	c.mu.Lock()
	w, ok := c.waiting[p.ID]
	c.mu.Unlock()
	if ok && w.row.text == p.text {
		p.Draft = w.row.Draft
		p.Draft.Lines = slices.Clone(p.Draft.Lines) // claiming says where units come from
		return nil
	}
	return json.Unmarshal([]byte(p.text), &p.Draft)
}

// settling is closed when a placing of this process is settled; it is nil, and
// blocks, for one of another node.
func (c *Checkout) settling(id PlacingID) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w, ok := c.waiting[id]; ok {
		return w.done
	}
	return nil
}

// deliver hands a placing's answer to whoever waits for it.
func (c *Checkout) deliver(id PlacingID, reply idempotency.Reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w, ok := c.waiting[id]; ok {
		w.reply = reply
		close(w.done)
		delete(c.waiting, id)
	}
}

// forget gives up waiting for a placing.
func (c *Checkout) forget(id PlacingID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// token opens an order without a sign-in.
func (c *Checkout) token(id order.ID) string { return c.Keeper.Token("order", string(id)) }

// OpensOrder reports whether token is the one the buyer was given for an order.
func (c *Checkout) OpensOrder(id order.ID, token string) bool {
	return c.Keeper.CheckToken("order", string(id), token)
}

// Forward brings a placing forward when its payment has moved; the app gives it
// to the payments as the owner of kind OwnerKind.
func (c *Checkout) Forward(ctx context.Context, tx *db.Tx, p payment.Payment, a payment.Attempt) error {
	return c.forward(ctx, tx, PlacingID(p.Owner.ID), p, a)
}

// OwnerKind is what payments of checkouts are owned by.
const OwnerKind = "checkout"

// OrderLink opens an order without a password: who has it may see the order.
func (c *Checkout) OrderLink(id order.ID) string {
	return c.BaseURL + "/orders/" + string(id) + "?token=" + c.token(id)
}

// OrderPaid is the order that a payment's owner is placed as; "" where the owner
// is no checkout of ours.
func (c *Checkout) OrderPaid(ctx context.Context, tx *db.Tx, owner, id string) (order.ID, error) {
	if owner != OwnerKind {
		return "", nil
	}
	p, err := selectPlacing(ctx, tx, PlacingID(id))
	if errors.Is(err, db.ErrNoRow) {
		return "", nil
	}
	return p.Order, err
}
