package checkout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"korzo/customer/experiment"
	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/payment/vault"
	"korzo/value/address"
)

// Start opens the session of a cart, or returns the one it has. visit is what
// the door knows of the shopper; the flow is chosen here, once, and stays.
func (c *Checkout) Start(ctx context.Context, cartID cart.ID, caller cart.Caller, visit flow.Visit) (v View, err error) {
	defer func() {
		c.watch(ctx, recover(), err, func(ctx context.Context) (string, error) { return c.tried(ctx, cartID, caller, visit) })
	}()
	err = c.DB.Write(ctx, func(tx *db.Tx) error {
		v, err = c.start(ctx, tx, cartID, caller, visit)
		return err
	})
	if errors.Is(err, db.ErrUnique) { // somebody else began at the same moment
		err = c.DB.Write(ctx, func(tx *db.Tx) error {
			v, err = c.start(ctx, tx, cartID, caller, visit)
			return err
		})
	}
	if err != nil {
		return View{}, fmt.Errorf("start checkout of cart: %w", err)
	}
	c.dress(ctx, &v)
	return c.told(v), nil
}

func (c *Checkout) start(ctx context.Context, tx *db.Tx, cartID cart.ID, caller cart.Caller, visit flow.Visit) (View, error) {
	s, err := selectLive(ctx, tx, cartID)
	if err == nil {
		if err := mayUse(s, caller); err != nil {
			return View{}, err
		}
		v, err := c.view(ctx, tx, s, caller)
		begun := false
		if err == nil {
			v, begun, err = c.startAtPlace(ctx, tx, &s, v, caller)
		}
		if err == nil && begun {
			s.Revision++
			s.shown = v.dates()
			return held(ctx, tx, true)(v, updateSession(ctx, tx, s))
		}
		if err == nil && v.unseen() {
			s.shown = v.dates()
			err = updateShown(ctx, tx, s)
		}
		return held(ctx, tx, false)(v, err)
	}
	if !errors.Is(err, db.ErrNoRow) {
		return View{}, err
	}
	loaded, err := cart.Load(ctx, tx, cartID, cart.Options{Caller: caller})
	if err != nil {
		return View{}, err
	}
	visit, choice, arm, err := chooseFlow(ctx, tx, visit, loaded)
	if err != nil {
		return View{}, err
	}
	s = Session{
		ID: id.New[ID]("chk", tx.Now), Cart: cartID, Market: loaded.Cart.Market, Channel: loaded.Cart.Channel,
		Locale: loaded.Cart.Locale, Customer: loaded.Cart.Customer, Flow: choice.Flow, Version: choice.Version,
		Arm: arm.Pin(), Visitor: cmp.Or(arm.Unit, visit.Visitor), visit: visit, State: StateOpen, Revision: 1, CreatedAt: tx.Now,
	}
	if s.Seen, err = c.seen(ctx, tx, s, choice.Document, visit); err != nil {
		return View{}, err
	}
	v, err := c.viewOf(ctx, tx, s, loaded, choice.Document, profile.Contact{})
	if err == nil {
		v, _, err = c.startAtPlace(ctx, tx, &s, v, caller)
	}
	if err != nil {
		return View{}, err
	}
	s.shown = v.dates()
	return held(ctx, tx, false)(v, insertSession(ctx, tx, s))
}

// chooseFlow chooses the flow of a visit, and the arm where it is tested.
func chooseFlow(ctx context.Context, tx *db.Tx, visit flow.Visit, loaded cart.View) (flow.Visit, flow.Choice, experiment.Assignment, error) {
	var choice flow.Choice
	visit, err := visited(ctx, tx, visit, loaded)
	if err == nil {
		choice, err = flow.Choose(ctx, tx, visit)
	}
	if err != nil {
		return visit, choice, experiment.Assignment{}, err
	}
	choice, arm, err := flow.Try(ctx, tx, choice, visit, loaded.Cart.Customer)
	return visit, choice, arm, err
}

// tried writes down the arm with which a checkout could not begin, as that was
// undone with it, and returns the visitor: an arm that lets nobody begin has
// failed them all.
func (c *Checkout) tried(ctx context.Context, cartID cart.ID, caller cart.Caller, visit flow.Visit) (visitor string, err error) {
	err = c.DB.Write(ctx, func(tx *db.Tx) error {
		s, err := selectLive(ctx, tx, cartID)
		if visitor = s.Visitor; !errors.Is(err, db.ErrNoRow) {
			return err // had begun before
		}
		loaded, err := cart.Load(ctx, tx, cartID, cart.Options{Caller: caller})
		if err != nil {
			return err
		}
		visit, _, arm, err := chooseFlow(ctx, tx, visit, loaded)
		visitor = cmp.Or(arm.Unit, visit.Visitor)
		return err
	})
	return visitor, err
}

// Patch is what a shopper says; a nil field says nothing. What is not yet
// right, such as half an address, is kept and told in the view's messages.
type Patch struct {
	Email    *string
	Shipping *address.Address
	Billing  *address.Address
	Company  *string // the business that buys
	VATID    *string
	Birth    *string       // the day the payer was born: "1990-05-17"; kept until a lender has decided
	Option   *string       // how all of it travels
	Groups   []GroupChoice // how each part of it does; stronger than Option
	Point    *string       // with Option, or for what was chosen before: the code of a pick-up point
	Near     *string       // the postal code near which points are shown; "": the address's
	Method   *string
	Token    *string                   // the instrument
	Parts    *int64                    // the number of instalments, of those that Plans tells; 1 is at once
	Credit   *bool                     // whether store credit is to pay, as far as it goes
	Points   *int64                    // how many points are to pay, as far as they go; AllPoints
	Saved    *string                   // a kept card of the customer's: its method and token
	Keep     *bool                     // whether the card is kept for later: the customer's consent
	Widgets  map[string]widget.Answers // what is said to the flow's widgets, by name; what is left out stays
	IP       string                    // of who tries codes there: tries are counted by address

	heard map[string]widget.Answers // what the widgets keep of it
}

// Empty reports whether a patch says nothing.
func (p Patch) Empty() bool {
	return p.Email == nil && p.Shipping == nil && p.Billing == nil && p.Company == nil && p.VATID == nil && p.Birth == nil &&
		p.Option == nil && p.Groups == nil && p.Point == nil && p.Near == nil && p.Method == nil && p.Token == nil && p.Parts == nil && p.Credit == nil && p.Points == nil && p.Widgets == nil
}

// Update adds what a shopper says to an open session. It fails with ErrPaying,
// ErrPlaced, ErrOption, ErrMethod or ErrInstrument and then changes nothing.
func (c *Checkout) Update(ctx context.Context, id ID, caller cart.Caller, p Patch) (v View, err error) {
	defer func() { c.watch(ctx, recover(), err, c.visitor(id)) }()
	said, err := c.hear(ctx, id, caller, &p)
	if err == nil {
		err = c.DB.Write(ctx, func(tx *db.Tx) error {
			v, err = c.update(ctx, tx, id, caller, p)
			return err
		})
	}
	if err != nil {
		return View{}, fmt.Errorf("update checkout %s: %w", id, err)
	}
	v.Messages = append(v.Messages, said...)
	c.dress(ctx, &v)
	return c.told(v), nil
}

func (c *Checkout) update(ctx context.Context, tx *db.Tx, id ID, caller cart.Caller, p Patch) (View, error) {
	s, err := c.locked(ctx, tx, id, caller)
	if err != nil {
		return View{}, err
	}
	switch s.State {
	case StatePaying:
		return View{}, ErrPaying
	case StatePlaced:
		return View{}, ErrPlaced
	}
	contact, moved, err := c.say(ctx, tx, &s, p)
	if err == nil && p.VATID != nil {
		err = c.VATIDs.Want(ctx, tx, profile.ContactID(s.Contact), *p.VATID)
	}
	if err != nil {
		return View{}, err
	}
	pinned, err := flow.Find(ctx, tx, s.Flow, s.Version)
	if err != nil {
		return View{}, err
	}
	doc, before := pinned.Document, s.Groups
	if err := c.choose(ctx, tx, &s, doc, p); err != nil {
		return View{}, err
	}
	s.Revision++
	loaded, err := c.load(ctx, tx, s, caller, contact)
	if err != nil {
		return View{}, err
	}
	v, err := c.viewOf(ctx, tx, s, loaded, doc, contact)
	if err != nil {
		return View{}, err
	}
	if !sameWay(before, s.Groups) {
		if err := v.note(ctx, tx); err != nil {
			return View{}, err
		}
	}
	s.shown = v.dates()
	return held(ctx, tx, moved || !sameWay(before, s.Groups))(v, updateSession(ctx, tx, s))
}

// born keeps the day of birth with the contact while the chosen way to pay needs
// it, and reports whether that changed anything.
func (p Patch) born(contact *profile.Contact) bool {
	before := contact.Birth
	if p.Birth != nil {
		contact.Birth = *p.Birth
	}
	if p.Method != nil {
		if m, ok := paymethod.Find(*p.Method); ok && !m.Wants(paymethod.NeedBirthDate) {
			contact.Birth = ""
		}
	}
	return contact.Birth != before
}

// sameWay reports whether lines travel as they did.
func sameWay(a, b []Group) bool {
	return slices.EqualFunc(a, b, func(a, b Group) bool {
		return a.at() == b.at() && a.Method == b.Method && slices.Equal(a.Lines, b.Lines)
	})
}

// say keeps the contact data of a patch under the person's key, and reports
// whether what is sent goes elsewhere now.
func (c *Checkout) say(ctx context.Context, tx *db.Tx, s *Session, p Patch) (contact profile.Contact, moved bool, err error) {
	if contact, err = c.contact(ctx, tx, *s); err != nil {
		return contact, false, err
	}
	if !s.keep(&contact, p.heard) && !p.born(&contact) && p.Email == nil && p.Shipping == nil && p.Billing == nil && p.Company == nil && p.VATID == nil {
		return contact, false, nil
	}
	if p.Email != nil {
		contact.Email = *p.Email
	}
	if p.Shipping != nil {
		before := contact.Shipping
		contact.Shipping, contact.Phone = p.Shipping.Clean(), p.Shipping.Phone
		moved = contact.Shipping.Country != before.Country || contact.Shipping.PostalCode != before.PostalCode
	}
	if p.Company != nil {
		contact.Company = *p.Company
	}
	if p.VATID != nil {
		contact.VATID = *p.VATID
	}
	if p.Billing != nil {
		contact.Billing = p.Billing.Clean()
	}
	for _, word := range contact.Words {
		if err := payment.NoCardNumber(word); err != nil {
			return contact, false, err
		}
	}
	for _, a := range []address.Address{contact.Shipping, contact.Billing} {
		if err := payment.NoCardNumber(a.Name, a.Line1, a.Line2, a.City, a.Region, a.PostalCode, contact.Email); err != nil {
			return contact, false, err
		}
	}
	if s.Contact == "" {
		if s.Customer != "" { // theirs: shown in their account, and gone with it
			if contact.Person, err = profile.PersonOf(ctx, tx, profile.CustomerID(s.Customer)); err != nil {
				return contact, false, err
			}
		}
		id, err := profile.SaveContact(ctx, tx, c.Keeper, contact)
		s.Contact = string(id)
		return contact, moved, err
	}
	return contact, moved, profile.UpdateContact(ctx, tx, c.Keeper, contact)
}

// choose keeps the delivery and payment a patch chooses.
func (c *Checkout) choose(ctx context.Context, tx *db.Tx, s *Session, doc flow.Document, p Patch) error {
	if p.Option != nil && p.Groups == nil {
		p.Groups = []GroupChoice{{Option: *p.Option}}
	}
	if p.Groups != nil {
		if err := s.chooseGroups(ctx, tx, doc, p.Groups); err != nil {
			return err
		}
	}
	if err := s.choosePoint(ctx, tx, p); err != nil {
		return err
	}
	if p.Method != nil {
		m, err := c.method(doc, s.Market, *p.Method)
		if err != nil {
			return err
		}
		if before, _ := paymethod.Find(s.Method); s.Method != "" && s.Method != m.ID && (m.Flow != paymethod.Fields || before.Flow != paymethod.Fields) {
			s.Instrument = "" // a card's token is no other method's business, and a wallet's no card's
		}
		s.Method, s.Failure = m.ID, nil
	}
	if p.Credit != nil {
		s.UseCredit = *p.Credit && s.Customer != ""
	}
	if p.Points != nil && s.Customer != "" {
		s.UsePoints = max(*p.Points, AllPoints)
	}
	if p.Keep != nil {
		s.Keep = *p.Keep && s.Customer != ""
	}
	if p.Token != nil {
		if !payment.ValidInstrument(*p.Token) {
			return ErrInstrument
		}
		s.Instrument, s.Failure, s.Saved = *p.Token, nil, ""
	}
	if err := c.chooseSaved(ctx, tx, s, doc, p); err != nil {
		return err
	}
	c.spread(s, doc, p.Parts)
	return nil
}

// chooseSaved has a kept card pay. Another token, or another way to pay, ends that.
func (c *Checkout) chooseSaved(ctx context.Context, tx *db.Tx, s *Session, doc flow.Document, p Patch) error {
	if p.Saved == nil || *p.Saved == "" || p.Token != nil {
		if s.Saved != "" && (s.Instrument == "" || p.Saved != nil && *p.Saved == "") {
			s.Saved, s.Instrument = "", ""
		}
		return nil
	}
	card, err := vault.Usable(ctx, tx, s.Customer, vault.ID(*p.Saved))
	if errors.Is(err, vault.ErrNotFound) || errors.Is(err, vault.ErrExpired) {
		return ErrSaved
	}
	if err != nil {
		return err
	}
	m, err := c.method(doc, s.Market, card.Method)
	if err != nil {
		return ErrSaved
	}
	s.Method, s.Instrument, s.Saved, s.Failure, s.Keep = m.ID, card.Instrument, card.ID, nil, false
	return nil
}

// Find returns a session as its shopper may see it, or ErrNotFound.
func (c *Checkout) Find(ctx context.Context, id ID, caller cart.Caller) (v View, err error) {
	defer func() { c.watch(ctx, recover(), err, c.visitor(id)) }()
	err = c.DB.Read(ctx, func(tx *db.Tx) error {
		s, err := selectSession(ctx, tx, id)
		if err == nil {
			err = mayUse(s, caller)
		}
		if err != nil {
			return err
		}
		v, err = c.view(ctx, tx, s, caller)
		return err
	})
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err == nil {
		err = c.see(ctx, v)
	}
	if err != nil {
		return View{}, fmt.Errorf("find checkout %s: %w", id, err)
	}
	c.dress(ctx, &v)
	return v, nil
}

// FindByAttempt returns the session whose payment an attempt is of: the shopper
// who comes back from a bank knows nothing else.
func (c *Checkout) FindByAttempt(ctx context.Context, a payment.AttemptID) (id ID, err error) {
	err = c.DB.Read(ctx, func(tx *db.Tx) error {
		attempt, err := payment.FindAttempt(ctx, tx, a)
		if err != nil {
			return err
		}
		p, _, err := payment.Find(ctx, tx, attempt.Payment)
		if err != nil {
			return err
		}
		placing, err := selectPlacing(ctx, tx, PlacingID(p.Owner.ID))
		id = placing.Session
		return err
	})
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	return id, err
}

// locked reads a session for a change, or ErrNotFound.
func (c *Checkout) locked(ctx context.Context, tx *db.Tx, id ID, caller cart.Caller) (Session, error) {
	s, err := selectSessionLocked(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err == nil {
		err = mayUse(s, caller)
	}
	return s, err
}

// mayUse refuses a customer's session to anybody else; a guest's session id is
// a capability, on its channel.
func mayUse(s Session, caller cart.Caller) error {
	if s.Customer == "" && (caller.Channel == "" || caller.Channel == s.Channel) || s.Customer != "" && s.Customer == caller.Customer {
		return nil
	}
	return ErrNotFound
}

func (c *Checkout) contact(ctx context.Context, tx *db.Tx, s Session) (profile.Contact, error) {
	if s.Contact == "" {
		return profile.Contact{}, nil
	}
	return profile.FindContact(ctx, tx, c.Keeper, profile.ContactID(s.Contact))
}
