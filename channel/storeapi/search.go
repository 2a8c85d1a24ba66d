package storeapi

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/offer/taxonomy"
	"korzo/platform/db"

	"github.com/danielgtaylor/huma/v2"
)

// Looking is what a list of products may be narrowed by.
type Looking struct {
	Query    string `query:"q" maxLength:"200" doc:"Words; typos and beginnings are understood"`
	Category string `query:"category" maxLength:"120" doc:"The slug or id of a category; what stands below it belongs to it"`
	Sort     string `query:"sort" enum:"relevance,newest,price,-price" doc:"Left out: relevance with q, else newest"`
	InStock  bool   `query:"in_stock"`

	facets map[string][]string
}

// facetPrefix begins the parameters that choose facets: facet.color=Red.
const facetPrefix = "facet."

// Resolve reads the facets, whose names are the merchant's.
func (l *Looking) Resolve(c huma.Context) []error {
	u := c.URL()
	for name, values := range u.Query() {
		if facet, ok := strings.CutPrefix(name, facetPrefix); ok {
			if l.facets == nil {
				l.facets = map[string][]string{}
			}
			l.facets[facet] = values
		}
	}
	return nil
}

// asked reports whether a list is narrowed or sorted at all.
func (l *Looking) asked() bool {
	return l.Query != "" || l.Category != "" || l.Sort != "" || l.InStock || len(l.facets) > 0
}

var sorts = map[string]search.Sort{"": "", "relevance": search.SortRelevance, "newest": search.SortNewest, "price": search.SortPriceUp, "-price": search.SortPriceDown}

// foundBody is what a search says beside the products.
type foundBody struct {
	Total      int         `json:"total"`
	Facets     []facetBody `json:"facets"`
	Relaxed    []string    `json:"relaxed,omitempty"`
	DidYouMean string      `json:"did_you_mean,omitempty"`
	Redirect   string      `json:"redirect,omitempty"`
}

type facetBody struct {
	Name   string      `json:"name" doc:"Give it as facet.NAME"`
	Title  string      `json:"title"`
	Unit   string      `json:"unit,omitempty" doc:"Of numbers: ml"`
	Values []valueBody `json:"values"`
}

type valueBody struct {
	Value string `json:"value" doc:"Give it as facet.NAME=VALUE; of categories: their slug"`
	Title string `json:"title"`
	Count int    `json:"count"`
}

// search answers a list that is narrowed: what to show is found in memory, and
// only what is not kept of it is read.
func (a *API) search(ctx context.Context, in *listProductsInput) (*bytesOutput, error) {
	since := a.pages.now()
	var body []byte
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		m, err := from(ctx).market(ctx, tx, in.Market)
		if err != nil {
			return err
		}
		locale, err := catalog.Spoken(ctx, tx, in.Locale)
		if err != nil {
			return err
		}
		tree, err := taxonomy.Load(ctx, tx)
		if err != nil {
			return err
		}
		r, err := a.find(ctx, tx, in, tree, m, locale)
		if err != nil {
			return err
		}
		products, err := a.products(ctx, tx, m, locale, r.IDs, since)
		if err != nil {
			return err
		}
		more, err := json.Marshal(foundOf(r, tree, locale))
		body = pageOf(products, r.Next, append([]byte{','}, more[1:len(more)-1]...))
		return err
	})
	if err != nil {
		return nil, err
	}
	return bytesOf(body), nil
}

// find asks the search, or the catalog while this node's search is still
// reading the products.
func (a *API) find(ctx context.Context, tx *db.Tx, in *listProductsInput, tree *taxonomy.Tree, market, locale string) (search.Result, error) {
	channel := from(ctx).key.Channel
	q := search.Query{Text: in.Query, Market: market, Channel: channel, At: tx.Now, Locale: locale, Facets: in.facets,
		InStock: in.InStock, Sort: sorts[in.Sort], After: in.After, Limit: in.Limit}
	f := catalog.Filter{Status: catalog.StatusActive, Channel: channel, Query: in.Query, Tag: in.Tag, After: in.After, Limit: in.Limit}
	if in.Tag != "" {
		q.Facets = maps.Clone(q.Facets)
		if q.Facets == nil {
			q.Facets = map[string][]string{}
		}
		q.Facets[search.FacetTag] = []string{in.Tag}
	}
	if in.Category != "" {
		c, ok := tree.Lookup(in.Category)
		if !ok {
			return search.Result{}, taxonomy.ErrNotFound
		}
		q.Category, f.Categories = string(c.ID), tree.Within(c.ID)
	}
	q.Facets = idsOf(q.Facets, tree)
	r, err := a.Search.Search(ctx, q)
	if !errors.Is(err, search.ErrNotReady) {
		return r, err
	}
	ids, next, err := catalog.ListIDs(ctx, tx, f)
	return search.Result{IDs: ids, Total: len(ids), Next: next}, err
}

// idsOf replaces the slugs of chosen categories by their ids.
func idsOf(facets map[string][]string, tree *taxonomy.Tree) map[string][]string {
	chosen := facets[search.FacetCategory]
	if len(chosen) == 0 {
		return facets
	}
	facets = maps.Clone(facets)
	ids := make([]string, len(chosen))
	for i, slug := range chosen {
		ids[i] = slug
		if c, ok := tree.Lookup(slug); ok {
			ids[i] = string(c.ID)
		}
	}
	facets[search.FacetCategory] = ids
	return facets
}

func foundOf(r search.Result, tree *taxonomy.Tree, locale string) foundBody {
	b := foundBody{Total: r.Total, Facets: make([]facetBody, len(r.Facets)), Relaxed: r.Relaxed, DidYouMean: r.DidYouMean, Redirect: r.Redirect}
	for i, f := range r.Facets {
		attribute, known := tree.Attribute(f.Name)
		b.Facets[i] = facetBody{Name: f.Name, Title: f.Name, Values: make([]valueBody, 0, len(f.Values))}
		if known {
			b.Facets[i].Title, b.Facets[i].Unit = attribute.In(locale), attribute.Unit
		}
		for _, v := range f.Values {
			value := valueBody{v.Value, v.In(locale), v.Count}
			if known {
				value.Title = attribute.Show(v.Value, locale)
			}
			if f.Name == search.FacetCategory {
				c, ok := tree.Find(taxonomy.CategoryID(v.Value))
				if !ok || c.Hidden {
					continue
				}
				value.Value, value.Title = c.In(locale).Slug, c.In(locale).Title
			}
			b.Facets[i].Values = append(b.Facets[i].Values, value)
		}
	}
	return b
}

type suggestInput struct {
	Query  string `query:"q" maxLength:"200" required:"true"`
	Market string `query:"market"`
	Locale string `query:"locale" maxLength:"20"`
	Limit  int    `query:"limit" minimum:"1" maximum:"20" default:"5"`
}

type suggestOutput struct {
	Body struct {
		Products   []json.RawMessage `json:"products"`
		Categories []valueBody       `json:"categories"`
		Queries    []string          `json:"queries" doc:"What others looked for and found"`
	}
}

// suggest completes what is being typed.
func (a *API) suggest(ctx context.Context, in *suggestInput) (*suggestOutput, error) {
	since := a.pages.now()
	out := new(suggestOutput)
	out.Body.Products, out.Body.Categories, out.Body.Queries = []json.RawMessage{}, []valueBody{}, []string{}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		m, err := from(ctx).market(ctx, tx, in.Market)
		if err != nil {
			return err
		}
		locale, err := catalog.Spoken(ctx, tx, in.Locale)
		if err != nil {
			return err
		}
		s, err := a.Search.Suggest(ctx, search.Query{Text: in.Query, Market: m, Channel: from(ctx).key.Channel, At: tx.Now, Locale: locale, Limit: in.Limit})
		if errors.Is(err, search.ErrNotReady) {
			return nil
		}
		if err != nil {
			return err
		}
		products, err := a.products(ctx, tx, m, locale, s.Products, since)
		if err != nil {
			return err
		}
		for _, p := range products {
			out.Body.Products = append(out.Body.Products, p)
		}
		tree, err := taxonomy.Load(ctx, tx)
		if err != nil {
			return err
		}
		for _, found := range s.Categories {
			if c, ok := tree.Find(taxonomy.CategoryID(found.Value)); ok {
				out.Body.Categories = append(out.Body.Categories, valueBody{c.In(locale).Slug, c.In(locale).Title, found.Count})
			}
		}
		out.Body.Queries = append(out.Body.Queries, s.Queries...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type clickedInput struct {
	Body struct {
		Query   string            `json:"q" minLength:"1" maxLength:"200" doc:"What was looked for"`
		Product catalog.ProductID `json:"product" doc:"The id of what was chosen"`
		Market  string            `json:"market,omitempty"`
		Locale  string            `json:"locale,omitempty" maxLength:"20"`
	}
}

// clicked counts a choice by query and product; who chose is not asked and not
// kept. What the search does not know is not counted.
func (a *API) clicked(ctx context.Context, in *clickedInput) (*struct{}, error) {
	return nil, a.DB.Read(ctx, func(tx *db.Tx) error {
		m, err := from(ctx).market(ctx, tx, in.Body.Market)
		if err == nil {
			a.Search.Clicked(m, in.Body.Locale, in.Body.Query, in.Body.Product)
		}
		return err
	})
}
