package storefront

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"korzo/engagement/banner"
	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
)

// facetPrefix begins the parameters that choose facets, as in the store API.
const facetPrefix = "facet."

// Limits of one address: more is left out.
const (
	mostFacets = 20
	mostChosen = 20 // values of one facet
)

// wish is what a visitor wants to see of the shop, as the address says it.
type wish struct {
	query    string
	category taxonomy.Category // without an ID for all
	facets   map[string][]string
	inStock  bool
	sort     search.Sort
	after    string
}

// sorts are the orders a visitor may choose from.
var sorts = []search.Sort{search.SortRelevance, search.SortNewest, search.SortPriceUp, search.SortPriceDown, search.SortTitle}

func wishOf(asked url.Values) wish {
	w := wish{query: strings.TrimSpace(asked.Get("q")), inStock: asked.Get("in_stock") != "", after: asked.Get("after"), facets: map[string][]string{}}
	if len(w.query) > searchMost {
		w.query = strings.ToValidUTF8(w.query[:searchMost], "")
	}
	if by := search.Sort(asked.Get("sort")); slices.Contains(sorts, by) {
		w.sort = by
	}
	for name, values := range asked {
		if facet, ok := strings.CutPrefix(name, facetPrefix); ok && len(w.facets) < mostFacets {
			w.facets[facet] = values[:min(len(values), mostChosen)]
		}
	}
	return w
}

// chosen counts the filters that are set.
func (w wish) chosen() (n int) {
	for _, values := range w.facets {
		n += len(values)
	}
	if w.inStock {
		n++
	}
	return n
}

// has reports whether a value of a facet is chosen.
func (w wish) has(facet, value string) bool { return slices.Contains(w.facets[facet], value) }

// narrowed reports whether only the search can tell what is wished for.
func (w wish) narrowed() bool {
	return w.query != "" || w.category.ID != "" || w.chosen() > 0 || w.sort != ""
}

// address is where the wish is shown, from its first page on, or after a place.
func (w wish) address(locale, after string) string {
	path, q := w.path(locale), url.Values{}
	if w.query != "" {
		q.Set("q", w.query)
	}
	for name, values := range w.facets {
		q[facetPrefix+name] = values
	}
	if w.inStock {
		q.Set("in_stock", "1")
	}
	if w.sort != "" {
		q.Set("sort", string(w.sort))
	}
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (w wish) path(locale string) string {
	if w.category.ID == "" {
		return "/"
	}
	return categoryPath(w.category, locale)
}

// cleared is the wish without filters.
func (w wish) cleared() wish { return wish{query: w.query, category: w.category, sort: w.sort} }

func categoryPath(c taxonomy.Category, locale string) string {
	return "/categories/" + url.PathEscape(c.In(locale).Slug)
}

// facet is a property to choose by, as a page shows it.
type facet struct {
	name, title string
	values      []facetValue
	open        bool // something of it is chosen
}

type facetValue struct {
	value, title string
	count        int
	chosen       bool
}

// place is a link to a category.
type place struct {
	title, path string
	count       int // products, in it and below; -1 while nobody knows
	here        bool
}

// find returns a page of products that a wish is about, and how many there are
// in all: -1 where they were not counted.
func (s *Shop) find(ctx context.Context, tx *db.Tx, v *visit, w wish) (found []catalog.Product, r search.Result, err error) {
	if w.narrowed() && s.Search != nil {
		r, err = s.Search.Search(ctx, search.Query{Text: w.query, Market: v.market.ID, Channel: v.channel.ID, At: tx.Now, Locale: v.Tag(),
			Category: string(w.category.ID), Facets: w.facets, InStock: w.inStock, Sort: w.sort, After: w.after, Limit: perPage})
		if err == nil {
			found, err = catalog.Some(ctx, tx, r.IDs, v.Tag())
			return found, r, err
		}
		if errors.Is(err, search.ErrInvalid) && w.after != "" { // a place in a list that is sorted otherwise now
			w.after = ""
			return s.find(ctx, tx, v, w)
		}
		if !errors.Is(err, search.ErrNotReady) {
			return nil, r, err
		}
	}
	r = search.Result{Total: -1}
	f := catalog.Filter{Status: catalog.StatusActive, Channel: v.channel.ID, Locale: v.Tag(), Query: w.query, After: w.after, Limit: perPage}
	if w.category.ID != "" {
		f.Categories = v.tree.Within(w.category.ID)
	}
	found, r.Next, err = catalog.List(ctx, tx, f)
	return found, r, err
}

// category shows what stands in a category and below it.
func (s *Shop) category(w http.ResponseWriter, r *http.Request) error {
	return s.shelf(w, r, r.PathValue("slug"))
}

// list shows all there is, or what words find.
func (s *Shop) list(w http.ResponseWriter, r *http.Request) error { return s.shelf(w, r, "") }

func (s *Shop) shelf(w http.ResponseWriter, r *http.Request, slug string) error {
	p := listPage{wish: wishOf(r.URL.Query())}
	p.first = p.after == ""
	var redirect string
	err := s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		p.page = s.page(v, v.T("shop.list.title"))
		p.searched = p.query
		if slug != "" {
			c, ok := v.tree.Lookup(slug)
			if !ok {
				return taxonomy.ErrNotFound
			}
			p.wish.category = c
			p.title, p.description, p.hidden = c.In(v.Tag()).Title, c.In(v.Tag()).Description, c.Hidden
			p.about = v.T("shop.category.description", "Category", p.title, "Name", p.name())
		}
		found, result, err := s.find(r.Context(), tx, v, p.wish)
		if err != nil {
			return err
		}
		p.result(s, result, tx)
		redirect = result.Redirect
		if p.cards, err = cardsOf(r.Context(), tx, v, found); err != nil {
			return err
		}
		if slug == "" && p.query == "" && p.first && p.chosen() == 0 {
			p.description = v.T("shop.list.description", "Name", p.name())
			if p.welcome, err = welcomeOf(r.Context(), tx, v); err != nil {
				return err
			}
		}
		p.tell()
		if at := p.place(); at != banner.Nowhere {
			if err := p.show(r.Context(), tx, r, v, at); err != nil {
				return err
			}
		}
		return p.instead(r.Context(), tx, s)
	})
	if err != nil {
		return err
	}
	if redirect != "" && local(redirect) == redirect {
		return see(w, r, redirect)
	}
	if here := p.wish.path(p.Tag()); slug != "" && r.URL.Path != here {
		return moved(w, r, p.address(p.Tag(), p.after))
	}
	s.reveal(r, &p.besides, p.customer)
	return write(w, r, http.StatusOK, listTemplate(p))
}

// place is where banners of a list stand: nowhere beyond its first page, nor
// among what was searched for.
func (p *listPage) place() banner.Place {
	switch {
	case p.query != "" || !p.first || p.chosen() > 0:
		return banner.Nowhere
	case p.wish.category.ID != "":
		return banner.Category
	}
	return banner.Home
}

// result takes over what the search says beside the products.
func (p *listPage) result(s *Shop, r search.Result, tx *db.Tx) {
	p.total, p.next = r.Total, ""
	p.meant, p.leftOut = r.DidYouMean, strings.Join(r.Relaxed, ", ")
	if r.Next != "" {
		p.next = p.address(p.Tag(), r.Next)
	}
	if p.wish.category.ID != "" {
		above := p.tree.Path(p.wish.category.ID)
		for _, id := range above[:len(above)-1] {
			c, _ := p.tree.Find(id)
			p.path = append(p.path, place{title: c.In(p.Tag()).Title, path: categoryPath(c, p.Tag())})
		}
		p.below = p.places(s, p.wish.category.ID, tx)
	}
	p.facets = p.facetsOf(r.Facets)
}

// places are the categories right below one that hold something.
func (p *listPage) places(s *Shop, id taxonomy.CategoryID, tx *db.Tx) (all []place) {
	var counts map[taxonomy.CategoryID]int
	if s.Search != nil {
		counts, _ = s.Search.Counts(p.market.ID, p.channel.ID, tx.Now) // not ready: without
	}
	for _, child := range p.tree.Children(id) {
		c, _ := p.tree.Find(child)
		n := -1
		if counts != nil {
			n = counts[child]
		}
		if !c.Hidden && n != 0 {
			all = append(all, place{title: c.In(p.Tag()).Title, path: categoryPath(c, p.Tag()), count: n})
		}
	}
	return all
}

// facetsOf puts what was counted in the merchant's order: the category's
// attributes as it names them, then all else by title.
func (p *listPage) facetsOf(counted []search.Facet) []facet {
	var order []string
	for _, a := range p.tree.Of(append(slices.Clone(p.tree.Children(p.wish.category.ID)), p.wish.category.ID)...) {
		order = append(order, a.Code)
	}
	var all []facet
	for _, f := range counted {
		if one := p.facetOf(f); f.Name != search.FacetCategory && (len(one.values) > 1 || one.open) {
			all = append(all, one)
		}
	}
	rank := func(f facet) int {
		if i := slices.Index(order, f.name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortFunc(all, func(a, b facet) int { return cmp.Or(rank(a)-rank(b), strings.Compare(a.title, b.title)) })
	return all
}

// shownValues is how many values of a facet a page offers.
const shownValues = 20

func (p *listPage) facetOf(f search.Facet) facet {
	attribute, known := p.tree.Attribute(f.Name)
	one := facet{name: f.Name, title: f.Name}
	switch {
	case known:
		one.title = attribute.In(p.Tag())
	case p.Has("shop.facet." + f.Name):
		one.title = p.T("shop.facet." + f.Name)
	}
	for _, value := range f.Values {
		v := facetValue{value: value.Value, title: value.In(p.Tag()), count: value.Count, chosen: p.has(f.Name, value.Value)}
		if known {
			v.title = p.attributeValue(attribute, value.Value)
		}
		one.open = one.open || v.chosen
		one.values = append(one.values, v)
	}
	if attribute.Type == taxonomy.TypeNumber {
		slices.SortStableFunc(one.values, func(a, b facetValue) int { return taxonomy.CompareNumbers(a.value, b.value) })
	}
	slices.SortStableFunc(one.values, func(a, b facetValue) int { // what is chosen stays in sight
		switch {
		case a.chosen == b.chosen:
			return 0
		case a.chosen:
			return -1
		}
		return 1
	})
	one.values = one.values[:min(len(one.values), shownValues)]
	return one
}

// attributeValue writes a value as the reader understands it.
func (v *visit) attributeValue(a taxonomy.Attribute, value string) string {
	switch a.Type {
	case taxonomy.TypeBool:
		return v.T("shop.value." + value)
	case taxonomy.TypeNumber:
		text := value
		if point := v.Percent(5_000); strings.Contains(point, ",") {
			text = strings.Replace(text, ".", ",", 1)
		}
		if a.Unit != "" {
			text += "\u00a0" + a.Unit
		}
		return text
	}
	return a.Show(value, v.Tag())
}

// aisles are the categories at the top, for the way around the shop.
func (p page) aisles() (all []place) {
	for _, id := range p.tree.Children("") {
		c, _ := p.tree.Find(id)
		if path := categoryPath(c, p.Tag()); !c.Hidden {
			all = append(all, place{title: c.In(p.Tag()).Title, path: path, here: strings.HasPrefix(p.visit.here+"?", path+"?")})
		}
	}
	return all
}
