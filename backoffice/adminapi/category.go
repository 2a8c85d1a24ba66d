package adminapi

import (
	"context"
	"fmt"
	"strconv"

	"korzo/offer/catalog"
	"korzo/offer/placement"
	"korzo/offer/taxonomy"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/fault"
)

var errBusyCategory = fault.New(fault.Conflict, "adminapi.category_full", "the category holds more products than one request takes out; a thousand have been taken out: send it again")

type categoryBody struct {
	ID           string                     `json:"id"`
	Parent       string                     `json:"parent" doc:"Empty at the top"`
	Slug         string                     `json:"slug"`
	Title        string                     `json:"title"`
	Description  string                     `json:"description,omitempty"`
	Position     int64                      `json:"position"`
	Hidden       bool                       `json:"hidden"`
	Attributes   []string                   `json:"attributes" doc:"Codes of those its goods have; what stands below inherits them"`
	Rule         string                     `json:"rule,omitempty" doc:"Which products stand in it; nobody puts any in by hand then"`
	Translations map[string]translationBody `json:"translations"`
	Depth        int                        `json:"depth" doc:"0 at the top"`
	Version      int64                      `json:"version"`
}

func categoryOf(c taxonomy.Category, depth int) categoryBody {
	b := categoryBody{ID: string(c.ID), Parent: string(c.Parent), Slug: c.Slug, Title: c.Title, Description: c.Description, Position: c.Position,
		Hidden: c.Hidden, Attributes: append([]string{}, c.Attributes...), Rule: c.Rule, Translations: map[string]translationBody{}, Depth: depth, Version: c.Version}
	for locale, t := range c.Translations {
		b.Translations[locale] = translationBody(t)
	}
	return b
}

// CategoryFields are what may be said of a category. What is left out of a
// change stays as it is; a list is replaced whole.
type CategoryFields struct {
	Parent       *string                    `json:"parent,omitempty" doc:"The id of what it stands under; empty for the top"`
	Slug         *string                    `json:"slug,omitempty"`
	Title        *string                    `json:"title,omitempty"`
	Description  *string                    `json:"description,omitempty"`
	Position     *int64                     `json:"position,omitempty"`
	Hidden       *bool                      `json:"hidden,omitempty"`
	Attributes   []string                   `json:"attributes,omitempty"`
	Rule         *string                    `json:"rule,omitempty" maxLength:"4096" doc:"CEL over the facts that GET /admin/v1/categories/rule-facts lists; the category then holds exactly the products that fulfil it. Empty: they are put in by hand"`
	Translations map[string]translationBody `json:"translations,omitempty"`
}

func (f CategoryFields) onto(c *taxonomy.Category) {
	if f.Parent != nil {
		c.Parent = taxonomy.CategoryID(*f.Parent)
	}
	set(&c.Slug, f.Slug)
	set(&c.Title, f.Title)
	set(&c.Description, f.Description)
	set(&c.Rule, f.Rule)
	set(&c.Position, f.Position)
	set(&c.Hidden, f.Hidden)
	if f.Attributes != nil {
		c.Attributes = f.Attributes
	}
	if f.Translations != nil {
		c.Translations = map[string]taxonomy.Text{}
		for locale, t := range f.Translations {
			c.Translations[locale] = taxonomy.Text(t)
		}
	}
}

// within returns the ids of a category and all below it.
func within(ctx context.Context, tx *db.Tx, id string) ([]taxonomy.CategoryID, error) {
	t, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	all := t.Within(taxonomy.CategoryID(id))
	if len(all) == 0 {
		return nil, taxonomy.ErrNotFound
	}
	return all, nil
}

type categoryOutput struct {
	ETag string `header:"ETag"`
	Body categoryBody
}

func (a *API) categoryOutputOf(ctx context.Context, tx *db.Tx, c taxonomy.Category) (*categoryOutput, error) {
	t, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	return &categoryOutput{fmt.Sprintf("%q", strconv.FormatInt(c.Version, 10)), categoryOf(c, max(0, len(t.Path(c.ID))-1))}, nil
}

// listCategories answers with the whole tree, each category before those below
// it: it is small.
func (a *API) listCategories(ctx context.Context, _ *struct{}) (*list[categoryBody], error) {
	var bodies []categoryBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		t, err := taxonomy.Load(ctx, tx)
		if err != nil {
			return err
		}
		for c, depth := range t.Below("") {
			bodies = append(bodies, categoryOf(c, depth))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type categoryInput struct {
	ID string `path:"id"`
}

func (a *API) showCategory(ctx context.Context, in *categoryInput) (out *categoryOutput, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := findCategory(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		out, err = a.categoryOutputOf(ctx, tx, c)
		return err
	})
	return out, err
}

func findCategory(ctx context.Context, tx *db.Tx, id string) (taxonomy.Category, error) {
	t, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return taxonomy.Category{}, err
	}
	c, ok := t.Find(taxonomy.CategoryID(id))
	if !ok {
		return c, taxonomy.ErrNotFound
	}
	return c, nil
}

type createCategoryInput struct {
	Body struct {
		CategoryFields
	}
}

func (a *API) createCategory(ctx context.Context, in *createCategoryInput) (out *categoryOutput, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := addCategory(ctx, tx, in.Body.CategoryFields)
		if err != nil {
			return err
		}
		out, err = a.categoryOutputOf(ctx, tx, c)
		return err
	})
	return out, err
}

func addCategory(ctx context.Context, tx *db.Tx, f CategoryFields) (taxonomy.Category, error) {
	var c taxonomy.Category
	f.onto(&c)
	if err := placement.Check(ctx, tx, c.Rule); err != nil {
		return c, err
	}
	c, err := taxonomy.CreateCategory(ctx, tx, c)
	if err != nil {
		return c, err
	}
	return c, audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "category.create", Subject: string(c.ID)})
}

type updateCategoryInput struct {
	ID string `path:"id"`
	VersionInput
	Body struct {
		Version int64 `json:"version,omitempty" minimum:"1" doc:"The version you read; or send it in If-Match"`
		CategoryFields
	}
}

func (a *API) updateCategory(ctx context.Context, in *updateCategoryInput) (out *categoryOutput, err error) {
	version, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := changeCategory(ctx, tx, in.ID, version, in.Body.CategoryFields)
		if err != nil {
			return err
		}
		out, err = a.categoryOutputOf(ctx, tx, c)
		return err
	})
	return out, err
}

// changeCategory changes what f names; version 0 is whatever there is.
func changeCategory(ctx context.Context, tx *db.Tx, id string, version int64, f CategoryFields) (taxonomy.Category, error) {
	c, err := findCategory(ctx, tx, id)
	if err != nil {
		return c, err
	}
	if version != 0 {
		c.Version = version
	}
	f.onto(&c)
	if err := placement.Check(ctx, tx, c.Rule); err != nil {
		return c, err
	}
	if c, err = taxonomy.UpdateCategory(ctx, tx, c); err != nil {
		return c, err
	}
	return c, audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "category.update", Subject: string(c.ID)})
}

// deleteCategory takes the products out of a category and then the category
// away.
func (a *API) deleteCategory(ctx context.Context, in *categoryInput) (*struct{}, error) {
	more := false
	err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		more, err = removeCategory(ctx, tx, in.ID)
		return err
	})
	if err == nil && more {
		err = errBusyCategory
	}
	return nil, err
}

func removeCategory(ctx context.Context, tx *db.Tx, id string) (more bool, err error) {
	if more, err = catalog.Uncategorize(ctx, tx, taxonomy.CategoryID(id)); err != nil || more {
		return more, err
	}
	if err := taxonomy.DeleteCategory(ctx, tx, taxonomy.CategoryID(id)); err != nil {
		return false, err
	}
	return false, audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "category.delete", Subject: id})
}

type bulkCategoriesInput struct {
	Body struct {
		Categories []categoryRow `json:"categories" minItems:"1" maxItems:"100"`
	}
}

type categoryRow struct {
	ID      string `json:"id,omitempty" doc:"Of the one to change; left out: a new one"`
	Version int64  `json:"version,omitempty" minimum:"0" doc:"The version you read; left out: whatever there is"`
	Delete  bool   `json:"delete,omitempty"`
	CategoryFields
}

// bulkCategories creates, changes and deletes many categories; each row is done
// whole or not at all.
func (a *API) bulkCategories(ctx context.Context, in *bulkCategoriesInput) (*bulkOutput, error) {
	out := new(bulkOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		out.Body.Data = nil
		for i, one := range in.Body.Categories {
			r, err := row(ctx, tx, i, func() (bulkResult, error) {
				switch {
				case one.Delete:
					more, err := removeCategory(ctx, tx, one.ID)
					if err == nil && more {
						err = errBusyCategory
					}
					return bulkResult{Result: "deleted", ID: one.ID}, err
				case one.ID == "":
					c, err := addCategory(ctx, tx, one.CategoryFields)
					return bulkResult{Result: "created", ID: string(c.ID), Version: c.Version}, err
				}
				c, err := changeCategory(ctx, tx, one.ID, one.Version, one.CategoryFields)
				return bulkResult{Result: "updated", ID: string(c.ID), Version: c.Version}, err
			})
			if err != nil {
				return err
			}
			out.Body.Data = append(out.Body.Data, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
