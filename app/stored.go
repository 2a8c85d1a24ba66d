package app

import (
	"context"
	"errors"
	"time"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/engagement/message"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/giftcard"
	"korzo/purchase/giftcard/paper"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/value/calendar"
)

// reactStored says what follows for gift cards, store credit and downloads.
func (a *App) reactStored() {
	event.On(a.Bus, "giftcard.merge", func(ctx context.Context, tx *db.Tx, e cart.Merged) error {
		return checkout.MergeGiftCards(ctx, tx, e.Cart, e.Into)
	})
	event.On(a.Bus, "checkout.deliver", func(ctx context.Context, tx *db.Tx, e order.Placed) error {
		if e.Gifts > 0 {
			if err := giftcard.OrderGifts(ctx, tx, e.Cart, string(e.Order)); err != nil {
				return err
			}
		}
		if e.Gifts+e.Digital == 0 || e.OnHold && e.Payment == "" {
			return nil
		}
		return a.Checkout.Deliver(ctx, tx, e.Order, payment.ID(e.Payment))
	})
	event.On(a.Bus, "checkout.released", func(ctx context.Context, tx *db.Tx, e order.Moved) error {
		if order.State(e.From) != order.StateOnHold || order.State(e.To) != order.StatePlaced {
			return nil
		}
		return a.Checkout.Released(ctx, tx, e.Order)
	})
	event.On(a.Bus, "checkout.paid", func(ctx context.Context, tx *db.Tx, e payment.Captured) error {
		return a.Checkout.Paid(ctx, tx, e.Payment)
	})
	event.On(a.Bus, "giftcard.forget", func(ctx context.Context, tx *db.Tx, e profile.Erased) error {
		return giftcard.Forget(ctx, tx, e.Person)
	})
}

// mailGiftCards sends what is due to be mailed. A mail server that says nothing
// is asked again next time, under the same Message-ID.
func (a *App) mailGiftCards(ctx context.Context) error {
	var due []giftcard.DeliveryID
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = giftcard.Due(ctx, tx, 50)
		return err
	})
	for _, id := range due {
		err = errors.Join(err, a.mailGiftCard(ctx, id))
	}
	return err
}

func (a *App) mailGiftCard(ctx context.Context, id giftcard.DeliveryID) error {
	var l giftcard.Letter
	var m market.Market
	shop := ""
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if l, err = giftcard.Open(ctx, tx, a.Keeper, id); err != nil {
			return err
		}
		if m, err = market.Find(ctx, tx, l.Card.Market); err != nil {
			return err
		}
		c, err := market.FindChannel(ctx, tx, storefrontChannel)
		shop = c.Name
		return err
	})
	if err != nil {
		return err
	}
	if l.Locale == "" {
		l.Locale = m.Locale
	}
	words, until := a.Words.Locale(l.Locale), ""
	if !l.Card.Expires.IsZero() {
		zone, err := time.LoadLocation(m.Zone)
		if err != nil {
			return err
		}
		until = words.Date(l.Card.Expires, zone)
	}
	said := message.GiftCard{Shop: shop, Name: l.Name, From: l.From, Text: l.Text, Amount: words.Money(l.Card.Balance), Code: l.Code,
		Until: until, URL: a.config.BaseURL, Own: l.Own, Market: m.ID}
	said.Card = message.Attachment{Name: paper.Name, Type: "application/pdf"}
	said.Card.Body, err = paper.Render(paper.Card{Shop: shop, Amount: said.Amount, Code: l.Code, For: l.For, From: l.From, Text: l.Text,
		Until: until, URL: a.config.BaseURL, Made: l.Card.CreatedAt}, words)
	if err != nil {
		return err
	}
	if l.Own { // they gave nobody's name but their own
		said.From, said.Text = "", ""
	}
	err = a.Mailer.SendGiftCard(ctx, string(id), l.Email, l.Locale, said)
	if err != nil && !errors.Is(err, message.ErrRefused) {
		return err
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		if err != nil { // a no for ever: staff make another code and hand it over
			return errors.Join(giftcard.Withdraw(ctx, tx, l.Card.ID), exception.Raise(ctx, tx, exception.Problem{Kind: "giftcard.undeliverable",
				Ref: string(l.Card.ID), Text: "the mail server refused the mail with this gift card: make a new code for it, and send it to another address"}))
		}
		return giftcard.Sent(ctx, tx, id)
	})
}

// sweep bounds what one transaction of a sweep changes.
const sweep = 200

// scheduleStored is what recurs for gift cards and store credit.
func (a *App) scheduleStored() {
	a.Jobs.Every(giftcard.JobSend, 5*time.Second, a.mailGiftCards)
	a.Jobs.Every("giftcard.expire", 10*time.Minute, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := giftcard.Expire(ctx, tx, sweep)
		return err
	}))
	a.Jobs.Every("giftcard.forgive", 10*time.Minute, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := giftcard.Forgive(ctx, tx, sweep)
		return err
	}))
	a.Jobs.Every("giftcard.forget_gifts", time.Hour, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := giftcard.ForgetGifts(ctx, tx, sweep)
		return err
	}))
	a.Jobs.Every("wallet.expire", 10*time.Minute, a.each(func(ctx context.Context, tx *db.Tx) error {
		_, err := wallet.Expire(ctx, tx, calendar.DateIn(tx.Now, time.UTC), sweep)
		return err
	}))
}
