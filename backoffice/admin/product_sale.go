package admin

import (
	"errors"
	"strconv"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"

	"github.com/a-h/templ"
)

// sale is the page of where and when a product is seen, what it leads to, and
// what the law has said beside it.
func (a *Admin) sale() tab {
	return tab{name: "sale", fill: (*form).fillSale, read: (*form).readSale, find: findRelation,
		body: func(v *visit, p *product, f *form) templ.Component { return v.productSale(p, f) }}
}

func publicationName(i int) string { return "publications[" + strconv.Itoa(i) + "]" }
func relationName(i int) string    { return "relations[" + strconv.Itoa(i) + "]" }

func (f *form) fillSale(p *product) {
	zone := zoneOfAll(p.Markets)
	for i, u := range p.Publications {
		f.set(publicationName(i)+".channel", u.Channel)
		f.setMoment(publicationName(i)+".from", u.From, zone)
		f.setMoment(publicationName(i)+".until", u.Until, zone)
	}
	f.setNumber("publications", int64(len(p.Publications)))
	for i, r := range p.Relations {
		f.set(relationName(i)+".kind", r.Kind)
		f.set(relationName(i)+".product", string(r.Product))
	}
	for name, party := range map[string]catalog.Party{"manufacturer": p.Safety.Manufacturer, "responsible": p.Safety.Responsible} {
		f.set(name+".name", party.Name)
		f.set(name+".address", party.Address)
		f.set(name+".contact", party.Contact)
	}
	f.set("warnings", p.Safety.Warnings[""])
}

func (f *form) setMoment(name string, t time.Time, zone *time.Location) {
	if !t.IsZero() {
		f.set(name, t.In(zone).Format(timeForm))
	}
}

func (f *form) readSale(p *product) {
	zone := zoneOfAll(p.Markets)
	p.Publications = nil
	for i := range min(max(f.whole("publications"), 0), catalog.MaxPublications) + 1 {
		name := publicationName(int(i))
		u := catalog.Publication{Channel: f.get(name + ".channel"), From: f.moment(name+".from", zone), Until: f.moment(name+".until", zone)}
		if u.Channel != "" {
			p.Publications = append(p.Publications, u)
		}
	}
	p.Relations = nil
	for _, at := range f.moved("order") {
		name := "relations[" + at + "]"
		if f.has(name+".product") && !f.has(name+".drop") {
			p.Relations = append(p.Relations, catalog.Relation{Kind: f.get(name + ".kind"), Product: catalog.ProductID(f.get(name + ".product"))})
		}
	}
	for _, who := range []string{"manufacturer", "responsible"} {
		f.label("safety."+who, f.l.T("admin.party."+who))
	}
	p.Safety.Manufacturer, p.Safety.Responsible = f.party("manufacturer"), f.party("responsible")
	p.Safety.Warnings = with(p.Safety.Warnings, "", text(f.get("warnings")))
}

func (f *form) party(name string) catalog.Party {
	return catalog.Party{Name: f.get(name + ".name"), Address: text(f.get(name + ".address")), Contact: f.get(name + ".contact")}
}

// findRelation adds the product that was named by one of its SKUs, or its
// address.
func findRelation(v *visit, tx *db.Tx, f *form, p *product) error {
	if !f.has("relation_of") {
		return nil
	}
	id, err := findProduct(v, tx, f.get("relation_of"))
	if err != nil {
		return err
	}
	if id == "" {
		f.wrong("relation_of", v.T("admin.problem.no_product", "Name", f.get("relation_of")))
		return nil
	}
	p.Relations = append(p.Relations, catalog.Relation{Kind: f.get("relation_kind"), Product: id})
	return nil
}

// findProduct finds a product by a SKU of it, or the last part of its address;
// "" when there is none.
func findProduct(v *visit, tx *db.Tx, name string) (catalog.ProductID, error) {
	variant, err := catalog.FindSKU(v.ctx(), tx, name)
	if err == nil {
		return variant.Product, nil
	}
	if !errors.Is(err, catalog.ErrSKUNotFound) {
		return "", err
	}
	p, err := catalog.FindBySlug(v.ctx(), tx, name, "", "")
	if errors.Is(err, catalog.ErrNotFound) {
		return "", nil
	}
	return p.ID, err
}
