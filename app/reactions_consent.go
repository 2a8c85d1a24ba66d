package app

import (
	"context"
	"errors"

	"korzo/customer/consent"
	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/platform/event"
)

// reactConsent has mailboxes asked for the mail that somebody wants of them, and
// tells them once they have said yes.
func (a *App) reactConsent() {
	event.On(a.Bus, "message.ask_consent", a.askConsent)
	event.On(a.Bus, "message.welcome", a.welcomeReader)
	event.On(a.Bus, "consent.adopt", func(ctx context.Context, tx *db.Tx, e profile.Registered) error {
		return consent.Adopt(ctx, tx, a.Keeper, e.Customer)
	})
	event.On(a.Bus, "consent.forget_contacts", func(ctx context.Context, tx *db.Tx, e profile.Erased) error {
		all, err := profile.PersonContacts(ctx, tx, e.Person)
		if err != nil {
			return err
		}
		return consent.ForgetContacts(ctx, tx, all)
	})
}

func (a *App) askConsent(ctx context.Context, tx *db.Tx, e consent.Asked) error {
	w, err := consent.Find(ctx, tx, e.Wish)
	if errors.Is(err, consent.ErrLink) {
		return nil // who asked is erased
	}
	if err != nil {
		return err
	}
	return a.tellReader(ctx, tx, message.KindConsent, w)
}

// welcomeReader sends the first letter after a mailbox was confirmed.
func (a *App) welcomeReader(ctx context.Context, tx *db.Tx, e consent.Said) error {
	if !e.Given || e.Wish == "" {
		return nil
	}
	w, err := consent.Find(ctx, tx, e.Wish)
	if errors.Is(err, consent.ErrLink) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.tellReader(ctx, tx, message.KindWelcome, w)
}

func (a *App) tellReader(ctx context.Context, tx *db.Tx, kind message.Kind, w consent.Wish) error {
	shop, err := channelName(ctx, tx, storefrontChannel)
	if err != nil {
		return err
	}
	return message.Queue(ctx, tx, message.Message{Kind: kind, Locale: w.Locale, Contact: string(w.Contact), Ref: string(w.ID),
		Data: message.Letter{Shop: shop, About: w.Words}})
}
