package quote

// bearer is what bears tax by rates of its own: a line, a part of a bundle, or
// the shipping, which is the last.
type bearer struct {
	line, part int // part is -1 for a line; line is that of no line for the shipping, whose parts are its legs
	total, tax int64
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
	if len(w.q.Shipping.Split) == 0 {
		w.bearers = append(w.bearers, bearer{line: len(w.q.Lines), part: -1, total: w.q.Shipping.Total.Minor})
		return
	}
	w.divideLegs()
	for i := range w.q.Shipping.Split {
		w.bearers = append(w.bearers, bearer{line: len(w.q.Lines), part: i, total: w.q.Shipping.Split[i].Total.Minor})
	}
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
