package admin

import (
	"errors"

	"korzo/customer/experiment"
	"korzo/insight/trial"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// experimentRow is an experiment in the list, with what was known of it last.
type experimentRow struct {
	experiment.Experiment
	Last trial.Result // zero: nothing yet
}

var experimentStates = []string{string(experiment.StateDraft), string(experiment.StateRunning), string(experiment.StatePaused), string(experiment.StateRolledBack), string(experiment.StateReleased), string(experiment.StateStopped)}

// experimentList describes the list of experiments.
func (a *Admin) experimentList() list[experimentRow] {
	columns := experimentColumns()
	return list[experimentRow]{
		name: "experiments", path: Prefix + "/experiments", read: "flows.read", lead: "admin.experiment.lead",
		columns: columns, tabs: "state",
		filters: []listFilter{
			{name: "q", label: "admin.list.search", kind: "search"},
			{name: "state", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				all := []ui.Option{{Label: v.T("admin.all")}}
				for _, s := range experimentStates {
					all = append(all, ui.Option{Value: s, Label: v.word("state", "experiment_"+s)})
				}
				return all, nil
			}},
			{name: "kind", label: "admin.field.kind", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return v.words("experiment.kind", "admin.all", string(experiment.Test), string(experiment.Rollout)), nil
			}},
		},
		page: whole[experimentRow]{all: experimentRows, keep: map[string]func(*visit, experimentRow, string) bool{
			"state": func(_ *visit, e experimentRow, state string) bool { return string(e.State) == state },
			"kind":  func(_ *visit, e experimentRow, kind string) bool { return string(e.Kind) == kind },
		}, by: map[string]func(a, b experimentRow) int{"begun": func(a, b experimentRow) int { return a.StartedAt.Compare(b.StartedAt) }}}.page(columns),
		key:   func(e experimentRow) string { return string(e.ID) },
		label: func(e experimentRow) string { return e.Name },
		none:  "admin.experiment.none",
		first: func(v *visit) (string, string) {
			return v.ifCan("flows.write", Prefix+"/experiments/new"), "admin.experiment.new"
		},
		head: func(v *visit) templ.Component { return v.experimentsHead() },
		foot: a.heldOutPart,
	}
}

func experimentColumns() []column[experimentRow] {
	return []column[experimentRow]{
		{name: "name", title: "admin.field.name", fixed: true, sorts: true, cell: func(v *visit, e experimentRow) templ.Component { return v.experimentCell(e) },
			text: func(_ *visit, e experimentRow) string { return e.Name }},
		{name: "state", title: "admin.col.status", cell: func(v *visit, e experimentRow) templ.Component { return v.badge("experiment_" + string(e.State)) },
			text: func(_ *visit, e experimentRow) string { return string(e.State) }},
		plainColumn("kind", "admin.field.kind", func(v *visit, e experimentRow) string { return v.word("experiment.kind", string(e.Kind)) }),
		{name: "begun", title: "admin.experiment.begun", sorts: true, cell: plainCell(func(v *visit, e experimentRow) string {
			if e.StartedAt.IsZero() {
				return ""
			}
			return v.Date(e.StartedAt, v.zone)
		}), text: func(_ *visit, e experimentRow) string {
			if e.StartedAt.IsZero() {
				return ""
			}
			return stamp(e.StartedAt)
		}},
		{name: "says", title: "admin.experiment.says", extra: true, cell: plainCell(func(v *visit, e experimentRow) string { return v.verdictText(e.Experiment, e.Last) }),
			text: func(v *visit, e experimentRow) string { return v.verdictText(e.Experiment, e.Last) }},
	}
}

func experimentRows(v *visit, tx *db.Tx) (rows []experimentRow, err error) {
	all, err := experiment.List(v.ctx(), tx, "")
	for _, e := range all {
		if err != nil {
			return nil, err
		}
		row := experimentRow{Experiment: e}
		if row.Last, err = trial.Last(v.ctx(), tx, e.ID); errors.Is(err, trial.ErrNothing) {
			err = nil
		}
		rows = append(rows, row)
	}
	return rows, err
}
