package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// lean is how much memory the process uses before it collects what is not
	// needed any more as soon as it can: of 150 MB, what SQLite and the program
	// itself take is left for them.
	lean = 66 << 20
	// lazy is how much may grow beside what is alive while lean is far away, in
	// percent: the collector takes less of the processor.
	lazy = 200
	// least is what may grow beside what is alive in any case, as a divisor of
	// it: a shop that needs more than lean gets it, or it would do nothing but collect.
	least = 3
	// weighing is how often the limit is set anew.
	weighing = 2 * time.Second
	// shedding is how many of those times lie between two at which pages of the
	// program are let go; the first comes when it has started.
	shedding = 15
)

// economize keeps the process within little memory without making it slow,
// until ctx ends. Where the operator has set GOGC or GOMEMLIMIT, those hold and
// nothing is done.
func economize(ctx context.Context) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if os.Getenv(name) != "" {
			return
		}
	}
	before := debug.SetGCPercent(lazy)
	limit := debug.SetMemoryLimit(-1)
	defer func() { debug.SetGCPercent(before); debug.SetMemoryLimit(limit) }()
	ticker := time.NewTicker(weighing)
	defer ticker.Stop()
	for n := 0; ; n++ {
		debug.SetMemoryLimit(allowance(alive()))
		if n%shedding == 1 {
			shed()
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// allowance is how much memory the process may use when so much of it is alive.
func allowance(alive uint64) int64 {
	return int64(max(lean, alive+alive/least+overhead))
}

// overhead is what the process needs beside its objects: stacks, tables.
const overhead = 16 << 20

// alive is how much of the heap the last collection left.
func alive() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
