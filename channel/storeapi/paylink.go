package storeapi

import (
	"context"

	"korzo/platform/db"
	"korzo/purchase/paylink"
	"korzo/purchase/payment"
)

// payLinkBody is a link as whoever has it sees it: the sum, what it is for, and
// nothing of anybody.
type payLinkBody struct {
	Status     string       `json:"status" enum:"open,paying,paid,expired,canceled"`
	Text       string       `json:"text" doc:"What it is for"`
	Amount     amountBody   `json:"amount"`
	Methods    []methodBody `json:"payment_methods"`
	Failure    string       `json:"failure,omitempty" doc:"Why the last try failed: payment_declined or payment_not_completed"`
	ExpiresAt  string       `json:"expires_at" format:"date-time"`
	NextAction *actionBody  `json:"next_action,omitempty"`
}

type payLinkOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         payLinkBody
}

// PayLinkInput names a link by the last part of its address.
type PayLinkInput struct {
	Token string `path:"token"`
}

// showPayLink asks the bank about a payment under way.
func (a *API) showPayLink(ctx context.Context, in *PayLinkInput) (*payLinkOutput, error) {
	var l paylink.Link
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		l, err = a.Links.Open(ctx, tx, in.Token)
		return err
	})
	if err != nil {
		return nil, err
	}
	l, last, err := a.Links.Sync(ctx, l)
	if err != nil {
		return nil, err
	}
	return a.payLinkAnswer(ctx, l, last)
}

func (a *API) payLinkAnswer(ctx context.Context, l paylink.Link, last payment.Attempt) (*payLinkOutput, error) {
	out := &payLinkOutput{CacheControl: "private, no-store"}
	return out, a.DB.Read(ctx, func(tx *db.Tx) error {
		out.Body = payLinkBody{Status: l.Status(tx.Now), Text: l.Text, Amount: amountOf(l.Amount), Methods: []methodBody{}, Failure: l.Failure,
			ExpiresAt: rfc3339(l.ExpiresAt)}
		if l.State == paylink.StatePaying {
			out.Body.NextAction = actionOf(last.ActionURL)
		}
		offers, err := a.Links.Methods(ctx, tx, l)
		for _, o := range offers {
			out.Body.Methods = append(out.Body.Methods, payableOf(o, l.Locale))
		}
		return err
	})
}

type payByLinkInput struct {
	PayLinkInput
	Body struct {
		Method     string `json:"method" doc:"One of payment_methods"`
		Instrument string `json:"instrument,omitempty" maxLength:"200" doc:"The gateway's token; never a card number"`
	}
}

// payByLink begins a try. A link that is being paid answers with a conflict: it
// is paid once.
func (a *API) payByLink(ctx context.Context, in *payByLinkInput) (*payLinkOutput, error) {
	var l paylink.Link
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		l, err = a.Links.Open(ctx, tx, in.Token)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := a.Links.Pay(ctx, l.ID, paylink.Try{Method: in.Body.Method, Instrument: in.Body.Instrument, IP: from(ctx).shopper.IP, Agent: from(ctx).shopper.Agent}); err != nil {
		return nil, err
	}
	return a.showPayLink(ctx, &in.PayLinkInput)
}
