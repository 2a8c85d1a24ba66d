package order

import "time"

// Topic is what live.Watch is asked for to be told which orders were placed or
// moved; their ids are the keys.
const Topic = "order"

// Placed says that a customer is now bound to an order, and we to them.
type Placed struct {
	Order    ID     `json:"order"`
	Number   string `json:"number"`
	Cart     string `json:"cart"`
	Market   string `json:"market"`
	Channel  string `json:"channel"`
	Customer string `json:"customer,omitempty"`
	Payment  string `json:"payment,omitempty"`
	Total    int64  `json:"total"` // minor units of Currency
	Currency string `json:"currency"`
	OnHold   bool   `json:"on_hold,omitempty"`
	Gifts    int64  `json:"gift_cards,omitempty"` // units of gift cards that were bought
	Digital  int64  `json:"digital,omitempty"`    // units of digital goods
}

// Kind names the fact.
func (Placed) Kind() string { return "order.placed" }

// Key is the order: its facts are delivered in order.
func (e Placed) Key() string { return string(e.Order) }

// Moved says that an order went from one state of its life to another.
type Moved struct {
	Order ID     `json:"order"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// Kind names the fact.
func (Moved) Kind() string { return "order.moved" }

// Key is the order: its facts are delivered in order.
func (e Moved) Key() string { return string(e.Order) }

// Adopted says that an order, which a guest had placed, is a customer's now.
type Adopted struct {
	Order    ID     `json:"order"`
	Customer string `json:"customer"`
}

// Kind names the fact.
func (Adopted) Kind() string { return "order.adopted" }

// Key is the order: its facts are delivered in order.
func (e Adopted) Key() string { return string(e.Order) }

// Imported says that an order of another system or time is known here now.
// Nothing is owed, shipped or booked for it.
type Imported struct {
	Order    ID        `json:"order"`
	Number   string    `json:"number"`
	Source   string    `json:"source"`
	Market   string    `json:"market"`
	Channel  string    `json:"channel"`
	Customer string    `json:"customer,omitempty"`
	Total    int64     `json:"total"` // minor units of Currency
	Currency string    `json:"currency"`
	PlacedAt time.Time `json:"placed_at"`
}

// Kind names the fact.
func (Imported) Kind() string { return "order.imported" }

// Key is the order: its facts are delivered in order.
func (e Imported) Key() string { return string(e.Order) }
