package admin

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/ui"

	"github.com/a-h/templ"
)

var errRetired = fault.New(fault.Conflict, "admin.retired", "the place is not used any more: open it again first")

// duties are what a place does.
type duties struct {
	Ships   bool
	Pickup  bool
	Till    bool
	Retired bool
}

func (d duties) list() (all []string) {
	for i, on := range []bool{d.Ships, d.Pickup, d.Till, d.Retired} {
		if on {
			all = append(all, placeDuties[i])
		}
	}
	return all
}

// placeDuties are the names of duties, in their order.
var placeDuties = []string{"ships", "pickup", "till", "retired"}

func dutiesOf(l inventory.Location) duties { return duties{l.Ships, l.Pickup, l.Till, l.Closed} }

// placeList describes the list of places, in the order in which they are asked for
// goods.
func (a *Admin) placeList() list[placeView] {
	columns := []column[placeView]{
		{name: "name", title: "admin.field.name", fixed: true, sorts: true, cell: func(v *visit, p placeView) templ.Component { return v.placeCell(p) },
			text: func(_ *visit, p placeView) string { return p.at.Name }},
		{name: "city", title: "admin.place.city", extra: true, sorts: true, cell: plainCell(cityOf), text: cityOf},
		{name: "country", title: "admin.field.country", extra: true, sorts: true, cell: plainCell(func(v *visit, p placeView) string { return v.Country(p.at.Country) }),
			text: func(_ *visit, p placeView) string { return p.at.Country }},
		{name: "does", title: "admin.place.does", cell: func(v *visit, p placeView) templ.Component { return v.placeDoes(p) },
			text: func(v *visit, p placeView) string { return v.dutyWords(dutiesOf(p.at)) }},
		textColumn("hours", "admin.place.hours", false, func(v *visit, p placeView) string {
			if !p.at.Pickup {
				return ""
			}
			return v.hours(p.place)
		}),
		{name: "priority", title: "admin.place.priority", number: true, extra: true, sorts: true, cell: plainCell(priorityOf), text: priorityOf},
		{name: "waiting", title: "admin.place.waiting", number: true, cell: plainCell(func(v *visit, p placeView) string { return v.waits(p) }),
			text: func(_ *visit, p placeView) string { return strconv.FormatInt(p.pace.Waiting, 10) }},
	}
	return list[placeView]{
		name: "places", path: Prefix + "/places", read: "settings.read", lead: "admin.place.lead",
		columns: columns, tabs: "does", changes: placeChanges(),
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"}, {name: "does", label: "admin.place.does", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("duty", "admin.all", placeDuties...), nil
		}}, {name: "country", label: "admin.field.country", options: placeCountries}},
		page: whole[placeView]{all: everyPlace, keep: map[string]func(*visit, placeView, string) bool{
			"does":    func(_ *visit, p placeView, duty string) bool { return slices.Contains(dutiesOf(p.at).list(), duty) },
			"country": func(_ *visit, p placeView, country string) bool { return p.at.Country == country },
		}}.page(columns),
		key:   func(p placeView) string { return p.at.ID },
		label: func(p placeView) string { return p.at.Name },
		none:  "admin.place.none",
		first: func(v *visit) (string, string) {
			return v.ifCan("settings.write", Prefix+"/places/"+newPlace), "admin.place.new"
		},
		head: func(v *visit) templ.Component { return v.placesHead() },
	}
}

func cityOf(_ *visit, p placeView) string { return p.at.City }

func priorityOf(_ *visit, p placeView) string { return strconv.FormatInt(p.at.Priority, 10) }

func everyPlace(v *visit, tx *db.Tx) (all []placeView, err error) {
	places, err := inventory.Locations(v.ctx(), tx)
	for _, l := range places {
		if err != nil {
			return nil, err
		}
		var p placeView
		p, err = findPlace(v, tx, l.ID)
		all = append(all, p)
	}
	return all, err
}

// placeCountries are those in which places are.
func placeCountries(v *visit, tx *db.Tx) ([]ui.Option, error) {
	places, err := inventory.Locations(v.ctx(), tx)
	options := []ui.Option{{Label: v.T("admin.all")}}
	for _, l := range places {
		if one := (ui.Option{Value: l.Country, Label: v.Country(l.Country)}); !slices.Contains(options, one) {
			options = append(options, one)
		}
	}
	return options, err
}

func (v *visit) dutyWords(d duties) string {
	words := d.list()
	for i, w := range words {
		words[i] = v.word("duty", w)
	}
	return strings.Join(words, ", ")
}

// waits says how much work waits at a place that has said how much it does a day.
func (v *visit) waits(p placeView) string {
	if p.pace.PerDay == 0 {
		return ""
	}
	return v.T("admin.promise.waits", "Waiting", v.Number(p.pace.Waiting), "PerDay", v.Number(p.pace.PerDay), "Days", p.pace.Backlog())
}

// placeChanges give places a duty or take it, close them and open them again.
func placeChanges() []listChange {
	either := func(on, off string) func(*visit, *db.Tx) (func(json.RawMessage) string, error) {
		return telling(func(v *visit, state json.RawMessage) string {
			if said[bool](state) {
				return v.T(on)
			}
			return v.T(off)
		})
	}
	ships, collects := func(p *workplace) *bool { return &p.duties.Ships }, func(p *workplace) *bool { return &p.duties.Pickup }
	sends, keeps := either("admin.duty.ships", "admin.duty.no_ships"), either("admin.duty.pickup", "admin.duty.no_pickup")
	tills, takes := func(p *workplace) *bool { return &p.duties.Till }, either("admin.duty.till", "admin.duty.no_till")
	whole := func(p *workplace) *duties { return &p.duties }
	words := telling(func(v *visit, state json.RawMessage) string { return v.dutyWords(said[duties](state)) })
	return []listChange{
		{verb: partVerb("places.ship", placeShelf, ships, always(true)), action: "settings.write", label: "admin.change.ship", tell: sends},
		{verb: partVerb("places.unship", placeShelf, ships, always(false)), action: "settings.write", label: "admin.change.unship", tell: sends},
		{verb: partVerb("places.collect", placeShelf, collects, always(true)), action: "settings.write", label: "admin.change.collect", tell: keeps},
		{verb: partVerb("places.uncollect", placeShelf, collects, always(false)), action: "settings.write", label: "admin.change.uncollect", tell: keeps},
		{verb: partVerb("places.till", placeShelf, tills, always(true)), action: "settings.write", label: "admin.change.till", tell: takes},
		{verb: partVerb("places.untill", placeShelf, tills, always(false)), action: "settings.write", label: "admin.change.untill", tell: takes},
		{verb: partVerb("places.retire", placeShelf, whole, always(duties{Retired: true})), action: "settings.write", label: "admin.change.retire", tell: words},
		{verb: partVerb("places.open", placeShelf, func(p *workplace) *bool { return &p.Retired }, always(false)), action: "settings.write", label: "admin.change.open",
			tell: either("admin.duty.retired", "admin.duty.open")},
	}
}

// workplace is a location with its duties beside it, which are what is changed.
type workplace struct {
	inventory.Location
	duties
}

var placeShelf = shelf[workplace]{
	find: func(ctx context.Context, tx *db.Tx, id string) (workplace, error) {
		l, err := inventory.FindLocation(ctx, tx, id)
		return workplace{l, dutiesOf(l)}, err
	},
	save: func(ctx context.Context, tx *db.Tx, p workplace) error {
		switch {
		case p.Retired && (p.duties.Ships || p.duties.Pickup || p.duties.Till):
			return errRetired
		case p.Retired:
			return inventory.CloseLocation(ctx, tx, p.ID)
		}
		p.Location.Ships, p.Location.Pickup, p.Location.Till, p.Closed = p.duties.Ships, p.duties.Pickup, p.duties.Till, p.Retired
		return inventory.SaveLocation(ctx, tx, p.Location)
	},
	title: func(p workplace) string { return p.Name },
}
