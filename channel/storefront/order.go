package storefront

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"korzo/customer/profile"
	"korzo/fulfilment/withdrawal"
	"korzo/platform/db"
	"korzo/platform/web"
	"korzo/purchase/amend"
	"korzo/purchase/checkout"
	"korzo/purchase/document"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/value/address"
	"korzo/value/calendar"
)

// ordersKept bounds how many orders a guest's browser opens.
const ordersKept = 10

func orderPath(id order.ID) string { return "/orders/" + url.PathEscape(string(id)) }

// letIn remembers in the browser that it may see an order.
func (s *Shop) letIn(w http.ResponseWriter, r *http.Request, id order.ID, token string) {
	mine := string(id) + "." + token
	all := []string{mine}
	for pass := range strings.SplitSeq(web.Cookie(r, cookieOrders), "~") {
		if pass != "" && pass != mine && len(all) < ordersKept {
			all = append(all, pass)
		}
	}
	web.SetCookie(w, r, cookieOrders, strings.Join(all, "~"), month)
}

// passed reports whether the browser was let in to an order.
func (s *Shop) passed(r *http.Request, id order.ID) bool {
	passes := strings.Split(web.Cookie(r, cookieOrders), "~")
	return slices.ContainsFunc(passes, func(pass string) bool {
		of, token, _ := strings.Cut(pass, ".")
		return of == string(id) && s.Checkout.OpensOrder(id, token)
	})
}

type orderPage struct {
	page
	order.Order
	contact   profile.Contact
	payment   payment.Payment
	documents []document.Document
	downloads []checkout.Download
	cards     []giftcard.Waiting // that it bought
	way       way
	typed     address.Address   // an address that was refused
	wrong     []address.Problem // and why
	right     withdrawal.Right
	edit      *edit                 // a change of quantities that was looked at
	move      *move                 // a change of address that was looked at
	unpaid    string                // where a change is paid that the order waits for
	todo      *payment.Instructions // how to pay by hand what is not paid yet
	refused   string                // why the account that was asked for was not made
	welcomed  bool                  // the account was just made
	claimable bool                  // it was bought as a guest by who is signed in
}

// order shows an order to who has its link, or is its customer. A link's token
// is exchanged for a cookie, so that it does not stay in the bar.
func (s *Shop) order(w http.ResponseWriter, r *http.Request) error {
	id := order.ID(r.PathValue("id"))
	if token := r.URL.Query().Get("token"); token != "" && s.Checkout.OpensOrder(id, token) {
		s.letIn(w, r, id, token)
		return see(w, r, orderPath(id))
	}
	p, err := s.loadOrder(r, id)
	if err != nil {
		return err
	}
	return write(w, r, http.StatusOK, orderTemplate(p))
}

func (s *Shop) loadOrder(r *http.Request, id order.ID) (p orderPage, err error) {
	err = s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		p.welcomed = v.customer != "" && r.URL.Query().Get("account") == "new"
		if p.Order, err = order.Find(r.Context(), tx, id); err != nil {
			return err
		}
		if !s.passed(r, id) && (p.Customer == "" || p.Customer != v.customer) {
			return order.ErrNotFound
		}
		p.page = s.page(v, v.T("shop.order.title", "Number", p.Number)).own()
		people, err := profile.Contacts(r.Context(), tx, s.Keeper, []profile.ContactID{profile.ContactID(p.Contact)})
		if err != nil {
			return err
		}
		p.contact = people[profile.ContactID(p.Contact)]
		if p.claimable, err = checkout.Claimable(r.Context(), tx, s.Keeper, p.Order, profile.CustomerID(v.customer)); err != nil {
			return err
		}
		if p.cards, err = s.boughtCards(r.Context(), tx, p.Order); err != nil {
			return err
		}
		if err := s.withdrawable(r.Context(), tx, &p); err != nil {
			return err
		}
		if p.downloads, err = s.Checkout.Downloads(r.Context(), tx, p.Order); err != nil {
			return err
		}
		if err = s.findUnpaid(r.Context(), tx, &p); err != nil {
			return err
		}
		if err = s.findWay(r.Context(), tx, &p); err != nil {
			return err
		}
		if p.documents, err = document.OfOrder(r.Context(), tx, string(id)); err != nil || p.Payment == "" {
			return err
		}
		var attempts []payment.Attempt
		p.payment, attempts, err = payment.Find(r.Context(), tx, payment.ID(p.Payment))
		p.todo = s.toPay(p.payment, attempts)
		return err
	})
	return p, err
}

// findUnpaid finds where a change is paid that the order is on hold for.
func (s *Shop) findUnpaid(ctx context.Context, tx *db.Tx, p *orderPage) error {
	if p.State != order.StateOnHold || p.HoldReason != amend.HoldEdit {
		return nil
	}
	all, err := amend.List(ctx, tx, p.ID)
	for _, a := range all {
		if a.State == amend.StateAwaiting {
			p.unpaid = s.Links.URL(a.Link)
		}
	}
	return err
}

// totals of an order are those it was placed with.
func (p orderPage) totals() totals {
	t := totals{p.Subtotal, p.Discount, p.Shipping, p.Tax, p.Total, p.TaxIncluded, nil, true, p.Tenders,
		p.Shipping.IsZero() && !slices.ContainsFunc(p.Groups, func(g order.Group) bool { return p.tangible(g.ID) })}
	for _, l := range p.Lines {
		for _, tax := range l.Taxes {
			t.add(tax.Name, tax.Amount)
		}
	}
	for _, g := range p.Groups {
		for _, tax := range g.Taxes {
			t.add(tax.Name, tax.Amount)
		}
	}
	return t
}

// promise is when a group arrives.
func (p orderPage) promise(g order.Group) string {
	from, err := calendar.Parse(g.PromiseFrom)
	if err != nil {
		return ""
	}
	to, err := calendar.Parse(g.PromiseTo)
	if err != nil {
		return ""
	}
	return p.window(g.Kind, from, to)
}

// billing is where the bill goes, when that is elsewhere.
func (p orderPage) billing() []string {
	if p.contact.Billing == (address.Address{}) || p.contact.Billing == p.contact.Shipping {
		return nil
	}
	return p.lines(p.contact.Billing)
}

// paymentState says how the payment stands.
func (p orderPage) paymentState() string {
	switch {
	case p.Payment == "":
		return p.T("shop.paid.free")
	case p.todo != nil:
		return p.T("shop.paid.open")
	case p.payment.Owed().Minor > 0 && p.State != order.StateCanceled:
		return p.T("shop.paid.counter", "Amount", p.Money(p.payment.Owed()))
	}
	return p.say("paid."+p.payment.Status(), p.T("shop.paid.open"))
}

// toPay tells how to pay by hand what was promised and has not come yet; nil
// when there is nothing to do.
func (s *Shop) toPay(p payment.Payment, attempts []payment.Attempt) *payment.Instructions {
	for _, a := range attempts {
		if i, ok := s.Checkout.Payments().Instructions(a, p.Uncaptured()); ok && a.State == payment.StateAuthorized {
			return &i
		}
	}
	return nil
}

// grouped is an IBAN or a reference as people read it: in fours.
func grouped(text string) string {
	var parts []string
	for len(text) > 4 {
		parts, text = append(parts, text[:4]), text[4:]
	}
	return strings.Join(append(parts, text), " ")
}
