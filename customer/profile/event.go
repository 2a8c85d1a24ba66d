package profile

// Registered says that someone became a customer.
type Registered struct {
	Customer CustomerID `json:"customer"`
}

// Kind names the fact.
func (Registered) Kind() string { return "customer.registered" }

// Key orders the facts of one customer.
func (r Registered) Key() string { return string(r.Customer) }

// Erased says that a person's data can never be read again. Whoever keeps
// something about them elsewhere forgets it now.
type Erased struct {
	Person PersonID `json:"person"`
}

// Kind names the fact.
func (Erased) Kind() string { return "customer.erased" }

// Key orders the facts of one person.
func (e Erased) Key() string { return string(e.Person) }
