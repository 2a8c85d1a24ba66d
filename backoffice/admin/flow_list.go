package admin

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"korzo/backoffice/listing"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/ui"

	"github.com/a-h/templ"
)

// flowRow is a flow in the list: its published version, or the newest one of a
// flow that nobody gets.
type flowRow struct {
	flow.Flow
	place  int // at which it is asked, from 1; 0: it is not published
	doc    flow.Document
	share  int // percent of the latest visits
	visits int
	digits int
}

// flowList describes the list of flows: the published ones first, in the order
// in which a checkout asks them.
func (a *Admin) flowList() list[flowRow] {
	percent := func(_ *visit, r flowRow) string { return strconv.Itoa(r.share) }
	columns := []column[flowRow]{
		{name: "name", title: "admin.field.name", fixed: true, sorts: true, cell: func(v *visit, r flowRow) templ.Component { return v.flowCell(r) },
			text: func(_ *visit, r flowRow) string { return r.Name }},
		{name: "place", title: "admin.flow.asked_as", number: true, sorts: true, cell: plainCell(placeText), text: placeText},
		{name: "whom", title: "admin.flow.whom", cell: func(v *visit, r flowRow) templ.Component { return v.takes(r.doc.Trigger, r.digits) },
			text: func(v *visit, r flowRow) string { text, _ := v.forWhom(r.doc.Trigger, r.digits); return text }},
		textColumn("layout", "admin.flow.layout", true, func(v *visit, r flowRow) string { return v.word("layout", string(r.doc.Layout)) }),
		{name: "share", title: "admin.flow.share_short", number: true, sorts: true, cell: func(v *visit, r flowRow) templ.Component { return v.flowShare(r) }, text: percent},
		{name: "status", title: "admin.col.status", cell: func(v *visit, r flowRow) templ.Component { return v.flowState(r) },
			text: func(_ *visit, r flowRow) string { return flowState(r) }},
		{name: "changed", title: "admin.flow.changed", extra: true, cell: func(v *visit, r flowRow) templ.Component { return v.moment(r.UpdatedAt) },
			text: func(_ *visit, r flowRow) string { return stamp(r.UpdatedAt) }},
	}
	return list[flowRow]{
		name: "flows", path: Prefix + "/flows", read: "flows.read", lead: "admin.flow.lead",
		columns: columns, tabs: "status", changes: flowChanges(),
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"}, {name: "status", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return []ui.Option{{Label: v.T("admin.all")}, {Value: "published", Label: v.T("admin.flow.asked")}, {Value: "rest", Label: v.T("admin.flow.rest")}, {Value: "draft", Label: v.T("admin.flow.with_draft")}}, nil
		}}, {name: "layout", label: "admin.flow.layout", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return append([]ui.Option{{Label: v.T("admin.all")}}, optionsOf(layouts, func(l flow.Layout) (string, string) { return string(l), v.word("layout", string(l)) })...), nil
		}}},
		page: whole[flowRow]{all: flowRows, keep: map[string]func(*visit, flowRow, string) bool{
			"status": func(_ *visit, r flowRow, state string) bool {
				return flowState(r) == state || state == "draft" && r.Draft > 0
			},
			"layout": func(_ *visit, r flowRow, layout string) bool { return string(r.doc.Layout) == layout },
		}}.page(columns),
		key:   func(r flowRow) string { return string(r.ID) },
		label: func(r flowRow) string { return r.Name },
		none:  "admin.flow.none",
		first: func(v *visit) (string, string) { return v.ifCan("flows.write", Prefix+"/flows/new"), "admin.flow.new" },
		head:  func(v *visit) templ.Component { return v.flowsHead() },
		note:  func(v *visit) templ.Component { return v.flowsNote() },
	}
}

func placeText(_ *visit, r flowRow) string {
	if r.place == 0 {
		return ""
	}
	return strconv.Itoa(r.place)
}

func flowState(r flowRow) string {
	if r.place > 0 {
		return "published"
	}
	return "rest"
}

func flowRows(v *visit, tx *db.Tx) ([]flowRow, error) {
	live, err := flow.Live(v.ctx(), tx)
	if err != nil {
		return nil, err
	}
	markets, err := market.All(v.ctx(), tx)
	if err != nil {
		return nil, err
	}
	visits, err := checkout.LatestVisits(v.ctx(), tx, sharesOf)
	if err != nil {
		return nil, err
	}
	got := map[flow.ID]int{}
	for _, one := range visits {
		got[one.Flow]++
	}
	all, err := everyFlow(v.ctx(), tx)
	rows := make([]flowRow, len(all))
	for i, one := range all {
		if err != nil {
			return nil, err
		}
		rows[i] = flowRow{Flow: one, share: share(got[one.ID], len(visits)), visits: len(visits), digits: minorDigits(markets)}
		rows[i].place = 1 + slices.IndexFunc(live, func(l flow.Version) bool { return l.Flow == one.ID })
		if rows[i].place > 0 {
			rows[i].doc = live[rows[i].place-1].Document
			continue
		}
		var newest flow.Version
		newest, err = flow.Find(v.ctx(), tx, one.ID, one.Last)
		rows[i].doc = newest.Document
	}
	slices.SortStableFunc(rows, func(a, b flowRow) int { return a.rank() - b.rank() })
	return rows, err
}

// version is the one that is shown.
func (r flowRow) version() int64 {
	if r.place > 0 {
		return r.Live
	}
	return r.Last
}

// rank puts the flows that nobody gets last.
func (r flowRow) rank() int {
	if r.place == 0 {
		return 1 << 20
	}
	return r.place
}

func everyFlow(ctx context.Context, tx *db.Tx) (all []flow.Flow, err error) {
	for after := flow.ID(""); ; after = all[len(all)-1].ID {
		page, err := flow.List(ctx, tx, after, 100)
		all = append(all, page...)
		if err != nil || len(page) < 100 {
			return all, err
		}
	}
}

// flowChanges publish what is open as a draft, and take flows from visitors.
func flowChanges() []listChange {
	tell := telling(func(v *visit, state json.RawMessage) string {
		if n := said[int64](state); n > 0 {
			return v.T("admin.flow.version", "Version", n)
		}
		return v.T("admin.flow.rest")
	})
	return []listChange{
		{verb: flowVerb("flows.publish", func(ctx context.Context, tx *db.Tx, f flow.Flow) error {
			if f.Draft == 0 {
				return nil
			}
			return flow.Publish(ctx, tx, f.ID, f.Draft)
		}), action: "flows.write", label: "admin.change.publish", tell: tell},
		{verb: flowVerb("flows.archive", func(ctx context.Context, tx *db.Tx, f flow.Flow) error { return flow.Archive(ctx, tx, f.ID) }),
			action: "flows.write", label: "admin.flow.archive", tell: tell},
	}
}

// flowVerb changes which version of a flow visitors get. Undone, they get the
// one before again, if nobody published another since.
func flowVerb(name string, do func(ctx context.Context, tx *db.Tx, f flow.Flow) error) listing.Verb {
	return listing.Verb{Name: name,
		Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
			old, err := findFlow(ctx, tx, subject)
			if err != nil {
				return o, err
			}
			o = listing.Outcome{Title: old.Name, Old: keep(old.Live)}
			if err := do(ctx, tx, old); err != nil {
				return o, err
			}
			after, err := findFlow(ctx, tx, subject)
			o.New = keep(after.Live)
			return o, err
		},
		Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			f, err := findFlow(ctx, tx, subject)
			if err != nil {
				return err
			}
			if f.Live != said[int64](o.New) {
				return listing.ErrMoved
			}
			if old := said[int64](o.Old); old > 0 {
				return flow.Rollback(ctx, tx, f.ID, old)
			}
			return flow.Archive(ctx, tx, f.ID)
		}}
}

func findFlow(ctx context.Context, tx *db.Tx, id string) (flow.Flow, error) {
	all, err := everyFlow(ctx, tx)
	i := slices.IndexFunc(all, func(f flow.Flow) bool { return string(f.ID) == id })
	if err == nil && i < 0 {
		err = flow.ErrNotFound
	}
	if err != nil {
		return flow.Flow{}, err
	}
	return all[i], nil
}
