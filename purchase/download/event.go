package download

// Granted says that an order's buyer may download what was paid for.
type Granted struct {
	Order string `json:"order"`
	Files int    `json:"files"` // that are new
}

// Kind names the fact.
func (Granted) Kind() string { return "download.granted" }

// Key is the order: its facts are delivered in order.
func (e Granted) Key() string { return e.Order }
