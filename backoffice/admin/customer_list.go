package admin

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/backoffice/listing"
	"korzo/customer/group"
	"korzo/customer/profile"
	"korzo/customer/standing"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/order"
	"korzo/ui"

	"github.com/a-h/templ"
)

// client is a customer in the list.
type client struct {
	profile.Customer
	standing.Standing
	Totals []order.Total
	Groups []string
}

// customerList describes the list of customers.
func (a *Admin) customerList() list[client] {
	return list[client]{
		name: "customers", path: Prefix + "/customers", read: "customers.read",
		columns: customerColumns(), filters: customerFilters(), changes: a.customerChanges(),
		page:  a.customerPage,
		key:   func(c client) string { return string(c.ID) },
		label: func(c client) string { return c.who() },
		none:  "admin.customer.none",
	}
}

// who is what a customer is called: the name, or the address without one.
func (c client) who() string {
	if c.Name != "" {
		return c.Name
	}
	return c.Email
}

// orders and last are over all currencies.
func (c client) orders() (n int64) {
	for _, t := range c.Totals {
		n += t.Orders
	}
	return n
}

func (c client) last() (at time.Time) {
	for _, t := range c.Totals {
		if t.Last.After(at) {
			at = t.Last
		}
	}
	return at
}

func customerColumns() []column[client] {
	text := func(name, title string, extra, number bool, get func(v *visit, c client) string) column[client] {
		return column[client]{name: name, title: title, extra: extra, number: number, cell: plainCell(get), text: get}
	}
	day := func(name, title string, get func(c client) time.Time) column[client] {
		said := func(v *visit, c client) string {
			if get(c).IsZero() {
				return ""
			}
			return v.Date(get(c), v.zone)
		}
		return column[client]{name: name, title: title, cell: wholeCell(said), text: said}
	}
	return []column[client]{
		{name: "name", title: "admin.field.name", fixed: true, cell: func(v *visit, c client) templ.Component { return v.clientCell(c) },
			text: func(_ *visit, c client) string { return c.Name }},
		text("email", "admin.field.email", true, false, func(_ *visit, c client) string { return c.Email }),
		{name: "market", title: "admin.col.market", cell: plainCell(func(v *visit, c client) string { return v.market(c.Market) }),
			text: func(_ *visit, c client) string { return c.Market }},
		text("groups", "admin.customer.groups", true, false, func(_ *visit, c client) string { return strings.Join(c.Groups, ", ") }),
		text("tags", "admin.field.tags", true, false, func(_ *visit, c client) string { return strings.Join(c.Tags, ", ") }),
		text("orders", "admin.section.orders", false, true, func(_ *visit, c client) string { return strconv.FormatInt(c.orders(), 10) }),
		text("value", "admin.customer.value", false, true, func(v *visit, c client) string { return v.sums(c.Totals) }),
		text("alive", "admin.customer.alive", true, true, func(v *visit, c client) string {
			if c.AlivePPM == 0 {
				return ""
			}
			return v.Percent(c.AlivePPM)
		}),
		day("last", "admin.customer.last", client.last),
		day("since", "admin.customer.since", func(c client) time.Time { return c.CreatedAt }),
	}
}

// sums are amounts of several currencies beside each other.
func (v *visit) sums(all []order.Total) string {
	texts := make([]string, len(all))
	for i, t := range all {
		texts[i] = v.Money(t.Sum)
	}
	return strings.Join(texts, " + ")
}

func customerFilters() []listFilter {
	return []listFilter{
		{name: "q", label: "admin.customer.search", kind: "search"},
		{name: "market", label: "admin.field.market", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			all, err := market.All(v.ctx(), tx)
			return v.marketOptions(all, "admin.all"), err
		}},
		{name: "group", label: "admin.customer.group", options: groupChoices("admin.all")},
	}
}

func groupChoices(empty string) func(v *visit, tx *db.Tx) ([]ui.Option, error) {
	return func(v *visit, tx *db.Tx) ([]ui.Option, error) {
		all, err := group.List(v.ctx(), tx)
		options := []ui.Option{{Label: v.T(empty)}}
		for _, g := range all {
			options = append(options, ui.Option{Value: string(g.ID), Label: g.Name})
		}
		return options, err
	}
}

func (a *Admin) customerPage(v *visit, tx *db.Tx, at listing.State, limit int) (rows []client, next string, err error) {
	f := profile.Filter{Market: at.Filter("market"), After: profile.CustomerID(at.After), Limit: limit}
	if id := at.Filter("group"); id != "" {
		members, err := group.Members(v.ctx(), tx, group.ID(id))
		if err != nil {
			return nil, "", err
		}
		f.IDs = []profile.CustomerID{}
		for _, m := range members {
			f.IDs = append(f.IDs, profile.CustomerID(m))
		}
	}
	if q := at.Filter("q"); q != "" {
		found, err := a.findCustomer(v, tx, q)
		if err != nil {
			return nil, "", err
		}
		if f.IDs != nil {
			found = slices.DeleteFunc(found, func(id profile.CustomerID) bool { return !slices.Contains(f.IDs, id) })
		}
		f.IDs = found
	}
	page, after, err := profile.Newest(v.ctx(), tx, a.Keeper, f)
	if err != nil {
		return nil, "", err
	}
	rows, err = clients(v, tx, page)
	return rows, string(after), err
}

// findCustomer finds by what is known exactly: an e-mail address, an id, a number
// of another system. Names are sealed and cannot be searched.
func (a *Admin) findCustomer(v *visit, tx *db.Tx, q string) ([]profile.CustomerID, error) {
	if strings.Contains(q, "@") {
		c, err := profile.FindByEmail(v.ctx(), tx, a.Keeper, q)
		if fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Invalid {
			return []profile.CustomerID{}, nil
		}
		return []profile.CustomerID{c.ID}, err
	}
	if strings.HasPrefix(q, "cus_") {
		return []profile.CustomerID{profile.CustomerID(q)}, nil
	}
	id, err := profile.FindExternal(v.ctx(), tx, q)
	if fault.KindOf(err) == fault.NotFound {
		return []profile.CustomerID{}, nil
	}
	return []profile.CustomerID{id}, err
}

// clients adds to a page of customers what the list says of them.
func clients(v *visit, tx *db.Tx, page []profile.Customer) ([]client, error) {
	rows, ids := make([]client, len(page)), make([]string, len(page))
	for i, c := range page {
		rows[i].Customer, ids[i] = c, string(c.ID)
	}
	totals, err := order.Totals(v.ctx(), tx, ids)
	if err != nil {
		return nil, err
	}
	groups, err := groupNames(v, tx)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Totals = totals[ids[i]]
		if rows[i].Standing, err = standing.Of(v.ctx(), tx, ids[i]); err != nil {
			return nil, err
		}
		in, err := group.Of(v.ctx(), tx, ids[i])
		if err != nil {
			return nil, err
		}
		for _, g := range in {
			rows[i].Groups = append(rows[i].Groups, groups[g])
		}
	}
	return rows, nil
}

func groupNames(v *visit, tx *db.Tx) (map[string]string, error) {
	all, err := group.List(v.ctx(), tx)
	byID := make(map[string]string, len(all))
	for _, g := range all {
		byID[string(g.ID)] = g.Name
	}
	return byID, err
}
