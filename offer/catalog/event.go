package catalog

// Created says that a product exists now.
type Created struct {
	Product ProductID `json:"product"`
}

// Kind names the fact.
func (Created) Kind() string { return "product.created" }

// Key orders the facts of one product.
func (f Created) Key() string { return string(f.Product) }

// Updated says that a product's texts, variants or status changed.
type Updated struct {
	Product ProductID `json:"product"`
}

// Kind names the fact.
func (Updated) Kind() string { return "product.updated" }

// Key orders the facts of one product.
func (f Updated) Key() string { return string(f.Product) }

// Archived says that a product is no longer sold.
type Archived struct {
	Product ProductID `json:"product"`
}

// Kind names the fact.
func (Archived) Kind() string { return "product.archived" }

// Key orders the facts of one product.
func (f Archived) Key() string { return string(f.Product) }

// Topic is what live.Watch is asked for to be told, after a commit, which
// products (their ids are the keys) changed or are new, and for which variants
// the price is another.
const Topic = "catalog"
