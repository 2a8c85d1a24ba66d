package adminapi

import (
	"context"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/value/money"
)

// paymentHead is a payment in a list.
type paymentHead struct {
	ID          string     `json:"id"`
	Status      string     `json:"status" doc:"open, failed, authorized, partially_paid, paid, partially_refunded, refunded"`
	Amount      amountBody `json:"amount"`
	Captured    amountBody `json:"captured"`
	Refunded    amountBody `json:"refunded"`
	Method      string     `json:"method"`
	Gateway     string     `json:"gateway" doc:"Of the last attempt"`
	Attempts    int64      `json:"attempts"`
	DeclineCode string     `json:"decline_code,omitempty" doc:"Of the last attempt"`
	Market      string     `json:"market,omitempty"`
	Channel     string     `json:"channel,omitempty"`
	Order       string     `json:"order,omitempty" doc:"The order it pays, or is to pay once it is placed"`
	At          string     `json:"at" format:"date-time"`
}

func paymentHeadOf(l payment.Listed) paymentHead {
	return paymentHead{string(l.ID), l.Status(), amountOf(l.Amount), amountOf(l.Captured), amountOf(l.Refunded), l.Method, l.Gateway,
		l.Attempts, l.Decline, l.Market, l.Channel, l.Order, rfc3339(l.CreatedAt)}
}

type listPaymentsInput struct {
	PageInput
	Status  string    `query:"status" enum:"open,failed,authorized,partially_paid,paid,partially_refunded,refunded"`
	Gateway string    `query:"gateway" maxLength:"60" doc:"Of any attempt"`
	Method  string    `query:"method" maxLength:"60"`
	Market  string    `query:"market" maxLength:"60"`
	Channel string    `query:"channel" maxLength:"60"`
	Order   string    `query:"order" maxLength:"60" doc:"An order's id or number"`
	Text    string    `query:"text" maxLength:"200" doc:"The id of a payment or an attempt, or the gateway's own, whole"`
	Amount  int64     `query:"amount" minimum:"0" doc:"In minor units"`
	From    time.Time `query:"from"`
	Until   time.Time `query:"until"`
}

func (in *listPaymentsInput) filter() payment.Filter {
	return payment.Filter{Status: in.Status, Gateway: in.Gateway, Method: in.Method, Market: in.Market, Channel: in.Channel, Order: in.Order,
		Text: in.Text, Minor: in.Amount, During: payment.Between{From: in.From, Until: in.Until}, After: payment.ID(in.After), Limit: in.Limit}
}

func (a *API) listPayments(ctx context.Context, in *listPaymentsInput) (*list[paymentHead], error) {
	if err := in.behind("pay"); err != nil {
		return nil, err
	}
	var bodies []paymentHead
	next := payment.ID("")
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		f := in.filter()
		if err := named(ctx, tx, &f); err != nil {
			return err
		}
		page, after, err := payment.List(ctx, tx, f)
		for _, l := range page {
			bodies = append(bodies, paymentHeadOf(l))
		}
		next = after
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, string(next)), nil
}

// named finds the order that a filter names by its number.
func named(ctx context.Context, tx *db.Tx, f *payment.Filter) error {
	if f.Order == "" {
		return nil
	}
	found, _, err := order.List(ctx, tx, order.Filter{Number: f.Order, Limit: 1})
	if err == nil && len(found) == 1 {
		f.Order = string(found[0].ID)
	}
	return err
}

// signalBody is one thing that was done or heard about a payment.
type signalBody struct {
	At      string      `json:"at" format:"date-time"`
	Kind    string      `json:"kind" doc:"asked, authorized, captured, declined, abandoned, voided, released, refunded, notice, fee, movement_capture, movement_void, movement_refund …"`
	Attempt string      `json:"attempt"`
	Amount  *amountBody `json:"amount,omitempty"`
	State   string      `json:"state,omitempty"`
	Detail  string      `json:"detail,omitempty"`
	Actor   string      `json:"actor,omitempty"`
}

type paymentDetail struct {
	paymentBody
	Timeline []signalBody `json:"timeline" doc:"Every signal, oldest first, at most 500"`
}

type paymentDetailOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         paymentDetail
}

func (a *API) showPaymentDetail(ctx context.Context, in *paymentInput) (*paymentDetailOutput, error) {
	out := &paymentDetailOutput{CacheControl: "private, no-store"}
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if out.Body.paymentBody, err = paymentOf(ctx, tx, in.ID); err != nil {
			return err
		}
		signals, err := payment.Signals(ctx, tx, in.ID)
		out.Body.Timeline = []signalBody{}
		for _, s := range signals {
			b := signalBody{At: rfc3339(s.At), Kind: s.Kind, Attempt: string(s.Attempt), State: s.State, Detail: s.Detail, Actor: s.Actor}
			if s.Amount.Minor != 0 {
				amount := amountOf(s.Amount)
				b.Amount = &amount
			}
			out.Body.Timeline = append(out.Body.Timeline, b)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// errTimes refuses figures of a time that has no beginning.
var errTimes = fault.New(fault.Invalid, "adminapi.times", "say from when, as 2030-01-02T00:00:00Z; until is now when it is left out")

type figuresInput struct {
	By    string    `query:"by" enum:"gateway,method,market,channel,brand" default:"gateway"`
	From  time.Time `query:"from" doc:"Required"`
	Until time.Time `query:"until"`
}

// figureBody is what attempts came to. Rates are percentages.
type figureBody struct {
	By             string     `json:"by" doc:"Which gateway, method, market, channel or brand of cards; empty where none is known"`
	Currency       string     `json:"currency"`
	Attempts       int64      `json:"attempts"`
	Approved       int64      `json:"approved"`
	Declined       int64      `json:"declined"`
	Open           int64      `json:"open"`
	ApprovalRate   *percent   `json:"approval_rate,omitempty" doc:"Percent of what was decided"`
	Captured       amountBody `json:"captured"`
	Refunded       amountBody `json:"refunded"`
	Cost           amountBody `json:"cost" doc:"The fees that statements told of so far"`
	CostKnown      int64      `json:"cost_known" doc:"Attempts whose fee is known"`
	CostRate       *percent   `json:"cost_rate,omitempty" doc:"Percent of what was captured"`
	FallbackSaved  int64      `json:"fallback_saved" doc:"Approved after another gateway had failed"`
	FallbackAmount amountBody `json:"fallback_amount" doc:"What those were for"`
}

func figureOf(f payment.Figure) figureBody {
	b := figureBody{By: f.By, Currency: string(f.Currency), Attempts: f.Attempts, Approved: f.Approved, Declined: f.Declined, Open: f.Open,
		Captured: amountOf(f.Captured), Refunded: amountOf(f.Refunded), Cost: amountOf(f.Cost), CostKnown: f.Known, FallbackSaved: f.Saved, FallbackAmount: amountOf(f.SavedSum)}
	if ppm, ok := f.ApprovedPPM(); ok {
		rate := percent(ppm)
		b.ApprovalRate = &rate
	}
	if ppm, ok := f.CostPPM(); ok && ppm >= 0 && ppm <= money.Million {
		rate := percent(ppm)
		b.CostRate = &rate
	}
	return b
}

func (a *API) showFigures(ctx context.Context, in *figuresInput) (*list[figureBody], error) {
	if in.From.IsZero() {
		return nil, errTimes
	}
	var bodies []figureBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := payment.Figures(ctx, tx, in.By, payment.Between{From: in.From, Until: in.Until})
		for _, f := range all {
			bodies = append(bodies, figureOf(f))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}
