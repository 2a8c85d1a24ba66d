package quote

import (
	"cmp"

	"korzo/purchase/promotion"
	"korzo/purchase/tax"
)

// discount takes the discounts off the lines: percentages first, each on what
// its forerunners left, then fixed amounts. It ends with every line's Total.
func (w *work) discount() {
	if n := len(w.b.Discounts); n > 0 {
		room := make([]Share, n*(len(w.b.Lines)+1))
		w.q.Discounts, room = room[:0:n], room[n:]
		for i := range w.q.Lines {
			w.q.Lines[i].Shares = room[i*n : i*n : (i+1)*n]
		}
	}
	for _, kind := range [...]promotion.Kind{promotion.Percent, promotion.Fixed} {
		for i := range w.b.Discounts {
			if w.b.Discounts[i].Kind == kind {
				w.take(&w.b.Discounts[i])
			}
		}
	}
	for i := range w.q.Lines {
		l := &w.q.Lines[i]
		l.Discount = w.amount(l.Gross.Minor - w.left[i])
		l.Total = w.amount(w.left[i])
	}
}

// take applies one discount to what is left.
func (w *work) take(d *promotion.Discount) {
	var goods, off int64
	for _, minor := range w.left {
		goods += minor
	}
	if d.Kind == promotion.Percent {
		off = w.amount(goods).Share(d.PPM, w.step).Minor
	} else {
		off = d.Amount.RoundTo(w.step).Minor
	}
	off = min(off, goods) // a fixed amount above the goods is cut
	share := Share{Promotion: d.Promotion, Code: d.Code, Amount: w.amount(off)}
	w.q.Discounts = append(w.q.Discounts, share)
	if off == 0 {
		return
	}
	parts := w.part[:len(w.left)]
	w.spread(off, w.step, w.left, parts)
	for i, minor := range parts {
		if minor == 0 {
			continue
		}
		w.left[i] -= minor
		share.Amount.Minor = minor
		w.q.Lines[i].Shares = append(w.q.Lines[i].Shares, share)
	}
}

// before orders lines for ties: by ID and then by all that could matter, so
// that the order in which lines were given does not. Shipping comes last.
func (w *work) before(i, j int) int {
	n := len(w.b.Lines)
	if i >= n || j >= n {
		return cmp.Compare(i, j)
	}
	a, b := &w.b.Lines[i], &w.b.Lines[j]
	if c := cmp.Compare(a.ID, b.ID); c != 0 {
		return c
	}
	return cmp.Or(
		cmp.Compare(a.Variant, b.Variant),
		cmp.Compare(a.SKU, b.SKU),
		cmp.Compare(a.UnitPrice.Minor, b.UnitPrice.Minor),
		cmp.Compare(a.Quantity, b.Quantity),
		cmp.Compare(a.TaxClass, b.TaxClass),
		compareRates(a.Rates, b.Rates),
	)
}

func compareRates(a, b []tax.Rate) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if c := compareRate(&a[i], &b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func compareRate(a, b *tax.Rate) int {
	return cmp.Or(
		cmp.Compare(a.Country, b.Country),
		cmp.Compare(a.Region, b.Region),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.PPM, b.PPM),
		cmp.Compare(a.Reason, b.Reason),
	)
}
