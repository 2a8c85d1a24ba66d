package admin

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"korzo/backoffice/listing"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

var countStates = []string{string(inventory.CountOpen), string(inventory.CountPosted), string(inventory.CountCancelled)}

// counting is a count in the list, with the names of its location and of who began it.
type counting struct {
	inventory.Count
	Place, Who string
}

// countList describes the counts. f is the form for another one; nil for an empty one.
func (a *Admin) countList(f *form) list[counting] {
	return list[counting]{
		name: "counts", path: Prefix + "/counts", read: "stock.read", lead: "admin.count.lead", tabs: "state",
		columns: []column[counting]{
			{name: "location", title: "admin.field.location", fixed: true, cell: func(v *visit, c counting) templ.Component { return v.countCell(c) },
				text: func(_ *visit, c counting) string { return c.Place }},
			{name: "state", title: "admin.col.status", cell: func(v *visit, c counting) templ.Component { return v.countBadge(c.State) },
				text: func(_ *visit, c counting) string { return string(c.State) }},
			timeColumn("created", "admin.col.when", false, func(c counting) time.Time { return c.CreatedAt }),
			textColumn("who", "admin.col.who", true, func(_ *visit, c counting) string { return c.Who }),
			textColumn("note", "admin.count.note", true, func(_ *visit, c counting) string { return c.Note }),
			textColumn("id", "admin.field.id", true, func(_ *visit, c counting) string { return string(c.ID) }),
		},
		filters: []listFilter{
			{name: "state", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return v.words("countstate", "admin.all", countStates...), nil
			}},
			{name: "location", label: "admin.field.location", options: placesFilter},
		},
		changes: countChanges(),
		page:    countingPage,
		key:     func(c counting) string { return string(c.ID) },
		label:   func(c counting) string { return c.Place },
		none:    "admin.count.none",
		note:    func(v *visit) templ.Component { return a.countNote(v, f) },
	}
}

func countingPage(v *visit, tx *db.Tx, at listing.State, limit int) (rows []counting, next string, err error) {
	all, err := inventory.Counts(v.ctx(), tx, inventory.CountFilter{State: inventory.CountState(at.Filter("state")), Location: at.Filter("location"),
		After: inventory.CountID(at.After), Limit: limit})
	if err != nil {
		return nil, "", err
	}
	places, err := placeNames(v, tx)
	if err != nil {
		return nil, "", err
	}
	staff, err := names(v.ctx(), tx)
	for _, c := range all {
		rows = append(rows, counting{c, places[c.Location], v.who(staff, c.Actor)})
	}
	if len(all) == limit {
		next = string(all[limit-1].ID)
	}
	return rows, next, err
}

// countChanges end many counts. What was booked is a movement, so neither can be undone.
func countChanges() []listChange {
	tell := telling(func(v *visit, state json.RawMessage) string { return v.word("countstate", said[string](state)) })
	return []listChange{
		{verb: countVerb("counts.post", func(ctx context.Context, tx *db.Tx, id inventory.CountID, s listing.Settings) error {
			_, err := inventory.PostCount(ctx, tx, id, s[listing.By], s["reason"])
			return err
		}), action: "stock.write", label: "admin.count.many_post", tell: tell, settings: []changeSetting{{name: "reason", label: "admin.field.reason"}}},
		{verb: countVerb("counts.cancel", func(ctx context.Context, tx *db.Tx, id inventory.CountID, _ listing.Settings) error {
			return inventory.CancelCount(ctx, tx, id)
		}), action: "stock.write", label: "admin.count.many_cancel", tell: tell},
	}
}

func countVerb(name string, move func(context.Context, *db.Tx, inventory.CountID, listing.Settings) error) listing.Verb {
	return listing.Verb{Name: name, Do: func(ctx context.Context, tx *db.Tx, subject string, s listing.Settings) (o listing.Outcome, err error) {
		old, err := inventory.FindCount(ctx, tx, inventory.CountID(subject))
		if err != nil {
			return o, err
		}
		at, err := inventory.FindLocation(ctx, tx, old.Location)
		if err != nil {
			return o, err
		}
		o.Title = at.Name
		if err := move(ctx, tx, old.ID, s); err != nil {
			return o, err
		}
		after, err := inventory.FindCount(ctx, tx, old.ID)
		o.Old, o.New = keep(old.State), keep(after.State)
		return o, err
	}}
}

// countNote is the form for another count.
func (a *Admin) countNote(v *visit, f *form) templ.Component {
	if f == nil {
		f = v.newForm()
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		open, err := a.openLocations(v)
		if err != nil || !v.can("stock.write") {
			return err
		}
		return v.countForm(f, open).Render(ctx, w)
	})
}
