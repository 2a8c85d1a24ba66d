package admin

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"korzo/backoffice/listing"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// ground is a market in the list, with who sells there.
type ground struct {
	market.Market
	seller string
}

// marketList describes the list of markets.
func (a *Admin) marketList() list[ground] {
	columns := []column[ground]{
		{name: "name", title: "admin.field.name", fixed: true, sorts: true, cell: func(v *visit, g ground) templ.Component { return v.marketCell(g.Market) },
			text: func(_ *visit, g ground) string { return g.Name }},
		plainColumn("currency", "admin.field.currency", func(_ *visit, g ground) string { return string(g.Currency) }),
		textColumn("countries", "admin.field.countries", false, func(_ *visit, g ground) string { return strings.Join(g.Countries, ", ") }),
		plainColumn("locale", "admin.field.locale", func(_ *visit, g ground) string { return g.Locale }),
		{name: "entity", title: "admin.field.entity", sorts: true, cell: func(v *visit, g ground) templ.Component { return v.sellerCell(g) },
			text: func(_ *visit, g ground) string { return g.seller }},
		textColumn("returns", "admin.market.returns", true, func(v *visit, g ground) string { return v.returnWords(g.Returns) }),
		textColumn("zone", "admin.place.zone", true, func(_ *visit, g ground) string { return g.Zone }),
	}
	return list[ground]{
		name: "markets", in: "settings", path: Prefix + "/markets", read: "settings.read", lead: "admin.settings_say.markets",
		columns: columns, changes: marketChanges(),
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"}, {name: "country", label: "admin.field.country", options: marketCountries},
			{name: "entity", label: "admin.field.entity", options: entityAnswers("admin.all")}},
		page: whole[ground]{all: everyGround, keep: map[string]func(*visit, ground, string) bool{
			"country": func(_ *visit, g ground, country string) bool { return g.Serves(country) },
			"entity":  func(_ *visit, g ground, id string) bool { return string(g.Entity) == id },
		}}.page(columns),
		key:   func(g ground) string { return g.ID },
		label: func(g ground) string { return g.Name },
		none:  "admin.market.none",
		first: func(v *visit) (string, string) {
			return v.ifCan("settings.write", Prefix+"/markets/"+fresh), "admin.market.new"
		},
		head: func(v *visit) templ.Component { return v.newSetting("markets", "admin.market.new") },
	}
}

func everyGround(v *visit, tx *db.Tx) (all []ground, err error) {
	g := grounds{}
	if g.Markets, err = market.All(v.ctx(), tx); err != nil {
		return nil, err
	}
	g.Entities, err = market.Entities(v.ctx(), tx)
	for _, m := range g.Markets {
		all = append(all, ground{m, g.nameOf(m.Entity)})
	}
	return all, err
}

// marketCountries are those that some market delivers to.
func marketCountries(v *visit, tx *db.Tx) ([]ui.Option, error) {
	all, err := market.All(v.ctx(), tx)
	var codes []string
	for _, m := range all {
		codes = append(codes, m.Countries...)
	}
	slices.Sort(codes)
	return append([]ui.Option{{Label: v.T("admin.all")}}, optionsOf(slices.Compact(codes), func(c string) (string, string) { return c, v.Country(c) })...), err
}

// entityAnswers are the legal entities, after an answer for none of them.
func entityAnswers(none string) func(*visit, *db.Tx) ([]ui.Option, error) {
	return func(v *visit, tx *db.Tx) ([]ui.Option, error) {
		all, err := market.Entities(v.ctx(), tx)
		return append([]ui.Option{{Label: v.T(none)}}, entityOptions(grounds{Entities: all})...), err
	}
}

// returnWords are terms of return in a line.
func (v *visit) returnWords(r market.Returns) string {
	days := v.T("admin.market.return_law")
	if r.Days > 0 {
		days = v.T("admin.market.return_days", "Count", int(r.Days))
	}
	return days + " · " + v.word("return_paid", r.PaidBy) + " · " + v.word("return_how", r.How)
}

// marketChanges give many markets the same terms of return, or the same seller.
func marketChanges() []listChange {
	words := func(kind string, all ...string) func(*visit, *db.Tx) ([]ui.Option, error) {
		return func(v *visit, _ *db.Tx) ([]ui.Option, error) { return v.words(kind, "admin.list.choose", all...), nil }
	}
	terms := []changeSetting{
		{name: "days", label: "admin.field.return_days", hint: "admin.market.return_days_hint", mode: "numeric"},
		{name: "paid_by", label: "admin.field.return_paid_by", options: words("return_paid", market.PaidByBuyer, market.PaidByShop)},
		{name: "how", label: "admin.field.return_how", options: words("return_how", market.ByParcel, market.ByLabel, market.ByHand)},
	}
	return []listChange{
		{verb: partVerb("markets.returns", marketShelf, func(m *market.Market) *market.Returns { return &m.Returns }, returnsOf), action: "settings.write",
			label: "admin.change.returns", settings: terms, tell: telling(func(v *visit, state json.RawMessage) string { return v.returnWords(said[market.Returns](state)) })},
		{verb: partVerb("markets.entity", marketShelf, func(m *market.Market) *market.EntityID { return &m.Entity }, func(_ context.Context, _ *db.Tx, s listing.Settings) (market.EntityID, error) {
			return market.EntityID(s["entity"]), nil
		}), action: "settings.write", label: "admin.change.entity", settings: []changeSetting{{name: "entity", label: "admin.field.entity", options: entityAnswers("admin.list.choose")}}, tell: tellEntity},
	}
}

func returnsOf(ctx context.Context, tx *db.Tx, s listing.Settings) (market.Returns, error) {
	days, err := wholeOf[int64]("days")(ctx, tx, s)
	return market.Returns{Days: days, PaidBy: s["paid_by"], How: s["how"]}, err
}

func tellEntity(v *visit, tx *db.Tx) (func(json.RawMessage) string, error) {
	all, err := market.Entities(v.ctx(), tx)
	return func(state json.RawMessage) string { return grounds{Entities: all}.nameOf(said[market.EntityID](state)) }, err
}

var marketShelf = shelf[market.Market]{find: market.Find, save: market.Save, title: func(m market.Market) string { return m.Name }}

// channelList describes the list of channels.
func (a *Admin) channelList() list[market.Channel] {
	columns := []column[market.Channel]{
		{name: "name", title: "admin.field.name", fixed: true, sorts: true, cell: func(v *visit, c market.Channel) templ.Component { return v.channelCell(c) },
			text: func(_ *visit, c market.Channel) string { return c.Name }},
		plainColumn("kind", "admin.field.kind", func(v *visit, c market.Channel) string { return v.word("channelkind", c.Kind) }),
		textColumn("markets", "admin.field.markets", false, func(_ *visit, c market.Channel) string { return strings.Join(c.Markets, ", ") }),
		{name: "theme", title: "admin.settings.theme", cell: func(v *visit, c market.Channel) templ.Component { return v.themeCell(c) },
			text: func(_ *visit, c market.Channel) string { return strconv.FormatBool(c.Theme != "") }},
	}
	return list[market.Channel]{
		name: "channels", in: "settings", path: Prefix + "/channels", read: "settings.read", lead: "admin.settings_say.channels",
		columns: columns,
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"}, marketFilter, {name: "kind", label: "admin.field.kind", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return append([]ui.Option{{Label: v.T("admin.all")}}, v.channelKinds("")...), nil
		}}},
		page: whole[market.Channel]{all: func(v *visit, tx *db.Tx) ([]market.Channel, error) { return market.Channels(v.ctx(), tx) },
			keep: map[string]func(*visit, market.Channel, string) bool{
				"market": func(_ *visit, c market.Channel, id string) bool { return c.Serves(id) },
				"kind":   func(_ *visit, c market.Channel, kind string) bool { return c.Kind == kind },
			}}.page(columns),
		key:   func(c market.Channel) string { return c.ID },
		label: func(c market.Channel) string { return c.Name },
		none:  "admin.channel.none",
		first: func(v *visit) (string, string) {
			return v.ifCan("settings.write", Prefix+"/channels/"+fresh), "admin.channel.new"
		},
		head: func(v *visit) templ.Component { return v.newSetting("channels", "admin.channel.new") },
	}
}
