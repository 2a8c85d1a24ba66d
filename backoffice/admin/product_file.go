package admin

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/web"
	"korzo/purchase/download"
)

// What a variant's first file may be, until somebody says otherwise: a buyer is
// never handed one without end by oversight.
const (
	firstDownloads = 5
	firstDays      = 30
)

// uploadFile keeps the file of digital goods and gives it to a variant. How
// often and how long it may be downloaded stays as it was. Nothing of the file
// is held in memory: the field with the variant comes before it.
func (a *Admin) uploadFile(v *visit) error {
	id := catalog.ProductID(v.r.PathValue("id"))
	web.Widen(v.w, v.r, download.MaxBytes+1<<20)
	parts, err := v.r.MultipartReader()
	if err != nil {
		return errForm
	}
	f := v.newForm()
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			f.blame("file", "admin.problem.no_file")
			return a.showContents(v, id, f)
		}
		if err != nil {
			return errForm
		}
		if part.FileName() != "" {
			return a.giveFile(v, id, f, part)
		}
		text, err := io.ReadAll(io.LimitReader(part, maxSetting))
		if err != nil {
			return errForm
		}
		f.set(part.FormName(), strings.TrimSpace(string(text)))
	}
}

func (a *Admin) giveFile(v *visit, id catalog.ProductID, f *form, part *multipart.Part) error {
	file, err := download.Keep(v.ctx(), a.Files, path.Base(strings.ReplaceAll(part.FileName(), `\`, "/")), part, a.DB.Now())
	if err == nil && file.Bytes == 0 {
		f.blame("file", "admin.problem.no_file")
		return a.showContents(v, id, f)
	}
	if err == nil {
		err = a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.addFile(tx, id, catalog.VariantID(f.get("variant")), file) })
	}
	if err != nil {
		if _, rest := v.refused(err); rest != nil {
			return rest
		}
		f.wrong("file", v.refusal)
		v.refusal = ""
		return a.showContents(v, id, f)
	}
	return v.done(productPath(id, "contents"), "file_added")
}

// addFile has a variant's buyers be handed a file.
func (v *visit) addFile(tx *db.Tx, id catalog.ProductID, variant catalog.VariantID, file catalog.File) error {
	p, err := catalog.Find(v.ctx(), tx, id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(p.Variants, func(had catalog.Variant) bool { return had.ID == variant })
	if i < 0 {
		return catalog.ErrVariantNotFound
	}
	if file.Limit, file.Days = p.Variants[i].File.Limit, p.Variants[i].File.Days; p.Variants[i].File.Blob == "" {
		file.Limit, file.Days = firstDownloads, firstDays
	}
	p.Variants[i].File = file
	if _, err := catalog.Update(v.ctx(), tx, p); err != nil {
		return err
	}
	return v.record(tx, "product.file", string(id), "variant", string(variant), "name", file.Name)
}

// showContents shows the page again with what was wrong with a file.
func (a *Admin) showContents(v *visit, id catalog.ProductID, f *form) error {
	p, err := a.load(v, id)
	if err != nil {
		return err
	}
	t := a.contents()
	shown := t.filled(v, &p)
	shown.problems = f.problems
	shown.set("variant", f.get("variant"))
	return v.show(http.StatusUnprocessableEntity, v.productTab(&p, t, shown))
}
