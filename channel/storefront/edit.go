package storefront

import (
	"net/http"
	"strconv"

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
	want := amend.Request{Order: id, Kind: amend.KindRefund, Shipping: money.Of(0, p.Currency()), Goodwill: money.Of(0, p.Currency())}
	var units []shipment.Units
	for line, n := range p.way.Loose {
		e.keep[line] = n
		keep, err := strconv.ParseInt(r.PostForm.Get("keep."+string(line)), 10, 64)
		if err != nil || keep < 0 || keep >= n {
			continue // left as it is: more is another order
		}
		e.keep[line] = keep
		units = append(units, shipment.Units{Line: line, Units: n - keep})
		want.Lines = append(want.Lines, amend.Line{Line: line, Units: n - keep})
	}
	if len(units) == 0 {
		return see(w, r, orderPath(id))
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
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		return shipment.CancelLines(r.Context(), tx, id, units, true, shipment.By{Actor: shipment.Buyer, Reason: "changed by the buyer"})
	})
	if err != nil {
		return err
	}
	return see(w, r, orderPath(id))
}
