package app

import (
	"context"
	"errors"

	"korzo/backoffice/admin"
	"korzo/customer/experiment"
	"korzo/engagement/message"
	"korzo/insight/trial"
	"korzo/offer/market"
	"korzo/platform/auth"
	"korzo/platform/db"
)

// tellHarm writes to the staff who decide on flows that an experiment was taken
// back by itself. What somebody takes back by hand is told to nobody.
func (a *App) tellHarm(ctx context.Context, tx *db.Tx, moved experiment.Moved) error {
	if moved.To != experiment.StateRolledBack {
		return nil
	}
	last, err := trial.Last(ctx, tx, moved.Experiment)
	if errors.Is(err, trial.ErrNothing) || err == nil && (last.Verdict != trial.RollBack || last.Reason != moved.Reason) {
		return nil
	}
	if err != nil {
		return err
	}
	e, err := experiment.Find(ctx, tx, moved.Experiment)
	if err != nil {
		return err
	}
	shop, locale, err := house(ctx, tx)
	if err != nil {
		return err
	}
	staff, err := deciders(ctx, tx)
	if err != nil {
		return err
	}
	letter := message.Letter{Shop: shop, About: e.Name, Why: admin.Because(a.Words.Locale(locale), e, last)}
	for _, s := range staff {
		err := message.Queue(ctx, tx, message.Message{Kind: message.KindRolledBack, Locale: locale, Contact: string(s.ID), Ref: string(e.ID) + "/" + string(s.ID), Data: letter})
		if err != nil {
			return err
		}
	}
	return nil
}

// house is what the shop is called and the language of its first market: staff
// have none of their own.
func house(ctx context.Context, tx *db.Tx) (name, locale string, err error) {
	markets, err := market.All(ctx, tx)
	if err != nil || len(markets) == 0 {
		return "", "en", err
	}
	channels, err := market.Channels(ctx, tx)
	if len(channels) > 0 {
		name = channels[0].Name
	}
	return name, markets[0].Locale, err
}

// deciders are the staff who may change flows.
func deciders(ctx context.Context, tx *db.Tx) (all []auth.Staff, err error) {
	roles, err := auth.Roles(ctx, tx)
	if err != nil {
		return nil, err
	}
	staff, err := auth.ListStaff(ctx, tx)
	for _, s := range staff {
		for _, r := range roles {
			if s.Active && s.Joined && r.ID == s.Role && r.Allows("flows.write") {
				all = append(all, s)
			}
		}
	}
	return all, err
}

// staffAddressee finds who of staff gets a message; nobody who has left does.
func (a *App) staffAddressee(ctx context.Context, tx *db.Tx, s message.Sent, about string) (message.Addressee, error) {
	to, err := auth.FindStaff(ctx, tx, auth.StaffID(s.Contact))
	if errors.Is(err, auth.ErrNotFound) || err == nil && !to.Active {
		return message.Addressee{}, errNobody
	}
	return message.Addressee{Email: to.Email, Name: to.Name, Link: a.config.BaseURL + "/admin/experiments/" + about}, err
}
