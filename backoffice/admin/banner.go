package admin

import (
	"net/http"
	"strconv"
	"time"

	"korzo/engagement/banner"
	"korzo/platform/db"
	"korzo/platform/i18n"
	"korzo/ui"

	"github.com/a-h/templ"
)

func bannerPath(id banner.ID) string { return Prefix + "/banners/" + string(id) }

// bannerPages are those of what the shop shows beside its goods.
func (a *Admin) bannerPages() []page {
	return append(listPages(a, a.bannerList()), []page{
		{"GET /admin/banners/new", "catalog.write", "banners", a.newBanner},
		{"POST /admin/banners/new", "catalog.write", "banners", a.saveBanner},
		{"GET /admin/banners/{banner}", "catalog.read", "banners", a.showBanner},
		{"POST /admin/banners/{banner}", "catalog.write", "banners", a.saveBanner},
	}...)
}

// bannerState is how a banner stands, as badges name it.
func bannerState(b banner.Banner, now time.Time) string {
	switch {
	case b.At(now):
		return "active"
	case !b.Off && b.Place != banner.Nowhere && now.Before(b.From):
		return "scheduled"
	case b.Place == banner.Nowhere:
		return "draft"
	}
	return "paused"
}

func (a *Admin) bannerList() list[banner.Banner] {
	columns := []column[banner.Banner]{
		{name: "name", title: "admin.field.name", fixed: true, sorts: true, cell: func(v *visit, b banner.Banner) templ.Component { return v.bannerCell(b) },
			text: func(_ *visit, b banner.Banner) string { return b.Name }},
		{name: "state", title: "admin.col.status", cell: func(v *visit, b banner.Banner) templ.Component { return v.badge(bannerState(b, v.now)) },
			text: func(v *visit, b banner.Banner) string { return bannerState(b, v.now) }},
		plainColumn("place", "admin.banner.place", func(v *visit, b banner.Banner) string { return v.placeName(b.Place) }),
		plainColumn("title", "admin.field.title", func(v *visit, b banner.Banner) string {
			text, _ := b.In(v.Tag(), i18n.Languages...)
			return text.Title
		}),
		plainColumn("trigger", "admin.banner.trigger", func(_ *visit, b banner.Banner) string { return b.Trigger }),
	}
	return list[banner.Banner]{
		name: "banners", path: Prefix + "/banners", read: "catalog.read", lead: "admin.banner.lead", columns: columns, tabs: "state",
		filters: []listFilter{
			{name: "q", label: "admin.list.search", kind: "search"},
			{name: "state", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return v.words("state", "admin.all", "active", "scheduled", "draft", "paused"), nil
			}},
		},
		page: whole[banner.Banner]{all: func(v *visit, tx *db.Tx) ([]banner.Banner, error) { return banner.All(v.ctx(), tx) },
			keep: map[string]func(*visit, banner.Banner, string) bool{
				"state": func(v *visit, b banner.Banner, state string) bool { return bannerState(b, v.now) == state },
			}}.page(columns),
		key:   func(b banner.Banner) string { return string(b.ID) },
		label: func(b banner.Banner) string { return b.Name },
		none:  "admin.banner.none",
		first: func(v *visit) (string, string) {
			return v.ifCan("catalog.write", Prefix+"/banners/new"), "admin.banner.new"
		},
		head: func(v *visit) templ.Component { return v.bannersHead() },
	}
}

// placeName is what staff call a place.
func (v *visit) placeName(p banner.Place) string {
	if p == banner.Nowhere {
		return v.T("admin.banner.nowhere")
	}
	return v.T("admin.banner.at." + string(p))
}

func (v *visit) bannerPlaces() []ui.Option {
	all := []ui.Option{}
	for _, p := range append(banner.Places[:len(banner.Places):len(banner.Places)], banner.Nowhere) {
		all = append(all, ui.Option{Value: string(p), Label: v.placeName(p)})
	}
	return all
}

func (a *Admin) newBanner(v *visit) error {
	f := v.newForm()
	f.set("key", newKey())
	f.set("place", string(banner.Home))
	f.set("position", "0")
	return v.show(http.StatusOK, v.bannerPage(banner.Banner{}, f))
}

func (a *Admin) showBanner(v *visit) error {
	b, err := a.bannerOf(v)
	if err != nil {
		return err
	}
	f := v.newForm()
	f.fillBanner(v, b)
	return v.show(http.StatusOK, v.bannerPage(b, f))
}

// bannerOf is the banner of the address; the zero Banner where it is new.
func (a *Admin) bannerOf(v *visit) (b banner.Banner, err error) {
	id := banner.ID(v.r.PathValue("banner"))
	if id == "" {
		return b, nil
	}
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		b, err = banner.Find(v.ctx(), tx, id)
		return err
	})
	return b, err
}

func (f *form) fillBanner(v *visit, b banner.Banner) {
	for name, text := range map[string]string{"name": b.Name, "place": string(b.Place), "position": strconv.FormatInt(b.Position, 10), "trigger": b.Trigger,
		"link": b.Link, "picture": b.Picture, "version": strconv.FormatInt(b.Version, 10)} {
		f.set(name, text)
	}
	for name, at := range map[string]time.Time{"from": b.From, "until": b.Until} {
		if !at.IsZero() {
			f.set(name, at.In(v.zone).Format(timeForm))
		}
	}
	if b.Off {
		f.set("off", "yes")
	}
	for tag, t := range b.Texts {
		f.set(tag+".title", t.Title)
		f.set(tag+".words", t.Words)
		f.set(tag+".act", t.Act)
	}
}

// banner reads a banner from its editor. A language without a word is not
// written yet.
func (f *form) banner(v *visit) banner.Draft {
	d := banner.Draft{Name: f.get("name"), Place: banner.Place(f.get("place")), Trigger: f.get("trigger"), From: f.moment("from", v.zone), Until: f.moment("until", v.zone),
		Off: f.has("off"), Link: f.get("link"), Picture: f.get("picture"), Texts: map[string]banner.Text{}}
	if f.has("position") {
		d.Position = f.whole("position")
	}
	for _, tag := range i18n.Languages {
		if t := (banner.Text{Title: f.get(tag + ".title"), Words: f.get(tag + ".words"), Act: f.get(tag + ".act")}); t != (banner.Text{}) {
			d.Texts[tag] = t
		}
	}
	return d
}

// saveBanner makes a banner or changes it.
func (a *Admin) saveBanner(v *visit) error {
	had, err := a.bannerOf(v)
	if err != nil {
		return err
	}
	f := v.form()
	d := f.banner(v)
	id, status, err := a.put(v, f, "banner.save", func(tx *db.Tx) (string, error) {
		if had.ID == "" {
			id, err := banner.Create(v.ctx(), tx, d)
			return string(id), err
		}
		return string(had.ID), banner.Change(v.ctx(), tx, had.ID, f.whole("version"), d)
	})
	switch {
	case err != nil:
		return err
	case status != 0:
		return v.show(status, v.bannerPage(had, f))
	}
	return v.done(bannerPath(banner.ID(id)), "banner_saved")
}

// bannerChoices are what an arm may show in a banner's place: another that has no
// place of its own, or nothing.
func (v *visit) bannerChoices(tx *db.Tx) (choices []ui.Option, err error) {
	all, err := banner.All(v.ctx(), tx)
	for _, b := range all {
		if b.Off || b.Place == banner.Nowhere {
			continue
		}
		at := "banner:" + string(b.ID) + ":"
		for _, other := range all {
			if other.Place == banner.Nowhere && !other.Off {
				choices = append(choices, ui.Option{Value: at + string(other.ID), Label: v.T("admin.experiment.choice_banner", "Name", b.Name, "Other", other.Name)})
			}
		}
		choices = append(choices, ui.Option{Value: at + "hidden", Label: v.T("admin.experiment.choice_hidden", "Name", b.Name)})
	}
	return choices, err
}
