package admin

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/purchase/paylink"
	"korzo/value/address"
)

// phoneOrder is the form of an order that staff take by telephone or chat: its
// buyer pays it by a link.
type phoneOrder struct {
	Markets []market.Market
	form    *form
}

func (a *Admin) showPhoneOrder(v *visit) error {
	f := v.newForm()
	f.set("hours", "24")
	f.set("send", "yes")
	f.set("key", newKey())
	return a.answerPhoneOrder(v, http.StatusOK, f)
}

func (a *Admin) answerPhoneOrder(v *visit, status int, f *form) error {
	p := phoneOrder{form: f}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		p.Markets, err = market.All(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.phoneOrderPage(p))
}

// takePhoneOrder fills a cart, says all but the payment, and makes a link that
// holds it. What is refused leaves a cart that nobody misses.
func (a *Admin) takePhoneOrder(v *visit) error {
	f := v.form()
	c, m, err := a.phoneCart(v, f)
	if err == nil && f.ok() {
		var id checkout.ID
		if id, err = a.phoneCheckout(v, f, c, m); err == nil && f.ok() {
			var link string
			err = a.DB.Write(v.ctx(), func(tx *db.Tx) (err error) {
				link, err = v.once(tx, "paylink.cart", func() (string, error) { return a.phoneLink(v, tx, f, id) })
				return err
			})
			if err == nil {
				return v.done(Prefix+"/pay-links/"+link, "pay_link_made")
			}
		}
	}
	status := http.StatusUnprocessableEntity
	if err != nil && !errors.Is(err, errForm) {
		if status, err = v.refused(err); err != nil {
			return err
		}
	}
	return a.answerPhoneOrder(v, status, f)
}

// goods reads lines such as "MUG-RED 2".
func (f *form) goods() (skus []string, units map[string]int64) {
	units = map[string]int64{}
	for text := range strings.Lines(f.get("goods")) {
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		n := int64(1)
		if len(words) > 1 {
			var err error
			if n, err = strconv.ParseInt(strings.Trim(words[len(words)-1], "×x"), 10, 64); err != nil || n < 1 {
				f.blame("goods", "admin.problem.goods")
				return nil, nil
			}
		}
		if units[words[0]] == 0 {
			skus = append(skus, words[0])
		}
		units[words[0]] += n
	}
	if len(skus) == 0 {
		f.blame("goods", "admin.problem.goods")
	}
	return skus, units
}

func (a *Admin) phoneCart(v *visit, f *form) (c cart.Cart, m market.Market, err error) {
	skus, units := f.goods()
	if !f.ok() {
		return c, m, nil
	}
	err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if m, err = market.Find(v.ctx(), tx, f.get("market")); err != nil {
			return err
		}
		found, err := catalog.SKUs(v.ctx(), tx, skus)
		if err != nil {
			return err
		}
		d := cart.Draft{Market: m.ID, Channel: phoneChannel, Locale: m.Locale}
		for _, sku := range skus {
			variant, ok := found[sku]
			if !ok {
				f.wrong("goods", v.T("admin.problem.sku_unknown", "SKU", sku))
				return nil
			}
			d.Lines = append(d.Lines, cart.Line{Variant: variant.ID, Quantity: units[sku]})
		}
		c, err = cart.Create(v.ctx(), tx, d)
		return err
	})
	return c, m, err
}

// phoneChannel is where an order by telephone is sold: it is sent and told about
// like those of the shop's own pages.
const phoneChannel = "web"

// phoneCheckout says who and where; it travels the first way there is.
func (a *Admin) phoneCheckout(v *visit, f *form, c cart.Cart, m market.Market) (checkout.ID, error) {
	caller := cart.Caller{}
	s, err := a.Links.Checkout.Start(v.ctx(), c.ID, caller, flow.Visit{Market: m.ID, Channel: phoneChannel, Locale: m.Locale})
	if err != nil {
		return "", err
	}
	email := f.get("email")
	to := address.Address{Name: f.get("name"), Line1: f.get("line1"), PostalCode: f.get("postal_code"), City: f.get("city"), Country: strings.ToUpper(f.get("country")), Phone: f.get("phone")}
	said, err := a.Links.Checkout.Update(v.ctx(), s.Session.ID, caller, checkout.Patch{Email: &email, Shipping: &to})
	if err != nil {
		return "", err
	}
	if len(said.Options) > 0 {
		option := said.Options[0].ID
		if said, err = a.Links.Checkout.Update(v.ctx(), s.Session.ID, caller, checkout.Patch{Option: &option}); err != nil {
			return "", err
		}
	}
	for _, said := range said.Messages {
		f.wrong("goods", said.Content)
	}
	return s.Session.ID, nil
}

func (a *Admin) phoneLink(v *visit, tx *db.Tx, f *form, id checkout.ID) (string, error) {
	hours := f.whole("hours")
	if hours < 1 || hours > 7*24 {
		return "", paylink.ErrCartEnd
	}
	l, err := a.Links.Make(v.ctx(), tx, paylink.Draft{Checkout: id, ExpiresAt: tx.Now.Add(time.Duration(hours) * time.Hour), Mail: f.get("send") == "yes", SMS: f.get("sms") == "yes", Actor: v.staff.Subject})
	if err != nil {
		return "", err
	}
	return string(l.ID), v.record(tx, "paylink.made", string(l.ID))
}
