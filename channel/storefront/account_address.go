package storefront

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/ui"
	"korzo/value/address"
)

type addressesPage struct {
	member
	book   []profile.Saved
	edited profile.AddressID // which is changed here; "" for a new one
	form   bool              // the form is open
	typed  address.Address
	wrong  []address.Problem
	full   string // why no more is taken
}

// addresses shows the address book.
func (s *Shop) addresses(w http.ResponseWriter, r *http.Request) error {
	p, done, err := s.loadAddresses(w, r)
	if done {
		return err
	}
	edited := profile.AddressID(r.URL.Query().Get("edit"))
	if i := slices.IndexFunc(p.book, func(a profile.Saved) bool { return a.ID == edited }); i >= 0 {
		p.edited, p.form, p.typed = edited, true, p.book[i].Address
	}
	return write(w, r, http.StatusOK, addressesTemplate(p))
}

func (s *Shop) loadAddresses(w http.ResponseWriter, r *http.Request) (p addressesPage, done bool, err error) {
	p.member, done, err = s.asMember(w, r, "/account/addresses", "shop.account.addresses", func(ctx context.Context, tx *db.Tx, m *member) (err error) {
		p.book, err = profile.Addresses(ctx, tx, s.Keeper, m.who.ID)
		return err
	})
	if !done {
		p.typed = address.Address{Name: p.who.Name, Country: p.market.Country}
		p.form = len(p.book) == 0
	}
	return p, done, err
}

// typedAddress is what a form holds.
func typedAddress(in url.Values) address.Address {
	return address.Address{Name: in.Get(address.Name), Line1: in.Get(address.Line1), Line2: in.Get(address.Line2), City: in.Get(address.City),
		PostalCode: in.Get(address.PostalCode), Region: in.Get(address.Region), Country: in.Get(address.CountryOf)}.Clean()
}

// saveAddress adds an address, or changes one. What is wrong with it stands by
// its fields.
func (s *Shop) saveAddress(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	id, a := profile.AddressID(in.Get("id")), typedAddress(in)
	if in.Get("intent") == "country" {
		return s.typeAddress(w, r, id, a, nil, http.StatusOK)
	}
	if problems := a.Check(); len(problems) > 0 {
		return s.typeAddress(w, r, id, a, problems, http.StatusUnprocessableEntity)
	}
	err = s.forMember(w, r, "/account/addresses?told=saved", func(ctx context.Context, tx *db.Tx, v *visit) error {
		who := profile.CustomerID(v.customer)
		if id != "" {
			return profile.ChangeAddress(ctx, tx, s.Keeper, who, id, a)
		}
		_, err := profile.AddAddress(ctx, tx, s.Keeper, who, a)
		return err
	})
	if errors.Is(err, profile.ErrAddresses) {
		p, done, again := s.loadAddresses(w, r)
		if done {
			return again
		}
		p.full, _ = p.sayError(err)
		return write(w, r, web.Status(fault.KindOf(err)), addressesTemplate(p))
	}
	return err
}

// typeAddress shows the form with what was typed.
func (s *Shop) typeAddress(w http.ResponseWriter, r *http.Request, id profile.AddressID, a address.Address, wrong []address.Problem, status int) error {
	p, done, err := s.loadAddresses(w, r)
	if done {
		return err
	}
	if a.Name == "" && len(wrong) == 0 {
		a.Name = p.who.Name
	}
	p.edited, p.form, p.typed, p.wrong = id, true, a, wrong
	return write(w, r, status, addressesTemplate(p))
}

// changeAddressBook makes an address the first one offered, or takes it out.
func (s *Shop) changeAddressBook(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	id, told := profile.AddressID(r.PathValue("address")), "first"
	if in.Get("intent") == "remove" {
		told = "removed"
	}
	return s.forMember(w, r, "/account/addresses?told="+told, func(ctx context.Context, tx *db.Tx, v *visit) error {
		if in.Get("intent") == "remove" {
			return profile.RemoveAddress(ctx, tx, profile.CustomerID(v.customer), id)
		}
		return profile.SetDefaultAddress(ctx, tx, profile.CustomerID(v.customer), id)
	})
}

// fields are those of an address, in the order and by the names of its country.
func (p addressesPage) fields() []ui.Input {
	countries := slices.Clone(p.market.Countries)
	if !slices.Contains(countries, p.typed.Country) && p.typed.Country != "" {
		countries = append(countries, p.typed.Country)
	}
	p.SortCountries(countries)
	format, _ := address.Country(p.typed.Country)
	country := p.field(format, address.CountryOf)
	country.Press = "other-country"
	for _, code := range countries {
		country.Options = append(country.Options, ui.Option{Value: code, Label: p.Country(code)})
	}
	fields := []ui.Input{country}
	for _, name := range format.Order {
		if name != address.Phone && name != address.CountryOf {
			fields = append(fields, p.field(format, name))
		}
	}
	return widths(fields, "")
}

func (p addressesPage) field(format address.Format, name string) ui.Input {
	f := ui.Input{Name: name, Label: p.Field(p.typed.Country, name), Value: part(p.typed, name), Autocomplete: "shipping " + completes[name], MaxLength: address.MaxLength,
		Required: name == address.CountryOf || slices.Contains(format.Required, name)}
	if !f.Required {
		f.Optional = p.T("shop.field.optional")
	}
	for _, problem := range p.wrong {
		if problem.Field == name {
			f.Error = sentence(p.AddressProblem(p.typed.Country, problem))
		}
	}
	p.completed(&f, name)
	if name == address.PostalCode && len(format.Examples) > 0 && strings.Trim(format.Examples[0], "0123456789") == "" {
		f.Mode = "numeric"
	}
	if name == address.Region && len(format.Regions) > 0 {
		f.Options = []ui.Option{{Label: p.T("shop.field.choose")}}
		for _, region := range format.Regions {
			f.Options = append(f.Options, ui.Option{Value: region.Key, Label: cmp.Or(region.Latin, region.Name)})
		}
	}
	return f
}
