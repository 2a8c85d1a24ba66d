package storeapi

import (
	"cmp"
	"time"

	"korzo/delivery/method"
	"korzo/purchase/checkout"
	"korzo/purchase/order"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/tax"
)

// checkoutBody is a checkout as the API promises it.
type checkoutBody struct {
	ID           string             `json:"id"`
	Status       string             `json:"status" enum:"incomplete,requires_escalation,ready_for_complete,complete_in_progress,completed,canceled"`
	Version      int64              `json:"version"`
	Cart         string             `json:"cart"`
	Flow         flowBody           `json:"flow" doc:"The checkout flow that was chosen, pinned"`
	Requirements []string           `json:"requirements" doc:"What is still missing: lines, email, shipping_address, shipping_option, pickup_point, payment, phone, birth_date, company"`
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
	Tenders      []tenderBody       `json:"tenders" doc:"What gift cards, points and store credit pay of the total"`
	Duty         string             `json:"duty_country,omitempty" doc:"What is sent crosses this country's customs border: it may ask the buyer for duty and taxes that are not in the total. Say so before they pay"`
	DutyText     string             `json:"duty_text,omitempty" doc:"That in words, in the checkout's language"`
	Due          amountBody         `json:"amount_due" doc:"What is left of the total for a payment"`
	Credit       *creditBody        `json:"store_credit,omitempty" doc:"Of the signed-in customer, where there is some"`
	Points       *pointsBody        `json:"points,omitempty" doc:"Of the signed-in customer, where there are some and they can be spent"`
	Widgets      []widgetBody       `json:"widgets" doc:"Optional parts that the flow placed; nothing waits for one"`
	Charges      []chargeBody       `json:"charges" doc:"What widgets added to the total"`
	HeldUntil    *time.Time         `json:"held_until,omitempty" doc:"Till when the goods are held for this checkout before they are paid, where its flow says so"`
	OneClick     *oneClickBody      `json:"one_click,omitempty" doc:"In flows of one click"`
	Order        *placedBody        `json:"order,omitempty"`
	NextAction   *actionBody        `json:"next_action,omitempty"`
}

type flowBody struct {
	ID      string   `json:"id"`
	Version int64    `json:"version"`
	Name    string   `json:"name"`
	Layout  string   `json:"layout" doc:"one_page, three_page, one_click, embedded or headless"`
	Steps   []string `json:"steps" doc:"contact, delivery and payment, in the order to ask"`
}

type optionBody struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Kind    string      `json:"kind" doc:"ship or pickup"`
	Price   amountBody  `json:"price"`
	Promise promiseBody `json:"promise"`
	Counts  string      `json:"free_delivery_counts,omitempty" doc:"whole or parcel: what counted towards a free delivery, where it makes a difference"`
	Points  string      `json:"points,omitempty" doc:"The carrier at one of whose pick-up points it waits: choose one of the group's pickup_points"`
	Km      *int        `json:"distance_km,omitempty" doc:"From the shipping address to where it is collected, where both are known"`
}

// deliveryBody is a part of a cart that travels together.
type deliveryBody struct {
	Lines   []string     `json:"lines" doc:"Ids of the cart's lines"`
	Kind    string       `json:"kind,omitempty" doc:"ship or pickup, once an option is chosen; electronic where nothing travels and nothing is asked"`
	Option  string       `json:"shipping_option,omitempty"`
	Options []optionBody `json:"shipping_options" doc:"What the lines of this group may travel by; a pick-up only where all of them lie"`
	Price   *amountBody  `json:"price,omitempty" doc:"Of the chosen option, before discounts"`
	Promise *promiseBody `json:"promise,omitempty"`
	Point   *dropBody    `json:"pickup_point,omitempty" doc:"The carrier's point that was chosen"`
	Points  []dropBody   `json:"pickup_points,omitempty" doc:"To choose from, once an option that goes to points is chosen and a postal code is known; the nearest first"`
	Silent  bool         `json:"pickup_points_silent,omitempty" doc:"The carrier does not answer: what it told before is shown"`
}

func deliveriesOf(all []checkout.Delivery) []deliveryBody {
	bodies := make([]deliveryBody, len(all))
	for i, d := range all {
		b := deliveryBody{Lines: []string{}, Option: d.Method, Options: optionsOf(d.Options)}
		if d.Electronic { // there is nothing to choose
			b.Kind, b.Options = "electronic", []optionBody{}
		}
		for _, l := range d.Lines {
			b.Lines = append(b.Lines, string(l))
		}
		b.Silent = d.SilentPoints
		if d.Point != nil {
			b.Point = new(dropOf(*d.Point))
		}
		for _, p := range d.Nearby {
			b.Points = append(b.Points, dropOf(p))
		}
		if o, ok := d.Chosen(); ok && !d.Electronic {
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
		bodies[i] = optionBody{ID: o.ID, Name: o.Name, Kind: o.Kind, Price: amountOf(o.Price), Promise: promiseBody{o.Promise.From.String(), o.Promise.To.String()}, Counts: string(o.Counts), Points: o.Points}
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
	Needs []string    `json:"needs" doc:"What must be known beside the order: phone, birth_date, billing_address, plan"`
	Fee   *amountBody `json:"fee,omitempty" doc:"What paying this way costs on top; counted with the shipping once it is chosen"`
	Legal string      `json:"legal,omitempty" doc:"What must be shown before the order is placed"`

	Express bool `json:"express,omitempty" doc:"Its wallet tells who buys and where it goes: POST wallets/{method} before anything is asked"`
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
	Kind   string     `json:"kind" doc:"gift_card, points or credit"`
	Label  string     `json:"label" example:"•••• 7K2M"`
	Points int64      `json:"points,omitempty" doc:"That pay the amount"`
	Amount amountBody `json:"amount"`
}

func tendersOf(all []order.Tender) []tenderBody {
	bodies := make([]tenderBody, len(all))
	for i, t := range all {
		bodies[i] = tenderBody{t.Kind, t.Label, t.Points, amountOf(t.Amount)}
	}
	return bodies
}

type creditBody struct {
	Available amountBody `json:"available"`
	Used      bool       `json:"used"`
}

type pointsBody struct {
	Available int64      `json:"available"`
	Most      int64      `json:"most" doc:"As many as can be used here; 0 where they are fewer than the least"`
	Worth     amountBody `json:"worth" doc:"What most of them pay"`
	Least     int64      `json:"least,omitempty" doc:"Fewer points pay nothing of an order"`
	Used      int64      `json:"used"`
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

func (a *API) checkoutOf(v checkout.View) *checkoutOutput {
	b := checkoutBody{
		ID: string(v.Session.ID), Status: string(v.Status), Version: v.Revision, Cart: string(v.Session.Cart),
		Flow:         flowBody{string(v.Session.Flow), v.Session.Version, v.Flow.Name, string(v.Flow.Layout), v.Steps()},
		Requirements: []string{}, Messages: []checkout.Message{}, Options: optionsOf(v.Options), Groups: deliveriesOf(v.Deliveries), Methods: []methodBody{},
		Email: v.Contact.Email, Shipping: addressOf(v.Contact.Shipping), Billing: addressOf(v.Contact.Billing),
		TaxIncluded: v.Quote.TaxIncluded, Totals: totalsOf(v.Quote), Company: v.Contact.Company, VATID: v.Contact.VATID, Tax: taxOf(v),
		Widgets: widgetsOf(v.Widgets), Charges: chargesOf(v), OneClick: oneClickOf(v), Duty: v.Duty, DutyText: checkout.SayDuty(v.Session.Locale, v.Duty),
	}
	b.Requirements = append(b.Requirements, v.Requirements...)
	b.Messages = append(b.Messages, v.Messages...)
	b.Option = v.Deliveries[0].Method
	for _, o := range v.Methods {
		m := payableOf(o, v.Session.Locale)
		m.Express = a.Checkout.Expresses(v, o.ID)
		b.Methods = append(b.Methods, m)
	}
	if v.Method != "" {
		b.Payment = &paymentBody{v.Method, string(v.Session.Saved), v.Session.Keep}
	}
	b.Saved = cardsOf(v.SavedCards)
	if until, held := v.HeldUntil(); held {
		b.HeldUntil = &until
	}
	b.Order, b.NextAction = placedOf(v.Placed), actionOf(v.NextURL)
	b.Tenders, b.Due = tendersOf(v.Tenders), amountOf(v.Due)
	if v.Credit.Minor > 0 {
		b.Credit = &creditBody{amountOf(v.Credit), v.UseCredit}
	}
	if p := v.Points; p.Available > 0 {
		b.Points = &pointsBody{p.Available, p.Most, amountOf(p.Pays), p.Least, p.Used}
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
