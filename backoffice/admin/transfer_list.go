package admin

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"korzo/backoffice/listing"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

var transferStates = []string{string(inventory.TransferDraft), string(inventory.TransferInTransit), string(inventory.TransferReceived), string(inventory.TransferCancelled)}

// going is a transfer in the list, with the names of its locations.
type going struct {
	inventory.Transfer
	Source, Target string
}

// transferList describes what goes from location to location.
func (a *Admin) transferList() list[going] {
	return list[going]{
		name: "transfers", path: Prefix + "/transfers", read: "stock.read", lead: "admin.transfer.lead", tabs: "state",
		columns: []column[going]{
			{name: "route", title: "admin.col.route", fixed: true, cell: func(v *visit, t going) templ.Component { return v.routeCell(t) },
				text: func(_ *visit, t going) string { return t.Source + " → " + t.Target }},
			{name: "state", title: "admin.col.status", cell: func(v *visit, t going) templ.Component { return v.transferBadge(t.State) },
				text: func(_ *visit, t going) string { return string(t.State) }},
			textColumn("expected", "admin.field.expected", false, func(v *visit, t going) string {
				if t.Expected.IsZero() {
					return "–"
				}
				return v.Day(t.Expected)
			}),
			timeColumn("created", "admin.col.when", false, func(t going) time.Time { return t.CreatedAt }),
			textColumn("note", "admin.transfer.note", true, func(_ *visit, t going) string { return t.Note }),
			textColumn("id", "admin.field.id", true, func(_ *visit, t going) string { return string(t.ID) }),
		},
		filters: []listFilter{
			{name: "state", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return v.words("transferstate", "admin.all", transferStates...), nil
			}},
			{name: "location", label: "admin.field.location", options: placesFilter},
		},
		changes: transferChanges(),
		page: func(v *visit, tx *db.Tx, at listing.State, limit int) (rows []going, next string, err error) {
			all, err := inventory.Transfers(v.ctx(), tx, inventory.TransferFilter{State: inventory.TransferState(at.Filter("state")), Location: at.Filter("location"),
				After: inventory.TransferID(at.After), Limit: limit})
			if err != nil {
				return nil, "", err
			}
			names, err := placeNames(v, tx)
			for _, t := range all {
				rows = append(rows, going{t, names[t.From], names[t.To]})
			}
			if len(all) == limit {
				next = string(all[limit-1].ID)
			}
			return rows, next, err
		},
		key:   func(t going) string { return string(t.ID) },
		label: func(t going) string { return t.Source + " → " + t.Target },
		none:  "admin.transfer.none",
		head:  func(v *visit) templ.Component { return v.transferHead() },
	}
}

// transferChanges move many transfers on. Goods that left or came cannot be
// called back by a button, so none of them can be undone.
func transferChanges() []listChange {
	tell := telling(func(v *visit, state json.RawMessage) string { return v.word("transferstate", said[string](state)) })
	change := func(name, label string, move func(context.Context, *db.Tx, inventory.Transfer, string) error) listChange {
		return listChange{verb: transferVerb(name, move), action: "stock.write", label: label, tell: tell}
	}
	return []listChange{
		change("transfers.send", "admin.transfer.many_send", func(ctx context.Context, tx *db.Tx, t inventory.Transfer, by string) error {
			_, err := inventory.SendTransfer(ctx, tx, t.ID, by)
			return err
		}),
		change("transfers.receive", "admin.transfer.many_receive", receiveAll),
		change("transfers.cancel", "admin.transfer.many_cancel", func(ctx context.Context, tx *db.Tx, t inventory.Transfer, _ string) error {
			return inventory.CancelTransfer(ctx, tx, t.ID)
		}),
	}
}

// receiveAll books all that a transfer still has on the way as arrived.
func receiveAll(ctx context.Context, tx *db.Tx, t inventory.Transfer, by string) error {
	var came []inventory.Line
	for _, l := range t.Lines {
		if l.Left() > 0 {
			came = append(came, inventory.Line{Variant: l.Variant, Units: l.Left()})
		}
	}
	_, err := inventory.ReceiveTransfer(ctx, tx, t.ID, came, by)
	return err
}

func transferVerb(name string, move func(context.Context, *db.Tx, inventory.Transfer, string) error) listing.Verb {
	return listing.Verb{Name: name, Do: func(ctx context.Context, tx *db.Tx, subject string, s listing.Settings) (o listing.Outcome, err error) {
		old, err := inventory.FindTransfer(ctx, tx, inventory.TransferID(subject))
		if err != nil {
			return o, err
		}
		if o.Title, err = transferTitle(ctx, tx, old); err != nil {
			return o, err
		}
		if err := move(ctx, tx, old, s[listing.By]); err != nil {
			return o, err
		}
		after, err := inventory.FindTransfer(ctx, tx, old.ID)
		o.Old, o.New = keep(old.State), keep(after.State)
		return o, err
	}}
}

// transferTitle is what a transfer is called in a change: where it goes, and how many units it carries.
func transferTitle(ctx context.Context, tx *db.Tx, t inventory.Transfer) (string, error) {
	from, err := inventory.FindLocation(ctx, tx, t.From)
	if err != nil {
		return "", err
	}
	to, err := inventory.FindLocation(ctx, tx, t.To)
	var units int64
	for _, l := range t.Lines {
		units += l.Units
	}
	return from.Name + " → " + to.Name + " (" + strconv.FormatInt(units, 10) + ")", err
}
