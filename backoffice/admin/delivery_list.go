package admin

import (
	"context"
	"encoding/json"
	"strconv"

	"korzo/delivery/method"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// deliveryWay is a way of delivery in the list, with its market.
type deliveryWay struct {
	method.Method
	in market.Market
}

// marketFilter narrows a list to one market.
var marketFilter = listFilter{name: "market", label: "admin.field.market", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
	all, err := market.All(v.ctx(), tx)
	return v.marketOptions(all, "admin.all"), err
}}

// deliveryList describes the list of ways of delivery, those of a market beside
// each other in the order that shoppers see.
func (a *Admin) deliveryList() list[deliveryWay] {
	columns := []column[deliveryWay]{
		{name: "name", title: "admin.field.name", fixed: true, sorts: true, cell: func(v *visit, w deliveryWay) templ.Component { return v.deliveryCell(w.Method) },
			text: func(v *visit, w deliveryWay) string { return nameOf(w.Method, v.Tag()) }},
		plainColumn("market", "admin.field.market", func(_ *visit, w deliveryWay) string { return w.in.Name }),
		textColumn("kind", "admin.delivery.kind", true, func(v *visit, w deliveryWay) string { return v.word("fulfilkind", w.Kind) }),
		textColumn("price", "admin.delivery.price", false, func(v *visit, w deliveryWay) string { return v.word("rate", w.Rule) }),
		{name: "days", title: "admin.delivery.days", number: true, cell: plainCell(func(v *visit, w deliveryWay) string { return v.daysOf(w.Method) }),
			text: func(v *visit, w deliveryWay) string { return v.daysOf(w.Method) }},
		{name: "position", title: "admin.delivery.position", number: true, extra: true, sorts: true, cell: plainCell(func(_ *visit, w deliveryWay) string { return strconv.Itoa(w.Position) }),
			text: func(_ *visit, w deliveryWay) string { return strconv.Itoa(w.Position) }},
		{name: "status", title: "admin.col.status", cell: func(v *visit, w deliveryWay) templ.Component { return v.deliveryState(w.Method) },
			text: func(v *visit, w deliveryWay) string { return v.offered(w.Active) }},
	}
	return list[deliveryWay]{
		name: "delivery", path: Prefix + "/delivery", read: "settings.read", lead: "admin.delivery.lead",
		columns: columns, tabs: "market", changes: deliveryChanges(),
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"}, marketFilter, offeredFilter,
			{name: "kind", label: "admin.delivery.kind", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return v.words("fulfilkind", "admin.all", method.Ship, method.Pickup), nil
			}}},
		page: whole[deliveryWay]{all: deliveryWays, keep: map[string]func(*visit, deliveryWay, string) bool{
			"market": func(_ *visit, w deliveryWay, id string) bool { return w.Market == id },
			"kind":   func(_ *visit, w deliveryWay, kind string) bool { return w.Kind == kind },
			"status": func(_ *visit, w deliveryWay, state string) bool { return yes(w.Active) == state },
		}}.page(columns),
		key:   func(w deliveryWay) string { return w.ID },
		label: func(w deliveryWay) string { return w.ID },
		none:  "admin.delivery.none",
		first: func(v *visit) (string, string) {
			return v.ifCan("settings.write", newDelivery(v)), "admin.delivery.new"
		},
		head: func(v *visit) templ.Component { return v.deliveryHead() },
	}
}

// newDelivery is where a way of delivery is made, in the market that is looked at.
func newDelivery(v *visit) string {
	return link(Prefix+"/delivery/"+newPlace, "market", v.query("market"))
}

func deliveryWays(v *visit, tx *db.Tx) (rows []deliveryWay, err error) {
	markets, err := market.All(v.ctx(), tx)
	if err != nil {
		return nil, err
	}
	all, err := method.All(v.ctx(), tx)
	for _, in := range markets {
		for _, m := range all {
			if m.Market == in.ID {
				rows = append(rows, deliveryWay{m, in})
			}
		}
	}
	return rows, err
}

// offeredFilter tells what shoppers are offered from what is switched off.
var offeredFilter = listFilter{name: "status", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
	return []ui.Option{{Label: v.T("admin.all")}, {Value: "yes", Label: v.offered(true)}, {Value: "no", Label: v.offered(false)}}, nil
}}

func (v *visit) offered(on bool) string {
	if on {
		return v.T("admin.delivery.on")
	}
	return v.T("admin.delivery.off")
}

// tellOffered says whether something was, or is, offered to shoppers.
var tellOffered = telling(func(v *visit, state json.RawMessage) string { return v.offered(said[bool](state)) })

var positionSetting = changeSetting{name: "position", label: "admin.delivery.position", hint: "admin.change.position_hint", mode: "numeric"}

// deliveryChanges switch ways of delivery on and off, and put them in order.
func deliveryChanges() []listChange {
	active := func(m *method.Method) *bool { return &m.Active }
	return []listChange{
		{verb: partVerb("delivery.offer", deliveryShelf, active, always(true)), action: "settings.write", label: "admin.change.offer", tell: tellOffered},
		{verb: partVerb("delivery.withdraw", deliveryShelf, active, always(false)), action: "settings.write", label: "admin.change.withdraw", tell: tellOffered},
		{verb: partVerb("delivery.position", deliveryShelf, func(m *method.Method) *int { return &m.Position }, wholeOf[int]("position")), action: "settings.write",
			label: "admin.change.position", settings: []changeSetting{positionSetting}, tell: telling(tellWhole)},
	}
}

var deliveryShelf = shelf[method.Method]{
	find: func(ctx context.Context, tx *db.Tx, id string) (method.Method, error) {
		m, there, err := method.Find(ctx, tx, id)
		if err == nil && !there {
			err = errPage
		}
		return m, err
	},
	save:  method.Save,
	title: func(m method.Method) string { return m.ID },
}
