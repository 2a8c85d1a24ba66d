package cart

import (
	"fmt"
	"strconv"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/purchase/quote"
	"korzo/value/calendar"
	"korzo/value/money"
)

// A bundle is one line for the shopper and as many for the books as it has
// parts: each bears its share of the price and its own tax, and only parts have
// stock. The basket holds the parts; Priced puts them together again.

// Part says what a line of the basket is a part of.
type Part struct {
	Line  LineID
	Units int64 // of the part, in one bundle
}

// Priced returns the lines of the quote as the shopper sees them: in the cart's
// order, a bundle as one, with its parts added up.
func (v View) Priced() []quote.Priced {
	if len(v.Parts) == 0 {
		return v.Quote.Lines
	}
	variants := map[LineID]catalog.VariantID{}
	for _, l := range v.Cart.Lines {
		variants[l.ID] = l.Variant
	}
	var all []quote.Priced
	for _, l := range v.Quote.Lines {
		part, bundled := v.Parts[l.ID]
		if !bundled {
			all = append(all, l)
			continue
		}
		if n := len(all) - 1; n >= 0 && all[n].ID == string(part.Line) {
			b := &all[n]
			b.UnitPrice, b.Gross, b.Discount = b.UnitPrice.Plus(l.UnitPrice), b.Gross.Plus(l.Gross), b.Discount.Plus(l.Discount)
			b.Total, b.Tax = b.Total.Plus(l.Total), b.Tax.Plus(l.Tax)
			b.Taxes = append(b.Taxes[:len(b.Taxes):len(b.Taxes)], l.Taxes...)
			b.Shares = append(b.Shares[:len(b.Shares):len(b.Shares)], l.Shares...)
			continue
		}
		l.ID, l.Variant, l.SKU = string(part.Line), string(variants[part.Line]), v.Items[variants[part.Line]].SKU
		all = append(all, l)
	}
	return all
}

// Needs returns the stock that a purchase of the basket takes, each variant
// once for each place, however often it is bought by itself and in bundles.
// place says where a line is collected, "" where it is sent; nil: all is sent.
func (v View) Needs(place func(LineID) string) []inventory.Line {
	var lines []inventory.Line
	at := map[inventory.Line]int{} // of no units
	for _, l := range v.Basket.Lines {
		need, units, line := inventory.Line{Variant: catalog.VariantID(l.Variant)}, l.Quantity, LineID(l.ID)
		if part, bundled := v.Parts[l.ID]; bundled {
			units *= part.Units
			line = part.Line
		}
		if !Stocked(v.Items[need.Variant]) {
			continue
		}
		if place != nil {
			need.At = place(line)
		}
		if i, there := at[need]; there {
			lines[i].Units += units
			continue
		}
		at[need] = len(lines)
		need.Units = units
		lines = append(lines, need)
	}
	return lines
}

// partsOf is what a line takes of the stock: a bundle's parts, or itself.
func partsOf(l Line, it catalog.Item) []catalog.Part {
	if len(it.Parts) > 0 {
		return it.Parts
	}
	return []catalog.Part{{Variant: l.Variant, Quantity: 1}}
}

// complete reports whether every part is still there.
func (l loaded) complete(parts []catalog.Part) bool {
	for _, p := range parts {
		if it, known := l.items[p.Variant]; !known || it.Retired {
			return false
		}
	}
	return true
}

// stock notes whether there is enough for a line, after what the lines before
// it take, and whether it has to wait.
func (v *View) stock(line Line, parts []catalog.Part, l loaded, taken map[catalog.VariantID]int64) {
	have := int64(money.MaxUnits)
	stocked, later := false, false
	var until calendar.Date
	for _, p := range parts {
		if !Stocked(l.items[p.Variant]) {
			continue
		}
		a := l.available[p.Variant]
		a.Units, a.Free = max(a.Units-taken[p.Variant], 0), max(a.Free-taken[p.Variant], 0)
		stocked, have = true, min(have, a.Units/p.Quantity)
		if a.Later(line.Quantity * p.Quantity) {
			later = true
			if until.Before(a.Expected) {
				until = a.Expected
			}
		}
		taken[p.Variant] += line.Quantity * p.Quantity
	}
	switch {
	case stocked && have < line.Quantity:
		text := "this is sold out: remove the line"
		if have > 0 {
			text = fmt.Sprintf("only %d left: lower the quantity", have)
		}
		v.problem(ProblemShort, line, have, text)
	case later:
		v.wait(line, until)
	}
}

// buy puts a line into the basket, a bundle part by part.
func (v *View) buy(line Line, it catalog.Item, price money.Amount, l loaded) {
	v.Units += line.Quantity
	if len(it.Parts) == 0 {
		v.WeightGrams += line.Quantity * it.WeightGrams
		v.Basket.Lines = append(v.Basket.Lines, basketLine(string(line.ID), line, it, price, l))
		return
	}
	if v.Parts == nil {
		v.Parts = map[string]Part{}
	}
	weight := int64(0)
	for i, share := range catalog.SplitBundle(price, it.Parts, l.prices) {
		part := it.Parts[i]
		item := l.items[part.Variant]
		id := string(line.ID) + "/" + strconv.Itoa(i+1)
		v.Parts[id] = Part{line.ID, part.Quantity}
		one := basketLine(id, line, item, share, l)
		one.Product, one.Tags, one.Categories = string(it.ProductID), it.Tags, standing(l.tree, it.Categories) // promotions see what the shopper sees: the bundle
		v.Basket.Lines = append(v.Basket.Lines, one)
		weight += part.Quantity * item.WeightGrams
	}
	if it.WeightGrams > 0 {
		weight = it.WeightGrams // packed together it may weigh less or more
	}
	v.WeightGrams += line.Quantity * weight
}

// basketLine is a line as it is priced. A gift card bears no tax, whatever its
// class: it pays for goods of any rate, and is taxed with them (for the Union:
// directive 2006/112/EC, article 30b, paragraph 2).
func basketLine(id string, of Line, it catalog.Item, price money.Amount, l loaded) quote.Line {
	rates := l.rates(of.ID, it.TaxClass)
	if it.Kind == catalog.KindGiftCard {
		rates = nil
	}
	return quote.Line{ID: id, Product: string(it.ProductID), Variant: string(it.VariantID), SKU: it.SKU, Tags: it.Tags, Categories: standing(l.tree, it.Categories), Quantity: of.Quantity,
		UnitPrice: price, TaxClass: it.TaxClass, Rates: rates}
}
