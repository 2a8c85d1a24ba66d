package admin

import (
	"errors"
	"strconv"
	"strings"

	"korzo/backoffice/listing"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

var causes = []string{inventory.CauseReceived, inventory.CauseAdjusted, inventory.CauseReturned, inventory.CauseCounted, inventory.CauseSent,
	inventory.CauseArrived, inventory.CauseMissing, inventory.CauseHeld, inventory.CauseReleased, inventory.CauseExpired, inventory.CauseClaimed}

// shift is a movement in the list, in the names that people use.
type shift struct {
	inventory.Movement
	SKU, Place, Who string
}

// movementList describes everything that changed stock, newest first.
func (a *Admin) movementList() list[shift] {
	units := func(name, title string, get func(shift) int64) column[shift] {
		return column[shift]{name: name, title: title, extra: true, number: true, cell: plainCell(func(v *visit, m shift) string { return v.signed(get(m)) }),
			text: func(_ *visit, m shift) string { return strconv.FormatInt(get(m), 10) }}
	}
	return list[shift]{
		name: "movements", in: "stock", path: Prefix + "/movements", read: "stock.read", lead: "admin.stock.movements_lead",
		columns: []column[shift]{
			{name: "when", title: "admin.col.when", fixed: true, cell: func(v *visit, m shift) templ.Component { return v.moment(m.At) },
				text: func(_ *visit, m shift) string { return stamp(m.At) }},
			{name: "sku", title: "admin.field.sku", cell: func(v *visit, m shift) templ.Component { return v.skuCell(m.SKU) }, text: func(_ *visit, m shift) string { return m.SKU }},
			textColumn("cause", "admin.col.cause", false, func(v *visit, m shift) string { return v.word("cause", m.Cause) }),
			textColumn("location", "admin.field.location", false, func(_ *visit, m shift) string { return m.Place }),
			textColumn("change", "admin.col.change", false, func(v *visit, m shift) string { return v.shifted(m.Movement) }),
			units("on_hand", "admin.col.on_hand", func(m shift) int64 { return m.OnHand }),
			units("reserved", "admin.col.reserved", func(m shift) int64 { return m.Reserved }),
			units("incoming", "admin.col.incoming", func(m shift) int64 { return m.Incoming }),
			{name: "reason", title: "admin.field.reason", cell: func(v *visit, m shift) templ.Component { return v.becauseCell(m.Movement) },
				text: func(_ *visit, m shift) string { return m.Reason }},
			textColumn("who", "admin.col.who", false, func(_ *visit, m shift) string { return m.Who }),
			textColumn("ref", "admin.field.ref", true, func(_ *visit, m shift) string { return m.Ref }),
		},
		filters: []listFilter{
			{name: "cause", label: "admin.col.cause", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) { return v.words("cause", "admin.all", causes...), nil }},
			{name: "sku", label: "admin.field.sku", kind: "search"},
			{name: "location", label: "admin.field.location", options: placesFilter},
		},
		page:  movedPage,
		key:   func(m shift) string { return strconv.FormatInt(m.Seq, 10) },
		label: func(m shift) string { return m.SKU },
		none:  "admin.stock.no_moves",
	}
}

// shifted says in words what a movement did: "On hand +2, On the way −2".
func (v *visit) shifted(m inventory.Movement) string {
	var all []string
	for _, x := range []struct {
		title string
		units int64
	}{{"admin.col.on_hand", m.OnHand}, {"admin.col.reserved", m.Reserved}, {"admin.col.incoming", m.Incoming}} {
		if x.units != 0 {
			all = append(all, v.T(x.title)+"\u00a0"+v.signed(x.units))
		}
	}
	return strings.Join(all, ", ")
}

func movedPage(v *visit, tx *db.Tx, at listing.State, limit int) (rows []shift, next string, err error) {
	before, _ := strconv.ParseInt(at.After, 10, 64) // what is no number is the first page
	f := inventory.HistoryFilter{Location: at.Filter("location"), Cause: at.Filter("cause"), Before: max(0, before), Limit: limit}
	if sku := at.Filter("sku"); sku != "" {
		found, err := catalog.FindSKU(v.ctx(), tx, sku)
		if errors.Is(err, catalog.ErrSKUNotFound) {
			return nil, "", nil
		}
		if err != nil {
			return nil, "", err
		}
		f.Variant = found.ID
	}
	moves, err := inventory.History(v.ctx(), tx, f)
	if err != nil {
		return nil, "", err
	}
	vs := make([]catalog.VariantID, len(moves))
	for i, m := range moves {
		vs[i] = m.Variant
	}
	items, err := catalog.SellableIn(v.ctx(), tx, "", v.Tag(), vs)
	if err != nil {
		return nil, "", err
	}
	places, err := placeNames(v, tx)
	if err != nil {
		return nil, "", err
	}
	staff, err := names(v.ctx(), tx)
	for _, m := range moves {
		rows = append(rows, shift{m, items[m.Variant].SKU, places[m.Location], v.who(staff, m.Actor)})
	}
	if len(moves) == limit {
		next = strconv.FormatInt(moves[limit-1].Seq, 10)
	}
	return rows, next, err
}
