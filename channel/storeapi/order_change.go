package storeapi

import (
	"context"
	"slices"
	"strings"

	"korzo/customer/profile"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/purchase/amend"
	"korzo/purchase/order"
	"korzo/value/address"
	"korzo/value/money"
)

var (
	errAddress = fault.New(fault.Invalid, "storeapi.address", "the address lacks something or has too much of it; its country and region stay")
	errNowhere = fault.New(fault.Conflict, "storeapi.nothing_sent", "nothing of this order is sent to an address; it is collected or downloaded")
)

// untouched proves that nobody has begun to gather an order, under its lock.
func untouched(of order.ID) func(context.Context, *db.Tx) error {
	return func(ctx context.Context, tx *db.Tx) error { return shipment.Untouched(ctx, tx, of) }
}

// cancelOrder cancels an order that nobody has begun to gather and gives back
// what was paid. Asked again it changes nothing.
func (a *API) cancelOrder(ctx context.Context, in *OrderInput) (*orderOutput, error) {
	var o order.Order
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		o, err = a.openOrder(ctx, tx, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	if o.State != order.StateCanceled {
		_, err = a.Amend.Propose(ctx, amend.Request{Order: o.ID, Key: "buyer", Kind: amend.KindCancel, Reason: "canceled by the buyer", Actor: shipment.Buyer, Proof: untouched(o.ID)})
		if err != nil {
			return nil, err
		}
	}
	return a.showOrder(ctx, in)
}

// moveInput is where an order goes instead.
type moveInput struct {
	OrderInput
	Body struct {
		Name       string `json:"name" maxLength:"400"`
		Line1      string `json:"line1" maxLength:"400"`
		Line2      string `json:"line2,omitempty" maxLength:"400"`
		PostalCode string `json:"postal_code" maxLength:"400"`
		City       string `json:"city" maxLength:"400"`
		Preview    bool   `json:"preview,omitempty" doc:"Only says what it means: when it arrives, what it costs"`
		Seen       string `json:"seen,omitempty" maxLength:"400" doc:"Of the preview its buyer looked at. Needed where it costs something or arrives on another day, and only while it is still so"`
	}
}

// movedBody is what a change of address means.
type movedBody struct {
	Status   string         `json:"status" enum:"preview,awaiting_payment,done" doc:"preview: nothing was changed"`
	Seen     string         `json:"seen" doc:"Send it back to agree to what is shown here"`
	ToPay    amountBody     `json:"to_pay" doc:"What the delivery there costs more"`
	Back     amountBody     `json:"back" doc:"What goes back because it costs less"`
	Promises []movedPromise `json:"promises" doc:"When it arrives there, by delivery group"`
	PayURL   string         `json:"pay_url,omitempty" doc:"Where to_pay is paid; until then nothing is changed"`
}

type movedPromise struct {
	Group string `json:"delivery_group"`
	promiseBody
}

type movedOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         movedBody
}

// moveOrder sends an order elsewhere in the same country and region, until
// somebody begins to gather it.
func (a *API) moveOrder(ctx context.Context, in *moveInput) (*movedOutput, error) {
	o, to, same, err := a.movedTo(ctx, in)
	if err != nil {
		return nil, err
	}
	if same {
		return movedOf("done", o, amend.Amendment{}), nil // sent twice
	}
	r := amend.Request{Order: o.ID, Key: id.New[string]("buyer", a.DB.Now()), Kind: amend.KindEdit, Address: &to, Mail: true, Reason: "sent elsewhere by the buyer",
		Actor: shipment.Buyer, Proof: untouched(o.ID)}
	looked, err := a.Amend.Preview(ctx, r)
	if err != nil {
		return nil, err
	}
	if unseen := looked.Differs(o) && in.Body.Seen != looked.Seen(); in.Body.Preview || unseen {
		return movedOf("preview", o, looked), nil
	}
	made, err := a.Amend.Propose(ctx, r)
	if err != nil {
		return nil, err
	}
	made.Promises = looked.Promises
	if made.State != amend.StateAwaiting {
		return movedOf("done", o, made), nil
	}
	out := movedOf("awaiting_payment", o, made)
	out.Body.PayURL = a.Links.URL(made.Link)
	return out, nil
}

// movedTo reads the order of a change of address and where it then goes; same
// says that it goes there already.
func (a *API) movedTo(ctx context.Context, in *moveInput) (o order.Order, to address.Address, same bool, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		if o, err = a.openOrder(ctx, tx, &in.OrderInput); err != nil {
			return err
		}
		if err := shipment.Untouched(ctx, tx, o.ID); err != nil {
			return err
		}
		all, err := shipment.OfOrder(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		if !homeward(o, all) {
			return errNowhere
		}
		contact, err := profile.FindContact(ctx, tx, a.Keeper, profile.ContactID(o.Contact))
		to = contact.Shipping
		return err
	})
	if err != nil {
		return o, to, false, err
	}
	was := to
	to.Name, to.Line1, to.Line2, to.PostalCode, to.City = in.Body.Name, in.Body.Line1, in.Body.Line2, in.Body.PostalCode, in.Body.City
	to = to.Clean()
	if problems := to.Check(); len(problems) > 0 {
		var fields []string
		for _, p := range problems {
			fields = append(fields, p.Field+": "+p.Text)
		}
		return o, to, false, errAddress.With(strings.Join(fields, "; "))
	}
	return o, to, to == was, nil
}

// homeward reports whether something of an order goes to its buyer's address.
func homeward(o order.Order, all []shipment.Fulfilment) bool {
	return slices.ContainsFunc(all, func(f shipment.Fulfilment) bool {
		return f.Kind == shipment.KindShip && f.State.Open() && shipment.PointOf(o, f) == nil
	})
}

func movedOf(status string, o order.Order, m amend.Amendment) *movedOutput {
	zero := money.Of(0, o.Currency())
	out := &movedOutput{CacheControl: "private, no-store", Body: movedBody{Status: status, Seen: m.Seen(), ToPay: amountOf(zero.Plus(m.ToPay)),
		Back: amountOf(zero.Plus(m.Back())), Promises: []movedPromise{}}}
	for _, p := range m.Promises {
		out.Body.Promises = append(out.Body.Promises, movedPromise{string(p.Group), promiseBody{p.Window.From.String(), p.Window.To.String()}})
	}
	return out
}
