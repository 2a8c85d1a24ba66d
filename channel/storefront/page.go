package storefront

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/purchase/order"
	"korzo/purchase/quote"
	"korzo/ui"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

// page is what every page of the shop has around its content.
type page struct {
	*visit
	shop        *Shop
	title       string
	description string
	about       string // what search engines are told where there is no description
	meta        meta
	hidden      bool   // from search engines: it is somebody's own
	bare        bool   // without the ways out that a checkout does not need
	searched    string // what is in the search field
	leave       string // the page elsewhere that is gone to at once
	preview     bool   // of a flow that nobody can have yet: nothing works, and the page says so
	fate        string // whether whom the preview pretends to be would get that flow
	again       string // the page of ours that is looked at again in a moment
	frame       *Frame // it stands in; nil: the shop itself
	theme       theme  // of the flow; zero: the shop's own look
}

func (s *Shop) page(v *visit, title string) page {
	p := page{visit: v, shop: s, title: title, frame: v.frame}
	if v.frame != nil {
		p.theme = themeOf(v.frame.Theme)
	}
	return p
}

// own makes p a page that is nobody else's business.
func (p page) own() page {
	p.hidden = true
	return p
}

// summary is what search engines say about the page.
func (p page) summary() string { return cmp.Or(p.description, p.about) }

// name is what the shop is called.
func (p page) name() string {
	if p.channel.Name != "" {
		return p.channel.Name
	}
	return p.T("shop.name")
}

// media is the address of a picture.
func (p page) media(blob string) string { return p.shop.Media + url.PathEscape(blob) }

// sum is an amount, or the word for nothing.
func (p page) sum(a money.Amount) string {
	if a.IsZero() {
		return p.T("shop.free")
	}
	return p.Money(a)
}

// language is the name of a language in itself.
func (p page) languageName(tag string) string { return p.T("shop.language." + tag) }

// fewCountries is how many names of countries fit a narrow screen.
const fewCountries = 3

// marketName is the market's countries in the reader's language, or its own
// name when it has many.
func (p page) marketName(m market.Market) string {
	if len(m.Countries) > fewCountries {
		return m.Name
	}
	names := make([]string, len(m.Countries))
	for i, c := range m.Countries {
		names[i] = p.Country(c)
	}
	return strings.Join(names, ", ")
}

func (p page) marketOptions() []ui.Option {
	options := make([]ui.Option, len(p.markets))
	for i, m := range p.markets {
		options[i] = ui.Option{Value: m.ID, Label: p.marketName(m) + " · " + string(m.Currency)}
	}
	return options
}

// totals is what a cart, checkout or order costs, as the summary shows it.
type totals struct {
	subtotal, discount, shipping, tax, total money.Amount
	included                                 bool // tax stands within the total
	taxes                                    []taxLine
	shippingKnown                            bool
	tenders                                  []order.Tender // of stored value
	electronic                               bool           // nothing travels: no shipping is spoken of
}

// sent says whether anything travels.
func (t totals) sent(travels bool) totals {
	t.electronic = !travels
	return t
}

// paidBy adds what gift cards, points and store credit pay.
func (t totals) paidBy(tenders []order.Tender) totals {
	t.tenders = tenders
	return t
}

// due is what is left of the total for a payment.
func (t totals) due() money.Amount {
	left := t.total
	for _, tender := range t.tenders {
		left = left.Minus(tender.Amount)
	}
	return left
}

// tender names what stored value pays.
func (p page) tender(t order.Tender) string {
	switch t.Kind {
	case order.TenderCredit:
		return p.T("shop.credit")
	case order.TenderPoints:
		return p.T("shop.points.tender", "Points", p.Number(t.Points))
	}
	return p.T("shop.gift_card", "Last", t.Label)
}

type taxLine struct {
	name   string
	amount money.Amount
}

func totalsOf(q quote.Quote, shippingKnown bool) totals {
	t := totals{q.Subtotal, q.Discount, q.ShippingTotal, q.Tax, q.Total, q.TaxIncluded, nil, shippingKnown, nil, false}
	for _, tax := range q.Taxes {
		t.add(tax.Rate.Name, tax.Amount)
	}
	return t
}

// add counts a tax under its name.
func (t *totals) add(name string, a money.Amount) {
	if a.IsZero() {
		return
	}
	i := slices.IndexFunc(t.taxes, func(l taxLine) bool { return l.name == name })
	if i < 0 {
		t.taxes = append(t.taxes, taxLine{name, a})
		return
	}
	t.taxes[i].amount = t.taxes[i].amount.Plus(a)
}

// shown is a tax that stands within a price: nobody pays it by itself, so it is
// told in the coins there are.
func shown(a money.Amount) money.Amount {
	info, _ := money.Find(a.Currency)
	return a.RoundTo(max(info.ChargeStep, 1))
}

// plural writes the words for a number of things.
func (p page) plural(id string, n int64) string { return p.T(id, "Count", int(n)) }

// stock says how many there are, truthfully: a number only when it is low.
func (p page) stock(o offer) (text string, tone ui.Tone) {
	switch {
	case !o.sold:
		return p.T("shop.stock.not_here"), ui.ToneWarning
	case !o.stocked:
		return p.T("shop.stock.always"), ui.ToneGood
	case o.status == inventory.OnPreorder:
		return p.later("shop.stock.preorder", "shop.stock.preorder_from", o.expected), ui.ToneInfo
	case o.status == inventory.OnBackorder:
		return p.later("shop.stock.backorder", "shop.stock.backorder_from", o.expected), ui.ToneInfo
	case o.collected():
		return p.T("shop.stock.collect"), ui.ToneInfo
	case o.available == 0:
		return p.later("shop.stock.none", "shop.stock.none_from", o.expected), ui.ToneWarning
	case o.status == inventory.Low:
		return p.plural("shop.stock.few", o.free), ui.ToneWarning
	}
	return p.T("shop.stock.good"), ui.ToneGood
}

// later says when something comes, where that is known.
func (p page) later(unknown, known string, day calendar.Date) string {
	if day.IsZero() {
		return p.T(unknown)
	}
	return p.T(known, "Date", p.Day(day))
}

// option names a variant among its siblings.
func (o offer) name() string {
	if o.Title != "" {
		return o.Title
	}
	return o.SKU
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// lines is an address as people write it, in the order of its country, which
// is named in the reader's language. Labels shout; pages need not.
func (p page) lines(a address.Address) []string {
	if a.IsZero() {
		return nil
	}
	return append(streetLines(a), p.Country(a.Country))
}

// streetLines is an address without its country.
func streetLines(a address.Address) []string {
	format, _ := address.Country(a.Country)
	var all []string
	town := -1 // the line that holds city, region and postal code
	for _, field := range format.Order {
		text := part(a, field)
		switch {
		case text == "":
		case !slices.Contains(inTown, field):
			all = append(all, text)
		case town == len(all)-1 && town >= 0:
			apart := " "
			if field == address.Region {
				apart = ", "
			}
			all[town] += apart + text
		default:
			town = len(all)
			all = append(all, text)
		}
	}
	return all
}

// inTown are the parts of an address that share a line.
var inTown = []string{address.PostalCode, address.City, address.Region}

// sentence makes a message of a domain one that can stand alone.
func sentence(text string) string {
	first, n := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[n:]
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// paragraphs splits a description.
func paragraphs(text string) []string {
	var all []string
	for part := range strings.SplitSeq(text, "\n") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}
