package admin

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/tax"
	"korzo/ui"
	"korzo/value/address"
	"korzo/value/money"
)

// grounds are where the shop sells, through what, and under whose name.
type grounds struct {
	Markets  []market.Market
	Channels []market.Channel
	Entities []market.Entity
	Taxes    map[string]tax.Settings // by market
}

func (a *Admin) grounds(v *visit) (g grounds, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		g, err = loadGrounds(v, tx)
		return err
	})
	return g, err
}

func loadGrounds(v *visit, tx *db.Tx) (g grounds, err error) {
	if g.Markets, err = market.All(v.ctx(), tx); err != nil {
		return g, err
	}
	g.Taxes = map[string]tax.Settings{}
	for _, m := range g.Markets {
		if g.Taxes[m.ID], err = tax.FindSettings(v.ctx(), tx, m.ID); err != nil {
			return g, err
		}
	}
	if g.Channels, err = market.Channels(v.ctx(), tx); err != nil {
		return g, err
	}
	g.Entities, err = market.Entities(v.ctx(), tx)
	return g, err
}

// fresh is the id in the address of a record that is not there yet.
const fresh = "new"

func (a *Admin) listEntities(v *visit) error {
	g, err := a.grounds(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.entitiesPage(g))
}

// pickOne returns the record of an id; ok is false for the one that is not there yet.
func pickOne[T any](all []T, id string, missing error, is func(T) bool) (one T, ok bool, err error) {
	if id == fresh {
		return one, false, nil
	}
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true, nil
	}
	return one, false, missing
}

func (a *Admin) showMarket(v *visit) error {
	g, err := a.grounds(v)
	if err != nil {
		return err
	}
	id := v.r.PathValue("id")
	m, known, err := pickOne(g.Markets, id, market.ErrNotFound, func(m market.Market) bool { return m.ID == id })
	if err != nil {
		return err
	}
	f := v.newForm()
	if !known {
		if m, known = market.Usual(v.query("as")); !known {
			m = market.Market{TaxIncluded: true, TaxShipping: true, Zone: v.zone.String(), Locale: v.Tag()}
		}
		f.set("ways", m.Country)
		if len(g.Entities) > 0 {
			m.Entity = g.Entities[0].ID
		}
	}
	f.fillMarket(m)
	f.set("tax_provider", cmp.Or(g.Taxes[id].Provider, tax.ProviderTable))
	f.set("shipping_class", g.Taxes[id].ShippingClass)
	if id == fresh {
		m.ID = ""
	}
	return v.show(http.StatusOK, v.marketPage(g, m, f))
}

func (f *form) fillMarket(m market.Market) {
	for name, value := range map[string]string{"id": m.ID, "name": m.Name, "currency": string(m.Currency), "countries": strings.Join(m.Countries, ", "), "country": m.Country,
		"locale": m.Locale, "zone": m.Zone, "tax_rounding": m.TaxRounding, "entity": string(m.Entity),
		"return_days": strconv.FormatInt(m.Returns.Days, 10), "return_paid_by": m.Returns.PaidBy, "return_how": m.Returns.How} {
		f.set(name, value)
	}
	for name, on := range map[string]bool{"tax_included": m.TaxIncluded, "tax_shipping": m.TaxShipping} {
		if on {
			f.set(name, "1")
		}
	}
}

// market reads a market from its form. What is fixed once it is there is not read
// again.
func (f *form) market(before market.Market, known bool) market.Market {
	m := before
	if !known {
		m.ID, m.Currency = strings.ToUpper(f.get("id")), money.Currency(strings.ToUpper(f.get("currency")))
	}
	m.Name, m.Country, m.Locale, m.Zone = f.get("name"), strings.ToUpper(f.get("country")), f.get("locale"), f.get("zone")
	m.Countries = separated(strings.ToUpper(f.get("countries")))
	slices.Sort(m.Countries)
	m.Countries = slices.Compact(m.Countries)
	m.TaxIncluded, m.TaxShipping, m.TaxRounding, m.Entity = f.has("tax_included"), f.has("tax_shipping"), f.get("tax_rounding"), market.EntityID(f.get("entity"))
	m.Returns = market.Returns{Days: f.whole("return_days"), PaidBy: f.get("return_paid_by"), How: f.get("return_how")}
	return m
}

func (a *Admin) saveMarket(v *visit) error {
	f, id := v.form(), v.r.PathValue("id")
	var g grounds
	var m market.Market
	saved, status, err := a.put(v, f, "market.save", func(tx *db.Tx) (_ string, err error) {
		if g, err = loadGrounds(v, tx); err != nil {
			return "", err
		}
		before, known, err := pickOne(g.Markets, id, market.ErrNotFound, func(m market.Market) bool { return m.ID == id })
		if err != nil {
			return "", err
		}
		if m = f.market(before, known); !known && slices.ContainsFunc(g.Markets, func(o market.Market) bool { return o.ID == m.ID }) {
			f.blame("id", "admin.problem.taken")
			m.ID = ""
			return "", nil
		}
		if err := market.Save(v.ctx(), tx, m); err != nil {
			return m.ID, err
		}
		if err := v.saveTaxes(tx, f, m.ID); err != nil || known {
			return m.ID, err
		}
		return m.ID, paymethod.Begin(v.ctx(), tx, m.ID, f.get("ways"))
	})
	switch {
	case err != nil:
		return err
	case status != 0:
		if id == fresh {
			m.ID = ""
		}
		return v.show(status, v.marketPage(g, m, f))
	}
	return v.done(Prefix+"/markets/"+saved, "saved")
}

// saveTaxes writes how a market's tax is found, where the form says it.
func (v *visit) saveTaxes(tx *db.Tx, f *form, marketID string) error {
	if !f.values.Has("tax_provider") {
		return nil
	}
	return tax.SaveSettings(v.ctx(), tx, tax.Settings{Market: marketID, Provider: f.get("tax_provider"), ShippingClass: f.get("shipping_class")})
}

// shippingClasses are how a delivery may be taxed: as the goods in it, or by a
// class, such as the one that the API gave it.
func (v *visit) shippingClasses(own string) []ui.Option {
	all := []ui.Option{{Label: v.T("admin.shipping_class.standard")}}
	words := []string{tax.ClassShared, tax.ClassGoods, "reduced"}
	if own != "" && !slices.Contains(words, own) {
		words = append(words, own)
	}
	return append(all, v.words("shipping_class", "", words...)...)
}

func (a *Admin) showChannel(v *visit) error {
	g, err := a.grounds(v)
	if err != nil {
		return err
	}
	id := v.r.PathValue("id")
	c, _, err := pickOne(g.Channels, id, market.ErrChannelNotFound, func(c market.Channel) bool { return c.ID == id })
	if err != nil {
		return err
	}
	f := v.newForm()
	for name, value := range map[string]string{"id": c.ID, "name": c.Name, "kind": c.Kind, "default_market": c.DefaultMarket} {
		f.set(name, value)
	}
	f.setAll("markets", c.Markets)
	return v.show(http.StatusOK, v.channelPage(g, c, f))
}

func (a *Admin) saveChannel(v *visit) error {
	f, id := v.form(), v.r.PathValue("id")
	var g grounds
	var c market.Channel
	saved, status, err := a.put(v, f, "channel.save", func(tx *db.Tx) (_ string, err error) {
		if g, err = loadGrounds(v, tx); err != nil {
			return "", err
		}
		before, known, err := pickOne(g.Channels, id, market.ErrChannelNotFound, func(c market.Channel) bool { return c.ID == id })
		if err != nil {
			return "", err
		}
		if c = before; !known {
			c.ID = f.get("id")
			if slices.ContainsFunc(g.Channels, func(o market.Channel) bool { return o.ID == c.ID }) {
				f.blame("id", "admin.problem.taken")
				return "", nil
			}
		}
		c.Name, c.Kind, c.Markets, c.DefaultMarket = f.get("name"), f.get("kind"), separated(strings.Join(f.all("markets"), " ")), f.get("default_market")
		return c.ID, market.SaveChannel(v.ctx(), tx, c)
	})
	switch {
	case err != nil:
		return err
	case status != 0:
		if id == fresh {
			c.ID = ""
		}
		return v.show(status, v.channelPage(g, c, f))
	}
	return v.done(Prefix+"/channels/"+saved, "saved")
}

func (a *Admin) showEntity(v *visit) error {
	g, err := a.grounds(v)
	if err != nil {
		return err
	}
	id := v.r.PathValue("id")
	e, _, err := pickOne(g.Entities, id, market.ErrEntityNotFound, func(e market.Entity) bool { return string(e.ID) == id })
	if err != nil {
		return err
	}
	f := v.newForm()
	for name, value := range map[string]string{"id": string(e.ID), "name": e.Name, "vat_id": e.VATID, "series": e.Series, "email": e.Email, "register": e.Register,
		"line1": e.Address.Line1, "postal_code": e.Address.PostalCode, "city": e.Address.City, "country": e.Address.Country} {
		f.set(name, value)
	}
	return v.show(http.StatusOK, v.entityPage(e, f))
}

func (a *Admin) saveEntity(v *visit) error {
	f, id := v.form(), v.r.PathValue("id")
	var e market.Entity
	saved, status, err := a.put(v, f, "entity.save", func(tx *db.Tx) (_ string, err error) {
		all, err := market.Entities(v.ctx(), tx)
		if err != nil {
			return "", err
		}
		before, known, err := pickOne(all, id, market.ErrEntityNotFound, func(e market.Entity) bool { return string(e.ID) == id })
		if err != nil {
			return "", err
		}
		if e = before; !known {
			e.ID = market.EntityID(f.get("id"))
			if slices.ContainsFunc(all, func(o market.Entity) bool { return o.ID == e.ID }) {
				f.blame("id", "admin.problem.taken")
				return "", nil
			}
		}
		e.Name, e.VATID, e.Series, e.Email, e.Register = f.get("name"), strings.ToUpper(f.get("vat_id")), strings.ToUpper(f.get("series")), f.get("email"), f.get("register")
		e.Address = address.Address{Name: e.Name, Line1: f.get("line1"), Line2: e.Address.Line2, PostalCode: f.get("postal_code"), City: f.get("city"), Region: e.Address.Region,
			Country: strings.ToUpper(f.get("country"))}
		return string(e.ID), market.SaveEntity(v.ctx(), tx, e)
	})
	switch {
	case err != nil:
		return err
	case status != 0:
		if id == fresh {
			e.ID = ""
		}
		return v.show(status, v.entityPage(e, f))
	}
	return v.done(Prefix+"/entities/"+saved, "saved")
}

// beginOptions are the usual beginnings of a market's ways to pay, and none.
func (v *visit) beginOptions() []ui.Option {
	all := []ui.Option{{Value: "", Label: v.T("admin.market.ways_none")}}
	for _, country := range market.UsualCountries() {
		var names []string
		for _, s := range paymethod.Preset(country) {
			m, _ := paymethod.Find(s.Method)
			names = append(names, m.Name.In(v.Tag()))
		}
		all = append(all, ui.Option{Value: country, Label: v.Country(country) + ": " + strings.Join(names, ", ")})
	}
	return all
}

func entityOptions(g grounds) []ui.Option {
	return optionsOf(g.Entities, func(e market.Entity) (string, string) { return string(e.ID), e.Name })
}

func marketOptions(g grounds) []ui.Option {
	return optionsOf(g.Markets, func(m market.Market) (string, string) { return m.ID, m.Name })
}

// nameOf is an entity's name; its id where it is gone.
func (g grounds) nameOf(id market.EntityID) string {
	for _, e := range g.Entities {
		if e.ID == id {
			return e.Name
		}
	}
	return string(id)
}
