package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/platform/db"
)

const (
	maxSuggestions = 20
	maxPopular     = 5000
	popularDays    = 30
)

// Suggestions are what someone may want to type, or go to at once.
type Suggestions struct {
	Products   []catalog.ProductID
	Categories []Value  // ids of those with a word that begins as the text does, and how many products
	Queries    []string // that others made and that found something
}

// popular are the queries made most, by market and language.
type popular map[string][]Tally

// Remember reads anew which queries are made most. Run does it now and then.
func (s *Search) Remember(ctx context.Context) error {
	all := popular{}
	err := s.config.DB.Read(ctx, func(tx *db.Tx) error {
		clear(all)
		found, err := selectPopular(ctx, tx, since(tx, popularDays), maxPopular)
		for _, t := range found {
			key := ruleKey(t.Market, t.Language)
			all[key] = append(all[key], t)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read popular queries: %w", err)
	}
	s.popular.Store(&all)
	return nil
}

// Suggest completes a text that is being typed: up to q.Limit of each kind, of
// what is sold in q.Market and seen in q.Channel; other fields do not count. An
// empty text gets the popular queries. It returns ErrNotReady or ErrInvalid,
// and touches no database.
func (s *Search) Suggest(ctx context.Context, q Query) (Suggestions, error) {
	if !s.ready.Load() {
		return Suggestions{}, ErrNotReady
	}
	market, limit := q.Market, max(1, min(q.Limit, maxSuggestions))
	q, _, err := s.checked(Query{Text: q.Text, Market: market, Channel: q.Channel, At: q.At, Locale: q.Locale, Limit: limit, NoFacets: true})
	if err != nil {
		return Suggestions{}, err
	}
	lang := s.languageOf(q.Locale)
	asked := s.rules.Load().understand(lang, q.Text)
	found := Suggestions{Queries: s.popularQueries(market, lang, asked.normal, limit)}
	if !asked.any() {
		return found, nil
	}
	if found.Products, err = s.suggested(ctx, asked, q); err != nil {
		return Suggestions{}, err
	}
	s.columns.mu.RLock()
	defer s.columns.mu.RUnlock()
	found.Categories = s.columns.categories(s.shelves.Load(), lang, asked.normal, market, limit)
	return found, nil
}

// suggested returns the products that a text that is being typed finds best:
// from what is kept of a few letters, where that is enough.
func (s *Search) suggested(ctx context.Context, asked asked, q Query) ([]catalog.ProductID, error) {
	kept, err := s.beginning(ctx, asked)
	if err != nil {
		return nil, err
	}
	if kept != nil {
		s.columns.mu.RLock()
		found, enough := s.columns.first(kept, q, s.slots.all())
		s.columns.mu.RUnlock()
		if enough {
			return found, nil
		}
	}
	m, err := s.match(ctx, asked, q.Market)
	if err != nil || len(m.relaxed) > 0 {
		return nil, err
	}
	s.columns.mu.RLock()
	defer s.columns.mu.RUnlock()
	return s.columns.page(selection{query: q, language: asked.Language, match: m, ids: s.slots.all()}).IDs, nil
}

func (s *Search) popularQueries(market, lang, begun string, limit int) (all []string) {
	for _, t := range (*s.popular.Load())[ruleKey(market, lang)] {
		if len(all) == limit {
			break
		}
		if strings.HasPrefix(t.Query, begun) && t.Query != begun {
			all = append(all, t.Query)
		}
	}
	return all
}

// categories returns those with a word that begins as the text does.
func (c *columns) categories(shelves *shelves, lang, begun, market string, limit int) []Value {
	at, ok := c.facets.byName[FacetCategory]
	if !ok || begun == "" {
		return nil
	}
	counts := c.sold[market]
	var all []Value
	for id, name := range shelves.names[lang] {
		v, ok := c.facets.byText[at][id]
		if ok && int(v) < len(counts) && counts[v] > 0 && (strings.HasPrefix(name, begun) || strings.Contains(name, " "+begun)) {
			all = append(all, Value{Value: id, Count: int(counts[v])})
		}
	}
	slices.SortFunc(all, func(a, b Value) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value)) })
	return all[:min(len(all), limit)]
}
