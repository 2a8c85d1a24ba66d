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
// many statements and commits of the same kinds without HTTP and logic. The two
// run in turn, round after round, and what is told is the median: other work on
// the machine then slows both.
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

	"github.com/HdrHistogram/hdrhistogram-go"
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

// Result is one scenario at one concurrency. The closed loop and the limit are
// measured in rounds, in turn, so that a machine that is busy with other things
// is so for both; each figure of a Load and each ratio is the median of rounds.
type Result struct {
	Scenario    string  `json:"scenario"`
	Concurrency int     `json:"concurrency"`
	Closed      Load    `json:"closed_loop"`
	Open        Load    `json:"open_loop"`
	Limit       Load    `json:"machine_limit"`
	LimitIs     string  `json:"machine_limit_is"`
	Throughput  Spread  `json:"throughput_of_limit"` // the closed loop's, as a share of the limit's
	CPU         Spread  `json:"cpu_times_limit"`     // processor time per operation, as a multiple of the limit's
	RSSBytes    int64   `json:"rss_bytes"`           // of the server, the most that was seen
	Allocations float64 `json:"allocations_per_op"`
	AllocBytes  float64 `json:"allocated_bytes_per_op"`
}

// Load is what one measurement found. Processor time is the server's and, on
// PostgreSQL, that of its backends beside it; 0 where the system does not tell.
// It includes what operations left to be done: facts and jobs are waited for.
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
	LeastCPU   float64 `json:"least_cpu_ms_per_op,omitempty"` // of both, in the round that was disturbed least; 0 where there are no rounds

	times *hdrhistogram.Histogram // nil where it came from another process
}

// cpu is all processor time of an operation.
func (l Load) cpu() float64 { return l.ServerCPU + l.BaseCPU }

// rounds is how often the shop and the machine's limit are measured in turn.
const rounds = 7

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

// measure runs a scenario and the machine's limit in turn, then the open loop.
func (s *stand) measure(ctx context.Context, c Config, name string, n int) (r Result, err error) {
	r = Result{Scenario: name, Concurrency: n}
	client := func() operation { return scenarios[name](s) }
	if _, err := s.loop(ctx, client, n, c.Duration/rounds, 0); err != nil { // warm
		return r, err
	}
	l, err := s.limit(ctx, c, name, n)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	r.LimitIs = l.what
	if _, err := l.run(ctx, c.Duration/rounds); err != nil {
		return r, err
	}
	if err := s.rounds(ctx, c, &r, client, l); err != nil {
		return r, err
	}
	rate := c.Rate
	if rate == 0 {
		rate = openShare * r.Closed.PerSecond
	}
	if rate > 0 {
		r.Open, err = s.loop(ctx, client, n, c.Duration, rate)
	}
	r.RSSBytes = max(r.RSSBytes, rssOf(s.server.pid()))
	return r, err
}

// rounds fills in what the closed loop and the limit are, measured in turn.
func (s *stand) rounds(ctx context.Context, c Config, r *Result, client func() operation, l *limit) error {
	stop := s.profile(ctx, c, fmt.Sprintf("%s-%d", r.Scenario, r.Concurrency))
	var closed, limits []Load
	var made, bytes uint64
	for range rounds {
		before, err := s.status(ctx)
		if err != nil {
			return err
		}
		load, err := s.loop(ctx, client, r.Concurrency, c.Duration/rounds, 0)
		if err != nil {
			return err
		}
		after, err := s.status(ctx)
		if err != nil {
			return err
		}
		made, bytes = made+after.Allocations-before.Allocations, bytes+after.Allocated-before.Allocated
		r.RSSBytes = max(r.RSSBytes, rssOf(s.server.pid()))
		other, err := l.run(ctx, c.Duration/rounds)
		if err != nil {
			return err
		}
		closed, limits = append(closed, load), append(limits, other)
	}
	r.Closed, r.Limit = merged(closed), merged(limits)
	r.Throughput = ratio(closed, limits, func(l Load) float64 { return l.PerSecond })
	r.CPU = ratio(closed, limits, Load.cpu)
	if n := float64(r.Closed.Operations); n > 0 {
		r.Allocations, r.AllocBytes = float64(made)/n, float64(bytes)/n
	}
	return stop()
}

// profile writes a CPU profile of the server, for as long as the closed loop
// and the limit take, and waits for it in the returned function.
func (s *stand) profile(ctx context.Context, c Config, name string) (stop func() error) {
	if c.Profiles == "" {
		return func() error { return nil }
	}
	done := make(chan error, 1)
	go func() { done <- s.writeProfile(ctx, filepath.Join(c.Profiles, name+".pprof"), 2*c.Duration) }()
	return func() error { return <-done }
}
