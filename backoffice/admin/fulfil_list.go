package admin

import (
	"context"
	"io"
	"time"

	"korzo/backoffice/listing"
	"korzo/fulfilment/shipment"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// task is a fulfilment in the list, with the name of its location.
type task struct {
	shipment.Fulfilment
	Place string
}

// mostRows is how many a page of work has at most.
const mostRows = 100

// fulfilList describes the work of the locations: what is sent and handed over.
// refused is what was typed at the counter and found nothing; nil for none.
func (a *Admin) fulfilList(refused *form) list[task] {
	return list[task]{
		name: "fulfilments", path: Prefix + "/fulfilments", read: "stock.read", lead: "admin.fulfil.lead", live: shipment.Topic,
		columns: fulfilColumns(), filters: fulfilFilters(), tabs: "state", page: fulfilPage, changes: fulfilChanges(),
		key:   func(t task) string { return string(t.ID) },
		label: func(t task) string { return t.Label() },
		none:  "admin.fulfil.none",
		head:  func(v *visit) templ.Component { return v.fulfilHead() },
		note:  func(v *visit) templ.Component { return a.counterPart(v, refused) },
	}
}

func fulfilColumns() []column[task] {
	return []column[task]{
		{name: "what", title: "admin.fulfil.what", fixed: true, cell: func(v *visit, t task) templ.Component { return v.taskCell(t.Fulfilment) },
			text: func(_ *visit, t task) string { return t.Label() }},
		textColumn("location", "admin.field.location", false, func(_ *visit, t task) string { return t.Place }),
		{name: "state", title: "admin.col.status", cell: func(v *visit, t task) templ.Component { return v.fulfilBadge(t.Fulfilment) },
			text: func(_ *visit, t task) string { return string(t.State) }},
		{name: "promised", title: "admin.fulfil.promised", cell: func(v *visit, t task) templ.Component { return v.promisedCell(t.Fulfilment) },
			text: func(_ *visit, t task) string { return t.PromiseTo }},
		textColumn("kind", "admin.delivery.kind", true, func(v *visit, t task) string { return v.word("fulfilkind", t.Kind) }),
		textColumn("method", "admin.fulfil.by", true, func(_ *visit, t task) string { return t.Name }),
		textColumn("goods", "admin.fulfil.lines", true, func(v *visit, t task) string { return contents(v, t.Fulfilment) }),
		timeColumn("made", "admin.col.when", true, func(t task) time.Time { return t.CreatedAt }),
	}
}

func fulfilFilters() []listFilter {
	return []listFilter{
		{name: "state", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("fulfilstate", "admin.fulfil.todo", fulfilStates...), nil
		}},
		{name: "location", label: "admin.field.location", options: placesFilter},
		{name: "kind", label: "admin.delivery.kind", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("fulfilkind", "admin.all", shipment.KindShip, shipment.KindPickup), nil
		}},
	}
}

// placesFilter are the locations to choose from, after all of them.
func placesFilter(v *visit, tx *db.Tx) ([]ui.Option, error) {
	all, err := inventory.Locations(v.ctx(), tx)
	return append([]ui.Option{{Label: v.T("admin.fulfil.everywhere")}}, places(all)...), err
}

func fulfilPage(v *visit, tx *db.Tx, at listing.State, limit int) (rows []task, next string, err error) {
	limit = min(limit, mostRows)
	all, err := shipment.List(v.ctx(), tx, shipment.Filter{Location: at.Filter("location"), Kind: at.Filter("kind"), State: shipment.State(at.Filter("state")),
		After: shipment.ID(at.After), Limit: limit})
	if err != nil {
		return nil, "", err
	}
	names, err := placeNames(v, tx)
	for _, f := range all {
		rows = append(rows, task{f, names[f.Location]})
	}
	if len(all) == limit {
		next = string(all[limit-1].ID)
	}
	return rows, next, err
}

// counterPart is what stands above the work: the field for a code, and the walks
// of a location.
func (a *Admin) counterPart(v *visit, refused *form) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		q := queue{form: refused}
		if q.form == nil {
			q.form = v.form()
		}
		err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
			if q.places, err = inventory.Locations(ctx, tx); err != nil || v.query("location") == "" {
				return err
			}
			q.waves, err = shipment.Waves(ctx, tx, v.query("location"))
			return err
		})
		if err != nil {
			return err
		}
		return v.counter(q).Render(ctx, w)
	})
}

// listParcels describes what was packed: where it is, and how its carrier tells it.
func (a *Admin) parcelList() list[shipment.Sending] {
	return list[shipment.Sending]{
		name: "parcels", in: "fulfilments", path: Prefix + "/parcels", read: "stock.read", lead: "admin.parcel.lead", tabs: "state", live: shipment.Topic,
		columns: []column[shipment.Sending]{
			{name: "parcel", title: "admin.fulfil.parcel", fixed: true, cell: func(v *visit, s shipment.Sending) templ.Component { return v.sendingCell(s) },
				text: func(_ *visit, s shipment.Sending) string { return s.Number }},
			textColumn("carrier", "admin.fulfil.carrier", false, func(v *visit, s shipment.Sending) string { return v.carrier(s.Carrier) }),
			{name: "state", title: "admin.col.status", cell: func(v *visit, s shipment.Sending) templ.Component { return v.sendingState(s) },
				text: func(_ *visit, s shipment.Sending) string { return string(s.State) }},
			textColumn("status", "admin.parcel.story", false, func(v *visit, s shipment.Sending) string {
				if s.Status == "" {
					return ""
				}
				return v.word("tracking", string(s.Status))
			}),
			textColumn("promised", "admin.fulfil.promised", false, func(v *visit, s shipment.Sending) string { return v.promise("", s.PromiseTo) }),
			textColumn("location", "admin.field.location", true, func(_ *visit, s shipment.Sending) string { return s.Location }),
			textColumn("grams", "admin.fulfil.weight", true, func(v *visit, s shipment.Sending) string { return v.Number(s.WeightGrams) }),
			timeColumn("packed", "admin.parcel.packed", true, func(s shipment.Sending) time.Time { return s.PackedAt }),
		},
		filters: []listFilter{
			{name: "state", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return v.words("parcelstate", "admin.all", string(shipment.ParcelPacked), string(shipment.ParcelShipped), string(shipment.ParcelDelivered), string(shipment.ParcelCanceled)), nil
			}},
			{name: "number", label: "admin.fulfil.number", kind: "search"},
			{name: "location", label: "admin.field.location", options: placesFilter},
			{name: "late", label: "admin.fulfil.late", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return []ui.Option{{Label: v.T("admin.all")}, {Value: "1", Label: v.T("admin.fulfil.late")}}, nil
			}},
		},
		page: func(v *visit, tx *db.Tx, at listing.State, limit int) ([]shipment.Sending, string, error) {
			limit = min(limit, mostRows)
			all, err := shipment.Sendings(v.ctx(), tx, shipment.SendingFilter{State: shipment.ParcelState(at.Filter("state")), Number: at.Filter("number"),
				Location: at.Filter("location"), Late: at.Filter("late") != "", Before: shipment.ParcelID(at.After), Limit: limit})
			if err != nil || len(all) < limit {
				return all, "", err
			}
			return all, string(all[limit-1].ID), nil
		},
		key:   func(s shipment.Sending) string { return string(s.ID) },
		label: func(s shipment.Sending) string { return s.OrderNumber },
		none:  "admin.parcel.none",
	}
}
