package admin

import (
	"net/http"
	"strconv"
	"strings"

	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/fulfilment/shipment"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/purchase/amend"
	"korzo/purchase/order"
	"korzo/purchase/payment/vault"
	"korzo/value/address"
)

// adding is how many goods can be added to an order at once on its page.
const adding = 3

// editing is the page where an order is changed that nobody has begun to gather.
type editing struct {
	order.Order
	Begun   bool
	Sent    bool // something goes to an address
	Left    map[order.LineID]int64
	Preview *amend.Amendment
	Mail    message.Mail     // that the buyer gets of it
	Waits   *amend.Amendment // an edit that waits to be paid
	Link    string           // where
	Cards   []vault.Card     // that may be charged while the customer is away
	form    *form
}

func (a *Admin) showEdit(v *visit) error {
	f := v.form()
	f.set("key", newKey())
	return a.answerEdit(v, http.StatusOK, editing{form: f})
}

func (a *Admin) answerEdit(v *visit, status int, p editing) error {
	p.Left = map[order.LineID]int64{}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if p.Order, err = order.Find(v.ctx(), tx, order.ID(v.r.PathValue("id"))); err != nil {
			return err
		}
		p.Begun = shipment.Untouched(v.ctx(), tx, p.ID) != nil
		all, err := amend.List(v.ctx(), tx, p.ID)
		if err != nil {
			return err
		}
		p.reckon(all)
		if p.Waits != nil {
			p.Link = a.Links.URL(p.Waits.Link)
			return a.payable(v, tx, &p)
		}
		return a.fillEdit(v, tx, &p)
	})
	if err != nil {
		return err
	}
	return v.show(status, v.editPage(p))
}

// reckon finds what of each line is left, and the edit that waits.
func (p *editing) reckon(all []amend.Amendment) {
	for _, l := range p.Lines {
		p.Left[l.ID] = l.Quantity
	}
	for i, m := range all {
		if m.State == amend.StateAwaiting {
			p.Waits = &all[i]
		}
		for _, l := range m.Lines {
			if m.State != amend.StateDeclined && m.State != amend.StateFailed {
				p.Left[l.Line] -= l.Units
			}
		}
	}
}

// payable finds the cards that an edit may be paid with at once.
func (a *Admin) payable(v *visit, tx *db.Tx, p *editing) error {
	if p.Customer == "" {
		return nil
	}
	all, err := vault.List(v.ctx(), tx, p.Customer)
	for _, c := range all {
		if c.OffSession && !c.Expires.Over(tx.Now) {
			p.Cards = append(p.Cards, c)
		}
	}
	return err
}

// addressFields are those of an address that an edit may change.
var addressFields = []string{"name", "line1", "line2", "postal_code", "city", "region", "country"}

// fillEdit shows an order as it is, where nobody has typed yet.
func (a *Admin) fillEdit(v *visit, tx *db.Tx, p *editing) error {
	c, err := profile.FindContact(v.ctx(), tx, a.Keeper, profile.ContactID(p.Contact))
	if err != nil {
		return err
	}
	for _, g := range p.Groups {
		p.Sent = p.Sent || g.Kind == shipment.KindShip
	}
	for _, l := range p.Lines {
		name := "quantity." + string(l.ID)
		p.form.label(name, v.T("admin.edit.quantity", "Title", l.Title, "Price", v.Money(l.UnitPrice)))
		if _, typed := p.form.values[name]; !typed {
			p.form.setNumber(name, p.Left[l.ID])
		}
	}
	if _, typed := p.form.values["address.line1"]; !typed {
		for _, name := range addressFields {
			p.form.set("address."+name, *fieldOf(&c.Shipping, name))
		}
	}
	return nil
}

func fieldOf(a *address.Address, name string) *string {
	return map[string]*string{"name": &a.Name, "line1": &a.Line1, "line2": &a.Line2, "postal_code": &a.PostalCode, "city": &a.City, "region": &a.Region, "country": &a.Country}[name]
}

// editRequest reads the form: a quantity by line, goods by SKU, an address.
func (a *Admin) editRequest(v *visit, tx *db.Tx, f *form) (amend.Request, error) {
	r := amend.Request{Order: order.ID(v.r.PathValue("id")), Key: v.staff.Subject + ":" + f.get("key"), Kind: amend.KindEdit, Reason: f.get("reason"), Mail: f.has("send"), Actor: v.staff.Subject}
	change := amend.Change{Quantities: map[order.LineID]int64{}}
	for name := range f.values {
		if line, ok := strings.CutPrefix(name, "quantity."); ok && f.has(name) {
			change.Quantities[order.LineID(line)] = f.whole(name)
		}
	}
	var skus []string
	for i := range adding {
		if sku := f.get("sku." + strconv.Itoa(i)); sku != "" {
			skus = append(skus, sku)
		}
	}
	found, err := catalog.SKUs(v.ctx(), tx, skus)
	if err != nil {
		return r, err
	}
	for i := range adding {
		n := strconv.Itoa(i)
		sku := f.get("sku." + n)
		if sku == "" {
			continue
		}
		known, ok := found[sku]
		if !ok {
			f.blame("sku."+n, "admin.problem.sku")
		}
		change.Add = append(change.Add, amend.Addition{Variant: known.ID, Units: max(f.whole("units."+n), 1)})
	}
	if f.has("address.line1") {
		change.Address = new(address.Address)
		for _, name := range addressFields {
			*fieldOf(change.Address, name) = f.get("address." + name)
		}
	}
	if !f.ok() {
		return r, nil
	}
	return amend.Edit(v.ctx(), tx, r, change)
}

// editOrder shows what a change of an order costs or gives back, or makes it when
// it was seen.
func (a *Admin) editOrder(v *visit) error {
	f := v.form()
	var r amend.Request
	var before amend.Amendment
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if r, err = a.editRequest(v, tx, f); err == nil {
			before, err = amend.Keyed(v.ctx(), tx, r.Order, r.Key)
		}
		return err
	})
	if f.get("reason") == "" {
		f.blame("reason", "admin.problem.reason")
	}
	if err == nil && !f.ok() {
		return a.answerEdit(v, http.StatusUnprocessableEntity, editing{form: f})
	}
	var m amend.Amendment
	switch {
	case err != nil:
	case before.ID != "":
		return v.done(Prefix+"/orders/"+string(r.Order)+"/edit", "edited_"+string(before.State)) // sent twice
	case f.get("do") != "make":
		m, err = a.Amend.Preview(v.ctx(), r)
	default:
		if m, err = a.Amend.Propose(v.ctx(), r); err == nil {
			return a.edited(v, "amend.edit", m)
		}
	}
	if err != nil {
		status, err := v.refused(err)
		if err != nil {
			return err
		}
		return a.answerEdit(v, status, editing{form: f})
	}
	p := editing{form: f, Preview: &m}
	if a.EditMail != nil {
		if p.Mail, err = a.EditMail(v.ctx(), m, r.Address); err != nil {
			return err
		}
	}
	return a.answerEdit(v, http.StatusOK, p)
}

// settleEdit drops an edit that waits to be paid, or pays it with a saved card.
func (a *Admin) settleEdit(v *visit) error {
	id, card := amend.ID(v.r.PostForm.Get("amendment")), vault.ID(v.r.PostForm.Get("card"))
	var m amend.Amendment
	var err error
	if card != "" {
		m, err = a.Amend.Charge(v.ctx(), id, card)
	} else {
		m, err = a.Amend.Drop(v.ctx(), id, v.staff.Subject)
	}
	if err != nil {
		status, err := v.refused(err)
		if err != nil {
			return err
		}
		return a.answerEdit(v, status, editing{form: v.form()})
	}
	return a.edited(v, "amend.settle", m)
}

func (a *Admin) edited(v *visit, action string, m amend.Amendment) error {
	if err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.record(tx, action, string(m.Order), "amendment", string(m.ID)) }); err != nil {
		return err
	}
	return v.done(Prefix+"/orders/"+string(m.Order)+"/edit", "edited_"+string(m.State))
}

// arrives is when a group arrives, as an edit promises it.
func (v *visit) arrives(p amend.Promise) string {
	days := v.DateRange(p.Window.From, p.Window.To)
	if p.Name == "" {
		return days
	}
	return p.Name + ": " + days
}
