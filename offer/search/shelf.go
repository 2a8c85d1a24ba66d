package search

import (
	"time"

	"korzo/offer/catalog"
	"korzo/offer/search/language"
	"korzo/offer/taxonomy"
)

// shelves are the categories' names, folded, by language and id: what someone
// may be typing the beginning of.
type shelves struct {
	tree  *taxonomy.Tree
	names map[string]map[string]string
}

// shelve notes what the categories are called now.
func (s *Search) shelve(now shop) {
	if s.shelves.Load().tree == now.tree {
		return
	}
	all := &shelves{now.tree, map[string]map[string]string{}}
	for _, locale := range append([]string{now.base}, now.locales...) {
		names := map[string]string{}
		for c := range now.tree.Below("") {
			if !c.Hidden {
				names[string(c.ID)] = language.Normal(c.In(locale).Title)
			}
		}
		all.names[language.Of(locale)] = names
	}
	s.shelves.Store(all)
}

// Counts returns how many products of each category, those below it counted
// in, are sold in a market and seen in a channel at a time. Products in several
// of its categories count once. It returns ErrNotReady, and touches no database.
func (s *Search) Counts(market, channel string, at time.Time) (map[taxonomy.CategoryID]int, error) {
	if !s.ready.Load() {
		return nil, ErrNotReady
	}
	s.columns.mu.RLock()
	defer s.columns.mu.RUnlock()
	return s.columns.counts(market, channel, at), nil
}

func (c *columns) counts(market, channel string, at time.Time) map[taxonomy.CategoryID]int {
	all := map[taxonomy.CategoryID]int{}
	facet, ok := c.facets.byName[FacetCategory]
	if !ok {
		return all
	}
	sold := c.sold[market]
	for id, v := range c.facets.byText[facet] {
		if int(v) < len(sold) && sold[v] > 0 {
			all[taxonomy.CategoryID(id)] = int(sold[v])
		}
	}
	prices, ok := c.markets[market]
	for slot, times := range c.times {
		if !ok || int(slot) >= len(*prices) || (*prices)[slot] < 0 || catalog.Published(times, channel, at) {
			continue
		}
		for _, v := range c.values[slot] {
			if c.facets.of[v] == facet {
				all[taxonomy.CategoryID(c.facets.texts[v])]--
			}
		}
	}
	return all
}
