package admin

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/media"
	"korzo/platform/db"
	"korzo/platform/web"

	"github.com/a-h/templ"
)

// maxPictures is how many pictures are taken at once.
const maxPictures = 20

// gallery is the page of a product's pictures.
func (a *Admin) gallery() tab {
	return tab{name: "media", fill: (*form).fillGallery, read: (*form).readGallery,
		body: func(v *visit, p *product, f *form) templ.Component { return v.productMedia(p, f) }}
}

func pictureName(i int) string { return "media[" + strconv.Itoa(i) + "]" }

func (f *form) fillGallery(p *product) {
	for i, m := range p.Images {
		f.set(pictureName(i)+".blob", m.Blob)
		f.set(pictureName(i)+".alt", m.Alt)
		f.set(pictureName(i)+".variant", string(m.Variant))
		for locale, alt := range m.Alts {
			f.set(pictureName(i)+".alt."+locale, alt)
		}
	}
}

// readGallery reads the pictures in the order in which the form names them.
// Those that it does not show, because they came meanwhile, stay at the end.
func (f *form) readGallery(p *product) {
	left := slices.Clone(p.Images)
	p.Images = nil
	for _, at := range f.moved("order") {
		name := "media[" + at + "]"
		i := slices.IndexFunc(left, func(m catalog.Image) bool { return m.Blob == f.get(name+".blob") })
		if i < 0 {
			continue
		}
		m := left[i]
		left = slices.Delete(left, i, i+1)
		if f.has(name + ".drop") {
			continue
		}
		if f.has(name + ".still") {
			m.Video = ""
		}
		m.Alt, m.Variant = f.get(name+".alt"), catalog.VariantID(f.get(name+".variant"))
		m.Alts = f.byLocale(name+".alt.", m.Alts)
		p.Images = append(p.Images, m)
	}
	p.Images = append(p.Images, left...)
}

// moved is a list of the form in its order, after the button that moves one up
// or down was pressed.
func (f *form) moved(name string) []string {
	all := slices.Clone(f.all(name))
	of, way, pressed := strings.Cut(f.get("move"), ":")
	i := slices.Index(all, of)
	j := i + 1
	if way == "up" {
		j = i - 1
	}
	if pressed && i >= 0 && j >= 0 && j < len(all) {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

// byLocale reads texts by locale from the fields whose names begin with prefix,
// over those there were; an empty one is none.
func (f *form) byLocale(prefix string, had map[string]string) map[string]string {
	all := map[string]string{}
	for locale, text := range had {
		all[locale] = text
	}
	for name := range f.values {
		if locale, ok := strings.CutPrefix(name, prefix); ok {
			if all[locale] = f.get(name); all[locale] == "" {
				delete(all, locale)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// uploadPictures keeps every picture that can be kept, and says of each other
// one why not.
func (a *Admin) uploadPictures(v *visit) error {
	id := catalog.ProductID(v.r.PathValue("id"))
	sent, err := v.files("files", maxPictures*media.MaxBytes)
	if err != nil {
		return err
	}
	f := v.newForm()
	kept, err := a.keepPictures(v, f, sent)
	if err != nil {
		return err
	}
	added := 0
	if len(kept) > 0 {
		err := a.DB.Write(v.ctx(), func(tx *db.Tx) (err error) {
			added, err = v.addPictures(tx, id, kept)
			return err
		})
		if err != nil {
			if _, rest := v.refused(err); rest != nil {
				return rest
			}
			f.wrong("files", v.refusal)
			v.refusal = ""
		}
	}
	if f.ok() {
		return v.done(productPath(id, "media"), "pictures_added")
	}
	return a.showGallery(v, id, f, added)
}

// showGallery shows the page with what was wrong with some of the pictures.
func (a *Admin) showGallery(v *visit, id catalog.ProductID, f *form, added int) error {
	p, err := a.load(v, id)
	if err != nil {
		return err
	}
	t := a.gallery()
	shown := t.filled(v, &p)
	shown.problems = f.problems
	if added > 0 {
		v.good = v.T("admin.media.added", "Count", added)
	}
	return v.show(http.StatusUnprocessableEntity, v.productTab(&p, t, shown))
}

// uploadVideo keeps a film and has the picture that was chosen stand for it.
func (a *Admin) uploadVideo(v *visit) error {
	id := catalog.ProductID(v.r.PathValue("id"))
	sent, err := v.files("video", media.MaxBytes)
	if err != nil {
		return err
	}
	f := v.form()
	if len(sent) == 0 {
		f.wrong("video", v.T("admin.video.missing"))
		return a.showGallery(v, id, f, 0)
	}
	content, err := sentFile(sent[0])
	var name string
	if err == nil {
		name, err = a.Pictures.KeepVideo(v.ctx(), content)
	}
	if err == nil {
		err = a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.addVideo(tx, id, f.get("picture"), name) })
	}
	if err != nil {
		if _, rest := v.refused(err); rest != nil {
			return rest
		}
		f.wrong("video", v.refusal)
		v.refusal = ""
		return a.showGallery(v, id, f, 0)
	}
	return v.done(productPath(id, "media"), "video_added")
}

// addVideo has a picture of a product stand for a film.
func (v *visit) addVideo(tx *db.Tx, id catalog.ProductID, picture, video string) error {
	p, err := catalog.Find(v.ctx(), tx, id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(p.Images, func(m catalog.Image) bool { return m.Blob == picture })
	if i < 0 {
		return catalog.ErrPicture
	}
	p.Images[i].Video = video
	if _, err := catalog.Update(v.ctx(), tx, p); err != nil {
		return err
	}
	return v.record(tx, "product.video", string(id), "added", video)
}

func (a *Admin) keepPicture(v *visit, head *multipart.FileHeader) (catalog.Image, error) {
	content, err := sentFile(head)
	if err != nil {
		return catalog.Image{}, err
	}
	return a.Pictures.Keep(v.ctx(), content)
}

// sentFile reads a file of a form.
func sentFile(head *multipart.FileHeader) ([]byte, error) {
	if head.Size > media.MaxBytes {
		return nil, media.ErrLarge
	}
	file, err := head.Open()
	if err != nil {
		return nil, errForm
	}
	content, err := io.ReadAll(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, errForm
	}
	return content, nil
}

// addPictures puts pictures behind those of a product; one that it has is not
// added again.
func (v *visit) addPictures(tx *db.Tx, id catalog.ProductID, kept []catalog.Image) (added int, err error) {
	p, err := catalog.Find(v.ctx(), tx, id)
	if err != nil {
		return 0, err
	}
	for _, m := range kept {
		if !slices.ContainsFunc(p.Images, func(had catalog.Image) bool { return had.Blob == m.Blob }) {
			p.Images = append(p.Images, m)
			added++
		}
	}
	if added == 0 {
		return 0, nil
	}
	if _, err := catalog.Update(v.ctx(), tx, p); err != nil {
		return 0, err
	}
	return added, v.record(tx, "product.pictures", string(id), "added", strconv.Itoa(added))
}

// files are what a form sent as files under a name. They are gone when the
// request has been answered.
func (v *visit) files(name string, most int64) ([]*multipart.FileHeader, error) {
	web.Widen(v.w, v.r, most+1<<20)
	if err := v.r.ParseMultipartForm(8 << 20); err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return nil, err
		}
		return nil, errForm
	}
	var all []*multipart.FileHeader
	for _, head := range v.r.MultipartForm.File[name] {
		if head.Filename != "" {
			all = append(all, head)
		}
	}
	return all, nil
}
