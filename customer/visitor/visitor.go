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
// stays zero. The door fills in Visitor, Device and Path; checkout fills in
// what cart and customer tell.
type Visit struct {
	Visitor  string // their id as the shop issued it: the unit of experiments; "" for none
	Market   string
	Channel  string
	Locale   string
	Device   Device
	Path     Path
	Cart     Basket
	Customer Buyer
	At       time.Time // in the zone that hours are read in; zero: now, by the market's clock
}

// Device is what a visitor holds, as DeviceOf reads it.
type Device struct {
	Kind    string // "phone", "tablet", "desktop", "till", "agent"
	OS      string // "ios", "android", "windows", "macos", "linux"
	Browser string // "safari", "chrome", "firefox", "edge", "samsung"
}

// Path is how a visitor came, and what they have done since.
type Path struct {
	Campaign string // utm_campaign
	Source   string // utm_source: "newsletter"
	Medium   string // utm_medium: "email"
	Referrer string // the host of the page that led here: "www.example.com"
	New      bool   // they have not been here before
	Pages    int64  // pages they have looked at, this one included
	Searches int64  // times they have searched
}

// Basket is what a trigger may know of a cart.
type Basket struct {
	Total       int64    // minor units of the market's currency, before shipping
	Items       int64    // units
	SKUs        []string // of what is in it
	Tags        []string // of the products
	Categories  []string // slugs of the products' categories and those above
	WeightGrams int64
	Bundle      bool // a bundle is in it
}

// Buyer is what a trigger may know of a customer. The zero Buyer is a guest.
type Buyer struct {
	Known     bool // signed in
	Orders    int64
	Spent     int64     // minor units of the market's currency, of orders in it
	LastOrder time.Time // zero: none
	Predicted int64     // what they are expected to leave within a year, in minor units
	Segments  []string  // groups and segments
	Tier      string    // of the loyalty programme
	Tags      []string  // that staff or programs gave them
}

// averageOrder is what an order of theirs comes to; 0 without orders.
func (b Buyer) averageOrder() int64 {
	if b.Orders == 0 {
		return 0
	}
	return b.Spent / b.Orders
}
