package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"korzo/offer/catalog"
	"korzo/offer/search/language"
)

// Search returns a page of the products that a query finds. A text that finds
// nothing is asked again without its least telling words, which Relaxed names.
// It returns ErrNotReady or ErrInvalid, and touches no database.
func (s *Search) Search(ctx context.Context, q Query) (Result, error) {
	if !s.ready.Load() {
		return Result{}, ErrNotReady
	}
	q, after, err := s.checked(q)
	if err != nil {
		return Result{}, err
	}
	r := s.rules.Load()
	lang := s.languageOf(q.Locale)
	asked := r.understand(lang, q.Text)
	var m match
	if asked.any() {
		if m, err = s.match(ctx, asked, q.Market); err != nil {
			return Result{}, err
		}
	}
	boosts := s.bySlot(r.ranked(lang, asked.normal))
	s.columns.mu.RLock()
	result := s.columns.page(selection{
		query: q, language: lang, after: after, match: m, everything: !asked.any(), ids: s.slots.all(), boosts: boosts,
	})
	s.columns.mu.RUnlock()
	result.Redirect = r.redirect(lang, asked.normal)
	result.Relaxed, result.DidYouMean = m.relaxed, m.corrected
	if q.After == "" && asked.any() && !personal(q.Text) {
		s.queries.searched(seen{q.Market, lang, asked.normal}, result.Total)
	}
	return result, nil
}

// bySlot returns rankings by slot.
func (s *Search) bySlot(ranked map[catalog.ProductID]ranking) map[uint32]ranking {
	if len(ranked) == 0 {
		return nil
	}
	all := map[uint32]ranking{}
	for id, r := range ranked {
		if slot, ok := s.slots.find(id); ok {
			all[slot] = r
		}
	}
	return all
}

// checked returns a query with what it may leave out, and where its page begins.
func (s *Search) checked(q Query) (Query, *place, error) {
	if len(q.Text) > maxText {
		return q, nil, ErrInvalid.With(fmt.Sprintf("q: write at most %d characters", maxText))
	}
	q.Text = strings.ReplaceAll(strings.ToValidUTF8(q.Text, ""), "\x00", "")
	n := 0
	for _, values := range q.Facets {
		n += len(values)
	}
	if n > maxSelected || len(q.Facets) > 32 {
		return q, nil, ErrInvalid.With(fmt.Sprintf("facet: choose at most %d values of 32 facets", maxSelected))
	}
	switch q.Sort {
	case "":
		q.Sort = SortNewest
		if language.Normal(q.Text) != "" {
			q.Sort = SortRelevance
		}
	case SortRelevance, SortNewest, SortPriceUp, SortPriceDown, SortTitle:
	default:
		return q, nil, ErrInvalid.With("sort: must be relevance, newest, price, -price or title")
	}
	if q.Limit <= 0 {
		q.Limit = DefaultPage
	}
	q.Limit = min(q.Limit, MaxPage)
	if q.After == "" {
		return q, nil, nil
	}
	after, ok := placeOf(q.After, q.Sort)
	if !ok {
		return q, nil, ErrInvalid.With("after: use the next of the page before, with the same sort")
	}
	return q, &after, nil
}

// languageOf returns the language to search in: a locale's, or the base where
// the shop has no text in it.
func (s *Search) languageOf(locale string) string {
	lang := language.Of(locale)
	s.columns.mu.RLock()
	defer s.columns.mu.RUnlock()
	if _, ok := s.columns.languages[lang]; ok {
		return lang
	}
	return s.config.Base
}

// asked is a text as it is put to an index.
type asked struct {
	Terms
	normal string // as rules and statistics know it
}

// any reports whether something is asked for at all.
func (a asked) any() bool { return len(a.Terms.Terms) > 0 }

// understand makes terms of a text: small words are left out if others are
// there, and synonyms are added.
func (r *rules) understand(lang, text string) asked {
	words := language.Words(text)
	telling := slices.DeleteFunc(slices.Clone(words), func(w language.Word) bool { return language.Small(lang, w.Folded) })
	if len(telling) == 0 {
		telling = words
	}
	telling = telling[:min(len(telling), maxWords)]
	a := asked{Terms: Terms{Language: lang, Terms: r.terms(lang, telling), Key: language.Key(text)}, normal: language.Normal(text)}
	if n := len(a.Terms.Terms); n > 0 {
		last, _ := utf8.DecodeLastRuneInString(text)
		a.Terms.Terms[n-1].Prefix = last != ' '
	}
	return a
}

// match is what a text found, and how it had to be read.
type match struct {
	Found
	terms     int
	relaxed   []string
	corrected string
}

// match asks the index, with fewer words as long as nothing is found that is
// sold in the market. Filters do not count: who chose them can undo them.
func (s *Search) match(ctx context.Context, a asked, market string) (match, error) {
	left := slices.Clone(a.Terms.Terms)
	var dropped []string
	for narrow := true; ; {
		q := Terms{Language: a.Language, Terms: left, Narrow: narrow}
		if len(dropped) == 0 {
			q.Key = a.Key
		}
		found, err := s.index.Find(ctx, q)
		if err != nil {
			return match{}, err
		}
		m := match{found, len(left), dropped, corrected(left, found.Terms)}
		switch {
		case s.columns.anySold(found.Slots, market):
			return m, nil
		case len(left) == 1:
			return s.single(ctx, a, market, m)
		case narrow && len(found.Slots) > 0: // which word to leave out needs their counts
			narrow = false
			continue
		}
		narrow = true
		var out []string
		left, out = without(left, found.Terms)
		dropped = append(dropped, out...)
	}
}

// single finds what has one word of a text, the first that something sold has,
// or else returns what was found before.
func (s *Search) single(ctx context.Context, a asked, market string, before match) (match, error) {
	if len(before.relaxed) == 0 {
		return before, nil
	}
	for i, t := range a.Terms.Terms {
		found, err := s.index.Find(ctx, Terms{Language: a.Language, Terms: []Term{t}})
		if err != nil {
			return match{}, err
		}
		if s.columns.anySold(found.Slots, market) {
			var others []string
			for _, o := range slices.Delete(slices.Clone(a.Terms.Terms), i, i+1) {
				others = append(others, o.Text)
			}
			return match{found, 1, others, corrected([]Term{t}, found.Terms)}, nil
		}
	}
	return before, nil
}

// without leaves out the terms that nothing has, or else the one that most
// have. One term always stays.
func without(terms []Term, heard []Heard) (left []Term, out []string) {
	most := 0
	for i := range terms {
		if heard[i].Count > heard[most].Count {
			most = i
		}
	}
	for i, t := range terms {
		unknown := heard[i].Count == 0 && heard[i].Corrected == ""
		if unknown && len(out) < len(terms)-1 {
			out = append(out, t.Text)
		} else {
			left = append(left, t)
		}
	}
	if len(out) == 0 {
		out = []string{terms[most].Text}
		left = slices.Delete(slices.Clone(terms), most, most+1)
	}
	return left, out
}

// corrected returns the terms as they were taken, "" when as they were given.
func corrected(terms []Term, heard []Heard) string {
	changed := false
	words := make([]string, len(terms))
	for i, t := range terms {
		words[i] = t.Text
		if heard[i].Corrected != "" {
			words[i], changed = heard[i].Corrected, true
		}
	}
	if !changed {
		return ""
	}
	return strings.Join(words, " ")
}

// Clicked notes that a shopper chose a product among what a text found. A
// product that the search does not know is not noted.
func (s *Search) Clicked(market, locale, text string, product catalog.ProductID) {
	normal := language.Normal(text)
	if normal == "" || len(text) > maxText || personal(text) {
		return
	}
	if _, ok := s.slots.find(product); ok {
		s.queries.clicked(seen{market, s.languageOf(locale), normal}, product)
	}
}
