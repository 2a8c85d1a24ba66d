package document

import (
	"fmt"
	"slices"
	"strings"

	"korzo/offer/market"
	"korzo/purchase/order"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

// Content is everything that stands on a document, frozen. All amounts are in one
// currency and positive. Total = Net + Tax and Due = Total − Paid.
type Content struct {
	Number   string         `json:"number"`
	Kind     Kind           `json:"kind"`
	Order    string         `json:"order"` // the order's number
	Placed   calendar.Date  `json:"placed"`
	Issued   calendar.Date  `json:"issued"` // where the seller is
	Locale   string         `json:"locale"`
	Currency money.Currency `json:"currency"`
	Seller   Party          `json:"seller"`
	Buyer    Party          `json:"buyer"`
	Lines    []Line         `json:"lines"`
	Charges  []Line         `json:"charges,omitempty"` // delivery, one per rate
	Rates    []Rate         `json:"rates"`             // every rate once, in falling order
	Net      money.Amount   `json:"net"`
	Tax      money.Amount   `json:"tax"`
	Total    money.Amount   `json:"total"`
	Paid     money.Amount   `json:"paid"`
	PayBy    calendar.Date  `json:"pay_by"` // what is due; the zero date where nothing is
	// TaxReason is why no tax was charged, one of tax's reasons; "" where it was.
	TaxReason string `json:"tax_reason,omitempty"`
	VATCheck  *Check `json:"vat_check,omitempty"` // what the office said of the buyer's VAT id, where it had answered
	Corrects  string `json:"corrects,omitempty"`  // a credit note's invoice, by number
	Reason    string `json:"reason,omitempty"`    // why it takes back
}

// Due is what is still to be paid.
func (c Content) Due() money.Amount { return c.Total.Minus(c.Paid) }

// Party is a seller or a buyer as they were.
type Party struct {
	Name     string          `json:"name"`
	VATID    string          `json:"vat_id,omitempty"`
	Register string          `json:"register,omitempty"` // where and under what number the company is registered
	Email    string          `json:"email,omitempty"`
	Phone    string          `json:"phone,omitempty"`
	Address  address.Address `json:"address"`
}

// Check is a tax office's answer about the buyer's VAT id.
type Check struct {
	Valid     bool          `json:"valid"`
	Day       calendar.Date `json:"day"`                 // of the answer, where the seller is
	Reference string        `json:"reference,omitempty"` // the office's own, as proof
}

// Line is one position, or a charge for the delivery. Quantity counts steps of
// 10^-Scale. Net is after discounts and without tax; Gross = Net + Tax.
type Line struct {
	Line     string       `json:"line"` // of the order: a line's id or a delivery group's
	SKU      string       `json:"sku,omitempty"`
	Title    string       `json:"title"`
	Quantity int64        `json:"quantity"`
	Scale    int64        `json:"scale,omitempty"`
	Unit     money.Amount `json:"unit"` // as the shop shows it: with tax or without
	Discount money.Amount `json:"discount"`
	Net      money.Amount `json:"net"`
	Tax      money.Amount `json:"tax"`
	PPM      int64        `json:"ppm"` // all its rates together
}

// Gross is what the position costs with tax.
func (l Line) Gross() money.Amount { return l.Net.Plus(l.Tax) }

// Units is the quantity as a decimal without needless zeros: 1250 at scale 3 is "1.25".
func (l Line) Units() string {
	digits := fmt.Sprintf("%0*d", int(l.Scale)+1, l.Quantity)
	whole := len(digits) - int(l.Scale)
	if fraction := strings.TrimRight(digits[whole:], "0"); fraction != "" {
		return digits[:whole] + "." + fraction
	}
	return digits[:whole]
}

// Rate is the tax of all positions of one rate.
type Rate struct {
	PPM  int64        `json:"ppm"`
	Base money.Amount `json:"base"`
	Tax  money.Amount `json:"tax"`
}

// invoice is all that an order charged when it was placed, or what an edit added
// to it. Its number, its dates, its buyer and what was paid are the caller's to set.
func invoice(o order.Order, seller Party, edit string) Content {
	c := Content{Kind: Invoice, Order: o.Number, Locale: o.Locale, Currency: o.Currency(), Seller: seller, TaxReason: o.TaxReason}
	for _, l := range o.Lines {
		if l.Added != edit {
			continue
		}
		net := l.Total
		if o.TaxIncluded {
			net = net.Minus(l.Tax)
		}
		c.Lines = append(c.Lines, Line{Line: string(l.ID), SKU: l.SKU, Title: l.Title, Quantity: l.Quantity, Scale: l.Scale,
			Unit: l.UnitPrice, Discount: l.Discount, Net: net, Tax: l.Tax, PPM: together(l.Taxes)})
	}
	for _, g := range o.Groups {
		net := g.Price.Minus(g.Discount)
		if net.IsZero() || g.Added != edit {
			continue // delivered free, or charged elsewhere
		}
		gross := net.Plus(g.Tax)
		if o.TaxIncluded {
			gross, net = net, net.Minus(g.Tax)
		}
		c.Charges = append(c.Charges, chargesOf(g, net, gross)...)
	}
	c.sum()
	return c
}

// chargesOf is the price of a delivery, split where its tax follows the goods'
// rates: each rate has its base. What has no tax is one charge.
func chargesOf(g order.Group, net, gross money.Amount) []Line {
	charge := Line{Line: string(g.ID), Title: g.Name, Quantity: 1, Unit: gross, Net: net, Tax: g.Tax, PPM: together(g.Taxes)}
	var bases money.Amount
	for _, t := range g.Taxes {
		bases = bases.Plus(t.Base)
	}
	if len(g.Taxes) < 2 || bases != net { // several rates on one base are one rate together
		return []Line{charge}
	}
	var all []Line
	for _, t := range g.Taxes {
		part := charge
		part.Net, part.Tax, part.PPM, part.Unit = t.Base, t.Amount, t.PPM, t.Base.Plus(t.Amount)
		all = append(all, part)
	}
	return all
}

// sum sets the rates and the totals from the positions.
func (c *Content) sum() {
	zero := money.Of(0, c.Currency)
	c.Rates, c.Net, c.Tax, c.Paid = nil, zero, zero, zero
	for _, l := range slices.Concat(c.Lines, c.Charges) {
		c.Net, c.Tax = c.Net.Plus(l.Net), c.Tax.Plus(l.Tax)
		i := slices.IndexFunc(c.Rates, func(r Rate) bool { return r.PPM == l.PPM })
		if i < 0 {
			i = len(c.Rates)
			c.Rates = append(c.Rates, Rate{PPM: l.PPM, Base: zero, Tax: zero})
		}
		c.Rates[i].Base, c.Rates[i].Tax = c.Rates[i].Base.Plus(l.Net), c.Rates[i].Tax.Plus(l.Tax)
	}
	slices.SortFunc(c.Rates, func(a, b Rate) int { return int(b.PPM - a.PPM) })
	c.Total = c.Net.Plus(c.Tax)
}

func together(taxes []order.Tax) (ppm int64) {
	for _, t := range taxes {
		ppm += t.PPM
	}
	return ppm
}

// sellerOf is a legal entity as it stands on a document today.
func sellerOf(e market.Entity) Party {
	return Party{Name: e.Name, VATID: e.VATID, Register: e.Register, Email: e.Email, Phone: e.Address.Phone, Address: e.Address}
}
