package stat_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"korzo/insight/stat"
)

// Twelve events on one side of two alike and none on the other: 2^12 / 13. The
// law: by chance the evidence ever exceeds 1/a with a chance of a at most.
func TestEventsThatFallToOneSideAreWeighed(t *testing.T) {
	for _, c := range []struct{ here, elsewhere, share, want float64 }{
		{12, 0, 0.5, 4096.0 / 13}, {10, 0, 0.5, 1024.0 / 11}, {3, 3, 0.5, 0}, {2, 5, 0.5, 0}, {0, 0, 0.5, 0}, {6, 2, 0.5, 256 * 6 * 5 * 4 * 3 * 2 * 2 / 362880.0},
	} {
		if got := stat.Tilt(c.here, c.elsewhere, c.share); math.Abs(got-c.want) > 1e-9*max(1, c.want) {
			t.Errorf("%v here, %v elsewhere: %v, want %v", c.here, c.elsewhere, got, c.want)
		}
	}
	const alpha, runs = 0.05, 4000
	random, crossed := rand.New(rand.NewPCG(7, 9)), 0
	for range runs {
		here, elsewhere := 0.0, 0.0
		for range 500 {
			if random.Float64() < 0.3 {
				here++
			} else {
				elsewhere++
			}
			if stat.Tilt(here, elsewhere, 0.3) >= 1/alpha {
				crossed++
				break
			}
		}
	}
	if rate := float64(crossed) / runs; rate > alpha {
		t.Errorf("by chance it is exceeded in %.3f of all cases, which is more than %.2f", rate, alpha)
	}
}
