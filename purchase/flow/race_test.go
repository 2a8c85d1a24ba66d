//go:build race

package flow_test

// slower is how much slower everything may be under the race detector.
const slower = 20
