package admin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/placement"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/i18n"
	"korzo/platform/rule"
)

// maxPicked is how many products one form puts into a category.
const maxPicked = 500

// category is all that the page of one shows.
type category struct {
	taxonomy.Category
	Tree     *taxonomy.Tree
	Products []catalog.Product
	Next     string
	Facts    []rule.Fact
	Tried    *placement.Preview // what the rule that is typed would do; nil when nobody asked
}

func (a *Admin) taxonomyTable() []page {
	return slices.Concat(listPages(a, a.categoryList()), listPages(a, a.attributeList()), []page{
		{"GET /admin/categories/new", "catalog.write", "categories", a.newCategory},
		{"POST /admin/categories", "catalog.write", "categories", a.saveCategory},
		{"POST /admin/categories/order", "catalog.write", "categories", a.orderCategories},
		{"GET /admin/categories/{id}", "catalog.read", "categories", a.showCategory},
		{"POST /admin/categories/{id}", "catalog.write", "categories", a.saveCategory},
		{"POST /admin/categories/{id}/products", "catalog.write", "categories", a.pickProducts},
		{"POST /admin/categories/{id}/delete", "catalog.write", "categories", a.deleteCategory},
		{"GET /admin/attributes/new", "catalog.write", "attributes", a.newAttribute},
		{"POST /admin/attributes", "catalog.write", "attributes", a.saveAttribute},
		{"GET /admin/attributes/{code}", "catalog.read", "attributes", a.showAttribute},
		{"POST /admin/attributes/{code}", "catalog.write", "attributes", a.saveAttribute},
		{"POST /admin/attributes/{code}/delete", "catalog.write", "attributes", a.deleteAttribute},
	})
}

func (a *Admin) tree(v *visit) (t *taxonomy.Tree, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		t, err = taxonomy.Load(v.ctx(), tx)
		return err
	})
	return t, err
}

// orderCategories moves a category up or down among its siblings.
func (a *Admin) orderCategories(v *visit) error {
	f := v.form()
	id, way, _ := strings.Cut(f.get("move"), ":")
	_, status, err := a.put(v, f, "category.move", func(tx *db.Tx) (string, error) {
		return id, moveCategory(v.ctx(), tx, taxonomy.CategoryID(id), way)
	})
	if err != nil {
		return err
	}
	if status == 0 {
		return v.done(Prefix+"/categories", "category_moved")
	}
	return showList(a, v, a.categoryList(), shownList{}, status)
}

// moveCategory changes places with the sibling before or after; siblings get
// places of their own, so that the order holds.
func moveCategory(ctx context.Context, tx *db.Tx, id taxonomy.CategoryID, way string) error {
	t, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return err
	}
	c, ok := t.Find(id)
	if !ok {
		return taxonomy.ErrNotFound
	}
	order := slices.Clone(t.Children(c.Parent))
	i := slices.Index(order, id)
	j := i + 1
	if way == "up" {
		j = i - 1
	}
	if j >= 0 && j < len(order) {
		order[i], order[j] = order[j], order[i]
	}
	for place, at := range order {
		sibling, _ := t.Find(at)
		if sibling.Position == int64(place) {
			continue
		}
		sibling.Position = int64(place)
		if _, err := taxonomy.UpdateCategory(ctx, tx, sibling); err != nil {
			return err
		}
	}
	return nil
}

func (a *Admin) newCategory(v *visit) error {
	f := v.newForm()
	f.set("key", newKey())
	f.set("parent", v.query("parent"))
	return a.answerCategory(v, http.StatusOK, "", f)
}

func (a *Admin) showCategory(v *visit) error {
	id := taxonomy.CategoryID(v.r.PathValue("id"))
	t, err := a.tree(v)
	if err != nil {
		return err
	}
	c, ok := t.Find(id)
	if !ok {
		return taxonomy.ErrNotFound
	}
	f := v.newForm()
	f.fillCategory(c)
	return a.answerCategory(v, http.StatusOK, id, f)
}

func (a *Admin) answerCategory(v *visit, status int, id taxonomy.CategoryID, f *form) error {
	var c category
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if c.Tree, err = taxonomy.Load(v.ctx(), tx); err != nil {
			return err
		}
		if c.Facts, err = placement.Facts(v.ctx(), tx); err != nil || id == "" {
			return err
		}
		ok := false
		if c.Category, ok = c.Tree.Find(id); !ok {
			return taxonomy.ErrNotFound
		}
		c.Products, c.Next, err = catalog.List(v.ctx(), tx, catalog.Filter{Categories: []taxonomy.CategoryID{id}, After: v.query("after"), Limit: pageSize})
		return err
	})
	if err != nil {
		return err
	}
	f.readOnly = !v.can("catalog.write")
	if c.Tried, err = a.tried(v, id, f); err != nil {
		return err
	}
	return v.show(status, v.categoryPage(c, f))
}

func (f *form) fillCategory(c taxonomy.Category) {
	f.set("title", c.Title)
	f.set("slug", c.Slug)
	f.set("description", c.Description)
	f.set("parent", string(c.Parent))
	f.setAll("attributes", c.Attributes)
	f.set("rule", c.Rule)
	f.setNumber("version", c.Version)
	f.setNumber("position", c.Position)
	if c.Hidden {
		f.set("hidden", "yes")
	}
	for locale, t := range c.Translations {
		name := "translations[" + locale + "]"
		f.set(name+".title", t.Title)
		f.set(name+".slug", t.Slug)
		f.set(name+".description", t.Description)
	}
}

// category reads the form over a category as it is.
func (f *form) category(c taxonomy.Category) taxonomy.Category {
	c.Title, c.Slug = f.get("title"), cmp.Or(f.get("slug"), catalog.Slug(f.get("title")))
	c.Description, c.Parent = text(f.get("description")), taxonomy.CategoryID(f.get("parent"))
	c.Hidden, c.Attributes, c.Rule = f.has("hidden"), f.all("attributes"), strings.TrimSpace(f.get("rule"))
	if f.has("version") {
		c.Version = f.whole("version")
	}
	all := map[string]taxonomy.Text{}
	for locale, t := range c.Translations {
		all[locale] = t
	}
	for _, locale := range i18n.Languages[1:] {
		name := "translations[" + locale + "]"
		t := taxonomy.Text{Slug: f.get(name + ".slug"), Title: f.get(name + ".title"), Description: text(f.get(name + ".description"))}
		if all[locale] = t; t == (taxonomy.Text{}) {
			delete(all, locale)
		}
	}
	c.Translations = all
	for _, p := range taxonomy.CheckCategory(c) {
		f.wrongAs(p.Field, p.Text)
	}
	return c
}

// wrongAs is wrong, in the reader's words where there are some for the field.
func (f *form) wrongAs(field, text string) {
	if key := "admin.problem." + plain(field); f.l.Has(key) {
		text = f.l.T(key)
	}
	f.wrong(field, text)
}

// saveCategory creates a category, or changes one.
func (a *Admin) saveCategory(v *visit) error {
	f, id := v.form(), taxonomy.CategoryID(v.r.PathValue("id"))
	if f.has("try") {
		return a.answerCategory(v, http.StatusOK, id, f)
	}
	action, done := "category.update", "category_saved"
	if id == "" {
		action = "category.create"
	}
	saved, status, err := a.put(v, f, action, func(tx *db.Tx) (string, error) {
		t, err := taxonomy.Load(v.ctx(), tx)
		if err != nil {
			return "", err
		}
		was, ok := t.Find(id)
		if id != "" && !ok {
			return "", taxonomy.ErrNotFound
		}
		c := f.category(was)
		if err := placement.Check(v.ctx(), tx, c.Rule); errors.Is(err, placement.ErrRule) {
			f.wrong("rule", strings.TrimPrefix(fault.TextOf(err), "rule: "))
		} else if err != nil {
			return "", err
		}
		switch {
		case !f.ok():
			return "", errMend
		case id == "":
			c.Position = int64(len(t.Children(c.Parent)))
			c, err = taxonomy.CreateCategory(v.ctx(), tx, c)
		default:
			c, err = taxonomy.UpdateCategory(v.ctx(), tx, c)
		}
		return string(c.ID), err
	})
	switch {
	case err != nil:
		return err
	case status == 0:
		return v.done(Prefix+"/categories/"+saved, done)
	}
	return a.answerCategory(v, status, id, f)
}

// pickProducts puts products into a category, by name or all with a tag, and
// takes ticked ones out.
func (a *Admin) pickProducts(v *visit) error {
	f, id := v.form(), taxonomy.CategoryID(v.r.PathValue("id"))
	_, status, err := a.put(v, f, "category.products", func(tx *db.Tx) (string, error) {
		in, err := f.picked(v, tx)
		if err != nil || !f.ok() {
			return "", err
		}
		for _, product := range in {
			if err := place(v.ctx(), tx, product, id, true); err != nil {
				return "", err
			}
		}
		for _, product := range f.all("out") {
			if err := place(v.ctx(), tx, catalog.ProductID(product), id, false); err != nil {
				return "", err
			}
		}
		return string(id), nil
	})
	switch {
	case err != nil:
		return err
	case status == 0:
		return v.done(Prefix+"/categories/"+string(id), "category_products")
	}
	t, err := a.tree(v)
	if err != nil {
		return err
	}
	c, _ := t.Find(id)
	f.fillCategory(c)
	return a.answerCategory(v, status, id, f)
}

// picked are the products that a form names: by SKU or address, one a line, and
// by a tag.
func (f *form) picked(v *visit, tx *db.Tx) (all []catalog.ProductID, err error) {
	for line := range strings.Lines(f.get("add")) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		id, err := findProduct(v, tx, line)
		if err != nil {
			return nil, err
		}
		if id == "" {
			f.wrong("add", v.T("admin.problem.no_product", "Name", line))
			return nil, nil
		}
		all = append(all, id)
	}
	for after := ""; f.has("tag"); {
		page, next, err := catalog.ListIDs(v.ctx(), tx, catalog.Filter{Tag: f.get("tag"), After: after, Limit: catalog.MaxPage})
		if err != nil {
			return nil, err
		}
		if all = append(all, page...); len(all) > maxPicked {
			f.wrong("tag", v.T("admin.problem.many_products", "Most", maxPicked))
			return nil, nil
		}
		if after = next; next == "" {
			break
		}
	}
	return all, nil
}

// place puts a product into a category, or takes it out; what is so already
// stays.
func place(ctx context.Context, tx *db.Tx, id catalog.ProductID, c taxonomy.CategoryID, in bool) error {
	tree, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return err
	}
	if at, _ := tree.Find(c); at.Rule != "" {
		return taxonomy.ErrRuled
	}
	p, err := catalog.Find(ctx, tx, id)
	if err != nil || slices.Contains(p.Categories, c) == in {
		return err
	}
	if in {
		p.Categories = append(p.Categories, c)
	} else {
		p.Categories = slices.DeleteFunc(p.Categories, func(had taxonomy.CategoryID) bool { return had == c })
	}
	_, err = catalog.Update(ctx, tx, p)
	return err
}

// deleteCategory takes its products out, some at a time, and then it away.
func (a *Admin) deleteCategory(v *visit) error {
	f, id := v.form(), taxonomy.CategoryID(v.r.PathValue("id"))
	for more := true; more; {
		err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
			t, err := taxonomy.Load(v.ctx(), tx)
			if err != nil {
				return err
			}
			if len(t.Children(id)) > 0 {
				return taxonomy.ErrParent
			}
			more, err = catalog.Uncategorize(v.ctx(), tx, id)
			return err
		})
		if errors.Is(err, taxonomy.ErrParent) {
			break // the verb below says so
		}
		if err != nil {
			return err
		}
	}
	_, status, err := a.put(v, f, "category.delete", func(tx *db.Tx) (string, error) {
		return string(id), taxonomy.DeleteCategory(v.ctx(), tx, id)
	})
	switch {
	case err != nil:
		return err
	case status == 0:
		return v.done(Prefix+"/categories", "category_deleted")
	}
	t, err := a.tree(v)
	if err != nil {
		return err
	}
	c, _ := t.Find(id)
	f.fillCategory(c)
	return a.answerCategory(v, status, id, f)
}
