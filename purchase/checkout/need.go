package checkout

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/customer/profile"
	"korzo/platform/fault"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/tax"
	"korzo/purchase/tax/vatid"
	"korzo/value/calendar"
)

// The requirements a session can lack, in the order they are best asked for.
const (
	NeedLines    = "lines"
	NeedEmail    = "email"
	NeedShipping = "shipping_address"
	NeedBilling  = "billing_address" // only when one was given that is not right
	NeedOption   = "shipping_option"
	NeedPoint    = "pickup_point" // of the option that was chosen
	NeedPayment  = "payment"
	NeedPhone    = "phone"      // in the shipping address, where the payment method or the flow must know it
	NeedCompany  = "company"    // the business that buys, where the flow asks for it
	NeedBirth    = "birth_date" // of an adult, where the payment method must know it
)

// method is the way to pay that was chosen, if it is still on offer.
func (v View) method() (paymethod.Offer, bool) {
	for _, o := range v.Methods {
		if o.ID == v.Method {
			return o, true
		}
	}
	return paymethod.Offer{}, false
}

// need computes what is missing, and says why where something given is not right.
func (v *View) need() {
	if len(v.Basket.Lines) == 0 || len(v.Problems) > 0 {
		v.Requirements = append(v.Requirements, NeedLines)
	}
	for _, p := range v.Problems {
		v.Messages = append(v.Messages, Message{Type: "error", Code: p.Code, Path: path(string(p.Line)), Severity: "recoverable", Content: p.Text, about: about{left: p.Available}})
	}
	if ok, text := profile.CheckEmail(v.Contact.Email); !ok {
		v.Requirements = append(v.Requirements, NeedEmail)
		v.say(v.Contact.Email != "", "email_invalid", "$.email", text)
	}
	if problems := v.Contact.Shipping.Check(); len(problems) > 0 && v.Sends() {
		v.Requirements = append(v.Requirements, NeedShipping)
		for _, p := range problems {
			v.say(v.Contact.Shipping.Country != "", p.Code, "$.shipping_address."+p.Field, p.Text, about{country: v.Contact.Shipping.Country})
		}
	}
	if problems := v.Contact.Billing.Check(); len(problems) > 0 && (!v.Contact.Billing.IsZero() || v.Flow.Asks.Billing == flow.AskRequired) {
		v.Requirements = append(v.Requirements, NeedBilling)
		for _, p := range problems {
			v.say(!v.Contact.Billing.IsZero(), p.Code, "$.billing_address."+p.Field, p.Text, about{country: v.Contact.Billing.Country})
		}
	}
	if v.Flow.Asks.Company == flow.AskRequired && strings.TrimSpace(v.Contact.Company) == "" {
		v.Requirements = append(v.Requirements, NeedCompany)
	}
	v.needVATID()
	if !v.settled() {
		v.Requirements = append(v.Requirements, NeedOption)
	}
	if slices.ContainsFunc(v.Deliveries, func(d Delivery) bool { return d.Points != "" && d.Point == nil }) {
		v.Requirements = append(v.Requirements, NeedPoint)
	}
	for i, d := range v.Deliveries {
		where := "$.shipping_option"
		if len(v.Deliveries) > 1 {
			where = fmt.Sprintf("$.groups[%d]", i)
		}
		_, ok := d.Chosen()
		v.say(!ok && d.Method != "", "shipping_option_unavailable", where,
			strings.TrimSuffix("this delivery is not offered: "+d.why, ": ")+"; choose one of shipping_options")
	}
	v.sayCounts()
	way, offered := v.method()
	if !v.Due.IsZero() && (!offered || v.Instrument == "" && way.Flow == paymethod.Fields) {
		v.Requirements = append(v.Requirements, NeedPayment)
		v.say(v.Method != "" && !offered, "payment_method_unavailable", "$.payment.method",
			"this order cannot be paid that way; choose one of payment_methods")
	}
	wanted := v.Flow.Asks.Phone == flow.AskRequired || offered && way.Wants(paymethod.NeedPhone) && !v.Due.IsZero()
	if wanted && v.Contact.Shipping.Phone == "" && v.Contact.Phone == "" {
		v.Requirements = append(v.Requirements, NeedPhone)
	}
	v.needBirth(way, offered)
	v.needPoints()
	if v.Failure != nil {
		v.Messages = append(v.Messages, *v.Failure)
	}
	v.Messages = told(v.Session.Locale, v.Messages)
}

// needPoints says what is wrong with how many points are to pay. It never keeps a
// cart from being bought: then they pay nothing, or as far as they go.
func (v *View) needPoints() {
	code, limit := v.Points.Wrong()
	text := "fewer than %d points pay nothing: use at least %[1]d, or none"
	if code == widget.PointsMore {
		text = "the customer has %d points, which pay as far as they go: use %[1]d or fewer"
	}
	v.say(code != "", code, "$.use_points", fmt.Sprintf(text, limit), about{left: limit})
}

// adult is from how many years on somebody may be lent money.
const adult = 18

// needBirth asks for the day of birth that a lender must know.
func (v *View) needBirth(way paymethod.Offer, offered bool) {
	if !offered || !way.Wants(paymethod.NeedBirthDate) || v.Due.IsZero() {
		return
	}
	born, err := calendar.Parse(v.Contact.Birth)
	now := calendar.DateIn(v.now, time.UTC)
	wrong := err != nil || born.After(now) || now.Year-born.Year > 120
	minor := !wrong && calendar.On(born.Year+adult, born.Month, born.Day).After(now)
	if wrong || minor {
		v.Requirements = append(v.Requirements, NeedBirth)
	}
	v.say(wrong && v.Contact.Birth != "", "birth_date_invalid", "$.birth_date", "this is no day of birth: write it like 1990-05-17")
	v.say(minor, "birth_date_minor", "$.birth_date", "this way to pay is for adults: choose another")
}

// needVATID says what is wrong with a VAT id, or why a right one is of no use.
// It never keeps a cart from being bought: then tax is charged.
func (v *View) needVATID() {
	if v.Contact.VATID == "" {
		return
	}
	_, _, err := tax.CheckVATID(v.Contact.VATID)
	v.say(err != nil, "vat_id_invalid", "$.vat_id", fault.TextOf(err))
	v.say(err == nil && v.VATCheck == string(vatid.StateInvalid), "vat_id_unknown", "$.vat_id",
		"the tax office does not know this VAT id, so tax is charged: look for a digit that was mistyped, or ask your tax office")
	if err == nil && v.VATCheck == string(vatid.StatePending) && v.Tax.Reason == tax.ReasonReverse {
		v.Messages = append(v.Messages, Message{Type: "info", Code: "vat_id_pending", Path: "$.vat_id", Severity: "recoverable",
			Content: "the tax office has not confirmed this VAT id yet; the order can be placed without tax, and you are asked if it is not confirmed"})
	}
	v.say(err == nil && v.Contact.Company == "", "company_missing", "$.company", "name the company that has this VAT id")
}

// say adds a message about something given that is not right.
func (v *View) say(given bool, code, path, text string, of ...about) {
	if !given {
		return
	}
	m := Message{Type: "error", Code: code, Path: path, Severity: "requires_buyer_input", Content: text}
	if len(of) > 0 {
		m.about = of[0]
	}
	v.Messages = append(v.Messages, m)
}

func path(line string) string {
	if line == "" {
		return "$.lines"
	}
	return "$.lines[?(@.id=='" + line + "')]"
}
