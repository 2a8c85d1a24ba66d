package search

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode"

	"korzo/offer/search/language"
)

// reworded are products whose words changed, or that came or went.
type reworded struct {
	slots  map[uint32]bool
	begins map[string]map[string][]uint32 // language → first letters → who has a form that begins so
	tails  map[string]bool                // what German words end with, without their own endings
}

func (r *reworded) add(slot uint32) {
	if r.slots == nil {
		r.slots, r.begins, r.tails = map[uint32]bool{}, map[string]map[string][]uint32{}, map[string]bool{}
	}
	r.slots[slot] = true
}

// put notes what a document's words begin with, in their forms and stems.
func (r *reworded) put(slot uint32, d Document) {
	r.add(slot)
	for lang, t := range d.Texts {
		all := r.begins[lang]
		if all == nil {
			all = map[string][]uint32{}
			r.begins[lang] = all
		}
		note := func(form string) {
			for n := 1; n <= shortBegin; n++ {
				begin := first(form, n)
				if had := all[begin]; len(had) == 0 || had[len(had)-1] != slot {
					all[begin] = append(had, slot)
				}
			}
		}
		for _, text := range slices.Concat(t.Terms, []string{t.Title, t.Body}) {
			for _, w := range language.Words(text) {
				for _, form := range slices.Concat(w.Forms(), w.Stems(lang)) {
					note(form)
				}
				if lang == language.German {
					r.end(w)
				}
			}
		}
		for _, k := range d.Keys {
			note(language.Key(k))
		}
	}
}

// end notes what a word ends with: it may be a compound of that.
func (r *reworded) end(w language.Word) {
	for _, form := range w.Forms() {
		for _, ending := range language.Inflected {
			head, had := strings.CutSuffix(form, ending)
			for i := range head {
				if had && i > 0 {
					r.tails[head[i:]] = true
				}
			}
		}
	}
}

// joins reports whether a word is new that ends as a beginning's: as a compound
// of it, it is found too.
func (r *reworded) joins(b *beginning) bool {
	return slices.ContainsFunc(b.stems, func(stem string) bool { return r.tails[stem] })
}

// having returns who may be found by a beginning.
func (r *reworded) having(b *beginning) (slots []uint32) {
	for word := range b.words {
		slots = append(slots, r.begins[b.asked.Language][word]...)
	}
	slices.Sort(slots)
	return slices.Compact(slots)
}

// rebegin puts products whose words changed into their places in every
// beginning that is kept. The index has them already; changes are made by one
// at a time.
func (s *Search) rebegin(ctx context.Context, r *reworded) error {
	if len(r.slots) == 0 {
		return nil
	}
	s.begun.mu.Lock()
	s.begun.version++
	before := maps.Clone(s.begun.kept)
	s.begun.mu.Unlock()
	anew := 0
	after := make(map[begun]*beginning, len(before))
	for key, b := range before {
		next, err := s.moved(ctx, b, r)
		if err == nil && next == nil && anew < maxAnew {
			anew++
			next, _, err = s.begin(ctx, b.asked)
		}
		if err != nil {
			s.begun.forget()
			return err
		}
		if next != nil {
			after[key] = next
		}
	}
	s.begun.mu.Lock()
	defer s.begun.mu.Unlock()
	for key := range before {
		delete(s.begun.kept, key)
	}
	maps.Copy(s.begun.kept, after)
	return nil
}

// moved returns a beginning with what changed in its place, or nil when it has
// to be made anew.
func (s *Search) moved(ctx context.Context, b *beginning, r *reworded) (*beginning, error) {
	if b.compounds || r.joins(b) {
		return nil, nil
	}
	having := r.having(b)
	gone := func(at ranked) bool { return r.slots[at.slot] }
	if len(having) == 0 && !slices.ContainsFunc(b.best, gone) {
		return b, nil
	}
	next := &beginning{asked: b.asked, words: b.words, stems: b.stems, all: b.all, bound: b.bound}
	next.best = slices.DeleteFunc(slices.Clone(b.best), gone)
	s.columns.mu.RLock()
	defer s.columns.mu.RUnlock()
	order := s.order()
	if len(having) > 0 {
		asked := b.asked
		asked.Among = having
		found, err := s.index.Find(ctx, asked)
		if err != nil {
			return nil, err
		}
		next.compounds = found.Terms[0].Compounds
		for _, one := range s.columns.ranked(b.asked.Language, found) {
			if next.all || order(one, next.bound) <= 0 {
				next.best = append(next.best, one)
			}
		}
	}
	if !next.all && len(next.best) < reach/2 {
		return nil, nil
	}
	next.cut(order)
	return next, nil
}

// warm looks for every beginning that is heavy: letters first, and then what
// may follow those that are.
func (s *Search) warm(ctx context.Context) error {
	s.begun.mu.Lock()
	done := s.begun.warm
	s.begun.warm = true
	s.begun.mu.Unlock()
	if done {
		return nil
	}
	for lang, letters := range s.columns.letters() {
		begins := letters
		for range shortBegin {
			var next []string
			for _, text := range begins {
				b, err := s.beginning(ctx, s.rules.Load().understand(lang, text))
				if err != nil {
					s.begun.forget()
					return err
				}
				if b == nil {
					continue
				}
				for _, l := range letters {
					next = append(next, text+l)
				}
			}
			begins = next
		}
	}
	return nil
}

// letters returns those that titles are written with, by language, if there
// are products enough for any to begin many.
func (c *columns) letters() map[string][]string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	all := map[string][]string{}
	for lang, titles := range c.languages {
		set := map[rune]bool{}
		for _, title := range titles.folded {
			for _, r := range title {
				set[r] = true
			}
		}
		for _, r := range slices.Sorted(maps.Keys(set)) {
			if unicode.IsLetter(r) {
				all[lang] = append(all[lang], strings.ToLower(string(r)))
			}
		}
	}
	return all
}
