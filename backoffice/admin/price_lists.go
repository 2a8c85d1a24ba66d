package admin

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/backoffice/listing"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/ui"

	"github.com/a-h/templ"
)

var errOwnPrices = fault.New(fault.Invalid, "admin.own_prices", "a market's own prices hold always: make a list beside them instead")

// priceList is a price list in the list of them; own are a market's own prices,
// which have the market's id.
type priceList struct {
	pricing.List
	shopPlaces
	own bool
}

// priceLists describes the list of price lists.
func (a *Admin) priceLists() list[priceList] {
	return list[priceList]{
		name: "prices", path: Prefix + "/price-lists", read: "catalog.read",
		columns: priceListColumns(), filters: priceListFilters(), tabs: "status", changes: priceListChanges(),
		page:  priceListPage,
		key:   func(l priceList) string { return string(l.ID) },
		label: func(l priceList) string { return l.Name },
		none:  "admin.price.lead",
		head:  func(v *visit) templ.Component { return v.newPriceListButton() },
		note:  func(v *visit) templ.Component { return v.priceLead() },
	}
}

func priceListColumns() []column[priceList] {
	text := func(name, title string, extra, number bool, get func(v *visit, l priceList) string) column[priceList] {
		return column[priceList]{name: name, title: title, extra: extra, number: number, cell: plainCell(get), text: get}
	}
	name := column[priceList]{name: "name", title: "admin.field.name", fixed: true, sorts: true, cell: func(v *visit, l priceList) templ.Component { return v.priceListCell(l) },
		text: func(_ *visit, l priceList) string { return l.Name }}
	status := column[priceList]{name: "status", title: "admin.col.status", cell: func(v *visit, l priceList) templ.Component { return v.badge(string(l.State)) },
		text: func(_ *visit, l priceList) string { return string(l.State) }}
	whom := column[priceList]{name: "whom", title: "admin.price.whom", cell: func(v *visit, l priceList) templ.Component { return v.priceListWhom(l) },
		text: func(v *visit, l priceList) string { return v.whom(l.shopPlaces, l.List) }}
	priority := text("priority", "admin.field.priority", true, true, func(_ *visit, l priceList) string { return strconv.FormatInt(l.Priority, 10) })
	priority.sorts = true
	return []column[priceList]{name,
		text("market", "admin.field.market", false, false, func(_ *visit, l priceList) string { return l.Market + "\u00a0·\u00a0" + string(l.Currency) }), whom,
		text("kind", "admin.field.kind", true, false, func(v *visit, l priceList) string { return v.word("list_kind", string(l.Kind)) }), priority,
		text("time", "admin.col.time", false, false, func(v *visit, l priceList) string { return v.between(l.Starts, l.Ends) }), status}
}

func priceListFilters() []listFilter {
	return []listFilter{
		{name: "q", label: "admin.price.search", kind: "search"},
		{name: "status", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("state", "admin.all", listStates...), nil
		}},
		marketFilter,
		{name: "channel", label: "admin.field.channel", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			all, err := market.Channels(v.ctx(), tx)
			return channelOptions(all, v.T("admin.all")), err
		}},
		{name: "group", label: "admin.field.group", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			all, err := v.togethers(tx)
			return groupOptions(all, v.T("admin.all")), err
		}},
		{name: "kind", label: "admin.field.kind", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("list_kind", "admin.all", listKinds...), nil
		}},
	}
}

// priceListPage pages through the lists, which are few and remembered: the
// markets' own first, the archived only where they are asked for.
func priceListPage(v *visit, tx *db.Tx, at listing.State, limit int) (rows []priceList, next string, err error) {
	var places shopPlaces
	if places.Markets, err = market.All(v.ctx(), tx); err != nil {
		return nil, "", err
	}
	if places.Groups, err = v.togethers(tx); err != nil {
		return nil, "", err
	}
	special, err := pricing.Lists(v.ctx(), tx)
	if err != nil {
		return nil, "", err
	}
	var all []priceList
	for _, m := range places.Markets {
		own := pricing.List{ID: pricing.ListID(m.ID), Name: m.Name, Market: m.ID, Currency: m.Currency, State: pricing.StateActive}
		all = append(all, priceList{own, places, true})
	}
	for _, l := range special {
		all = append(all, priceList{l, places, false})
	}
	all = slices.DeleteFunc(all, func(l priceList) bool { return !l.found(at) })
	if by, descending := at.Order(); by != "" {
		slices.SortStableFunc(all, func(a, b priceList) int {
			if descending {
				a, b = b, a
			}
			if by == "priority" {
				return int(a.Priority - b.Priority)
			}
			return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		})
	}
	from := 1 + slices.IndexFunc(all, func(l priceList) bool { return string(l.ID) == at.After })
	all = all[from:]
	if len(all) > limit {
		all, next = all[:limit], string(all[limit-1].ID)
	}
	return all, next, nil
}

// found says whether a list is what a state asks for.
func (l priceList) found(at listing.State) bool {
	is := func(filter, value string) bool { return at.Filter(filter) == "" || at.Filter(filter) == value }
	shown := is("status", string(l.State)) && (at.Filter("status") != "" || l.State != pricing.StateArchived)
	return shown && is("market", l.Market) && is("channel", l.Channel) && is("group", l.Group) && is("kind", string(l.Kind)) &&
		strings.Contains(strings.ToLower(l.Name), strings.ToLower(at.Filter("q")))
}

// priceListChanges are the changes of many price lists at once.
func priceListChanges() []listChange {
	state := func(name, label string, to pricing.State) listChange {
		return listChange{verb: partVerb(name, priceListShelf, func(l *pricing.List) *pricing.State { return &l.State }, always(to)),
			action: "catalog.write", label: label, tell: telling(func(v *visit, state json.RawMessage) string { return v.word("state", said[string](state)) })}
	}
	return []listChange{
		state("prices.activate", "admin.change.activate", pricing.StateActive),
		state("prices.draft", "admin.change.unpublish", pricing.StateDraft),
		state("prices.archive", "admin.change.archive", pricing.StateArchived),
		{verb: partVerb("prices.ends", priceListShelf, func(l *pricing.List) *time.Time { return &l.Ends }, endOf), action: "catalog.write", label: "admin.change.ends",
			settings: []changeSetting{endSetting}, tell: telling(tellMoment)},
		{verb: partVerb("prices.priority", priceListShelf, func(l *pricing.List) *int64 { return &l.Priority }, wholeOf[int64]("priority")), action: "catalog.write", label: "admin.change.priority",
			settings: []changeSetting{prioritySetting}, tell: telling(tellWhole)},
	}
}

// priceListShelf is where price lists are; a market's own prices are none.
var priceListShelf = shelf[pricing.List]{
	find: func(ctx context.Context, tx *db.Tx, id string) (pricing.List, error) {
		if m, err := market.Find(ctx, tx, id); err == nil {
			return pricing.List{Name: m.Name}, errOwnPrices
		}
		return pricing.FindList(ctx, tx, pricing.ListID(id))
	},
	save: func(ctx context.Context, tx *db.Tx, l pricing.List) error {
		_, err := pricing.UpdateList(ctx, tx, l)
		return err
	},
	title: func(l pricing.List) string { return l.Name },
}
