package adminapi

import (
	"context"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/purchase/amend"
	"korzo/purchase/order"
	"korzo/purchase/payment/vault"
	"korzo/value/money"
)

type amendAddBody struct {
	Line   string     `json:"line"`
	SKU    string     `json:"sku"`
	Title  string     `json:"title"`
	Units  int64      `json:"units"`
	Amount amountBody `json:"amount"`
}

type movedBody struct {
	Group string `json:"delivery_group"`
	From  string `json:"from" format:"date"`
	To    string `json:"to" format:"date"`
}

// edited adds what only an edit has.
func (b *amendmentBody) edited(a amend.Amendment) {
	if a.Kind != amend.KindEdit {
		return
	}
	adds, pay, delivery := amountOf(a.Added), amountOf(a.ToPay), money.Of(0, a.Added.Currency)
	for _, l := range a.Addition.Lines {
		b.Added = append(b.Added, amendAddBody{string(l.ID), l.SKU, l.Title, l.Quantity, amountOf(l.Total)})
	}
	for _, g := range a.Addition.Groups {
		delivery = delivery.Plus(g.Price)
	}
	for _, p := range a.Promises {
		b.Promises = append(b.Promises, movedBody{string(p.Group), p.Window.From.String(), p.Window.To.String()})
	}
	more := amountOf(delivery)
	b.Adds, b.ToPay, b.Delivery = &adds, &pay, &more
}

type editLine struct {
	Line     string `json:"line"`
	Quantity int64  `json:"quantity" minimum:"0" doc:"In steps of the line's scale. What is taken out goes back at what was paid for it; more is added at what it costs now"`
}

type editAdd struct {
	SKU   string `json:"sku"`
	Units int64  `json:"units" minimum:"1" maximum:"9999"`
	Group string `json:"group,omitempty" doc:"The delivery group it travels in; left out: the first that is sent"`
}

type editInput struct {
	ID   order.ID `path:"id"`
	Key  string   `header:"Idempotency-Key" maxLength:"255" doc:"Required unless preview is set: the same key edits once"`
	Body struct {
		Lines   []editLine   `json:"lines,omitempty" maxItems:"500" doc:"Lines whose quantity changes"`
		Add     []editAdd    `json:"add,omitempty" maxItems:"100" doc:"Goods that are added. To swap a variant, set its line to 0 and add the other"`
		Address *addressBody `json:"shipping_address,omitempty" doc:"Where what is sent goes: the delivery is priced anew. Where other tax is due the order has to be placed anew"`
		Reason  string       `json:"reason,omitempty" maxLength:"500"`
		Send    bool         `json:"send,omitempty" doc:"Mail the buyer the link by which the rest is paid"`
		Preview bool         `json:"preview,omitempty" doc:"Compute only: write and move nothing"`
	}
}

// request reads what is asked for: a higher quantity is an addition.
func (in *editInput) request(ctx context.Context, tx *db.Tx, actor string) (amend.Request, error) {
	r := amend.Request{Order: in.ID, Kind: amend.KindEdit, Reason: in.Body.Reason, Actor: actor, Mail: in.Body.Send}
	if in.Key != "" {
		r.Key = actor + ":" + in.Key
	}
	change := amend.Change{Quantities: map[order.LineID]int64{}}
	for _, l := range in.Body.Lines {
		change.Quantities[order.LineID(l.Line)] = l.Quantity
	}
	wanted := make([]skuLine, len(in.Body.Add))
	for i, x := range in.Body.Add {
		wanted[i] = skuLine{SKU: x.SKU, Units: x.Units}
	}
	found, err := linesOf(ctx, tx, wanted)
	if err != nil {
		return r, err
	}
	for i, l := range found {
		change.Add = append(change.Add, amend.Addition{Variant: l.Variant, Units: l.Units, Group: order.GroupID(in.Body.Add[i].Group)})
	}
	if b := in.Body.Address; b != nil {
		to := b.address()
		change.Address = &to
	}
	return amend.Edit(ctx, tx, r, change)
}

// editOrder changes an order: the same key again is the same edit, whatever the
// order has become.
func (a *API) editOrder(ctx context.Context, in *editInput) (*amendmentOutput, error) {
	var r amend.Request
	var before amend.Amendment
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if before, err = amend.Keyed(ctx, tx, in.ID, string(from(ctx).ID)+":"+in.Key); err != nil || before.ID != "" {
			return err
		}
		r, err = in.request(ctx, tx, string(from(ctx).ID))
		return err
	})
	if err != nil {
		return nil, err
	}
	if in.Body.Preview {
		p, err := a.Amend.Preview(ctx, r)
		if err != nil {
			return nil, err
		}
		return &amendmentOutput{amendmentOf(p)}, nil
	}
	made := before
	out, err := a.amended(ctx, "amend.edit", func() (_ amend.Amendment, err error) {
		if before.ID == "" {
			made, err = a.Amend.Propose(ctx, r)
		}
		return made, err
	})
	if err == nil && made.State == amend.StateAwaiting {
		out.Body.Link = a.Links.URL(made.Link)
	}
	return out, err
}

// dropEdit ends an edit that waits for its payment.
func (a *API) dropEdit(ctx context.Context, in *amendmentInput) (*amendmentOutput, error) {
	return a.amended(ctx, "amend.drop", func() (amend.Amendment, error) { return a.Amend.Drop(ctx, in.ID, string(from(ctx).ID)) })
}

type chargeInput struct {
	ID   amend.ID `path:"id"`
	Body struct {
		Card string `json:"card" doc:"One that the order's customer saved and lets be charged while they are away"`
	}
}

// chargeEdit pays an edit with a saved card.
func (a *API) chargeEdit(ctx context.Context, in *chargeInput) (*amendmentOutput, error) {
	var m amend.Amendment
	m, err := a.Amend.Charge(ctx, in.ID, vault.ID(in.Body.Card))
	if err != nil {
		return nil, err
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "amend.charge", Subject: string(m.Order), Detail: map[string]string{"amendment": string(m.ID)}})
	})
	return &amendmentOutput{amendmentOf(m)}, err
}

// amendRoutes are the operations that change orders.
func (a *API) amendRoutes(r routes) {
	add(r, "GET", "/orders/{id}/amendments", "Orders", "List an order's amendments", "orders.read", a.listAmendments)
	add(r, "POST", "/orders/{id}/amendments", "Orders", "Refund lines of an order or cancel it", "payments.refund", a.amendOrder)
	add(r, "POST", "/orders/{id}/edits", "Orders", "Change an order that nobody has begun to gather", "payments.refund", a.editOrder)
	add(r, "GET", "/refund-limits", "Orders", "List above which sums a second person approves", "settings.read", a.listRefundLimits)
	add(r, "PUT", "/refund-limits", "Orders", "Set above which sum of a currency a second person approves", "settings.write", a.saveRefundLimit)
	add(r, "GET", "/return-terms", "Orders", "List on which terms goods may be sent back", "settings.read", a.listReturnTerms)
	add(r, "PUT", "/return-terms/{market}", "Orders", "Say on which terms goods of a market may be sent back", "settings.write", a.saveReturnTerms)
	add(r, "POST", "/amendments/{id}/drop", "Orders", "Drop an edit that waits to be paid", "payments.refund", a.dropEdit)
	add(r, "POST", "/amendments/{id}/charge", "Orders", "Pay an edit with a card its customer saved", "payments.refund", a.chargeEdit)
	add(r, "POST", "/amendments/{id}/approve", "Orders", "Approve an amendment", "payments.refund", a.approveAmendment)
	add(r, "POST", "/amendments/{id}/decline", "Orders", "Decline an amendment", "payments.refund", a.declineAmendment)
}
