package storefront

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/i18n"
)

// How many of each kind are offered while somebody types, and when nothing was found.
const (
	suggested   = 5
	insteadMost = 8
)

// suggestions are what somebody who types may mean.
type suggestions struct {
	page
	queries    []place
	categories []place
	cards      []card
}

// typed answers what is typed with a piece of a page. Without a script nobody
// asks, and without a search there is nothing to say.
func (s *Shop) typed(w http.ResponseWriter, r *http.Request) error {
	var p suggestions
	text := strings.TrimSpace(r.URL.Query().Get("q"))
	err := s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		p.page = s.page(v, "")
		return p.fill(r.Context(), tx, s, text[:min(len(text), searchMost)], suggested)
	})
	if err != nil {
		return err
	}
	return write(w, r, http.StatusOK, suggestTemplate(p))
}

// fill finds what begins as text does; an empty text gets what others look for.
func (p *suggestions) fill(ctx context.Context, tx *db.Tx, s *Shop, text string, most int) error {
	if s.Search == nil {
		return nil
	}
	found, err := s.Search.Suggest(ctx, search.Query{Text: strings.ToValidUTF8(text, ""), Market: p.market.ID, Channel: p.channel.ID, At: tx.Now, Locale: p.Tag(), Limit: most})
	if errors.Is(err, search.ErrNotReady) || errors.Is(err, search.ErrInvalid) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, q := range found.Queries {
		p.queries = append(p.queries, place{title: q, path: "/?" + url.Values{"q": {q}}.Encode()})
	}
	for _, c := range found.Categories {
		if one, ok := p.tree.Find(taxonomy.CategoryID(c.Value)); ok && !one.Hidden {
			p.categories = append(p.categories, place{title: one.In(p.Tag()).Title, path: categoryPath(one, p.Tag()), count: c.Count})
		}
	}
	if len(found.Products) == 0 {
		return nil
	}
	products, err := catalog.Some(ctx, tx, found.Products, p.Tag())
	if err != nil {
		return err
	}
	p.cards, err = cardsOf(ctx, tx, p.visit, products)
	return err
}

// cardsOf are products as lists show them.
func cardsOf(ctx context.Context, tx *db.Tx, v *visit, products []catalog.Product) ([]card, error) {
	all, err := goodsOf(ctx, tx, v, products)
	cards := make([]card, 0, len(all))
	for _, g := range all {
		cards = append(cards, g.card(v))
	}
	return cards, err
}

// instead offers those whose words found nothing what others look for, and what
// is new.
func (p *listPage) instead(ctx context.Context, tx *db.Tx, s *Shop) error {
	if p.query == "" || len(p.cards) > 0 {
		return nil
	}
	p.other = suggestions{page: p.page}
	if err := p.other.fill(ctx, tx, s, "", suggested); err != nil {
		return err
	}
	products, _, err := catalog.List(ctx, tx, catalog.Filter{Status: catalog.StatusActive, Channel: p.channel.ID, Locale: p.Tag(), Limit: insteadMost})
	if err != nil {
		return err
	}
	p.other.cards, err = cardsOf(ctx, tx, p.visit, products)
	return err
}

// tell says what machines should know of a list: found words, and a choice of
// filters, are not worth finding; the list itself is.
func (p *listPage) tell() {
	if p.query != "" {
		p.hidden = true
		return
	}
	p.meta.path, p.meta.paths = p.wish.path(p.Tag()), map[string]string{"": p.wish.path("")}
	for _, tag := range i18n.Languages {
		p.meta.paths[tag] = p.wish.path(tag)
	}
	if p.chosen() == 0 && p.after != "" {
		p.meta.path = p.address(p.Tag(), p.after)
		for tag := range p.meta.paths {
			p.meta.paths[tag] = p.address(tag, p.after)
		}
	}
	if p.wish.category.ID != "" {
		p.meta.data = append(p.meta.data, p.crumbData(append(append([]place{}, p.path...), place{title: p.title, path: p.wish.path(p.Tag())})))
		return
	}
	p.meta.data = append(p.meta.data, ld{"@context": "https://schema.org", "@type": "Organization", "name": p.name(), "url": p.absolute("/")},
		ld{"@context": "https://schema.org", "@type": "WebSite", "name": p.name(), "url": p.absolute("/"),
			"potentialAction": ld{"@type": "SearchAction", "query-input": "required name=search_term_string",
				"target": ld{"@type": "EntryPoint", "urlTemplate": p.absolute("/?q={search_term_string}")}}})
}
