//go:build race

package route_test

// slower is how much slower everything may be under the race detector.
const slower = 20
