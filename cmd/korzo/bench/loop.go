package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// operation does one thing of a scenario with a connection of its own.
type operation func(ctx context.Context, l *line) error

// longest is the longest time that is told apart from others.
const longest = time.Minute

// tally is what one client saw.
type tally struct {
	times  *hdrhistogram.Histogram // microseconds
	errors int64
	first  error
}

// target is a server that is measured.
type target struct {
	addr    string
	cpu     func() (server, base time.Duration) // the processor time used so far
	settled func(ctx context.Context) error     // waits until what operations left is done; nil: they leave nothing
}

// loop runs an operation on the shop with n clients for a while. With a rate,
// operations arrive by the clock; without one, each client goes on at once.
func (s *stand) loop(ctx context.Context, client func() operation, n int, d time.Duration, rate float64) (Load, error) {
	return target{s.addr, s.cpu, s.settled}.run(ctx, client, n, d, rate)
}

// run is loop on any server.
func (t target) run(ctx context.Context, operations func() operation, n int, d time.Duration, rate float64) (Load, error) {
	lines := make([]*line, 0, n)
	defer func() {
		for _, l := range lines {
			l.close()
		}
	}()
	for range n {
		l, err := dial(ctx, t.addr)
		if err != nil {
			return Load{}, err
		}
		lines = append(lines, l)
	}
	due := arrivals(ctx, d, rate)
	tallies := make([]*tally, n)
	server, base := t.cpu()
	began := time.Now()
	end := began.Add(d)
	var clients sync.WaitGroup
	for i := range n {
		tallies[i] = &tally{times: hdrhistogram.New(1, longest.Microseconds(), 3)}
		operate := operations()
		clients.Go(func() { tallies[i].client(ctx, operate, lines[i], due, end) })
	}
	clients.Wait()
	took := time.Since(began)
	if err := ctx.Err(); err != nil {
		return Load{}, err
	}
	if t.settled != nil {
		if err := t.settled(ctx); err != nil {
			return Load{}, err
		}
	}
	serverAfter, baseAfter := t.cpu()
	l := summary(tallies, took)
	l.Rate = rate
	if l.Operations > 0 {
		l.ServerCPU = (serverAfter - server).Seconds() * 1000 / float64(l.Operations)
		l.BaseCPU = (baseAfter - base).Seconds() * 1000 / float64(l.Operations)
	}
	return l, nil
}

// client does operations until the end, or those that arrive.
func (t *tally) client(ctx context.Context, operate operation, l *line, due <-chan time.Time, end time.Time) {
	for ctx.Err() == nil {
		from := time.Now()
		if due != nil {
			arrived, open := <-due
			if !open {
				return
			}
			from = arrived
		} else if from.After(end) {
			return
		}
		if err := operate(ctx, l); err != nil {
			t.errors++
			if t.first == nil {
				t.first = err
			}
			if l.broken && l.again(ctx) != nil {
				return
			}
			continue
		}
		_ = t.times.RecordValue(min(time.Since(from), longest).Microseconds())
	}
}

// arrivals sends the time at which each operation should begin, at that time.
// Nobody who is late delays the next. It is nil in a closed loop.
func arrivals(ctx context.Context, d time.Duration, rate float64) <-chan time.Time {
	if rate <= 0 {
		return nil
	}
	total := int(rate * d.Seconds())
	due := make(chan time.Time, total+1)
	go func() {
		defer close(due)
		began := time.Now()
		for i := range total {
			at := began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
			if wait := time.Until(at); wait > 0 {
				pause(wait)
			}
			if ctx.Err() != nil {
				return
			}
			due <- at
		}
	}()
	return due
}

func summary(tallies []*tally, took time.Duration) (l Load) {
	all := hdrhistogram.New(1, longest.Microseconds(), 3)
	for _, t := range tallies {
		all.Merge(t.times)
		l.Errors += t.errors
		if t.first != nil && l.FirstError == "" {
			l.FirstError = fmt.Sprint(t.first)
		}
	}
	l.Operations, l.times = all.TotalCount(), all
	l.PerSecond = float64(l.Operations) / took.Seconds()
	l.read(all)
	return l
}

// read takes the percentiles of times.
func (l *Load) read(times *hdrhistogram.Histogram) {
	ms := func(percentile float64) float64 { return float64(times.ValueAtQuantile(percentile)) / 1000 }
	l.P50, l.P90, l.P99, l.P999, l.Max = ms(50), ms(90), ms(99), ms(99.9), float64(times.Max())/1000
}
