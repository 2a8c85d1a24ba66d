package storefront

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"korzo/customer/profile"
	"korzo/delivery/locality"
	"korzo/platform/db"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/ui"
	"korzo/value/address"
)

// completion is the list that a script asks for while somebody types.
const completion = "/checkout/places"

// askAddress and askCity are what a button of the address says to the page it is on.
const (
	askAddress = "address"
	askCity    = "city"
)

// places answers what is typed into a postal code or a city with what it may
// become: lines of a list, or nothing.
func (s *Shop) places(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	typed := q.Get("q")
	var found []locality.Place
	err := s.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		found, err = locality.Complete(r.Context(), tx, q.Get("country"), strings.ToValidUTF8(typed[:min(len(typed), searchMost)], ""))
		return err
	})
	if err != nil {
		return err
	}
	if len(found) == 0 { // the country may say itself of which region the code is
		if region, ok := address.RegionOf(q.Get("country"), typed); ok {
			found = []locality.Place{{PostalCode: typed, Region: region.Key}}
		}
	}
	return write(w, r, http.StatusOK, placesTemplate(found))
}

// completed is a field that the shop completes, where there is a script.
func (p page) completed(f *ui.Input, name string) {
	if name == address.PostalCode || name == address.City {
		f.Complete = p.at(completion)
	}
}

// known looks up what helps with an address: the customer's own, and where its
// postal code is.
func (s *Shop) known(ctx context.Context, p *checkoutPage) error {
	if p.step != "" && p.step != stepContact || !p.asksAddress() || p.State != checkout.StateOpen {
		return nil
	}
	return s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if p.customer != "" {
			book, err := profile.Addresses(ctx, tx, s.Keeper, profile.CustomerID(p.customer))
			if err != nil {
				return err
			}
			for _, a := range book {
				if p.market.Serves(a.Address.Country) {
					p.book = append(p.book, a)
				}
			}
			if i := slices.IndexFunc(p.book, func(a profile.Saved) bool { return a.Default }); i > 0 { // it comes first
				first := p.book[i]
				p.book = slices.Insert(slices.Delete(p.book, i, i+1), 0, first)
			}
		}
		p.meant, err = locality.Meant(ctx, tx, p.Contact.Shipping)
		return err
	})
}

// chooses reports whether there is one of the customer's addresses to choose:
// more than the one that stands in the fields.
func (p checkoutPage) chooses() bool {
	return len(p.book) > 1 || len(p.book) == 1 && !p.goesTo(p.book[0])
}

// goesTo reports whether an address of the book is the one in the fields.
func (p checkoutPage) goesTo(a profile.Saved) bool {
	to, saved := p.Contact.Shipping, a.Address.Clean()
	to.Phone, saved.Phone = "", ""
	return to == saved
}

// pressed is the address of the page with what a button says; its fields are
// where the reader is after.
func (p checkoutPage) pressed(ask, value string) string {
	return p.at("/checkout?" + url.Values{ask: {value}}.Encode() + "#h-address")
}

// press takes over what a button of the address said: one of the customer's
// own, or the city that its postal code is of.
func (s *Shop) press(r *http.Request, v *visit, p *checkout.Patch, c checkout.View) error {
	q := r.URL.Query()
	if city := q.Get(askCity); city != "" && p.Shipping != nil {
		return s.DB.Read(r.Context(), func(tx *db.Tx) error {
			found, err := locality.At(r.Context(), tx, p.Shipping.Country, p.Shipping.PostalCode)
			for _, one := range found {
				if one.City == city {
					p.Shipping.City, p.Shipping.Region = one.City, one.Region
				}
			}
			return err
		})
	}
	id := profile.AddressID(q.Get(askAddress))
	if id == "" || v.customer == "" || c.Flow.Asks.Address == flow.AskNot {
		return nil
	}
	return s.DB.Read(r.Context(), func(tx *db.Tx) error {
		book, err := profile.Addresses(r.Context(), tx, s.Keeper, profile.CustomerID(v.customer))
		if i := slices.IndexFunc(book, func(a profile.Saved) bool { return a.ID == id }); i >= 0 && v.market.Serves(book[i].Address.Country) {
			a := book[i].Address
			if p.Shipping != nil && a.Phone == "" {
				a.Phone = p.Shipping.Phone
			}
			p.Shipping = &a
		}
		return err
	})
}

// inLine is an address in one line, without whose it is.
func (p page) inLine(a address.Address) string {
	a.Name = ""
	return strings.Join(p.lines(a), ", ")
}

// meantText says which city a postal code is of: one by its name, of several
// only that the one that was typed is none of them.
func (p checkoutPage) meantText() string {
	code := p.meant[0].PostalCode
	if len(p.meant) == 1 {
		return p.T("shop.city.meant", "Code", code, "City", p.meant[0].City)
	}
	return p.T("shop.city.others", "Code", code)
}
