package storeapi

import (
	"context"
	"net/http"

	"korzo/purchase/checkout"
)

// oneClickBody says whether one tap suffices, and until when it may be undone.
type oneClickBody struct {
	Available bool   `json:"available" doc:"POST one-click places it with what is kept"`
	PlaceAt   string `json:"place_at,omitempty" format:"date-time" doc:"When a tap places the order unless it is undone before; left out: nobody tapped"`
}

// oneClickOf is nil in flows of other layouts.
func oneClickOf(v checkout.View) *oneClickBody {
	if !v.OneClick && v.Tap == nil {
		return nil
	}
	b := &oneClickBody{Available: v.OneClick}
	if v.Tap.Waiting() {
		b.PlaceAt = rfc3339(v.Tap.PlaceAt)
	}
	return b
}

type tapInput struct {
	CheckoutInput
	Body struct {
		Expected amountBody  `json:"expected_total" doc:"The sum on the button"`
		Due      *amountBody `json:"expected_due,omitempty" doc:"The amount_due that was shown; left out: the same sum"`
	}
}

// tap places a checkout when its time to be undone has gone by. Tapping again
// changes nothing, so it needs no key.
func (a *API) tap(ctx context.Context, in *tapInput) (*completeOutput, error) {
	r := checkout.TapRequest{Session: in.ID, Caller: from(ctx).Caller, Expected: in.Body.Expected.money(), Due: in.Body.Expected.money()}
	if in.Body.Due != nil {
		r.Due = in.Body.Due.money()
	}
	v, refused, err := a.Checkout.Tap(ctx, r)
	if err != nil {
		return nil, err
	}
	out := checkout.Waiting(v)
	if refused != nil {
		out = *refused
	}
	return &completeOutput{Status: http.StatusOK, ContentType: "application/json", Body: Answer(out).Body}, nil
}

// undo takes a tap back.
func (a *API) undo(ctx context.Context, in *CheckoutInput) (*checkoutOutput, error) {
	if err := a.Checkout.Undo(ctx, in.ID, from(ctx).Caller); err != nil {
		return nil, err
	}
	return a.showCheckout(ctx, in)
}
