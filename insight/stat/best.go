package stat

import "gonum.org/v1/gonum/mathext"

// bestPoints is at how many places an arm's rate is looked at.
const bestPoints = 2000

// Best is the chance of each arm that its rate is the highest, to a reader who
// knew nothing before (Beta(1,1)). It holds for one look that was fixed; it does
// not make peeking harmless.
func Best(arms []Sample) []float64 {
	chances := make([]float64, len(arms))
	for i, arm := range arms {
		for p := range bestPoints {
			x := mathext.InvRegIncBeta(arm.Sum+1, arm.N-arm.Sum+1, (float64(p)+.5)/bestPoints)
			below := 1.0
			for j, other := range arms {
				if j != i {
					below *= mathext.RegIncBeta(other.Sum+1, other.N-other.Sum+1, x)
				}
			}
			chances[i] += below / bestPoints
		}
	}
	return chances
}

const bestFloor = 0.01 // of those who come, whatever an arm's chance

// BestUnits is how many units each arm must have before Shares moves weights.
const BestUnits = 100

// Shares are the weights that follow from arms' rates (Thompson's, by batch): an
// arm is given as often as it is likely to be the best, and a hundredth at least,
// which keeps their order. While an arm has fewer than a hundred units all are
// given alike.
func Shares(arms []Sample) []float64 {
	shares := make([]float64, len(arms))
	for i := range shares {
		shares[i] = 1 / float64(len(arms))
	}
	for _, arm := range arms {
		if arm.N < BestUnits {
			return shares
		}
	}
	for i, chance := range Best(arms) {
		shares[i] = bestFloor + (1-float64(len(arms))*bestFloor)*chance
	}
	return shares
}
