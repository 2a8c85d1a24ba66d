package search

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"korzo/offer/catalog"
	"korzo/offer/search/language"
)

// A few letters begin the words of half a shop, and everyone types them first.
// So what they find most of is kept, the best first, and a product that
// changes is put into its place there instead of all being looked up anew.
//
// Markets, prices and publications are not asked here but by who reads: they
// change more often than words do. Nobody who types waits for a list to be
// made: whoever follows the products makes them before a node says that it has
// caught up.
const (
	shortBegin = 3     // letters
	heavy      = 500   // products: what begins fewer is looked up as quickly
	reach      = 512   // products kept of one beginning
	maxBegun   = 20000 // beginnings kept
	maxAnew    = 16    // beginnings made anew after one change; more are forgotten
)

// begun names a beginning.
type begun struct{ language, text string }

// beginning is what a few letters find, best first. It is never changed, only replaced.
type beginning struct {
	asked Terms
	words map[string]bool // a product without a form that begins as one of them is not found
	stems []string        // German: what a compound of it ends with
	// compounds: who is found may depend on the words of products that are not,
	// so it is made anew whatever changes.
	compounds bool

	best  []ranked
	all   bool   // nothing comes after best
	bound ranked // else: what comes after it is not known
}

// ranked is a product and how well it is found.
type ranked struct {
	slot  uint32
	score int32
}

// beginnings are those kept. The zero one keeps nothing yet, and is cold.
type beginnings struct {
	mu      sync.RWMutex
	heavy   int    // 0 for the constant
	version uint64 // grows with every change of an index or of rules
	warm    bool   // all that are heavy have been looked for
	kept    map[begun]*beginning
}

func (b *beginnings) threshold() int { return cmp.Or(b.heavy, heavy) }

// find returns what is kept, nil for nothing, and the version that is now.
func (b *beginnings) find(key begun) (*beginning, uint64) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.kept[key], b.version
}

// keep keeps one that was made of what was there at version.
func (b *beginnings) keep(key begun, made *beginning, version uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.version != version || len(b.kept) >= maxBegun {
		return
	}
	if b.kept == nil {
		b.kept = map[begun]*beginning{}
	}
	b.kept[key] = made
}

// forget forgets all.
func (b *beginnings) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.version++
	b.warm, b.kept = false, nil
}

// begins reports whether a text is the few first letters of one word, and what
// they are kept under.
func (a asked) begins() (begun, bool) {
	if len(a.Terms.Terms) != 1 || !a.Terms.Terms[0].Prefix {
		return begun{}, false
	}
	text := a.Terms.Terms[0].Text
	n := utf8.RuneCountInString(text)
	return begun{a.Language, text}, n > 0 && n <= shortBegin && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
}

// beginning returns what a few letters find: what is kept, or, made now, what
// is worth keeping; nil for neither.
func (s *Search) beginning(ctx context.Context, a asked) (*beginning, error) {
	key, ok := a.begins()
	if !ok {
		return nil, nil
	}
	kept, version := s.begun.find(key)
	if kept != nil {
		return kept, nil
	}
	made, found, err := s.begin(ctx, a.Terms)
	if err != nil || found < s.begun.threshold() {
		return nil, err
	}
	s.begun.keep(key, made, version)
	return made, nil
}

// begin asks the index what a beginning finds, and how many that are.
func (s *Search) begin(ctx context.Context, asked Terms) (*beginning, int, error) {
	found, err := s.index.Find(ctx, asked)
	if err != nil {
		return nil, 0, err
	}
	made := &beginning{asked: asked, words: map[string]bool{}}
	for _, t := range append([]string{asked.Terms[0].Text, asked.Key}, asked.Terms[0].Or...) {
		for _, w := range language.Words(t) {
			for _, form := range slices.Concat(w.Forms(), w.Stems(asked.Language)) {
				made.words[first(form, shortBegin)] = true
			}
			if asked.Language == language.German {
				made.stems = append(made.stems, w.Stems(asked.Language)...)
			}
		}
	}
	made.compounds = found.Terms[0].Compounds
	s.columns.mu.RLock()
	defer s.columns.mu.RUnlock()
	made.fill(s.columns.ranked(asked.Language, found), s.order())
	return made, len(found.Slots), nil
}

// ranked returns what an index found and is on offer.
func (c *columns) ranked(lang string, found Found) []ranked {
	titles := c.languages[lang]
	all := make([]ranked, 0, len(found.Slots))
	for i, slot := range found.Slots {
		if int(slot) < len(c.live) && c.live[slot] {
			all = append(all, ranked{slot, found.Scores[i] + int32(titles.brevity(slot, 1))})
		}
	}
	return all
}

// order compares as pages of suggestions do. Readers hold columns.mu.
func (s *Search) order() func(a, b ranked) int {
	ids, created := s.slots.all(), s.columns.created
	return func(a, b ranked) int {
		if c := cmp.Compare(b.score, a.score); c != 0 {
			return c
		}
		if c := cmp.Compare(created[b.slot], created[a.slot]); c != 0 {
			return c
		}
		return strings.Compare(string(ids[b.slot]), string(ids[a.slot]))
	}
}

// fill keeps the best of all that there are.
func (b *beginning) fill(all []ranked, order func(a, b ranked) int) {
	const many = 4 * reach // are sorted at a time
	b.all = true
	for _, r := range all {
		if !b.all && order(r, b.bound) > 0 {
			continue
		}
		if b.best = append(b.best, r); len(b.best) == many {
			b.cut(order)
		}
	}
	b.cut(order)
	b.best = slices.Clip(slices.Clone(b.best))
}

func (b *beginning) cut(order func(a, b ranked) int) {
	slices.SortFunc(b.best, order)
	if len(b.best) > reach {
		b.best = b.best[:reach]
		b.all, b.bound = false, b.best[reach-1]
	}
}

// first returns the first products of a beginning that a query may see, and
// false when there may be more than are kept.
func (c *columns) first(b *beginning, q Query, ids []catalog.ProductID) (found []catalog.ProductID, enough bool) {
	prices, ok := c.markets[q.Market]
	if !ok {
		return nil, true
	}
	for _, r := range b.best {
		if !c.live[r.slot] || int(r.slot) >= len(*prices) || (*prices)[r.slot] < 0 {
			continue
		}
		if times, ok := c.times[r.slot]; ok && !catalog.Published(times, q.Channel, q.At) {
			continue
		}
		if found = append(found, ids[r.slot]); len(found) == q.Limit {
			return found, true
		}
	}
	return found, b.all
}

// first returns the first n letters of a word.
func first(word string, n int) string {
	for i := range word {
		if n == 0 {
			return word[:i]
		}
		n--
	}
	return word
}
