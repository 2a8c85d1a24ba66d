package storeapi

import (
	"context"
	"slices"

	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/amend"
	"korzo/purchase/order"
	"korzo/value/money"
)

var (
	errLines   = fault.New(fault.Invalid, "storeapi.lines", "name lines of the order and the quantity of each that is to stay: 0, or less than is there; more is another order")
	errChanged = fault.New(fault.Conflict, "storeapi.lines_changed", "the order was changed meanwhile; look at it again")
)

// linesInput is how many units of an order's lines are to stay.
type linesInput struct {
	OrderInput
	Body struct {
		Lines []struct {
			ID       string `json:"id" maxLength:"60"`
			Quantity int64  `json:"quantity" minimum:"0" doc:"That is to stay of what nobody has begun to gather"`
		} `json:"lines" maxItems:"500"`
		Preview bool   `json:"preview,omitempty" doc:"Only says what goes back"`
		Seen    string `json:"seen,omitempty" maxLength:"400" doc:"Of the preview its buyer looked at: it is done only while it is still so"`
	}
}

type linesOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Status string     `json:"status" enum:"preview,done" doc:"preview: nothing was changed"`
		Seen   string     `json:"seen" doc:"Send it back to agree to what is shown here"`
		Back   amountBody `json:"back" doc:"What goes back to who paid"`
	}
}

// changeLines takes units out of an order that nobody has begun to gather. What
// goes back for them is shown first; asked again it changes nothing.
func (a *API) changeLines(ctx context.Context, in *linesInput) (*linesOutput, error) {
	var o order.Order
	var out []shipment.Units
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if o, err = a.openOrder(ctx, tx, &in.OrderInput); err != nil {
			return err
		}
		out, err = in.out(ctx, tx, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	none := money.Of(0, o.Currency())
	answer := &linesOutput{CacheControl: "private, no-store"}
	answer.Body.Status, answer.Body.Back = "done", amountOf(none)
	if len(out) == 0 {
		return answer, nil // asked twice
	}
	want := amend.Request{Order: o.ID, Kind: amend.KindRefund, Shipping: none, Goodwill: none}
	for _, u := range out {
		want.Lines = append(want.Lines, amend.Line{Line: u.Line, Units: u.Units})
	}
	looked, err := a.Amend.Preview(ctx, want)
	if err != nil {
		return nil, err
	}
	answer.Body.Seen, answer.Body.Back = looked.Seen(), amountOf(looked.Total())
	if in.Body.Preview || in.Body.Seen != looked.Seen() {
		answer.Body.Status = "preview"
		return answer, nil
	}
	return answer, a.DB.Write(ctx, func(tx *db.Tx) error {
		if o, err = order.Locked(ctx, tx, o.ID); err != nil {
			return err
		}
		now, err := in.out(ctx, tx, o)
		if err != nil || len(now) == 0 {
			return err // done at this very moment
		}
		if !slices.Equal(now, out) {
			return errChanged
		}
		return shipment.CancelLines(ctx, tx, o.ID, out, true, shipment.By{Actor: shipment.Buyer, Reason: "changed by the buyer"})
	})
}

// out is what has to be taken out of an order, as it stands, for what is to stay.
func (in *linesInput) out(ctx context.Context, tx *db.Tx, o order.Order) ([]shipment.Units, error) {
	made, err := shipment.OfOrder(ctx, tx, o.ID)
	if err != nil {
		return nil, err
	}
	still, err := pickup.StillOpen(ctx, tx, o, made)
	if err != nil {
		return nil, err
	}
	if !still.Open {
		return nil, shipment.ErrBegun
	}
	stay := map[order.LineID]int64{}
	for _, l := range in.Body.Lines {
		id := order.LineID(l.ID)
		if _, ours := still.Loose[id]; !ours || l.Quantity > still.Loose[id] {
			return nil, errLines
		}
		stay[id] = l.Quantity
	}
	return still.Less(stay), nil
}
