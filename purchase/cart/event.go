package cart

// Merged says that a guest's cart went into the cart of the customer who
// signed in. The other changes of carts are no facts: there are too many, and
// nobody else needs to know.
type Merged struct {
	Cart ID `json:"cart"`
	Into ID `json:"into"`
}

// Kind names the fact.
func (Merged) Kind() string { return "cart.merged" }

// Key orders the facts of one cart.
func (m Merged) Key() string { return string(m.Into) }
