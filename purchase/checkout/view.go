package checkout

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/customer/profile"
	"korzo/delivery/method"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/payment/vault"
	"korzo/purchase/promotion"
	"korzo/purchase/quote"
	"korzo/purchase/tax"
	"korzo/value/money"
)

// The requirements a session can lack, in the order they are best asked for.
const (
	NeedLines    = "lines"
	NeedEmail    = "email"
	NeedShipping = "shipping_address"
	NeedBilling  = "billing_address" // only when one was given that is not right
	NeedOption   = "shipping_option"
	NeedPayment  = "payment"
	NeedPhone    = "phone"   // in the shipping address, where the payment method or the flow must know it
	NeedCompany  = "company" // the business that buys, where the flow asks for it
)

// View is a session and all that a door shows of it.
type View struct {
	Session
	Status       Status
	Requirements []string // what is still missing, in the order it is best asked for
	Messages     []Message
	Contact      profile.Contact
	Options      []method.Option                 // how all of it may travel; in several groups, the first of them
	Deliveries   []Delivery                      // at least one, also of an empty cart
	Collect      map[cart.LineID][]method.Option // where each line may be collected
	Methods      []paymethod.Offer               // how it may be paid, in the order shown
	Flow         flow.Document
	Placed       *Placed
	NextURL      string
	Asked        time.Time       // when the payment under way began; zero when none is
	Tenders      []order.Tender  // what stored value pays, in its order
	GiftCards    []giftcard.Card // on the cart, those that pay nothing too
	Credit       money.Amount    // the customer's, that may be spent here
	Due          money.Amount    // left of the total for a payment
	SavedCards   []vault.Card    // that the customer may pay with here
	cart.View                    // the cart, its items, quote and problems, shipping included

	attempt payment.AttemptID
	market  market.Market
}

// Outcome is the view as an answer to completing.
func (v View) Outcome() Outcome {
	switch v.Status {
	case StatusCompleted:
		return Outcome{Status: v.Status, Order: v.Placed}
	case StatusEscalation, StatusInProgress:
		return pending(v.NextURL)
	}
	return Outcome{Status: v.Status, Messages: v.Messages, Total: &v.Quote.Total}
}

// view loads what a session shows.
func (c *Checkout) view(ctx context.Context, tx *db.Tx, s Session, caller cart.Caller) (View, error) {
	contact, err := c.contact(ctx, tx, s)
	if err != nil {
		return View{}, err
	}
	pinned, err := flow.Find(ctx, tx, s.Flow, s.Version)
	if err != nil {
		return View{}, err
	}
	loaded, err := c.load(ctx, tx, s, caller, contact)
	if err != nil {
		return View{}, err
	}
	return c.viewOf(ctx, tx, s, loaded, pinned.Document, contact)
}

// load reads the cart as taxed where each part of it goes, and as discounted
// for whoever buys it.
func (c *Checkout) load(ctx context.Context, tx *db.Tx, s Session, caller cart.Caller, contact profile.Contact) (v cart.View, err error) {
	o := cart.Options{Caller: caller, Buyer: c.buyer(s, contact), Company: contact.Company, VATID: contact.VATID}
	if contact.Shipping.Country != "" {
		o.Address = &contact.Shipping
	}
	if o.Places, err = s.places(ctx, tx); err != nil {
		return v, err
	}
	return cart.Load(ctx, tx, s.Cart, o)
}

// buyer is whose promotions they are: the customer and whoever has the e-mail
// address are counted as one.
func (c *Checkout) buyer(s Session, contact profile.Contact) promotion.Buyer {
	b := promotion.Buyer{Customer: s.Customer}
	if ok, _ := profile.CheckEmail(contact.Email); ok {
		b.Email = profile.HashEmail(c.Keeper, contact.Email)
	}
	b.Before = func(ctx context.Context, tx *db.Tx) (bool, error) {
		var contacts []string
		if b.Email != "" {
			found, err := profile.ContactsOf(ctx, tx, b.Email)
			if err != nil {
				return false, err
			}
			for _, id := range found {
				contacts = append(contacts, string(id))
			}
		}
		return order.Ordered(ctx, tx, b.Customer, contacts)
	}
	return b
}

// viewOf computes what follows from what was loaded: delivery options, the
// quote with shipping, what is missing, the status.
func (c *Checkout) viewOf(ctx context.Context, tx *db.Tx, s Session, loaded cart.View, doc flow.Document, contact profile.Contact) (View, error) {
	m, err := market.Find(ctx, tx, s.Market)
	if err != nil {
		return View{}, err
	}
	v := View{Session: s, View: loaded, Flow: doc, Contact: contact, market: m}
	if err := v.deliver(ctx, tx, tx.Now); err != nil {
		return View{}, err
	}
	if err := v.ship(money.Amount{}); err != nil {
		return View{}, err
	}
	if err := v.tender(ctx, tx); err != nil {
		return View{}, err
	}
	if v.Methods, err = paymethod.Offered(ctx, tx, c.payable(v)); err != nil {
		return View{}, err
	}
	if err := v.charge(ctx, tx); err != nil {
		return View{}, err
	}
	if err := v.recall(ctx, tx); err != nil {
		return View{}, err
	}
	v.need()
	return v, c.settle(ctx, tx, &v)
}

// recall finds the cards that the customer kept and may pay with here. One that
// was chosen and has been deleted since is chosen no more.
func (v *View) recall(ctx context.Context, tx *db.Tx) error {
	if v.Session.Customer == "" || v.State != StateOpen {
		return nil
	}
	all, err := vault.List(ctx, tx, v.Session.Customer)
	chosen := false
	for _, card := range all {
		if slices.ContainsFunc(v.Methods, func(o paymethod.Offer) bool { return o.ID == card.Method }) {
			v.SavedCards = append(v.SavedCards, card)
			chosen = chosen || card.ID == v.Session.Saved
		}
	}
	if v.Session.Saved != "" && !chosen {
		v.Session.Saved, v.Instrument = "", ""
	}
	return err
}

// query asks for the delivery methods of a session: where it goes, or the
// market's own country until that is known.
func (v View) query(now time.Time) method.Query {
	q := method.Query{Market: v.Session.Market, Locale: v.Session.Locale, Now: now, Ready: v.Ready, Allowed: v.Flow.Shipping,
		Country: v.market.Country, PostalCode: v.Contact.Shipping.PostalCode}
	if v.Contact.Shipping.Country != "" {
		q.Country = v.Contact.Shipping.Country
	}
	q.Basket.Goods = v.Quote.Subtotal.Minus(v.Quote.Discount)
	q.Basket.Country, q.Basket.PostalCode = q.Country, q.PostalCode
	q.Basket.Units, q.Basket.WeightGrams = v.Units, v.WeightGrams
	return q
}

// arranged leaves out what the flow does not offer, and puts pick-up first
// where it says so.
func arranged(options []method.Option, doc flow.Document) []method.Option {
	options = slices.DeleteFunc(options, func(o method.Option) bool { return !doc.Delivers(o.ID, o.Kind) })
	if doc.Pickup == flow.PickupFirst {
		slices.SortStableFunc(options, func(a, b method.Option) int {
			return cmp.Compare(rank(a.Kind), rank(b.Kind))
		})
	}
	return options
}

func rank(kind string) int {
	if kind == method.Pickup {
		return 0
	}
	return 1
}

// method is the way to pay that was chosen, if it is still on offer.
func (v View) method() (paymethod.Offer, bool) {
	for _, o := range v.Methods {
		if o.ID == v.Method {
			return o, true
		}
	}
	return paymethod.Offer{}, false
}

// need computes what is missing, and says why where something given is not right.
func (v *View) need() {
	if len(v.Basket.Lines) == 0 || len(v.Problems) > 0 {
		v.Requirements = append(v.Requirements, NeedLines)
	}
	for _, p := range v.Problems {
		v.Messages = append(v.Messages, Message{Type: "error", Code: p.Code, Path: path(string(p.Line)), Severity: "recoverable", Content: p.Text})
	}
	if ok, text := profile.CheckEmail(v.Contact.Email); !ok {
		v.Requirements = append(v.Requirements, NeedEmail)
		v.say(v.Contact.Email != "", "email_invalid", "$.email", text)
	}
	if problems := v.Contact.Shipping.Check(); len(problems) > 0 && v.sends() {
		v.Requirements = append(v.Requirements, NeedShipping)
		for _, p := range problems {
			v.say(v.Contact.Shipping.Country != "", p.Code, "$.shipping_address."+p.Field, p.Text)
		}
	}
	if problems := v.Contact.Billing.Check(); len(problems) > 0 && (!v.Contact.Billing.IsZero() || v.Flow.Asks.Billing == flow.AskRequired) {
		v.Requirements = append(v.Requirements, NeedBilling)
		for _, p := range problems {
			v.say(!v.Contact.Billing.IsZero(), p.Code, "$.billing_address."+p.Field, p.Text)
		}
	}
	if v.Flow.Asks.Company == flow.AskRequired && strings.TrimSpace(v.Contact.Company) == "" {
		v.Requirements = append(v.Requirements, NeedCompany)
	}
	v.needVATID()
	if !v.settled() {
		v.Requirements = append(v.Requirements, NeedOption)
	}
	for i, d := range v.Deliveries {
		where := "$.shipping_option"
		if len(v.Deliveries) > 1 {
			where = fmt.Sprintf("$.groups[%d]", i)
		}
		_, ok := d.Chosen()
		v.say(!ok && d.Method != "", "shipping_option_unavailable", where,
			strings.TrimSuffix("this delivery is not offered: "+d.why, ": ")+"; choose one of shipping_options")
	}
	way, offered := v.method()
	if !v.Due.IsZero() && (!offered || v.Instrument == "" && way.Flow == paymethod.Fields) {
		v.Requirements = append(v.Requirements, NeedPayment)
		v.say(v.Method != "" && !offered, "payment_method_unavailable", "$.payment.method",
			"this order cannot be paid that way; choose one of payment_methods")
	}
	wanted := v.Flow.Asks.Phone == flow.AskRequired || offered && way.Wants(paymethod.NeedPhone) && !v.Due.IsZero()
	if wanted && v.Contact.Shipping.Phone == "" && v.Contact.Phone == "" {
		v.Requirements = append(v.Requirements, NeedPhone)
	}
	if v.Failure != nil {
		v.Messages = append(v.Messages, *v.Failure)
	}
}

// needVATID says what is wrong with a VAT id, or why a right one is of no use.
// It never keeps a cart from being bought: then tax is charged.
func (v *View) needVATID() {
	if v.Contact.VATID == "" {
		return
	}
	_, _, err := tax.CheckVATID(v.Contact.VATID)
	v.say(err != nil, "vat_id_invalid", "$.vat_id", fault.TextOf(err))
	v.say(err == nil && v.Contact.Company == "", "company_missing", "$.company", "name the company that has this VAT id")
}

// say adds a message about something given that is not right.
func (v *View) say(given bool, code, path, text string) {
	if given {
		v.Messages = append(v.Messages, Message{Type: "error", Code: code, Path: path, Severity: "requires_buyer_input", Content: text})
	}
}

func path(line string) string {
	if line == "" {
		return "$.lines"
	}
	return "$.lines[?(@.id=='" + line + "')]"
}

// settle sets the status. A session that is being paid or was placed shows the
// frozen totals, not today's.
func (c *Checkout) settle(ctx context.Context, tx *db.Tx, v *View) error {
	switch v.State {
	case StateCanceled:
		v.Status = StatusCanceled
	case StateOpen:
		v.Status = StatusReady
		if len(v.Requirements) > 0 {
			v.Status = StatusIncomplete
		}
	default:
		return c.frozen(ctx, tx, v)
	}
	return nil
}

// frozen shows a session that is being paid, or was placed, as it was frozen.
func (c *Checkout) frozen(ctx context.Context, tx *db.Tx, v *View) error {
	p, err := selectPlacing(ctx, tx, v.Placing)
	if err != nil {
		return err
	}
	d := p.Draft
	v.Requirements, v.Messages, v.Problems = nil, nil, nil
	v.Quote.Subtotal, v.Quote.Discount, v.Quote.ShippingTotal = d.Subtotal, d.Discount, d.Shipping
	v.Quote.Tax, v.Quote.Total = d.Tax, d.Total
	v.Tenders, v.Due = d.Tenders, d.Due()
	if v.State == StatePlaced {
		out, err := c.outcome(ctx, tx, v.Session)
		v.Status, v.Placed = StatusCompleted, out.Order
		return err
	}
	out := pending(p.ActionURL)
	v.Status, v.Messages, v.NextURL = out.Status, out.Messages, out.NextURL
	if d.Payment == "" {
		return nil
	}
	_, attempts, err := payment.Find(ctx, tx, payment.ID(d.Payment))
	for _, a := range attempts {
		if a.State.Open() {
			v.attempt, v.Asked = a.ID, a.CreatedAt
		}
	}
	return err
}

// outcome is the answer of a session whose order was placed.
func (c *Checkout) outcome(ctx context.Context, tx *db.Tx, s Session) (Outcome, error) {
	o, err := order.Head(ctx, tx, s.Order)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Status: StatusCompleted, Order: &Placed{o.ID, o.Number, o.Total, c.token(o.ID)}}, nil
}

// refuse reports why a session cannot be completed as the shopper agreed to it.
func (v View) refuse(expected money.Amount, due *money.Amount) (Outcome, bool) {
	if len(v.Requirements) > 0 {
		m := Message{Type: "error", Code: "incomplete", Path: "$.requirements", Severity: "requires_buyer_input",
			Content: "the checkout still needs " + strings.Join(v.Requirements, ", ") + ": say it with PATCH, then complete again"}
		return Outcome{Status: v.Status, Messages: append(slices.Clone(v.Messages), m), Total: &v.Quote.Total}, true
	}
	if expected != v.Quote.Total {
		m := Message{Type: "error", Code: "total_changed", Path: "$.totals.total", Severity: "requires_buyer_review",
			Content: fmt.Sprintf("the total is %s %s now, not %s %s; show it to the shopper and complete again with it",
				v.Quote.Total.Decimal(), v.Quote.Total.Currency, expected.Decimal(), expected.Currency)}
		return v.refused(m), true
	}
	m, no := v.dueRefused(due)
	return v.refused(m), no
}

// refused is the view with a message on top.
func (v View) refused(m Message) Outcome {
	return Outcome{Status: v.Status, Messages: append([]Message{m}, v.Messages...), Total: &v.Quote.Total}
}

// shortage says which line has too little stock.
func (v View) shortage(s inventory.Shortage) Message {
	line, at := "", ""
	if s.At != "" {
		at = " where you want to collect them"
	}
	for _, l := range v.Basket.Lines {
		if l.Variant == string(s.Variant) && v.collectedAt(v.lineOf(l.ID)) == s.At {
			line = string(v.lineOf(l.ID))
		}
	}
	return Message{Type: "error", Code: "insufficient_stock", Path: path(line), Severity: "recoverable",
		Content: fmt.Sprintf("only %d are left%s; lower the quantity, remove the line, or choose another delivery", max(s.Available, 0), at)}
}

// draft freezes the purchase.
func (v View) draft(now time.Time) order.Draft {
	q := v.Quote
	d := order.Draft{
		Cart: string(v.Session.Cart), Market: v.Session.Market, Channel: v.Session.Channel, Entity: string(v.market.Entity),
		Locale: v.Session.Locale, Customer: v.Session.Customer, Contact: v.Session.Contact,
		Flow: string(v.Session.Flow), FlowVersion: v.Session.Version, Arm: v.Arm, TaxIncluded: q.TaxIncluded,
		Subtotal: q.Subtotal, Discount: q.Discount, Shipping: q.ShippingTotal, Tax: q.Tax, Total: q.Total, Tenders: v.Tenders, Source: "checkout",
	}
	groups := v.groups(&d, now)
	for _, l := range q.Lines {
		item := v.Items[catalog.VariantID(l.Variant)]
		line := order.Line{
			ID: id.New[order.LineID]("oli", now), Group: groups[v.lineOf(l.ID)], Kind: item.Kind, Product: string(item.ProductID),
			Variant: l.Variant, SKU: item.SKU, Title: item.Title, Image: item.Image.Blob, Quantity: l.Quantity,
			UnitPrice: l.UnitPrice, UnitCost: item.UnitCost, TaxClass: l.TaxClass,
			Subtotal: l.Gross, Discount: l.Discount, Tax: l.Tax, Total: l.Total, Taxes: taxes(l.Taxes),
		}
		if part, bundled := v.Parts[l.ID]; bundled {
			line.Parent = v.bundle(&d, part.Line, line.Group, now)
			line.Quantity *= part.Units
			line.UnitPrice = l.UnitPrice.Ratio(1, part.Units, 1)
		}
		for _, s := range l.Shares {
			line.Shares = append(line.Shares, order.Share{Promotion: string(s.Promotion), Code: s.Code, Amount: s.Amount})
		}
		d.Lines = append(d.Lines, line)
	}
	return d
}

// groups writes the draft's delivery groups and says which group a line is in.
func (v View) groups(d *order.Draft, now time.Time) map[cart.LineID]order.GroupID {
	of := map[cart.LineID]order.GroupID{}
	for i, delivery := range v.Deliveries {
		o, _ := delivery.Chosen()
		g := order.Group{ID: id.New[order.GroupID]("grp", now), Kind: o.Kind, Method: o.ID, Name: o.Name, Location: o.Location,
			PromiseFrom: o.Promise.From.String(), PromiseTo: o.Promise.To.String()}
		g.Promised, _ = json.Marshal(o.Inputs) // plain fields only
		if s := v.Quote.Shipping; len(s.Split) > 0 {
			l := s.Split[i]
			g.Price, g.Discount, g.Tax, g.Taxes = l.Gross, l.Discount, l.Tax, taxes(l.Taxes)
		} else {
			g.Price, g.Discount, g.Tax, g.Taxes = s.Gross, s.Discount, s.Tax, taxes(s.Taxes)
		}
		d.Groups = append(d.Groups, g)
		for _, l := range delivery.Lines {
			of[l] = g.ID
		}
	}
	return of
}

// lineOf is the cart's line that a line of the basket is, or is a part of.
func (v View) lineOf(id string) cart.LineID {
	if part, bundled := v.Parts[id]; bundled {
		return part.Line
	}
	return cart.LineID(id)
}

// bundle returns the order's line of a bundle, which is written before the
// first of its parts. It says what was bought and bears no money: the parts do,
// each its share, so that one of them can be sent or refunded by itself.
func (v View) bundle(d *order.Draft, line cart.LineID, group order.GroupID, now time.Time) order.LineID {
	i := slices.IndexFunc(v.View.Cart.Lines, func(l cart.Line) bool { return l.ID == line })
	of := v.View.Cart.Lines[i]
	if n := len(d.Lines) - 1; n >= 0 && d.Lines[n].Parent != "" {
		above := slices.IndexFunc(d.Lines, func(l order.Line) bool { return l.ID == d.Lines[n].Parent })
		if d.Lines[above].Variant == string(of.Variant) {
			return d.Lines[above].ID
		}
	}
	item, none := v.Items[of.Variant], money.Of(0, v.Quote.Currency)
	b := order.Line{ID: id.New[order.LineID]("oli", now), Group: group, Kind: order.KindBundle, Product: string(item.ProductID), Variant: string(of.Variant),
		SKU: item.SKU, Title: item.Title, Image: item.Image.Blob, Quantity: of.Quantity, UnitPrice: none, TaxClass: item.TaxClass,
		Subtotal: none, Discount: none, Tax: none, Total: none}
	d.Lines = append(d.Lines, b)
	return b.ID
}

func taxes(lines []quote.TaxLine) []order.Tax {
	all := make([]order.Tax, len(lines))
	for i, t := range lines {
		all[i] = order.Tax{Name: t.Rate.Name, Country: t.Rate.Country, Region: t.Rate.Region, PPM: t.Rate.PPM, Base: t.Base, Amount: t.Amount}
	}
	return all
}
