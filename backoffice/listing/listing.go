// Package listing is what every list of the back office can do, whatever it
// lists: its state is its address, a state can be kept under a name, and many
// things can be changed at once and given back.
//
// State is the filters, the columns, the order and the place of a list, read
// from the query of its address and written back to it; what a list does not
// know is dropped, so an old link shows a list and no error. A View is such a
// query with a name, of one person or of all.
//
// A Change is one verb done to many subjects. Its subjects are settled when it
// is planned, so what was previewed is what is done, whatever the filter would
// find a minute later. A preview does the work and takes it back: it cannot
// differ from the deed. Each subject is changed whole or reported, with what
// was there before; undoing gives that back wherever nobody has changed it
// since, and says where somebody has.
//
// Few verbs cannot be taken back, such as sending again: they say so before.
//
// Never true: a change without its past; an undo that overwrites newer work;
// a list that cannot be sent to a colleague as a link.
package listing

import (
	"embed"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"korzo/platform/fault"
)

// Schema holds the tables of views and changes.
//
//go:embed schema/*.sql
var Schema embed.FS

// What callers can act on.
var (
	ErrView     = fault.New(fault.Invalid, "listing.view", "a saved filter needs a name of at most 60 characters: choose one")
	ErrViews    = fault.New(fault.Conflict, "listing.views", "a list has at most 50 saved filters: delete one first")
	ErrNotFound = fault.New(fault.NotFound, "listing.not_found", "there is no such saved filter or change: go back to the list")
	ErrVerb     = fault.New(fault.Invalid, "listing.verb", "this list cannot be changed so: choose one of the changes it offers")
	ErrNothing  = fault.New(fault.Invalid, "listing.nothing", "nothing is chosen: tick some rows, or all that the filter finds")
	ErrTooMany  = fault.New(fault.Invalid, "listing.too_many", "one change takes at most 10,000: narrow the filter, or change some at a time")
	ErrState    = fault.New(fault.Conflict, "listing.state", "this change is past that: look at where it stands now")
	ErrFinal    = fault.New(fault.Conflict, "listing.final", "this change cannot be taken back: what it did has left the house, or opens nothing any more")
	// ErrMoved is returned by an Undo that finds something else than its change left.
	ErrMoved = fault.New(fault.Conflict, "listing.moved", "somebody has changed it since: it was left as it is")
)

// maxFilter is the length of a filter's text, in characters.
const maxFilter = 200

// Shape is what a list knows: the names of its filters and its columns, and by
// which columns it can be sorted.
type Shape struct {
	Filters []string
	Columns []string // in their order
	Fixed   []string // always shown
	Shown   []string // shown when nobody chose
	Sorts   []string
}

// State is where somebody stands in a list. The zero State is its beginning.
type State struct {
	Filters map[string]string // only those that are set
	Columns []string          // chosen, in the list's order; nil for those it shows unasked
	Sort    string            // a column, with a "-" before it when the last comes first; "" for the list's own order
	After   string            // the place: the next of the page before; "" for the first page
}

// Read takes a list's state from a query. What the shape does not know is left out.
func (s Shape) Read(q url.Values) State {
	at := State{Filters: map[string]string{}, After: q.Get("after")}
	for _, name := range s.Filters {
		if text := clean(q.Get(name)); text != "" {
			at.Filters[name] = text
		}
	}
	chosen := func(c string) bool { return slices.Contains(q["column"], c) }
	if slices.ContainsFunc(s.Columns, chosen) {
		at.Columns = slices.DeleteFunc(slices.Clone(s.Columns), func(c string) bool { return !chosen(c) && !slices.Contains(s.Fixed, c) })
	}
	if sort := q.Get("sort"); slices.Contains(s.Sorts, strings.TrimPrefix(sort, "-")) {
		at.Sort = sort
	}
	return at
}

func clean(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", ""))
	for utf8.RuneCountInString(text) > maxFilter {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// Shows says whether a column is to be seen in a state.
func (s Shape) Shows(at State, column string) bool {
	if at.Columns == nil {
		return slices.Contains(s.Shown, column) || slices.Contains(s.Fixed, column)
	}
	return slices.Contains(at.Columns, column)
}

// Query is the state as a query, without the place: what a view keeps and a link says.
func (s State) Query() url.Values {
	q := url.Values{}
	for name, text := range s.Filters {
		q.Set(name, text)
	}
	for _, c := range s.Columns {
		q.Add("column", c)
	}
	if s.Sort != "" {
		q.Set("sort", s.Sort)
	}
	return q
}

// Filter is one filter's text, "" when it is not set.
func (s State) Filter(name string) string { return s.Filters[name] }

// Narrowed says that a filter is set, or that this is not the first page.
func (s State) Narrowed() bool { return len(s.Filters) > 0 || s.After != "" }

// Order is the column the list is sorted by and whether its last comes first.
func (s State) Order() (column string, descending bool) {
	column, descending = strings.CutPrefix(s.Sort, "-")
	return column, descending
}
