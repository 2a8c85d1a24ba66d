// Package engine lists what can keep the words of products: the one place that
// knows the implementations of search.Index by name.
//
// An implementation is a folder beside this file and a line in Open. It passes
// searchtest.Exercise and is never imported from elsewhere, so that another
// engine can take its place without a change to the search, to a door or to a
// query.
package engine

import (
	"fmt"

	"korzo/offer/search"
	"korzo/offer/search/engine/bleve"
)

// Bleve keeps its index in files of its own, within this process.
const Bleve = "bleve"

// Open opens an index of a kind ("" is Bleve) in a folder; "" keeps it in memory.
func Open(kind, folder string, slots *search.Slots) (search.Index, error) {
	switch kind {
	case "", Bleve:
		return bleve.Open(folder, slots)
	}
	return nil, fmt.Errorf("there is no search engine %q: use %s", kind, Bleve)
}
