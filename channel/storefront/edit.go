package storefront

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/purchase/amend"
	"korzo/purchase/order"
	"korzo/value/money"
)

// edit is a change of quantities as its buyer looks at it, before it is made.
type edit struct {
	keep map[order.LineID]int64
	back money.Amount // what goes back for it
}

// kept is how many units of a line the form shows.
func (p orderPage) kept(l order.LineID) string {
	n := p.way.Loose[l]
	if p.edit != nil {
		n = p.edit.keep[l]
	}
	return strconv.FormatInt(n, 10)
}

// changeLines lowers quantities of an order that nobody has begun to gather.
// What that gives back is shown first, and made only when it is still so: the
// units are taken out of the fulfilments, and their money follows by itself.
func (s *Shop) changeLines(w http.ResponseWriter, r *http.Request) error {
	id := order.ID(r.PathValue("id"))
	p, err := s.loadOrder(r, id)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	if !p.way.Open {
		return shipment.ErrBegun
	}
	e := edit{keep: map[order.LineID]int64{}}
	for line, n := range p.way.Loose {
		e.keep[line] = n
		if keep, err := strconv.ParseInt(r.PostForm.Get("keep."+string(line)), 10, 64); err == nil && keep >= 0 && keep < n {
			e.keep[line] = keep // more is another order
		}
	}
	out := p.way.Less(e.keep)
	if len(out) == 0 {
		return see(w, r, orderPath(id))
	}
	want := amend.Request{Order: id, Kind: amend.KindRefund, Shipping: money.Of(0, p.Currency()), Goodwill: money.Of(0, p.Currency())}
	for _, u := range out {
		want.Lines = append(want.Lines, amend.Line{Line: u.Line, Units: u.Units})
	}
	looked, err := s.Amend.Preview(r.Context(), want)
	if err != nil {
		return err
	}
	e.back = looked.Total()
	if r.PostForm.Get("do") != "save" || r.PostForm.Get("back") != strconv.FormatInt(e.back.Minor, 10) {
		p.edit = &e
		return write(w, r, http.StatusOK, orderTemplate(p))
	}
	if err := s.takeOut(r.Context(), id, e.keep, out); err != nil {
		return err
	}
	return see(w, r, orderPath(id))
}

// takeOut takes units out of an order while that is still what has to be taken
// out for what is to stay; who comes second finds it done, or the order as it is.
func (s *Shop) takeOut(ctx context.Context, id order.ID, stay map[order.LineID]int64, out []shipment.Units) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		o, err := order.Locked(ctx, tx, id)
		if err != nil {
			return err
		}
		made, err := shipment.OfOrder(ctx, tx, id)
		if err != nil {
			return err
		}
		still, err := pickup.StillOpen(ctx, tx, o, made)
		switch {
		case err != nil:
			return err
		case !still.Open:
			return shipment.ErrBegun
		case !slices.Equal(still.Less(stay), out):
			return nil
		}
		return shipment.CancelLines(ctx, tx, id, out, true, shipment.By{Actor: shipment.Buyer, Reason: "changed by the buyer"})
	})
}
