package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/value/money"
)

// listFields are those of price lists, in the order of an export. Their prices
// are a file of their own, as long as it needs to be.
var listFields = []field[pricing.List]{
	{column{name: "id", keep: true}, func(l *pricing.List) any { return &l.ID }},
	{column{name: "name", keep: true}, func(l *pricing.List) any { return &l.Name }},
	{column{name: "market", keep: true}, func(l *pricing.List) any { return &l.Market }},
	{column{name: "kind", keep: true}, func(l *pricing.List) any { return &l.Kind }},
	{column{name: "channel"}, func(l *pricing.List) any { return &l.Channel }},
	{column{name: "customer_group"}, func(l *pricing.List) any { return &l.Group }},
	{column{name: "priority", form: asNumber, keep: true}, func(l *pricing.List) any { return &l.Priority }},
	{column{name: "starts"}, func(l *pricing.List) any { return timeOf(&l.Starts) }},
	{column{name: "ends"}, func(l *pricing.List) any { return timeOf(&l.Ends) }},
	{column{name: "state", keep: true}, func(l *pricing.List) any { return &l.State }},
}

// listPrice is a price of a list.
type listPrice struct {
	List     string
	SKU      string
	From     int64
	Amount   string
	Currency string
}

var listPriceFields = []field[listPrice]{
	{column{name: "price_list", keep: true}, func(p *listPrice) any { return &p.List }},
	{column{name: "sku", keep: true}, func(p *listPrice) any { return &p.SKU }},
	{column{name: "from_quantity", form: asNumber, keep: true}, func(p *listPrice) any { return &p.From }},
	{column{name: "amount", keep: true}, func(p *listPrice) any { return &p.Amount }},
	{column{name: "currency", keep: true}, func(p *listPrice) any { return &p.Currency }},
}

func listText(l pricing.List) json.RawMessage { return object(members(listFields, &l)) }

// byID are all price lists in an order that no import changes.
func byID(ctx context.Context, tx *db.Tx) ([]pricing.List, error) {
	all, err := pricing.Lists(ctx, tx)
	slices.SortFunc(all, func(a, b pricing.List) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return all, err
}

// listPage is all price lists: there are at most 1000.
func listPage(ctx context.Context, tx *db.Tx, _ *Desk, _ string) (all []json.RawMessage, next string, err error) {
	lists, err := byID(ctx, tx)
	for _, l := range lists {
		all = append(all, listText(l))
	}
	return all, "", err
}

// pricesAtOnce is how many prices of a list a page has.
const pricesAtOnce = 500

// listPricePage is a page of one list's prices; after is the list, and where in it.
func listPricePage(ctx context.Context, tx *db.Tx, _ *Desk, after string) (all []json.RawMessage, next string, err error) {
	lists, err := byID(ctx, tx)
	if err != nil {
		return nil, "", err
	}
	at, within, _ := strings.Cut(after, "/")
	i := slices.IndexFunc(lists, func(l pricing.List) bool { return string(l.ID) >= at })
	if i < 0 {
		return nil, "", nil
	}
	if string(lists[i].ID) != at { // the first page, or the list is gone meanwhile
		within = ""
	}
	page, more, err := pricing.Entries(ctx, tx, lists[i].ID, within, pricesAtOnce)
	if err != nil {
		return nil, "", err
	}
	var ids []catalog.VariantID
	for _, p := range page {
		ids = append(ids, p.Variant)
	}
	items, err := catalog.SellableIn(ctx, tx, "", "", ids)
	if err != nil {
		return nil, "", err
	}
	for _, p := range page {
		all = append(all, object(members(listPriceFields, &listPrice{string(lists[i].ID), items[p.Variant].SKU, p.From, p.Amount.Decimal(), string(p.Amount.Currency)})))
	}
	switch {
	case more != "":
		next = string(lists[i].ID) + "/" + more
	case i+1 < len(lists):
		next = string(lists[i+1].ID) + "/"
	}
	return all, next, nil
}

// priceList applies a price list of a file, known by its id, else its name.
func (e entry) priceList(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	subject := orElse(e.fields.text("name"), e.fields.text("id"))
	base, found, err := existingList(ctx, tx, e.fields.text("id"), e.fields.text("name"))
	if err != nil {
		return same, err
	}
	l := base
	if !found {
		l.Market = r.run.Market
	}
	e.fields.into(places(listFields, &l), func(column, reason string) { r.say(LevelError, e.row, column, subject, reason) })
	if failed(r.rows) > 0 {
		return same, nil
	}
	switch {
	case !found:
		_, err = pricing.CreateList(ctx, tx, l)
		return created, e.settled(r, err, "name", subject)
	case l.Market != base.Market:
		r.say(LevelError, e.row, "market", subject, "a price list stays in its market: give the other one an id and a name of its own")
		return same, nil
	case string(listText(base)) == string(listText(l)):
		return same, nil
	}
	l.ID = base.ID
	_, err = pricing.UpdateList(ctx, tx, l)
	return changed, e.settled(r, err, "name", subject)
}

func existingList(ctx context.Context, tx *db.Tx, id, name string) (pricing.List, bool, error) {
	lists, err := byID(ctx, tx)
	for _, l := range lists {
		if string(l.ID) == id || id == "" && l.Name == name {
			return l, true, err
		}
	}
	return pricing.List{}, false, err
}

// listPrice applies a price of a list, which is named by its id or its name.
func (e entry) listPrice(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	in := listPrice{From: 1}
	e.fields.into(places(listPriceFields, &in), func(column, reason string) { r.say(LevelError, e.row, column, e.fields.text("sku"), reason) })
	l, err := pricing.FindList(ctx, tx, pricing.ListID(in.List))
	if errors.Is(err, pricing.ErrListNotFound) {
		var named bool
		if l, named, err = existingList(ctx, tx, "", in.List); err == nil && !named {
			r.say(LevelError, e.row, "price_list", in.SKU, "there is no such price list: import the price lists first, or name one by its id or name")
		}
	}
	if err != nil || failed(r.rows) > 0 {
		return same, err
	}
	v, err := e.variant(ctx, tx, r, in.SKU)
	if err != nil || failed(r.rows) > 0 {
		return same, err
	}
	m, err := market.Find(ctx, tx, l.Market)
	if err != nil {
		return same, err
	}
	a, err := priceOf(in.Amount, money.Currency(orElse(in.Currency, string(m.Currency))))
	if err != nil {
		r.say(LevelError, e.row, "amount", in.SKU, err.Error())
		return same, nil
	}
	old, found, err := pricing.EntryOf(ctx, tx, l.ID, v.ID, in.From)
	if err != nil || found && old == a {
		return same, err
	}
	err = pricing.SetPrices(ctx, tx, l.ID, []pricing.Entry{{Variant: v.ID, From: in.From, Amount: a}})
	return changed, e.settled(r, err, "amount", in.SKU)
}
