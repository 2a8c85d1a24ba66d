package storeapi

import (
	"context"
	"errors"

	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
)

// categoryBody is a category as the API promises it.
type categoryBody struct {
	ID          string         `json:"id"`
	Slug        string         `json:"slug"`
	Title       string         `json:"title"`
	Description string         `json:"description,omitempty"`
	Count       *int           `json:"count" doc:"Products in it and below it; null while they are being counted"`
	Children    []categoryBody `json:"children"`
}

// CategoriesInput says for whom categories are shown.
type CategoriesInput struct {
	Market string `query:"market" doc:"Left out: the channel's own"`
	Locale string `query:"locale" maxLength:"20"`
}

type categoriesOutput struct {
	Body struct {
		Data []categoryBody `json:"data"`
	}
}

// listCategories answers with the whole tree but for what is hidden.
func (a *API) listCategories(ctx context.Context, in *CategoriesInput) (*categoriesOutput, error) {
	out := new(categoriesOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		t, err := a.aisles(ctx, tx, in.Market, in.Locale)
		if err == nil {
			out.Body.Data = t.below("")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// aisles is the tree as one reader sees it.
type aisles struct {
	*taxonomy.Tree
	locale string
	counts map[taxonomy.CategoryID]int // nil while they are not known
}

func (a *API) aisles(ctx context.Context, tx *db.Tx, market, locale string) (t aisles, err error) {
	who := from(ctx)
	if market, err = who.market(ctx, tx, market); err != nil {
		return t, err
	}
	if t.Tree, err = taxonomy.Load(ctx, tx); err != nil {
		return t, err
	}
	t.locale = locale
	t.counts, err = a.Search.Counts(market, who.key.Channel, tx.Now)
	if errors.Is(err, search.ErrNotReady) {
		err = nil
	}
	return t, err
}

func (t aisles) below(id taxonomy.CategoryID) []categoryBody {
	all := []categoryBody{}
	for _, child := range t.Children(id) {
		if c, _ := t.Find(child); !c.Hidden {
			b := t.category(c)
			b.Children = t.below(c.ID)
			all = append(all, b)
		}
	}
	return all
}

func (t aisles) category(c taxonomy.Category) categoryBody {
	text := c.In(t.locale)
	b := categoryBody{ID: string(c.ID), Slug: text.Slug, Title: text.Title, Description: text.Description, Children: []categoryBody{}}
	if t.counts != nil {
		n := t.counts[c.ID]
		b.Count = &n
	}
	return b
}

type showCategoryInput struct {
	Slug string `path:"slug" doc:"Or the id"`
	CategoriesInput
}

type categoryOutput struct {
	Body struct {
		ID          string          `json:"id"`
		Slug        string          `json:"slug"`
		Title       string          `json:"title"`
		Description string          `json:"description,omitempty"`
		Count       *int            `json:"count" doc:"Products in it and below it; null while they are being counted"`
		Children    []categoryBody  `json:"children"`
		Redirect    string          `json:"redirect,omitempty" doc:"The slug to use from now on"`
		Path        []placeBody     `json:"path" doc:"What it stands in, from the top down"`
		Attributes  []attributeBody `json:"attributes" doc:"Those that shoppers filter by, in order, with the options there are"`
	}
}

// showCategory answers with one category, also a hidden one, and what stands
// right below it.
func (a *API) showCategory(ctx context.Context, in *showCategoryInput) (*categoryOutput, error) {
	out := new(categoryOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		t, err := a.aisles(ctx, tx, in.Market, in.Locale)
		if err != nil {
			return err
		}
		c, ok := t.Lookup(in.Slug)
		if !ok {
			return taxonomy.ErrNotFound
		}
		b, shown := &out.Body, t.category(c)
		b.ID, b.Slug, b.Title, b.Description, b.Count, b.Children = shown.ID, shown.Slug, shown.Title, shown.Description, shown.Count, t.below(c.ID)
		if b.Slug != in.Slug && string(c.ID) != in.Slug {
			b.Redirect = b.Slug
		}
		b.Path, b.Attributes = []placeBody{}, []attributeBody{}
		path := t.Path(c.ID)
		b.Path = append(b.Path, shelf{tree: t.Tree, locale: in.Locale}.places(catalog.Product{Categories: path[:len(path)-1]})...)
		for _, attribute := range t.Of(c.ID) {
			if attribute.Facet {
				b.Attributes = append(b.Attributes, choicesOf(attribute, in.Locale))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// choicesOf is an attribute with all options that it has.
func choicesOf(a taxonomy.Attribute, locale string) attributeBody {
	b := attributeBody{Code: a.Code, Title: a.In(locale), Type: string(a.Type), Unit: a.Unit, Values: []attributeValue{}}
	for _, o := range a.Options {
		b.Values = append(b.Values, attributeValue{o.Code, o.In(locale)})
	}
	return b
}
