package admin

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"korzo/backoffice/listing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// attributeUses are what an attribute may be for beside its categories.
var attributeUses = []string{"facet", "everywhere", "private"}

func usesOf(a taxonomy.Attribute) (all []string) {
	for i, on := range []bool{a.Facet, a.Everywhere, a.Private} {
		if on {
			all = append(all, attributeUses[i])
		}
	}
	return all
}

// attributeList describes the list of attributes.
func (a *Admin) attributeList() list[taxonomy.Attribute] {
	number := func(name, title string, extra bool, get func(taxonomy.Attribute) int64) column[taxonomy.Attribute] {
		return column[taxonomy.Attribute]{name: name, title: title, number: true, extra: extra, sorts: true, cell: plainCell(func(v *visit, a taxonomy.Attribute) string { return v.Number(get(a)) }),
			text: func(_ *visit, a taxonomy.Attribute) string { return strconv.FormatInt(get(a), 10) }}
	}
	columns := []column[taxonomy.Attribute]{
		{name: "title", title: "admin.field.title", fixed: true, sorts: true, cell: func(v *visit, a taxonomy.Attribute) templ.Component { return v.attributeCell(a) },
			text: func(v *visit, a taxonomy.Attribute) string { return v.attributeLabel(a) }},
		textColumn("code", "admin.field.code", true, func(_ *visit, a taxonomy.Attribute) string { return a.Code }),
		plainColumn("type", "admin.field.type", func(v *visit, a taxonomy.Attribute) string { return v.word("attribute_type", string(a.Type)) }),
		textColumn("unit", "admin.field.unit", true, func(_ *visit, a taxonomy.Attribute) string { return a.Unit }),
		number("options", "admin.attribute.options", true, func(a taxonomy.Attribute) int64 { return int64(len(a.Options)) }),
		number("position", "admin.field.position", true, func(a taxonomy.Attribute) int64 { return a.Position }),
		{name: "use", title: "admin.attribute.use", cell: func(v *visit, a taxonomy.Attribute) templ.Component { return v.attributeUse(a) },
			text: func(v *visit, a taxonomy.Attribute) string { return v.useWords(usesOf(a)) }},
	}
	return list[taxonomy.Attribute]{
		name: "attributes", path: Prefix + "/attributes", read: "catalog.read", lead: "admin.attribute.lead",
		columns: columns, tabs: "use", changes: attributeChanges(),
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"}, {name: "use", label: "admin.attribute.use", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("attribute_use", "admin.all", attributeUses...), nil
		}}, {name: "type", label: "admin.field.type", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("attribute_type", "admin.all", attributeTypes...), nil
		}}},
		page: whole[taxonomy.Attribute]{all: func(v *visit, tx *db.Tx) ([]taxonomy.Attribute, error) {
			t, err := taxonomy.Load(v.ctx(), tx)
			if err != nil {
				return nil, err
			}
			return t.Attributes(), nil
		}, keep: map[string]func(*visit, taxonomy.Attribute, string) bool{
			"use":  func(_ *visit, a taxonomy.Attribute, use string) bool { return slices.Contains(usesOf(a), use) },
			"type": func(_ *visit, a taxonomy.Attribute, kind string) bool { return string(a.Type) == kind },
		}}.page(columns),
		key:   func(a taxonomy.Attribute) string { return a.Code },
		label: func(a taxonomy.Attribute) string { return a.Code },
		none:  "admin.attribute.none",
		first: func(v *visit) (string, string) {
			return v.ifCan("catalog.write", Prefix+"/attributes/new"), "admin.attribute.new"
		},
		head: func(v *visit) templ.Component { return v.newAttributeButton() },
	}
}

func (v *visit) useWords(uses []string) string {
	words := make([]string, len(uses))
	for i, u := range uses {
		words[i] = v.word("attribute_use", u)
	}
	return strings.Join(words, ", ")
}

// attributeChanges have shoppers filter by attributes or not, keep them among
// staff or not, and delete them.
func attributeChanges() []listChange {
	change := func(name, label string, part func(*taxonomy.Attribute) *bool, to bool) listChange {
		return listChange{verb: partVerb(name, attributeShelf, part, always(to)), action: "catalog.write", label: label,
			tell: telling(func(v *visit, state json.RawMessage) string { return v.T("admin." + yes(said[bool](state))) })}
	}
	facet, private := func(a *taxonomy.Attribute) *bool { return &a.Facet }, func(a *taxonomy.Attribute) *bool { return &a.Private }
	return []listChange{
		change("attributes.filter", "admin.change.filter", facet, true), change("attributes.unfilter", "admin.change.unfilter", facet, false),
		change("attributes.hide", "admin.change.staff_only", private, true), change("attributes.show", "admin.change.staff_and_shoppers", private, false),
		{verb: unattributeVerb, action: "catalog.write", label: "admin.change.delete", tell: telling(func(v *visit, state json.RawMessage) string {
			if a := said[taxonomy.Attribute](state); a.Code != "" {
				return v.attributeLabel(a)
			}
			return v.T("admin.search.deleted")
		})},
	}
}

var attributeShelf = shelf[taxonomy.Attribute]{
	find: func(ctx context.Context, tx *db.Tx, code string) (taxonomy.Attribute, error) {
		t, err := taxonomy.Load(ctx, tx)
		if err != nil {
			return taxonomy.Attribute{}, err
		}
		a, there := t.Attribute(code)
		if !there {
			err = taxonomy.ErrAttribute
		}
		return a, err
	},
	save: func(ctx context.Context, tx *db.Tx, a taxonomy.Attribute) error {
		_, err := taxonomy.UpdateAttribute(ctx, tx, a)
		return err
	},
	title: func(a taxonomy.Attribute) string { return a.Titles[""] },
}

// unattributeVerb deletes attributes, and makes them anew when that is undone:
// products that were not saved in between have their values again.
var unattributeVerb = listing.Verb{Name: "attributes.delete",
	Do: func(ctx context.Context, tx *db.Tx, code string, _ listing.Settings) (o listing.Outcome, err error) {
		a, err := attributeShelf.find(ctx, tx, code)
		if err != nil {
			return o, err
		}
		o = listing.Outcome{Title: a.Titles[""], Old: keep(a), New: keep(taxonomy.Attribute{})}
		return o, taxonomy.DeleteAttribute(ctx, tx, code)
	},
	Undo: func(ctx context.Context, tx *db.Tx, code string, o listing.Outcome) error {
		if _, err := attributeShelf.find(ctx, tx, code); err == nil {
			return listing.ErrMoved // somebody made one anew
		}
		_, err := taxonomy.CreateAttribute(ctx, tx, said[taxonomy.Attribute](o.Old))
		return err
	}}
