package amend

import "korzo/purchase/order"

// Refunded says what an amendment gave back, once the money has moved. A
// cancelled order tells of itself.
type Refunded struct {
	Order     order.ID `json:"order"`
	Amendment ID       `json:"amendment"`
	Lines     []Given  `json:"lines,omitempty"`
	Shipping  int64    `json:"shipping,omitempty"` // minor units of the order's currency, with tax
	Other     int64    `json:"other,omitempty"`    // of goodwill, or what stored value got of a refund whose payment failed
}

// Given is what went back for a line.
type Given struct {
	Line   order.LineID `json:"line"`
	Units  int64        `json:"units"`  // in steps of the line's scale
	Amount int64        `json:"amount"` // minor units of the order's currency, with tax
}

// Kind names the fact.
func (Refunded) Kind() string { return "order.refunded" }

// Key is the order: its facts are delivered in order.
func (e Refunded) Key() string { return string(e.Order) }

// Edited says that an order was changed before anybody had begun to gather it:
// what was taken out of it and goes back or pays for what was added, what was
// added, and whether it goes elsewhere.
type Edited struct {
	Order     order.ID `json:"order"`
	Amendment ID       `json:"amendment"`
	Lines     []Given  `json:"lines,omitempty"`    // taken out
	Shipping  int64    `json:"shipping,omitempty"` // that the delivery costs less, in minor units of the order's currency, with tax
	Other     int64    `json:"other,omitempty"`    // that no coin pays
	Added     int64    `json:"added,omitempty"`    // what was added, delivery included, with tax
	Moved     bool     `json:"moved,omitempty"`    // it goes elsewhere
}

// Kind names the fact.
func (Edited) Kind() string { return "order.edited" }

// Key is the order: its facts are delivered in order.
func (e Edited) Key() string { return string(e.Order) }

// refundedOf is the fact of a refund that ended; of one whose payment failed only
// stored value came back. Nothing says that none is told.
func refundedOf(a Amendment, to State) (e Refunded, ok bool) {
	e = Refunded{Order: a.Order, Amendment: a.ID}
	if to == StateFailed {
		e.Other = a.stored().Minor
		return e, a.Kind == KindRefund && e.Other > 0
	}
	e.Shipping, e.Other = a.Shipping.Minor, a.Goodwill.Minor
	for _, l := range a.Lines {
		e.Lines = append(e.Lines, Given{l.Line, l.Units, l.Amount.Minor})
	}
	return e, a.Kind == KindRefund
}
