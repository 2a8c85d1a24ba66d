//go:build unix

package search_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"korzo/offer/search"
)

// BenchmarkShop measures a shop of 50,000 products, or of as many as
// KORZO_PRODUCTS says: a search, and what is shown while one types.
func BenchmarkShop(b *testing.B) {
	products := 50_000
	if n, err := strconv.Atoi(os.Getenv("KORZO_PRODUCTS")); err == nil {
		products = n
	}
	began := spent()
	s := filled(b, products)
	b.Logf("%d products indexed in %v", products, spent()-began)
	began = spent()
	if err := s.Warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d beginnings kept after %v", s.Begun(), spent()-began)
	b.Run("search", func(b *testing.B) { benchmarkSearch(b, s) })
	b.Run("suggest", func(b *testing.B) { benchmarkSuggest(b, s) })
}

func benchmarkSearch(b *testing.B, s *search.Search) {
	plain := func(text string) search.Query {
		return search.Query{Text: text, Market: "DE", Locale: "en", NoFacets: true}
	}
	german, faceted := plain("tisch lampe"), plain("wooden lamp")
	german.Locale, faceted.NoFacets = "de", false
	chosen := faceted
	chosen.Facets = map[string][]string{"colour": {"red", "blue"}, "material": {"wood"}}
	word := plain("lamp ")
	word.NoFacets = false
	for _, c := range []struct {
		name string
		q    search.Query
	}{
		{"two words", plain("wooden lamp")},
		{"two words, unfinished", plain("wooden la")},
		{"two words, German", german},
		{"two words, a mistake", plain("woden lapm ")},
		{"two words, facets", faceted},
		{"two words, facets chosen", chosen},
		{"one word of many products, facets", word},
		{"no words, facets", search.Query{Market: "DE", Locale: "en"}},
		{"a category by price, facets", search.Query{Market: "DE", Locale: "en", Category: "cat lamp", Sort: search.SortPriceUp}},
		{"a SKU", plain("SKU-012345")},
	} {
		b.Run(c.name, func(b *testing.B) {
			var found search.Result
			began := spent()
			for b.Loop() {
				var err error
				if found, err = s.Search(b.Context(), c.q); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((spent()-began).Microseconds())/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(found.Total), "found")
		})
	}
}

func benchmarkSuggest(b *testing.B, s *search.Search) {
	for _, text := range []string{"l", "la", "lam", "wooden la", "backpakc", "bababa"} {
		b.Run(text, func(b *testing.B) {
			benchmarkTyping(b, func() error {
				_, err := s.Suggest(b.Context(), search.Query{Text: text, Market: "DE", Locale: "en", Limit: 8})
				return err
			})
		})
	}
	changes := 0
	lamp := generated(1)[0]
	change := func() error { // a lamp is called otherwise
		changes++
		lamp.Texts = map[string]search.Text{"en": {Title: fmt.Sprintf("Large wooden lamp %d", changes)}, "de": {Title: "Lampe"}, "hu": {Title: "lámpa"}}
		return s.Follow(b.Context(), []search.Document{lamp})
	}
	b.Run("a product changes", func(b *testing.B) { benchmarkTyping(b, change) })
	for _, text := range []string{"l", "la", "lam"} {
		b.Run(text+", first since a change", func(b *testing.B) {
			var took []time.Duration // elapsed: what the index merges meanwhile is not the typing's
			for b.Loop() {
				if err := change(); err != nil {
					b.Fatal(err)
				}
				began := time.Now()
				if _, err := s.Suggest(b.Context(), search.Query{Text: text, Market: "DE", Locale: "en", Limit: 8}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "median-µs/suggest")
		})
	}
}

func benchmarkTyping(b *testing.B, suggest func() error) {
	began := spent()
	for b.Loop() {
		if err := suggest(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((spent()-began).Microseconds())/float64(b.N), "cpu-µs/op")
}
