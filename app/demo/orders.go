package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"korzo/delivery/method"
	"korzo/delivery/promise"
	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/purchase/checkout"
	"korzo/purchase/order"
	"korzo/purchase/promotion"
	"korzo/purchase/promotion/basket"
	"korzo/purchase/quote"
	"korzo/purchase/tax"
	"korzo/value/calendar"
	"korzo/value/money"
)

// orderCount is how many orders the ninety days brought, whatever day it is: so
// many that the shop can expect what its customers will bring.
const orderCount = 4200

// sale is an order to be: who buys what, when and how.
type sale struct {
	at       time.Time
	who      *person
	lines    []bought
	code     string // of a promotion; "" for none
	delivery int    // which of the market's methods
	state    order.State
}

type bought struct {
	good     *good
	variant  int
	quantity int64
}

// sales is ninety days of trade: more on Sundays and Mondays, less on
// Saturdays, growing by about nine tenths, in waves of a few days.
func (f *filling) sales() []sale {
	dice := rand.New(rand.NewPCG(4, seed))
	weights := make([]int64, days)
	for d := range weights {
		day := f.today.AddDate(0, 0, d-days)
		weekday := [7]int64{124, 116, 104, 98, 94, 86, 78}[day.Weekday()]
		weights[d] = weekday * int64(100+d) * int64(88+dice.IntN(25))
	}
	crowd := newCrowd(f.people, dice)
	shelf := newShelf(f.goods)
	all := make([]sale, 0, orderCount)
	for d, count := range money.Of(orderCount, "").Split(weights...) {
		for range count.Minor {
			all = append(all, f.sale(d, crowd, shelf, dice))
		}
	}
	slices.SortStableFunc(all, func(a, b sale) int { return a.at.Compare(b.at) })
	return all
}

func (f *filling) sale(day int, crowd *crowd, shelf *shelf, dice *rand.Rand) sale {
	who, fresh := crowd.next(day, dice)
	// Two peaks: lunch and after supper.
	hour := []int{8, 9, 10, 11, 12, 12, 13, 14, 16, 17, 18, 19, 20, 20, 20, 21, 21, 22}[dice.IntN(18)]
	at := f.today.AddDate(0, 0, day-days).Add(time.Duration(hour)*time.Hour + time.Duration(dice.IntN(3600))*time.Second)
	s := sale{at: at, who: who, delivery: []int{0, 0, 0, 0, 0, 0, 0, 1, 1, 2}[dice.IntN(10)], state: order.StateCompleted}
	if who.home.Country == "AT" && s.delivery == 1 {
		s.delivery = 0 // express does not go there
	}
	s.lines = shelf.basket(dice)
	switch roll := dice.IntN(100); {
	case day < days/3 && roll < 12:
		s.code = endedCode
	case fresh && roll < 14:
		s.code = "WELCOME10"
	case who.market == "DE" && day > days*2/3 && roll >= 80:
		s.code = "SPRING"
	}
	switch {
	case day >= days-3:
		s.state = order.StatePlaced
	case dice.IntN(60) == 0:
		s.state = order.StateCanceled
	}
	return s
}

// crowd is everyone who buys: customers come often until they stop without a
// word, guests now and then again.
type crowd struct {
	customers []*person
	guests    []*person
}

// stops is how many of a hundred purchases of customers are their last.
const stops = 10

func newCrowd(customers []*person, dice *rand.Rand) *crowd {
	c := &crowd{customers: slices.Clone(customers)}
	dice.Shuffle(len(c.customers), func(i, j int) { c.customers[i], c.customers[j] = c.customers[j], c.customers[i] })
	return c
}

// next is who buys next, and whether for the first time.
func (c *crowd) next(day int, dice *rand.Rand) (p *person, fresh bool) {
	switch roll := dice.IntN(100); {
	case roll < 72: // the first ones most often
		n := len(c.customers) * (days + 2*day) / (3 * days) // they come to know the shop little by little
		i := dice.IntN(n)
		if dice.IntN(2) == 0 {
			i = min(i, dice.IntN(n))
		}
		p := c.customers[i]
		if dice.IntN(100) < stops {
			c.customers = slices.Delete(c.customers, i, i+1)
		}
		return p, false
	case roll < 79 && len(c.guests) > 0:
		return c.guests[dice.IntN(len(c.guests))], false
	}
	people := &peoples[[]int{0, 0, 0, 0, 0, 0, 1, 1, 1, 2}[dice.IntN(10)]]
	g := people.person(dice.IntN(10_000), fmt.Sprint(100+len(c.guests)), dice)
	c.guests = append(c.guests, g)
	return g, true
}

// shelf picks goods as often as they are bought.
type shelf struct {
	goods []*good
	sums  []int
}

func newShelf(goods []*good) *shelf {
	s := &shelf{goods: goods, sums: make([]int, len(goods))}
	sum := 0
	for i, g := range goods {
		sum += g.weight
		s.sums[i] = sum
	}
	return s
}

func (s *shelf) basket(dice *rand.Rand) []bought {
	count := []int{1, 1, 1, 1, 1, 2, 2, 2, 3, 4}[dice.IntN(10)]
	var lines []bought
	for range count {
		i, _ := slices.BinarySearch(s.sums, dice.IntN(s.sums[len(s.sums)-1])+1)
		g := s.goods[i]
		if slices.ContainsFunc(lines, func(b bought) bool { return b.good == g }) {
			continue
		}
		quantity := int64(1)
		if g.kind.euros < 30 {
			quantity = []int64{1, 1, 1, 1, 1, 2, 2, 2, 4, 6}[dice.IntN(10)]
		}
		lines = append(lines, bought{g, dice.IntN(len(g.draft.Variants)), quantity})
	}
	return lines
}

// writeOrders plays the visits and imports their sales, priced by quote as a
// checkout would.
func (f *filling) writeOrders(ctx context.Context, tx *db.Tx) error {
	for _, p := range f.people {
		p.contact, p.visitor, p.arm, p.orders, p.spent = "", "", "", 0, 0
	}
	f.settings.buys, f.settings.leaves = 0, 0
	h := history{f: f, past: newArrivals(calendar.DateIn(f.today, time.UTC))}
	visits := f.visits(f.sales())
	for i := range visits {
		if err := h.play(ctx, tx, &visits[i]); err != nil {
			return fmt.Errorf("visit %d: %w", i, err)
		}
	}
	if _, err := promise.Learn(ctx, tx); err != nil {
		return err
	}
	return promotion.SetState(ctx, tx, f.settings.promotions[endedCode].ID, promotion.StateEnded)
}

// redeem counts the use of a code: promotions tell the truth about the past.
func (f *filling) redeem(ctx context.Context, tx *db.Tx, s sale, o order.Order) error {
	if s.code == "" || s.state == order.StateCanceled {
		return nil
	}
	use := promotion.Use{Promotion: f.settings.promotions[s.code].ID, Code: s.code, Amount: o.Discount}
	if err := promotion.Redeem(ctx, tx, o.Cart, promotion.Buyer{}, []promotion.Use{use}); err != nil {
		return err
	}
	return promotion.Claim(ctx, tx, o.Cart, string(o.ID))
}

// draft is the order of a sale, which seen is the checkout of.
func (f *filling) draft(ctx context.Context, tx *db.Tx, s *sale, seen checkout.Visited) (order.Draft, error) {
	i := slices.Index(marketIDs, s.who.market)
	m := markets[i]
	contact, err := f.contactOf(ctx, tx, s.who)
	if err != nil {
		return order.Draft{}, err
	}
	q, err := f.price(ctx, tx, m, s)
	if err != nil {
		return order.Draft{}, err
	}
	d := order.Draft{
		Cart: string(seen.Cart), Market: m.ID, Channel: Channel, Entity: string(m.Entity), Locale: s.who.locale,
		Customer: string(s.who.customer), Contact: string(contact), Flow: string(seen.Flow), FlowVersion: seen.Version, Arm: seen.Arm,
		TaxIncluded: q.TaxIncluded, Subtotal: q.Subtotal, Discount: q.Discount, Shipping: q.ShippingTotal, Tax: q.Tax, Total: q.Total,
		Source: "demo",
	}
	g, err := groupOf(ctx, tx, m, s, q)
	if err != nil {
		return order.Draft{}, err
	}
	d.Groups = []order.Group{g}
	for j, l := range q.Lines {
		d.Lines = append(d.Lines, lineOf(s, s.lines[j], l, g.ID, languageOf(m)))
	}
	return d, nil
}

func languageOf(m market.Market) int { return max(slices.Index(languages[:], m.Locale[:2]), 0) }

// price asks quote what the sale came to.
func (f *filling) price(ctx context.Context, tx *db.Tx, m market.Market, s *sale) (quote.Quote, error) {
	home := s.who.home
	zone, err := calendar.Zone(m.Zone)
	if err != nil {
		return quote.Quote{}, err
	}
	rates, err := tax.Rates(ctx, tx, tax.Query{Market: m.ID, Country: home.Country, Region: home.Region, PostalCode: home.PostalCode,
		Date: calendar.DateIn(s.at, zone)}, []string{tax.Standard, "reduced"})
	if err != nil {
		return quote.Quote{}, err
	}
	b := quote.Basket{Currency: m.Currency, TaxIncluded: m.TaxIncluded, TaxRounding: quote.Rounding(m.TaxRounding)}
	for i, l := range s.lines {
		v, class := l.good.draft.Variants[l.variant], cmp.Or(l.good.draft.TaxClass, tax.Standard)
		b.Lines = append(b.Lines, quote.Line{ID: fmt.Sprint(i), Variant: string(v.ID), SKU: v.SKU, Quantity: l.quantity,
			UnitPrice: l.good.prices[l.variant][m.ID], TaxClass: class, Rates: rates[class]})
	}
	if p := f.settings.promotions[s.code]; s.code != "" {
		off, _, err := p.Try(basket.Visit{Market: m.ID, Channel: Channel, Currency: m.Currency})
		if err != nil {
			return quote.Quote{}, err
		}
		off.Promotion = p.ID
		b.Discounts = []promotion.Discount{off}
	}
	option, err := optionOf(ctx, tx, m, s)
	b.Shipping.Price = option.Price
	if m.TaxShipping {
		b.Shipping.Rates = rates[tax.Standard]
	}
	if err != nil {
		return quote.Quote{}, err
	}
	return quote.Compute(b)
}

// optionOf is the delivery as it was offered on the day.
func optionOf(ctx context.Context, tx *db.Tx, m market.Market, s *sale) (method.Option, error) {
	wanted := methods[slices.Index(marketIDs, m.ID)*3+s.delivery].ID
	options, err := method.Options(ctx, tx, method.Query{Market: m.ID, Country: s.who.home.Country, PostalCode: s.who.home.PostalCode,
		Locale: s.who.locale, Now: s.at, Allowed: []string{wanted}})
	if err != nil {
		return method.Option{}, err
	}
	if len(options) == 0 {
		return method.Option{}, fmt.Errorf("%s does not go to %s", wanted, s.who.home.Country)
	}
	return options[0], nil
}

func groupOf(ctx context.Context, tx *db.Tx, m market.Market, s *sale, q quote.Quote) (order.Group, error) {
	o, err := optionOf(ctx, tx, m, s)
	if err != nil {
		return order.Group{}, err
	}
	promised, err := json.Marshal(o.Inputs)
	return order.Group{ID: id.New[order.GroupID]("grp", s.at), Kind: o.Kind, Method: o.ID, Name: o.Name, Location: o.Location,
		Price: q.Shipping.Gross, Discount: q.Shipping.Discount, Tax: q.Shipping.Tax, Taxes: taxesOf(q.Shipping.Taxes),
		PromiseFrom: o.Promise.From.String(), PromiseTo: o.Promise.To.String(), Promised: promised}, err
}

func lineOf(s *sale, b bought, l quote.Priced, group order.GroupID, lang int) order.Line {
	v := b.good.draft.Variants[b.variant]
	title := b.good.title(lang)
	if called := catalog.Product(b.good.draft).VariantIn(v, languages[lang]); called != "" {
		title += " – " + called
	}
	line := order.Line{
		ID: id.New[order.LineID]("oli", s.at), Group: group, Kind: catalog.KindGoods, Product: string(b.good.draft.ID), Variant: l.Variant,
		SKU: l.SKU, Title: title, Quantity: l.Quantity, UnitPrice: l.UnitPrice, UnitCost: v.UnitCost,
		TaxClass: l.TaxClass, Subtotal: l.Gross, Discount: l.Discount, Tax: l.Tax, Total: l.Total, Taxes: taxesOf(l.Taxes),
	}
	if images := b.good.draft.Images; len(images) > 0 {
		line.Image = images[0].Blob
	}
	if s.state == order.StateCompleted {
		line.Shipped = l.Quantity
	}
	for _, share := range l.Shares {
		line.Shares = append(line.Shares, order.Share{Promotion: string(share.Promotion), Code: share.Code, Amount: share.Amount})
	}
	return line
}

func taxesOf(lines []quote.TaxLine) []order.Tax {
	all := make([]order.Tax, len(lines))
	for i, t := range lines {
		all[i] = order.Tax{Name: t.Rate.Name, Country: t.Rate.Country, Region: t.Rate.Region, PPM: t.Rate.PPM, Base: t.Base, Amount: t.Amount}
	}
	return all
}
