package adminapi

import (
	"context"

	"korzo/platform/db"
	"korzo/purchase/promotion/simulator"
)

type replayInput struct {
	Orders int    `query:"orders" minimum:"1" maximum:"500" default:"100" doc:"How many of the latest orders, or carts, are replayed"`
	Over   string `query:"over" enum:"orders,carts" default:"orders" doc:"carts: those that are open now, as they stand, without a delivery; their samples have no id"`
	Body   draftBody
}

type simulatedSum struct {
	Orders int        `json:"orders"`
	Off    amountBody `json:"off"`
	Before amountBody `json:"before"`
	After  amountBody `json:"after"`
}

type simulatedOrder struct {
	Order  string     `json:"order,omitempty"`
	Number string     `json:"number,omitempty"`
	Before amountBody `json:"before"`
	After  amountBody `json:"after"`
	Off    amountBody `json:"off"`
	Reason string     `json:"reason,omitempty"`
}

type replayOutput struct {
	Body struct {
		Orders  int              `json:"orders" doc:"That were replayed"`
		Got     int              `json:"got" doc:"That would have got it"`
		Sums    []simulatedSum   `json:"sums" doc:"Of those that would, by currency"`
		Reasons map[string]int   `json:"reasons" doc:"Why the others would not"`
		Samples []simulatedOrder `json:"samples" doc:"The latest orders, at most 50"`
	}
}

// simulatePromotion changes nothing.
func (a *API) simulatePromotion(ctx context.Context, in *replayInput) (*replayOutput, error) {
	draft, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	var r simulator.Result
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		over := simulator.Replay
		if in.Over == "carts" {
			over = simulator.ReplayCarts
		}
		r, err = over(ctx, tx, draft, in.Orders)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := new(replayOutput)
	out.Body.Orders, out.Body.Got, out.Body.Reasons = r.Orders, r.Got, r.Reasons
	out.Body.Sums, out.Body.Samples = []simulatedSum{}, []simulatedOrder{}
	for _, s := range r.Sums {
		out.Body.Sums = append(out.Body.Sums, simulatedSum{s.Orders, amountOf(s.Off), amountOf(s.Before), amountOf(s.After)})
	}
	for _, s := range r.Samples {
		out.Body.Samples = append(out.Body.Samples, simulatedOrder{string(s.Order), s.Number, amountOf(s.Before), amountOf(s.After), amountOf(s.Off), s.Reason})
	}
	return out, nil
}
