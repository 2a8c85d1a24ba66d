package flow_test

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
)

// spent is the processor's time of this thread: others on the machine do not
// count in it, though they leave its caches cold.
func spent(b *testing.B) time.Duration {
	b.Helper()
	const thread = 1
	var used syscall.Rusage
	if err := syscall.Getrusage(thread, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// timed runs fn as often as b says and tells the processor's time of one.
func timed(b *testing.B, fn func()) {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b.ReportAllocs()
	before := spent(b)
	for b.Loop() {
		fn()
	}
	b.ReportMetric(float64(spent(b)-before)/float64(b.N), "cpu-ns/op")
}

// BenchmarkChoose is a choice among a hundred flows of which twelve must be asked.
func BenchmarkChoose(b *testing.B) {
	d := dbtest.SQLite(b, schemas)
	hundred(b, d)
	read(b, d, func(ctx context.Context, tx *db.Tx) error {
		timed(b, func() {
			if _, err := flow.Choose(ctx, tx, visit); err != nil {
				b.Fatal(err)
			}
		})
		return nil
	})
}

// BenchmarkChooseByHand is the same hundred conditions as Go has them: the
// machine's own limit for asking each.
func BenchmarkChooseByHand(b *testing.B) {
	var all []func(v *flow.Visit) bool
	for i := range 99 {
		campaign := fmt.Sprintf("c%d", i%50)
		ask := func(v *flow.Visit) bool {
			return v.Market == "DE" && v.Path.Campaign == campaign && v.Cart.Total > int64(i)
		}
		if i%10 == 0 {
			ask = func(v *flow.Visit) bool {
				return (v.Device.Kind == "tablet" || v.Device.Kind == "phone") && v.Cart.Total > int64(1000+i)
			}
		}
		all = append(all, ask)
	}
	v, chosen := visit, 0
	timed(b, func() {
		for i := len(all) - 1; i >= 0; i-- {
			if all[i](&v) {
				chosen = i
				return
			}
		}
	})
	if chosen != 0 {
		b.Errorf("flow %d is chosen, and nobody is to be", chosen)
	}
}
