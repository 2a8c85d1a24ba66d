package admin

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"korzo/backoffice/listing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// branch is a category in the list, with where it stands in the tree.
type branch struct {
	taxonomy.Category
	depth  int
	at, of int    // its place among its siblings, and how many they are
	above  string // "Kitchen › Cups"
}

// categoryList describes the list of categories: the tree, each below what it
// stands under, until it is sorted otherwise.
func (a *Admin) categoryList() list[branch] {
	columns := []column[branch]{
		{name: "title", title: "admin.field.title", fixed: true, sorts: true, cell: func(v *visit, b branch) templ.Component { return v.branchCell(b) },
			text: func(v *visit, b branch) string { return b.In(v.Tag()).Title }},
		textColumn("slug", "admin.field.slug", true, func(v *visit, b branch) string { return b.In(v.Tag()).Slug }),
		textColumn("above", "admin.field.parent", true, func(_ *visit, b branch) string { return b.above }),
		{name: "status", title: "admin.col.status", cell: func(v *visit, b branch) templ.Component { return v.branchState(b) },
			text: func(v *visit, b branch) string { return v.branchWords(b) }},
		{name: "ways", title: "admin.section.products", cell: func(v *visit, b branch) templ.Component { return v.branchWays(b) }},
		{name: "order", title: "admin.list.sort", cell: func(v *visit, b branch) templ.Component { return v.branchMover(b) }},
	}
	return list[branch]{
		name: "categories", path: Prefix + "/categories", read: "catalog.read", lead: "admin.category.lead",
		columns: columns, tabs: "status", changes: categoryChanges(),
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"}, {name: "status", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("branch", "admin.all", branchStates...), nil
		}}, {name: "below", label: "admin.field.parent", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			t, err := taxonomy.Load(v.ctx(), tx)
			if err != nil {
				return nil, err
			}
			return v.categoryOptions(t, v.T("admin.all")), nil
		}}},
		page: whole[branch]{all: branches, keep: map[string]func(*visit, branch, string) bool{
			"status": func(_ *visit, b branch, state string) bool { return slices.Contains(statesOf(b.Category), state) },
			"below":  func(_ *visit, b branch, id string) bool { return string(b.Parent) == id },
		}}.page(columns),
		key:   func(b branch) string { return string(b.ID) },
		label: func(b branch) string { return b.Title },
		none:  "admin.category.none",
		first: func(v *visit) (string, string) {
			return v.ifCan("catalog.write", Prefix+"/categories/new"), "admin.category.new"
		},
		head: func(v *visit) templ.Component { return v.categoriesHead() },
	}
}

// branchStates are what a category may be: seen or not, and filled by a rule.
var branchStates = []string{"shown", "hidden", "by_rule"}

func statesOf(c taxonomy.Category) (all []string) {
	for i, on := range []bool{!c.Hidden, c.Hidden, c.Rule != ""} {
		if on {
			all = append(all, branchStates[i])
		}
	}
	return all
}

func (v *visit) branchWords(b branch) string {
	words := statesOf(b.Category)
	for i, w := range words {
		words[i] = v.word("branch", w)
	}
	return strings.Join(words, ", ")
}

func branches(v *visit, tx *db.Tx) (all []branch, err error) {
	t, err := taxonomy.Load(v.ctx(), tx)
	if err != nil {
		return nil, err
	}
	for c, depth := range t.Below("") {
		siblings, above := t.Children(c.Parent), []string(nil)
		for _, id := range t.Path(c.Parent) {
			up, _ := t.Find(id)
			above = append(above, up.In(v.Tag()).Title)
		}
		all = append(all, branch{c, depth, slices.Index(siblings, c.ID), len(siblings), strings.Join(above, " › ")})
	}
	return all, nil
}

// asTree says whether the list is the whole tree in its own order.
func (v *visit) asTree() bool {
	for _, name := range []string{"q", "status", "below", "sort"} {
		if v.query(name) != "" {
			return false
		}
	}
	return true
}

// categoryChanges hide categories or show them, and move them.
func categoryChanges() []listChange {
	hidden := func(c *taxonomy.Category) *bool { return &c.Hidden }
	seen := telling(func(v *visit, state json.RawMessage) string {
		if said[bool](state) {
			return v.T("admin.branch.hidden")
		}
		return v.T("admin.branch.shown")
	})
	parent := changeSetting{name: "parent", label: "admin.field.parent", free: true, options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
		t, err := taxonomy.Load(v.ctx(), tx)
		if err != nil {
			return nil, err
		}
		return v.categoryOptions(t, v.T("admin.category.top")), nil
	}}
	return []listChange{
		{verb: partVerb("categories.hide", categoryShelf, hidden, always(true)), action: "catalog.write", label: "admin.change.hide", tell: seen},
		{verb: partVerb("categories.show", categoryShelf, hidden, always(false)), action: "catalog.write", label: "admin.change.show", tell: seen},
		{verb: partVerb("categories.move", categoryShelf, func(c *taxonomy.Category) *taxonomy.CategoryID { return &c.Parent }, func(_ context.Context, _ *db.Tx, s listing.Settings) (taxonomy.CategoryID, error) {
			return taxonomy.CategoryID(s["parent"]), nil
		}), action: "catalog.write", label: "admin.change.move_below", settings: []changeSetting{parent}, tell: tellParent},
	}
}

func tellParent(v *visit, tx *db.Tx) (func(json.RawMessage) string, error) {
	t, err := taxonomy.Load(v.ctx(), tx)
	return func(state json.RawMessage) string {
		if c, ok := t.Find(said[taxonomy.CategoryID](state)); ok {
			return c.In(v.Tag()).Title
		}
		return v.T("admin.category.top")
	}, err
}

var categoryShelf = shelf[taxonomy.Category]{
	find: func(ctx context.Context, tx *db.Tx, id string) (taxonomy.Category, error) {
		t, err := taxonomy.Load(ctx, tx)
		if err != nil {
			return taxonomy.Category{}, err
		}
		c, there := t.Find(taxonomy.CategoryID(id))
		if !there {
			err = taxonomy.ErrNotFound
		}
		return c, err
	},
	save: func(ctx context.Context, tx *db.Tx, c taxonomy.Category) error {
		_, err := taxonomy.UpdateCategory(ctx, tx, c)
		return err
	},
	title: func(c taxonomy.Category) string { return c.Title },
}
