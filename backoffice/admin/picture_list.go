package admin

import (
	"context"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"time"

	"korzo/backoffice/listing"
	"korzo/offer/catalog"
	"korzo/offer/media"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// chosenAtOnce is how many pictures of the shop are offered to a product on one page.
const chosenAtOnce = 24

func picturePath(blob string) string { return Prefix + "/pictures/" + url.PathEscape(blob) }

// pictureTable is the pages of the shop's pictures, whether a product shows
// them or not.
func (a *Admin) pictureTable() []page {
	return append(listPages(a, a.pictureList()), []page{
		{"POST /admin/pictures", "catalog.write", "pictures", a.sendPictures},
		{"GET /admin/pictures/{blob}", "catalog.read", "pictures", func(v *visit) error { return a.answerPicture(v, nil, http.StatusOK) }},
		{"POST /admin/pictures/{blob}", "catalog.write", "pictures", a.describePicture},
		{"POST /admin/pictures/{blob}/delete", "catalog.write", "pictures", a.deletePicture},
		{"GET /admin/products/{id}/pictures", "catalog.write", "products", func(v *visit) error { return a.offerPictures(v, http.StatusOK) }},
		{"POST /admin/products/{id}/pictures/choose", "catalog.write", "products", a.choosePictures},
	}...)
}

func (a *Admin) pictureList() list[catalog.Picture] {
	return list[catalog.Picture]{
		name: "pictures", path: Prefix + "/pictures", read: "catalog.read", lead: "admin.pictures.lead",
		columns: pictureColumns(), tabs: "used",
		filters: []listFilter{
			{name: "q", label: "admin.pictures.search", kind: "search"},
			{name: "used", label: "admin.pictures.used", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return []ui.Option{{Label: v.T("admin.all")}, {Value: string(catalog.UsageUsed), Label: v.T("admin.pictures.shown")},
					{Value: string(catalog.UsageNone), Label: v.T("admin.pictures.unshown")}}, nil
			}},
		},
		changes: []listChange{{verb: unpictureVerb, action: "catalog.write", label: "admin.pictures.delete_many",
			tell: telling(func(v *visit, state json.RawMessage) string {
				if said[bool](state) {
					return v.T("admin.pictures.there")
				}
				return v.T("admin.pictures.gone")
			})}},
		page: func(v *visit, tx *db.Tx, at listing.State, limit int) (rows []catalog.Picture, next string, err error) {
			after, _ := strconv.ParseInt(at.After, 10, 64) // what is no number is the first page
			rows, err = catalog.Pictures(v.ctx(), tx, catalog.PictureFilter{Query: at.Filter("q"), Usage: catalog.Usage(at.Filter("used")), After: max(0, after), Limit: min(limit, catalog.MaxPage)})
			if n := len(rows); n > 0 && n == min(limit, catalog.MaxPage) {
				next = strconv.FormatInt(rows[n-1].Position, 10)
			}
			return rows, next, err
		},
		key:   func(p catalog.Picture) string { return p.Blob },
		label: calledPicture,
		none:  "admin.pictures.none",
		note:  func(v *visit) templ.Component { return v.sendPicturesForm(v.newForm()) },
	}
}

// calledPicture is what a picture is called.
func calledPicture(p catalog.Picture) string {
	switch {
	case p.File != "":
		return p.File
	case p.Alt != "":
		return p.Alt
	}
	return p.Blob
}

// pictureTitle is what a picture is called on a page; without a name, by its day.
func (v *visit) pictureTitle(p catalog.Picture) string {
	if p.File == "" && p.Alt == "" {
		return v.T("admin.pictures.unnamed", "Time", v.time(p.At))
	}
	return calledPicture(p)
}

func pictureColumns() []column[catalog.Picture] {
	return []column[catalog.Picture]{
		{name: "picture", title: "admin.pictures.one", fixed: true, cell: func(v *visit, p catalog.Picture) templ.Component { return v.pictureCell(p) },
			text: func(_ *visit, p catalog.Picture) string { return calledPicture(p) }},
		textColumn("alt", "admin.media.alt", false, func(_ *visit, p catalog.Picture) string { return p.Alt }),
		textColumn("size", "admin.pictures.size", false, func(v *visit, p catalog.Picture) string { return v.pictureSize(p) }),
		{name: "uses", title: "admin.pictures.uses", number: true, cell: plainCell(func(v *visit, p catalog.Picture) string { return v.Number(p.Uses) }),
			text: func(v *visit, p catalog.Picture) string { return strconv.FormatInt(p.Uses, 10) }},
		timeColumn("added", "admin.pictures.added", false, func(p catalog.Picture) time.Time { return p.At }),
	}
}

// pictureSize is a picture's pixels, and what was sent: "1200 × 800, 340 kB".
func (v *visit) pictureSize(p catalog.Picture) string {
	text := v.Number(int64(p.Width)) + "\u00a0×\u00a0" + v.Number(int64(p.Height))
	if p.Bytes > 0 {
		text += ", " + v.Number((p.Bytes+1023)/1024) + "\u00a0kB"
	}
	return text
}

// unpictureVerb deletes pictures that no product shows. Their files are there
// for a day, so it can be taken back.
var unpictureVerb = listing.Verb{Name: "pictures.delete",
	Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
		p, err := catalog.FindPicture(ctx, tx, subject)
		if err != nil {
			return o, err
		}
		return listing.Outcome{Title: calledPicture(p), Old: keep(true), New: keep(false)}, catalog.RemovePicture(ctx, tx, subject)
	},
	Undo: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Outcome) error {
		if err := catalog.RestorePicture(ctx, tx, subject); errors.Is(err, catalog.ErrPicture) {
			return listing.ErrMoved // its files are gone
		} else if err != nil {
			return err
		}
		return nil
	}}

// sendPictures keeps pictures for later: products choose among them.
func (a *Admin) sendPictures(v *visit) error {
	sent, err := v.files("files", maxPictures*media.MaxBytes)
	if err != nil {
		return err
	}
	f := v.newForm()
	kept, err := a.keepPictures(v, f, sent)
	if err != nil {
		return err
	}
	if f.ok() {
		return v.done(Prefix+"/pictures", "pictures_kept")
	}
	if len(kept) > 0 {
		v.good = v.T("admin.media.added", "Count", len(kept))
	}
	l := a.pictureList()
	l.note = func(v *visit) templ.Component { return v.sendPicturesForm(f) }
	return showList(a, v, l, shownList{At: l.shape().Read(url.Values{})}, http.StatusUnprocessableEntity)
}

// keepPictures keeps every picture that can be kept, and says in the form of
// each other one why not.
func (a *Admin) keepPictures(v *visit, f *form, sent []*multipart.FileHeader) (kept []catalog.Image, err error) {
	if len(sent) == 0 || len(sent) > maxPictures {
		f.wrong("files", v.T("admin.problem.pictures", "Most", maxPictures))
		return nil, nil
	}
	for _, head := range sent {
		m, err := a.keepPicture(v, head)
		if err == nil {
			err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
				if err := catalog.KeepPicture(v.ctx(), tx, m, path.Base(head.Filename), head.Size); err != nil {
					return err
				}
				return v.record(tx, "media.keep", m.Blob)
			})
		}
		switch _, rest := v.refused(err); {
		case err == nil:
			kept = append(kept, m)
		case rest != nil:
			return kept, rest
		default:
			f.wrong("files", path.Base(head.Filename)+" – "+v.refusal)
		}
		v.refusal = ""
	}
	return kept, nil
}

// onePicture is the page of a picture.
type onePicture struct {
	catalog.Picture
	Products []catalog.Product
	Locales  []string
}

func (a *Admin) answerPicture(v *visit, f *form, status int) error {
	var p onePicture
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if p.Picture, err = catalog.FindPicture(v.ctx(), tx, v.r.PathValue("blob")); err != nil {
			return err
		}
		p.Products, err = catalog.ShownBy(v.ctx(), tx, p.Blob)
		return err
	})
	if err != nil {
		return err
	}
	p.Locales = targets(catalog.Product{})
	if f == nil {
		f = v.newForm()
		f.set("alt", p.Alt)
		for locale, alt := range p.Alts {
			f.set("alt."+locale, alt)
		}
	}
	f.readOnly = !v.can("catalog.write")
	return v.show(status, v.picturePage(p, f))
}

func (a *Admin) describePicture(v *visit) error {
	f, blob := v.form(), v.r.PathValue("blob")
	_, status, err := a.put(v, f, "media.describe", func(tx *db.Tx) (string, error) {
		was, err := catalog.FindPicture(v.ctx(), tx, blob)
		if err != nil {
			return "", err
		}
		return blob, catalog.DescribePicture(v.ctx(), tx, blob, f.get("alt"), f.byLocale("alt.", was.Alts))
	})
	if err != nil {
		return err
	}
	if status != 0 {
		return a.answerPicture(v, f, status)
	}
	return v.done(picturePath(blob), "saved")
}

func (a *Admin) deletePicture(v *visit) error {
	blob := v.r.PathValue("blob")
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := catalog.RemovePicture(v.ctx(), tx, blob); err != nil {
			return err
		}
		return v.record(tx, "media.delete", blob)
	})
	if errors.Is(err, catalog.ErrPictureUsed) {
		v.refusal = v.faultText(err)
		return a.answerPicture(v, nil, http.StatusConflict)
	}
	if err != nil {
		return err
	}
	return v.done(Prefix+"/pictures", "picture_deleted")
}

// offered are the pictures that a product may take up.
type offered struct {
	product
	Pictures []catalog.Picture
	Has      map[string]bool
	Query    string
	Next     string
}

// offerPictures lets a product choose among the pictures that the shop has.
func (a *Admin) offerPictures(v *visit, status int) error {
	p, err := a.load(v, catalog.ProductID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	o := offered{product: p, Has: map[string]bool{}, Query: v.query("q")}
	for _, m := range p.Images {
		o.Has[m.Blob] = true
	}
	after, _ := strconv.ParseInt(v.query("after"), 10, 64) // what is no number is the first page
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		o.Pictures, err = catalog.Pictures(v.ctx(), tx, catalog.PictureFilter{Query: o.Query, After: max(0, after), Limit: chosenAtOnce})
		return err
	})
	if err != nil {
		return err
	}
	if n := len(o.Pictures); n == chosenAtOnce {
		o.Next = strconv.FormatInt(o.Pictures[n-1].Position, 10)
	}
	return v.show(status, v.offeredPage(o))
}

// choosePictures puts pictures of the shop behind those of a product, with
// their words.
func (a *Admin) choosePictures(v *visit) error {
	f, id := v.form(), catalog.ProductID(v.r.PathValue("id"))
	blobs := f.all("picture")
	if len(blobs) == 0 || len(blobs) > chosenAtOnce {
		v.refusal = v.T("admin.pictures.choose_one")
		return a.offerPictures(v, http.StatusUnprocessableEntity)
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		var chosen []catalog.Image
		for _, blob := range blobs {
			p, err := catalog.FindPicture(v.ctx(), tx, blob)
			if err != nil {
				return err
			}
			chosen = append(chosen, p.Image)
		}
		_, err := v.addPictures(tx, id, chosen)
		return err
	})
	if err != nil {
		status, rest := v.refused(err)
		if rest != nil {
			return rest
		}
		return a.offerPictures(v, status)
	}
	return v.done(productPath(id, "media"), "pictures_added")
}
