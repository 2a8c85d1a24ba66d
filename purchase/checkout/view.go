package checkout

import (
	"cmp"
	"context"
	"slices"
	"time"

	"korzo/customer/profile"
	"korzo/delivery/method"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/payment/vault"
	"korzo/purchase/promotion"
	"korzo/purchase/tax/vatid"
	"korzo/value/money"
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
	Points       widget.Points   // the same in points, where they are worth something here
	Due          money.Amount    // left of the total for a payment
	SavedCards   []vault.Card    // that the customer may pay with here
	OneClick     bool            // one tap suffices
	Tap          *Tap            // the tap that is to be placed, or is being; nil for none
	Widgets      []Widget        // of the flow, as they stand for this shopper
	Duty         string          // the country whose customs may ask the buyer for more than the total, as what is sent crosses its border; "" for none
	cart.View                    // the cart, its items, quote and problems, shipping included

	attempt  payment.AttemptID
	market   market.Market
	fittings []flow.Fitting
	now      time.Time
}

// Outcome is the view as an answer to completing.
func (v View) Outcome() Outcome {
	switch v.Status {
	case StatusCompleted:
		return Outcome{Status: v.Status, Order: v.Placed}
	case StatusEscalation, StatusInProgress:
		out := pending(v.NextURL)
		out.Messages = told(v.Session.Locale, out.Messages)
		return out
	}
	return Outcome{Status: v.Status, Messages: v.Messages, Total: v.total()}
}

// total is a copy, so that an outcome keeps an amount alive and not a view.
func (v View) total() *money.Amount {
	total := v.Quote.Total
	return &total
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
	pinned, err := flow.Find(ctx, tx, s.Flow, s.Version)
	if err != nil {
		return v, err
	}
	o := cart.Options{Caller: caller, Buyer: c.buyer(s, contact), Company: contact.Company, VATID: contact.VATID, Tax: pinned.Document.Tax}
	if contact.Shipping.Country != "" {
		o.Address = &contact.Shipping
	}
	if o.Places, err = s.places(ctx, tx); err != nil {
		return v, err
	}
	var known vatid.Check
	if contact.VATID != "" {
		if known, _, err = c.VATIDs.Of(ctx, tx, profile.ContactID(s.Contact), contact.VATID); err != nil {
			return v, err
		}
		if known.State == vatid.StateInvalid {
			o.VATID = "" // nobody has it: tax is charged
		}
	}
	v, err = cart.Load(ctx, tx, s.Cart, o)
	v.VATCheck = string(known.State)
	return v, err
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
	v := View{Session: s, View: loaded, Flow: doc, Contact: contact, market: m, now: tx.Now}
	if err := v.deliver(ctx, tx, tx.Now); err != nil {
		return View{}, err
	}
	if err := c.fit(ctx, tx, &v); err != nil {
		return View{}, err
	}
	if err := v.ship(money.Amount{}); err != nil {
		return View{}, err
	}
	if err := v.tender(ctx, tx); err != nil {
		return View{}, err
	}
	if v.Methods, err = c.payable(ctx, tx, v); err != nil {
		return View{}, err
	}
	if err := v.charge(ctx, tx); err != nil {
		return View{}, err
	}
	if err := v.recall(ctx, tx); err != nil {
		return View{}, err
	}
	v.need()
	if err := v.tapped(ctx, tx); err != nil {
		return View{}, err
	}
	return v, c.settle(ctx, tx, &v)
}

// recall finds the cards that the customer kept and may pay with here. One that
// was chosen and has been deleted since, or is over, is chosen no more.
func (v *View) recall(ctx context.Context, tx *db.Tx) error {
	if v.Session.Customer == "" || v.State != StateOpen {
		return nil
	}
	all, err := vault.List(ctx, tx, v.Session.Customer)
	chosen := false
	for _, card := range all {
		if card.Expires.Over(tx.Now) {
			continue // it could only be declined
		}
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
	q.Basket = v.Whole()
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
