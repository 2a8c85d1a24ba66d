package search_test

import (
	"testing"
	"time"

	"korzo/offer/search"
	"korzo/offer/search/engine"
)

// filled returns a search of generated products, its index in files.
func filled(t testing.TB, n int) *search.Search {
	t.Helper()
	folder := t.TempDir()
	documents := generated(n)
	began := time.Now()
	s, err := search.Fill(t.Context(), func(slots *search.Slots) (search.Index, error) { return engine.Open("", folder, slots) }, documents)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d products indexed in %v", n, time.Since(began).Round(time.Millisecond))
	time.Sleep(2 * time.Second) // for merging, which is bleve's own affair
	if err := s.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
