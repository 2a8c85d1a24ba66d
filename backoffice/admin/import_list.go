package admin

import (
	"cmp"
	"strconv"

	"korzo/backoffice/transfer"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// maxRuns is how many runs the list goes back.
const maxRuns = 1000

// importList describes the list of files that were read.
func (a *Admin) importList() list[transfer.Run] {
	columns := importColumns()
	return list[transfer.Run]{
		name: "imports", path: Prefix + "/imports", read: "transfers.read", lead: "admin.import.lead",
		columns: columns, tabs: "state",
		filters: []listFilter{
			{name: "q", label: "admin.list.search", kind: "search"},
			{name: "state", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return v.words("import_state", "admin.all", string(transfer.StateRunning), string(transfer.StateDone), string(transfer.StateFailed)), nil
			}},
			{name: "kind", label: "admin.import.kind", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return append([]ui.Option{{Label: v.T("admin.all")}}, v.importKindOptions()...), nil
			}},
		},
		page: whole[transfer.Run]{all: runs, keep: map[string]func(*visit, transfer.Run, string) bool{
			"state": func(_ *visit, r transfer.Run, state string) bool { return string(r.State) == state },
			"kind":  func(_ *visit, r transfer.Run, kind string) bool { return string(r.Kind) == kind },
		}, by: map[string]func(a, b transfer.Run) int{
			"when": func(a, b transfer.Run) int { return a.StartedAt.Compare(b.StartedAt) }, "rows": func(a, b transfer.Run) int { return cmp.Compare(a.Rows, b.Rows) },
			"failed": func(a, b transfer.Run) int { return cmp.Compare(a.Failed, b.Failed) },
		}}.page(columns),
		key:   func(r transfer.Run) string { return string(r.ID) },
		label: func(r transfer.Run) string { return r.File },
		none:  "admin.import.none",
		head:  func(v *visit) templ.Component { return v.importsHead() },
		note:  func(v *visit) templ.Component { return a.importForm(v, v.newForm()) },
	}
}

// runs are the latest, at most maxRuns.
func runs(v *visit, tx *db.Tx) (all []transfer.Run, err error) {
	for after := transfer.RunID(""); len(all) < maxRuns; {
		some, err := transfer.List(v.ctx(), tx, after, 100)
		if err != nil || len(some) == 0 {
			return all, err
		}
		all, after = append(all, some...), some[len(some)-1].ID
	}
	return all, nil
}

func importColumns() []column[transfer.Run] {
	count := func(name, title string, extra bool, n func(r transfer.Run) int64) column[transfer.Run] {
		return column[transfer.Run]{name: name, title: title, number: true, extra: extra, sorts: true, cell: plainCell(func(v *visit, r transfer.Run) string { return v.Number(n(r)) }),
			text: func(_ *visit, r transfer.Run) string { return strconv.FormatInt(n(r), 10) }}
	}
	return []column[transfer.Run]{
		{name: "file", title: "admin.import.file", fixed: true, sorts: true, cell: func(v *visit, r transfer.Run) templ.Component { return v.runCell(r) },
			text: func(_ *visit, r transfer.Run) string { return r.File }},
		plainColumn("kind", "admin.import.kind", func(v *visit, r transfer.Run) string { return v.word("import_kind", string(r.Kind)) }),
		{name: "when", title: "admin.col.when", sorts: true, cell: func(v *visit, r transfer.Run) templ.Component { return v.moment(r.StartedAt) },
			text: func(_ *visit, r transfer.Run) string { return stamp(r.StartedAt) }},
		count("rows", "admin.import.rows", false, func(r transfer.Run) int64 { return r.Rows }),
		count("created", "admin.import.created", true, func(r transfer.Run) int64 { return r.Created }),
		count("changed", "admin.import.changed", true, func(r transfer.Run) int64 { return r.Changed }),
		count("failed", "admin.import.failed", false, func(r transfer.Run) int64 { return r.Failed }),
		{name: "state", title: "admin.col.status", cell: func(v *visit, r transfer.Run) templ.Component { return v.runBadge(r) },
			text: func(_ *visit, r transfer.Run) string { return string(r.State) }},
	}
}

// importForm begins a run.
func (a *Admin) importForm(v *visit, f *form) templ.Component {
	var p imports
	if err := a.DB.Read(v.ctx(), func(tx *db.Tx) error { return p.findPlaces(v, tx) }); err != nil {
		return templ.NopComponent
	}
	return v.importForm(p, f)
}
