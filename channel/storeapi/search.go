package storeapi

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/platform/db"

	"github.com/danielgtaylor/huma/v2"
)

// Looking is what a list of products may be narrowed by.
type Looking struct {
	Query    string `query:"q" maxLength:"200" doc:"Words; typos and beginnings are understood"`
	Category string `query:"category" maxLength:"100"`
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
	Name   string      `json:"name"`
	Values []valueBody `json:"values"`
}

type valueBody struct {
	Value string `json:"value"`
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
		r, err := a.find(ctx, tx, in, m, locale)
		if err != nil {
			return err
		}
		products, err := a.products(ctx, tx, m, locale, r.IDs, since)
		if err != nil {
			return err
		}
		more, err := json.Marshal(foundOf(r))
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
func (a *API) find(ctx context.Context, tx *db.Tx, in *listProductsInput, market, locale string) (search.Result, error) {
	category := in.Category
	if category == "" {
		category = in.Tag
	}
	r, err := a.Search.Search(ctx, search.Query{Text: in.Query, Market: market, Locale: locale, Category: category, Facets: in.facets,
		InStock: in.InStock, Sort: sorts[in.Sort], After: in.After, Limit: in.Limit})
	if !errors.Is(err, search.ErrNotReady) {
		return r, err
	}
	ids, next, err := catalog.ListIDs(ctx, tx, catalog.Filter{Status: catalog.StatusActive, Query: in.Query, Tag: category, After: in.After, Limit: in.Limit})
	return search.Result{IDs: ids, Total: len(ids), Next: next}, err
}

func foundOf(r search.Result) foundBody {
	b := foundBody{Total: r.Total, Facets: make([]facetBody, len(r.Facets)), Relaxed: r.Relaxed, DidYouMean: r.DidYouMean, Redirect: r.Redirect}
	for i, f := range r.Facets {
		b.Facets[i] = facetBody{f.Name, make([]valueBody, len(f.Values))}
		for j, v := range f.Values {
			b.Facets[i].Values[j] = valueBody{v.Value, v.Count}
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
		s, err := a.Search.Suggest(ctx, in.Query, m, locale, in.Limit)
		if errors.Is(err, search.ErrNotReady) {
			return nil
		}
		if err != nil {
			return err
		}
		products, err := a.products(ctx, tx, m, locale, s.Products, since)
		for _, p := range products {
			out.Body.Products = append(out.Body.Products, p)
		}
		for _, c := range s.Categories {
			out.Body.Categories = append(out.Body.Categories, valueBody{c.Value, c.Count})
		}
		out.Body.Queries = append(out.Body.Queries, s.Queries...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
