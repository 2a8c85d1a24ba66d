package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/customer/profile"
	"korzo/delivery/carriage"
	"korzo/engagement/message"
	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/offer/inventory"
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

// textual are the notices that are sent as a text too, where the buyer left a
// telephone number.
var textual = []message.Kind{message.KindShipped, message.KindOutForDelivery, message.KindAvailable, message.KindLate, message.KindFailed, message.KindReturning,
	message.KindReady, message.KindReminder, message.KindSentInstead}

// ofStatus are the notices of what a carrier tells.
var ofStatus = map[carriage.Status]message.Kind{carriage.StatusOutForDelivery: message.KindOutForDelivery, carriage.StatusAvailable: message.KindAvailable,
	carriage.StatusFailure: message.KindFailed, carriage.StatusReturn: message.KindReturning}

// told is one thing that is told about an order: of which kind, and about what
// part of it, so that it is told once.
type told struct {
	kind       message.Kind
	order      order.ID
	part       string // a parcel, a fulfilment, an amendment
	lines      []shipment.Sent
	parcel     shipment.ParcelID
	fulfilment shipment.ID
	amount     int64 // minor units
	rest       bool
	from, to   string // civil dates of its arrival, where this says them
}

// reactNotices says what is told to the buyer between promise and doorstep.
func (a *App) reactNotices() {
	a.reactEdited()
	tells(a, "notice.shipped", func(e shipment.Shipped) told {
		if e.Collected {
			return told{} // handing over tells of itself
		}
		return told{kind: message.KindShipped, order: e.Order, part: string(e.Parcel), parcel: e.Parcel, lines: e.Lines, rest: e.Rest > 0}
	})
	tells(a, "notice.tracked", func(e shipment.Tracked) told {
		kind, tells := ofStatus[e.Status]
		if !tells {
			return told{}
		}
		return told{kind: kind, order: e.Order, part: string(e.Parcel), parcel: e.Parcel}
	})
	tells(a, "notice.delivered", func(e shipment.Delivered) told {
		if e.Parcel == "" {
			return told{}
		}
		return told{kind: message.KindDelivered, order: e.Order, part: string(e.Parcel), parcel: e.Parcel}
	})
	tells(a, "notice.late", func(e shipment.Late) told {
		return told{kind: message.KindLate, order: e.Order, part: cmp.Or(string(e.Parcel), string(e.Fulfilment)), parcel: e.Parcel, fulfilment: e.Fulfilment}
	})
	tells(a, "notice.ready", func(e pickup.ReadyToCollect) told {
		return told{kind: message.KindReady, order: e.Order, part: string(e.Fulfilment), fulfilment: e.Fulfilment}
	})
	tells(a, "notice.reminded", func(e pickup.Reminded) told {
		return told{kind: message.KindReminder, order: e.Order, part: string(e.Fulfilment) + "/" + strconv.FormatInt(e.Times, 10), fulfilment: e.Fulfilment}
	})
	tells(a, "notice.expired", func(e pickup.Expired) told {
		return told{kind: message.KindExpired, order: e.Order, part: string(e.Fulfilment), fulfilment: e.Fulfilment}
	})
	tells(a, "notice.sent_instead", func(e shipment.SentInstead) told {
		return told{kind: message.KindSentInstead, order: e.Order, part: string(e.Fulfilment), lines: e.Lines, from: e.PromiseFrom, to: e.PromiseTo}
	})
	tells(a, "notice.handed_over", func(e pickup.HandedOver) told {
		if !e.All {
			return told{} // told when the last of it has gone
		}
		return told{kind: message.KindHandedOver, order: e.Order, part: string(e.Fulfilment), fulfilment: e.Fulfilment}
	})
	tells(a, "notice.canceled", func(e order.Moved) told {
		if e.To != string(order.StateCanceled) {
			return told{}
		}
		return told{kind: message.KindCanceled, order: e.Order, part: "canceled"}
	})
	tells(a, "notice.refunded", func(e amend.Refunded) told {
		t := told{kind: message.KindRefunded, order: e.Order, part: string(e.Amendment), amount: e.Shipping + e.Other}
		for _, l := range e.Lines {
			t.amount += l.Amount
			if l.Units > 0 {
				t.lines = append(t.lines, shipment.Sent{Line: l.Line, Units: l.Units})
			}
		}
		return t
	})
}

// tells has a fact told to the buyer as what says, when its kind is not "".
func tells[E event.Event](a *App, name string, what func(E) told) {
	event.On(a.Bus, name, func(ctx context.Context, tx *db.Tx, e E) error {
		t := what(e)
		if t.kind == "" {
			return nil
		}
		return a.tell(ctx, tx, t)
	})
}

// tell queues the mail of something, and the text where there is a number.
func (a *App) tell(ctx context.Context, tx *db.Tx, t told) error {
	o, err := order.Find(ctx, tx, t.order)
	if err != nil || o.Contact == "" {
		return err
	}
	n, err := a.notice(ctx, tx, o, t)
	if err != nil {
		return err
	}
	m := message.Message{Kind: t.kind, Locale: o.Locale, Contact: o.Contact, Ref: string(o.ID) + "/" + t.part, Data: n}
	if err := message.Queue(ctx, tx, m); err != nil || !slices.Contains(textual, t.kind) {
		return err
	}
	c, err := profile.FindContact(ctx, tx, a.Keeper, profile.ContactID(o.Contact))
	if errors.Is(err, profile.ErrErased) || errors.Is(err, profile.ErrNoContact) {
		return nil
	}
	if err != nil || dial(c) == "" {
		return err
	}
	m.Medium = message.ByText
	return message.Queue(ctx, tx, m)
}

// dial is the number under which a contact gets texts, or "".
func dial(c profile.Contact) string {
	return address.Dial(cmp.Or(c.Phone, c.Shipping.Phone), cmp.Or(c.Shipping.Country, c.Billing.Country))
}

// notice is what is told, in the order's language.
func (a *App) notice(ctx context.Context, tx *db.Tx, o order.Order, t told) (message.Notice, error) {
	words := a.Words.Locale(o.Locale)
	channel, err := market.FindChannel(ctx, tx, o.Channel)
	if err != nil {
		return message.Notice{}, err
	}
	n := message.Notice{Shop: channel.Name, Number: o.Number, Part: t.rest, Moved: t.kind == message.KindSentInstead, Promise: days(words, t.from, t.to)}
	if t.amount > 0 {
		n.Amount = words.Money(money.Of(t.amount, o.Currency()))
	}
	if t.parcel != "" {
		p, err := shipment.FindParcel(ctx, tx, t.parcel)
		if err != nil {
			return n, err
		}
		a.noteParcel(&n, p)
		if t.kind == message.KindAvailable {
			if err := noteBox(ctx, tx, &n, words, o, p); err != nil {
				return n, err
			}
		}
		t.fulfilment = p.Fulfilment
		if len(t.lines) == 0 {
			t.lines = sent(p.Lines)
		}
	}
	if t.fulfilment != "" {
		f, err := shipment.Find(ctx, tx, t.fulfilment)
		if err != nil {
			return n, err
		}
		if len(t.lines) == 0 {
			for _, l := range f.Lines {
				t.lines = append(t.lines, shipment.Sent{Line: l.Line, Units: l.Units + l.Canceled})
			}
		}
		if err := a.noteFulfilment(ctx, tx, &n, words, f, t.kind); err != nil {
			return n, err
		}
	}
	n.Lines = itemsOf(o, t.lines)
	return n, nil
}

// noteParcel says who carries a parcel, and under which number.
func (a *App) noteParcel(n *message.Notice, p shipment.Parcel) {
	n.Tracking, n.Carrier = p.Number, p.Carrier
	if c, err := a.Carriers.Find(p.Carrier); err == nil {
		for _, s := range c.Traits().Services {
			if s.Code == p.Service {
				n.Carrier = s.Name
			}
		}
	}
}

// days are two civil dates as they are read; "" where there are none.
func days(words i18n.Locale, from, to string) string {
	first, err := calendar.Parse(from)
	last, err2 := calendar.Parse(to)
	if err != nil || err2 != nil {
		return ""
	}
	return words.DateRange(first, last)
}

// noteFulfilment says when it arrives, or where and until when it waits.
func (a *App) noteFulfilment(ctx context.Context, tx *db.Tx, n *message.Notice, words i18n.Locale, f shipment.Fulfilment, kind message.Kind) error {
	if f.Kind == shipment.KindShip {
		if kind == message.KindShipped {
			n.Promise = days(words, f.PromiseFrom, f.PromiseTo)
		}
		return nil
	}
	l, err := inventory.FindLocation(ctx, tx, f.Location)
	if err != nil {
		return err
	}
	n.Place = l.Name
	if kind != message.KindReady && kind != message.KindReminder {
		return nil
	}
	at := l.Address
	at.Name = ""
	n.At = address.Lines(at)
	place, zone, err := pickup.FindPlace(ctx, tx, f.Location)
	if err != nil {
		return err
	}
	o, err := order.Head(ctx, tx, f.Order)
	if err != nil {
		return err
	}
	if n.Owed, err = owedAt(ctx, tx, words, o); err != nil {
		return err
	}
	n.Counter = true
	n.Hours = strings.Join(words.Openings(place.Hours.Days), ", ")
	task, err := pickup.Find(ctx, tx, f.ID)
	if err == nil && !task.ExpireAt.IsZero() {
		n.Until = words.Date(task.ExpireAt.Add(-time.Minute), zone)
	}
	return err
}

func sent(units []shipment.Units) (all []shipment.Sent) {
	for _, u := range units {
		all = append(all, shipment.Sent(u))
	}
	return all
}

// itemsOf names lines as a message does.
func itemsOf(o order.Order, lines []shipment.Sent) (items []message.LineItem) {
	for _, s := range lines {
		i := slices.IndexFunc(o.Lines, func(l order.Line) bool { return l.ID == s.Line })
		if i >= 0 && s.Units > 0 {
			items = append(items, message.LineItem{Title: o.Lines[i].Title, Quantity: s.Units})
		}
	}
	return items
}

// noteBox says where and until when a carrier keeps a parcel to be collected.
func noteBox(ctx context.Context, tx *db.Tx, n *message.Notice, words i18n.Locale, o order.Order, p shipment.Parcel) error {
	f, err := shipment.Find(ctx, tx, p.Fulfilment)
	if err != nil {
		return err
	}
	story, err := shipment.Story(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	e, _ := shipment.Box(story)
	n.Place = cmp.Or(e.Place, n.Carrier)
	if at := shipment.PointOf(o, f); at != nil {
		n.Place, n.At = at.Name, address.Lines(at.Address)
	}
	if e.Until.IsZero() {
		return nil
	}
	in, err := market.Find(ctx, tx, o.Market)
	if err != nil {
		return err
	}
	zone, err := calendar.Zone(in.Zone)
	n.Until = words.Date(e.Until.Add(-time.Minute), zone)
	return err
}

// codeFor is what the reader of a message collects with, made when it is sent:
// no row keeps it.
func (a *App) codeFor(ctx context.Context, tx *db.Tx, part string) (string, error) {
	of, _, _ := strings.Cut(part, "/")
	t, err := pickup.Find(ctx, tx, shipment.ID(of))
	if errors.Is(err, pickup.ErrNotFound) {
		return "", nil
	}
	return pickup.Spaced(t.Code(a.Keeper)), err
}
