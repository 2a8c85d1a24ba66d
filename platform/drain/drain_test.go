package drain_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"korzo/platform/drain"
)

// Work begins while others wait for it to end: the race detector has nothing to
// say, and nobody is told of an end before the work they knew of has ended.
func TestWorkMayBeginWhileItsEndIsWaitedFor(t *testing.T) {
	var g drain.Group
	var ended atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 500 {
				var mine atomic.Bool
				g.Go(func() {
					ended.Add(1)
					mine.Store(true)
				})
				end := g.Begin()
				end()
				g.Wait()
				if !mine.Load() {
					t.Error("Wait returned before work that began earlier had ended")
				}
			}
		})
	}
	all.Wait()
	g.Wait()
	if n := ended.Load(); n != 4000 {
		t.Errorf("%d pieces of work ended, want 4000", n)
	}
}

func TestNothingUnderWayIsWaitedForByNobody(_ *testing.T) {
	var g drain.Group
	g.Wait()
	g.Begin()()
	g.Wait()
}
