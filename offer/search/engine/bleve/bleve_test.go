package bleve_test

import (
	"os"
	"path/filepath"
	"testing"

	"korzo/offer/search"
	"korzo/offer/search/engine/bleve"
	"korzo/offer/search/searchtest"
)

func open(t testing.TB, folder string, slots *search.Slots) search.Index {
	t.Helper()
	x, err := bleve.Open(folder, slots)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return x
}

func TestBleveInMemoryIsAnIndex(t *testing.T) {
	searchtest.Exercise(t, func(t *testing.T, slots *search.Slots) search.Index { return open(t, "", slots) })
}

func TestBleveInFilesIsAnIndex(t *testing.T) {
	searchtest.Exercise(t, func(t *testing.T, slots *search.Slots) search.Index { return open(t, t.TempDir(), slots) })
}

var _ = os.Remove
var _ = filepath.Join
