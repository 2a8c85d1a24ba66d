//go:build unix

package journey_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"korzo/app"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// flat is how many times dearer anything may become from the small shop to the
// large one, where that is more than noticed: what a tree's further level costs
// a read of some microseconds is a small part of any request.
const (
	flat    = 1.3
	noticed = 100 * time.Microsecond
)

// Two shops, of ten thousand products and of a hundred times as many, are asked
// the same in turns, so that what else the machine does falls on both. What is
// compared is the processor time of the process, of the middle of many rounds:
// a figure that neighbours move little. KORZO_LONG is how many products the
// large one has, in thousands; it takes two minutes with 1000.
func TestNothingAShopperDoesBecomesDearerWithTheShop(t *testing.T) {
	large, err := strconv.Atoi(os.Getenv("KORZO_LONG"))
	if err != nil || large < 10 {
		t.Skip("a long run: KORZO_LONG=1000 compares a million products with ten thousand")
	}
	large *= 1000
	sizes := []int{10_000, large}
	shops := make([]*db.DB, len(sizes))
	for i, n := range sizes {
		shops[i] = dbtest.SQLite(t, app.Schemas())
		emptyShop(t, shops[i])
		grow(t, shops[i], 0, n)
	}
	for _, a := range asked {
		cost := [2][]time.Duration{}
		at := 0
		for round := range 41 {
			for i, n := range sizes {
				spent := processor(t, func() {
					for range 100 {
						at++
						turn := shops[i].Read
						if a.write {
							turn = shops[i].Write
						}
						if err := turn(t.Context(), func(tx *db.Tx) error { return a.do(t.Context(), tx, at, n) }); err != nil {
							t.Fatal(err)
						}
					}
				})
				if round > 0 { // the first warms what is remembered
					cost[i] = append(cost[i], spent/100)
				}
			}
		}
		for i := range cost {
			slices.Sort(cost[i])
		}
		small, big := cost[0][len(cost[0])/2], cost[1][len(cost[1])/2]
		ratio := float64(big) / float64(small)
		line := fmt.Sprintf("%-24s %8v of %d products, %8v of %d: × %.2f", a.name, small, sizes[0], big, large, ratio)
		if t.Log(line); ratio > flat && big-small > noticed {
			t.Errorf("%s is more than × %.1f", line, flat)
		}
	}
}

// processor is the processor time that do takes in this process, the system's
// on its behalf too.
func processor(t *testing.T, do func()) time.Duration {
	t.Helper()
	spent := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := spent()
	do()
	return spent() - before
}
