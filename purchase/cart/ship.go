package cart

import (
	"errors"
	"maps"
	"slices"

	"korzo/delivery/price"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/purchase/quote"
	"korzo/value/calendar"
	"korzo/value/money"
)

// Ship returns the view priced with another delivery. It reads nothing, so a
// checkout may price each of its shipping options.
func (v View) Ship(s quote.Shipping) (View, error) {
	if s.Rates == nil {
		s.Rates = v.Basket.Shipping.Rates
	}
	s.AsGoods = s.AsGoods || v.Basket.Shipping.AsGoods
	s.Price = spare(s.Price, v.spared)
	v.Basket.Shipping = s
	v.Problems = slices.DeleteFunc(slices.Clone(v.Problems), func(p Problem) bool { return p.Code == ProblemTooLarge })
	q, err := quote.Compute(v.Basket)
	if errors.Is(err, quote.ErrTooLarge) {
		v.Quote = quote.Quote{Currency: v.Basket.Currency, TaxIncluded: v.Basket.TaxIncluded}
		v.Problems = append(v.Problems, Problem{Code: ProblemTooLarge, Text: quote.ErrTooLarge.Text})
		return v, nil
	}
	if err != nil {
		return View{}, err
	}
	v.Quote = q
	v.answer()
	return v, nil
}

// Leg is a part of a delivery: which lines go there, and what it costs.
type Leg struct {
	Lines []LineID // at least one; the first says by which rates the leg is taxed
	Price money.Amount
}

// ShipLegs is Ship for a cart that travels in several parts, each taxed where
// it goes.
func (v View) ShipLegs(legs []Leg) (View, error) {
	var s quote.Shipping
	for _, l := range legs {
		rates, elsewhere := v.delivery[l.Lines[0]]
		if !elsewhere {
			rates = v.Basket.Shipping.Rates
		}
		leg := quote.Leg{Price: spare(l.Price, v.spared), Rates: rates}
		for _, id := range l.Lines {
			leg.Lines = append(leg.Lines, string(id))
		}
		s.Legs = append(s.Legs, leg)
	}
	s.Price = money.Of(0, v.Cart.Currency)
	return v.Ship(s)
}

// Part is what some lines of a cart are to a delivery, and when the last of them
// is there. What the whole purchase is worth stands beside it.
func (v View) Part(lines []LineID) (b price.Basket, ready calendar.Date) {
	b.Goods = money.Of(0, v.Cart.Currency)
	b.Whole = v.Quote.Subtotal.Minus(v.Quote.Discount)
	for _, l := range v.Cart.Lines {
		if !slices.Contains(lines, l.ID) {
			continue
		}
		b.Units += l.Quantity
		v.pack(&b, v.Items[l.Variant], l.Quantity)
		if until := v.Waiting[l.ID]; ready.Before(until) {
			ready = until
		}
	}
	for _, l := range v.Quote.Lines {
		id := LineID(l.ID)
		if part, bundled := v.Parts[l.ID]; bundled {
			id = part.Line
		}
		if slices.Contains(lines, id) {
			b.Goods = b.Goods.Plus(l.Total)
		}
	}
	return b, ready
}

// Whole is the whole cart as a delivery sees it.
func (v View) Whole() price.Basket {
	b := price.Basket{Goods: v.Quote.Subtotal.Minus(v.Quote.Discount), Units: v.Units, WeightGrams: v.WeightGrams}
	var room price.Basket
	for _, l := range v.Cart.Lines {
		v.pack(&room, v.Items[l.Variant], l.Quantity)
	}
	b.VolumeCM3, b.LongestMM = room.VolumeCM3, room.LongestMM
	return b
}

// pack adds units of an item to a basket: of a bundle what it says itself, or
// what its parts do.
func (v View) pack(b *price.Basket, it catalog.Item, units int64) {
	if it.WeightGrams > 0 || len(it.Parts) == 0 {
		b.WeightGrams += units * it.WeightGrams
	} else {
		for _, p := range it.Parts {
			b.WeightGrams += units * p.Quantity * v.Items[p.Variant].WeightGrams
		}
	}
	if it.Size != (catalog.Size{}) || len(it.Parts) == 0 {
		b.VolumeCM3 += units * it.Size.Volume()
		b.LongestMM = max(b.LongestMM, it.Size.Longest())
		return
	}
	for _, p := range it.Parts {
		size := v.Items[p.Variant].Size
		b.VolumeCM3 += units * p.Quantity * size.Volume()
		b.LongestMM = max(b.LongestMM, size.Longest())
	}
}

// sparing is a share of a delivery's price that contains a rate of tax which
// this buyer need not pay.
type sparing struct{ weight, ppm int64 }

// spare takes out of a price the tax that its shares contain.
func spare(price money.Amount, all []sparing) money.Amount {
	if len(all) == 0 {
		return price
	}
	weights := make([]int64, len(all))
	for i, s := range all {
		weights[i] = s.weight
	}
	sum := money.Of(0, price.Currency)
	for i, part := range price.Split(weights...) {
		sum = sum.Plus(without(part, all[i].ppm))
	}
	return sum
}

// sparedOf is what a delivery's price contains of taxes that are spared.
func (l *loaded) sparedOf(spared map[string]int64) (all []sparing) {
	if len(spared) == 0 {
		return nil
	}
	if l.shared {
		for _, class := range slices.Sorted(maps.Keys(l.worth)) {
			if l.worth[class] > 0 {
				all = append(all, sparing{l.worth[class], spared[class]})
			}
		}
	}
	if len(all) == 0 {
		all = []sparing{{1, spared[l.shipping]}}
	}
	return all
}

// without takes out of a price the tax it contains at a rate, in whole steps of
// what can be charged.
func without(price money.Amount, ppm int64) money.Amount {
	if ppm == 0 {
		return price
	}
	info, _ := money.Find(price.Currency)
	return price.Ratio(money.Million, money.Million+ppm, max(info.ChargeStep, 1))
}

// LyingAt returns what of the cart's goods lies free, or may be promised, at each
// of these locations. It reads nothing.
func (v View) LyingAt(locations []string) []inventory.Allocation { return v.standing.At(locations) }
