package admin

import (
	"context"
	"encoding/json"
	"strconv"

	"korzo/backoffice/listing"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/ui"

	"github.com/a-h/templ"
)

// trouble is an exception in the list, with the names of who may own it.
type trouble struct {
	exception.Exception
	Names map[string]string
}

func exceptionPath(id string) string { return Prefix + "/exceptions/" + id }

// exceptionList describes the list of what went wrong.
func (a *Admin) exceptionList() list[trouble] {
	return list[trouble]{
		name: "exceptions", path: Prefix + "/exceptions", read: "exceptions.read", lead: "admin.exception.lead", live: exception.Topic,
		columns: exceptionColumns(), filters: exceptionFilters(), tabs: "show", changes: exceptionChanges(),
		page:  exceptionPage,
		key:   func(t trouble) string { return t.ID },
		label: func(t trouble) string { return t.Kind + " " + t.Ref },
		none:  "admin.exception.none",
	}
}

func exceptionColumns() []column[trouble] {
	return []column[trouble]{
		{name: "kind", title: "admin.col.what", fixed: true, cell: func(v *visit, t trouble) templ.Component { return v.troubleCell(t) },
			text: func(_ *visit, t trouble) string { return t.Kind }},
		{name: "about", title: "admin.exception.about", cell: func(v *visit, t trouble) templ.Component { return v.aboutCell(t.Ref) },
			text: func(_ *visit, t trouble) string { return t.Ref }},
		textColumn("owner", "admin.exception.owner", false, func(v *visit, t trouble) string {
			if t.Owner == "" {
				return v.T("admin.exception.nobody")
			}
			return v.who(t.Names, t.Owner)
		}),
		{name: "status", title: "admin.col.status", cell: func(v *visit, t trouble) templ.Component { return v.troubleState(t.Exception) },
			text: func(v *visit, t trouble) string {
				if t.IsOpen() {
					return "open"
				}
				return "resolved"
			}},
		{name: "first", title: "admin.exception.first", sorts: true, cell: func(v *visit, t trouble) templ.Component { return v.moment(t.FirstAt) },
			text: func(_ *visit, t trouble) string { return stamp(t.FirstAt) }},
		{name: "times", title: "admin.exception.seen", extra: true, number: true, cell: plainCell(func(v *visit, t trouble) string { return v.Number(t.Count) }),
			text: func(_ *visit, t trouble) string { return strconv.FormatInt(t.Count, 10) }},
		textColumn("text", "admin.exception.says", true, func(_ *visit, t trouble) string { return t.Text }),
		textColumn("note", "admin.field.note", true, func(_ *visit, t trouble) string { return t.Note }),
	}
}

func exceptionFilters() []listFilter {
	return []listFilter{
		{name: "show", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return []ui.Option{{Label: v.T("admin.exception.open")}, {Value: "mine", Label: v.T("admin.exception.mine")}, {Value: "resolved", Label: v.word("state", "resolved")},
				{Value: "all", Label: v.T("admin.all")}}, nil
		}},
		{name: "kind", label: "admin.exception.kind", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			all, err := exception.Kinds(v.ctx(), tx)
			return v.words("trouble", "admin.all", all...), err
		}},
		{name: "owner", label: "admin.exception.owner", options: colleagues("admin.all")},
	}
}

// colleagues are all of staff to choose from, after a word for none of them.
func colleagues(none string) func(v *visit, tx *db.Tx) ([]ui.Option, error) {
	return func(v *visit, tx *db.Tx) ([]ui.Option, error) {
		all, err := auth.ListStaff(v.ctx(), tx)
		options := []ui.Option{{Label: v.T(none)}}
		for _, s := range all {
			if s.Active {
				options = append(options, ui.Option{Value: string(s.ID), Label: s.Name})
			}
		}
		return options, err
	}
}

func exceptionPage(v *visit, tx *db.Tx, at listing.State, limit int) (rows []trouble, next string, err error) {
	show := at.Filter("show")
	f := exception.Filter{Open: show == "" || show == "mine", Closed: show == "resolved", Kind: at.Filter("kind"), Owner: at.Filter("owner"), After: at.After, Limit: limit}
	if show == "mine" {
		f.Owner = v.staff.Subject
	}
	by, descending := at.Order()
	f.Oldest = by == "first" && !descending
	all, err := exception.List(v.ctx(), tx, f)
	if err != nil {
		return nil, "", err
	}
	names, err := names(v.ctx(), tx)
	for _, e := range all {
		rows = append(rows, trouble{e, names})
	}
	if len(all) == limit {
		next = all[limit-1].ID
	}
	return rows, next, err
}

// handled is who takes care of an exception, and what was done when it is resolved.
type handled struct {
	Owner    string `json:"owner"`
	Resolved bool   `json:"resolved"`
	Note     string `json:"note,omitempty"`
}

func handledOf(e exception.Exception) handled { return handled{e.Owner, !e.IsOpen(), e.Note} }

// exceptionChanges are the changes of many exceptions at once.
func exceptionChanges() []listChange {
	return []listChange{
		{verb: exceptionVerb("exceptions.assign", assignAll, undoAssign), action: "exceptions.write", label: "admin.change.assign",
			settings: []changeSetting{{name: "owner", label: "admin.exception.owner", options: colleagues("admin.exception.nobody"), free: true}}, tell: tellHandled},
		{verb: exceptionVerb("exceptions.resolve", resolveAll, undoResolve), action: "exceptions.write", label: "admin.change.resolve",
			settings: []changeSetting{{name: "note", label: "admin.field.note"}}, tell: tellHandled},
		{verb: exceptionVerb("exceptions.retry", retryAll, nil), action: "exceptions.write", label: "admin.change.retry", tell: tellHandled},
	}
}

func tellHandled(v *visit, tx *db.Tx) (func(json.RawMessage) string, error) {
	names, err := names(v.ctx(), tx)
	return func(state json.RawMessage) string {
		h := said[handled](state)
		switch {
		case h.Resolved && h.Note != "":
			return v.word("state", "resolved") + ": " + h.Note
		case h.Resolved:
			return v.word("state", "resolved")
		case h.Owner == "":
			return v.T("admin.exception.nobody")
		}
		return v.who(names, h.Owner)
	}, err
}

type exceptionDeed func(ctx context.Context, tx *db.Tx, e exception.Exception, s listing.Settings) error

func assignAll(ctx context.Context, tx *db.Tx, e exception.Exception, s listing.Settings) error {
	return exception.Assign(ctx, tx, e.ID, s["owner"])
}

func resolveAll(ctx context.Context, tx *db.Tx, e exception.Exception, s listing.Settings) error {
	return exception.Resolve(ctx, tx, e.ID, s[listing.By], s["note"])
}

func retryAll(ctx context.Context, tx *db.Tx, e exception.Exception, s listing.Settings) error {
	return doAgain(ctx, tx, e, s[listing.By])
}

func undoAssign(ctx context.Context, tx *db.Tx, e exception.Exception, old handled) error {
	return exception.Assign(ctx, tx, e.ID, old.Owner)
}

func undoResolve(ctx context.Context, tx *db.Tx, e exception.Exception, _ handled) error {
	return exception.Reopen(ctx, tx, e.ID)
}

func exceptionVerb(name string, do exceptionDeed, undo func(ctx context.Context, tx *db.Tx, e exception.Exception, old handled) error) listing.Verb {
	verb := listing.Verb{Name: name, Do: func(ctx context.Context, tx *db.Tx, subject string, s listing.Settings) (o listing.Outcome, err error) {
		e, err := exception.Find(ctx, tx, subject)
		if err != nil {
			return o, err
		}
		o = listing.Outcome{Title: e.Kind + " " + e.Ref, Old: keep(handledOf(e))}
		if err := do(ctx, tx, e, s); err != nil {
			return o, err
		}
		after, err := exception.Find(ctx, tx, subject)
		o.New = keep(handledOf(after))
		return o, err
	}}
	if undo != nil {
		verb.Undo = func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			now, err := exception.Find(ctx, tx, subject)
			if err != nil {
				return err
			}
			if handledOf(now) != said[handled](o.New) {
				return listing.ErrMoved
			}
			return undo(ctx, tx, now, said[handled](o.Old))
		}
	}
	return verb
}
