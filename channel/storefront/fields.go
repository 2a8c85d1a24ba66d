package storefront

import (
	"cmp"
	"slices"
	"strings"

	draw "korzo/channel/storefront/widget"
	"korzo/delivery/method"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/purchase/payment/paymethod"
	"korzo/ui"
	"korzo/value/address"
	"korzo/value/calendar"
)

// The paths of a checkout's messages, and where a form shows them.
const (
	pathShipping = "$.shipping_address."
	pathBilling  = "$.billing_address."
	pathEmail    = "$.email"
	pathLines    = "$.lines"
	pathPoints   = "$.use_points"
	billingName  = "billing_"
)

// fieldOf is the field that a message is about; "" for one about the whole.
func fieldOf(path string) string {
	switch path {
	case pathPoints:
		return "points"
	case pathEmail, "$.company", "$.vat_id", "$.birth_date":
		return strings.TrimPrefix(path, "$.")
	}
	if field, ok := strings.CutPrefix(path, pathShipping); ok {
		return field
	}
	if field, ok := strings.CutPrefix(path, pathBilling); ok {
		return billingName + field
	}
	return ""
}

// mistaken reports whether the billing address is wrong: a session is ready
// without one, but who began to give one is told.
func (p checkoutPage) mistaken() bool {
	return slices.ContainsFunc(p.said, func(m checkout.Message) bool { return strings.HasPrefix(m.Path, pathBilling) })
}

// mistakenIn is mistaken where that is asked for.
func (p checkoutPage) mistakenIn(step string) bool { return step == stepContact && p.mistaken() }

// wrong is what is wrong with a field. What is merely missing is not said
// before the shopper has pressed a button.
func (p checkoutPage) wrong(field string) string {
	for _, m := range p.said {
		if fieldOf(m.Path) != field || !p.checked && m.Code == address.CodeRequired {
			continue
		}
		if !strings.HasPrefix(m.Code, "address.") {
			return p.say(m.Code, m.Content)
		}
		country, name := p.country(p.Contact.Shipping), field
		if billing, ok := strings.CutPrefix(field, billingName); ok {
			country, name = p.billingCountry(), billing
		}
		return sentence(p.AddressProblem(country, address.Problem{Field: name, Code: m.Code, Text: m.Content}))
	}
	if field == "email" && p.checked && p.Contact.Email == "" {
		return p.T("checkout.say.email_required")
	}
	return ""
}

// mistakes lists the fields that are wrong, in the order they are shown.
func (p checkoutPage) mistakes() (wrong []ui.Input) {
	if p.step != "" && p.step != stepContact {
		return p.wrongPoints()
	}
	all := p.contactFields()
	if p.asksAddress() {
		all = append(all, p.addressFields("")...)
	}
	if p.billing {
		all = append(all, p.addressFields(billingName)...)
	}
	for _, f := range all {
		if f.Error == "" {
			continue
		}
		if strings.HasPrefix(f.Name, billingName) { // a list names the address, where the form has a head
			f.Error = p.T("shop.checkout.billing_address") + " – " + f.Error
		}
		wrong = append(wrong, f)
	}
	return append(wrong, p.wrongPoints()...)
}

// wrongPoints are the field that asks how many points pay, where what it says is
// wrong.
func (p checkoutPage) wrongPoints() []ui.Input {
	f := ui.Input{Name: "points", Error: draw.PointsWrong(p.visit.Locale, p.Points, p.spent)}
	for _, w := range p.Widgets {
		if w.Kind == "gift_card" {
			f = ui.Input{Name: "w." + w.Name + ".points", Error: draw.PointsWrong(p.visit.Locale, p.Points, p.answers[w.Name])}
		}
	}
	if f.Error == "" {
		return nil
	}
	return []ui.Input{f}
}

// news is what the checkout has to say beside what it says of fields.
func (p checkoutPage) news() (all []string) {
	for _, problem := range p.Problems {
		text := page.lineProblem(p.page, problem)
		if i := slices.IndexFunc(p.View.View.Cart.Lines, func(l cart.Line) bool { return l.ID == problem.Line }); i >= 0 {
			text = p.Items[p.View.View.Cart.Lines[i].Variant].Title + ": " + text
		}
		all = append(all, text)
	}
	for _, m := range p.said {
		inLines := strings.HasPrefix(m.Path, pathLines)
		switch {
		case strings.HasPrefix(m.Path, pathWidgets) && p.drawn(m.Path):
		case fieldOf(m.Path) != "", inLines && len(p.Problems) > 0, m.Code == "incomplete":
		case inLines:
			all = append(all, p.T("shop.say.faster"))
		case m.Code == "total_changed":
			all = append(all, p.T("checkout.say.total_changed", "Total", p.Money(p.Quote.Total)))
		default:
			all = append(all, p.say(m.Code, m.Content))
		}
	}
	if p.checked && len(p.Options) == 0 {
		all = append(all, p.T("shop.say.no_delivery"))
	}
	return all
}

func (p checkoutPage) emailField() ui.Input {
	hint := p.T("shop.field.email_hint")
	if p.Electronic() { // no parcel comes
		hint = p.T("shop.field.email_hint_mailed")
	}
	return ui.Input{Name: "email", Label: p.T("shop.field.email"), Value: p.Contact.Email, Error: p.wrong("email"), Type: "email",
		Autocomplete: "email", Mode: "email", MaxLength: 254, Required: true, Hint: hint}
}

// contactFields are what is asked before the address: the e-mail address, and
// what the flow wants besides.
func (p checkoutPage) contactFields() []ui.Input {
	fields := []ui.Input{p.emailField()}
	if p.Flow.Asks.Phone == flow.AskMay || p.Flow.Asks.Phone == flow.AskRequired {
		f := p.phoneField()
		f.Required = p.Flow.Asks.Phone == flow.AskRequired
		p.asked(&f, p.Contact.Shipping.Phone)
		fields = append(fields, f)
	}
	if p.Flow.Asks.Company == flow.AskMay || p.Flow.Asks.Company == flow.AskRequired {
		f := ui.Input{Name: "company", Label: p.T("shop.field.company"), Value: p.Contact.Company, Error: p.wrong("company"),
			Autocomplete: "organization", MaxLength: 200, Required: p.Flow.Asks.Company == flow.AskRequired}
		p.asked(&f, p.Contact.Company)
		vat := ui.Input{Name: "vat_id", Label: p.T("shop.field.vat_id"), Value: p.Contact.VATID, Error: p.wrong("vat_id"), MaxLength: 40}
		p.asked(&vat, p.Contact.VATID)
		fields = append(fields, f, vat)
	}
	return fields
}

// asked says of a field that it may be left empty, or that it was.
func (p checkoutPage) asked(f *ui.Input, value string) {
	switch {
	case !f.Required:
		f.Optional = p.T("shop.field.optional")
	case p.checked && strings.TrimSpace(value) == "" && f.Error == "":
		f.Error = p.T("shop.say.required", "Field", f.Label)
	}
}

// asksAddress reports whether the flow wants to know where to; where all is
// picked up it need not.
func (p checkoutPage) asksAddress() bool { return p.Flow.Asks.Address != flow.AskNot && p.Sends() }

// manners are the first delivery that is sent and the first that is collected,
// where there are both and the page that asks for the address comes before the
// one that asks how: who collects everything need not say where they live.
func (p checkoutPage) manners() (all []method.Option) {
	steps := p.Steps()
	if p.step != stepContact || p.Flow.Asks.Address == flow.AskNot || slices.Index(steps, stepContact) > slices.Index(steps, stepDelivery) || len(p.Deliveries) > 1 {
		return nil
	}
	for _, kind := range []string{method.Ship, method.Pickup} {
		i := slices.IndexFunc(p.Options, func(o method.Option) bool { return o.Kind == kind })
		if i < 0 {
			return nil
		}
		all = append(all, p.Options[i])
	}
	for i, o := range all { // what is chosen already stands for its kind
		for _, chosen := range p.Options {
			if chosen.ID == p.option() && chosen.Kind == o.Kind {
				all[i] = chosen
			}
		}
	}
	return all
}

// country is the one a form is laid out for.
func (p checkoutPage) country(a address.Address) string { return cmp.Or(a.Country, p.market.Country) }

func (p checkoutPage) billingCountry() string {
	return cmp.Or(p.Contact.Billing.Country, p.country(p.Contact.Shipping))
}

// completes are the tokens by which browsers know the fields of an address.
var completes = map[string]string{
	address.Name: "name", address.Line1: "address-line1", address.Line2: "address-line2", address.City: "address-level2",
	address.PostalCode: "postal-code", address.Region: "address-level1", address.CountryOf: "country",
}

// addressFields are the fields of an address, in the order and by the names of
// its country.
func (p checkoutPage) addressFields(prefix string) []ui.Input {
	a, section := p.Contact.Shipping, "shipping "
	a.Country = p.country(a)
	countries := slices.Clone(p.market.Countries)
	if prefix == billingName {
		a, section = p.Contact.Billing, "billing "
		a.Country = p.billingCountry()
		countries = slices.Clone(address.Countries())
	}
	if !slices.Contains(countries, a.Country) {
		countries = append(countries, a.Country)
	}
	p.SortCountries(countries)
	format, _ := address.Country(a.Country)
	country := p.input(format, a, prefix, section, address.CountryOf)
	country.Live = prefix == ""
	for _, code := range countries {
		country.Options = append(country.Options, ui.Option{Value: code, Label: p.Country(code)})
	}
	fields := []ui.Input{country}
	for _, name := range format.Order {
		if name != address.Phone && name != address.CountryOf {
			fields = append(fields, p.input(format, a, prefix, section, name))
		}
	}
	return widths(fields, prefix)
}

func (p checkoutPage) input(format address.Format, a address.Address, prefix, section, name string) ui.Input {
	f := ui.Input{Name: prefix + name, Label: p.Field(a.Country, name), Value: part(a, name), Error: p.wrong(prefix + name),
		Autocomplete: section + completes[name], MaxLength: address.MaxLength,
		Required: name == address.CountryOf || slices.Contains(format.Required, name)}
	if !f.Required {
		f.Optional = p.T("shop.field.optional")
	}
	p.completed(&f, name)
	switch name {
	case address.City:
		f.Live = prefix == ""
	case address.PostalCode:
		f.Live = prefix == ""
		if len(format.Examples) > 0 && strings.Trim(format.Examples[0], "0123456789") == "" {
			f.Mode = "numeric"
		}
	case address.Region:
		f.Live = prefix == ""
		if len(format.Regions) > 0 {
			f.Options = []ui.Option{{Label: p.T("shop.field.choose")}}
		}
		for _, region := range format.Regions {
			f.Options = append(f.Options, ui.Option{Value: region.Key, Label: cmp.Or(region.Latin, region.Name)})
		}
	}
	return f
}

// part is one field of an address by its name.
func part(a address.Address, name string) string {
	return map[string]string{address.Name: a.Name, address.Line1: a.Line1, address.Line2: a.Line2, address.City: a.City,
		address.PostalCode: a.PostalCode, address.Region: a.Region, address.CountryOf: a.Country}[name]
}

// widths puts short answers that follow each other into one row.
func widths(fields []ui.Input, prefix string) []ui.Input {
	short := []string{prefix + address.PostalCode, prefix + address.City, prefix + address.Region}
	for i := 0; i < len(fields); i++ {
		n := 0
		for i+n < len(fields) && slices.Contains(short, fields[i+n].Name) {
			n++
		}
		for j := range n {
			f := &fields[i+j]
			switch {
			case n == 3, f.Name == prefix+address.PostalCode:
				f.Width = ui.Narrow
			case n == 2:
				f.Width = ui.Rest
			}
		}
		i += n
	}
	return fields
}

// option is the delivery that is chosen, of all or of the rest.
func (p checkoutPage) option() string { return p.Deliveries[0].Method }

// divisible reports whether lines may travel apart: there are several, and one
// can be collected somewhere.
func (p checkoutPage) divisible() bool {
	return len(p.Deliveries) > 1 || len(p.View.View.Cart.Lines) > 1 && len(p.Collect) > 0
}

// apart is how a line travels if not with the rest.
func (p checkoutPage) apart(line cart.LineID) string {
	for _, d := range p.Deliveries[1:] {
		if slices.Contains(d.Lines, line) {
			return d.Method
		}
	}
	return ""
}

// titles names the goods of a delivery.
func (p checkoutPage) titles(d checkout.Delivery) string {
	var all []string
	for _, l := range p.View.View.Cart.Lines {
		if slices.Contains(d.Lines, l.ID) {
			all = append(all, p.Items[l.Variant].Title)
		}
	}
	return strings.Join(all, ", ")
}

// window says when a delivery arrives or can be collected.
func (p page) window(kind string, from, to calendar.Date) string {
	id := "shop.arrives"
	if kind == method.Pickup {
		id = "shop.ready"
	}
	days := p.DateRange(from, to)
	if from == to {
		days = p.WeekdayAndDay(from)
	}
	return p.T(id, "Days", days)
}

// obligation is what the last button says. Most markets' law asks for words
// that leave no doubt; a market whose law does not has a message of its own.
func (p checkoutPage) obligation() string {
	if id := "shop.place." + p.market.ID; p.Has(id) {
		return p.T(id)
	}
	return p.T("shop.place")
}

// card is what the sandbox was told to do; "" when a card is typed.
func (p checkoutPage) card() string {
	if card, ok := strings.CutPrefix(p.Instrument, sandboxPrefix); ok && slices.Contains(testCards, card) {
		return card
	}
	return ""
}

// tells reports whether a way to pay has something to ask or to say.
func (p checkoutPage) tells(m payable) bool {
	return m.typed() || m.Legal != nil || m.Wants(paymethod.NeedBilling)
}

// methodName is what a way to pay is called.
func (p page) methodName(id string) string {
	if m, ok := paymethod.Find(id); ok {
		return m.Name.In(p.Tag())
	}
	return id
}

// heading says what the page waits for.
func (p waitPage) heading() string {
	switch p.part {
	case partQR:
		return p.T("shop.wait.scan")
	case partApp:
		return p.T("shop.wait.app", "Method", p.way.Name.In(p.Tag()))
	}
	return p.title
}

// last reports whether the order is placed from this page.
func (p checkoutPage) last() bool { return p.step == "" || p.step == stepPayment }

// done reports whether a step of a three-page checkout may be gone back to.
func (p checkoutPage) done(step string) bool {
	steps := p.Steps()
	return slices.Index(steps, step) < slices.Index(steps, p.step)
}

// onward is what the button to the next page says.
func (p checkoutPage) onward() string {
	switch after(p.Steps(), p.step) {
	case stepContact:
		return p.T("shop.checkout.next.to_contact")
	case stepDelivery:
		return p.T("shop.checkout.next.contact")
	}
	return p.T("shop.checkout.next.delivery")
}

// heldText says till when the goods are held for this checkout; "" where they are not.
func (p checkoutPage) heldText() string {
	until, held := p.HeldUntil()
	zone, err := calendar.Zone(p.market.Zone)
	if !held || err != nil {
		return ""
	}
	return p.T("shop.checkout.held", "Time", until.In(zone).Format("15:04"))
}
