package admin

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"korzo/backoffice/listing"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/ui"
	"korzo/value/money"

	"github.com/a-h/templ"
)

// list describes a list of the admin: what its rows are and where they come
// from. All that every list can do follows from it, see listPages: filters,
// columns and order in the address, saved filters, a table to download, and
// changes of many rows at once, with a preview and a way back.
type list[T any] struct {
	name    string // its saved filters are kept under it; its title is that of the section of this name
	in      string // its section in the rail; "" for one that is called as it is
	path    string // its address
	lead    string // message: what it is for; "" for none
	read    string // the action that opens it
	columns []column[T]
	filters []listFilter
	tabs    string // the filter whose answers stand above the list as tabs; "" for none
	changes []listChange
	live    string // the topic of live.Watch that its rows are of: who looks sees them move; "" for one that stands still

	// page returns so many rows at most after a place, and the place after them,
	// "" at the end. A fault that it returns is shown above an empty list.
	page func(v *visit, tx *db.Tx, at listing.State, limit int) (rows []T, next string, err error)
	// keys returns a page of what page would, in ids only; nil asks page.
	keys  func(v *visit, tx *db.Tx, at listing.State, limit int) (keys []string, next string, err error)
	key   func(T) string // what a change is told of a row
	label func(T) string // what a row is called, read out beside its box

	none  string                            // message: what goes here
	first func(v *visit) (path, key string) // the first step where there is nothing, with its message; nil for none
	head  func(v *visit) templ.Component    // buttons beside the title; nil for none
	note  func(v *visit) templ.Component    // above the list; nil for none
	foot  func(v *visit) templ.Component    // below it; nil for none
}

// column is one thing a list says of each row.
type column[T any] struct {
	name   string // in the address
	title  string // message
	number bool
	fixed  bool // always shown
	extra  bool // shown only when it is chosen
	sorts  bool
	cell   func(v *visit, row T) templ.Component
	text   func(v *visit, row T) string // in the table to download; nil leaves the column out
}

// listFilter is one way to narrow a list.
type listFilter struct {
	name    string
	label   string                                         // message
	kind    string                                         // of the input: "", "search", "date", "number"
	options func(v *visit, tx *db.Tx) ([]ui.Option, error) // answers to choose from; nil takes words
}

// shownList is a list as it is shown.
type shownList struct {
	Name, Path string
	In         string // its section in the rail
	Lead       string
	At         listing.State
	Next       string
	Columns    []shownColumn
	Rows       []shownRow
	Filters    []shownFilter
	Tabs       string
	Changes    []listChange
	Views      []listing.View
	Last       *listing.Change // what was changed just now
	Undoable   bool            // that can be taken back
	Live       bool            // its rows move while somebody looks
	Picked     []string
	All        bool // of all that is found was ticked
	Verb       string
	None       string
	FirstPath  string
	FirstText  string
	Head, Note templ.Component
	Foot       templ.Component
}

type shownColumn struct {
	ui.Column
	Name     string
	Shown    bool
	Fixed    bool
	SortPath string // "" where the list cannot be sorted by it
	Sorted   string // for aria-sort; "" where it is not sorted by it
}

type shownRow struct {
	Key, Label string
	Cells      []templ.Component // of the shown columns
}

type shownFilter struct {
	listFilter
	Options []ui.Option
	Value   string
}

// plainCell is a cell of words.
func plainCell[T any](text func(v *visit, row T) string) func(*visit, T) templ.Component {
	return func(v *visit, row T) templ.Component { return wordsOf(text(v, row)) }
}

// wholeCell is a cell of words that stay on their line, such as a day.
func wholeCell[T any](text func(v *visit, row T) string) func(*visit, T) templ.Component {
	return func(v *visit, row T) templ.Component { return unbroken(text(v, row)) }
}

func (l list[T]) shape() (s listing.Shape) {
	for _, f := range l.filters {
		s.Filters = append(s.Filters, f.name)
	}
	for _, c := range l.columns {
		s.Columns = append(s.Columns, c.name)
		if c.fixed {
			s.Fixed = append(s.Fixed, c.name)
		}
		if !c.extra {
			s.Shown = append(s.Shown, c.name)
		}
		if c.sorts {
			s.Sorts = append(s.Sorts, c.name)
		}
	}
	return s
}

// listBase is where a list's own commands live, beside its address.
func listBase(name string) string { return Prefix + "/lists/" + name }

// listPages are the pages of a list. Its changes become verbs of the desk.
func listPages[T any](a *Admin, l list[T]) []page {
	for _, c := range l.changes {
		a.Changes.Add(c.verb)
		a.bulk[c.verb.Name] = c.label
	}
	base, in := listBase(l.name), cmp.Or(l.in, l.name)
	pages := []page{
		{"GET " + l.path, l.read, in, func(v *visit) error {
			return showList(a, v, l, shownList{At: l.shape().Read(v.r.URL.Query())}, http.StatusOK)
		}},
		{"GET " + base + "/table.csv", l.read, in, func(v *visit) error { return downloadList(a, v, l) }},
		{"POST " + base + "/views", l.read, in, func(v *visit) error { return saveView(a, v, l) }},
		{"POST " + base + "/views/delete", l.read, in, func(v *visit) error { return a.deleteView(v, l.name, l.path) }},
		{"POST " + base + "/change", l.read, in, func(v *visit) error { return planChange(a, v, l) }},
		{"GET " + base + "/changes/{id}/events", l.read, in, a.streamOf("id")},
		{"GET " + base + "/changes", l.read, in, func(v *visit) error { return a.listChanges(v, l.name, l.path, l.changes) }},
		{"GET " + base + "/changes/{id}", l.read, in, func(v *visit) error { return a.showChange(v, l.name, l.path, l.changes) }},
		{"POST " + base + "/changes/{id}", l.read, in, func(v *visit) error { return a.moveChange(v, l.name, l.path, l.changes) }},
	}
	if l.live != "" {
		pages = append(pages, page{"GET " + base + "/events", l.read, in, a.streamList(l.live)})
	}
	return pages
}

// showList answers with the list where s.At says.
func showList[T any](a *Admin, v *visit, l list[T], s shownList, status int) error {
	s.Name, s.In, s.Path, s.Lead, s.Tabs, s.None, s.Live = l.name, l.in, l.path, l.lead, l.tabs, l.none, l.live != ""
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if s.Filters, err = v.shownFilters(tx, l.filters, s.At); err != nil {
			return err
		}
		if s.Views, err = listing.Views(v.ctx(), tx, l.name, v.staff.Subject); err != nil {
			return err
		}
		if change := v.query("change"); change != "" {
			if c, err := listing.Find(v.ctx(), tx, listing.ChangeID(change)); err == nil {
				s.Last, s.Undoable = &c, a.Changes.CanUndo(c.Verb)
			}
		}
		rows, next, err := l.page(v, tx, s.At, pageSize)
		if fault.KindOf(err) == fault.Invalid {
			s.Next, v.refusal, status = "", v.faultText(err), http.StatusUnprocessableEntity
			return nil
		}
		s.Next = next
		s.Rows = l.rows(v, s.At, rows)
		return err
	})
	if err != nil {
		return err
	}
	s.Columns = l.heads(v, s.At)
	for _, c := range l.changes {
		if v.can(c.action) {
			s.Changes = append(s.Changes, c)
		}
	}
	if l.first != nil {
		path, key := l.first(v)
		if s.FirstPath = path; path != "" {
			s.FirstText = v.T(key)
		}
	}
	for into, make := range map[*templ.Component]func(*visit) templ.Component{&s.Head: l.head, &s.Note: l.note, &s.Foot: l.foot} {
		if make != nil && *into == nil {
			*into = make(v)
		}
	}
	return v.show(status, v.listPage(s))
}

func (v *visit) shownFilters(tx *db.Tx, filters []listFilter, at listing.State) (all []shownFilter, err error) {
	for _, f := range filters {
		s := shownFilter{listFilter: f, Value: at.Filter(f.name)}
		if f.options != nil {
			if s.Options, err = f.options(v, tx); err != nil {
				return nil, err
			}
		}
		all = append(all, s)
	}
	return all, nil
}

func (l list[T]) heads(v *visit, at listing.State) (all []shownColumn) {
	shape := l.shape()
	by, descending := at.Order()
	for _, c := range l.columns {
		s := shownColumn{Column: ui.Column{Title: v.T(c.title), Number: c.number}, Name: c.name, Fixed: c.fixed, Shown: shape.Shows(at, c.name)}
		if c.sorts {
			to := at
			to.Sort = c.name
			if by == c.name {
				s.Sorted = "ascending"
				if to.Sort = "-" + c.name; descending {
					s.Sorted, to.Sort = "descending", ""
				}
			}
			s.SortPath = listAt(l.path, to)
		}
		all = append(all, s)
	}
	return all
}

func (l list[T]) rows(v *visit, at listing.State, rows []T) []shownRow {
	shape := l.shape()
	all := make([]shownRow, len(rows))
	for i, row := range rows {
		all[i] = shownRow{Key: l.key(row), Label: l.label(row)}
		for _, c := range l.columns {
			if shape.Shows(at, c.name) {
				all[i].Cells = append(all[i].Cells, c.cell(v, row))
			}
		}
	}
	return all
}

// listAt is the address of a list in a state, from its first page.
func listAt(path string, at listing.State) string {
	if q := at.Query().Encode(); q != "" {
		return path + "?" + q
	}
	return path
}

// allKeys are those of all that a state finds, at most one more than a change takes.
func allKeys[T any](ctx context.Context, a *Admin, v *visit, l list[T], at listing.State) (all []string, err error) {
	at.After = ""
	keys := l.keys
	if keys == nil {
		keys = func(v *visit, tx *db.Tx, at listing.State, limit int) (keys []string, next string, err error) {
			rows, next, err := l.page(v, tx, at, limit)
			for _, row := range rows {
				keys = append(keys, l.key(row))
			}
			return keys, next, err
		}
	}
	for len(all) <= listing.MaxSubjects {
		var some []string
		err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
			some, at.After, err = keys(v, tx, at, 100)
			return err
		})
		if err != nil {
			return nil, err
		}
		if all = append(all, some...); at.After == "" {
			break
		}
	}
	return all, nil
}

// stateOf reads the list's state that a form brings along.
func (l list[T]) stateOf(f *form) listing.State {
	q, err := url.ParseQuery(f.get("query"))
	if err != nil {
		q = url.Values{}
	}
	return l.shape().Read(q)
}

func saveView[T any](a *Admin, v *visit, l list[T]) error {
	f := v.form()
	at := l.stateOf(f)
	view := listing.View{List: l.name, Staff: v.staff.Subject, Name: f.get("name"), Query: at.Query().Encode()}
	if f.get("shared") != "" {
		view.Staff = ""
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		kept, err := listing.SaveView(v.ctx(), tx, view)
		if err != nil {
			return err
		}
		return v.record(tx, "listing.view", string(kept.ID), "list", l.name)
	})
	if err == nil {
		return v.done(listAt(l.path, at), "view_saved")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return showList(a, v, l, shownList{At: at}, status)
}

func (a *Admin) deleteView(v *visit, name, path string) error {
	id := listing.ViewID(v.form().get("view"))
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := listing.DeleteView(v.ctx(), tx, id, v.staff.Subject); err != nil {
			return err
		}
		return v.record(tx, "listing.forget", string(id), "list", name)
	})
	if err != nil {
		return err
	}
	return v.done(path, "view_deleted")
}

// known says whether one of the saved filters is where the list stands.
func (s shownList) known() bool {
	return slices.ContainsFunc(s.Views, func(view listing.View) bool { return view.Is(s.At) })
}

// textColumn is a column of words.
func textColumn[T any](name, title string, extra bool, get func(v *visit, row T) string) column[T] {
	return column[T]{name: name, title: title, extra: extra, cell: plainCell(get), text: get}
}

// timeColumn is a column of moments: on one line of the page, for machines in a table.
func timeColumn[T any](name, title string, extra bool, get func(row T) time.Time) column[T] {
	return column[T]{name: name, title: title, extra: extra, cell: func(v *visit, row T) templ.Component { return v.moment(get(row)) },
		text: func(_ *visit, row T) string { return stamp(get(row)) }}
}

// sumColumn is a column of money: formatted on the page, plain in a table.
func sumColumn[T any](name, title string, extra bool, get func(row T) money.Amount) column[T] {
	return column[T]{name: name, title: title, extra: extra, number: true, text: func(_ *visit, row T) string { return get(row).Decimal() },
		cell: plainCell(func(v *visit, row T) string { return v.Money(get(row)) })}
}
