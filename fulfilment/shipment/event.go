package shipment

import (
	"korzo/delivery/carriage"
	"korzo/platform/db"
	"korzo/platform/live"
	"korzo/purchase/order"
)

// Topic is what live.Watch is asked for to be told, after a commit, of which
// orders (the keys) something changed on the way to their buyers.
const Topic = "shipment"

// changed tells the watchers that an order's way changed.
func changed(tx *db.Tx, id order.ID) { live.Changed(tx, Topic, string(id)) }

// Moved says that a fulfilment went from one state of its life to another. From
// is "" for one that was made.
type Moved struct {
	Fulfilment ID       `json:"fulfilment"`
	Order      order.ID `json:"order"`
	Pickup     bool     `json:"pickup,omitempty"`
	From       State    `json:"from,omitempty"`
	To         State    `json:"to"`
}

// Kind names the fact.
func (Moved) Kind() string { return "shipment.moved" }

// Key is the order: its facts are delivered in order.
func (e Moved) Key() string { return string(e.Order) }

// Sent is units of a line as facts tell them.
type Sent struct {
	Line  order.LineID `json:"line"`
	Units int64        `json:"units"`
}

// Shipped says that units left: in a parcel, or into the hands of who collected
// them. They stand as shipped on the order's lines and are off the stock.
type Shipped struct {
	Order      order.ID      `json:"order"`
	Fulfilment ID            `json:"fulfilment"`
	Group      order.GroupID `json:"group"`
	Location   string        `json:"location"`
	Collected  bool          `json:"collected,omitempty"`
	Parcel     ParcelID      `json:"parcel,omitempty"` // "" when collected
	Carrier    string        `json:"carrier,omitempty"`
	Lines      []Sent        `json:"lines"`
	Rest       int64         `json:"rest"` // units of the order that have not left
}

// Kind names the fact.
func (Shipped) Kind() string { return "shipment.shipped" }

// Key is the order: its facts are delivered in order.
func (e Shipped) Key() string { return string(e.Order) }

// Delivered says that a parcel arrived, or that a fulfilment was collected whole.
type Delivered struct {
	Order      order.ID      `json:"order"`
	Fulfilment ID            `json:"fulfilment"`
	Group      order.GroupID `json:"group"`
	Location   string        `json:"location"`
	Parcel     ParcelID      `json:"parcel,omitempty"`
	Carrier    string        `json:"carrier,omitempty"`
	Left       string        `json:"left,omitempty"`     // the day a parcel was shipped, as On
	On         string        `json:"on"`                 // civil date at the location
	Promised   string        `json:"promised,omitempty"` // the last day it was promised for
}

// Kind names the fact.
func (Delivered) Kind() string { return "shipment.delivered" }

// Key is the order: its facts are delivered in order.
func (e Delivered) Key() string { return string(e.Order) }

// Tracked says that the carrier told something new of a parcel.
type Tracked struct {
	Order  order.ID        `json:"order"`
	Parcel ParcelID        `json:"parcel"`
	Status carriage.Status `json:"status"`
}

// Kind names the fact.
func (Tracked) Kind() string { return "shipment.tracked" }

// Key is the order: its facts are delivered in order.
func (e Tracked) Key() string { return string(e.Order) }

// Late says that something will not arrive by the day it was promised for, as
// far as anybody can tell now. Parcel is "" for what has not left.
type Late struct {
	Order      order.ID `json:"order"`
	Fulfilment ID       `json:"fulfilment"`
	Parcel     ParcelID `json:"parcel,omitempty"`
	Promised   string   `json:"promised"`
}

// Kind names the fact.
func (Late) Kind() string { return "shipment.late" }

// Key is the order: its facts are delivered in order.
func (e Late) Key() string { return string(e.Order) }

// SentInstead says that what was to be collected is sent to its buyer.
type SentInstead struct {
	Order       order.ID `json:"order"`
	Fulfilment  ID       `json:"fulfilment"` // what was to be collected
	Lines       []Sent   `json:"lines"`
	PromiseFrom string   `json:"promise_from,omitempty"` // civil dates; "" where nobody knows yet from where it is sent
	PromiseTo   string   `json:"promise_to,omitempty"`
}

// Kind names the fact.
func (SentInstead) Kind() string { return "shipment.sent_instead" }

// Key is the order: its facts are delivered in order.
func (e SentInstead) Key() string { return string(e.Order) }

// Canceled says that units will not leave: their claims are free. Refund says
// that their money is to go back for it.
type Canceled struct {
	Ref        string   `json:"ref"` // of this cancelling: its money goes back once under it
	Order      order.ID `json:"order"`
	Fulfilment ID       `json:"fulfilment"`
	Lines      []Sent   `json:"lines"`
	Reason     string   `json:"reason"`
	Actor      string   `json:"actor"`
	Refund     bool     `json:"refund"`
}

// Kind names the fact.
func (Canceled) Kind() string { return "shipment.canceled" }

// Key is the order: its facts are delivered in order.
func (e Canceled) Key() string { return string(e.Order) }
