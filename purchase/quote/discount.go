package quote

import (
	"cmp"
	"math"
	"slices"

	"korzo/purchase/promotion"
	"korzo/purchase/promotion/basket"
	"korzo/purchase/tax"
)

// discounting is the discounts of a basket being taken.
type discounting struct {
	*work
	goods  basket.Goods
	place  []int   // the lines of goods as indexes of the basket
	floors []int64 // what each line may not cost less than, nil without floors
	turns  []int   // the discounts in the order they take their turns
	off    []int64 // what one discount takes off each line
}

// discount takes the discounts off the lines and the shipping. It ends with
// every line's Total.
func (w *work) discount() {
	if len(w.b.Discounts) > 0 {
		d := discounting{work: w}
		d.open()
		d.choose()
	}
	for i := range w.q.Lines {
		l := &w.q.Lines[i]
		l.Discount = w.amount(l.Gross.Minor - w.left[i])
		l.Total = w.amount(w.left[i])
	}
	s := &w.q.Shipping
	s.Discount, s.Total = w.amount(s.Gross.Minor-w.fare), w.amount(w.fare)
	w.q.ShippingTotal = s.Total
}

// open makes room, and puts lines and discounts into an order that does not
// depend on the shopper's.
func (d *discounting) open() {
	n, m := len(d.b.Lines), len(d.b.Discounts)
	numbers := make([]int, n+m)
	d.place, d.turns = numbers[:0:n], numbers[n:]
	for i := range n {
		if !d.b.Lines[i].Aside {
			d.place = append(d.place, i)
		}
	}
	for i := range d.turns {
		d.turns[i] = i
	}
	slices.SortFunc(d.place, d.before)
	slices.SortStableFunc(d.turns, func(i, j int) int {
		a, b := &d.b.Discounts[i], &d.b.Discounts[j]
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Benefit.Turn(), b.Benefit.Turn()))
	})
	d.goods = basket.Goods{Currency: d.b.Currency, Step: d.step, Lines: make([]basket.Line, len(d.place))}
	for i, at := range d.place {
		l := &d.b.Lines[at]
		d.goods.Lines[i] = basket.Line{Quantity: l.Quantity, UnitPrice: l.UnitPrice.Minor,
			Item: basket.Item{Product: l.Product, Variant: l.Variant, Tags: l.Tags, Categories: l.Categories}}
	}
	d.off = make([]int64, n)
	d.q.Discounts = make([]Outcome, m)
	room := make([]Share, m*(n+1))
	for i := range d.q.Lines {
		d.q.Lines[i].Shares = room[i*m : i*m : (i+1)*m]
	}
	d.q.Shipping.Shares = room[n*m : n*m]
	d.floor()
}

// floor finds what each line may not cost less than.
func (d *discounting) floor() {
	for i := range d.b.Discounts {
		discount := &d.b.Discounts[i]
		f, ok := discount.Benefit.(basket.Floor)
		if !ok {
			continue
		}
		if d.floors == nil {
			d.floors = make([]int64, len(d.b.Lines))
		}
		for j, at := range d.place {
			if l := &d.goods.Lines[j]; discount.Items.Holds(l.Item) {
				d.floors[at] = max(d.floors[at], f.Floor(l, d.b.Currency, d.step))
			}
		}
	}
}

// reset undoes what was taken.
func (d *discounting) reset() {
	for i := range d.q.Lines {
		d.left[i] = d.q.Lines[i].Gross.Minor
		d.q.Lines[i].Shares = d.q.Lines[i].Shares[:0]
	}
	d.fare = d.q.Shipping.Gross.Minor
	d.q.Shipping.Shares = d.q.Shipping.Shares[:0]
}

// run takes the discounts that may, in their turns, and returns what they took
// off in all. The others are marked as not combinable.
func (d *discounting) run(may func(i int) bool) (all int64) {
	d.reset()
	for _, i := range d.turns {
		discount := &d.b.Discounts[i]
		o := Outcome{Promotion: discount.Promotion, Code: discount.Code, Name: discount.Name, Counted: discount.Counted,
			Goods: d.amount(0), Shipping: d.amount(0), Reason: ReasonNotCombinable}
		if may(i) {
			d.take(discount, &o)
		}
		d.q.Discounts[i] = o
		all += o.Goods.Minor + o.Shipping.Minor
	}
	return all
}

// take applies one discount to what is left.
func (d *discounting) take(discount *promotion.Discount, o *Outcome) {
	o.Reason = ""
	if _, ok := discount.Benefit.(basket.Floor); ok {
		return
	}
	goods, fare, wanted := d.reckon(discount)
	switch {
	case goods+fare == 0 && wanted > 0:
		o.Reason = ReasonMinimumPrice
		return
	case goods+fare == 0:
		o.Reason = ReasonNothing
		return
	case discount.Budget.Currency != "" && goods+fare > discount.Budget.Minor:
		o.Reason = ReasonBudget
		return
	}
	share := Share{Promotion: discount.Promotion, Code: discount.Code, Amount: d.amount(0)}
	for at, minor := range d.off {
		if minor > 0 {
			d.left[at] -= minor
			share.Amount.Minor = minor
			d.q.Lines[at].Shares = append(d.q.Lines[at].Shares, share)
		}
	}
	if fare > 0 {
		d.fare -= fare
		share.Amount.Minor = fare
		d.q.Shipping.Shares = append(d.q.Shipping.Shares, share)
	}
	o.Goods.Minor, o.Shipping.Minor = goods, fare
}

// reckon fills d.off with what a discount takes off each line: never more than
// the line still costs, or than its floor allows. It returns the sum, what is
// taken off the shipping, and the sum as it would be without floors.
func (d *discounting) reckon(discount *promotion.Discount) (goods, fare, wanted int64) {
	for i, at := range d.place {
		l := &d.goods.Lines[i]
		l.Left, l.Takes = d.left[at], discount.Items.Holds(l.Item)
	}
	d.goods.Shipping = d.fare
	effect := discount.Benefit.Off(&d.goods)
	clear(d.off)
	if effect.Lines != nil {
		for i, at := range d.place {
			d.off[at] = min(effect.Lines[i], d.left[at])
		}
	} else {
		d.spreadOff(effect.Spread)
	}
	for at, minor := range d.off {
		wanted += minor
		if d.floors != nil {
			d.off[at] = min(minor, max(0, d.left[at]-d.floors[at]))
		}
		goods += d.off[at]
	}
	return goods, min(effect.Shipping, d.fare), wanted
}

// spreadOff spreads an amount over the lines the discount is for, by what they
// still cost.
func (d *discounting) spreadOff(off int64) {
	weights, sum := d.group[:len(d.left)], int64(0)
	clear(weights)
	for i, at := range d.place {
		if d.goods.Lines[i].Takes {
			weights[at] = d.left[at]
			sum += d.left[at]
		}
	}
	if off = min(d.amount(off).RoundTo(d.step).Minor, sum); off > 0 {
		d.spread(off, d.step, weights, d.off, d.before)
	}
}

// choose decides which discounts combine, takes them, and says of the others why
// not. Discounts that are not exclusive stand together against each exclusive one.
func (d *discounting) choose() {
	if !slices.ContainsFunc(d.turns, d.exclusive) {
		d.run(func(int) bool { return true })
		return
	}
	together := func(i int) bool { return !d.exclusive(i) }
	chosen, best := -1, d.run(together)
	level := d.level()
	why := make([]string, len(d.turns))
	for i := range why {
		why[i] = d.q.Discounts[i].Reason
	}
	for _, i := range d.turns { // those of higher priority come first
		if !d.exclusive(i) {
			continue
		}
		off := d.run(d.alone(i))
		why[i] = d.q.Discounts[i].Reason
		priority := d.b.Discounts[i].Priority
		if off > 0 && (best == 0 || priority > level || priority == level && off > best) {
			chosen, best, level = i, off, priority
		}
	}
	if chosen >= 0 {
		together = d.alone(chosen)
	}
	d.run(together)
	for i := range d.q.Discounts {
		if o := &d.q.Discounts[i]; o.Reason == ReasonNotCombinable && why[i] != "" {
			o.Reason = why[i]
		}
	}
}

// exclusive reports whether a discount combines with no other. A minimum price
// holds for all.
func (d *discounting) exclusive(i int) bool { return d.b.Discounts[i].Exclusive && !d.isFloor(i) }

func (d *discounting) isFloor(i int) bool {
	_, ok := d.b.Discounts[i].Benefit.(basket.Floor)
	return ok
}

// alone lets one discount take its turn, and no other.
func (d *discounting) alone(i int) func(j int) bool {
	return func(j int) bool { return j == i || d.isFloor(j) }
}

// level is the highest priority of what was just taken.
func (d *discounting) level() int64 {
	level := int64(math.MinInt64)
	for i := range d.q.Discounts {
		if d.q.Discounts[i].Reason == "" && !d.isFloor(i) {
			level = max(level, d.b.Discounts[i].Priority)
		}
	}
	return level
}

// before orders lines for ties: by ID and then by all that could matter, so
// that the order in which lines were given does not.
func (w *work) before(i, j int) int {
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
		cmp.Compare(a.Product, b.Product),
		slices.Compare(a.Tags, b.Tags),
		slices.Compare(a.Categories, b.Categories),
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
