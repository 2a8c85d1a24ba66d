// Package bench measures a shop as its customers meet it, and the machine it
// stands on, in the same run.
//
// Server, sandbox bank and load are separate processes, so the processor time
// of an operation is read from the kernel and is the server's alone. A closed
// loop finds what the shop can do; in the open loop operations arrive by the
// clock and their time counts from when they should have begun, so a stall is
// paid by everyone who would have waited.
//
// A figure means little without the machine's own: beside pages stands a bare
// net/http handler that writes the same bytes, beside purchases a replay of as
// many statements and commits of the same kinds without HTTP and logic.
//
// Never true: a figure from a stub; a comparison of two different runs; an
// operation that failed counted as done.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Config says what to measure. The zero Config measures nothing.
type Config struct {
	Database    string // "sqlite", or the URL of a PostgreSQL server where a database may be made
	Scenarios   []string
	Concurrency []int
	Duration    time.Duration // of each measurement
	Rate        float64       // arrivals a second in the open loop; 70 % of the closed loop's when 0
	Products    int           // at least so many; 0: the demo's
	Profiles    string        // folder of CPU profiles; none when empty
	Progress    func(text string)
}

// Report is everything that was measured.
type Report struct {
	At       time.Time `json:"at"`
	Machine  Machine   `json:"machine"`
	Database string    `json:"database"` // "SQLite 3.54.1"
	Products int       `json:"products"`
	Duration float64   `json:"seconds_each"`
	Plan     Plan      `json:"purchase_plan"`
	Results  []Result  `json:"results"`
}

// Result is one scenario at one concurrency.
type Result struct {
	Scenario    string  `json:"scenario"`
	Concurrency int     `json:"concurrency"`
	Closed      Load    `json:"closed_loop"`
	Open        Load    `json:"open_loop"`
	Limit       Load    `json:"machine_limit"`
	LimitIs     string  `json:"machine_limit_is"`
	Throughput  float64 `json:"throughput_of_limit"` // the closed loop's, as a share of the limit's
	CPU         float64 `json:"cpu_times_limit"`     // processor time per operation, as a multiple of the limit's
	RSSBytes    int64   `json:"rss_bytes"`           // of the server, afterwards
	Allocations float64 `json:"allocations_per_op"`
	AllocBytes  float64 `json:"allocated_bytes_per_op"`
}

// Load is what one measurement found. Processor time is the server's and, on
// PostgreSQL, that of its backends beside it; 0 where the system does not tell.
type Load struct {
	Operations int64   `json:"operations"`
	Errors     int64   `json:"errors"`
	FirstError string  `json:"first_error,omitempty"`
	Rate       float64 `json:"arrivals_per_second,omitempty"` // of an open loop
	PerSecond  float64 `json:"operations_per_second"`
	P50        float64 `json:"p50_ms"`
	P90        float64 `json:"p90_ms"`
	P99        float64 `json:"p99_ms"`
	P999       float64 `json:"p99_9_ms"`
	Max        float64 `json:"max_ms"`
	ServerCPU  float64 `json:"server_cpu_ms_per_op"`
	BaseCPU    float64 `json:"database_cpu_ms_per_op"`
}

// cpu is all processor time of an operation.
func (l Load) cpu() float64 { return l.ServerCPU + l.BaseCPU }

// openShare is how much of the closed loop's throughput arrives in the open loop.
const openShare = 0.7

var errNothing = errors.New("nothing to measure: name a --scenario, a --concurrency and a --duration above zero")

// Run measures everything that c names. It leaves nothing behind.
func Run(ctx context.Context, c Config) (r Report, err error) {
	if len(c.Scenarios) == 0 || len(c.Concurrency) == 0 || slices.Min(c.Concurrency) < 1 || c.Duration <= 0 {
		return r, errNothing
	}
	for _, name := range c.Scenarios {
		if scenarios[name] == nil {
			return r, fmt.Errorf("there is no scenario %q: take browse, browse_uncached, product, product_uncached or purchase", name)
		}
	}
	dir, err := os.MkdirTemp("", "korzo-bench-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c.Progress("Making a shop …")
	s, err := openStand(ctx, c, dir)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	r = Report{At: time.Now().UTC(), Machine: machineOf(dir), Database: s.version, Products: len(s.goods.slugs), Duration: c.Duration.Seconds(), Plan: s.plan}
	for _, name := range c.Scenarios {
		for _, n := range c.Concurrency {
			c.Progress(fmt.Sprintf("%s, %d at once …", name, n))
			result, err := s.measure(ctx, c, name, n)
			if err != nil {
				return r, fmt.Errorf("measure %s at %d: %w", name, n, err)
			}
			r.Results = append(r.Results, result)
		}
	}
	return r, nil
}

// measure runs a scenario in both loops, and the machine's limit after it.
func (s *stand) measure(ctx context.Context, c Config, name string, n int) (Result, error) {
	r := Result{Scenario: name, Concurrency: n}
	client := func() operation { return scenarios[name](s) }
	if _, err := s.loop(ctx, client, n, c.Duration/5, 0); err != nil { // warm
		return r, err
	}
	before, err := s.status(ctx)
	if err != nil {
		return r, err
	}
	stop := s.profile(ctx, c, fmt.Sprintf("%s-%d", name, n))
	r.Closed, err = s.loop(ctx, client, n, c.Duration, 0)
	if err = errors.Join(err, stop()); err != nil {
		return r, err
	}
	after, err := s.status(ctx)
	if err != nil {
		return r, err
	}
	if ops := float64(r.Closed.Operations); ops > 0 {
		r.Allocations = float64(after.Allocations-before.Allocations) / ops
		r.AllocBytes = float64(after.Allocated-before.Allocated) / ops
	}
	rate := c.Rate
	if rate == 0 {
		rate = openShare * r.Closed.PerSecond
	}
	if rate > 0 {
		if r.Open, err = s.loop(ctx, client, n, c.Duration, rate); err != nil {
			return r, err
		}
	}
	r.RSSBytes = rssOf(s.server.pid())
	if r.Limit, r.LimitIs, err = s.limit(ctx, c, name, n); err != nil {
		return r, err
	}
	if r.Limit.PerSecond > 0 {
		r.Throughput = r.Closed.PerSecond / r.Limit.PerSecond
	}
	if r.Limit.cpu() > 0 {
		r.CPU = r.Closed.cpu() / r.Limit.cpu()
	}
	return r, nil
}

// limit measures what the machine does without the shop.
func (s *stand) limit(ctx context.Context, c Config, name string, n int) (Load, string, error) {
	if name == purchase {
		l, err := s.replay(ctx, n, c.Duration)
		return l, "as many statements and commits of the same kinds, without HTTP and logic", err
	}
	l, err := s.bare(ctx, name, n, c.Duration)
	return l, "a bare net/http handler that writes the same bytes", err
}

// profile writes a CPU profile of the server until the returned function is called.
func (s *stand) profile(ctx context.Context, c Config, name string) (stop func() error) {
	if c.Profiles == "" {
		return func() error { return nil }
	}
	done := make(chan error, 1)
	go func() { done <- s.writeProfile(ctx, filepath.Join(c.Profiles, name+".pprof"), c.Duration) }()
	return func() error { return <-done }
}
