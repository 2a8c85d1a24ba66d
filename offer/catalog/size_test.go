package catalog_test

import (
	"testing"

	"korzo/offer/catalog"
)

func TestABoxIsMeasured(t *testing.T) {
	for _, c := range []struct {
		size            catalog.Size
		volume, longest int64
	}{{catalog.Size{}, 0, 0}, {catalog.Size{Length: 300, Width: 200, Height: 100}, 6000, 300}, {catalog.Size{Length: 1, Width: 1, Height: 1}, 1, 1},
		{catalog.Size{Length: 100_000, Width: 100_000, Height: 100_000}, 1_000_000_000_000, 100_000}} {
		if c.size.Volume() != c.volume || c.size.Longest() != c.longest {
			t.Errorf("%+v takes %d cm³ and is %d mm long, want %d and %d", c.size, c.size.Volume(), c.size.Longest(), c.volume, c.longest)
		}
	}
}
