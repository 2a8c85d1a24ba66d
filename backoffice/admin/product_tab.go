package admin

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/platform/db"

	"github.com/a-h/templ"
)

// tab is one of the pages of a product: what its form shows, and what it makes
// of the product. All are saved the same way.
type tab struct {
	name string                                               // in the address; "" for the first
	fill func(f *form, p *product)                            // what is, into the form
	read func(f *form, p *product)                            // the form, over what is; what the form does not show stays
	find func(v *visit, tx *db.Tx, f *form, p *product) error // reads what needs the database; nil for nothing
	// press is a button that changes the form and saves nothing; it tells
	// whether it was one.
	press func(v *visit, f *form, p *product) bool
	// after writes what is not the catalog's, and tells of it in pairs.
	after func(v *visit, tx *db.Tx, f *form, was, saved *product) ([]string, error)
	body  func(v *visit, p *product, f *form) templ.Component
}

// tabs are the pages of a product, in their order.
func (a *Admin) tabs() []tab {
	return []tab{a.basics(), a.grid(), a.contents(), a.gallery(), a.words(), a.sale()}
}

func (a *Admin) productTable() []page {
	all := append(listPages(a, a.productList()), []page{
		{"GET /admin/products/new", "catalog.write", "products", a.newProduct},
		{"POST /admin/products", "catalog.write", "products", a.createProduct},
		{"POST /admin/products/{id}/status", "catalog.write", "products", a.moveProduct},
		{"POST /admin/products/{id}/pictures", "catalog.write", "products", a.uploadPictures},
		{"POST /admin/products/{id}/video", "catalog.write", "products", a.uploadVideo},
		{"POST /admin/products/{id}/file", "catalog.write", "products", a.uploadFile},
	}...)
	for _, t := range a.tabs() {
		path := productPath("{id}", t.name)
		all = append(all, page{"GET " + path, "catalog.read", "products", func(v *visit) error { return a.answerTab(v, t, http.StatusOK) }},
			page{"POST " + path, "catalog.write", "products", func(v *visit) error { return a.saveTab(v, t) }})
	}
	return all
}

// filled is the form of a tab with the product as it is.
func (t tab) filled(v *visit, p *product) *form {
	f := v.newForm()
	f.readOnly = !v.can("catalog.write")
	f.setNumber("version", p.Version)
	t.fill(f, p)
	return f
}

func (a *Admin) answerTab(v *visit, t tab, status int) error {
	p, err := a.load(v, catalog.ProductID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	return v.show(status, v.productTab(&p, t, t.filled(v, &p)))
}

// saveTab writes what a form says of a product, or shows it again as it was
// typed, with what is to be mended.
func (a *Admin) saveTab(v *visit, t tab) error {
	f, id := v.form(), catalog.ProductID(v.r.PathValue("id"))
	var p product
	var pressed bool
	read := func(tx *db.Tx) (err error) {
		if p, err = loadProduct(v.ctx(), tx, id, f.get("at")); err != nil {
			return err
		}
		if pressed = t.press != nil && t.press(v, f, &p); pressed {
			return nil
		}
		t.read(f, &p)
		if t.find != nil {
			err = t.find(v, tx, f, &p)
		}
		return err
	}
	if err := a.DB.Read(v.ctx(), read); err != nil {
		return err
	}
	if pressed {
		return v.show(http.StatusOK, v.productTab(&p, t, f))
	}
	f.check(p.Product, p.typed.rows)
	if !f.ok() {
		return v.show(http.StatusUnprocessableEntity, v.productTab(&p, t, f))
	}
	p.Version = f.whole("version")
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.writeTab(tx, t, f, &p) })
	if err == nil {
		return v.done(link(productPath(id, t.name), "at", f.get("at"), "beside", f.get("beside")), "product_saved")
	}
	return a.refuseTab(v, t, f, &p, err)
}

func (v *visit) writeTab(tx *db.Tx, t tab, f *form, p *product) error {
	was, err := catalog.Find(v.ctx(), tx, p.ID)
	if err != nil {
		return err
	}
	saved, err := catalog.Update(v.ctx(), tx, p.Product)
	if err != nil {
		return err
	}
	var told []string
	if t.after != nil {
		now := *p
		now.Product = saved
		if told, err = t.after(v, tx, f, p, &now); err != nil {
			return err
		}
	}
	return v.record(tx, "product.update", string(p.ID), append(told,
		"version", strconv.FormatInt(saved.Version, 10), "fields", changed(was, saved))...)
}

// refuseTab shows the form again. If someone else saved meanwhile it shows what
// theirs says differently, and saving again replaces it.
func (a *Admin) refuseTab(v *visit, t tab, f *form, p *product, err error) error {
	ours := p.Product
	conflict := errors.Is(err, catalog.ErrVersion)
	status, rest := v.refusedProduct(f, err)
	if rest != nil {
		return rest
	}
	if conflict {
		now, err := a.load(v, p.ID)
		if err != nil {
			return err
		}
		now.theirs, now.typed = differences(v, now.Product, ours), p.typed
		f.setNumber("version", now.Version)
		return v.show(status, v.productTab(&now, t, f))
	}
	return v.show(status, v.productTab(p, t, f))
}

// refusedProduct puts a refusal beside the field it is about, where there is one.
func (v *visit) refusedProduct(f *form, err error) (status int, rest error) {
	status, rest = v.refused(err)
	if rest != nil {
		return status, rest
	}
	field := ""
	at, found := errors.AsType[*fieldError](err)
	switch {
	case found:
		field = at.field
	case errors.Is(err, catalog.ErrSlugTaken):
		field = "slug"
	}
	if field != "" {
		f.wrong(field, v.refusal)
		v.refusal = ""
	}
	return status, nil
}

// fieldError is a refusal about one field of a form.
type fieldError struct {
	field string
	error
}

// Unwrap keeps the refusal's code and kind.
func (e *fieldError) Unwrap() error { return e.error }

// check finds what can be seen to be wrong, and names the form's fields: the
// rows of variants are those that they were typed in.
func (f *form) check(p catalog.Product, rows []int) {
	d := catalog.Draft(p)
	d.Status = cmp.Or(d.Status, catalog.StatusActive)
	for _, found := range catalog.Check(d) {
		field := found.Field
		var i int
		if n, _ := fmt.Sscanf(field, "variants[%d]", &i); n == 1 && i < len(rows) && rows[i] >= 0 {
			_, rest, _ := strings.Cut(field, "]")
			field = rowName(rows[i]) + rest
		}
		if strings.HasPrefix(field, "tags[") {
			field = "tags"
		}
		if f.error(field) != "" {
			continue
		}
		text := found.Text
		if key := "admin.problem." + plain(field); f.l.Has(key) && !strings.HasPrefix(field, "options[") {
			text = f.l.T(key)
		}
		f.wrong(field, text)
	}
}

// changed names what differs between two products, for the audit.
func changed(a, b catalog.Product) string {
	var names []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"title", a.Title == b.Title}, {"slug", a.Slug == b.Slug}, {"description", a.Description == b.Description},
		{"tax_class", a.TaxClass == b.TaxClass}, {"kind", a.Kind == b.Kind}, {"tags", slices.Equal(a.Tags, b.Tags)},
		{"categories", slices.Equal(a.Categories, b.Categories)}, {"attributes", maps.EqualFunc(a.Attributes, b.Attributes, slices.Equal[[]string])},
		{"options", alike(a.Options, b.Options)}, {"images", alike(a.Images, b.Images)}, {"safety", alike(a.Safety, b.Safety)},
		{"relations", slices.Equal(a.Relations, b.Relations)}, {"publications", alike(a.Publications, b.Publications)},
		{"translations", maps.Equal(a.Translations, b.Translations)}, {"variants", slices.EqualFunc(a.Variants, b.Variants, sameVariant)},
	} {
		if !f.same {
			names = append(names, f.name)
		}
	}
	return strings.Join(names, ",")
}

// alike compares what has maps and lists in it by how it is written.
func alike(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

func sameVariant(a, b catalog.Variant) bool {
	return a.ID == b.ID && a.SKU == b.SKU && a.Title == b.Title && a.Barcode == b.Barcode &&
		a.WeightGrams == b.WeightGrams && a.Size == b.Size && a.UnitCost == b.UnitCost && maps.Equal(a.Options, b.Options) &&
		a.Content == b.Content && slices.Equal(a.Parts, b.Parts) && a.PartsDiscountPPM == b.PartsDiscountPPM && a.File == b.File
}

// difference is what somebody else's version says where ours says other.
type difference struct{ Label, Theirs string }

func differences(v *visit, theirs, ours catalog.Product) []difference {
	var all []difference
	add := func(field, a, b string) {
		if a != b {
			all = append(all, difference{v.T("admin.field." + field), cmp.Or(a, v.T("admin.empty"))})
		}
	}
	add("title", theirs.Title, ours.Title)
	add("slug", theirs.Slug, ours.Slug)
	add("description", theirs.Description, ours.Description)
	add("tags", strings.Join(theirs.Tags, ", "), strings.Join(ours.Tags, ", "))
	add("tax_class", theirs.TaxClass, ours.TaxClass)
	add("kind", theirs.Kind, ours.Kind)
	add("variants", skus(theirs.Variants), skus(ours.Variants))
	return all
}

func skus(variants []catalog.Variant) string {
	texts := make([]string, len(variants))
	for i, variant := range variants {
		texts[i] = variant.SKU
		if variant.Title != "" {
			texts[i] += " " + variant.Title
		}
	}
	return strings.Join(texts, ", ")
}
