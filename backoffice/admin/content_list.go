package admin

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"korzo/backoffice/listing"
	"korzo/offer/content"
	"korzo/platform/db"
	"korzo/platform/i18n"
	"korzo/ui"

	"github.com/a-h/templ"
)

// contentList describes the list of what the merchant writes.
func (a *Admin) contentList() list[content.Page] {
	columns := contentColumns()
	return list[content.Page]{
		name: "content", path: Prefix + "/content", read: "catalog.read", lead: "admin.content.lead",
		columns: columns, filters: contentFilters(), tabs: "state", changes: contentChanges(),
		page: whole[content.Page]{
			all: func(v *visit, tx *db.Tx) ([]content.Page, error) { return content.All(v.ctx(), tx) },
			keep: map[string]func(*visit, content.Page, string) bool{
				"state": func(v *visit, p content.Page, state string) bool { is, _ := contentState(p, v.now); return is == state },
				"kind":  func(_ *visit, p content.Page, kind string) bool { return string(p.Kind) == kind },
				"lacks": func(_ *visit, p content.Page, tag string) bool { _, has := p.Draft[tag]; return !has },
			},
			by: map[string]func(a, b content.Page) int{"changed": func(a, b content.Page) int { return a.ChangedAt.Compare(b.ChangedAt) }},
		}.page(columns),
		key:   func(p content.Page) string { return string(p.ID) },
		label: func(p content.Page) string { return anyTitle(p) },
		none:  "admin.content.none",
		first: func(v *visit) (string, string) {
			return v.ifCan("catalog.write", Prefix+"/content/new"), "admin.content.new"
		},
		head: func(v *visit) templ.Component { return v.contentHead() },
	}
}

// anyTitle is what a page is called in the first language it has.
func anyTitle(p content.Page) string {
	text, _ := p.Draft.In("", i18n.Languages...)
	return text.Title
}

func contentColumns() []column[content.Page] {
	return []column[content.Page]{
		{name: "title", title: "admin.field.title", fixed: true, sorts: true, cell: func(v *visit, p content.Page) templ.Component { return v.contentCell(p) },
			text: func(v *visit, p content.Page) string { return v.contentTitle(p) }},
		plainColumn("where", "admin.content.where", func(v *visit, p content.Page) string { return v.T("admin.content.kind." + string(p.Kind)) }),
		{name: "languages", title: "admin.content.languages", cell: func(v *visit, p content.Page) templ.Component { return v.languagesCell(p) },
			text: func(_ *visit, p content.Page) string { return strings.Join(slices.Sorted(maps.Keys(p.Draft)), ", ") }},
		{name: "state", title: "admin.content.state", cell: func(v *visit, p content.Page) templ.Component { return v.contentState(p) },
			text: func(v *visit, p content.Page) string { state, _ := contentState(p, v.now); return state }},
		{name: "changed", title: "admin.content.changed", extra: true, sorts: true, cell: func(v *visit, p content.Page) templ.Component { return v.moment(p.ChangedAt) },
			text: func(_ *visit, p content.Page) string { return stamp(p.ChangedAt) }},
	}
}

func contentFilters() []listFilter {
	return []listFilter{
		{name: "q", label: "admin.list.search", kind: "search"},
		{name: "state", label: "admin.content.state", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			all := []ui.Option{{Label: v.T("admin.all")}}
			for _, s := range []string{"live", "draft", "due"} {
				all = append(all, ui.Option{Value: s, Label: v.T("admin.content.state." + s)})
			}
			return all, nil
		}},
		{name: "kind", label: "admin.content.where", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return append([]ui.Option{{Label: v.T("admin.all")}}, v.contentKinds()...), nil
		}},
		{name: "lacks", label: "admin.content.lacks", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			all := []ui.Option{{Label: v.T("admin.all")}}
			for _, tag := range i18n.Languages {
				all = append(all, ui.Option{Value: tag, Label: v.word("language", tag)})
			}
			return all, nil
		}},
	}
}

// contentChanges put many pages online, or take them off.
func contentChanges() []listChange {
	tell := telling(func(v *visit, state json.RawMessage) string {
		if said[content.Texts](state) == nil {
			return v.T("admin.content.state.draft")
		}
		return v.T("admin.content.state.live")
	})
	return []listChange{
		{verb: contentVerb("content.publish", func(ctx context.Context, tx *db.Tx, p content.Page) error {
			return content.Publish(ctx, tx, p.ID, tx.Now)
		}), action: "catalog.write",
			label: "admin.content.publish", tell: tell},
		{verb: contentVerb("content.withdraw", func(ctx context.Context, tx *db.Tx, p content.Page) error { return content.Withdraw(ctx, tx, p.ID) }), action: "catalog.write",
			label: "admin.content.withdraw", tell: tell},
	}
}

// contentVerb changes what shoppers read of a page. What was live before it was
// published anew cannot be put back, unless it is what the draft says still.
func contentVerb(name string, do func(ctx context.Context, tx *db.Tx, p content.Page) error) listing.Verb {
	return listing.Verb{Name: name,
		Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
			p, err := content.Find(ctx, tx, content.ID(subject))
			if err != nil {
				return o, err
			}
			o = listing.Outcome{Title: anyTitle(p), Old: keep(p.At(tx.Now))}
			if err := do(ctx, tx, p); err != nil {
				return o, err
			}
			after, err := content.Find(ctx, tx, p.ID)
			o.New = keep(after.At(tx.Now))
			return o, err
		},
		Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			p, err := content.Find(ctx, tx, content.ID(subject))
			if err != nil {
				return err
			}
			old := said[content.Texts](o.Old)
			switch {
			case string(keep(p.At(tx.Now))) != string(o.New):
				return listing.ErrMoved
			case old == nil:
				return content.Withdraw(ctx, tx, p.ID)
			case !maps.Equal(old, p.Draft):
				return listing.ErrMoved
			}
			return content.Publish(ctx, tx, p.ID, tx.Now)
		}}
}
