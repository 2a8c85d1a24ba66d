package cart

import (
	"slices"

	"korzo/purchase/quote"
	"korzo/purchase/tax"
	"korzo/value/money"
)

// Charge is something that a checkout adds beside the goods, such as a gift
// wrap or a donation: a line of the quote that no discount touches and no stock
// stands behind.
type Charge struct {
	ID       string // unique, and none of the cart's lines
	Title    string
	Kind     string // catalog.KindFee or KindDonation
	Price    money.Amount
	TaxClass string // tax.ClassGoods: as most of the goods' value; "": none
	By       string // who added it
}

// With returns the view with charges in its basket; Ship or ShipLegs then prices
// it. Charges that would make the basket too long are left out.
func (v View) With(charges []Charge) View {
	if len(charges) == 0 {
		return v
	}
	v.Basket.Lines = slices.Clone(v.Basket.Lines)
	v.Charges = map[string]Charge{}
	for _, c := range charges {
		if len(v.Basket.Lines) == money.MaxLines || c.Price.Currency != v.Cart.Currency {
			continue
		}
		class, price := c.TaxClass, c.Price
		if class == tax.ClassGoods {
			class = v.mainClass()
		}
		if !v.Basket.TaxIncluded {
			price = without(price, v.Tax.Spared[class])
		}
		v.Charges[c.ID] = c
		v.Basket.Lines = append(v.Basket.Lines, quote.Line{ID: c.ID, Quantity: 1, UnitPrice: price, TaxClass: class, Rates: v.Tax.Rates[class], Aside: true})
	}
	return v
}

// mainClass is the tax class of most of the goods' value, the first by name
// among equals; the standard class of an empty cart.
func (v View) mainClass() string {
	worth, class, most := map[string]int64{}, tax.Standard, int64(0)
	for _, l := range v.Basket.Lines {
		if l.Aside {
			continue
		}
		worth[l.TaxClass] += l.Quantity * l.UnitPrice.Minor
		if n := worth[l.TaxClass]; n > most || n == most && l.TaxClass < class {
			class, most = l.TaxClass, n
		}
	}
	return class
}
