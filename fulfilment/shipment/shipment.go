// Package shipment gets what was bought to its buyer: which location sends what
// of an order, how far it is, in which parcels it left and where those are.
//
// A Fulfilment is work for one location: the part of one delivery group that it
// picks, packs and sends, or sets aside to be collected (package pickup goes on
// from there). Its life is a table of moves, and Actions says what may be done
// with it now. It may be split, merged, moved to another location, held, or
// rejected by the location, and then finds another one.
//
// A parcel has two axes. Ours is its State: packed, shipped, delivered. The
// carrier's is a story of events that is kept and shown as it is told, in
// whatever order, and decides nothing but that a delivered parcel is delivered.
//
// The one idea: units move and are never made or lost. Over all fulfilments of
// an order, units and canceled units of a line are what was bought; what of
// them is open and sourced is claimed in inventory at the same location; what
// is shipped has left the stock by a movement and stands on the order's line.
// Every verb locks the order first and touches stock last, and Verify proves
// the sums.
//
// Never true: a unit in two places; a parcel that left for an order that is on
// hold or canceled; a call to a carrier inside a transaction.
package shipment

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/order"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "shipment.not_found", "there is no such fulfilment; take an id from the list")
	ErrState    = fault.New(fault.Conflict, "shipment.state", "this cannot be done with the fulfilment as it stands; read it again and take one of its actions")
	ErrUnits    = fault.New(fault.Invalid, "shipment.units", "name lines of the fulfilment, and at most the units that are left of each")
	ErrOrder    = fault.New(fault.Conflict, "shipment.order", "the order is on hold or closed: nothing of it may leave; release it first")
	ErrReason   = fault.New(fault.Invalid, "shipment.reason", "say why, in 1 to 200 characters")
	ErrPlace    = fault.New(fault.Invalid, "shipment.location", "choose another location that sends parcels and is open")
	ErrNowhere  = fault.New(fault.Conflict, "shipment.nowhere", "nobody knows where to send it: ask the buyer for an address, write it on the order with an edit, then send it")
	ErrMerge    = fault.New(fault.Conflict, "shipment.merge", "only fulfilments of one delivery group at one location, of which nothing is packed, can be merged")
	ErrBegun    = fault.New(fault.Conflict, "shipment.begun", "somebody has begun to gather this order, or it is closed; write to the shop, and we see what can still be done")
	ErrParcel   = fault.New(fault.NotFound, "shipment.parcel_not_found", "there is no such parcel; take an id from the fulfilment")
)

// ID names a fulfilment, ParcelID a parcel.
type (
	ID       string
	ParcelID string
)

// The kinds of fulfilment, as delivery groups have them.
const (
	KindShip   = "ship"
	KindPickup = "pickup"
)

// State is where a fulfilment is in its life.
type State string

// The states of a fulfilment.
const (
	StateOpen      State = "open"      // waits for the location
	StateOnHold    State = "on_hold"   // a person must look first
	StateAccepted  State = "accepted"  // somebody at the location has taken it in hand
	StatePicking   State = "picking"   // goods are being gathered
	StatePacked    State = "packed"    // all is in parcels
	StateReady     State = "ready"     // all is set aside and waits for its buyer
	StateShipped   State = "shipped"   // all has left
	StateDelivered State = "delivered" // all has arrived, or was handed over
	StateRejected  State = "rejected"  // the location could not; another fulfilment goes on
	StateMoved     State = "moved"     // its units are another fulfilment's now
	StateExpired   State = "expired"   // nobody collected it
	StateCanceled  State = "canceled"  // nothing of it will leave
)

// next is the life of a fulfilment, whole.
var next = map[State][]State{
	StateOpen:     {StateAccepted, StatePicking, StateOnHold, StateRejected, StateMoved, StateCanceled},
	StateOnHold:   {StateOpen, StatePicking, StatePacked, StateMoved, StateCanceled},
	StateAccepted: {StateOpen, StatePicking, StateOnHold, StateRejected, StateMoved, StateCanceled},
	StatePicking:  {StateOpen, StatePacked, StateReady, StateOnHold, StateRejected, StateMoved, StateShipped, StateCanceled},
	StatePacked:   {StatePicking, StateShipped, StateOnHold, StateCanceled},
	StateReady:    {StatePicking, StateDelivered, StateExpired, StateMoved, StateCanceled},
	StateShipped:  {StateDelivered},
}

// Open reports whether there is still work to be done in a state.
func (s State) Open() bool {
	return slices.Contains([]State{StateOpen, StateOnHold, StateAccepted, StatePicking, StatePacked, StateReady}, s)
}

// Fulfilment is what one location does for one delivery group of an order.
type Fulfilment struct {
	ID          ID
	Order       order.ID
	Number      string // the order's, for people
	Position    int64  // within the order, from 1
	Group       order.GroupID
	Kind        string // KindShip or KindPickup
	Location    string
	State       State
	Reason      string // why it is held, rejected or canceled
	Sourced     bool   // its open units are claimed at its location
	Method      string
	Name        string // of the method
	PromiseFrom string // civil dates, "2030-01-02"; "" for none
	PromiseTo   string
	Promised    json.RawMessage // what its days were computed from, where they are not its group's
	Origin      ID              // what it was split from, or sent on by
	Tries       int64           // how often a location has rejected it
	Avoid       []string        // the locations that have
	Staff       string
	LateAt      time.Time // zero: it is not known to be late
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Version     int64
	Lines       []Line
}

// Line is units of an order's line in a fulfilment, in steps of its scale.
// Shipped ≤ Packed ≤ Picked ≤ Units.
type Line struct {
	Line     order.LineID
	Variant  catalog.VariantID
	SKU      string
	Title    string
	Image    string
	Scale    int64
	Units    int64
	Picked   int64
	Packed   int64
	Shipped  int64
	Canceled int64

	position int
}

// Label is how people call the fulfilment: the order's number and its place in it.
func (f Fulfilment) Label() string { return f.Number + "-" + strconv.FormatInt(f.Position, 10) }

// Open is what has not left.
func (l Line) Open() int64 { return l.Units - l.Shipped }

// Loose is what is neither packed nor gone, and may go elsewhere.
func (l Line) Loose() int64 { return l.Units - l.Packed }

// Units asks for units of an order's line.
type Units struct {
	Line  order.LineID
	Units int64
}

// Total sums up a figure over the lines.
func (f Fulfilment) Total(figure func(Line) int64) (n int64) {
	for _, l := range f.Lines {
		n += figure(l)
	}
	return n
}

// Loose is every unit that may still go elsewhere.
func (f Fulfilment) Loose() (all []Units) {
	for _, l := range f.Lines {
		if l.Loose() > 0 {
			all = append(all, Units{l.Line, l.Loose()})
		}
	}
	return all
}

// Begun reports whether somebody has begun to gather it: from then on its buyer
// cannot change it any more.
func (f Fulfilment) Begun() bool {
	return f.State != StateOpen && f.State != StateOnHold && f.State != StateAccepted && f.State != StateMoved && f.State != StateRejected
}

// Action is something that may be done with a fulfilment.
type Action string

// The actions.
const (
	ActAccept  Action = "accept"
	ActPick    Action = "pick"
	ActPack    Action = "pack"
	ActShip    Action = "ship" // of a parcel that is packed
	ActReady   Action = "ready"
	ActHand    Action = "hand_over"
	ActSplit   Action = "split"
	ActMerge   Action = "merge"
	ActMove    Action = "move"
	ActHold    Action = "hold"
	ActRelease Action = "release"
	ActReject  Action = "reject"
	ActCancel  Action = "cancel"
)

// Actions are what may be done with the fulfilment now, in the order of work.
func (f Fulfilment) Actions() (can []Action) {
	may := func(a Action, when bool) {
		if when {
			can = append(can, a)
		}
	}
	waiting := f.State == StateOpen || f.State == StateAccepted
	working := waiting || f.State == StatePicking
	loose, packed := f.Total(Line.Loose) > 0, f.Total(func(l Line) int64 { return l.Packed })
	shipped := f.Total(func(l Line) int64 { return l.Shipped })
	may(ActAccept, f.State == StateOpen)
	may(ActRelease, f.State == StateOnHold)
	may(ActPick, working && loose)
	may(ActPack, f.Kind == KindShip && f.State == StatePicking && loose)
	may(ActShip, f.Kind == KindShip && packed > shipped)
	may(ActReady, f.Kind == KindPickup && f.State == StatePicking)
	may(ActHand, f.Kind == KindPickup && f.State == StateReady)
	may(ActSplit, working && f.Total(Line.Loose) > 1)
	may(ActMerge, waiting && packed == 0)
	may(ActMove, f.Kind == KindShip && working && packed == 0)
	may(ActHold, working && packed == 0)
	may(ActReject, working && loose)
	may(ActCancel, f.State.Open() && loose)
	return can
}

// Find returns a fulfilment with its lines, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ID) (Fulfilment, error) {
	f, err := selectFulfilment(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err == nil {
		f.Lines, err = selectLines(ctx, tx, id)
	}
	if err != nil {
		return f, fmt.Errorf("find fulfilment %s: %w", id, err)
	}
	return f, nil
}

// OfOrder returns the fulfilments of an order with their lines, oldest first,
// those included that are over.
func OfOrder(ctx context.Context, tx *db.Tx, id order.ID) ([]Fulfilment, error) {
	all, err := selectOfOrder(ctx, tx, id)
	if err == nil {
		err = fill(ctx, tx, all)
	}
	if err != nil {
		return nil, fmt.Errorf("fulfilments of %s: %w", id, err)
	}
	return all, nil
}

// Filter chooses a page of fulfilments: the oldest first where there is work to
// be done, else the newest.
type Filter struct {
	Order    order.ID
	Location string
	Kind     string
	State    State // "" is every state in which there is work to be done
	After    ID    // the last one of the page before
	Limit    int   // 1 to 100; 0 is 100
}

// List returns a page of fulfilments with their lines.
func List(ctx context.Context, tx *db.Tx, f Filter) ([]Fulfilment, error) {
	if f.Limit < 1 || f.Limit > 100 {
		f.Limit = 100
	}
	all, err := selectFulfilments(ctx, tx, f)
	if err == nil {
		err = fill(ctx, tx, all)
	}
	if err != nil {
		return nil, fmt.Errorf("list fulfilments: %w", err)
	}
	return all, nil
}

// fill reads the lines of some fulfilments in one statement.
func fill(ctx context.Context, tx *db.Tx, all []Fulfilment) error {
	if len(all) == 0 {
		return nil
	}
	ids := make([]ID, len(all))
	for i, f := range all {
		ids[i] = f.ID
	}
	lines, err := selectLinesOf(ctx, tx, ids)
	for i := range all {
		all[i].Lines = lines[all[i].ID]
	}
	return err
}
