//go:build !race

package id_test

import (
	"testing"

	"korzo/platform/id"
)

// The race detector allocates on its own account, so it is left out.
func TestNewAllocatesOnce(t *testing.T) {
	var made orderID
	if n := testing.AllocsPerRun(1000, func() { made = id.New[orderID]("ord", noon) }); n > 1 {
		t.Errorf("%v allocations for %s, want at most 1", n, made)
	}
}
