package pricing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/value/money"
)

// Query says for whom and when prices are asked.
type Query struct {
	Market  string
	Channel string
	Groups  []string  // of the customer, and segments
	At      time.Time // zero: now
}

// Tier is a price from a number of units on.
type Tier struct {
	From   int64
	Amount money.Amount
	List   ListID // "" for the market's own
}

// Offer is what a variant costs somebody, by quantity.
type Offer struct {
	Tiers []Tier       // the lowest quantity first; the price falls or not as the merchant says
	Base  money.Amount // the market's own price; zero when it has none
	// Prior is the lowest price of the thirty days before the reduction, when the
	// price is one of a sale and is lower; else zero. It has to be shown with it.
	Prior money.Amount

	sale bool
}

// At returns the price of a line of so many units, or false when it is not sold
// in that quantity.
func (o Offer) At(quantity int64) (money.Amount, bool) {
	t, ok := o.tier(quantity)
	return t.Amount, ok
}

// PriorAt returns the prior price to show beside At's: Prior, where so many units
// are priced by the sale and for less; else zero.
func (o Offer) PriorAt(quantity int64) money.Amount {
	if t, ok := o.tier(quantity); ok && t.List == o.Tiers[0].List && t.Amount.Less(o.Prior) {
		return o.Prior
	}
	return money.Amount{}
}

// tier is the one that prices so many units.
func (o Offer) tier(quantity int64) (Tier, bool) {
	for i := len(o.Tiers) - 1; i >= 0; i-- {
		if o.Tiers[i].From <= quantity {
			return o.Tiers[i], true
		}
	}
	return Tier{}, false
}

// Singles are the prices of one unit of each.
func Singles(all map[catalog.VariantID]Offer) map[catalog.VariantID]money.Amount {
	prices := make(map[catalog.VariantID]money.Amount, len(all))
	for v, o := range all {
		if price, ok := o.At(1); ok {
			prices[v] = price
		}
	}
	return prices
}

// Offers returns what variants cost those who ask, with the prior price where a
// reduction is announced. Those not sold are left out. All of it is remembered:
// what was not asked for of late takes one statement for up to 1,024 variants,
// and another where something is on sale.
//
// Of the lists that fit the market, channel, group and time, that of the highest
// priority wins; of equal priority the lower price; the market's own comes last.
// A list answers for a quantity with its price of the most units that are no more
// than those; a list without one is passed over.
func Offers(ctx context.Context, tx *db.Tx, q Query, vs []catalog.VariantID) (map[catalog.VariantID]Offer, error) {
	all, err := offers(ctx, tx, q, vs)
	if err != nil {
		return nil, fmt.Errorf("price %d variants in %s: %w", len(vs), q.Market, err)
	}
	var onSale []catalog.VariantID
	for v, o := range all {
		if o.sale {
			onSale = append(onSale, v)
		}
	}
	if len(onSale) == 0 {
		return all, nil
	}
	slices.Sort(onSale)
	if err := addPrior(ctx, tx, q, onSale, all); err != nil {
		return nil, fmt.Errorf("prior prices in %s: %w", q.Market, err)
	}
	return all, nil
}

// ForLines returns what each line of a basket costs per unit, by variant and
// quantity, without prior prices. They are remembered.
func ForLines(ctx context.Context, tx *db.Tx, q Query, quantities map[catalog.VariantID]int64) (map[catalog.VariantID]money.Amount, error) {
	vs := make([]catalog.VariantID, 0, len(quantities))
	for v := range quantities {
		vs = append(vs, v)
	}
	slices.Sort(vs)
	all, err := offers(ctx, tx, q, vs)
	if err != nil {
		return nil, fmt.Errorf("price %d lines in %s: %w", len(vs), q.Market, err)
	}
	prices := make(map[catalog.VariantID]money.Amount, len(all))
	for v, o := range all {
		if a, ok := o.At(quantities[v]); ok {
			prices[v] = a
		}
	}
	return prices, nil
}

// Groups are the ids of the customer groups and segments that lists of a market
// are for, so that it is worth asking in which of them a customer is.
func Groups(ctx context.Context, tx *db.Tx, marketID string) (ids []string, err error) {
	all, err := lists.Get(ctx, tx)
	for i := range all {
		if l := &all[i]; l.Market == marketID && l.Group != "" && l.State == StateActive {
			ids = append(ids, l.Group)
		}
	}
	return ids, err
}

// misfit is why a list is not for whoever asks; "" if it is.
func (l *List) misfit(q Query) string {
	switch {
	case l.Market != q.Market:
		return "another market"
	case l.State != StateActive:
		return string(l.State)
	case l.Channel != "" && l.Channel != q.Channel:
		return "another channel"
	case l.Group != "" && !slices.Contains(q.Groups, l.Group):
		return "another customer group"
	case q.At.Before(l.Starts):
		return "not yet"
	case !l.Ends.IsZero() && !q.At.Before(l.Ends):
		return "over"
	}
	return ""
}

// fitting are the lists that are for whoever asks.
func fitting(ctx context.Context, tx *db.Tx, q Query) (map[ListID]*List, error) {
	all, err := lists.Get(ctx, tx)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	fit := map[ListID]*List{}
	for i := range all {
		if all[i].misfit(q) == "" {
			fit[all[i].ID] = &all[i]
		}
	}
	return fit, nil
}

func offers(ctx context.Context, tx *db.Tx, q Query, vs []catalog.VariantID) (map[catalog.VariantID]Offer, error) {
	if q.At.IsZero() {
		q.At = tx.Now
	}
	fit, err := fitting(ctx, tx, q)
	if err != nil {
		return nil, err
	}
	all := make(map[catalog.VariantID]Offer, len(vs))
	if len(fit) == 0 { // the market's own prices are remembered
		prices, err := Prices(ctx, tx, q.Market, vs)
		for v, a := range prices {
			all[v] = Offer{Tiers: []Tier{{From: 1, Amount: a}}, Base: a}
		}
		return all, err
	}
	keys := make([]place, len(vs))
	for i, v := range vs {
		keys[i] = place{q.Market, v}
	}
	found, err := keptEntries.Get(ctx, tx, keys)
	if err != nil {
		return nil, err
	}
	for at, entries := range found {
		mine := make([]listed, 0, len(entries))
		for _, e := range entries {
			if e.special = fit[e.list]; e.special != nil || e.list == ListID(q.Market) {
				mine = append(mine, e)
			}
		}
		if len(mine) > 0 {
			all[at.variant] = offerOf(mine)
		}
	}
	return all, nil
}

// listed is an entry with its list; special is nil for the market's own.
type listed struct {
	Entry
	list    ListID
	special *List
}

// offerOf finds for each quantity at which something changes who wins.
func offerOf(entries []listed) (o Offer) {
	var froms []int64
	for i := range entries {
		if e := &entries[i]; !slices.Contains(froms, e.From) {
			froms = append(froms, e.From)
		}
		if entries[i].special == nil {
			o.Base = entries[i].Amount
		}
	}
	slices.Sort(froms)
	for _, from := range froms {
		w, _ := winner(entries, from)
		t := Tier{From: from, Amount: w.Amount}
		if w.special != nil {
			t.List = w.list
		}
		if n := len(o.Tiers); n > 0 && o.Tiers[n-1].Amount == t.Amount && o.Tiers[n-1].List == t.List {
			continue
		}
		o.Tiers = append(o.Tiers, t)
		if from == 1 {
			o.sale = w.special != nil && w.special.Kind == Sale
		}
	}
	return o
}

// winner is the entry that prices so many units.
func winner(entries []listed, quantity int64) (best listed, ok bool) {
	for _, e := range entries {
		if e.From > quantity {
			continue
		}
		better := !ok || cmp.Or(
			cmp.Compare(flag(e.special != nil), flag(best.special != nil)),
			cmp.Compare(e.priority(), best.priority()),
			ofOneList(&e, &best),
			cmp.Compare(best.Amount.Minor, e.Amount.Minor),
		) > 0
		if better {
			best, ok = e, true
		}
	}
	return best, ok
}

// ofOneList prefers the entry of more units within one list.
func ofOneList(a, b *listed) int {
	if a.list != b.list {
		return 0
	}
	return cmp.Compare(a.From, b.From)
}

func (e *listed) priority() int64 {
	if e.special == nil {
		return 0
	}
	return e.special.Priority
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Why says of one list whether it prices a line, and why not.
type Why struct {
	List   ListID // the market's id for its own
	Name   string
	Fits   bool
	Reason string // why it does not fit, or has no price for the quantity
	Amount money.Amount
	Wins   bool
}

// Explain says of every list of a market how it answers for so many units of a
// variant: the market's own first, then the others, the oldest first.
func Explain(ctx context.Context, tx *db.Tx, q Query, v catalog.VariantID, quantity int64) ([]Why, error) {
	if q.At.IsZero() {
		q.At = tx.Now
	}
	all, err := lists.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	ids := []ListID{ListID(q.Market)}
	special := map[ListID]*List{}
	for i := range all {
		if all[i].Market == q.Market {
			ids = append(ids, all[i].ID)
			special[all[i].ID] = &all[i]
		}
	}
	entries, err := selectEntries(ctx, tx, ids, []catalog.VariantID{v})
	if err != nil {
		return nil, fmt.Errorf("explain the price of %s: %w", v, err)
	}
	var running []listed
	why := make([]Why, len(ids))
	for i, id := range ids {
		why[i] = Why{List: id, Fits: true}
		l := special[id]
		if l != nil {
			why[i].Name, why[i].Reason = l.Name, l.misfit(q)
			why[i].Fits = why[i].Reason == ""
		}
		var own []listed
		for _, e := range entries {
			if e.list == id {
				e.special = l
				own = append(own, e)
			}
		}
		w, ok := winner(own, quantity)
		if why[i].Amount = w.Amount; !ok && why[i].Fits {
			why[i].Fits, why[i].Reason = false, "no price for this quantity"
		}
		if why[i].Fits {
			running = append(running, own...)
		}
	}
	if w, ok := winner(running, quantity); ok {
		i := slices.Index(ids, w.list)
		why[i].Wins = true
	}
	return why, nil
}
