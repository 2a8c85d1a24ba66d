package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/fulfilment/withdrawal"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/i18n"
	"korzo/purchase/download"
	"korzo/purchase/order"
	"korzo/purchase/paylink"
	"korzo/purchase/payment"
	"korzo/value/address"
	"korzo/value/calendar"
)

// errNobody reports a message whose reader is unknown or erased.
var errNobody = fault.New(fault.NotFound, "app.addressee", "there is nobody to write to any more")

func (a *App) reactEngagement() {
	event.On(a.Bus, "message.confirm", func(ctx context.Context, tx *db.Tx, e order.Placed) error {
		o, err := order.AsPlaced(ctx, tx, e.Order)
		if err != nil {
			return err
		}
		c, err := market.FindChannel(ctx, tx, o.Channel)
		if err != nil {
			return err
		}
		said := confirmationOf(a.Words.Locale(o.Locale), c.Name, o)
		if said.Owed, err = owedAt(ctx, tx, a.Words.Locale(o.Locale), o); err != nil {
			return err
		}
		if err := a.sayWithdrawal(ctx, tx, o, &said); err != nil {
			return err
		}
		return message.Queue(ctx, tx, message.Message{Kind: message.KindConfirmation, Locale: o.Locale, Contact: o.Contact, Ref: string(o.ID), Data: said})
	})
	event.On(a.Bus, "message.downloads", func(ctx context.Context, tx *db.Tx, e download.Granted) error {
		o, err := order.Head(ctx, tx, order.ID(e.Order))
		if err != nil {
			return err
		}
		c, err := market.FindChannel(ctx, tx, o.Channel)
		if err != nil {
			return err
		}
		return message.Queue(ctx, tx, message.Message{Kind: message.KindDownloads, Locale: o.Locale, Contact: o.Contact,
			Ref: e.Order, Data: message.Downloads{Shop: c.Name, Number: o.Number}})
	})
}

// owedAt is what of an order is to be paid where it is collected, "" for nothing.
func owedAt(ctx context.Context, tx *db.Tx, l i18n.Locale, o order.Order) (string, error) {
	if o.Payment == "" {
		return "", nil
	}
	p, err := payment.Head(ctx, tx, payment.ID(o.Payment))
	if err != nil || p.Owed().Minor <= 0 {
		return "", err
	}
	return l.Money(p.Owed()), nil
}

// confirmationOf is an order as its confirmation tells of it, without who or
// where. The shop has the name of the channel that was bought in.
func confirmationOf(l i18n.Locale, shop string, o order.Order) message.Confirmation {
	c := message.Confirmation{Shop: shop, Number: o.Number, Subtotal: l.Money(o.Subtotal), Shipping: l.Money(o.Shipping),
		Tax: l.Money(o.Tax), TaxIncluded: o.TaxIncluded, Total: l.Money(o.Total)}
	if !o.Discount.IsZero() {
		c.Discount = l.Money(o.Discount.Neg())
	}
	for _, line := range o.Lines {
		c.Lines = append(c.Lines, message.LineItem{Title: line.Title, Quantity: line.Quantity, Total: l.Money(line.Total)})
	}
	for _, g := range o.Groups {
		from, errFrom := calendar.Parse(g.PromiseFrom)
		to, errTo := calendar.Parse(g.PromiseTo)
		switch days := l.DateRange(from, to); {
		case errFrom != nil || errTo != nil:
		case len(o.Groups) == 1:
			c.Promise = days
		case c.Promise != "":
			c.Promise += "; " + g.Name + ": " + days
		default:
			c.Promise = g.Name + ": " + days
		}
	}
	return c
}

// sayWithdrawal adds how long the buyer may withdraw, as the law wants it on
// something that lasts.
func (a *App) sayWithdrawal(ctx context.Context, tx *db.Tx, o order.Order, to *message.Confirmation) error {
	m, err := market.Find(ctx, tx, o.Market)
	if err != nil {
		return err
	}
	buyer, err := profile.FindContact(ctx, tx, a.Keeper, profile.ContactID(o.Contact))
	if err != nil && !errors.Is(err, profile.ErrErased) && !errors.Is(err, profile.ErrNoContact) {
		return err
	}
	to.Withdraw = withdrawal.Days(m.Returns.Days, cmp.Or(buyer.Shipping.Country, buyer.Billing.Country, m.Country))
	to.FreeReturn = m.Returns.PaidBy == market.PaidByShop
	return nil
}

// addressee finds who gets a message, at the time it is sent.
func (a *App) addressee(ctx context.Context, tx *db.Tx, s message.Sent) (message.Addressee, error) {
	if s.Kind == message.KindRolledBack {
		about, _, _ := strings.Cut(s.Ref, "/")
		return a.staffAddressee(ctx, tx, s, about)
	}
	contact, err := profile.FindContact(ctx, tx, a.Keeper, profile.ContactID(s.Contact))
	if errors.Is(err, profile.ErrErased) || errors.Is(err, profile.ErrNoContact) {
		return message.Addressee{}, errNobody
	}
	if err != nil {
		return message.Addressee{}, fmt.Errorf("find reader of %s: %w", s.ID, err)
	}
	if s.Kind == message.KindPaymentLink {
		return a.payer(ctx, tx, paylink.ID(s.Ref), contact)
	}
	if slices.Contains(message.Letters, s.Kind) {
		to := message.Addressee{Email: contact.Email, Name: contact.Name}
		err := a.letterTo(ctx, tx, s, &to)
		return to, err
	}
	of, part, _ := strings.Cut(s.Ref, "/")
	to := message.Addressee{Email: contact.Email, Phone: dial(contact), Name: contact.Shipping.Name, Address: address.Lines(contact.Shipping),
		Link: a.Checkout.OrderLink(order.ID(of))}
	o, err := order.Find(ctx, tx, order.ID(of))
	if err != nil {
		return to, fmt.Errorf("find what %s is about: %w", s.ID, err)
	}
	to.Market = o.Market
	if s.Kind == message.KindReady || s.Kind == message.KindReminder {
		to.Code, err = a.codeFor(ctx, tx, part)
	}
	if s.Kind == message.KindAvailable {
		to.Code = pickup.Spaced(shipment.Pin(contact, shipment.ParcelID(part)))
	}
	if s.Kind == message.KindDownloads {
		to.Files, err = a.filesOf(ctx, tx, order.ID(s.Ref), s.Locale)
	}
	return to, err
}

// filesOf are the files that a mail brings, with links made when it is sent.
func (a *App) filesOf(ctx context.Context, tx *db.Tx, id order.ID, locale string) (files []message.File, err error) {
	o, err := order.Find(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	all, err := a.Checkout.MailedDownloads(ctx, tx, o)
	words := a.Words.Locale(locale)
	for _, d := range all {
		if d.URL == "" {
			continue
		}
		f := message.File{Name: d.Name, Size: words.Number(max(d.Bytes>>10, 1)) + " kB", URL: d.URL}
		if !d.EndsAt.IsZero() {
			f.Left = words.Date(d.EndsAt, time.UTC)
		}
		files = append(files, f)
	}
	return files, err
}
