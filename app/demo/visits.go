package demo

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/insight/funnel"
	"korzo/insight/metric"
	"korzo/insight/trial"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/purchase/order"
)

// visit is a checkout to be: of a sale, or of somebody who thought better of it.
type visit struct {
	ended    time.Time
	who      *person
	lines    []bought
	sale     *sale // nil: nothing was bought
	device   visitor.Device
	path     visitor.Path
	seconds  int      // how long it took
	declined int      // cards that the bank refused
	wrong    []string // fields that were mistyped
	needs    []string // what was missing when it was left
	placed   bool     // they told the shop where they are
}

// The places at which people leave, by what was missing then, and how many of a
// hundred do: before they said anything, at the address, at the prices of
// delivery, at payment, and with nothing to do but agree.
var departures = []struct {
	share int
	needs []string
}{
	{31, []string{checkout.NeedEmail, checkout.NeedShipping, checkout.NeedOption, checkout.NeedPayment}},
	{27, []string{checkout.NeedShipping, checkout.NeedOption, checkout.NeedPayment}},
	{17, []string{checkout.NeedOption, checkout.NeedPayment}},
	{16, []string{checkout.NeedPayment}},
	{9, nil},
}

// mistakes are the fields that people mistype, the frequent ones more often.
var mistakes = []string{"shipping_address.postal_code", "shipping_address.postal_code", "shipping_address.postal_code", "email", "email", "shipping_address.phone",
	"shipping_address.line1", "shipping_address.city"}

var (
	phones   = []visitor.Device{{Kind: "phone", OS: "ios", Browser: "safari"}, {Kind: "phone", OS: "android", Browser: "chrome"}, {Kind: "phone", OS: "android", Browser: "samsung"}}
	desktops = []visitor.Device{{Kind: "desktop", OS: "windows", Browser: "chrome"}, {Kind: "desktop", OS: "windows", Browser: "edge"}, {Kind: "desktop", OS: "macos", Browser: "safari"},
		{Kind: "desktop", OS: "linux", Browser: "firefox"}, {Kind: "tablet", OS: "ios", Browser: "safari"}}
	paths = []visitor.Path{{}, {}, {}, {}, {Campaign: "spring", Source: "newsletter", Medium: "email"}, {Source: "search", Medium: "cpc", Campaign: "tableware"},
		{Referrer: "www.search.example"}, {Referrer: "magazine.example"}}
)

// visits are the checkouts that the sales began as, and those of people who
// left: more of them on phones. The last to end is the last.
func (f *filling) visits(sales []sale) []visit {
	dice := rand.New(rand.NewPCG(9, seed))
	shelf := newShelf(f.goods)
	all := make([]visit, 0, len(sales)*5/2)
	for i := range sales {
		s := &sales[i]
		if s.who.market == "DE" && !s.who.phone && dice.IntN(100) < 9 {
			s.lines = shelf.lavish(dice)
		}
		v := visit{ended: s.at, who: s.who, lines: s.lines, sale: s}
		v.begin(s.who.phone, dice)
		if dice.IntN(100) < 6 {
			v.declined = 1
		}
		all = append(all, v)
		left := []int{0, 0, 1, 1, 2}[dice.IntN(5)]
		if s.who.phone {
			left = []int{0, 1, 1, 2, 2, 3}[dice.IntN(6)]
		}
		for range left {
			all = append(all, f.left(s, shelf, dice))
		}
	}
	slices.SortStableFunc(all, func(a, b visit) int { return a.ended.Compare(b.ended) })
	return all
}

// left is somebody who came on the day of a sale and bought nothing.
func (f *filling) left(s *sale, shelf *shelf, dice *rand.Rand) visit {
	people := &peoples[[]int{0, 0, 0, 0, 0, 0, 1, 1, 1, 2}[dice.IntN(10)]]
	v := visit{ended: s.at.Truncate(24 * time.Hour).Add(time.Duration(6*3600+dice.IntN(17*3600)) * time.Second), lines: shelf.basket(dice)}
	if v.who = people.person(dice.IntN(10_000), "", dice); dice.IntN(100) < 32 {
		v.who = f.people[dice.IntN(len(f.people))]
	}
	if !s.who.phone && dice.IntN(100) < 9 {
		v.lines = shelf.lavish(dice)
	}
	v.begin(s.who.phone, dice)
	roll := dice.IntN(100)
	for _, l := range departures {
		if roll -= l.share; roll < 0 {
			v.needs = l.needs
			break
		}
	}
	if v.who.customer != "" && len(v.needs) > 0 { // all else is kept
		v.needs = []string{checkout.NeedPayment}
	}
	if len(v.needs) == 1 && dice.IntN(100) < 30 {
		v.declined = 1
	}
	return v
}

// lavish is the basket of somebody who furnishes a kitchen.
func (s *shelf) lavish(dice *rand.Rand) (lines []bought) {
	for len(lines) < 6 {
		for _, l := range s.basket(dice) {
			l.quantity += int64(1 + dice.IntN(4))
			if !slices.ContainsFunc(lines, func(b bought) bool { return b.good == l.good }) {
				lines = append(lines, l)
			}
		}
	}
	return lines
}

// begin says how a visitor came and what they stumbled over.
func (v *visit) begin(phone bool, dice *rand.Rand) {
	v.device = desktops[dice.IntN(len(desktops))]
	v.seconds = 70 + dice.IntN(130) + dice.IntN(180)
	if phone {
		v.device = phones[dice.IntN(len(phones))]
		v.seconds = 55 + dice.IntN(90) + dice.IntN(110)
	}
	v.path = paths[dice.IntN(len(paths))]
	v.path.Pages, v.path.Searches, v.path.Consent = int64(2+dice.IntN(14)), int64(dice.IntN(4)), dice.IntN(3) > 0
	if v.who.customer == "" && dice.IntN(100) < 6 {
		v.path.Partner, v.path.Referrer = partner, partner
	}
	if dice.IntN(100) < 13 && v.who.customer == "" {
		v.wrong = []string{mistakes[dice.IntN(len(mistakes))]}
	}
	v.placed = v.who.customer != "" || dice.IntN(100) < 30
}

// partner is whose pages a part of the visitors checks out in.
const partner = "slow-kitchen.example"

// tells is the visit as rules know it.
func (v *visit) tells() flow.Visit {
	told := flow.Visit{Visitor: v.who.visitor, Market: v.who.market, Channel: Channel, Locale: v.who.locale, Device: v.device, Path: v.path}
	told.Path.New = v.who.visitor == ""
	for _, l := range v.lines {
		one := l.good.draft.Variants[l.variant]
		told.Cart.Total += l.good.prices[l.variant][v.who.market].Minor * l.quantity
		told.Cart.Items += l.quantity
		told.Cart.WeightGrams += one.WeightGrams * l.quantity
		told.Cart.SKUs = append(told.Cart.SKUs, one.SKU)
		told.Cart.Tags = append(told.Cart.Tags, l.good.draft.Tags...)
		told.Cart.Categories = append(told.Cart.Categories, l.good.kind.category)
	}
	if v.who.customer != "" {
		told.Customer = visitor.Buyer{Known: true, Orders: v.who.orders, Spent: v.who.spent, LastOrder: v.who.last}
	}
	if v.placed {
		told.Place = visitor.Place{Country: v.who.home.Country, PostalCode: v.who.home.PostalCode}
	}
	return told
}

// history plays the visits, one after the other.
type history struct {
	f       *filling
	numbers order.Numbers
	past    *arrivals
	looked  time.Time // the day on which the experiment was looked at last
}

// play writes a visit and what came of it.
func (h *history) play(ctx context.Context, tx *db.Tx, v *visit) error {
	if err := h.look(ctx, tx, v.ended); err != nil {
		return err
	}
	told, err := h.f.admit(ctx, tx, v)
	if err != nil {
		return err
	}
	p := checkout.Past{Cart: cart.ID(id.New[string]("cart", v.ended)), Locale: v.who.locale, Customer: string(v.who.customer), Visit: told,
		At: v.ended.Add(-time.Duration(v.seconds+75*v.declined) * time.Second)}
	for range v.declined {
		p.Declined = append(p.Declined, v.ended.Add(-60*time.Second))
	}
	if v.sale != nil {
		p.Order, p.PlacedAt = id.New[order.ID]("ord", v.ended), v.ended
		contact, err := h.f.contactOf(ctx, tx, v.who)
		if err != nil {
			return err
		}
		p.Contact = string(contact)
	}
	seen, tries, err := checkout.Import(ctx, tx, p)
	if err != nil {
		return err
	}
	if err := funnel.Record(ctx, tx, seen, tries, checkout.Glimpse{Needs: v.needs, Wrong: v.wrong, At: v.ended}); err != nil || v.sale == nil {
		return err
	}
	return h.place(ctx, tx, v, seen)
}

// place imports the order of a visit.
func (h *history) place(ctx context.Context, tx *db.Tx, v *visit, seen checkout.Visited) error {
	d, err := h.f.draft(ctx, tx, v.sale, seen)
	if err != nil {
		return err
	}
	o, err := h.numbers.Import(ctx, tx, order.Past{ID: seen.Order, Draft: d, PlacedAt: v.sale.at, State: v.sale.state})
	if err != nil {
		return err
	}
	if err := metric.Booked(ctx, tx, o, seen.Visitor); err != nil {
		return err
	}
	if o.State == order.StateCanceled {
		if err := metric.Canceled(ctx, tx, o.ID); err != nil {
			return err
		}
	} else {
		v.who.orders, v.who.spent, v.who.last = v.who.orders+1, v.who.spent+o.Total.Minor, o.PlacedAt
	}
	if err := h.past.play(ctx, tx, o); err != nil {
		return err
	}
	if err := h.f.redeem(ctx, tx, *v.sale, o); err != nil {
		return fmt.Errorf("code of order %s: %w", o.Number, err)
	}
	return nil
}

// look has the experiment judged at the end of each day, as it would have been.
func (h *history) look(ctx context.Context, tx *db.Tx, now time.Time) error {
	day := now.Truncate(24 * time.Hour)
	if !day.After(h.looked) || !day.After(h.f.settings.trial.StartedAt) {
		return nil
	}
	h.looked = day
	back := tx.Now
	defer func() { tx.Now = back }()
	tx.Now = day
	_, err := trial.LookAt(ctx, tx, h.f.settings.trial.ID)
	return err
}

// onePageSells is how many of a thousand who buy are shown one page, and
// onePageLoses of those who leave: as many in all as are shown three.
const (
	onePageSells = 512
	onePageLoses = 488
)

// armOf spreads the arms evenly over those who buy and those who leave.
func (f *filling) armOf(v *visit) string {
	due, share := &f.settings.leaves, onePageLoses
	if v.sale != nil {
		due, share = &f.settings.buys, onePageSells
	}
	if *due += share; *due < 1000 {
		return control
	}
	*due -= 1000
	return onePage
}

// admit gives a visitor who is new an id. Whoever comes to the experiment first
// comes with an id of the arm that is due, so that the demo is the same everywhere
// though salts are secret.
func (f *filling) admit(ctx context.Context, tx *db.Tx, v *visit) (flow.Visit, error) {
	told := v.tells()
	arm := v.who.arm
	told.Visitor = cmp.Or(told.Visitor, id.New[string]("vis", v.ended))
	choice, err := flow.Choose(ctx, tx, told)
	waits := choice.Flow == f.settings.flows[everyone].Flow && !v.ended.Before(f.settings.trial.StartedAt)
	if waits && arm == "" {
		arm = f.armOf(v)
	}
	for err == nil && waits && v.who.arm == "" {
		var given experiment.Assignment
		if given, err = experiment.Decide(ctx, tx, flow.Point(choice.Flow), told); given.Arm == arm {
			v.who.arm = arm
			break
		}
		told.Visitor = id.New[string]("vis", v.ended)
	}
	if choice.Document.Layout == flow.OneClick {
		v.seconds = 12 + v.seconds/12
	} else if waits && arm == onePage {
		v.seconds = v.seconds * 5 / 6
	}
	v.who.visitor = told.Visitor
	return told, err
}
