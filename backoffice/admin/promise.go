package admin

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/delivery/method"
	"korzo/delivery/promise"
	"korzo/platform/db"
	"korzo/value/calendar"
)

// keptView is how many promised dates were kept, by location and lane, and what
// lanes have learnt.
type keptView struct {
	all      []promise.Kept
	sum      promise.Kept
	lanes    []promise.Lane
	places   []promise.Place
	names    map[string]string
	methods  map[string]string
	from, to calendar.Date
	form     *form
}

// deliveryTable is the pages of how goods travel, from where, and whether dates
// are kept.
func (a *Admin) deliveryTable() []page {
	return slices.Concat(listPages(a, a.deliveryList()), listPages(a, a.placeList()), []page{
		{"GET /admin/promises", "orders.read", "promises", a.showPromises},
		{"POST /admin/promises", "settings.write", "promises", a.saveLane},
		{"GET /admin/delivery/{id}", "settings.read", "delivery", a.showShipping},
		{"POST /admin/delivery/{id}", "settings.write", "delivery", a.saveShipping},
		{"GET /admin/places/{id}", "settings.read", "places", a.showPlace},
		{"POST /admin/places/{id}", "settings.write", "places", a.savePlace},
	})
}

// periods are the days that the page of promises may look back.
var periods = []string{"7", "30", "90", "365"}

func (a *Admin) showPromises(v *visit) error { return a.answerPromises(v, http.StatusOK, v.form()) }

func (a *Admin) answerPromises(v *visit, status int, f *form) error {
	k := keptView{form: f, methods: map[string]string{}, to: calendar.DateIn(v.now, v.zone)}
	back := 90
	if i := slices.Index(periods, v.query("days")); i >= 0 {
		back = []int{7, 30, 90, 365}[i]
	}
	k.from = k.to.AddDays(-back)
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if k.all, err = promise.Rates(v.ctx(), tx, k.from, k.to); err != nil {
			return err
		}
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
	if err != nil {
		return err
	}
	slices.SortFunc(k.places, func(a, b promise.Place) int { return strings.Compare(a.Location, b.Location) })
	for _, one := range k.all {
		k.sum.All, k.sum.Kept, k.sum.LateDays = k.sum.All+one.All, k.sum.Kept+one.Kept, k.sum.LateDays+one.LateDays
	}
	return v.show(status, v.promisesPage(k))
}

// saveLane says how a lane is promised.
func (a *Admin) saveLane(v *visit) error {
	f := v.form()
	l := promise.Lane{From: f.get("from"), To: f.get("to"), Method: f.get("method"), Mode: f.get("mode"), P50: int(f.whole("p50")), P90: int(f.whole("p90"))}
	if !f.ok() {
		return a.answerPromises(v, http.StatusUnprocessableEntity, f)
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
	return a.answerPromises(v, status, f)
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
