package pickup

import (
	"korzo/fulfilment/shipment"
	"korzo/purchase/order"
)

// ReadyToCollect says that goods wait for their buyer.
type ReadyToCollect struct {
	Order      order.ID    `json:"order"`
	Fulfilment shipment.ID `json:"fulfilment"`
	Location   string      `json:"location"`
}

// Kind names the fact.
func (ReadyToCollect) Kind() string { return "pickup.ready" }

// Key is the order: its facts are delivered in order.
func (e ReadyToCollect) Key() string { return string(e.Order) }

// Reminded says that the buyer of what waits is to be reminded, for which time.
type Reminded struct {
	Order      order.ID    `json:"order"`
	Fulfilment shipment.ID `json:"fulfilment"`
	Location   string      `json:"location"`
	Times      int64       `json:"times"`
}

// Kind names the fact.
func (Reminded) Kind() string { return "pickup.reminded" }

// Key is the order: its facts are delivered in order.
func (e Reminded) Key() string { return string(e.Order) }

// Expired says that nobody collected what waited: it is back on the shelf.
type Expired struct {
	Order      order.ID    `json:"order"`
	Fulfilment shipment.ID `json:"fulfilment"`
	Location   string      `json:"location"`
}

// Kind names the fact.
func (Expired) Kind() string { return "pickup.expired" }

// Key is the order: its facts are delivered in order.
func (e Expired) Key() string { return string(e.Order) }

// HandedOver says that goods were given to who collected them: all that waited,
// or a part.
type HandedOver struct {
	Order      order.ID    `json:"order"`
	Fulfilment shipment.ID `json:"fulfilment"`
	Location   string      `json:"location"`
	All        bool        `json:"all"`
}

// Kind names the fact.
func (HandedOver) Kind() string { return "pickup.handed_over" }

// Key is the order: its facts are delivered in order.
func (e HandedOver) Key() string { return string(e.Order) }
