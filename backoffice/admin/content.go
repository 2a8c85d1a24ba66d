package admin

import (
	"net/http"
	"time"

	"korzo/offer/content"
	"korzo/platform/db"
	"korzo/platform/i18n"
	"korzo/ui"
)

func contentPath(id content.ID) string { return Prefix + "/content/" + string(id) }

// contentPages are those of what the merchant writes.
func (a *Admin) contentPages() []page {
	return append(listPages(a, a.contentList()), []page{
		{"GET /admin/content/new", "catalog.write", "content", a.newContent},
		{"POST /admin/content", "catalog.write", "content", a.createContent},
		{"GET /admin/content/{id}", "catalog.read", "content", a.showContent},
		{"POST /admin/content/{id}", "catalog.write", "content", a.changeContent},
	}...)
}

// newContent is the editor of a page that is not there yet.
func (a *Admin) newContent(v *visit) error {
	f := v.form()
	f.set("key", newKey())
	f.set("kind", string(content.KindPage))
	return v.show(http.StatusOK, v.contentEdit(content.Page{}, f, ""))
}

func (a *Admin) showContent(v *visit) error { return a.answerContent(v, http.StatusOK, nil) }

// answerContent shows the editor of a page, with what was typed or what is kept.
func (a *Admin) answerContent(v *visit, status int, typed *form) error {
	var p content.Page
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		p, err = content.Find(v.ctx(), tx, content.ID(v.r.PathValue("id")))
		return err
	})
	if err != nil {
		return err
	}
	f := typed
	if f == nil {
		f = v.form()
		f.fillContent(p)
	}
	link := "/pages/" + string(p.ID) + "/preview?key=" + content.Preview(a.Keeper, p.ID, a.DB.Now().Add(content.PreviewLife))
	return v.show(status, v.contentEdit(p, f, link))
}

func (f *form) fillContent(p content.Page) {
	f.set("kind", string(p.Kind))
	f.setNumber("position", p.Position)
	f.setNumber("version", p.Version)
	for tag, t := range p.Draft {
		f.set(tag+".title", t.Title)
		f.set(tag+".slug", t.Slug)
		f.set(tag+".description", t.Description)
		f.set(tag+".body", t.Body)
	}
}

// content reads a page from its editor. A language without a title and a body is
// not written yet.
func (f *form) content(id content.ID) content.Page {
	p := content.Page{ID: id, Kind: content.Kind(f.get("kind")), Draft: content.Texts{}}
	if f.has("position") {
		p.Position = f.whole("position")
	}
	if f.has("version") {
		p.Version = f.whole("version")
	}
	for _, tag := range i18n.Languages {
		t := content.Text{Title: f.get(tag + ".title"), Slug: f.get(tag + ".slug"), Description: f.get(tag + ".description"), Body: f.get(tag + ".body")}
		if t.Title != "" || t.Body != "" {
			p.Draft[tag] = t
		}
	}
	return p
}

// createContent keeps a new draft.
func (a *Admin) createContent(v *visit) error {
	f := v.form()
	p := f.content("")
	id, status, err := a.put(v, f, "content.create", func(tx *db.Tx) (string, error) {
		id, err := content.Save(v.ctx(), tx, p)
		return string(id), err
	})
	switch {
	case err != nil:
		return err
	case status != 0:
		return v.show(status, v.contentEdit(content.Page{}, f, ""))
	}
	return v.done(contentPath(content.ID(id)), "content_saved")
}

// changeContent keeps the draft, and publishes or withdraws the page where that
// was asked for: now, or at a time by the clock of the shop.
func (a *Admin) changeContent(v *visit) error {
	f := v.form()
	id, what := content.ID(v.r.PathValue("id")), f.get("do")
	p := f.content(id)
	var at time.Time
	if what == "publish" {
		at = f.moment("publish_at", v.zone)
	}
	_, status, err := a.put(v, f, "content."+plainAction(what), func(tx *db.Tx) (string, error) {
		if what == "withdraw" {
			return string(id), content.Withdraw(v.ctx(), tx, id)
		}
		_, err := content.Save(v.ctx(), tx, p)
		if err == nil && what == "publish" {
			err = content.Publish(v.ctx(), tx, id, at)
		}
		return string(id), err
	})
	switch {
	case err != nil:
		return err
	case status != 0:
		return a.answerContent(v, status, f)
	case what == "publish" && at.After(a.DB.Now()):
		return v.done(contentPath(id), "content_due")
	}
	return v.done(contentPath(id), "content_"+plainAction(what))
}

// plainAction is what a button asks for; anything else keeps the draft.
func plainAction(what string) string {
	if what == "publish" || what == "withdraw" {
		return what
	}
	return "saved"
}

// contentTitle names a page to its editor.
func (v *visit) contentTitle(p content.Page) string {
	text, _ := p.Draft.In(v.Tag(), i18n.Languages...)
	return text.Title
}

// contentState is where a page is in its life.
func contentState(p content.Page, now time.Time) (state string, tone ui.Tone) {
	switch {
	case p.Due != nil && now.Before(p.DueAt):
		return "due", ui.ToneInfo
	case p.At(now) != nil:
		return "live", ui.ToneGood
	}
	return "draft", ""
}

func (v *visit) contentKinds() (all []ui.Option) {
	for _, k := range []content.Kind{content.KindPage, content.KindLegal, content.KindHome} {
		all = append(all, ui.Option{Value: string(k), Label: v.T("admin.content.kind." + string(k))})
	}
	return all
}
