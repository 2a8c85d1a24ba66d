package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// limit is what the machine does without the shop: a process of its own that
// can be measured again and again.
type limit struct {
	what  string
	run   func(ctx context.Context, d time.Duration) (Load, error)
	close func() error
}

// limit starts what stands beside a scenario.
func (s *stand) limit(ctx context.Context, c Config, name string, n int) (*limit, error) {
	if name == purchase {
		return s.replay(ctx, n, groups(c, n))
	}
	return s.bare(ctx, name, n)
}

// bare is a bare handler that gets a scenario's own requests and answers one of
// its answers.
func (s *stand) bare(ctx context.Context, name string, n int) (*limit, error) {
	path := s.listPath
	if name == "product" || name == "product_uncached" {
		path = s.productPath
	}
	a, err := s.sample(ctx, path(zipf(1)))
	if err != nil {
		return nil, err
	}
	in, to := io.Pipe()
	go func() { _ = to.CloseWithError(json.NewEncoder(to).Encode(a)) }()
	var opened struct{ URL string }
	p, err := start(ctx, in, &opened, "bench-part", "bare")
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(opened.URL)
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	on := target{addr: u.Host, cpu: func() (time.Duration, time.Duration) { return cpuOf(p.pid()), 0 }}
	client := func() operation {
		z := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), skew, 1, uint64(len(s.goods.slugs)))
		return func(_ context.Context, l *line) error {
			_, err := l.do(call{method: "GET", path: path(z), key: s.keys.publishable})
			return err
		}
	}
	return &limit{"a bare net/http handler that writes the same bytes",
		func(ctx context.Context, d time.Duration) (Load, error) { return on.run(ctx, client, n, d, 0) }, p.stop}, nil
}

// replay runs again what purchases asked of the database, on a copy from before
// them. How long a round takes is not asked: it is so many purchases.
func (s *stand) replay(ctx context.Context, n, groups int) (*limit, error) {
	in, to := io.Pipe()
	say, on := json.NewEncoder(to), s.copies[n]
	go func() { _ = say.Encode(replaying{on.url, on.backends, on.trace, groups}) }()
	var ready struct{ Ready bool }
	p, err := start(ctx, in, &ready, "bench-part", "replay")
	if err != nil {
		return nil, errors.Join(err, to.Close())
	}
	run := func(context.Context, time.Duration) (l Load, err error) {
		if err := say.Encode("go on"); err != nil {
			return l, err
		}
		if err := p.decoder.Decode(&l); err != nil {
			return l, fmt.Errorf("replay: %w", err)
		}
		return l, nil
	}
	return &limit{"the same statements and commits, without HTTP and logic", run,
		func() error { return errors.Join(to.Close(), p.stop()) }}, nil
}

// Spread is a figure over several rounds.
type Spread struct {
	Median float64 `json:"median"`
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
}

func spread(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	return Spread{sorted[len(sorted)/2], sorted[0], sorted[len(sorted)-1]}
}

// ratio is a figure of the shop as a multiple of the limit's in the same round.
func ratio(shop, limits []Load, of func(Load) float64) Spread {
	var all []float64
	for i := range shop {
		if under := of(limits[i]); under > 0 {
			all = append(all, of(shop[i])/under)
		}
	}
	return spread(all)
}

// merged is what rounds come to: times over all of them, rates and processor
// time as their medians.
func merged(all []Load) (sum Load) {
	times := hdrhistogram.New(1, longest.Microseconds(), 3)
	median := func(of func(Load) float64) float64 {
		var values []float64
		for _, l := range all {
			values = append(values, of(l))
		}
		return spread(values).Median
	}
	for _, l := range all {
		sum.Errors += l.Errors
		sum.Operations += l.Operations
		if sum.FirstError == "" {
			sum.FirstError = l.FirstError
		}
		if l.times != nil {
			times.Merge(l.times)
		}
	}
	sum.read(times)
	sum.PerSecond = median(func(l Load) float64 { return l.PerSecond })
	sum.ServerCPU = median(func(l Load) float64 { return l.ServerCPU })
	sum.BaseCPU = median(func(l Load) float64 { return l.BaseCPU })
	sum.LeastCPU = slices.MinFunc(all, func(a, b Load) int { return cmp.Compare(a.cpu(), b.cpu()) }).cpu()
	return sum
}
