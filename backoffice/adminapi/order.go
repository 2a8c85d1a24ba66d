package adminapi

import (
	"context"
	"errors"
	"slices"
	"strings"

	"korzo/customer/profile"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/purchase/amend"
	"korzo/purchase/checkout"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/route"
)

// OrderHead is an order in a list.
type OrderHead struct {
	ID       string     `json:"id"`
	Number   string     `json:"number"`
	Cart     string     `json:"cart"`
	Status   string     `json:"status" doc:"placed, on_hold, completed, canceled"`
	Hold     string     `json:"hold_reason,omitempty"`
	Market   string     `json:"market"`
	Channel  string     `json:"channel"`
	Customer string     `json:"customer,omitempty"`
	Flow     string     `json:"flow"`
	Version  int64      `json:"flow_version"`
	Total    amountBody `json:"total"`
	Due      amountBody `json:"amount_due" doc:"Of the total: what gift cards, points and store credit did not pay"`
	PlacedAt string     `json:"placed_at" format:"date-time"`
}

func headOf(o order.Order) OrderHead {
	return OrderHead{string(o.ID), o.Number, o.Cart, string(o.State), o.HoldReason, o.Market, o.Channel, o.Customer, o.Flow,
		o.FlowVersion, amountOf(o.Total), amountOf(o.Due()), rfc3339(o.PlacedAt)}
}

type orderBody struct {
	OrderHead
	Email       string        `json:"email,omitempty"`
	Shipping    *addressBody  `json:"shipping_address,omitempty"`
	Billing     *addressBody  `json:"billing_address,omitempty"`
	TaxIncluded bool          `json:"tax_included"`
	Tax         *reliefBody   `json:"tax_relief,omitempty" doc:"Why no tax was charged, when none was"`
	Totals      totalsBody    `json:"totals"`
	Lines       []lineBody    `json:"lines"`
	Groups      []groupBody   `json:"delivery_groups"`
	Tenders     []tenderBody  `json:"tenders" doc:"What gift cards, points and store credit paid"`
	Extras      []extraBody   `json:"extras" doc:"What the buyer asked for beside the goods: a gift wrap, a note, a wished day"`
	Payments    []paymentBody `json:"payments"`
	Actions     []string      `json:"actions" doc:"What may be done with it now"`
}

// extraBody is what a widget of the checkout left on the order, with the buyer's
// own words.
type extraBody struct {
	Name    string            `json:"name"`
	Kind    string            `json:"kind"`
	Answers map[string]string `json:"answers"`
}

// tenderBody is what stored value paid.
type tenderBody struct {
	Kind   string     `json:"kind" doc:"gift_card, points or credit"`
	Label  string     `json:"label"`
	Ref    string     `json:"ref,omitempty" doc:"The gift card's id"`
	Points int64      `json:"points,omitempty" doc:"That pay the amount"`
	Amount amountBody `json:"amount"`
}

type totalsBody struct {
	Subtotal amountBody `json:"subtotal"`
	Discount amountBody `json:"discount"`
	Shipping amountBody `json:"shipping"`
	Tax      amountBody `json:"tax"`
	Total    amountBody `json:"total"`
}

type lineBody struct {
	ID        string      `json:"id"`
	Variant   string      `json:"variant"`
	SKU       string      `json:"sku"`
	Title     string      `json:"title"`
	Quantity  int64       `json:"quantity"`
	UnitPrice amountBody  `json:"unit_price"`
	UnitCost  *amountBody `json:"unit_cost,omitempty"`
	Discount  amountBody  `json:"discount"`
	Tax       amountBody  `json:"tax"`
	Total     amountBody  `json:"total"`
}

type groupBody struct {
	Kind   string     `json:"kind"`
	Method string     `json:"method"`
	Name   string     `json:"name"`
	Price  amountBody `json:"price"`
	From   string     `json:"promised_from"`
	To     string     `json:"promised_to"`
}

type paymentBody struct {
	ID         string        `json:"id"`
	Status     string        `json:"status"`
	Method     string        `json:"method"`
	Gateway    string        `json:"gateway"`
	Authorized amountBody    `json:"authorized"`
	Captured   amountBody    `json:"captured"`
	Refunded   amountBody    `json:"refunded"`
	Attempts   []attemptBody `json:"attempts"`
	Refunds    []refundBody  `json:"refunds"`
	Routing    []routedBody  `json:"routing" doc:"What was decided about it, and why, oldest first"`
	Actions    []string      `json:"actions"`
}

type attemptBody struct {
	ID          string    `json:"id"`
	Gateway     string    `json:"gateway"`
	Status      string    `json:"status"`
	GatewayID   string    `json:"gateway_id,omitempty"`
	DeclineCode string    `json:"decline_code,omitempty"`
	Card        *cardBody `json:"card,omitempty" doc:"The card that was asked, as far as its token or its gateway told"`
	Proof       string    `json:"proof,omitempty" doc:"What was asked of the bank about who pays: challenge, or an exemption"`
	Why         string    `json:"why,omitempty" doc:"Why this gateway"`
	At          string    `json:"at" format:"date-time"`
}

// cardBody is what is known of a card.
type cardBody struct {
	Brand   string `json:"brand,omitempty" doc:"visa, mastercard, amex, …"`
	Last    string `json:"last,omitempty" doc:"Four digits"`
	Country string `json:"country,omitempty" doc:"Of its bank, ISO 3166"`
}

// routedBody is one decision about a payment.
type routedBody struct {
	Action  string `json:"action" doc:"first, or what followed a try: retry_elsewhere, step_up, ask_customer, stop"`
	Gateway string `json:"gateway,omitempty" doc:"The one asked; empty when nobody was"`
	decisionBody
	At string `json:"at" format:"date-time"`
}

// why puts the reasons of a decision that were acted on into one sentence.
func why(l route.Logged) string {
	var texts []string
	for _, s := range l.Why {
		if s.Taken || s.Kind == "gateway" {
			texts = append(texts, strings.TrimSpace(s.Name+" "+s.Text))
		}
	}
	return strings.Join(texts, "; ")
}

// routing tells what was decided about a payment, and each attempt why it was made.
func (b *paymentBody) routing(ctx context.Context, tx *db.Tx) error {
	decisions, err := route.Decisions(ctx, tx, b.ID)
	asked := 0
	for _, l := range decisions {
		b.Routing = append(b.Routing, routedBody{l.Action, l.Chosen, decisionBody{l.Order, string(l.Rule), l.Version, l.Down, l.Why}, rfc3339(l.At)})
		if l.Chosen != "" && asked < len(b.Attempts) {
			b.Attempts[asked].Why = why(l)
			asked++
		}
	}
	return err
}

// paymentOf loads a payment with all that happened to it.
func paymentOf(ctx context.Context, tx *db.Tx, id payment.ID) (paymentBody, error) {
	p, attempts, err := payment.Find(ctx, tx, id)
	if err != nil {
		return paymentBody{}, err
	}
	movements, err := payment.Movements(ctx, tx, id)
	if err != nil {
		return paymentBody{}, err
	}
	b := paymentBody{ID: string(p.ID), Status: p.Status(), Method: p.Method, Authorized: amountOf(p.Authorized),
		Captured: amountOf(p.Captured), Refunded: amountOf(p.Refunded), Attempts: []attemptBody{}, Refunds: []refundBody{}, Routing: []routedBody{}, Actions: []string{"check"}}
	for _, t := range attempts {
		b.Gateway = t.Gateway
		b.Attempts = append(b.Attempts, attemptBody{ID: string(t.ID), Gateway: t.Gateway, Status: string(t.State), GatewayID: t.GatewayID,
			DeclineCode: t.DeclineCode, Proof: t.Proof.Exemption, At: rfc3339(t.CreatedAt)})
		if c := t.Card; c != (payment.Card{}) {
			b.Attempts[len(b.Attempts)-1].Card = &cardBody{c.Brand, c.Last, c.Country}
		}
		if t.Proof.Challenge {
			b.Attempts[len(b.Attempts)-1].Proof = route.Challenge
		}
	}
	for _, m := range payment.Refunds(movements) {
		b.Refunds = append(b.Refunds, refundOf(m))
	}
	if p.Uncaptured().Minor > 0 {
		b.Actions = append(b.Actions, "capture")
		if p.Moving.IsZero() {
			b.Actions = append(b.Actions, "void")
		}
	}
	if err := amend.Direct(ctx, tx, p); err == nil && p.Refundable().Minor > 0 && p.MayRefund(p.Refundable(), tx.Now) == nil {
		b.Actions = append(b.Actions, "refund")
	} else if err != nil && !errors.Is(err, amend.ErrOrdered) {
		return b, err
	}
	return b, b.routing(ctx, tx)
}

type listOrdersInput struct {
	PageInput
	Status   string `query:"status" enum:"placed,on_hold,completed,canceled"`
	Customer string `query:"customer" maxLength:"100"`
	Number   string `query:"number" maxLength:"40"`
}

func (a *API) listOrders(ctx context.Context, in *listOrdersInput) (*list[OrderHead], error) {
	if err := in.behind("ord"); err != nil {
		return nil, err
	}
	var bodies []OrderHead
	var next order.ID
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		page, after, err := order.List(ctx, tx, order.Filter{State: order.State(in.Status), Customer: in.Customer, Number: in.Number,
			After: order.ID(in.After), Limit: in.Limit})
		for _, o := range page {
			bodies = append(bodies, headOf(o))
		}
		next = after
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, string(next)), nil
}

type orderInput struct {
	ID order.ID `path:"id"`
}

type orderOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         orderBody
}

func (a *API) showOrder(ctx context.Context, in *orderInput) (*orderOutput, error) {
	out := &orderOutput{CacheControl: "private, no-store"}
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = a.loadOrder(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) loadOrder(ctx context.Context, tx *db.Tx, id order.ID) (orderBody, error) {
	o, err := order.Find(ctx, tx, id)
	if err != nil {
		return orderBody{}, err
	}
	contact, err := profile.FindContact(ctx, tx, a.Keeper, profile.ContactID(o.Contact))
	if err != nil && !isErased(err) {
		return orderBody{}, err
	}
	b := orderBody{OrderHead: headOf(o), Email: contact.Email, Shipping: addressOf(contact.Shipping), Billing: addressOf(contact.Billing),
		TaxIncluded: o.TaxIncluded, Payments: []paymentBody{}, Actions: []string{},
		Tenders: []tenderBody{},
		Totals:  totalsBody{amountOf(o.Subtotal), amountOf(o.Discount), amountOf(o.Shipping), amountOf(o.Tax), amountOf(o.Total)}}
	if b.Tax, err = reliefOf(ctx, tx, o, contact); err != nil {
		return b, err
	}
	b.Extras = []extraBody{}
	for _, e := range checkout.Asked(o, contact) {
		b.Extras = append(b.Extras, extraBody(e))
	}
	for _, t := range o.Tenders {
		b.Tenders = append(b.Tenders, tenderBody{t.Kind, t.Label, t.Ref, t.Points, amountOf(t.Amount)})
	}
	for _, l := range o.Lines {
		line := lineBody{ID: string(l.ID), Variant: l.Variant, SKU: l.SKU, Title: l.Title, Quantity: l.Quantity, UnitPrice: amountOf(l.UnitPrice),
			Discount: amountOf(l.Discount), Tax: amountOf(l.Tax), Total: amountOf(l.Total)}
		if l.UnitCost.Currency != "" {
			cost := amountOf(l.UnitCost)
			line.UnitCost = &cost
		}
		b.Lines = append(b.Lines, line)
	}
	for _, g := range o.Groups {
		b.Groups = append(b.Groups, groupBody{g.Kind, g.Method, g.Name, amountOf(g.Price), g.PromiseFrom, g.PromiseTo})
	}
	if o.State == order.StateOnHold {
		b.Actions = append(b.Actions, "release")
	}
	if o.Payment == "" {
		return b, nil
	}
	p, err := paymentOf(ctx, tx, payment.ID(o.Payment))
	b.Payments = append(b.Payments, p)
	return b, err
}

// releaseOrder lets an order that was on hold go on.
func (a *API) releaseOrder(ctx context.Context, in *orderInput) (*orderOutput, error) {
	out := &orderOutput{CacheControl: "private, no-store"}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := order.Move(ctx, tx, in.ID, order.StatePlaced, ""); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "order.release", Subject: string(in.ID)}); err != nil {
			return err
		}
		var err error
		out.Body, err = a.loadOrder(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type paymentInput struct {
	ID payment.ID `path:"id"`
}

type paymentOutput struct {
	Body paymentBody
}

// checkPayment asks the gateway's book about a payment's attempts: a person
// comes through the same funnel as the webhook and the poller.
func (a *API) checkPayment(ctx context.Context, in *paymentInput) (*paymentOutput, error) {
	_, attempts, err := a.findPayment(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	for _, t := range slices.Backward(attempts) {
		if _, err := a.Payments.Sync(ctx, t.ID); err != nil {
			return nil, err
		}
	}
	return a.showPayment(ctx, in.ID)
}

func (a *API) capturePayment(ctx context.Context, in *paymentInput) (*paymentOutput, error) {
	if err := a.Payments.CaptureRest(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.showPayment(ctx, in.ID)
}

func (a *API) showPayment(ctx context.Context, id payment.ID) (*paymentOutput, error) {
	out := new(paymentOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = paymentOf(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) findPayment(ctx context.Context, id payment.ID) (p payment.Payment, attempts []payment.Attempt, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		p, attempts, err = payment.Find(ctx, tx, id)
		return err
	})
	return p, attempts, err
}
