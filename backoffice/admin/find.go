package admin

import (
	"net/http"
	"slices"
	"strings"

	"korzo/backoffice/listing"
	"korzo/customer/profile"
	"korzo/offer/catalog"
	"korzo/platform/db"
)

// found is what a search in everything finds, by kind.
type found struct {
	Query string
	Kinds []hits
}

type hits struct {
	Kind string // orders, customers, products, pages, actions, or a section of the rail
	Hits []hit
}

type hit struct{ Label, Note, Path string }

// mostHits is how many of each kind are shown.
const mostHits = 8

// action is something that can be begun from anywhere.
type action struct{ text, path, right string }

var actions = []action{
	{"admin.product.new", Prefix + "/products/new", "catalog.write"},
	{"admin.promotion.new", Prefix + "/promotions/new", "promotions.write"},
	{"admin.roles.new", Prefix + "/roles/new", "staff.write"},
	{"admin.staff.invite", Prefix + "/staff", "staff.write"},
	{"admin.audit.verify", Prefix + "/audit/verify", "audit.read"},
}

// heading is what a kind is called.
func (h hits) heading(v *visit) string {
	if key := "admin.find." + h.Kind; v.Has(key) {
		return v.T(key)
	}
	return v.T("admin.section." + h.Kind)
}

// find looks through everything the reader may see: orders by number, buyer's
// address, customers, products, what moreFinders has, pages and actions. With
// part it answers with the list alone, for the palette.
func (a *Admin) find(v *visit) error {
	f := found{Query: v.query("q")}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		for _, look := range slices.Concat([]finder{a.findOrders, a.findClients, findProducts}, a.moreFinders(), []finder{findPages, findActions}) {
			some, err := look(v, tx, f.Query)
			if err != nil {
				return err
			}
			if len(some.Hits) > 0 {
				f.Kinds = append(f.Kinds, some)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if v.query("part") != "" {
		return v.show(http.StatusOK, v.foundList(f))
	}
	return v.show(http.StatusOK, v.findPage(f))
}

func (a *Admin) findOrders(v *visit, tx *db.Tx, q string) (h hits, err error) {
	h.Kind = "orders"
	if q == "" || !v.can("orders.read") {
		return h, nil
	}
	at := listing.State{Filters: map[string]string{"q": q}}
	rows, _, err := a.orderPage(v, tx, at, mostHits)
	for _, s := range rows {
		h.Hits = append(h.Hits, hit{s.Number, v.buyer(s.Contact) + " · " + v.Money(s.Total), Prefix + "/orders/" + string(s.ID)})
	}
	return h, err
}

func (a *Admin) findClients(v *visit, tx *db.Tx, q string) (h hits, err error) {
	h.Kind = "customers"
	if q == "" || !v.can("customers.read") {
		return h, nil
	}
	ids, err := a.findCustomer(v, tx, q)
	if err != nil {
		return h, err
	}
	page, _, err := profile.Newest(v.ctx(), tx, a.Keeper, profile.Filter{IDs: ids, Limit: mostHits})
	for _, c := range page {
		h.Hits = append(h.Hits, hit{client{Customer: c}.who(), c.Email, Prefix + "/customers/" + string(c.ID)})
	}
	return h, err
}

func findProducts(v *visit, tx *db.Tx, q string) (h hits, err error) {
	h.Kind = "products"
	if q == "" || !v.can("catalog.read") {
		return h, nil
	}
	page, _, err := catalog.List(v.ctx(), tx, catalog.Filter{Query: q, Limit: mostHits})
	for _, p := range page {
		h.Hits = append(h.Hits, hit{p.Title, firstSKU(p), Prefix + "/products/" + string(p.ID)})
	}
	return h, err
}

func findPages(v *visit, _ *db.Tx, q string) (h hits, _ error) {
	h.Kind = "pages"
	h.Hits = findSettings(v, q)
	for _, s := range rail {
		for _, to := range s.stops {
			known := slices.ContainsFunc(h.Hits, func(h hit) bool { return h.Path == to.path })
			if label := v.T("admin.section." + to.section); v.can(to.action) && holds(label, q) && !known {
				h.Hits = append(h.Hits, hit{label, v.T("admin.stage." + s.name), to.path})
			}
		}
	}
	return h, nil
}

func findActions(v *visit, _ *db.Tx, q string) (h hits, _ error) {
	h.Kind = "actions"
	for _, a := range actions {
		if label := v.T(a.text); v.can(a.right) && holds(label, q) {
			h.Hits = append(h.Hits, hit{label, "", a.path})
		}
	}
	return h, nil
}

func holds(label, q string) bool { return strings.Contains(strings.ToLower(label), strings.ToLower(q)) }
