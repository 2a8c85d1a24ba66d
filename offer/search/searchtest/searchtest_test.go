package searchtest_test

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/offer/search/language"
	"korzo/offer/search/searchtest"
)

// The suite is nobody's own: brute force over a map passes it too.
func TestBruteForceIsAnIndex(t *testing.T) {
	searchtest.Exercise(t, func(t *testing.T, slots *search.Slots) search.Index {
		return &brute{slots: slots, all: map[catalog.ProductID]search.Document{}}
	})
}

// brute keeps documents and looks at every word of each.
type brute struct {
	mu       sync.RWMutex
	slots    *search.Slots
	all      map[catalog.ProductID]search.Document
	mark     search.Mark
	complete bool
}

func (b *brute) Close() error { return nil }

func (b *brute) Mark() (search.Mark, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.mark, b.complete
}

func (b *brute) Clear(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.all)
	b.mark, b.complete = search.Mark{}, false
	return nil
}

func (b *brute) Apply(_ context.Context, c search.Changes) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range c.Put {
		b.all[d.ID] = d
	}
	for _, id := range c.Remove {
		delete(b.all, id)
	}
	if c.Complete {
		b.mark, b.complete = c.Mark, true
	}
	return nil
}

func (b *brute) Find(_ context.Context, q search.Terms) (search.Found, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	found := search.Found{Terms: make([]search.Heard, len(q.Terms))}
	scores := map[catalog.ProductID]int32{}
	for i := range q.Terms {
		worth := b.term(q, i)
		if found.Terms[i].Count = len(worth); len(worth) == 0 && q.Among == nil {
			found.Terms[i].Corrected, worth = b.nearest(q, i)
		}
		for id := range b.all {
			if w := worth[id]; w > 0 && (i == 0 || scores[id] > 0) {
				scores[id] += w
			} else {
				delete(scores, id)
			}
		}
	}
	if len(q.Key) >= 3 {
		b.keys(q, scores)
	}
	for id, score := range scores {
		if q.Among != nil && !slices.Contains(q.Among, b.slots.Of(id)) {
			continue
		}
		found.Slots = append(found.Slots, b.slots.Of(id))
		found.Scores = append(found.Scores, score)
	}
	return found, nil
}

func (b *brute) keys(q search.Terms, scores map[catalog.ProductID]int32) {
	for id, d := range b.all {
		for _, k := range d.Keys {
			switch key := language.Key(k); {
			case key == q.Key:
				scores[id] = max(scores[id], 1000)
			case strings.HasPrefix(key, q.Key) && strings.ContainsAny(q.Key, "0123456789"):
				scores[id] = max(scores[id], 60)
			}
		}
	}
}

// zone is words of a document and what they are worth, in percent.
type zone struct {
	words []language.Word
	worth int32
	body  bool
}

func zonesOf(d search.Document, lang string) []zone {
	t, ok := d.Texts[lang]
	if !ok {
		return nil
	}
	return []zone{{language.Words(t.Title), 100, false}, {language.Words(strings.Join(t.Terms, " ")), 70, false}, {language.Words(t.Body), 30, true}}
}

// each returns what every document is worth by its best word.
func (b *brute) each(lang string, worth func(w language.Word, body bool) int32) map[catalog.ProductID]int32 {
	all := map[catalog.ProductID]int32{}
	for id, d := range b.all {
		for _, z := range zonesOf(d, lang) {
			for _, w := range z.words {
				if n := worth(w, z.body) * z.worth / 100; n > all[id] {
					all[id] = n
				}
			}
		}
	}
	return all
}

func (b *brute) term(q search.Terms, at int) map[catalog.ProductID]int32 {
	t := q.Terms[at]
	all := b.phrase(q.Language, t.Text, t.Prefix, 100)
	for _, or := range t.Or {
		most(all, b.phrase(q.Language, or, false, 80))
	}
	for _, first := range []int{at - 1, at} {
		if first >= 0 && first+1 < len(q.Terms) {
			for _, link := range links(q.Language) {
				one := language.Words(q.Terms[first].Text + link + q.Terms[first+1].Text)[0]
				most(all, b.each(q.Language, func(w language.Word, _ bool) int32 { return same(q.Language, one, w, 88) }))
			}
		}
	}
	return all
}

func most(all, more map[catalog.ProductID]int32) {
	for id, n := range more {
		all[id] = max(all[id], n)
	}
}

// both keeps what is in two.
func both(x, y map[catalog.ProductID]int32) map[catalog.ProductID]int32 {
	all := map[catalog.ProductID]int32{}
	for id, n := range x {
		if m, ok := y[id]; ok {
			all[id] = min(n, m)
		}
	}
	return all
}

func links(lang string) []string {
	if lang == language.German {
		return []string{"", "s", "n", "en", "es", "er", "e"}
	}
	return []string{""}
}

func (b *brute) phrase(lang, text string, prefix bool, scale int32) map[catalog.ProductID]int32 {
	words := language.Words(text)
	all := b.word(lang, words[0], prefix && len(words) == 1, scale)
	for _, w := range words[1:] {
		all = both(all, b.word(lang, w, false, scale))
	}
	return all
}

func (b *brute) word(lang string, asked language.Word, prefix bool, scale int32) map[catalog.ProductID]int32 {
	all := b.each(lang, func(w language.Word, body bool) int32 {
		n := same(lang, asked, w, 100)
		if n == 0 && lang == language.German && !body && b.isTail(asked, w) {
			n = 60
		}
		if n == 0 && prefix && !body && slices.ContainsFunc(w.Forms(), func(f string) bool { return strings.HasPrefix(f, asked.Folded) }) {
			n = 55
		}
		return n * scale / 100
	})
	if len(all) == 0 || lang == language.German || asked.HasDigit() {
		most(all, b.split(lang, asked, 75*scale/100))
	}
	return all
}

// same is what a word is worth to one asked for by itself or its stem.
func same(lang string, asked, w language.Word, worth int32) int32 {
	meets := func(a, b []string) bool {
		return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
	}
	switch {
	case meets(asked.Forms(), w.Forms()):
		return worth
	case meets(asked.Stems(lang), w.Stems(lang)):
		return worth * 9 / 10
	}
	return 0
}

func (b *brute) isTail(asked, w language.Word) bool {
	for _, stem := range asked.Stems(language.German) {
		for _, ending := range []string{"", "e", "n", "s", "en", "er", "es", "ern", "se", "sen"} {
			front, had := strings.CutSuffix(w.Folded, stem+ending)
			if !had || len(stem) < 3 || stem == "tisch" && strings.HasSuffix(front, "an") {
				continue
			}
			for _, link := range links(language.German) {
				if part, had := strings.CutSuffix(front, link); had && len(part) >= 3 && b.known(language.German, part) {
					return true
				}
			}
		}
	}
	return false
}

func (b *brute) known(lang, folded string) bool {
	asked := language.Word{Raw: folded, Folded: folded}
	return len(b.each(lang, func(w language.Word, body bool) int32 {
		if body {
			return 0
		}
		return same(lang, asked, w, 100)
	})) > 0
}

func (b *brute) split(lang string, asked language.Word, worth int32) map[catalog.ProductID]int32 {
	all := map[catalog.ProductID]int32{}
	part := func(s string) map[catalog.ProductID]int32 {
		return b.each(lang, func(w language.Word, _ bool) int32 { return same(lang, language.Word{Raw: s, Folded: s}, w, worth) })
	}
	s := asked.Folded
	for i := 1; i < len(s); i++ {
		if asked.HasDigit() {
			if strings.Trim(s[:i], "0123456789") == "" && strings.Trim(s[i:i+1], "0123456789") != "" {
				most(all, both(part(s[:i]), part(s[i:])))
			}
			continue
		}
		for _, link := range links(lang) {
			front, had := strings.CutSuffix(s[:i], link)
			if had && len(front) >= 3 && len(s[i:]) >= 3 && b.known(lang, front) && b.known(lang, s[i:]) {
				most(all, both(part(front), part(s[i:])))
			}
		}
	}
	return all
}

// nearest returns the nearest word of titles and terms, and what has one as near.
func (b *brute) nearest(q search.Terms, at int) (string, map[catalog.ProductID]int32) {
	asked := language.Words(q.Terms[at].Text)[0]
	limit := language.Typos(asked.Folded)
	if asked.HasDigit() || limit == 0 {
		return "", nil
	}
	near := map[language.Word]int{}
	b.each(q.Language, func(w language.Word, body bool) int32 {
		d := language.Distance(asked.Folded, w.Folded, limit)
		if q.Terms[at].Prefix && len(asked.Folded) >= 5 && d > limit && len(w.Folded) > len(asked.Folded) {
			d = language.Distance(asked.Folded, w.Folded[:len(asked.Folded)], 1)
		}
		if !body && !w.HasDigit() && len(w.Folded) >= 3 && d <= limit && w.Folded[0] == asked.Folded[0] {
			near[w] = d
		}
		return 0
	})
	words := slices.SortedFunc(maps.Keys(near), func(x, y language.Word) int {
		return cmp.Or(near[x]-near[y], strings.Compare(x.Folded, y.Folded), strings.Compare(x.Raw, y.Raw))
	})
	all := map[catalog.ProductID]int32{}
	for _, w := range words {
		if near[w] == near[words[0]] {
			most(all, b.each(q.Language, func(other language.Word, _ bool) int32 { return same(q.Language, w, other, 50) }))
		}
	}
	if len(words) == 0 {
		return "", nil
	}
	return words[0].Raw, all
}
