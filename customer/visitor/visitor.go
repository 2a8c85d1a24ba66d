// Package visitor says what may be known of somebody who visits: what they hold,
// how they came, what is in their cart, who they are to us.
//
// It is the one vocabulary of rules about visitors. Flows are triggered,
// experiments targeted and features switched by the same facts, each with a
// type, an explanation and an example. A Visit is plain data that a door fills
// in; nothing is read here, and nothing is kept.
//
// Never true: a fact that no visit could ever have; two facts of one meaning.
package visitor

import "time"

// Visit is what is known of a visitor when a checkout begins. What is unknown
// stays zero. The door fills in Visitor, Device and Path; checkout fills in what
// cart and customer tell, and keeps the JSON of it: fields are added, never
// renamed.
type Visit struct {
	Visitor  string    `json:"visitor,omitempty"` // their id as the shop issued it: the unit of experiments; "" for none
	Market   string    `json:"market,omitempty"`
	Channel  string    `json:"channel,omitempty"`
	Locale   string    `json:"locale,omitempty"`
	Device   Device    `json:"device,omitzero"`
	Path     Path      `json:"path,omitzero"`
	Cart     Basket    `json:"cart,omitzero"`
	Customer Buyer     `json:"customer,omitzero"`
	Place    Place     `json:"place,omitzero"`
	At       time.Time `json:"at,omitzero"` // in the zone that hours are read in; zero: now, by the market's clock
}

// Place is where a visitor would have things sent, as far as they said.
type Place struct {
	Country    string `json:"country,omitempty"` // ISO 3166-1 alpha-2
	PostalCode string `json:"postal_code,omitempty"`
	NearStore  bool   `json:"near_store,omitempty"` // a place to collect from lies there
}

// Device is what a visitor holds, as DeviceOf reads it.
type Device struct {
	Kind    string `json:"kind,omitempty"`    // "phone", "tablet", "desktop", "till", "agent"
	OS      string `json:"os,omitempty"`      // "ios", "android", "windows", "macos", "linux"
	Browser string `json:"browser,omitempty"` // "safari", "chrome", "firefox", "edge", "samsung"
}

// Path is how a visitor came, and what they have done since.
type Path struct {
	Campaign string `json:"campaign,omitempty"` // utm_campaign
	Source   string `json:"source,omitempty"`   // utm_source: "newsletter"
	Medium   string `json:"medium,omitempty"`   // utm_medium: "email"
	Referrer string `json:"referrer,omitempty"` // the host of the page that led here: "www.example.com"
	New      bool   `json:"new,omitempty"`      // they have not been here before
	Pages    int64  `json:"pages,omitempty"`    // pages they have looked at, this one included
	Searches int64  `json:"searches,omitempty"` // times they have searched
	Partner  string `json:"partner,omitempty"`  // the host of the page that the checkout stands in: "partner.example"; "" in our own shop
	Consent  bool   `json:"consent,omitempty"`  // they agreed to be remembered beyond what the shop needs
}

// Basket is what a trigger may know of a cart.
type Basket struct {
	Total       int64    `json:"total,omitempty"`      // minor units of the market's currency, before shipping
	Items       int64    `json:"items,omitempty"`      // units
	SKUs        []string `json:"skus,omitempty"`       // of what is in it
	Tags        []string `json:"tags,omitempty"`       // of the products
	Categories  []string `json:"categories,omitempty"` // slugs of the products' categories and those above
	WeightGrams int64    `json:"weight_grams,omitempty"`
	Bundle      bool     `json:"bundle,omitempty"` // a bundle is in it
}

// Buyer is what a trigger may know of a customer. The zero Buyer is a guest.
type Buyer struct {
	Known     bool      `json:"known,omitempty"` // signed in
	Orders    int64     `json:"orders,omitempty"`
	Spent     int64     `json:"spent,omitempty"`     // minor units of the market's currency, of orders in it
	LastOrder time.Time `json:"last_order,omitzero"` // zero: none
	Predicted int64     `json:"predicted,omitempty"` // what they are expected to leave within a year, in minor units
	Segments  []string  `json:"segments,omitempty"`  // groups and segments
	Tier      string    `json:"tier,omitempty"`      // that staff or programs gave them
	Tags      []string  `json:"tags,omitempty"`      // that staff or programs gave them
	Consent   []string  `json:"consent,omitempty"`   // purposes that they allow now
}

// averageOrder is what an order of theirs comes to; 0 without orders.
func (b Buyer) averageOrder() int64 {
	if b.Orders == 0 {
		return 0
	}
	return b.Spent / b.Orders
}
