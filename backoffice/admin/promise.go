package admin

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/delivery/method"
	"korzo/delivery/promise"
	"korzo/platform/db"
	"korzo/ui"
	"korzo/value/calendar"

	"github.com/a-h/templ"
)

// lanesView is what lanes have learnt, and what waits where.
type lanesView struct {
	lanes   []promise.Lane
	places  []promise.Place
	names   map[string]string
	methods map[string]string
}

// deliveryTable is the pages of how goods travel, from where, and whether dates
// are kept.
func (a *Admin) deliveryTable() []page {
	return slices.Concat(listPages(a, a.deliveryList()), listPages(a, a.placeList()), listPages(a, a.keptList()), []page{
		{"POST /admin/promises", "settings.write", "promises", a.saveLane},
		{"GET /admin/delivery/{id}", "settings.read", "delivery", a.showShipping},
		{"POST /admin/delivery/{id}", "settings.write", "delivery", a.saveShipping},
		{"GET /admin/places/{id}", "settings.read", "places", a.showPlace},
		{"POST /admin/places/{id}", "settings.write", "places", a.savePlace},
	})
}

// periods are the days that the list of promises may look back; the first is
// what it does unasked.
var periods = []int{90, 7, 30, 365}

// keptSpan is the days that are looked back over.
func (v *visit) keptSpan() (from, to calendar.Date) {
	to, back := calendar.DateIn(v.now, v.zone), periods[0]
	if n, err := strconv.Atoi(v.query("days")); err == nil && slices.Contains(periods, n) {
		back = n
	}
	return to.AddDays(-back), to
}

// keptLane is how many promised dates were kept on a lane, with its location's name.
type keptLane struct {
	promise.Kept
	Place string
}

// keptList describes how many promised dates were kept, by location and lane.
func (a *Admin) keptList() list[keptLane] {
	number := func(name, title string, get func(keptLane) int64) column[keptLane] {
		return column[keptLane]{name: name, title: title, number: true, extra: true, sorts: true, cell: plainCell(func(v *visit, k keptLane) string { return v.Number(get(k)) }),
			text: func(_ *visit, k keptLane) string { return strconv.FormatInt(get(k), 10) }}
	}
	columns := []column[keptLane]{
		{name: "location", title: "admin.field.location", fixed: true, sorts: true, cell: func(v *visit, k keptLane) templ.Component { return v.keptPlace(k) },
			text: func(_ *visit, k keptLane) string { return k.Place }},
		plainColumn("lane", "admin.promise.lane", func(v *visit, k keptLane) string { return v.route(k.Lane) }),
		{name: "kept", title: "admin.promise.kept", number: true, sorts: true, cell: func(v *visit, k keptLane) templ.Component { return v.keptBadge(k.Kept) },
			text: func(_ *visit, k keptLane) string {
				return strconv.FormatFloat(float64(tenths(k.Kept))/10_000, 'f', 1, 64)
			}},
		{name: "of", title: "admin.promise.of", number: true, cell: plainCell(func(v *visit, k keptLane) string { return v.Number(k.Kept.Kept) + " / " + v.Number(k.All) })},
		{name: "late", title: "admin.promise.late", number: true, cell: plainCell(func(v *visit, k keptLane) string { return v.lateBy(k.Kept) })},
		number("promised", "admin.promise.promised", func(k keptLane) int64 { return k.All }),
		number("missed", "admin.promise.missed", func(k keptLane) int64 { return k.All - k.Kept.Kept }),
		number("days_late", "admin.promise.days_late", func(k keptLane) int64 { return k.LateDays }),
	}
	return list[keptLane]{
		name: "promises", path: Prefix + "/promises", read: "orders.read", lead: "admin.promise.lead", none: "admin.promise.none", tabs: "days", columns: columns,
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"}, {name: "days", label: "admin.search.days", options: func(v *visit, _ *db.Tx) (all []ui.Option, _ error) {
			for i, n := range periods {
				o := ui.Option{Value: strconv.Itoa(n), Label: v.T("admin.promise.days", "Days", strconv.Itoa(n))}
				if i == 0 {
					o.Value = ""
				}
				all = append(all, o)
			}
			return all, nil
		}}},
		page: whole[keptLane]{all: keptLanes}.page(columns),
		key:  func(k keptLane) string { return k.Location + " " + k.Lane }, label: func(k keptLane) string { return k.Place },
		note: func(v *visit) templ.Component { return v.keptNote() }, foot: func(v *visit) templ.Component { return a.lanesFoot(v, v.newForm()) },
	}
}

func keptLanes(v *visit, tx *db.Tx) (all []keptLane, err error) {
	from, to := v.keptSpan()
	rates, err := promise.Rates(v.ctx(), tx, from, to)
	if err != nil {
		return nil, err
	}
	names, err := placeNames(v, tx)
	v.kept = promise.Kept{}
	for _, k := range rates {
		v.kept.All, v.kept.Kept, v.kept.LateDays = v.kept.All+k.All, v.kept.Kept+k.Kept, v.kept.LateDays+k.LateDays
		all = append(all, keptLane{k, nameAt(names, k.Location)})
	}
	return all, err
}

// keptNote is what all lanes came to, as keptLanes read them.
func (v *visit) keptNote() templ.Component {
	if v.kept.All == 0 {
		return templ.NopComponent
	}
	from, to := v.keptSpan()
	return v.keptSum(v.kept, from, to)
}

// lanesFoot is what lanes have learnt and what waits, with the forms of lanes.
func (a *Admin) lanesFoot(v *visit, f *form) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		k, err := a.lanes(v)
		if err != nil {
			return err
		}
		return v.lanesPart(k, f).Render(ctx, w)
	})
}

func (a *Admin) lanes(v *visit) (lanesView, error) {
	k := lanesView{methods: map[string]string{}}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		known, err := promise.Knowledge(v.ctx(), tx)
		if err != nil {
			return err
		}
		k.lanes = known.Lanes()
		if k.names, err = placeNames(v, tx); err != nil {
			return err
		}
		for id := range k.names {
			if p := known.Place(id); p.Waiting > 0 || p.PerDay > 0 {
				k.places = append(k.places, p)
			}
		}
		all, err := method.All(v.ctx(), tx)
		for _, m := range all {
			k.methods[m.ID] = nameOf(m, v.Tag())
		}
		return err
	})
	slices.SortFunc(k.places, func(a, b promise.Place) int { return strings.Compare(a.Location, b.Location) })
	return k, err
}

// answerLanes shows the list with what was typed of a lane.
func (a *Admin) answerLanes(v *visit, status int, f *form) error {
	return showList(a, v, a.keptList(), shownList{Foot: a.lanesFoot(v, f)}, status)
}

// saveLane says how a lane is promised.
func (a *Admin) saveLane(v *visit) error {
	f := v.form()
	l := promise.Lane{From: f.get("from"), To: f.get("to"), Method: f.get("method"), Mode: f.get("mode"), P50: int(f.whole("p50")), P90: int(f.whole("p90"))}
	if !f.ok() {
		return a.answerLanes(v, http.StatusUnprocessableEntity, f)
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := promise.SaveLane(v.ctx(), tx, l); err != nil {
			return err
		}
		return v.record(tx, "promise.lane", l.From+"-"+l.To+" "+l.Method, "mode", l.Mode)
	})
	if err == nil {
		return v.done(Prefix+"/promises", "lane")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerLanes(v, status, f)
}

// nameOf is a method's name in a language, or in any.
func nameOf(m method.Method, tag string) string {
	language, _, _ := strings.Cut(tag, "-")
	return cmp.Or(m.Name[tag], m.Name[language], m.Name["en"], m.ID)
}

// day reads a list of days, one to a line or with commas between.
func (f *form) days(name string) (all []calendar.Date) {
	for _, text := range strings.FieldsFunc(f.get(name), func(r rune) bool { return strings.ContainsRune(" ,;\r\n", r) }) {
		d, err := calendar.Parse(text)
		if err != nil {
			f.blame(name, "admin.problem.days")
			return nil
		}
		all = append(all, d)
	}
	return all
}

func (f *form) setDays(name string, all []calendar.Date) {
	texts := make([]string, len(all))
	for i, d := range all {
		texts[i] = d.String()
	}
	f.set(name, strings.Join(texts, "\n"))
}

// clock reads a time of day as a browser sends it.
func (f *form) clock(name string) calendar.Clock {
	c, err := calendar.ParseClock(f.get(name))
	if err != nil {
		f.blame(name, "admin.problem.clock")
	}
	return c
}

// hours reads when each weekday opens and closes, days of the same hours
// together. A day without either is closed.
func (f *form) hours() (all []calendar.Opening) {
	for i, d := range allDays {
		opens, closes := "opens_"+strconv.Itoa(i), "closes_"+strconv.Itoa(i)
		if f.get(opens) == "" && f.get(closes) == "" {
			continue
		}
		o := calendar.Opening{Week: calendar.Days(d), Open: f.clock(opens), Close: f.clock(closes)}
		if o.AllDay() && o.Open+o.Close != 0 {
			f.blame(closes, "admin.place.closes_hint")
		}
		if j := slices.IndexFunc(all, func(a calendar.Opening) bool { return a.Open == o.Open && a.Close == o.Close }); j >= 0 {
			all[j].Week |= o.Week
			continue
		}
		all = append(all, o)
	}
	if all == nil {
		f.blame("opens_0", "admin.place.never")
	}
	return all
}

func (f *form) setHours(all []calendar.Opening) {
	for i, d := range allDays {
		for _, o := range all {
			if o.Week.Has(d) {
				f.set("opens_"+strconv.Itoa(i), o.Open.String())
				f.set("closes_"+strconv.Itoa(i), o.Close.String())
			}
		}
	}
}

var allDays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

// week reads ticked days; none are Monday to Friday.
func (f *form) week(name string) (w calendar.Week) {
	for i, d := range allDays {
		if contains(f.all(name), i) {
			w |= calendar.Days(d)
		}
	}
	return w
}

func (f *form) setWeek(name string, w calendar.Week) {
	var on []string
	for i, d := range allDays {
		if w.Has(d) {
			on = append(on, string(rune('0'+i)))
		}
	}
	f.setAll(name, on)
}
