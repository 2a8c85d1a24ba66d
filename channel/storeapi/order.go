package storeapi

import (
	"context"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/purchase/checkout"
	"korzo/purchase/order"
	"korzo/purchase/payment"
)

// orderBody is an order as its buyer sees it.
type orderBody struct {
	ID          string          `json:"id"`
	Number      string          `json:"number"`
	Status      string          `json:"status" doc:"placed, on_hold, completed, canceled"`
	Payment     string          `json:"payment_status" doc:"none, authorized, partially_paid, paid, partially_refunded, refunded"`
	PlacedAt    string          `json:"placed_at" format:"date-time"`
	Market      string          `json:"market"`
	Currency    string          `json:"currency"`
	TaxIncluded bool            `json:"tax_included"`
	Email       string          `json:"email,omitempty"`
	Shipping    *addressBody    `json:"shipping_address,omitempty"`
	Billing     *addressBody    `json:"billing_address,omitempty"`
	Lines       []orderLineBody `json:"lines"`
	Groups      []groupBody     `json:"delivery_groups"`
	Totals      totalsBody      `json:"totals"`
	Total       amountBody      `json:"total"`
	Extras      []extraBody     `json:"extras,omitempty" doc:"What was asked for beside the goods: a gift wrap, a note, a wished day"`
	Downloads   []downloadBody  `json:"downloads,omitempty" doc:"Of digital goods, once they are paid"`
}

// downloadBody is a file that was bought.
type downloadBody struct {
	ID     string `json:"id"`
	Line   string `json:"line"`
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	Status string `json:"status" enum:"ready,used_up,ended,revoked,held"`
	Left   *int64 `json:"downloads_left,omitempty" doc:"Left out: without end"`
	EndsAt string `json:"ends_at,omitempty" format:"date-time" doc:"Until when it may be downloaded; left out: for ever"`
	URL    string `json:"url,omitempty" doc:"Opens the file and counts as a download; read the order again when it has ended"`
	Until  string `json:"url_ends_at,omitempty" format:"date-time"`
}

func downloadsOf(all []checkout.Download) (bodies []downloadBody) {
	for _, d := range all {
		b := downloadBody{ID: string(d.ID), Line: d.Line, Name: d.Name, Bytes: d.Bytes, Status: string(d.State), EndsAt: rfc3339(d.EndsAt), URL: d.URL}
		if n := d.Left(); n >= 0 {
			b.Left = &n
		}
		if d.URL != "" {
			b.Until = rfc3339(d.Until)
		}
		bodies = append(bodies, b)
	}
	return bodies
}

type orderLineBody struct {
	ID        string     `json:"id"`
	SKU       string     `json:"sku"`
	Title     string     `json:"title"`
	Quantity  int64      `json:"quantity"`
	UnitPrice amountBody `json:"unit_price"`
	Discount  amountBody `json:"discount"`
	Tax       amountBody `json:"tax"`
	Total     amountBody `json:"total"`
	Group     string     `json:"delivery_group" doc:"The id of the delivery group it travels in"`
}

type groupBody struct {
	ID       string      `json:"id"`
	Kind     string      `json:"kind" doc:"ship or pickup"`
	Method   string      `json:"method"`
	Name     string      `json:"name"`
	Location string      `json:"location,omitempty" doc:"Where a pick-up waits"`
	Point    *dropBody   `json:"pickup_point,omitempty" doc:"The carrier's point where it waits"`
	Price    amountBody  `json:"price"`
	Promise  promiseBody `json:"promise"`
}

// OrderInput names an order and proves that the caller may see it.
type OrderInput struct {
	ID     order.ID `path:"id"`
	Token  string   `header:"Order-Token" doc:"The token its buyer was given when it was placed"`
	Token2 string   `query:"token" doc:"The same, for links"`
}

type orderOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         orderBody
}

// showOrder opens an order to who has its token, or is its customer. Anybody
// else learns not even that it exists.
func (a *API) showOrder(ctx context.Context, in *OrderInput) (*orderOutput, error) {
	out := &orderOutput{CacheControl: "private, no-store"}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		o, err := a.openOrder(ctx, tx, in)
		if err != nil {
			return err
		}
		contact, err := profile.FindContact(ctx, tx, a.Keeper, profile.ContactID(o.Contact))
		if err != nil {
			return err
		}
		paid := "none"
		if o.Payment != "" {
			p, _, err := payment.Find(ctx, tx, payment.ID(o.Payment))
			if err != nil {
				return err
			}
			paid = p.Status()
		}
		out.Body = orderOf(o, contact, paid)
		out.Body.Extras = extrasOf(checkout.Asked(o, contact))
		files, err := a.Checkout.Downloads(ctx, tx, o)
		out.Body.Downloads = downloadsOf(files)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// openOrder finds an order that the caller may see.
func (a *API) openOrder(ctx context.Context, tx *db.Tx, in *OrderInput) (order.Order, error) {
	token := in.Token
	if token == "" {
		token = in.Token2
	}
	o, err := order.Find(ctx, tx, in.ID)
	if err == nil && !a.Checkout.OpensOrder(o.ID, token) && (o.Customer == "" || o.Customer != from(ctx).Customer) {
		err = order.ErrNotFound
	}
	return o, err
}

func orderOf(o order.Order, contact profile.Contact, paid string) orderBody {
	b := orderBody{
		ID: string(o.ID), Number: o.Number, Status: string(o.State), Payment: paid, PlacedAt: rfc3339(o.PlacedAt), Market: o.Market,
		Currency: string(o.Currency()), TaxIncluded: o.TaxIncluded,
		Email: contact.Email, Shipping: addressOf(contact.Shipping), Billing: addressOf(contact.Billing),
		Totals: totalsBody{amountOf(o.Subtotal), amountOf(o.Discount), amountOf(o.Shipping), amountOf(o.Tax), amountOf(o.Total)},
		Total:  amountOf(o.Total),
	}
	for _, l := range o.Lines {
		b.Lines = append(b.Lines, orderLineBody{string(l.ID), l.SKU, l.Title, l.Quantity, amountOf(l.UnitPrice),
			amountOf(l.Discount), amountOf(l.Tax), amountOf(l.Total), string(l.Group)})
	}
	for _, g := range o.Groups {
		one := groupBody{ID: string(g.ID), Kind: g.Kind, Method: g.Method, Name: g.Name, Price: amountOf(g.Price), Promise: promiseBody{g.PromiseFrom, g.PromiseTo}}
		if g.Kind == "pickup" {
			one.Location = g.Location
		}
		if g.Point != nil {
			one.Point = new(dropOf(*g.Point))
		}
		b.Groups = append(b.Groups, one)
	}
	return b
}
