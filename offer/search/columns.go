package search

import (
	"maps"
	"slices"
	"sync"

	"korzo/offer/catalog"
	"korzo/offer/search/language"
)

// columns hold everything about products that is not words, by slot. Prices,
// stock and facet values are filtered, counted and sorted here in one pass.
// Readers hold mu for reading during a search.
type columns struct {
	mu        sync.RWMutex
	live      []bool
	created   []int64  // µs
	stocked   []uint16 // variants in stock; untracked for those that always are
	texts     []uint64 // checksum of what an index was told; 0 for none
	values    [][]uint32
	markets   map[string]*[]int64 // market → price by slot, less than 0 where not sold
	languages map[string]*titles
	facets    facets
	sold      map[string][]int32 // market → by value: the products sold there that have it
	variants  map[catalog.VariantID]variantState
	held      [][]catalog.VariantID                     // by slot
	calls     map[uint32][]*called                      // what products call their values
	times     map[uint32][]catalog.Publication          // of those that are not seen always, everywhere
	parts     map[catalog.VariantID][]catalog.Part      // of bundles
	within    map[catalog.VariantID][]catalog.VariantID // part → bundles
}

// untracked stands in stocked for products without a stock.
const untracked = 1<<16 - 1

// titles are those of one language.
type titles struct {
	folded []string // to sort by
	words  []uint8  // to prefer the title that says little else
}

type variantState struct {
	slot      uint32
	available bool
}

// facets number the values of facets.
type facets struct {
	names  []string       // by facet number
	byName map[string]int // its inverse
	of     []int          // value → facet
	texts  []string       // value → text
	folded []string       // value → text, normal
	called [][]*called    // value → what products call it, whoever was read last comes last
	byText []map[string]uint32
}

// called is what some products call a value, by locale.
type called struct {
	value    uint32
	titles   map[string]string
	products int
}

// call notes what one more product calls a value.
func (f *facets) call(value uint32, titles map[string]string) *called {
	all := f.called[value]
	name := &called{value: value, titles: titles}
	if i := slices.IndexFunc(all, func(other *called) bool { return maps.Equal(other.titles, titles) }); i >= 0 {
		name = all[i]
		all = slices.Delete(all, i, i+1)
	}
	name.products++
	f.called[value] = append(all, name)
	return name
}

// uncall forgets what a product called a value: when no other calls it so, it
// is called that no more.
func (f *facets) uncall(name *called) {
	if name.products--; name.products == 0 {
		f.called[name.value] = slices.DeleteFunc(f.called[name.value], func(other *called) bool { return other == name })
	}
}

// titlesOf is what a value is called by locale, nil for nothing.
func (f *facets) titlesOf(value uint32) map[string]string {
	if all := f.called[value]; len(all) > 0 {
		return all[len(all)-1].titles
	}
	return nil
}

func newColumns() *columns {
	c := new(columns)
	c.clear()
	return c
}

// anySold reports whether one of some products is sold in a market.
func (c *columns) anySold(slots []uint32, market string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	prices, ok := c.markets[market]
	return ok && slices.ContainsFunc(slots, func(slot uint32) bool {
		return int(slot) < len(*prices) && c.live[slot] && (*prices)[slot] >= 0
	})
}

// clear forgets everything.
func (c *columns) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live, c.created, c.stocked, c.texts, c.values, c.held = nil, nil, nil, nil, nil, nil
	c.markets, c.languages, c.variants = map[string]*[]int64{}, map[string]*titles{}, map[catalog.VariantID]variantState{}
	c.facets, c.sold = facets{byName: map[string]int{}}, map[string][]int32{}
	c.calls = map[uint32][]*called{}
	c.times, c.parts, c.within = map[uint32][]catalog.Publication{}, map[catalog.VariantID][]catalog.Part{}, map[catalog.VariantID][]catalog.VariantID{}
}

// number returns the number of a facet's value, a new one when it has none.
func (f *facets) number(name, text string) uint32 {
	at, ok := f.byName[name]
	if !ok {
		at = len(f.names)
		f.byName[name] = at
		f.names = append(f.names, name)
		f.byText = append(f.byText, map[string]uint32{})
	}
	v, ok := f.byText[at][text]
	if !ok {
		v = uint32(len(f.of))
		f.byText[at][text] = v
		f.of = append(f.of, at)
		f.texts = append(f.texts, text)
		f.folded = append(f.folded, language.Normal(text))
		f.called = append(f.called, nil)
	}
	return v
}

// find returns the number of a value that some product has or had.
func (f *facets) find(name, text string) (uint32, bool) {
	at, ok := f.byName[name]
	if !ok {
		return 0, false
	}
	v, ok := f.byText[at][text]
	return v, ok
}

// put writes a document into its slot.
func (c *columns) put(slot uint32, d Document) {
	c.grow(int(slot) + 1)
	c.drop(slot)
	c.live[slot] = true
	c.created[slot] = d.CreatedAt.UnixMicro()
	if len(d.Publications) > 0 {
		c.times[slot] = d.Publications
	}
	c.putValues(slot, d)
	c.putVariants(slot, d)
	for market, price := range d.Prices {
		prices, ok := c.markets[market]
		if !ok {
			prices = &[]int64{}
			c.markets[market] = prices
		}
		for len(*prices) <= int(slot) {
			*prices = append(*prices, -1)
		}
		(*prices)[slot] = price.Minor
	}
	c.countSold(slot, 1)
	for lang, t := range d.Texts {
		l, ok := c.languages[lang]
		if !ok {
			l = &titles{}
			c.languages[lang] = l
		}
		for len(l.folded) <= int(slot) {
			l.folded, l.words = append(l.folded, ""), append(l.words, 0)
		}
		l.folded[slot], l.words[slot] = language.Fold(t.Title), uint8(min(255, len(language.Words(t.Title))))
	}
}

func (c *columns) putValues(slot uint32, d Document) {
	var values []uint32
	for _, v := range d.Categories {
		values = append(values, c.facets.number(FacetCategory, v))
	}
	for _, v := range d.Tags {
		values = append(values, c.facets.number(FacetTag, v))
	}
	for name, texts := range d.Attributes {
		for _, v := range texts {
			number := c.facets.number(name, v)
			if titles := d.Titles[FacetValue{name, v}]; len(titles) > 0 {
				c.calls[slot] = append(c.calls[slot], c.facets.call(number, titles))
			}
			values = append(values, number)
		}
	}
	c.values[slot] = values
}

func (c *columns) putVariants(slot uint32, d Document) {
	for _, v := range d.Variants {
		c.held[slot] = append(c.held[slot], v.Variant)
		c.variants[v.Variant] = variantState{slot, v.Available}
		c.bundle(v.Variant, v.Parts)
		if v.Available {
			c.stocked[slot]++
		}
	}
	if d.Untracked {
		c.stocked[slot] = untracked
	}
}

// bundle notes what a variant is made of, nil for what is no bundle any more.
func (c *columns) bundle(v catalog.VariantID, parts []catalog.Part) {
	for _, p := range c.parts[v] {
		c.within[p.Variant] = slices.DeleteFunc(c.within[p.Variant], func(b catalog.VariantID) bool { return b == v })
		if len(c.within[p.Variant]) == 0 {
			delete(c.within, p.Variant)
		}
	}
	delete(c.parts, v)
	if len(parts) > 0 {
		c.parts[v] = parts
	}
	for _, p := range parts {
		c.within[p.Variant] = append(c.within[p.Variant], v)
	}
}

// withBundles returns variants, the bundles they are in, and all parts of
// those: whose stock tells what there is of them.
func (c *columns) withBundles(variants []catalog.VariantID) (all []catalog.VariantID, bundles map[catalog.VariantID][]catalog.Part) {
	all = variants
	for _, v := range variants {
		for _, b := range slices.Concat(c.within[v], []catalog.VariantID{v}) {
			if parts := c.parts[b]; len(parts) > 0 {
				if bundles == nil {
					bundles = map[catalog.VariantID][]catalog.Part{}
					all = slices.Clone(variants)
				}
				bundles[b] = parts
				all = append(all, catalog.PartIDs(parts)...)
			}
		}
	}
	return all, bundles
}

// stock notes whether there is any of a variant.
func (c *columns) stock(v catalog.VariantID, available bool) {
	state, ok := c.variants[v]
	if !ok || state.available == available {
		return
	}
	state.available = available
	c.variants[v] = state
	switch slot := state.slot; {
	case c.stocked[slot] == untracked:
	case available:
		c.stocked[slot]++
	default:
		c.stocked[slot]--
	}
}

// drop takes what a slot holds away.
func (c *columns) drop(slot uint32) {
	if int(slot) >= len(c.live) {
		return
	}
	c.countSold(slot, -1)
	c.live[slot], c.stocked[slot], c.values[slot] = false, 0, nil
	for _, v := range c.held[slot] {
		delete(c.variants, v)
		c.bundle(v, nil)
	}
	for _, name := range c.calls[slot] {
		c.facets.uncall(name)
	}
	delete(c.calls, slot)
	delete(c.times, slot)
	c.held[slot] = nil
	for _, prices := range c.markets {
		if int(slot) < len(*prices) {
			(*prices)[slot] = -1
		}
	}
}

// countSold adds a product to the counts of its values where it is sold, or
// takes it away again.
func (c *columns) countSold(slot uint32, by int32) {
	for market, prices := range c.markets {
		if int(slot) >= len(*prices) || (*prices)[slot] < 0 {
			continue
		}
		counts := c.sold[market]
		for len(counts) < len(c.facets.of) {
			counts = append(counts, 0)
		}
		for _, v := range c.values[slot] {
			counts[v] += by
		}
		c.sold[market] = counts
	}
}

func (c *columns) grow(n int) {
	for len(c.live) < n {
		c.live, c.created, c.stocked = append(c.live, false), append(c.created, 0), append(c.stocked, 0)
		c.texts, c.values = append(c.texts, 0), append(c.values, nil)
		c.held = append(c.held, nil)
	}
}
