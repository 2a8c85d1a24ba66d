package paypal

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/value/address"
)

var _ payment.Inviting = (*Gateway)(nil)

var errForeign = fault.New(fault.Unavailable, "paypal.amount", "PayPal cannot pay this amount in this currency; choose another way to pay")

// told begins the instrument that a wallet gave: an order whose owner agreed to
// it, and our mark, so that nobody pays with an order they have only heard of.
const told = "paypal:"

// named is what orders at PayPal are called.
var named = regexp.MustCompile(`^[A-Za-z0-9_-]{1,36}$`)

// unit is where the one unit of an order is changed.
const unit = "/purchase_units/@reference_id=='default'/"

// owner is whose wallet it is, as far as they let it tell.
type owner struct {
	Email string `json:"email_address"`
	Name  name   `json:"name"`
	Phone phone  `json:"phone_number"`
	Old   struct {
		Number phone `json:"phone_number"`
	} `json:"phone"`
}

type name struct {
	Full    string `json:"full_name"`
	Given   string `json:"given_name"`
	Surname string `json:"surname"`
}

func (n name) text() string { return cmp.Or(n.Full, strings.TrimSpace(n.Given+" "+n.Surname)) }

type phone struct {
	Country  string `json:"country_code"`
	National string `json:"national_number"`
}

func (p phone) text() string {
	if p.Country == "" || p.National == "" {
		return p.National
	}
	return "+" + p.Country + " " + p.National
}

// postal is an address: area 1 is the region, area 2 the city.
type postal struct {
	Line1   string `json:"address_line_1"`
	Line2   string `json:"address_line_2"`
	City    string `json:"admin_area_2"`
	Region  string `json:"admin_area_1"`
	Code    string `json:"postal_code"`
	Country string `json:"country_code"`
}

// Shares reports whether a kind's wallets tell who buys.
func (g *Gateway) Shares(kind string) bool { return kind == "paypal" || kind == venmo }

// Invite makes an order that the shopper agrees to before its total is known.
// It is a new one each time, and patched when it is paid.
func (g *Gateway) Invite(ctx context.Context, i payment.Invitation) (string, error) {
	if !payable(i.Kind, i.Amount) {
		return "", errForeign
	}
	p := page{action: "CONTINUE", shipping: "NO_SHIPPING"}
	if len(i.Countries) > 0 {
		p.shipping = "GET_FROM_FILE"
	}
	r := payment.Request{Kind: i.Kind, Amount: i.Amount, ReturnURL: i.ReturnURL}
	o, err := g.place(ctx, "wlt_"+strings.ToLower(rand.Text()), i.Reference, r, p)
	if err != nil {
		return "", err
	}
	if at := approval(o.Links); at != "" {
		return at, nil
	}
	return "", payment.ErrUnknown
}

// Shared reads who agreed to an order. PayPal gives its name to whoever comes
// back, agreed or not.
func (g *Gateway) Shared(ctx context.Context, reference string, came url.Values) (payment.Shared, error) {
	id := came.Get("token")
	if !named.MatchString(id) {
		return payment.Shared{}, payment.ErrNotShared
	}
	o, err := g.lent(ctx, id)
	if err == nil && (o == nil || o.Status != "APPROVED" || o.Units[0].CustomID != reference) {
		err = payment.ErrNotShared
	}
	if err != nil {
		return payment.Shared{}, err
	}
	who := o.owner()
	return payment.Shared{Instrument: told + o.ID + ":" + g.mark(o.ID), Email: who.Email, Address: o.destination(who)}, nil
}

// owner is what an order tells of who agreed to it. Where PayPal once told it is
// read where it does not tell it yet.
func (o *order) owner() owner {
	who, paypal, old := o.Source.Venmo, o.Source.PayPal, o.Payer
	return owner{Email: cmp.Or(paypal.Email, who.Email, old.Email), Name: cmp.Or(paypal.Name, who.Name, old.Name),
		Phone: cmp.Or(paypal.Phone, who.Phone, old.Phone, old.Old.Number)}
}

// destination is where the owner of a wallet has things sent; zero where no
// address was asked for.
func (o *order) destination(who owner) address.Address {
	to := o.Units[0].Shipping
	if to.Address.Country == "" {
		return address.Address{}
	}
	a := to.Address
	return address.Address{Name: cmp.Or(to.Name.text(), who.Name.text()), Line1: a.Line1, Line2: a.Line2, City: a.City, Region: a.Region,
		PostalCode: a.Code, Country: a.Country, Phone: who.Phone.text()}
}

// mark is what only this merchant can have written beside an order's name.
func (g *Gateway) mark(id string) string {
	mac := hmac.New(sha256.New, []byte(g.secret))
	mac.Write([]byte("korzo:wallet:" + id))
	return hex.EncodeToString(mac.Sum(nil)[:20])
}

// wallets is the order that an instrument names; "" for any other instrument.
func (g *Gateway) wallets(instrument string) string {
	rest, ok := strings.CutPrefix(instrument, told)
	id, mark, _ := strings.Cut(rest, ":")
	if !ok || !hmac.Equal([]byte(mark), []byte(g.mark(id))) {
		return ""
	}
	return id
}

// lent is the order of a wallet; nil when PayPal has it no more.
func (g *Gateway) lent(ctx context.Context, id string) (*order, error) {
	o, err := g.order(ctx, id)
	if missing(err) {
		return nil, nil
	}
	return o, err
}

// patch is one change of an order.
type patch struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// agreed makes the order that a wallet gave the one of an attempt, with its
// amount. It is nil when there is none that can pay it: the shopper is asked anew.
func (g *Gateway) agreed(ctx context.Context, r payment.Request) (*order, error) {
	id := g.wallets(r.Instrument)
	if id == "" {
		return nil, nil
	}
	o, err := g.lent(ctx, id)
	switch {
	case err != nil || o == nil || o.Units[0].CustomID == r.Reference:
		return o, err
	case o.Status != "APPROVED":
		return nil, nil
	}
	err = g.ask(ctx, http.MethodPatch, ordersPath+url.PathEscape(id), "", []patch{
		{"replace", "/intent", intent(r)}, {"replace", unit + "custom_id", r.Reference},
		{"replace", unit + "invoice_id", r.Reference}, {"replace", unit + "amount", amountOf(r.Amount)},
	}, nil)
	var no *refusal
	if errors.As(err, &no) && (no.status == http.StatusUnprocessableEntity || no.status == http.StatusNotFound) {
		return nil, nil
	}
	o.Intent, o.Units[0].CustomID, o.Units[0].Amount = intent(r), r.Reference, amountOf(r.Amount)
	return o, err
}
