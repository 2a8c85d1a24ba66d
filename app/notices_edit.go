package app

import (
	"context"
	"slices"
	"strings"

	"korzo/customer/profile"
	"korzo/delivery/method"
	"korzo/engagement/message"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/i18n"
	"korzo/purchase/amend"
	"korzo/purchase/order"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

// reactEdited has buyers told what became of their order when it was edited, by
// staff or by themselves: an address that they did not change is worth a letter.
func (a *App) reactEdited() {
	event.On(a.Bus, "notice.edited", func(ctx context.Context, tx *db.Tx, e amend.Edited) error {
		o, err := order.Find(ctx, tx, e.Order)
		if err != nil || o.Contact == "" {
			return err
		}
		all, err := amend.List(ctx, tx, e.Order)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(m amend.Amendment) bool { return m.ID == e.Amendment })
		if i < 0 {
			return nil
		}
		n, err := a.editNotice(ctx, tx, o, all, all[i])
		if err != nil {
			return err
		}
		return message.Queue(ctx, tx, message.Message{Kind: message.KindEdited, Locale: o.Locale, Contact: o.Contact, Ref: string(o.ID) + "/" + string(e.Amendment), Data: n})
	})
}

// editNotice is what is told of an edit: of one that is made, of an order and all
// its amendments after it; of one that is looked at, before it.
func (a *App) editNotice(ctx context.Context, tx *db.Tx, o order.Order, all []amend.Amendment, m amend.Amendment) (n message.Notice, err error) {
	channel, err := market.FindChannel(ctx, tx, o.Channel)
	if err != nil {
		return n, err
	}
	words := a.Words.Locale(o.Locale)
	n = message.Notice{Shop: channel.Name, Number: o.Number, Moved: m.Contact != "" || len(m.Promises) > 0}
	if m.ID == "" {
		all = append(slices.Clone(all), m)
		o.Lines = append(slices.Clone(o.Lines), m.Addition.Lines...)
	}
	n.Lines = leftOf(o, all)
	for _, l := range m.Addition.Lines {
		n.Added = append(n.Added, message.LineItem{Title: l.Title, Quantity: l.Quantity})
	}
	for _, out := range m.Lines {
		if i := slices.IndexFunc(o.Lines, func(l order.Line) bool { return l.ID == out.Line }); i >= 0 {
			n.Removed = append(n.Removed, message.LineItem{Title: o.Lines[i].Title, Quantity: out.Units})
		}
	}
	if back := m.Total().Minor - m.Added.Minor; back > 0 {
		n.Amount = words.Money(money.Of(back, o.Currency()))
	}
	if n.Moved {
		n.Promise = arrives(words, o, m)
	}
	return n, nil
}

// leftOf names what of an order its amendments have left in it.
func leftOf(o order.Order, all []amend.Amendment) (items []message.LineItem) {
	gone := map[order.LineID]int64{}
	for _, m := range all {
		if m.State == amend.StateDeclined || m.State == amend.StateFailed {
			continue
		}
		for _, l := range m.Lines {
			gone[l.Line] += l.Units
		}
	}
	for _, l := range o.Lines {
		if units := l.Quantity - gone[l.ID]; units > 0 && l.Parent == "" {
			items = append(items, message.LineItem{Title: l.Title, Quantity: units})
		}
	}
	return items
}

// arrives is when what is sent of an order arrives: as it is looked at, or as it
// was promised.
func arrives(words i18n.Locale, o order.Order, m amend.Amendment) string {
	var days []string
	for _, g := range o.Groups {
		i := slices.IndexFunc(m.Promises, func(p amend.Promise) bool { return p.Group == g.ID })
		if i >= 0 {
			g.PromiseFrom, g.PromiseTo = m.Promises[i].Window.From.String(), m.Promises[i].Window.To.String()
		}
		from, err := calendar.Parse(g.PromiseFrom)
		to, err2 := calendar.Parse(g.PromiseTo)
		if text := words.DateRange(from, to); err == nil && err2 == nil && g.Kind == method.Ship && g.Added == "" && !slices.Contains(days, text) {
			days = append(days, text)
		}
	}
	return strings.Join(days, "; ")
}

// editMail is the mail that an edit would send to the buyer, as it is looked at.
// To is where the edit sends the order; nil: where it went.
func (a *App) editMail(ctx context.Context, m amend.Amendment, to *address.Address) (written message.Mail, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		o, err := order.Find(ctx, tx, m.Order)
		if err != nil {
			return err
		}
		all, err := amend.List(ctx, tx, m.Order)
		if err != nil {
			return err
		}
		n, err := a.editNotice(ctx, tx, o, all, m)
		if err != nil {
			return err
		}
		c, err := profile.FindContact(ctx, tx, a.Keeper, profile.ContactID(o.Contact))
		if err != nil {
			return err
		}
		reader := message.Addressee{Email: c.Email, Name: c.Shipping.Name, Address: address.Lines(c.Shipping), Link: a.Checkout.OrderLink(o.ID)}
		if to != nil {
			reader.Name, reader.Address = to.Name, address.Lines(*to)
		}
		written, err = message.WriteNotice(message.KindEdited, o.Locale, n, reader)
		return err
	})
	return written, err
}
