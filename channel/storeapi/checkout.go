package storeapi

import (
	"cmp"
	"korzo/customer/experiment"
	"korzo/customer/visitor"

	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"korzo/delivery/method"
	"korzo/platform/idempotency"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/purchase/order"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/tax"
	"korzo/value/money"
)

// checkoutBody is a checkout as the API promises it.
type checkoutBody struct {
	ID           string             `json:"id"`
	Status       string             `json:"status" enum:"incomplete,requires_escalation,ready_for_complete,complete_in_progress,completed,canceled"`
	Version      int64              `json:"version"`
	Cart         string             `json:"cart"`
	Flow         flowBody           `json:"flow" doc:"The checkout flow that was chosen, pinned"`
	Requirements []string           `json:"requirements" doc:"What is still missing: lines, email, shipping_address, shipping_option, payment, phone"`
	Messages     []checkout.Message `json:"messages"`
	Email        string             `json:"email,omitempty"`
	Shipping     *addressBody       `json:"shipping_address,omitempty"`
	Billing      *addressBody       `json:"billing_address,omitempty"`
	Option       string             `json:"shipping_option,omitempty" doc:"Of the first group; of all, where there is one"`
	Options      []optionBody       `json:"shipping_options" doc:"For the first group; for all, where there is one"`
	Groups       []deliveryBody     `json:"groups" doc:"How each part of the cart travels; every line is in exactly one"`
	Methods      []methodBody       `json:"payment_methods"`
	Payment      *paymentBody       `json:"payment,omitempty"`
	Saved        []cardBody         `json:"saved_cards,omitempty" doc:"That the signed-in customer keeps and may pay with here"`
	TaxIncluded  bool               `json:"tax_included"`
	Totals       totalsBody         `json:"totals"`
	Company      string             `json:"company,omitempty"`
	VATID        string             `json:"vat_id,omitempty"`
	Tax          *taxBody           `json:"tax,omitempty" doc:"Why no tax is charged, when none is"`
	Tenders      []tenderBody       `json:"tenders" doc:"What gift cards and store credit pay of the total"`
	Due          amountBody         `json:"amount_due" doc:"What is left of the total for a payment"`
	Credit       *creditBody        `json:"store_credit,omitempty" doc:"Of the signed-in customer, where there is some"`
	Widgets      []widgetBody       `json:"widgets" doc:"Optional parts that the flow placed; nothing waits for one"`
	Charges      []chargeBody       `json:"charges" doc:"What widgets added to the total"`
	OneClick     *oneClickBody      `json:"one_click,omitempty" doc:"In flows of one click"`
	Order        *placedBody        `json:"order,omitempty"`
	NextAction   *actionBody        `json:"next_action,omitempty"`
}

type flowBody struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
	Name    string `json:"name"`
	Layout  string `json:"layout"`
}

type optionBody struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Kind    string      `json:"kind" doc:"ship or pickup"`
	Price   amountBody  `json:"price"`
	Promise promiseBody `json:"promise"`
	Counts  string      `json:"free_delivery_counts,omitempty" doc:"whole or parcel: what counted towards a free delivery, where it makes a difference"`
	Km      *int        `json:"distance_km,omitempty" doc:"From the shipping address to where it is collected, where both are known"`
}

// deliveryBody is a part of a cart that travels together.
type deliveryBody struct {
	Lines   []string     `json:"lines" doc:"Ids of the cart's lines"`
	Kind    string       `json:"kind,omitempty" doc:"ship or pickup, once an option is chosen"`
	Option  string       `json:"shipping_option,omitempty"`
	Options []optionBody `json:"shipping_options" doc:"What the lines of this group may travel by; a pick-up only where all of them lie"`
	Price   *amountBody  `json:"price,omitempty" doc:"Of the chosen option, before discounts"`
	Promise *promiseBody `json:"promise,omitempty"`
}

func deliveriesOf(all []checkout.Delivery) []deliveryBody {
	bodies := make([]deliveryBody, len(all))
	for i, d := range all {
		b := deliveryBody{Lines: []string{}, Option: d.Method, Options: optionsOf(d.Options)}
		for _, l := range d.Lines {
			b.Lines = append(b.Lines, string(l))
		}
		if o, ok := d.Chosen(); ok {
			price := amountOf(o.Price)
			b.Kind, b.Price, b.Promise = o.Kind, &price, &promiseBody{o.Promise.From.String(), o.Promise.To.String()}
		}
		bodies[i] = b
	}
	return bodies
}

func optionsOf(all []method.Option) []optionBody {
	bodies := make([]optionBody, len(all))
	for i, o := range all {
		bodies[i] = optionBody{ID: o.ID, Name: o.Name, Kind: o.Kind, Price: amountOf(o.Price), Promise: promiseBody{o.Promise.From.String(), o.Promise.To.String()}, Counts: string(o.Counts)}
		if o.Km >= 0 {
			bodies[i].Km = &o.Km
		}
	}
	return bodies
}

type promiseBody struct {
	From string `json:"from" format:"date"`
	To   string `json:"to" format:"date"`
}

type methodBody struct {
	ID    string      `json:"id"`
	Kind  string      `json:"kind"`
	Name  string      `json:"name"`
	Note  string      `json:"note,omitempty" doc:"One line about what will happen"`
	Flow  string      `json:"flow" doc:"How the shopper acts: fields, redirect, app_switch, qr_shown, cash, instructions"`
	Desk  string      `json:"desk_flow,omitempty" doc:"The flow on a large screen, where it is another"`
	Needs []string    `json:"needs" doc:"What must be known beside the order: phone, birth_date, billing_address, iban, plan"`
	Fee   *amountBody `json:"fee,omitempty" doc:"What paying this way costs on top; counted with the shipping once it is chosen"`
	Legal string      `json:"legal,omitempty" doc:"What must be shown before the order is placed"`
}

type taxBody struct {
	Reason   string `json:"reason" doc:"reverse_charge, exempt or seller_exempt"`
	Text     string `json:"text" doc:"What an invoice has to say"`
	VATCheck string `json:"vat_id_check,omitempty" doc:"valid: the tax office knows it; pending: it has not answered yet, and the form is right; not_checked: the form is right, and nobody asks the office"`
}

func taxOf(v checkout.View) *taxBody {
	if v.Tax.Reason == "" {
		return nil
	}
	b := &taxBody{Reason: v.Tax.Reason, Text: v.Tax.Text}
	if v.Tax.Reason == tax.ReasonReverse {
		b.VATCheck = cmp.Or(v.VATCheck, "not_checked")
	}
	return b
}

type paymentBody struct {
	Method string `json:"method,omitempty"`
	Saved  string `json:"saved_card,omitempty" doc:"The kept card that pays"`
	Keep   bool   `json:"keep,omitempty" doc:"The card is kept once it has paid"`
}

// tenderBody is what stored value pays.
type tenderBody struct {
	Kind   string     `json:"kind" doc:"gift_card or credit"`
	Label  string     `json:"label" example:"•••• 7K2M"`
	Amount amountBody `json:"amount"`
}

func tendersOf(all []order.Tender) []tenderBody {
	bodies := make([]tenderBody, len(all))
	for i, t := range all {
		bodies[i] = tenderBody{t.Kind, t.Label, amountOf(t.Amount)}
	}
	return bodies
}

type creditBody struct {
	Available amountBody `json:"available"`
	Used      bool       `json:"used"`
}

type placedBody struct {
	ID     string     `json:"id"`
	Number string     `json:"number"`
	Total  amountBody `json:"total"`
	Token  string     `json:"token" doc:"Opens the order without a sign-in: keep it from others"`
}

type actionBody struct {
	Type string `json:"type" doc:"redirect: send the shopper to url"`
	URL  string `json:"url"`
}

type checkoutOutput struct {
	Body checkoutBody
}

func checkoutOf(v checkout.View) *checkoutOutput {
	b := checkoutBody{
		ID: string(v.Session.ID), Status: string(v.Status), Version: v.Revision, Cart: string(v.Session.Cart),
		Flow:         flowBody{string(v.Session.Flow), v.Session.Version, v.Flow.Name, string(v.Flow.Layout)},
		Requirements: []string{}, Messages: []checkout.Message{}, Options: optionsOf(v.Options), Groups: deliveriesOf(v.Deliveries), Methods: []methodBody{},
		Email: v.Contact.Email, Shipping: addressOf(v.Contact.Shipping), Billing: addressOf(v.Contact.Billing),
		TaxIncluded: v.Quote.TaxIncluded, Totals: totalsOf(v.Quote), Company: v.Contact.Company, VATID: v.Contact.VATID, Tax: taxOf(v),
		Widgets: widgetsOf(v.Widgets), Charges: chargesOf(v), OneClick: oneClickOf(v),
	}
	b.Requirements = append(b.Requirements, v.Requirements...)
	b.Messages = append(b.Messages, v.Messages...)
	b.Option = v.Deliveries[0].Method
	for _, o := range v.Methods {
		b.Methods = append(b.Methods, payableOf(o, v.Session.Locale))
	}
	if v.Method != "" {
		b.Payment = &paymentBody{v.Method, string(v.Session.Saved), v.Session.Keep}
	}
	b.Saved = cardsOf(v.SavedCards)
	b.Order, b.NextAction = placedOf(v.Placed), actionOf(v.NextURL)
	b.Tenders, b.Due = tendersOf(v.Tenders), amountOf(v.Due)
	if v.Credit.Minor > 0 {
		b.Credit = &creditBody{amountOf(v.Credit), v.UseCredit}
	}
	return &checkoutOutput{b}
}

func payableOf(o paymethod.Offer, locale string) methodBody {
	b := methodBody{ID: o.ID, Kind: o.Kind, Name: o.Name.In(locale), Note: o.Note.In(locale), Flow: string(o.Flow), Desk: string(o.Desk),
		Needs: []string{}, Legal: o.Legal.In(locale)}
	for _, n := range o.Needs {
		b.Needs = append(b.Needs, string(n))
	}
	if !o.Charge.IsZero() {
		fee := amountOf(o.Charge)
		b.Fee = &fee
	}
	return b
}

func placedOf(p *checkout.Placed) *placedBody {
	if p == nil {
		return nil
	}
	return &placedBody{string(p.ID), p.Number, amountOf(p.Total), p.Token}
}

func actionOf(url string) *actionBody {
	if url == "" {
		return nil
	}
	return &actionBody{"redirect", url}
}

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
	return checkoutOf(v), nil
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
	return checkoutOf(v), nil
}

type updateInput struct {
	CheckoutInput
	Body struct {
		Email    *string                      `json:"email,omitempty" maxLength:"400"`
		Shipping *addressBody                 `json:"shipping_address,omitempty"`
		Billing  *addressBody                 `json:"billing_address,omitempty"`
		Option   *string                      `json:"shipping_option,omitempty" doc:"One of shipping_options, for all lines"`
		Groups   []groupInput                 `json:"groups,omitempty" maxItems:"10" doc:"How each part travels; given with shipping_option, this counts"`
		Company  *string                      `json:"company,omitempty" maxLength:"200" doc:"The business that buys"`
		VATID    *string                      `json:"vat_id,omitempty" maxLength:"40" example:"DE136695976"`
		Credit   *bool                        `json:"use_credit,omitempty" doc:"Whether the signed-in customer's store credit is to pay, as far as it goes"`
		Widgets  map[string]map[string]string `json:"widgets,omitempty" doc:"What is said to widgets: by name the answers, each a text; what is refused is told in messages under $.widgets" maxProperties:"30"`
		Payment  *struct {
			Method     *string `json:"method,omitempty" doc:"One of payment_methods"`
			Instrument *string `json:"instrument,omitempty" doc:"The gateway's token; never a card number" example:"sandbox:approve"`
			Saved      *string `json:"saved_card,omitempty" doc:"One of saved_cards instead; \"\" for none"`
			Keep       *bool   `json:"keep,omitempty" doc:"Whether the card is kept for later: the signed-in customer's consent"`
		} `json:"payment,omitempty"`
	}
}

type groupInput struct {
	Option string   `json:"shipping_option"`
	Lines  []string `json:"lines,omitempty" maxItems:"200" doc:"Ids of the cart's lines; the first group has every line that no other names"`
}

func (a *API) updateCheckout(ctx context.Context, in *updateInput) (*checkoutOutput, error) {
	p := checkout.Patch{Email: in.Body.Email, Shipping: in.Body.Shipping.address(), Billing: in.Body.Billing.address(), Option: in.Body.Option,
		Company: in.Body.Company, VATID: in.Body.VATID, Credit: in.Body.Credit, Widgets: answersOf(in.Body.Widgets), IP: from(ctx).ip}
	for _, g := range in.Body.Groups {
		choice := checkout.GroupChoice{Option: g.Option}
		for _, l := range g.Lines {
			choice.Lines = append(choice.Lines, cart.LineID(l))
		}
		p.Groups = append(p.Groups, choice)
	}
	if in.Body.Payment != nil {
		p.Method, p.Token = in.Body.Payment.Method, in.Body.Payment.Instrument
		p.Saved, p.Keep = in.Body.Payment.Saved, in.Body.Payment.Keep
	}
	v, err := a.Checkout.Update(ctx, in.ID, from(ctx).Caller, p)
	if err != nil {
		return nil, err
	}
	return checkoutOf(v), nil
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
	return checkoutOf(v), nil
}
