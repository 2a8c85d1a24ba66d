package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"korzo/customer/consent"
	"korzo/customer/experiment"
	"korzo/customer/group"
	"korzo/customer/privacy"
	"korzo/customer/profile"
	"korzo/customer/standing"
	"korzo/customer/wallet"
	"korzo/customer/wishlist"
	"korzo/engagement/message"
	"korzo/engagement/restock"
	"korzo/engagement/signin"
	"korzo/fulfilment/shipment"
	"korzo/fulfilment/withdrawal"
	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/auth"
	"korzo/platform/auth/passkey"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/job"
	"korzo/purchase/amend"
	"korzo/purchase/cart"
	"korzo/purchase/document"
	"korzo/purchase/order"
	"korzo/purchase/payment/vault"
)

// openAccount makes what customers do with their account: passkeys, exports,
// erasure.
func (a *App) openAccount() (err error) {
	a.Privacy = &privacy.Desk{DB: a.DB, Keeper: a.Keeper, Parts: a.kept(), Underway: underway, Told: a.tellExport}
	a.Privacy.Register(a.Jobs)
	a.Passkeys, err = passkey.New(a.DB, a.config.BaseURL, "Korzo")
	return err
}

// reactAccount says what follows for accounts.
func (a *App) reactAccount() {
	forget(a, "consent.forget", consent.Forget)
	forget(a, "order.forget_buyers", forgetBuyers)
	a.reactConsent()
	a.reactNewsletter()
	forget(a, "restock.forget", restock.Forget)
	event.On(a.Bus, "withdrawal.confirm", a.confirmWithdrawal)
	event.On(a.Bus, "withdrawal.cancel", func(ctx context.Context, tx *db.Tx, e withdrawal.Declared) error {
		return job.Enqueue(ctx, tx, job.Job{Kind: jobWithdrawn, Key: string(e.Declaration), Body: e.Declaration})
	})
	job.Do(a.Jobs, jobWithdrawn, a.cancelWithdrawn)
}

// scheduleAccount is what recurs for accounts.
func (a *App) scheduleAccount() {
	a.Jobs.Every("privacy.sweep", time.Hour, a.each(privacy.Sweep))
	a.Jobs.Every("restock.expire", time.Hour, a.each(restock.Expire))
	a.Jobs.Every("consent.expire", time.Hour, a.each(consent.Expire))
	a.Jobs.Every("restock.tell", 15*time.Second, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := restock.Tell(ctx, tx, channelName)
		return err
	}))
}

// forget has what a package keeps of a customer ended when they are erased.
func forget(a *App, name string, verb func(ctx context.Context, tx *db.Tx, customer profile.CustomerID) error) {
	event.On(a.Bus, name, func(ctx context.Context, tx *db.Tx, e profile.Erased) error {
		customer, err := profile.CustomerOf(ctx, tx, e.Person)
		if err != nil || customer == "" {
			return err
		}
		return verb(ctx, tx, customer)
	})
}

func channelName(ctx context.Context, tx *db.Tx, channel string) (string, error) {
	c, err := market.FindChannel(ctx, tx, channel)
	return c.Name, err
}

// forgetBuyers has everybody erased in whose name a customer ordered: what they
// ordered as a guest and took over later is sealed under a guest's key.
func forgetBuyers(ctx context.Context, tx *db.Tx, customer profile.CustomerID) error {
	f := order.Filter{Customer: string(customer), Limit: 100}
	for {
		all, next, err := order.List(ctx, tx, f)
		if err != nil {
			return err
		}
		for _, o := range all {
			if o.Contact == "" {
				continue
			}
			if err := profile.EraseContact(ctx, tx, profile.ContactID(o.Contact)); err != nil {
				return err
			}
		}
		if f.After = next; next == "" {
			return nil
		}
	}
}

// underway reports whether an order of a customer has not arrived yet.
func underway(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (bool, error) {
	for _, state := range []order.State{order.StatePlaced, order.StateOnHold} {
		open, _, err := order.List(ctx, tx, order.Filter{Customer: string(customer), State: state, Limit: 100})
		if err != nil {
			return false, err
		}
		for _, o := range open {
			all, err := shipment.OfOrder(ctx, tx, o.ID)
			if err != nil {
				return false, err
			}
			if o.State == order.StateOnHold || slices.ContainsFunc(all, func(f shipment.Fulfilment) bool { return f.State.Open() || f.State == shipment.StateShipped }) {
				return true, nil
			}
		}
	}
	return false, nil
}

// tellExport mails that an export can be downloaded.
func (a *App) tellExport(ctx context.Context, tx *db.Tx, e privacy.Export) error {
	who, err := profile.Find(ctx, tx, a.Keeper, e.Customer)
	if err != nil {
		return err
	}
	shop, err := channelName(ctx, tx, storefrontChannel)
	if err != nil {
		return err
	}
	return message.Queue(ctx, tx, message.Message{Kind: message.KindExport, Locale: who.Locale, Contact: string(who.Contact), Ref: string(e.ID),
		Data: message.Letter{Shop: shop, Until: a.Words.Locale(who.Locale).Date(e.EndsAt, time.UTC)}})
}

// confirmWithdrawal mails what was declared and when, as the law wants it.
func (a *App) confirmWithdrawal(ctx context.Context, tx *db.Tx, e withdrawal.Declared) error {
	d, err := withdrawal.Find(ctx, tx, e.Declaration)
	if err != nil {
		return err
	}
	words, zone, channel := a.Words.Locale(d.Locale), time.UTC, storefrontChannel
	l := message.Letter{Number: d.Number}
	if d.Order != "" {
		o, err := order.Find(ctx, tx, d.Order)
		if err != nil {
			return err
		}
		m, err := market.Find(ctx, tx, o.Market)
		if err != nil {
			return err
		}
		if zone, err = time.LoadLocation(m.Zone); err != nil {
			return err
		}
		channel, l.Placed = o.Channel, words.Date(o.PlacedAt, zone)
		for _, line := range o.Lines {
			if line.Kind != order.KindBundle && (len(d.Lines) == 0 || slices.Contains(d.Lines, line.ID)) {
				l.Lines = append(l.Lines, message.LineItem{Title: line.Title, Quantity: line.Quantity})
			}
		}
	}
	l.When = words.DateTime(d.SaidAt, zone)
	if l.Shop, err = channelName(ctx, tx, channel); err != nil {
		return err
	}
	return message.Queue(ctx, tx, message.Message{Kind: message.KindWithdrawn, Locale: d.Locale, Contact: string(d.Contact), Ref: string(d.ID), Data: l})
}

// jobWithdrawn cancels an order that was withdrawn from before anybody began.
const jobWithdrawn = "withdrawal.cancel"

// cancelWithdrawn settles a withdrawal by itself where nothing has been gathered
// yet; all else waits for a person.
func (a *App) cancelWithdrawn(ctx context.Context, id withdrawal.ID) error {
	var d withdrawal.Declaration
	free := false
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if d, err = withdrawal.Find(ctx, tx, id); err != nil || d.Order == "" || len(d.Lines) > 0 {
			return err
		}
		o, err := order.Head(ctx, tx, d.Order)
		if err != nil {
			return err
		}
		all, err := shipment.OfOrder(ctx, tx, d.Order)
		free = o.State == order.StatePlaced && len(all) > 0 && !slices.ContainsFunc(all, shipment.Fulfilment.Begun)
		return err
	})
	if err != nil || !free {
		return err
	}
	_, err = a.Amend.Propose(ctx, amend.Request{Order: d.Order, Key: "withdrawal", Kind: amend.KindCancel, Reason: "withdrawn from by the buyer", Actor: "buyer",
		Proof: func(ctx context.Context, tx *db.Tx) error { return shipment.Untouched(ctx, tx, d.Order) }})
	if errors.Is(err, shipment.ErrBegun) {
		return nil // somebody began at this very moment: a person decides
	}
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		return exception.Clear(ctx, tx, withdrawal.TroubleDeclared, string(d.ID), "nothing had been gathered: the order was canceled and the money goes back")
	})
}

// letterTo adds what a letter brings that no row holds.
func (a *App) letterTo(ctx context.Context, tx *db.Tx, s message.Sent, to *message.Addressee) error {
	switch s.Kind {
	case message.KindSignIn:
		token, code := signin.Secrets(a.Keeper, s.Ref)
		to.Code, to.Link = code, a.config.BaseURL+"/sign-in/link/"+token
	case message.KindExport:
		to.Link = a.config.BaseURL + "/account/privacy"
	case message.KindChanged:
		to.Link = a.config.BaseURL + "/account/security"
	case message.KindCard:
		to.Link = a.config.BaseURL + "/account/wallet#cards"
	case message.KindWithdrawn:
		to.Link = ""
	case message.KindConsent:
		to.Link = a.config.BaseURL + "/letters/confirm/" + consent.ConfirmLink(a.Keeper, consent.ID(s.Ref))
	case message.KindWelcome:
		link := consent.Link(a.Keeper, profile.ContactID(s.Contact))
		to.Link, to.End = a.config.BaseURL+"/letters/"+link, a.config.BaseURL+"/letters/end/"+link
	case message.KindBack:
		w, err := restock.Find(ctx, tx, restock.ID(s.Ref))
		if err != nil {
			return err
		}
		items, err := catalog.SellableIn(ctx, tx, w.Channel, w.Locale, []catalog.VariantID{w.Variant})
		it := items[w.Variant]
		to.Link = a.config.BaseURL + "/products/" + it.Slug + "?variant=" + it.SKU
		return err
	}
	return nil
}

// kept is everything that is kept of a customer, by whom.
func (a *App) kept() []privacy.Part {
	part := func(name string, read func(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (any, error)) privacy.Part {
		return privacy.Part{Name: name, Read: read}
	}
	return []privacy.Part{
		part("profile", func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return profile.FindRecord(ctx, tx, a.Keeper, c)
		}),
		part("contacts", a.keptContacts),
		part("groups", func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return group.Of(ctx, tx, string(c))
		}),
		part("consents", func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return consent.History(ctx, tx, c)
		}),
		part("orders", keptOrders),
		part("messages", a.keptMessages),
		part("wishes", func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return a.keptWishes(ctx, tx, c)
		}),
		part("saved_for_later", func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return wishlist.SavedOf(ctx, tx, wishlist.Of(c))
		}),
		part("carts", func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return cart.Of(ctx, tx, string(c))
		}),
		part("experiments", func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return experiment.SeenBy(ctx, tx, string(c))
		}),
		part("standing", func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return standing.Of(ctx, tx, string(c))
		}),
		part("waits_for", func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return restock.List(ctx, tx, c)
		}),
		part("cards", func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return keptCards(ctx, tx, c)
		}),
		part("credit", keptCredit),
		part("points", keptPoints),
		part("sessions", func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return auth.Sessions(ctx, tx, auth.RealmCustomer, string(c), "")
		}),
		part("passkeys", func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return passkey.List(ctx, tx, auth.RealmCustomer, string(c))
		}),
	}
}

// keptList is a wish list with what is on it.
type keptList struct {
	wishlist.List
	Products []catalog.ProductID
}

func (a *App) keptWishes(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
	lists, err := wishlist.Lists(ctx, tx, a.Keeper, c)
	all := make([]keptList, len(lists))
	for i := range lists {
		all[i].List = lists[i]
		if err == nil {
			all[i].Products, err = wishlist.Products(ctx, tx, lists[i].ID)
		}
	}
	return all, err
}

// contactsOf are the contacts of the person that a customer is.
func (a *App) contactsOf(ctx context.Context, tx *db.Tx, c profile.CustomerID) ([]profile.ContactID, error) {
	who, err := profile.Find(ctx, tx, a.Keeper, c)
	if err != nil {
		return nil, err
	}
	all, err := profile.PersonContacts(ctx, tx, who.Person)
	return all[:min(len(all), 500)], err
}

func (a *App) keptContacts(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
	ids, err := a.contactsOf(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	return profile.Contacts(ctx, tx, a.Keeper, ids)
}

// keptOrder is an order with what was issued and declared about it.
type keptOrder struct {
	order.Order
	Documents   []document.Document
	Withdrawals []withdrawal.Declaration
}

// mostOrders bounds the orders of an export.
const mostOrders = 2000

func keptOrders(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
	var all []keptOrder
	for after := order.ID(""); len(all) < mostOrders; {
		page, next, err := order.List(ctx, tx, order.Filter{Customer: string(c), After: after, Limit: 100})
		if err != nil {
			return nil, err
		}
		for _, head := range page {
			one := keptOrder{}
			if one.Order, err = order.Find(ctx, tx, head.ID); err != nil {
				return nil, err
			}
			if one.Documents, err = document.OfOrder(ctx, tx, string(head.ID)); err != nil {
				return nil, err
			}
			if one.Withdrawals, err = withdrawal.OfOrder(ctx, tx, head.ID); err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		if after = next; after == "" {
			break
		}
	}
	for i := range all { // what goods cost the shop is nothing about the buyer
		for j := range all[i].Lines {
			all[i].Lines[j].UnitCost.Minor, all[i].Lines[j].Sources = 0, nil
		}
	}
	return all, nil
}

func (a *App) keptMessages(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
	ids, err := a.contactsOf(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	return message.To(ctx, tx, contactIDs(ids), "", 100)
}

func contactIDs(ids []profile.ContactID) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = string(id)
	}
	return all
}

// keptCard is a card without what only the gateway should see.
type keptCard struct {
	Brand, Last, State string
	Expires            string // "2027-04"
	AgreedAt           time.Time
}

func keptCards(ctx context.Context, tx *db.Tx, c profile.CustomerID) ([]keptCard, error) {
	cards, err := vault.List(ctx, tx, string(c))
	all := make([]keptCard, len(cards))
	for i, card := range cards {
		all[i] = keptCard{card.Brand, card.Last, string(card.State), card.Expires.ISO(), card.AgreedAt}
	}
	return all, err
}

// keptWallet is store credit in a currency with its story.
type keptWallet struct {
	wallet.Balance
	History []wallet.Change
}

func keptCredit(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
	balances, err := wallet.Balances(ctx, tx, c)
	all := make([]keptWallet, len(balances))
	for i, b := range balances {
		all[i].Balance = b
		if err == nil {
			all[i].History, err = wallet.History(ctx, tx, c, b.Available.Currency, 0, 100)
		}
	}
	return all, err
}

func keptPoints(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
	b, err := wallet.PointsOf(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	history, err := wallet.History(ctx, tx, c, wallet.Points, 0, 100)
	return keptWallet{b, history}, err
}
