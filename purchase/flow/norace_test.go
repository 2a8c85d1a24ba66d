//go:build !race

package flow_test

// slower is 1 without the race detector.
const slower = 1
