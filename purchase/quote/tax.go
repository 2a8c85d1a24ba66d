package quote

import (
	"slices"

	"korzo/purchase/tax"
	"korzo/value/money"
)

// tax finds the tax of every line and of the shipping, and sums it up by rate.
func (w *work) tax() {
	rates := len(w.b.Shipping.Rates)
	for i := range w.b.Lines {
		rates += len(w.b.Lines[i].Rates)
	}
	room := make([]TaxLine, rates)
	if w.b.TaxRounding == RoundTotal {
		w.taxOnTotal()
	} else {
		w.taxByLine()
	}
	for i := range w.q.Lines {
		l := &w.q.Lines[i]
		room = w.components(l.Rates, l.Total.Minor, l.Tax.Minor, room, &l.Taxes)
	}
	s := &w.q.Shipping
	w.components(s.Rates, s.Total.Minor, s.Tax.Minor, room, &s.Taxes)
	w.sumTaxes()
}

// taxByLine rounds the tax of each line and of the shipping.
func (w *work) taxByLine() {
	for i := range w.q.Lines {
		l := &w.q.Lines[i]
		l.Tax = w.due(l.Total.Minor, l.Rates)
	}
	s := &w.q.Shipping
	s.Tax = w.due(s.Total.Minor, s.Rates)
}

// taxOnTotal rounds tax once for all lines, and the shipping, that bear the
// same rates, and spreads it back over them.
func (w *work) taxOnTotal() {
	n := len(w.q.Lines)
	done := make([]bool, n+1)
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
				w.group[i] = w.totalOf(i)
				sum += w.group[i]
			}
		}
		w.spread(w.due(sum, rates).Minor, w.taxStep(), w.group, w.part)
		for i, weight := range w.group {
			if weight == 0 {
				continue
			}
			if i < n {
				w.q.Lines[i].Tax.Minor = w.part[i]
			} else {
				w.q.Shipping.Tax.Minor = w.part[i]
			}
		}
	}
	for i := range w.q.Lines {
		w.q.Lines[i].Tax.Currency = w.b.Currency
	}
	w.q.Shipping.Tax.Currency = w.b.Currency
}

// ratesOf returns the rates of line i; the shipping stands after the lines.
func (w *work) ratesOf(i int) []tax.Rate {
	if i < len(w.b.Lines) {
		return w.b.Lines[i].Rates
	}
	return w.b.Shipping.Rates
}

func (w *work) totalOf(i int) int64 {
	if i < len(w.q.Lines) {
		return w.q.Lines[i].Total.Minor
	}
	return w.q.Shipping.Total.Minor
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
