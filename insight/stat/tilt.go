package stat

import "math"

// Tilt weighs how much more often events fell to one side than its share says:
// the evidence that they do not fall by the share, by a uniform prior over where
// they would (Beta-binomial). Under the share it exceeds 1/a with a chance of a
// at most, whenever one looks, however few events there are.
func Tilt(here, elsewhere, share float64) float64 {
	if share <= 0 || share >= 1 || here+elsewhere == 0 || here <= share*(here+elsewhere) {
		return 0
	}
	return math.Exp(logBeta(here+1, elsewhere+1) - here*math.Log(share) - elsewhere*math.Log(1-share))
}

// logBeta is the logarithm of the beta function.
func logBeta(a, b float64) float64 {
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	return la + lb - lab
}
