package quote_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/quote"
	"korzo/value/money"
)

// reckon prices a basket with exact fractions, unit by unit, the slow and
// obvious way. It shares no code with Compute, nor with the benefits: it reads
// their settings itself. It is what Compute is held against, and where the
// figures of the cases come from that were not reckoned by hand.
func reckon(s spec) sums {
	o := oracle{spec: s}
	info, _ := money.Find(s.Currency)
	o.step = info.ChargeStep
	o.fare = half(big.NewRat(s.Shipping.Price, 1), 1, 1, o.step)
	o.chooseDeals()
	return o.sums()
}

type oracle struct {
	spec
	step  int64
	left  []int64   // by line
	fare  int64     // what the shipping costs
	away  int64     // what was taken off it
	share [][]int64 // by line
	deals []dealSums
}

// settings are those of every benefit together.
type settings struct {
	Percent json.Number
	Most    map[money.Currency]int64
	Amounts map[money.Currency]int64
	Per     string
	Buy     int64
	Get     int64
	Of      basket.Items
	Times   int64
	From    int64
	Count   int64
	Tiers   []struct {
		Units   int64
		Amount  map[money.Currency]int64
		Percent json.Number
		Off     map[money.Currency]int64
	}
}

func (d deal) read() (s settings) {
	if err := json.Unmarshal(d.Settings, &s); err != nil {
		panic(err)
	}
	return s
}

// of is so many per cent of x; none is all.
func (o *oracle) of(x *big.Rat, percent json.Number) int64 {
	p := big.NewRat(100, 1)
	if percent != "" {
		p.SetString(percent.String())
	}
	p.Mul(p, x)
	return half(p, 1, 100, o.step)
}

func (o *oracle) takes(d deal, i int) bool { return d.Items.Holds(o.Lines[i].item()) }

// chooseDeals tries every way in which the promotions may combine.
func (o *oracle) chooseDeals() {
	var loose, exclusive []int
	for i, d := range o.Promotions {
		if d.Exclusive && d.Benefit != "minimum" {
			exclusive = append(exclusive, i)
		} else {
			loose = append(loose, i)
		}
	}
	best := o.apply(loose)
	why := o.reasons()
	highest := func(of []dealSums) (p int64) {
		p = -1 << 60
		for i, d := range of {
			if d.Goods+d.Shipping > 0 {
				p = max(p, o.Promotions[i].Priority)
			}
		}
		return p
	}
	chosen, most, level := loose, best, highest(o.deals)
	slices.SortStableFunc(exclusive, func(i, j int) int {
		return cmp.Or(cmp.Compare(o.Promotions[j].Priority, o.Promotions[i].Priority), cmp.Compare(o.turn(i), o.turn(j)))
	})
	for _, i := range exclusive {
		alone := []int{i}
		for j, d := range o.Promotions {
			if d.Benefit == "minimum" && j != i {
				alone = append(alone, j)
			}
		}
		off := o.apply(alone)
		why[i] = o.deals[i].Reason
		if p := o.Promotions[i].Priority; off > 0 && (most == 0 || p > level || p == level && off > most) {
			chosen, most, level = alone, off, p
		}
	}
	o.apply(chosen)
	for i := range o.deals {
		if o.deals[i].Reason == quote.ReasonNotCombinable && why[i] != "" {
			o.deals[i].Reason = why[i]
		}
	}
}

func (o *oracle) reasons() (all []string) {
	for _, d := range o.deals {
		all = append(all, d.Reason)
	}
	return all
}

// turn is when a promotion has its turn among those of equal priority.
func (o *oracle) turn(i int) int {
	switch d := o.Promotions[i]; d.Benefit {
	case "buyxgety", "cheapest", "minimum":
		return 0
	case "percent":
		return 1
	case "tiered":
		if d.read().Tiers[0].Percent != "" {
			return 1
		}
		return 2
	case "shipping":
		return 3
	}
	return 2
}

// apply takes some promotions, and returns what they took off in all.
func (o *oracle) apply(which []int) (all int64) {
	o.left, o.share, o.away = make([]int64, len(o.Lines)), make([][]int64, len(o.Lines)), 0
	o.deals = make([]dealSums, len(o.Promotions))
	for i, l := range o.Lines {
		o.left[i] = l.Quantity * l.UnitPrice
	}
	order := slices.Clone(which)
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(o.Promotions[j].Priority, o.Promotions[i].Priority), cmp.Compare(o.turn(i), o.turn(j)), cmp.Compare(i, j))
	})
	for i := range o.deals {
		if reason := o.unmet(o.Promotions[i]); reason != "" {
			o.deals[i].Reason = reason
		} else if !slices.Contains(order, i) {
			o.deals[i].Reason = quote.ReasonNotCombinable
		}
	}
	for _, i := range order {
		if o.deals[i].Reason == "" {
			o.deals[i] = o.take(o.Promotions[i])
			all += o.deals[i].Goods + o.deals[i].Shipping
		}
	}
	return all
}

// unmet is why a promotion's conditions do not hold.
func (o *oracle) unmet(d deal) string {
	if amounts := d.read().Amounts; d.Benefit == "fixed" && amounts[o.Currency] == 0 {
		return basket.ReasonCurrency
	}
	for _, c := range d.Conditions {
		var bound struct {
			Min, Max json.RawMessage
			Of       basket.Items
		}
		if err := json.Unmarshal(c.Settings, &bound); err != nil {
			panic(err)
		}
		var units, cost int64
		for _, l := range o.Lines {
			if bound.Of.Holds(l.item()) {
				units += l.Quantity
				cost += l.Quantity * l.UnitPrice
			}
		}
		switch c.Kind {
		case "quantity":
			var low int64
			_ = json.Unmarshal(bound.Min, &low)
			if units < low {
				return basket.ReasonQuantity
			}
		case "total":
			var low, high map[money.Currency]int64
			_ = json.Unmarshal(bound.Min, &low)
			_ = json.Unmarshal(bound.Max, &high)
			if low[o.Currency] == 0 && high[o.Currency] == 0 {
				return basket.ReasonCurrency
			}
			if cost < low[o.Currency] || high[o.Currency] > 0 && cost > high[o.Currency] {
				return basket.ReasonTotal
			}
		default:
			panic("the oracle knows no condition " + c.Kind)
		}
	}
	return ""
}

// take takes one promotion, or says why it takes nothing.
func (o *oracle) take(d deal) dealSums {
	if d.Benefit == "minimum" {
		return dealSums{}
	}
	off, fare := o.wanted(d)
	wanted, goods := total(off), int64(0)
	for i := range off {
		off[i] = min(off[i], max(0, o.left[i]-o.floorOf(i)))
		goods += off[i]
	}
	switch {
	case goods+fare == 0 && wanted > 0:
		return dealSums{Reason: quote.ReasonMinimumPrice}
	case goods+fare == 0:
		return dealSums{Reason: quote.ReasonNothing}
	case d.Budget > 0 && goods+fare > d.Budget:
		return dealSums{Reason: quote.ReasonBudget}
	}
	for i, n := range off {
		if o.left[i] -= n; n > 0 {
			o.share[i] = append(o.share[i], n)
		}
	}
	o.away += fare
	return dealSums{Goods: goods, Shipping: fare}
}

// floorOf is the least a line may cost.
func (o *oracle) floorOf(i int) (floor int64) {
	for _, d := range o.Promotions {
		if d.Benefit != "minimum" || !o.takes(d, i) || o.unmet(d) != "" {
			continue
		}
		s, l := d.read(), o.Lines[i]
		floor = max(floor, l.Quantity*s.Amounts[o.Currency])
		if s.Percent != "" {
			p, _ := new(big.Rat).SetString(s.Percent.String())
			part := half(p.Mul(p, big.NewRat(l.Quantity*l.UnitPrice, 1)), 1, 100, 1)
			for part%o.step != 0 {
				part++
			}
			floor = max(floor, part)
		}
	}
	return floor
}

// wanted is what a promotion would take off each line and the shipping, were
// there no minimum price.
func (o *oracle) wanted(d deal) (off []int64, fare int64) {
	s := d.read()
	off = make([]int64, len(o.Lines))
	weights := make([]int64, len(o.Lines))
	units := int64(0)
	for i, l := range o.Lines {
		if o.takes(d, i) {
			weights[i] = o.left[i]
			units += l.Quantity
		}
	}
	goods := total(weights)
	spread := func(n int64) []int64 { return parts(min(n, goods), o.step, weights, o.keys()) }
	capped := func(n int64) int64 {
		if most, ok := s.Most[o.Currency]; ok {
			return min(n, most)
		}
		return n
	}
	switch d.Benefit {
	case "percent":
		return spread(capped(o.of(big.NewRat(goods, 1), s.Percent))), 0
	case "fixed":
		if s.Per != "item" {
			return spread(s.Amounts[o.Currency]), 0
		}
		for i, l := range o.Lines {
			if o.takes(d, i) {
				off[i] = min(o.left[i], l.Quantity*s.Amounts[o.Currency])
			}
		}
	case "shipping":
		return off, min(o.fare-o.away, capped(o.of(big.NewRat(o.fare-o.away, 1), s.Percent)))
	case "tiered":
		n := int64(0)
		for _, tier := range s.Tiers {
			from, ok := tier.Amount[o.Currency]
			if tier.Units > 0 && units >= tier.Units || tier.Units == 0 && ok && goods >= from {
				if n = tier.Off[o.Currency]; tier.Percent != "" {
					n = o.of(big.NewRat(goods, 1), tier.Percent)
				}
			}
		}
		return spread(n), 0
	case "cheapest":
		if units >= s.From {
			o.offUnits(off, o.cheapest(d, max(1, s.Count), func(int) bool { return false }, 0), s.Percent)
		}
	case "buyxgety":
		o.offUnits(off, o.got(d, s), s.Percent)
	default:
		panic("the oracle knows no benefit " + d.Benefit)
	}
	return off, 0
}

func (o *oracle) keys() (keys []string) {
	for _, l := range o.Lines {
		keys = append(keys, l.ID)
	}
	return keys
}

// offUnits takes a part off some units of each line: of what they still cost.
func (o *oracle) offUnits(off []int64, units map[int]int64, percent json.Number) {
	for i, n := range units {
		off[i] = min(o.left[i], o.of(big.NewRat(o.left[i]*n, o.Lines[i].Quantity), percent))
	}
}

// cheapest picks units one by one, the cheapest first, of equal ones by line;
// of the lines that are rare at most so many together.
func (o *oracle) cheapest(d deal, count int64, rare func(i int) bool, most int64) map[int]int64 {
	picked := map[int]int64{}
	for ; count > 0; count-- {
		best := -1
		for i, l := range o.Lines {
			if !o.takes(d, i) || picked[i] == l.Quantity || rare(i) && most == 0 {
				continue
			}
			if best < 0 || l.UnitPrice < o.Lines[best].UnitPrice || l.UnitPrice == o.Lines[best].UnitPrice && l.ID < o.Lines[best].ID {
				best = i
			}
		}
		if best < 0 {
			break
		}
		if picked[best]++; rare(best) {
			most--
		}
	}
	return picked
}

// got tries every number of sets, and picks the units that are got by most.
func (o *oracle) got(d deal, s settings) map[int]int64 {
	bought := func(i int) bool {
		if s.Of.IsZero() {
			return o.takes(d, i)
		}
		return s.Of.Holds(o.Lines[i].item())
	}
	var onlyBought, onlyGot, either int64
	for i, l := range o.Lines {
		switch {
		case bought(i) && o.takes(d, i):
			either += l.Quantity
		case bought(i):
			onlyBought += l.Quantity
		case o.takes(d, i):
			onlyGot += l.Quantity
		}
	}
	most, free := int64(0), int64(0)
	for sets := int64(1); sets*s.Buy <= onlyBought+either && (s.Times == 0 || sets <= s.Times); sets++ {
		left := either - max(0, sets*s.Buy-onlyBought)
		if n := min(sets*s.Get, onlyGot+left); n > most {
			most, free = n, left
		}
	}
	return o.cheapest(d, most, bought, free)
}

// sums puts the answer together, with taxes.
func (o *oracle) sums() sums {
	want := sums{Lines: make([]lineSums, len(o.Lines)), ShippingDiscount: o.away, Shipping: o.fare - o.away}
	if len(o.deals) > 0 {
		want.Promotions = o.deals
	}
	var totals []int64
	var rates [][]int64
	var keys []string
	for i, l := range o.Lines {
		gross := l.Quantity * l.UnitPrice
		want.Subtotal += gross
		want.Discount += gross - o.left[i]
		want.Lines[i] = lineSums{Total: o.left[i], Discount: gross - o.left[i], Shares: o.share[i], Parts: o.split(i)}
		if len(l.Parts) == 0 {
			totals, rates, keys = append(totals, o.left[i]), append(rates, l.Rates), append(keys, l.ID)
		}
		for j, p := range want.Lines[i].Parts {
			totals, rates, keys = append(totals, p.Total), append(rates, l.Parts[j].Rates), append(keys, fmt.Sprintf("%s\x00%03d", l.ID, j))
		}
	}
	goods := len(totals)
	for _, s := range o.shares(want.Shipping, totals, rates) {
		totals, rates, keys = append(totals, s.total), append(rates, s.rates), append(keys, "\xff"+s.key)
	}
	taxes := o.taxes(totals, rates, keys)
	want.Tax, want.ShippingTax = total(taxes), total(taxes[goods:])
	next := 0
	for i := range want.Lines {
		l := &want.Lines[i]
		if len(l.Parts) == 0 {
			l.Tax = taxes[next]
			next++
		}
		for j := range l.Parts {
			l.Parts[j].Tax = taxes[next]
			l.Tax += taxes[next]
			next++
		}
		if l.Paid = l.Total; !o.TaxIncluded {
			l.Paid += l.Tax
		}
	}
	if want.Total = want.Subtotal - want.Discount + want.Shipping; !o.TaxIncluded {
		want.Total += want.Tax
	}
	return want
}

// share is what of the shipping bears the rates of some goods.
type share struct {
	key   string // by which shares come after another
	rates []int64
	total int64
}

// shares are those of the shipping: one, or one for each of the goods' rates.
func (o *oracle) shares(fare int64, totals []int64, rates [][]int64) (all []share) {
	if !o.Shipping.AsGoods || total(totals) == 0 {
		return []share{{rates: o.Shipping.Rates, total: fare}}
	}
	worth := map[string]share{}
	for i, r := range rates {
		key := ""
		for _, ppm := range r {
			key += fmt.Sprintf("%08d", ppm)
		}
		if totals[i] > 0 {
			worth[key] = share{key, r, worth[key].total + totals[i]}
		}
	}
	var weights []int64
	keys := slices.Sorted(maps.Keys(worth))
	for _, key := range keys {
		all, weights = append(all, worth[key]), append(weights, worth[key].total)
	}
	for i, part := range parts(fare, 1, weights, keys) {
		all[i].total = part
	}
	return all
}

// split divides a bundle over its parts.
func (o *oracle) split(i int) (all []partSums) {
	l := o.Lines[i]
	if len(l.Parts) == 0 {
		return nil
	}
	weights, keys := make([]int64, len(l.Parts)), make([]string, len(l.Parts))
	for j, p := range l.Parts {
		weights[j], keys[j] = p.Weight, fmt.Sprintf("%03d", j)
	}
	if total(weights) == 0 {
		for j := range weights {
			weights[j] = 1
		}
	}
	gross := parts(l.Quantity*l.UnitPrice, o.step, weights, keys)
	left := parts(o.left[i], o.step, gross, keys)
	for j := range l.Parts {
		all = append(all, partSums{Gross: gross[j], Total: left[j]})
	}
	return all
}

func (o *oracle) taxes(totals []int64, rates [][]int64, keys []string) []int64 {
	step := o.step
	due := func(sum int64, rates []int64) int64 {
		ppm := total(rates)
		if o.TaxIncluded {
			return half(big.NewRat(sum, 1), ppm, 1_000_000+ppm, 1)
		}
		return half(big.NewRat(sum, 1), ppm, 1_000_000, step)
	}
	taxes := make([]int64, len(totals))
	if o.TaxRounding != quote.RoundTotal {
		for i := range totals {
			taxes[i] = due(totals[i], rates[i])
		}
		return taxes
	}
	if o.TaxIncluded {
		step = 1
	}
	for first := range totals {
		same := func(i int) bool { return slices.Equal(rates[i], rates[first]) }
		if slices.IndexFunc(rates, func(r []int64) bool { return slices.Equal(r, rates[first]) }) != first {
			continue
		}
		weights := make([]int64, len(totals))
		for i := range totals {
			if same(i) {
				weights[i] = totals[i]
			}
		}
		for i, part := range parts(due(total(weights), rates[first]), step, weights, keys) {
			taxes[i] += part
		}
	}
	return taxes
}

// half is x × n ÷ d to the nearest multiple of step, halves going up.
func half(x *big.Rat, n, d, step int64) int64 {
	y := new(big.Rat).Mul(x, big.NewRat(n, d))
	y.Quo(y, big.NewRat(step, 1))
	y.Add(y, big.NewRat(1, 2))
	return new(big.Int).Div(y.Num(), y.Denom()).Int64() * step
}

// parts spreads sum by largest remainder, one step after the other going to
// whoever is furthest below its exact share.
func parts(sum, step int64, weights []int64, keys []string) []int64 {
	all := total(weights)
	got := make([]int64, len(weights))
	if all == 0 || sum == 0 {
		return got
	}
	exact := make([]*big.Rat, len(weights))
	given := int64(0)
	order := make([]int, len(weights))
	for i, w := range weights {
		order[i] = i
		exact[i] = new(big.Rat).Mul(big.NewRat(sum/step, 1), big.NewRat(w, all))
		floor := new(big.Int).Div(exact[i].Num(), exact[i].Denom()).Int64()
		got[i] = floor * step
		given += floor
		exact[i].Sub(exact[i], big.NewRat(floor, 1))
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(exact[j].Cmp(exact[i]), cmp.Compare(keys[i], keys[j]))
	})
	for _, i := range order[:sum/step-given] {
		got[i] += step
	}
	return got
}

func total(minors []int64) (sum int64) {
	for _, n := range minors {
		sum += n
	}
	return sum
}
