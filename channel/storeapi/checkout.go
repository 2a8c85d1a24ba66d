package storeapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/platform/idempotency"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/value/money"
)

type startInput struct {
	UserAgent string `header:"User-Agent"`
	Body      struct {
		Cart     string `json:"cart" example:"cart_01j…"`
		Locale   string `json:"locale,omitempty" maxLength:"20"`
		Device   string `json:"device,omitempty" enum:"phone,tablet,desktop,other" doc:"Left out, it is read from User-Agent"`
		OS       string `json:"device_os,omitempty" enum:"ios,android,windows,macos,linux,other"`
		Browser  string `json:"device_browser,omitempty" maxLength:"40"`
		Campaign string `json:"campaign,omitempty" maxLength:"100" doc:"utm_campaign of the visit"`
		Source   string `json:"visit_source,omitempty" maxLength:"100" doc:"utm_source"`
		Medium   string `json:"visit_medium,omitempty" maxLength:"100" doc:"utm_medium"`
		Referrer string `json:"visit_referrer,omitempty" maxLength:"200" doc:"The host of the page that led here"`
		New      bool   `json:"visit_new,omitempty" doc:"They are here for the first time"`
		Pages    int64  `json:"visit_pages,omitempty" minimum:"0"`
		Searches int64  `json:"visit_searches,omitempty" minimum:"0"`
		Country  string `json:"visit_country,omitempty" maxLength:"2" doc:"Where they would have things sent, as far as they said"`
		Code     string `json:"visit_postal_code,omitempty" maxLength:"12"`
		Partner  string `json:"visit_partner,omitempty" maxLength:"200" doc:"The host of the page that the checkout stands in"`
		Consent  bool   `json:"visit_consent,omitempty" doc:"They agreed to be remembered beyond what is needed"`
		Visitor  string `json:"visitor,omitempty" maxLength:"100" doc:"As POST /visitors issued it: what experiments know them by"`
	}
}

func (a *API) startCheckout(ctx context.Context, in *startInput) (*checkoutOutput, error) {
	said := in.Body
	visit := flow.Visit{Visitor: experiment.Visitor(a.Keeper, said.Visitor), Locale: said.Locale, Device: visitor.DeviceOf(in.UserAgent),
		Path: visitor.Path{Campaign: said.Campaign, Source: said.Source, Medium: said.Medium, Referrer: said.Referrer,
			New: said.New, Pages: said.Pages, Searches: said.Searches, Partner: said.Partner, Consent: said.Consent},
		Place: visitor.Place{Country: said.Country, PostalCode: said.Code}}
	if said.Device != "" {
		visit.Device = visitor.Device{Kind: said.Device, OS: said.OS, Browser: said.Browser}
	}
	v, err := a.Checkout.Start(ctx, cart.ID(in.Body.Cart), from(ctx).Caller, visit)
	if err != nil {
		return nil, err
	}
	return a.checkoutOf(v), nil
}

type visitorOutput struct {
	Body struct {
		Visitor string `json:"visitor" doc:"Keep it with the browser or app, also when somebody signs in, and send it along"`
	}
}

// issueVisitor gives a browser or app the id that experiments know it by.
func (a *API) issueVisitor(context.Context, *struct{}) (*visitorOutput, error) {
	out := new(visitorOutput)
	out.Body.Visitor = experiment.NewVisitor(a.Keeper, a.DB.Now())
	return out, nil
}

// CheckoutInput names a checkout in the path.
type CheckoutInput struct {
	ID checkout.ID `path:"id"`
}

func (a *API) showCheckout(ctx context.Context, in *CheckoutInput) (*checkoutOutput, error) {
	v, err := a.Checkout.Find(ctx, in.ID, from(ctx).Caller)
	if err != nil {
		return nil, err
	}
	return a.checkoutOf(v), nil
}

type updateInput struct {
	CheckoutInput
	Body struct {
		Email    *string                      `json:"email,omitempty" maxLength:"400"`
		Shipping *addressBody                 `json:"shipping_address,omitempty"`
		Billing  *addressBody                 `json:"billing_address,omitempty"`
		Option   *string                      `json:"shipping_option,omitempty" doc:"One of shipping_options, for all lines"`
		Point    *string                      `json:"pickup_point,omitempty" maxLength:"100" doc:"The code of one of pickup_points, where the option goes to one"`
		Near     *string                      `json:"points_near,omitempty" maxLength:"12" doc:"The postal code near which pickup_points are looked for; left out: that of the shipping address"`
		Groups   []groupInput                 `json:"groups,omitempty" maxItems:"10" doc:"How each part travels; given with shipping_option, this counts"`
		Company  *string                      `json:"company,omitempty" maxLength:"200" doc:"The business that buys"`
		VATID    *string                      `json:"vat_id,omitempty" maxLength:"40" example:"DE136695976"`
		Birth    *string                      `json:"birth_date,omitempty" maxLength:"10" example:"1990-05-17" doc:"The payer's day of birth, where payment_methods need it; forgotten once the lender has decided"`
		Credit   *bool                        `json:"use_credit,omitempty" doc:"Whether the signed-in customer's store credit is to pay, as far as it goes"`
		Points   *int64                       `json:"use_points,omitempty" minimum:"-1" doc:"How many of the signed-in customer's points are to pay, as far as they go; -1 is as many as possible, 0 none"`
		Widgets  map[string]map[string]string `json:"widgets,omitempty" doc:"What is said to widgets: by name the answers, each a text; what is refused is told in messages under $.widgets" maxProperties:"30"`
		Payment  *struct {
			Method     *string `json:"method,omitempty" doc:"One of payment_methods"`
			Instrument *string `json:"instrument,omitempty" doc:"The gateway's token; never a card number" example:"sandbox:approve"`
			Saved      *string `json:"saved_card,omitempty" doc:"One of saved_cards instead; \"\" for none"`
			Parts      *int64  `json:"instalments,omitempty" minimum:"1" maximum:"60" doc:"In how many parts it is paid, of those that GET /checkouts/{id}/instalments tells; 1 is at once"`
			Keep       *bool   `json:"keep,omitempty" doc:"Whether the card is kept for later: the signed-in customer's consent"`
		} `json:"payment,omitempty"`
	}
}

type groupInput struct {
	Option string   `json:"shipping_option"`
	Point  string   `json:"pickup_point,omitempty" maxLength:"100" doc:"The code of a pick-up point, where the option goes to one; left out: what was chosen before"`
	Lines  []string `json:"lines,omitempty" maxItems:"200" doc:"Ids of the cart's lines; the first group has every line that no other names"`
}

func (a *API) updateCheckout(ctx context.Context, in *updateInput) (*checkoutOutput, error) {
	p := checkout.Patch{Email: in.Body.Email, Shipping: in.Body.Shipping.address(), Billing: in.Body.Billing.address(), Option: in.Body.Option, Point: in.Body.Point, Near: in.Body.Near,
		Company: in.Body.Company, VATID: in.Body.VATID, Birth: in.Body.Birth, Credit: in.Body.Credit, Points: in.Body.Points, Widgets: answersOf(in.Body.Widgets), IP: from(ctx).ip}
	for _, g := range in.Body.Groups {
		choice := checkout.GroupChoice{Option: g.Option, Point: g.Point}
		for _, l := range g.Lines {
			choice.Lines = append(choice.Lines, cart.LineID(l))
		}
		p.Groups = append(p.Groups, choice)
	}
	if in.Body.Payment != nil {
		p.Method, p.Token = in.Body.Payment.Method, in.Body.Payment.Instrument
		p.Saved, p.Keep, p.Parts = in.Body.Payment.Saved, in.Body.Payment.Keep, in.Body.Payment.Parts
	}
	v, err := a.Checkout.Update(ctx, in.ID, from(ctx).Caller, p)
	if err != nil {
		return nil, err
	}
	return a.checkoutOf(v), nil
}

type completeInput struct {
	CheckoutInput
	Key  string `header:"Idempotency-Key" doc:"Required: a new one for each new try; the same key and body get the same answer"`
	Body struct {
		Expected amountBody  `json:"expected_total" doc:"The sum on the button"`
		Due      *amountBody `json:"expected_due,omitempty" doc:"The amount_due that was shown; required where tenders pay a part"`
	}
}

// completeOutput carries bytes, because an answer that is repeated must be the same bytes.
type completeOutput struct {
	Status      int
	Replayed    string `header:"Idempotent-Replayed"`
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (a *API) complete(ctx context.Context, in *completeInput) (*completeOutput, error) {
	who := from(ctx)
	expected := in.Body.Expected.money()
	text := strconv.AppendInt([]byte(expected.Currency), expected.Minor, 10)
	var due *money.Amount
	if in.Body.Due != nil {
		due = new(in.Body.Due.money())
		text = strconv.AppendInt(append(text, ':'), due.Minor, 10)
	}
	hash := sha256.Sum256(text)
	reply, replayed, err := a.Checkout.Complete(ctx, checkout.Request{
		Session: in.ID, Caller: who.Caller, Expected: expected, Due: due, BodyHash: hex.EncodeToString(hash[:]),
		Key:  idempotency.Key{Principal: string(who.key.ID), Route: "complete:" + string(in.ID), Key: in.Key},
		From: who.shopper,
	})
	if errors.Is(err, checkout.ErrInFlight) {
		err = web.RetryAfter(err, time.Second)
	}
	if err != nil {
		return nil, err
	}
	out := &completeOutput{Status: reply.Status, ContentType: "application/json", Body: reply.Body}
	if replayed {
		out.Replayed = "true"
	}
	return out, nil
}

// outcomeBody is the answer to completing a checkout.
type outcomeBody struct {
	Status     string             `json:"status"`
	Messages   []checkout.Message `json:"messages"`
	Order      *placedBody        `json:"order,omitempty"`
	NextAction *actionBody        `json:"next_action,omitempty"`
	Total      *amountBody        `json:"total,omitempty"`
}

// Answer is the shape of an outcome; the checkout keeps it under the request's
// key. Equal outcomes have equal bytes.
func Answer(o checkout.Outcome) idempotency.Reply {
	b := outcomeBody{Status: string(o.Status), Messages: []checkout.Message{}, Order: placedOf(o.Order), NextAction: actionOf(o.NextURL)}
	b.Messages = append(b.Messages, o.Messages...)
	if o.Total != nil {
		total := amountOf(*o.Total)
		b.Total = &total
	}
	body, err := json.Marshal(b)
	if err != nil {
		panic("storeapi: an outcome is plain data: " + err.Error())
	}
	return idempotency.Reply{Status: http.StatusOK, Body: append(body, '\n')}
}

func (a *API) cancel(ctx context.Context, in *CheckoutInput) (*checkoutOutput, error) {
	v, err := a.Checkout.Cancel(ctx, in.ID, from(ctx).Caller)
	if err != nil {
		return nil, err
	}
	return a.checkoutOf(v), nil
}
