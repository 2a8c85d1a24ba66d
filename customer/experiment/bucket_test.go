package experiment_test

import (
	"fmt"
	"testing"

	"korzo/customer/experiment"
)

// In which half of one test a visitor is says nothing of the half in another:
// of all pairs of 40 salts over 20,000 visitors a chi² above 10.83 comes once in
// a thousand, as chance has it (our SHA-256: 0.1 %, GrowthBook's version 2: none).
func TestTheBucketsOfTwoTestsAreIndependent(t *testing.T) {
	const salts, units, crooked = 40, 20_000, 10.83
	for _, hash := range []experiment.Hash{experiment.SHA256, experiment.GrowthBook} {
		upper := make([][]bool, salts)
		for s := range upper {
			upper[s] = make([]bool, units)
			for u := range upper[s] {
				upper[s][u] = experiment.Bucket(hash, fmt.Sprint("salt-", s), fmt.Sprint("vis_", u)) >= 0.5
			}
		}
		wrong := 0
		for a := range salts {
			for b := a + 1; b < salts; b++ {
				if dependence(upper[a], upper[b]) > crooked {
					wrong++
				}
			}
		}
		if pairs := salts * (salts - 1) / 2; wrong > pairs/150 {
			t.Errorf("%s: %d of %d pairs depend on each other", hash, wrong, pairs)
		}
	}
}

// dependence is the chi² of the table of two halvings.
func dependence(a, b []bool) (chi2 float64) {
	var both [2][2]float64
	for i := range a {
		both[bit(a[i])][bit(b[i])]++
	}
	n := float64(len(a))
	for i := range 2 {
		for j := range 2 {
			expected := (both[i][0] + both[i][1]) * (both[0][j] + both[1][j]) / n
			chi2 += (both[i][j] - expected) * (both[i][j] - expected) / expected
		}
	}
	return chi2
}

func bit(is bool) int {
	if is {
		return 1
	}
	return 0
}
