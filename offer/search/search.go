// Package search finds products: by words in three languages, by facets,
// price and stock, sorted, suggested while one types.
//
// It is a read model. The catalog, the prices and the stock stay the truth;
// every node keeps two copies in a form that answers fast. Words are kept by
// an Index, a seam with one implementation in engine/bleve: it says which
// products have the words and how well. All else (categories, attributes,
// prices, stock) is kept in columns in memory, where filters, facet counts and
// sorting are one pass over small numbers.
//
// A fact about a product numbers it in search_changes; numbers are given out
// under a row lock, so they become visible in their order and a node that was
// away reads from where it stopped and misses nothing. Scores are whole
// numbers made of what matched and where, never of how many segments an index
// has, and ties are broken by id: two nodes that indexed the same products in
// any order give the same answer.
//
// Never true: a cart, a price or a stock decided from here; a request that
// waits for an index to be built (it is told ErrNotReady, and its door lists
// the catalog instead).
package search

import (
	"cmp"
	"context"
	"embed"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/search/language"
	"korzo/platform/fault"
	"korzo/value/money"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

var (
	// ErrNotReady reports that this node is still reading the products.
	ErrNotReady = fault.New(fault.Unavailable, "search.not_ready", "the search is being prepared: list the catalog meanwhile, or try again in a moment")
	// ErrInvalid reports a query or a rule that breaks a limit; its text names the field.
	ErrInvalid = fault.New(fault.Invalid, "search.invalid", "the request is not valid: mend the fields named")
	// ErrNotFound reports a synonym, redirect or ranking that is not there.
	ErrNotFound = fault.New(fault.NotFound, "search.not_found", "no such rule: it may have been deleted meanwhile")
)

// Limits of one query.
const (
	DefaultPage = 24
	MaxPage     = 100

	maxText     = 200 // bytes
	maxWords    = 8   // of a query; later ones are not asked for
	maxSelected = 100 // facet values
)

// Sort is an order of results.
type Sort string

// The orders there are.
const (
	SortRelevance Sort = "relevance" // best first; without a text the newest
	SortNewest    Sort = "newest"
	SortPriceUp   Sort = "price"
	SortPriceDown Sort = "-price"
	SortTitle     Sort = "title"
)

// Query says what is looked for. The zero Query but for its Market is
// everything sold there, newest first.
type Query struct {
	Text   string
	Market string
	Locale string
	// Channel leaves out what is not seen in it at At; "" leaves out nothing.
	Channel string
	At      time.Time
	// Category is the id of one; what stands below it belongs to it.
	Category string
	// Facets are the values chosen by facet: any of a facet's, and every facet.
	Facets    map[string][]string
	PriceFrom int64 // minor units, inclusive
	PriceTo   int64 // minor units, inclusive; 0 for no bound
	InStock   bool
	Sort      Sort
	After     string // Next of the page before
	Limit     int    // 0 for DefaultPage, at most MaxPage
	// NoFacets leaves the facets uncounted, for who does not show them.
	NoFacets bool
}

// Result is one page of what was found.
type Result struct {
	IDs    []catalog.ProductID
	Total  int
	Facets []Facet // by name; counts as if its own choice were not made
	Next   string  // "" when this is the last page
	// Relaxed holds the words that had to be left out to find anything: a door
	// must show it.
	Relaxed []string
	// DidYouMean is the query as it was understood when it has a word the shop
	// does not know: "" otherwise.
	DidYouMean string
	// Redirect is where the merchant sends who looks for this; "" for nowhere.
	Redirect string
}

// Facet is a property to choose by.
type Facet struct {
	Name   string
	Values []Value // most products first, then by name
}

// Value is one value of a facet.
type Value struct {
	Value  string
	Count  int               // products the page would have with this value chosen
	Titles map[string]string // what the value of an option is called, by locale
}

// In returns a value as a reader of locale understands it.
func (v Value) In(locale string) string {
	return cmp.Or(v.Titles[locale], v.Titles[language.Of(locale)], v.Value)
}

// FacetValue names a value of a facet.
type FacetValue struct{ Facet, Value string }

// Names of facets that are no attributes. Tags may be chosen and are not counted.
const (
	FacetCategory = "category"
	FacetTag      = "tag"
)

// Text is what a product says in one language, by how much a word in it counts.
type Text struct {
	Title string
	Terms []string // categories, attribute values, options, tags
	Body  string
}

// Document is a product as it is found. It is made by documentOf alone, so
// that what the catalog learns to say plugs in there.
type Document struct {
	ID         catalog.ProductID
	Texts      map[string]Text // by language
	Keys       []string        // SKUs and barcodes
	Categories []string        // ids, with all they stand in
	Tags       []string
	Attributes map[string][]string              // name → values
	Titles     map[FacetValue]map[string]string // of the values of options, by locale
	Prices     map[string]money.Amount          // by market: the lowest of its variants
	Variants   []Stocked
	CreatedAt  time.Time
	// Untracked products are always in stock.
	Untracked bool
	// Publications say when it is seen where; none: always, everywhere.
	Publications []catalog.Publication
}

// Stocked is a variant and whether there is any. A bundle has as much as its
// parts allow.
type Stocked struct {
	Variant   catalog.VariantID
	Available bool
	Parts     []catalog.Part
}

// Index keeps the words of documents and finds documents by them. It knows
// products by the small numbers of the Slots it was opened with. It is safe
// for concurrent use; Apply is called by one at a time. searchtest holds what
// every implementation must do.
type Index interface {
	// Mark is how far what is kept goes. complete is false while nothing is, or
	// when a first filling was broken off.
	Mark() (m Mark, complete bool)
	// Clear forgets everything.
	Clear(ctx context.Context) error
	// Apply makes the changes visible together before it returns. Putting a
	// document that is there replaces it. What a crash takes away of it, it
	// takes away with the mark.
	Apply(ctx context.Context, c Changes) error
	// Find returns the documents that have every term.
	Find(ctx context.Context, q Terms) (Found, error)
	// Close lets go of what the index holds.
	Close() error
}

// Changes are put into an index together.
type Changes struct {
	Put    []Document
	Remove []catalog.ProductID
	// Mark is kept with them when they are complete; else they are part of a
	// first filling.
	Mark     Mark
	Complete bool
}

// Mark says how far an index has read.
type Mark struct {
	Number int64  // of the last change
	Stamp  string // how documents were made; made otherwise, all are put again
}

// Terms is a text to be found in one language.
type Terms struct {
	Language string
	Terms    []Term
	// Key is the whole text as a SKU would be compared; "" for none.
	Key string
	// Among leaves out all but these slots, in order; nil leaves out nobody. A
	// word that none of them has is then not taken for another.
	Among []uint32
	// Narrow lets other terms be looked for only in what has the rarest. The
	// same is found; Heard.Count holds only where nothing is.
	Narrow bool
}

// Term is one thing a document must have.
type Term struct {
	Text string // one word, or several that belong together
	// Or are texts that mean the same, a little less exactly.
	Or []string
	// Prefix lets a longer word that begins with the term be it, because
	// whoever types has not finished.
	Prefix bool
}

// Found is what an index found.
type Found struct {
	Slots  []uint32 // in no order, each once
	Scores []int32  // beside Slots: more is better
	Terms  []Heard  // beside the terms asked for
}

// Heard says what became of a term.
type Heard struct {
	Count     int    // documents that have it
	Corrected string // the word of the shop it was taken for, "" when it is one
	// Compounds reports that words of the shop end as the term does: whether
	// they are found by it depends on what else the shop calls things.
	Compounds bool
}
