package admin

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"korzo/backoffice/listing"
	"korzo/customer/profile"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/ui"

	"github.com/a-h/templ"
)

// sale is an order in the list.
type sale struct {
	order.Order
	Contact profile.Contact
	Market  market.Market
}

// orderList describes the list of orders.
func (a *Admin) orderList() list[sale] {
	return list[sale]{
		name: "orders", path: Prefix + "/orders", read: "orders.read", live: order.Topic,
		columns: orderColumns(), filters: orderFilters(), tabs: "status", changes: orderChanges(),
		page:  a.orderPage,
		key:   func(s sale) string { return string(s.ID) },
		label: func(s sale) string { return s.Number },
		none:  "admin.order.none",
		first: func(*visit) (string, string) { return Prefix + "/products", "admin.order.none_do" },
	}
}

func orderColumns() []column[sale] {
	text := func(name, title string, extra, number bool, get func(v *visit, s sale) string) column[sale] {
		return column[sale]{name: name, title: title, extra: extra, number: number, cell: plainCell(get), text: get}
	}
	return []column[sale]{
		{name: "number", title: "admin.col.number", fixed: true, cell: func(v *visit, s sale) templ.Component { return v.orderCell(s) },
			text: func(_ *visit, s sale) string { return s.Number }},
		text("placed", "admin.col.placed", false, false, func(v *visit, s sale) string { return v.DateTime(s.PlacedAt, zoneOf(s.Market)) }),
		text("buyer", "admin.order.buyer", false, false, func(v *visit, s sale) string { return v.buyer(s.Contact) }),
		text("email", "admin.field.email", true, false, func(_ *visit, s sale) string { return s.Contact.Email }),
		text("market", "admin.col.market", false, false, func(_ *visit, s sale) string { return s.Market.Name }),
		text("channel", "admin.field.channel", true, false, func(_ *visit, s sale) string { return s.Channel }),
		{name: "status", title: "admin.col.status", cell: func(v *visit, s sale) templ.Component { return v.orderState(s.Order) },
			text: func(_ *visit, s sale) string { return string(s.State) }},
		text("discount", "admin.field.discount", true, true, func(v *visit, s sale) string { return v.Money(s.Discount) }),
		text("total", "admin.col.total", false, true, func(v *visit, s sale) string { return v.Money(s.Total) }),
	}
}

// buyer is who an order is for; those who were erased have no name.
func (v *visit) buyer(c profile.Contact) string {
	switch {
	case c.Erased:
		return v.T("admin.customer.erased")
	case c.Name != "":
		return c.Name
	case c.Shipping.Name != "":
		return c.Shipping.Name
	}
	return c.Email
}

func orderFilters() []listFilter {
	return []listFilter{
		{name: "q", label: "admin.order.search", kind: "search"},
		{name: "status", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("state", "admin.all", orderStates...), nil
		}},
		{name: "market", label: "admin.field.market", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			all, err := market.All(v.ctx(), tx)
			return v.marketOptions(all, "admin.all"), err
		}},
		{name: "channel", label: "admin.field.channel", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			all, err := market.Channels(v.ctx(), tx)
			return channelOptions(all, v.T("admin.all")), err
		}},
		{name: "from", label: "admin.field.from", kind: "date"},
		{name: "until", label: "admin.field.until", kind: "date"},
	}
}

// days reads the two dates of a list by the shop's clock; until is the end of its day.
func (v *visit) days(at listing.State) (from, until time.Time) {
	if t, err := time.ParseInLocation(time.DateOnly, at.Filter("from"), v.zone); err == nil {
		from = t
	}
	if t, err := time.ParseInLocation(time.DateOnly, at.Filter("until"), v.zone); err == nil {
		until = t.AddDate(0, 0, 1)
	}
	return from, until
}

func (a *Admin) orderPage(v *visit, tx *db.Tx, at listing.State, limit int) (rows []sale, next string, err error) {
	f := order.Filter{State: order.State(at.Filter("status")), Market: at.Filter("market"), Channel: at.Filter("channel"), After: order.ID(at.After), Limit: limit}
	f.From, f.Until = v.days(at)
	if err := a.orderQuery(v, tx, at.Filter("q"), &f); err != nil {
		return nil, "", err
	}
	page, after, err := order.List(v.ctx(), tx, f)
	if err != nil {
		return nil, "", err
	}
	rows, err = a.withBuyers(v, tx, page)
	return rows, string(after), err
}

// orderQuery makes a filter of what is typed: a number, an e-mail address, the id
// of a customer.
func (a *Admin) orderQuery(v *visit, tx *db.Tx, q string, f *order.Filter) error {
	switch {
	case q == "":
	case strings.Contains(q, "@"):
		ids, err := profile.ContactsOf(v.ctx(), tx, profile.HashEmail(a.Keeper, q))
		f.Contacts = []string{"-"} // whom nobody knows has no orders
		for _, id := range ids {
			f.Contacts = append(f.Contacts, string(id))
		}
		return err
	case strings.HasPrefix(q, "cus_"):
		f.Customer = q
	default:
		f.Number = strings.TrimPrefix(q, "#")
	}
	return nil
}

// withBuyers adds to a page of orders who they are for.
func (a *Admin) withBuyers(v *visit, tx *db.Tx, page []order.Order) ([]sale, error) {
	ids := make([]profile.ContactID, 0, len(page))
	for _, o := range page {
		if o.Contact != "" {
			ids = append(ids, profile.ContactID(o.Contact))
		}
	}
	contacts, err := profile.Contacts(v.ctx(), tx, a.Keeper, ids)
	if err != nil {
		return nil, err
	}
	markets, err := marketsByID(v.ctx(), tx)
	if err != nil {
		return nil, err
	}
	rows := make([]sale, len(page))
	for i, o := range page {
		m, ok := markets[o.Market]
		if !ok {
			m.Name = o.Market
		}
		rows[i] = sale{o, contacts[profile.ContactID(o.Contact)], m}
	}
	return rows, nil
}

// holdReason is why staff put an order on hold.
const holdReason = "staff"

// orderChanges are the changes of many orders at once.
func orderChanges() []listChange {
	tell := telling(func(v *visit, state json.RawMessage) string {
		return v.word("state", string(said[standingOrder](state).State))
	})
	return []listChange{
		{verb: orderVerb("orders.hold", order.StateOnHold), action: "orders.write", label: "admin.change.hold", tell: tell},
		{verb: orderVerb("orders.release", order.StatePlaced), action: "orders.write", label: "admin.change.release", tell: tell},
	}
}

// standingOrder is where an order was or is, for a change of many.
type standingOrder struct {
	State  order.State `json:"state"`
	Reason string      `json:"reason,omitempty"`
}

func orderVerb(name string, to order.State) listing.Verb {
	return listing.Verb{Name: name,
		Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
			now, err := order.Head(ctx, tx, order.ID(subject))
			if err != nil {
				return o, err
			}
			after := standingOrder{State: to}
			if to == order.StateOnHold {
				after.Reason = holdReason
			}
			o = listing.Outcome{Title: now.Number, Old: keep(standingOrder{now.State, now.HoldReason}), New: keep(after)}
			return o, order.Move(ctx, tx, now.ID, after.State, after.Reason)
		},
		Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			now, err := order.Head(ctx, tx, order.ID(subject))
			if err != nil {
				return err
			}
			if now.State != said[standingOrder](o.New).State {
				return listing.ErrMoved
			}
			old := said[standingOrder](o.Old)
			return order.Move(ctx, tx, now.ID, old.State, old.Reason)
		},
	}
}
