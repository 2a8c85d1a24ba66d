package quote

import (
	"cmp"
	"slices"

	"korzo/purchase/tax"
	"korzo/value/money"
)

// tax finds the tax of every line and part and of the shipping, and sums it up
// by rate.
func (w *work) tax() {
	rates := 0
	for i := range w.bearers {
		rates += len(w.ratesOf(i))
	}
	room := make([]TaxLine, rates)
	if w.b.TaxRounding == RoundTotal {
		w.taxOnTotal()
	} else {
		for i := range w.bearers {
			w.bearers[i].tax = w.due(w.bearers[i].total, w.ratesOf(i)).Minor
		}
	}
	for i := range w.bearers {
		room = w.bear(i, room)
	}
	for i := range w.q.Lines {
		if l := &w.q.Lines[i]; len(l.Split) > 0 {
			l.sumParts(w.b.Currency)
		}
	}
	if len(w.q.Shipping.Split) > 0 {
		w.q.Shipping.sumLegs(w.b.Currency)
	}
	w.sumTaxes()
}

// bear writes down the tax of what bears it, with a line per rate off the front
// of room.
func (w *work) bear(i int, room []TaxLine) []TaxLine {
	at := &w.bearers[i]
	var tax *money.Amount
	var taxes *[]TaxLine
	switch {
	case at.line == len(w.q.Lines):
		return w.bearShipping(i, room)
	case at.part >= 0:
		p := &w.q.Lines[at.line].Split[at.part]
		tax, taxes = &p.Tax, &p.Taxes
	default:
		l := &w.q.Lines[at.line]
		tax, taxes = &l.Tax, &l.Taxes
	}
	*tax = w.amount(at.tax)
	return w.components(w.ratesOf(i), at.total, at.tax, room, taxes)
}

// bearShipping is bear for the delivery or a leg of it, of which there may be
// several shares.
func (w *work) bearShipping(i int, room []TaxLine) []TaxLine {
	at := &w.bearers[i]
	tax, taxes := &w.q.Shipping.Tax, &w.q.Shipping.Taxes
	if at.part >= 0 {
		tax, taxes = &w.q.Shipping.Split[at.part].Tax, &w.q.Shipping.Split[at.part].Taxes
	}
	*tax = w.amount(tax.Minor + at.tax)
	if *taxes == nil {
		return w.components(at.rates, at.total, at.tax, room, taxes)
	}
	var more []TaxLine
	room = w.components(at.rates, at.total, at.tax, room, &more)
	*taxes = byRate((*taxes)[:len(*taxes):len(*taxes)], more)
	return room
}

// sumParts adds up the tax of a bundle's parts, by rate in the order of the parts.
func (l *Priced) sumParts(c money.Currency) {
	l.Tax = money.Of(0, c)
	for i := range l.Split {
		l.Tax = l.Tax.Plus(l.Split[i].Tax)
		l.Taxes = byRate(l.Taxes, l.Split[i].Taxes)
	}
}

// sumLegs adds up the tax of a delivery's legs, by rate in the order of the legs.
func (s *PricedShipping) sumLegs(c money.Currency) {
	s.Tax = money.Of(0, c)
	for i := range s.Split {
		s.Tax = s.Tax.Plus(s.Split[i].Tax)
		s.Taxes = byRate(s.Taxes, s.Split[i].Taxes)
	}
}

// byRate adds tax lines to a sum by rate.
func byRate(sum, more []TaxLine) []TaxLine {
	for _, t := range more {
		j := slices.IndexFunc(sum, func(have TaxLine) bool { return have.Rate == t.Rate })
		if j < 0 {
			sum = append(sum, t)
			continue
		}
		sum[j].Base = sum[j].Base.Plus(t.Base)
		sum[j].Amount = sum[j].Amount.Plus(t.Amount)
	}
	return sum
}

// taxOnTotal rounds tax once for all that bears the same rates, and spreads it
// back.
func (w *work) taxOnTotal() {
	done := make([]bool, len(w.bearers))
	for first := range done {
		if done[first] {
			continue
		}
		rates := w.ratesOf(first)
		var sum int64
		for i := range done {
			w.group[i] = 0
			if !done[i] && sameRates(rates, w.ratesOf(i)) {
				done[i] = true
				w.group[i] = w.bearers[i].total
				sum += w.group[i]
			}
		}
		w.spread(w.due(sum, rates).Minor, w.taxStep(), w.group, w.part, w.bearsBefore)
		for i, weight := range w.group {
			if weight > 0 {
				w.bearers[i].tax = w.part[i]
			}
		}
	}
}

// bearsBefore orders what bears tax for ties: as the lines, parts in their
// order, shipping last.
func (w *work) bearsBefore(i, j int) int {
	a, b := &w.bearers[i], &w.bearers[j]
	if a.line >= len(w.b.Lines) || b.line >= len(w.b.Lines) || a.line == b.line {
		return cmp.Compare(i, j)
	}
	return w.before(a.line, b.line)
}

// ratesOf returns the rates of what bears tax.
func (w *work) ratesOf(i int) []tax.Rate {
	switch at := &w.bearers[i]; {
	case at.line == len(w.b.Lines):
		return at.rates
	case at.part >= 0:
		return w.b.Lines[at.line].Parts[at.part].Rates
	default:
		return w.b.Lines[at.line].Rates
	}
}

func sameRates(a, b []tax.Rate) bool {
	if len(a) != len(b) {
		return false
	}
	return len(a) == 0 || &a[0] == &b[0] || slices.Equal(a, b)
}

// taxStep is what tax is rounded to: it is charged only where it comes on top.
func (w *work) taxStep() int64 {
	if w.b.TaxIncluded {
		return 1
	}
	return w.step
}

// due is the tax of total under all rates together.
func (w *work) due(total int64, rates []tax.Rate) money.Amount {
	sum := sumPPM(rates)
	if w.b.TaxIncluded {
		return w.amount(total).Ratio(sum, money.Million+sum, 1)
	}
	return w.amount(total).Share(sum, w.step)
}

func sumPPM(rates []tax.Rate) (sum int64) {
	for i := range rates {
		sum += rates[i].PPM
	}
	return sum
}

// components splits the tax due on total among its rates and cuts the room for
// them off the front of room.
func (w *work) components(rates []tax.Rate, total, due int64, room []TaxLine, into *[]TaxLine) []TaxLine {
	if len(rates) == 0 {
		return room
	}
	base := total
	if w.b.TaxIncluded {
		base -= due
	}
	lines := room[:len(rates):len(rates)]
	var weights, parts [maxRates]int64
	if parts[0] = due; len(rates) > 1 {
		for i := range rates {
			weights[i] = rates[i].PPM
		}
		w.inOrder(due, w.taxStep(), weights[:len(rates)], parts[:len(rates)])
	}
	for i := range rates {
		lines[i] = TaxLine{Rate: rates[i], Base: w.amount(base), Amount: w.amount(parts[i])}
	}
	*into = lines
	return room[len(rates):]
}

// sumTaxes adds up the tax lines by rate, in order of place and name. A rate
// that nothing bears is left out.
func (w *work) sumTaxes() {
	w.q.Taxes = make([]TaxLine, 0, 2) // most baskets bear one rate or two
	for i := range w.q.Lines {
		w.addTaxes(w.q.Lines[i].Taxes)
	}
	w.addTaxes(w.q.Shipping.Taxes)
	slices.SortFunc(w.q.Taxes, func(a, b TaxLine) int { return compareRate(&a.Rate, &b.Rate) })
}

func (w *work) addTaxes(lines []TaxLine) {
	for i := range lines {
		t := &lines[i]
		if t.Base.Minor == 0 && t.Amount.Minor == 0 {
			continue
		}
		if sum := w.taxOf(&t.Rate); sum != nil {
			sum.Base.Minor += t.Base.Minor
			sum.Amount.Minor += t.Amount.Minor
			continue
		}
		w.q.Taxes = append(w.q.Taxes, *t)
	}
}

func (w *work) taxOf(r *tax.Rate) *TaxLine {
	for i := range w.q.Taxes {
		if w.q.Taxes[i].Rate == *r {
			return &w.q.Taxes[i]
		}
	}
	return nil
}
