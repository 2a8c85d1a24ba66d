package amend

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"korzo/delivery/method"
	"korzo/delivery/promise"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/value/calendar"
	"korzo/value/money"
)

// Promise is when a group of an order arrives that an edit sends elsewhere: it is
// computed anew, from what is known when the edit is made.
type Promise struct {
	Group  order.GroupID
	Name   string // of its delivery, as it was shown
	Window promise.Window
	Inputs promise.Inputs
}

// Seen names what a preview of an edit shows its buyer: what it costs or gives
// back, and when it arrives. An edit is made only while it is still so.
func (a Amendment) Seen() string {
	parts := []string{strconv.FormatInt(a.ToPay.Minor, 10), strconv.FormatInt(a.Back().Minor, 10)}
	for _, p := range a.Promises {
		parts = append(parts, p.Window.From.String(), p.Window.To.String())
	}
	return strings.Join(parts, " ")
}

// Back is what an edit gives back beyond what it adds.
func (a Amendment) Back() money.Amount {
	return money.Of(max(a.Total().Minor-a.Added.Minor, 0), a.Goods.Currency)
}

// Differs reports whether an order that is sent elsewhere costs something else, or
// arrives on another day.
func (a Amendment) Differs(o order.Order) bool {
	return a.ToPay.Minor > 0 || a.Back().Minor > 0 || slices.ContainsFunc(a.Promises, func(p Promise) bool {
		return slices.ContainsFunc(o.Groups, func(g order.Group) bool {
			return g.ID == p.Group && (g.PromiseFrom != p.Window.From.String() || g.PromiseTo != p.Window.To.String())
		})
	})
}

// promises computes when what is sent of an order arrives in a country, if it is
// sent from now on. Goods that were still to come in are waited for as before; a
// group that was promised nothing is promised nothing.
func promises(ctx context.Context, tx *db.Tx, o order.Order, country string) (all []Promise, err error) {
	for _, g := range o.Groups {
		if g.Kind != method.Ship || g.Added != "" || g.PromiseTo == "" {
			continue
		}
		q := method.Query{Market: o.Market, Country: country, Now: tx.Now}
		var before promise.Inputs
		if g.Promised != nil {
			if err := json.Unmarshal(g.Promised, &before); err != nil {
				return nil, fmt.Errorf("promise of group %s: %w", g.ID, err)
			}
		}
		if ready, err := calendar.Parse(before.Ready); err == nil {
			q.Ready = ready
		}
		p := Promise{Group: g.ID, Name: g.Name}
		known := false
		if p.Window, p.Inputs, known, err = method.Promise(ctx, tx, g.Method, q); err != nil {
			return nil, err
		}
		if known {
			all = append(all, p)
		}
	}
	return all, nil
}

// promise writes what an order that goes elsewhere is promised from now on: on
// its groups, and on what is being prepared of it.
func (s *Amendments) promise(ctx context.Context, tx *db.Tx, of order.ID, country string) error {
	o, err := order.Find(ctx, tx, of)
	if err != nil {
		return err
	}
	all, err := promises(ctx, tx, o, country)
	if err != nil {
		return err
	}
	for _, p := range all {
		inputs, err := json.Marshal(p.Inputs)
		if err != nil {
			return err
		}
		if err := order.Promise(ctx, tx, o.ID, p.Group, p.Window.From.String(), p.Window.To.String(), inputs); err != nil {
			return err
		}
		if err := s.Works.Promise(ctx, tx, o.ID, p); err != nil {
			return err
		}
	}
	return nil
}
