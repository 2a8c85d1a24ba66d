package admin

import (
	"cmp"
	"net/http"

	"korzo/customer/group"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
)

// shopPlaces is what a price list can be for.
type shopPlaces struct {
	Markets  []market.Market
	Channels []market.Channel
	Groups   []group.Group
}

func (a *Admin) priceTable() []page {
	return append(listPages(a, a.priceLists()), []page{
		{"GET /admin/prices", "catalog.read", "prices", a.showPrices},
		{"POST /admin/prices", "catalog.write", "prices", a.schedulePrice},
		{"GET /admin/price-lists/new", "catalog.write", "prices", a.newPriceList},
		{"POST /admin/price-lists", "catalog.write", "prices", a.savePriceList},
		{"GET /admin/price-lists/{id}", "catalog.read", "prices", a.showPriceList},
		{"POST /admin/price-lists/{id}", "catalog.write", "prices", a.savePriceList},
		{"GET /admin/price-lists/{id}/prices", "catalog.read", "prices", a.showPriceGrid},
		{"POST /admin/price-lists/{id}/prices", "catalog.write", "prices", a.savePriceGrid},
	}...)
}

func (a *Admin) shopPlaces(v *visit) (s shopPlaces, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		if s.Markets, err = market.All(v.ctx(), tx); err != nil {
			return err
		}
		if s.Channels, err = market.Channels(v.ctx(), tx); err != nil {
			return err
		}
		s.Groups, err = v.togethers(tx)
		return err
	})
	return s, err
}

// name is what a group is called, or its id when it is gone.
func (s shopPlaces) group(id string) string {
	for _, g := range s.Groups {
		if string(g.ID) == id {
			return g.Name
		}
	}
	return id
}

func (a *Admin) newPriceList(v *visit) error {
	f := v.newForm()
	f.set("key", newKey())
	f.set("state", string(pricing.StateDraft))
	return a.answerPriceList(v, http.StatusOK, "", f)
}

func (a *Admin) showPriceList(v *visit) error {
	var l pricing.List
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		l, err = pricing.FindList(v.ctx(), tx, pricing.ListID(v.r.PathValue("id")))
		return err
	})
	if err != nil {
		return err
	}
	f := v.newForm()
	f.set("name", l.Name)
	f.set("market", l.Market)
	f.set("kind", string(l.Kind))
	f.set("channel", l.Channel)
	f.set("group", l.Group)
	f.setNumber("priority", l.Priority)
	f.setMoment("starts", l.Starts, v.zone)
	f.setMoment("ends", l.Ends, v.zone)
	f.set("state", string(l.State))
	return a.answerPriceList(v, http.StatusOK, l.ID, f)
}

func (a *Admin) answerPriceList(v *visit, status int, id pricing.ListID, f *form) error {
	places, err := a.shopPlaces(v)
	if err != nil {
		return err
	}
	f.readOnly = !v.can("catalog.write")
	return v.show(status, v.priceListPage(id, places, f))
}

// priceList reads the form.
func (f *form) priceList(v *visit) pricing.List {
	return pricing.List{Name: f.get("name"), Market: f.get("market"), Kind: pricing.Kind(f.get("kind")), Channel: f.get("channel"), Group: f.get("group"),
		Priority: f.whole("priority"), Starts: f.moment("starts", v.zone), Ends: f.moment("ends", v.zone),
		State: pricing.State(cmp.Or(f.get("state"), string(pricing.StateDraft)))}
}

// savePriceList creates a price list, or changes one.
func (a *Admin) savePriceList(v *visit) error {
	f, id := v.form(), pricing.ListID(v.r.PathValue("id"))
	action := "price_list.update"
	if id == "" {
		action = "price_list.create"
	}
	saved, status, err := a.put(v, f, action, func(tx *db.Tx) (string, error) {
		l := f.priceList(v)
		if l.Kind == pricing.Sale && l.Group != "" {
			f.blame("kind", "admin.problem.sale_group")
		}
		if !f.ok() {
			return "", errMend
		}
		l.ID = id
		var err error
		if id == "" {
			l, err = pricing.CreateList(v.ctx(), tx, l)
		} else {
			l, err = pricing.UpdateList(v.ctx(), tx, l)
		}
		return string(l.ID), err
	})
	switch {
	case err != nil:
		return err
	case status == 0 && id == "":
		return v.done(Prefix+"/price-lists/"+saved+"/prices", "price_list_created")
	case status == 0:
		return v.done(Prefix+"/price-lists/"+saved, "price_list_saved")
	}
	return a.answerPriceList(v, status, id, f)
}
