package quote

import (
	"slices"

	"korzo/purchase/tax"
)

// bearer is what bears tax by rates of its own: a line, a part of a bundle, or
// the shipping, which is the last, by leg and by the goods' rates where it is
// taxed as they are.
type bearer struct {
	line, part int // part is -1 for a line; line is that of no line for the shipping, whose parts are its legs
	total, tax int64
	rates      []tax.Rate // of the shipping
}

// split divides each bundle over its parts, and lists what bears tax.
func (w *work) split() {
	w.bearers = make([]bearer, 0, len(w.group))
	for i := range w.q.Lines {
		l := &w.q.Lines[i]
		if len(l.Parts) == 0 {
			w.bearers = append(w.bearers, bearer{line: i, part: -1, total: l.Total.Minor})
			continue
		}
		w.divide(l)
		for j := range l.Split {
			w.bearers = append(w.bearers, bearer{line: i, part: j, total: l.Split[j].Total.Minor})
		}
	}
	goods, s := len(w.bearers), &w.q.Shipping
	if len(s.Split) == 0 {
		w.share(goods, bearer{line: len(w.q.Lines), part: -1, total: s.Total.Minor, rates: s.Rates}, nil)
	} else {
		w.divideLegs()
	}
	for i := range s.Split {
		w.share(goods, bearer{line: len(w.q.Lines), part: i, total: s.Split[i].Total.Minor, rates: s.Split[i].Rates}, s.Split[i].Lines)
	}
	w.group, w.part = w.group[:len(w.bearers)], w.part[:len(w.bearers)]
}

// share lists what of a leg bears tax: all of it, or a share for each rate of
// the goods among lines, all when none are named. Ties go to the rates that come
// first by place and name.
func (w *work) share(goods int, leg bearer, lines []string) {
	first := len(w.bearers)
	for i := range goods {
		if of := &w.b.Lines[w.bearers[i].line]; w.b.Shipping.AsGoods && !of.Aside && (len(lines) == 0 || slices.Contains(lines, of.ID)) {
			w.shareOf(first, leg, w.ratesOf(i)).total += w.bearers[i].total
		}
	}
	shares := slices.DeleteFunc(w.bearers[first:], func(b bearer) bool { return b.total == 0 })
	if w.bearers = w.bearers[:first+len(shares)]; len(shares) == 0 {
		w.bearers = append(w.bearers, leg)
		return
	}
	slices.SortFunc(shares, func(a, b bearer) int { return compareRates(a.rates, b.rates) })
	weights, parts := w.group[:len(shares)], w.part[:len(shares)]
	for i := range shares {
		weights[i] = shares[i].total
	}
	w.inOrder(leg.total, 1, weights, parts)
	for i := range shares {
		shares[i].total = parts[i]
	}
}

// shareOf finds the share with some rates of a leg whose shares begin at first,
// or begins it.
func (w *work) shareOf(first int, leg bearer, rates []tax.Rate) *bearer {
	for i := first; i < len(w.bearers); i++ {
		if sameRates(w.bearers[i].rates, rates) {
			return &w.bearers[i]
		}
	}
	w.bearers = append(w.bearers, bearer{line: leg.line, part: leg.part, rates: rates})
	return &w.bearers[len(w.bearers)-1]
}

// divideLegs splits what is left of the delivery after discounts over its legs
// by what each costs. Ties go to the earlier leg.
func (w *work) divideLegs() {
	s := &w.q.Shipping
	weights, parts := w.group[:len(s.Split)], w.part[:len(s.Split)]
	for i := range s.Split {
		weights[i], parts[i] = s.Split[i].Gross.Minor, 0
	}
	if s.Gross.Minor > 0 {
		w.inOrder(s.Total.Minor, w.step, weights, parts)
	}
	for i := range s.Split {
		l := &s.Split[i]
		l.Total = w.amount(parts[i])
		l.Discount = l.Gross.Minus(l.Total)
	}
}

// divide splits a line's price over its parts by weight, and what is left of it
// after discounts by what the parts' shares were. Ties go to the earlier part.
func (w *work) divide(l *Priced) {
	n := len(l.Parts)
	weights, parts := w.group[:n], w.part[:n]
	var all int64
	for i := range l.Parts {
		weights[i] = l.Parts[i].Weight
		all += weights[i]
	}
	if all == 0 { // parts that nobody weighed are alike
		for i := range weights {
			weights[i] = 1
		}
	}
	l.Split = make([]PricedPart, n)
	w.inOrder(l.Gross.Minor, w.step, weights, parts)
	for i := range l.Split {
		l.Split[i].Part = l.Parts[i]
		l.Split[i].Gross = w.amount(parts[i])
		weights[i] = parts[i]
	}
	w.inOrder(l.Total.Minor, w.step, weights, parts)
	for i := range l.Split {
		p := &l.Split[i]
		p.Total = w.amount(parts[i])
		p.Discount = p.Gross.Minus(p.Total)
	}
}
