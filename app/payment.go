package app

import (
	"cmp"
	"context"
	"errors"
	"time"

	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/purchase/paylink"
	"korzo/purchase/payment"
	"korzo/purchase/payment/guard"
	"korzo/purchase/payment/vault"
	"korzo/value/calendar"
)

// reactPayment says what follows for payments beside their capture.
func (a *App) reactPayment() {
	a.reactHolds()
	event.On(a.Bus, "vault.forget", func(ctx context.Context, tx *db.Tx, e profile.Erased) error {
		customer, err := profile.CustomerOf(ctx, tx, e.Person)
		if err != nil || customer == "" {
			return err
		}
		return vault.RemoveAll(ctx, tx, string(customer))
	})
	event.On(a.Bus, "vault.warn", a.tellExpiring)
	event.On(a.Bus, "payment.cash_rounding", payment.RoundCash)
	event.On(a.Bus, "paylink.refunded", paylink.Refunded)
	event.On(a.Bus, "paylink.mail", a.sendLink)
	event.On(a.Bus, "paylink.covered", a.Links.Covered)
}

// sendLink queues the mail, the text or both that bring somebody a link to pay by.
func (a *App) sendLink(ctx context.Context, tx *db.Tx, e paylink.Made) error {
	if !e.Mail && !e.SMS {
		return nil
	}
	l, err := paylink.Find(ctx, tx, e.Link)
	if err != nil {
		return err
	}
	c, err := market.FindChannel(ctx, tx, cmp.Or(l.Channel, storefrontChannel))
	if err != nil {
		return err
	}
	m, err := market.Find(ctx, tx, l.Market)
	if err != nil {
		return err
	}
	zone, err := calendar.Zone(m.Zone)
	if err != nil {
		return err
	}
	words := a.Words.Locale(cmp.Or(l.Locale, m.Locale))
	for by, wanted := range map[message.Medium]bool{message.ByMail: e.Mail, message.ByText: e.SMS} {
		if !wanted || err != nil {
			continue
		}
		err = message.Queue(ctx, tx, message.Message{Kind: message.KindPaymentLink, Medium: by, Locale: words.Tag(), Contact: l.Contact, Ref: string(l.ID),
			Data: message.PaymentLink{Shop: c.Name, Amount: words.Money(l.Amount), Text: l.Text, Until: words.DateTime(l.ExpiresAt, zone)}})
	}
	return err
}

// payer is who gets a link: their number is of the link's country where it names
// none.
func (a *App) payer(ctx context.Context, tx *db.Tx, id paylink.ID, c profile.Contact) (message.Addressee, error) {
	to := message.Addressee{Email: c.Email, Name: c.Name, Link: a.Links.URL(id), Phone: dial(c)}
	l, err := paylink.Find(ctx, tx, id)
	to.Market = l.Market
	if err != nil || to.Phone != "" || cmp.Or(c.Phone, c.Shipping.Phone) == "" {
		return to, err
	}
	to.Phone, err = paylink.Number(ctx, tx, cmp.Or(c.Phone, c.Shipping.Phone), l.Market)
	if errors.Is(err, paylink.ErrPhone) {
		return to, nil // nobody to text
	}
	return to, err
}

// schedulePayment is what recurs for payments beside their resumption.
func (a *App) schedulePayment() {
	a.Jobs.Every("amend.expire", 10*time.Second, a.each(func(ctx context.Context, tx *db.Tx) error { return a.Amend.Expire(ctx, tx, sweep) }))
	a.Jobs.Every("paylink.expire", 10*time.Second, a.each(a.Links.Expire))
	a.Jobs.Every("payments.holds", time.Hour, a.WatchHolds)
	a.Jobs.Every("guard.expire", time.Hour, a.each(guard.Expire))
	a.Jobs.Every("vault.warn", 12*time.Hour, a.Vault.Warn)
	a.Jobs.Every("vault.sweep", time.Hour, a.each(func(ctx context.Context, tx *db.Tx) error { return vault.Sweep(ctx, tx, sweep) }))
}
