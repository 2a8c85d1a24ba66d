//go:build unix

package search_test

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"korzo/offer/search"
	"korzo/offer/search/engine"
)

// spent is the processor time of this process.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkFill measures what it takes to index a shop, and what stays in
// memory and in files afterwards.
func BenchmarkFill(b *testing.B) {
	for _, n := range []int{200, 10_000, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			documents := generated(n)
			for b.Loop() {
				folder := b.TempDir()
				before, began := heap(), spent()
				s, err := search.Fill(b.Context(), func(slots *search.Slots) (search.Index, error) { return engine.Open("", folder, slots) }, documents)
				if err != nil {
					b.Fatal(err)
				}
				took := spent() - began
				if err := s.Tidy(b.Context()); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(took.Seconds(), "cpu-s")
				b.ReportMetric((spent() - began).Seconds(), "cpu-s-merged")
				b.ReportMetric(float64(int64(heap())-int64(before))/1e6, "MB-heap")
				b.ReportMetric(float64(size(b, folder))/1e6, "MB-files")
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func size(b *testing.B, folder string) (n int64) {
	b.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			n += size(b, folder+"/"+e.Name())
		} else if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}
