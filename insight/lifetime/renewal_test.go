package lifetime_test

import (
	"testing"

	"korzo/insight/lifetime"
)

// The cohorts that were published with the model, and their parameters.
func TestCohortsOfContractsLeadToTheirPublishedParameters(t *testing.T) {
	for _, c := range []struct {
		name             string
		left             []float64
		a, b, likelihood float64
	}{
		{"regular", []float64{1000, 631, 468, 382, 326, 289, 262, 241}, .704, 1.182, -1680.3},
		{"high end", []float64{1000, 869, 743, 653, 593, 551, 517, 491}, .668, 3.806, -1611.2},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := lifetime.FitRenewal(c.left)
			near(t, "a", r.A, c.a, 1e-3)
			near(t, "b", r.B, c.b, 2e-3)
			near(t, "likelihood", r.Likelihood(c.left), c.likelihood, .06)
			if r.Retained(2) <= r.Retained(1) {
				t.Error("who stayed longer does not stay likelier")
			}
		})
	}
}
