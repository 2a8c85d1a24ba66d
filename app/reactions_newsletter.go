package app

import (
	"context"

	"korzo/customer/consent"
	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
	"korzo/purchase/order"
)

// reactNewsletter has the mailbox asked of a buyer who ticked the box for letters
// in the checkout. It runs after the purchase and by itself: an order stands
// whether the mailbox can be asked or not.
func (a *App) reactNewsletter() {
	event.On(a.Bus, "consent.checkout", func(ctx context.Context, tx *db.Tx, e order.Placed) error {
		o, err := order.Head(ctx, tx, e.Order)
		if err != nil {
			return err
		}
		for _, x := range o.Extras {
			if x.Kind != widget.Newsletter || x.Answers["agree"] != "yes" {
				continue
			}
			words, err := newsletterWords(ctx, tx, o, x.Name)
			if err != nil || words.Text == "" {
				return err
			}
			return consent.Ask(ctx, tx, a.Keeper, consent.Wish{Purpose: consent.Offers, Contact: profile.ContactID(o.Contact), Words: words.Text,
				Version: words.Version, Locale: o.Locale, Source: "checkout", Ref: string(o.ID)})
		}
		return nil
	})
}

// newsletterWords are what stood beside the box that was ticked: the flow's
// version is frozen, and so are its words.
func newsletterWords(ctx context.Context, tx *db.Tx, o order.Order, name string) (words widget.NewsletterData, err error) {
	all, err := flow.Fittings(ctx, tx, flow.ID(o.Flow), o.FlowVersion)
	if err != nil {
		return words, err
	}
	for _, f := range all {
		if f.Name != name || f.Kind.Name != widget.Newsletter {
			continue
		}
		drawn, err := f.Look(ctx, nil, nil, widget.Scene{Locale: o.Locale})
		if err != nil {
			return words, err
		}
		words, _ = drawn.(widget.NewsletterData)
	}
	return words, nil
}
