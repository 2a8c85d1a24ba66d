package search

import (
	"cmp"
	"container/heap"
	"encoding/base64"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/catalog"
)

const (
	maxFacets = 40 // shown
	maxValues = 100
	// pinned is above every score.
	pinned = int64(1) << 40
	// brevity is what a title that says nothing else is worth, a term.
	brevity = 20
)

// selection is what a page is made of.
type selection struct {
	query      Query
	language   string
	after      *place
	match      match
	everything bool // no text: all that is sold
	ids        []catalog.ProductID
	boosts     map[uint32]ranking // the merchant's wishes for this query
}

// chosen is the filter by facets: a bit for each choice.
type chosen struct {
	bits  []uint64 // by value: the choices it satisfies
	need  uint64
	facet []int // by bit: whose counts ignore it
}

// page filters, counts, sorts and cuts in one pass.
func (c *columns) page(s selection) Result {
	w := &walk{columns: c, selection: s, chosen: c.choose(s.query), limit: s.query.Limit + 1}
	if prices, ok := c.markets[s.query.Market]; ok {
		w.prices = *prices
	}
	w.titles = c.languages[s.language]
	if !s.query.NoFacets {
		w.counts = make([]int32, len(c.facets.of))
	}
	if s.everything {
		for slot := range c.live {
			w.visit(uint32(slot), 0)
		}
	} else {
		for i, slot := range s.match.Slots {
			w.visit(slot, w.relevance(slot, s.match.Scores[i]))
		}
		w.addPinned()
	}
	return w.result()
}

// choose numbers the choices of a query.
func (c *columns) choose(q Query) chosen {
	all := chosen{bits: make([]uint64, len(c.facets.of))}
	add := func(name string, values []string) {
		bit := uint64(1) << len(all.facet)
		at, ok := c.facets.byName[name]
		if !ok {
			at = -1
		}
		all.need |= bit
		all.facet = append(all.facet, at)
		for _, text := range values {
			if v, ok := c.facets.find(name, text); ok {
				all.bits[v] |= bit
			}
		}
	}
	if q.Category != "" {
		add(FacetCategory, []string{q.Category})
	}
	for name, values := range q.Facets {
		if len(values) > 0 {
			add(name, values)
		}
	}
	return all
}

// walk is the pass over the products.
type walk struct {
	*columns
	selection
	chosen
	prices []int64
	titles *titles
	counts []int32
	total  int
	limit  int
	best   places // the worst first
}

// visit counts a product and keeps it if it belongs on the page.
func (w *walk) visit(slot uint32, score int64) {
	if int(slot) >= len(w.live) || !w.live[slot] || int(slot) >= len(w.prices) {
		return
	}
	price := w.prices[slot]
	q := &w.query
	if price < 0 || price < q.PriceFrom || q.PriceTo > 0 && price > q.PriceTo || q.InStock && w.stocked[slot] == 0 {
		return
	}
	if times, ok := w.times[slot]; ok && !catalog.Published(times, q.Channel, q.At) {
		return
	}
	values := w.values[slot]
	var has uint64
	if w.need != 0 {
		for _, v := range values {
			has |= w.bits[v]
		}
	}
	missing := w.need &^ has
	if missing != 0 {
		if missing&(missing-1) == 0 && w.counts != nil { // one choice only: it does not shrink its own facet
			w.countOne(values, w.facet[bits.TrailingZeros64(missing)])
		}
		return
	}
	if w.counts != nil {
		for _, v := range values {
			w.counts[v]++
		}
	}
	w.total++
	key, age := w.key(slot, price, score), -w.created[slot]
	if len(w.best) == w.limit && w.query.Sort != SortTitle {
		if worst := &w.best[0]; key > worst.key || key == worst.key && age > worst.age {
			return
		}
	}
	w.keep(w.placeOf(slot, key, age))
}

func (w *walk) countOne(values []uint32, facet int) {
	for _, v := range values {
		if w.facets.of[v] == facet {
			w.counts[v]++
		}
	}
}

// relevance adds to an index's score what the index cannot know.
func (w *walk) relevance(slot uint32, score int32) int64 {
	total := int64(score) + w.titles.brevity(slot, int64(w.match.terms))
	if r, ok := w.boosts[slot]; ok {
		if r.Position > 0 {
			return pinned - r.Position
		}
		total += total * r.Boost / 100
	}
	return total
}

// brevity is what a title is worth for saying little but the n terms asked for.
func (t *titles) brevity(slot uint32, n int64) int64 {
	if t == nil || int(slot) >= len(t.words) || t.words[slot] == 0 {
		return 0
	}
	return n * min(brevity, brevity*n/int64(t.words[slot]))
}

// addPinned adds what the merchant pins and the words did not find.
func (w *walk) addPinned() {
	for slot, r := range w.boosts {
		if r.Position > 0 && !slices.Contains(w.match.Slots, slot) {
			w.visit(slot, pinned-r.Position)
		}
	}
}

// place is where a product stands in an order. Lower comes first.
type place struct {
	key  int64
	text string
	age  int64 // the newer is less
	id   catalog.ProductID
}

func (p place) compare(o place) int {
	if c := cmp.Compare(p.key, o.key); c != 0 {
		return c
	}
	if c := strings.Compare(p.text, o.text); c != 0 {
		return c
	}
	if c := cmp.Compare(p.age, o.age); c != 0 {
		return c
	}
	return strings.Compare(string(o.id), string(p.id))
}

// key is what the order looks at first.
func (w *walk) key(slot uint32, price, score int64) int64 {
	switch w.query.Sort {
	case SortNewest:
		return -w.created[slot]
	case SortPriceUp:
		return price
	case SortPriceDown:
		return -price
	case SortTitle:
		return 0
	}
	return -score
}

func (w *walk) placeOf(slot uint32, key, age int64) place {
	p := place{key: key, age: age, id: w.ids[slot]}
	if w.query.Sort == SortTitle && w.titles != nil && int(slot) < len(w.titles.folded) {
		p.text = w.titles.folded[slot]
	}
	return p
}

// keep holds on to the best of what comes after the page before.
func (w *walk) keep(p place) {
	if w.after != nil && p.compare(*w.after) <= 0 {
		return
	}
	if len(w.best) < w.limit {
		heap.Push(&w.best, p)
		return
	}
	if p.compare(w.best[0]) < 0 {
		w.best[0] = p
		heap.Fix(&w.best, 0)
	}
}

func (w *walk) result() Result {
	slices.SortFunc(w.best, place.compare)
	r := Result{Total: w.total}
	if limit := w.limit - 1; len(w.best) > limit {
		w.best = w.best[:limit]
		r.Next = w.best[limit-1].cursor(w.query.Sort)
	}
	for _, p := range w.best {
		r.IDs = append(r.IDs, p.id)
	}
	if w.counts != nil {
		r.Facets = w.columns.counted(w.counts)
	}
	return r
}

// counted makes facets of counts.
func (c *columns) counted(counts []int32) []Facet {
	byFacet := make([][]Value, len(c.facets.names))
	for v, n := range counts {
		if n > 0 {
			at := c.facets.of[v]
			byFacet[at] = append(byFacet[at], Value{c.facets.texts[v], int(n), c.facets.titlesOf(uint32(v))})
		}
	}
	var all []Facet
	for at, values := range byFacet {
		if len(values) == 0 || c.facets.names[at] == FacetTag { // the merchant's own words
			continue
		}
		slices.SortFunc(values, func(a, b Value) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value)) })
		all = append(all, Facet{c.facets.names[at], values[:min(len(values), maxValues)]})
	}
	slices.SortFunc(all, func(a, b Facet) int { return strings.Compare(a.Name, b.Name) })
	return all[:min(len(all), maxFacets)]
}

// places is a heap with the worst on top.
type places []place

func (p places) Len() int           { return len(p) }
func (p places) Less(i, j int) bool { return p[i].compare(p[j]) > 0 }
func (p places) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }

// Push is part of heap.Interface.
func (p *places) Push(x any) { *p = append(*p, x.(place)) }

// Pop is part of heap.Interface.
func (p *places) Pop() any {
	last := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return last
}

// cursor is a place as a client keeps it.
func (p place) cursor(by Sort) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join([]string{string(by), strconv.FormatInt(p.key, 10), strconv.FormatInt(p.age, 10), string(p.id), p.text}, "\n")))
}

// placeOf reads a cursor, which a client may have made up.
func placeOf(cursor string, by Sort) (place, bool) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	parts := strings.SplitN(string(text), "\n", 5)
	if err != nil || len(parts) != 5 || parts[0] != string(by) {
		return place{}, false
	}
	key, err := strconv.ParseInt(parts[1], 10, 64)
	age, err2 := strconv.ParseInt(parts[2], 10, 64)
	return place{key: key, age: age, id: catalog.ProductID(parts[3]), text: parts[4]}, err == nil && err2 == nil
}
