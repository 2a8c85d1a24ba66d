package admin

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/payment/paymethod"
	"korzo/ui"

	"github.com/a-h/templ"
)

// wayList describes the list of payment methods, market by market: those decided
// about as shoppers see them, then the others that its currency allows.
func (a *Admin) wayList() list[way] {
	columns := []column[way]{
		{name: "method", title: "admin.col.method", fixed: true, sorts: true, cell: func(v *visit, w way) templ.Component { return v.wayCell(w) },
			text: func(v *visit, w way) string { return w.Name.In(v.Tag()) }},
		plainColumn("market", "admin.field.market", func(_ *visit, w way) string { return w.market.Name }),
		{name: "status", title: "admin.col.status", cell: func(v *visit, w way) templ.Component { return v.wayState(w) },
			text: func(_ *visit, w way) string { return wayState(w) }},
		textColumn("amounts", "admin.way.amounts", false, func(v *visit, w way) string { return v.limits(w, w.market.Currency) }),
		{name: "fee", title: "admin.field.fee", number: true, cell: plainCell(func(v *visit, w way) string { return v.fee(w.setting, w.market.Currency) }),
			text: func(v *visit, w way) string { return v.fee(w.setting, w.market.Currency) }},
		textColumn("taken", "admin.field.taken", true, func(v *visit, w way) string { return v.word("taken", string(w.setting.Takes(w.Method))) }),
		{name: "position", title: "admin.field.position", number: true, extra: true, sorts: true, cell: plainCell(wayPosition), text: wayPosition},
	}
	return list[way]{
		name: "methods", path: Prefix + "/payment-methods", read: "flows.read", lead: "admin.way.lead",
		columns: columns, tabs: "market", changes: wayChanges(),
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"}, marketFilter, {name: "status", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return []ui.Option{{Label: v.T("admin.all")}, {Value: "on", Label: v.T("admin.way.on")}, {Value: "off", Label: v.T("admin.way.off")}, {Value: "open", Label: v.T("admin.way.open")}}, nil
		}}},
		page: whole[way]{all: everyWay, keep: map[string]func(*visit, way, string) bool{
			"market": func(_ *visit, w way, id string) bool { return w.market.ID == id },
			"status": func(_ *visit, w way, state string) bool { return wayState(w) == state },
		}}.page(columns),
		key:   func(w way) string { return w.market.ID + "/" + w.ID },
		label: func(w way) string { return w.market.ID + " " + w.ID },
		none:  "admin.market.none",
	}
}

func wayPosition(_ *visit, w way) string { return strconv.FormatInt(w.setting.Position, 10) }

// wayState is on, off, or open where nothing was decided.
func wayState(w way) string {
	switch {
	case w.setting.Enabled:
		return "on"
	case w.decided:
		return "off"
	}
	return "open"
}

func everyWay(v *visit, tx *db.Tx) (all []way, err error) {
	markets, err := market.All(v.ctx(), tx)
	for _, m := range markets {
		if err != nil {
			return nil, err
		}
		var some []way
		some, err = waysOf(v.ctx(), tx, m)
		all = append(all, some...)
	}
	return all, err
}

// waysOf are the payment methods of a market.
func waysOf(ctx context.Context, tx *db.Tx, in market.Market) (rows []way, err error) {
	settings, err := paymethod.Settings(ctx, tx, in.ID)
	for _, s := range settings {
		if m, ok := paymethod.Find(s.Method); ok {
			rows = append(rows, way{m, in, s, true})
		}
	}
	for _, m := range paymethod.All() {
		if !m.InStore && m.Pays(in.Currency) && !slices.ContainsFunc(rows, func(w way) bool { return w.ID == m.ID }) {
			rows = append(rows, way{m, in, paymethod.Setting{Market: in.ID, Method: m.ID, Position: int64(len(rows) + 1)}, false})
		}
	}
	return rows, err
}

// wayChanges offer payment methods or stop that, and put them in order.
func wayChanges() []listChange {
	enabled := func(s *paymethod.Setting) *bool { return &s.Enabled }
	return []listChange{
		{verb: partVerb("methods.offer", wayShelf, enabled, always(true)), action: "flows.write", label: "admin.change.offer", tell: tellOffered},
		{verb: partVerb("methods.withdraw", wayShelf, enabled, always(false)), action: "flows.write", label: "admin.change.withdraw", tell: tellOffered},
		{verb: partVerb("methods.position", wayShelf, func(s *paymethod.Setting) *int64 { return &s.Position }, wholeOf[int64]("position")), action: "flows.write",
			label: "admin.change.position", settings: []changeSetting{positionSetting}, tell: telling(tellWhole)},
	}
}

var wayShelf = shelf[paymethod.Setting]{
	find: func(ctx context.Context, tx *db.Tx, key string) (paymethod.Setting, error) {
		in, method, _ := strings.Cut(key, "/")
		m, err := market.Find(ctx, tx, in)
		if err != nil {
			return paymethod.Setting{}, err
		}
		rows, err := waysOf(ctx, tx, m)
		i := slices.IndexFunc(rows, func(w way) bool { return w.ID == method })
		if err == nil && i < 0 {
			err = errPage
		}
		if err != nil {
			return paymethod.Setting{}, err
		}
		return rows[i].setting, nil
	},
	save:  paymethod.Save,
	title: func(s paymethod.Setting) string { return s.Market + " " + s.Method },
}
