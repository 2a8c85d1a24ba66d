// Package order keeps orders: what was bought, by whom, at what price, under
// which promise.
//
// An order is a record, not a view. When it is placed it copies titles, prices,
// discount shares, taxes and costs from the rest of the shop and never looks
// back, so a later price change or a deleted product leaves it whole. Its
// contact is a row under the person's own key, so that a person can be
// forgotten and the order stays.
//
// Of the four axes of its life only the first, State, is written here;
// payment, fulfilment and returns are derived from their own rows.
//
// An order that was placed elsewhere is imported: a record like the others, with
// a fact of its own, Imported, and no payment, stock or ledger behind it.
//
// Never true: an order that nobody placed; two orders of one cart; a total that
// is not the sum of its stored parts; a number given twice.
package order

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"korzo/delivery/point"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/live"
	"korzo/value/money"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "order.not_found", "there is no such order, or this token does not open it")
	ErrState    = fault.New(fault.Conflict, "order.state", "the order's state does not allow this; read it again")
	ErrPlaced   = fault.New(fault.Conflict, "order.placed", "this cart has been ordered already; start a new one")
)

// ID names an order to machines; Number names it to people.
type ID string

// LineID names a line of an order, GroupID one of its delivery groups.
type (
	LineID  string
	GroupID string
)

// Order is one purchase. Amounts are in Currency; Total = Subtotal − Discount +
// Shipping, plus Tax unless TaxIncluded.
type Order struct {
	ID         ID
	Number     string
	State      State
	HoldReason string // why it is on hold
	PlacedAt   time.Time
	Version    int64
	Imported   bool // it was placed elsewhere or before: no payment, stock or ledger stands behind it
	Draft
}

// Draft is all that a checkout knows about an order to be. It is frozen before
// the customer pays.
type Draft struct {
	Cart        string
	Market      string
	Channel     string
	Entity      string
	Locale      string
	Customer    string // "" for a guest
	Contact     string
	Flow        string
	FlowVersion int64
	Arm         string
	Payment     string // "" when nothing had to be paid
	TaxIncluded bool
	TaxReason   string // why no tax was charged, one of tax's reasons; "" when it was
	Subtotal    money.Amount
	Discount    money.Amount
	Shipping    money.Amount
	Tax         money.Amount
	Total       money.Amount
	Tenders     []Tender // of stored value, in the order they pay
	Source      string
	IsTest      bool
	Extras      []Extra // what the buyer asked for beside the goods; their own words are with the contact
	Groups      []Group
	Lines       []Line
}

// Extra is what a widget of the checkout left on an order: a gift wrap, a wished
// day. Its JSON is stored: fields are added, never renamed.
type Extra struct {
	Name    string            `json:"name"` // of the widget in its flow; begins the names of the contact's words
	Kind    string            `json:"kind"`
	Answers map[string]string `json:"answers,omitempty"` // what was said, but for the buyer's own words
}

// Tender is what stored value pays of an order. Its JSON is stored: fields are
// added, never renamed.
type Tender struct {
	Kind   string       `json:"kind"` // TenderGiftCard, TenderPoints or TenderCredit
	Label  string       `json:"label"`
	Ref    string       `json:"ref,omitempty"`    // the card's id
	Points int64        `json:"points,omitempty"` // that pay the amount
	Amount money.Amount `json:"amount"`
}

// The kinds of tenders.
const (
	TenderGiftCard = "gift_card"
	TenderPoints   = "points"
	TenderCredit   = "credit"
)

// Tendered is what stored value of a kind pays of the order.
func (d Draft) Tendered(kind string) money.Amount {
	sum := money.Of(0, d.Currency())
	for _, t := range d.Tenders {
		if t.Kind == kind {
			sum = sum.Plus(t.Amount)
		}
	}
	return sum
}

// Due is what is left of the total for a payment.
func (d Draft) Due() money.Amount {
	left := d.Total
	for _, t := range d.Tenders {
		left = left.Minus(t.Amount)
	}
	return left
}

// units counts what is bought of a kind of goods.
func (d Draft) units(kind string) (units int64) {
	for _, l := range d.Lines {
		if l.Kind == kind {
			units += l.Quantity
		}
	}
	return units
}

// Currency is the currency of every amount of the order but unit costs.
func (d Draft) Currency() money.Currency { return d.Total.Currency }

// Group is a part of the order that travels together.
type Group struct {
	ID          GroupID
	Kind        string // "ship" or "pickup"
	Method      string
	Name        string
	Location    string
	Price       money.Amount
	Discount    money.Amount
	Tax         money.Amount
	Taxes       []Tax
	PromiseFrom string // civil date, "2030-01-02"
	PromiseTo   string
	Point       *point.Point    // the carrier's point where it waits; nil for the door or a place of ours
	Promised    json.RawMessage // what the dates were computed from; nil when nobody wrote it down
	Added       string          // the edit that added it, as a charge for delivery alone; "" when it was placed with the order
}

// KindBundle is the kind of a line that stands above the parts of a bundle: it
// bears no money and takes no stock. Its parts name it as their Parent.
const KindBundle = "bundle"

// Line is one row of an order. Quantity counts steps of 10^-Scale: 125 at scale
// 2 is 1.25. Total is Subtotal − Discount; tax is within it or on top, as the
// order says.
type Line struct {
	ID         LineID
	Group      GroupID
	Parent     LineID
	Kind       string
	Product    string
	Variant    string
	SKU        string
	Title      string
	Image      string
	Seller     string
	Properties map[string]string
	Quantity   int64
	Scale      int64
	UnitPrice  money.Amount
	UnitCost   money.Amount // may be in another currency; zero when unknown
	TaxClass   string
	Subtotal   money.Amount
	Discount   money.Amount
	Tax        money.Amount
	Total      money.Amount
	Shares     []Share
	Taxes      []Tax
	Shipped    int64
	Returned   int64
	Refunded   money.Amount
	Sources    []Source // where the units were claimed when it was placed; none for what is not goods, or was short
	Added      string   // the edit that added it; "" when it was placed with the order
}

// Source is units of a line that a location was to give when the order was
// placed. Its JSON is stored: fields are added, never renamed.
type Source struct {
	Location string `json:"location"`
	Units    int64  `json:"units"`
}

// Share is what one promotion took off one line.
type Share struct {
	Promotion string
	Code      string
	Amount    money.Amount
}

// Tax is one rate on one line or group.
type Tax struct {
	Name    string
	Country string
	Region  string
	PPM     int64
	Base    money.Amount
	Amount  money.Amount
}

// State is where an order is in its life.
type State string

// The states of an order.
const (
	StatePlaced    State = "placed"    // the customer has a contract with us
	StateOnHold    State = "on_hold"   // a person must look before anything ships
	StateCompleted State = "completed" // every line shipped or cancelled
	StateCanceled  State = "canceled"  // nothing will ship
)

// next is the life of an order, whole.
var next = map[State][]State{
	StatePlaced: {StateOnHold, StateCompleted, StateCanceled},
	StateOnHold: {StatePlaced, StateCanceled},
}

// Place writes an order that a customer has paid for, or must not pay for, and
// publishes Placed. hold is "" or why a person must look first. It returns
// ErrPlaced when the cart was ordered before.
func (n *Numbers) Place(ctx context.Context, tx *db.Tx, id ID, d Draft, hold string) (Order, error) {
	number, err := n.next(ctx, tx)
	if err != nil {
		return Order{}, fmt.Errorf("number order %s: %w", id, err)
	}
	o := Order{ID: id, Number: number, State: StatePlaced, HoldReason: hold, PlacedAt: tx.Now, Version: 1, Draft: d}
	if hold != "" {
		o.State = StateOnHold
	}
	for i := range o.Lines {
		o.Lines[i].Refunded = money.Of(0, d.Currency()) // as it is read back
	}
	err = insertOrder(ctx, tx, o)
	if errors.Is(err, db.ErrUnique) {
		err = ErrPlaced
	}
	if err != nil {
		return Order{}, fmt.Errorf("place order %s: %w", id, err)
	}
	remember(tx, o)
	kept.Keep(tx, id, o)
	live.Changed(tx, Topic, string(id))
	return o, event.Publish(ctx, tx, Placed{Order: id, Number: number, Cart: d.Cart, Market: d.Market, Channel: d.Channel,
		Customer: d.Customer, Payment: d.Payment, Total: d.Total.Minor, Currency: string(d.Currency()), OnHold: hold != "", Gifts: d.units(catalog.KindGiftCard),
		Digital: d.units(catalog.KindDigital)})
}

// NewID makes the id of an order to be, so that a draft's lines can be named
// before it is placed.
func NewID(now time.Time) ID { return id.New[ID]("ord", now) }

// Find returns an order with its groups and lines, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ID) (Order, error) {
	return kept.Find(tx, id, func() (Order, error) {
		o, err := selectOrder(ctx, tx, id)
		if errors.Is(err, db.ErrNoRow) {
			err = ErrNotFound
		}
		if err == nil {
			err = loadParts(ctx, tx, &o)
		}
		if err != nil {
			return Order{}, fmt.Errorf("find order %s: %w", id, err)
		}
		return o, nil
	})
}

// Filter chooses a page of orders, newest first. The zero Filter is the first
// page of all.
type Filter struct {
	State    State
	Imported bool // imported orders only
	Customer string
	Number   string
	Market   string
	Channel  string
	Contacts []string  // of these contacts only, at most 1,000; nil: any
	From     time.Time // placed then or later; zero: any
	Until    time.Time // placed before then; zero: any
	After    ID        // the last id of the page before
	Limit    int
}

// List returns a page of orders without their lines, newest first, and the id
// to go on after ("" at the end).
func List(ctx context.Context, tx *db.Tx, f Filter) ([]Order, ID, error) {
	if f.Limit < 1 || f.Limit > 100 {
		f.Limit = 100
	}
	orders, err := selectOrders(ctx, tx, f)
	if err != nil {
		return nil, "", fmt.Errorf("list orders: %w", err)
	}
	if len(orders) <= f.Limit {
		return orders, "", nil
	}
	orders = orders[:f.Limit]
	return orders, orders[f.Limit-1].ID, nil
}

// Move takes an order to another state of its life, with the reason for a hold.
// Moving to the state it is in changes nothing; ErrState tells that its life
// has no such move.
func Move(ctx context.Context, tx *db.Tx, id ID, to State, reason string) error {
	o, err := selectLocked(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		return fmt.Errorf("move order %s: %w", id, ErrNotFound)
	}
	if err != nil || o.State == to {
		return err
	}
	if !slices.Contains(next[o.State], to) {
		return fmt.Errorf("order %s is %s, not to be %s: %w", id, o.State, to, ErrState)
	}
	if err := updateState(ctx, tx, id, o.State, to, reason); err != nil {
		return fmt.Errorf("move order %s to %s: %w", id, to, err)
	}
	live.Changed(tx, Topic, string(id))
	return event.Publish(ctx, tx, Moved{Order: id, From: string(o.State), To: string(to)})
}

// Ordered reports whether there is an order of a customer, or under one of these
// contacts, that was not canceled: at most 1,000 contacts.
func Ordered(ctx context.Context, tx *db.Tx, customer string, contacts []string) (bool, error) {
	if customer == "" && len(contacts) == 0 {
		return false, nil
	}
	n, err := countOrdered(ctx, tx, customer, contacts)
	if err != nil {
		return false, fmt.Errorf("look for orders of a customer: %w", err)
	}
	return n > 0, nil
}

// History is what a customer has bought before: orders that were not canceled.
type History struct {
	Orders int64
	Spent  int64     // minor units of the currency asked for, of the orders in it
	Last   time.Time // zero: none
}

// HistoryOf returns what a customer has bought; a guest ("") nothing. One statement.
func HistoryOf(ctx context.Context, tx *db.Tx, customer string, in money.Currency) (History, error) {
	if customer == "" {
		return History{}, nil
	}
	p, err := selectHistory(ctx, tx, customer, in)
	if err != nil {
		return History{}, fmt.Errorf("orders of customer %s: %w", customer, err)
	}
	return p, nil
}

// Head returns an order without its parts, or ErrNotFound.
func Head(ctx context.Context, tx *db.Tx, id ID) (Order, error) {
	if o, ok := kept.Get(tx, id); ok {
		o.Groups, o.Lines = nil, nil
		return o, nil
	}
	o, err := selectOrder(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return Order{}, fmt.Errorf("find order %s: %w", id, err)
	}
	return o, nil
}

// Lock keeps every other change of an order waiting until the transaction ends,
// or is ErrNotFound.
func Lock(ctx context.Context, tx *db.Tx, id ID) error {
	_, err := selectLocked(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("lock order %s: %w", id, err)
	}
	return nil
}

// AddRefunded adds to what was given back for a line; a negative amount takes
// off. It is ErrState when that would be more than was paid for it.
func AddRefunded(ctx context.Context, tx *db.Tx, id LineID, a money.Amount) error {
	n, err := addRefunded(ctx, tx, id, a.Minor)
	if err == nil && n == 0 {
		err = ErrState
	}
	if err != nil {
		return fmt.Errorf("add %v to what line %s gave back: %w", a, id, err)
	}
	return nil
}
