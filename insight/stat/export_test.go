package stat

import "math"

// Crossing is the chance that a score without an effect is beyond the bound of
// some of equally spaced looks, by the recursion that Boundaries goes by.
func Crossing(bounds []float64) float64 {
	const width, points = 8.0, 1600
	step, k := 2*width/points, float64(len(bounds))
	var density []float64
	for i, z := range bounds {
		density = carried(density, i, z*math.Sqrt(float64(i+1)/k), 1/k, width, step, points)
	}
	within := 0.0
	for _, f := range density {
		within += f * step
	}
	return 1 - within
}
