package main

import "testing"

// A shop that needs more memory than the budget gets it; one that needs less
// stays within it.
func TestTheAllowanceGrowsWithWhatIsAlive(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct{ alive, want int64 }{{0, lean}, {20 * mb, lean}, {36 * mb, lean}, {90 * mb, 136 * mb}, {900 * mb, 1216 * mb}} {
		if got := allowance(uint64(c.alive)); got != c.want {
			t.Errorf("with %d MB alive %d MB are allowed, want %d", c.alive/mb, got/mb, c.want/mb)
		}
	}
}
