package paylink

import (
	"korzo/purchase/order"
	"korzo/purchase/payment"
)

// Paid says that a link was paid.
type Paid struct {
	Link    ID         `json:"link"`
	Order   order.ID   `json:"order,omitempty"`
	Payment payment.ID `json:"payment"`
}

// Kind names the fact.
func (Paid) Kind() string { return "paylink.paid" }

// Key is the link.
func (e Paid) Key() string { return string(e.Link) }

// Made says that a link was made. Mail and SMS tell how its contact is to get it.
type Made struct {
	Link ID   `json:"link"`
	Mail bool `json:"mail,omitempty"`
	SMS  bool `json:"sms,omitempty"`
}

// Kind names the fact.
func (Made) Kind() string { return "paylink.made" }

// Key is the link.
func (e Made) Key() string { return string(e.Link) }
