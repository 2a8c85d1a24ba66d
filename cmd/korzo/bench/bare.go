package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"korzo/platform/web"
)

// answer is what a bare handler writes.
type answer struct {
	Header http.Header
	Body   []byte
}

// Bare answers every request with the answer that stands on in, on an address
// that it prints on out: net/http and nothing else.
func Bare(ctx context.Context, in io.Reader, out io.Writer) error {
	var a answer
	if err := json.NewDecoder(in).Decode(&a); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(map[string]string{"url": "http://" + l.Addr().String()}); err != nil {
		return err
	}
	length := []string{strconv.Itoa(len(a.Body))}
	return web.Serve(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for name, values := range a.Header {
			h[name] = values
		}
		h["Content-Length"] = length
		_, _ = w.Write(a.Body)
	}))
}

// bare measures a bare handler with a scenario's own requests and one of its answers.
func (s *stand) bare(ctx context.Context, name string, n int, d time.Duration) (Load, error) {
	path := s.listPath
	if name == "product" || name == "product_uncached" {
		path = s.productPath
	}
	a, err := s.sample(ctx, path(zipf(1)))
	if err != nil {
		return Load{}, err
	}
	body, err := json.Marshal(a)
	if err != nil {
		return Load{}, err
	}
	var opened struct{ URL string }
	p, err := start(ctx, bytes.NewReader(body), &opened, "bench-part", "bare")
	if err != nil {
		return Load{}, err
	}
	u, err := url.Parse(opened.URL)
	if err != nil {
		return Load{}, err
	}
	cpu := func() (time.Duration, time.Duration) { return cpuOf(p.pid()), 0 }
	client := func() operation {
		z := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), skew, 1, uint64(len(s.goods.slugs)))
		return func(_ context.Context, l *line) error {
			_, err := l.do(call{method: "GET", path: path(z), key: s.keys.publishable})
			return err
		}
	}
	if _, err := run(ctx, u.Host, client, n, d/5, 0, cpu); err != nil {
		return Load{}, err
	}
	load, err := run(ctx, u.Host, client, n, d, 0, cpu)
	if err != nil {
		return Load{}, err
	}
	return load, p.stop()
}

// sample is one answer of the shop.
func (s *stand) sample(ctx context.Context, path string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+path, nil)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+s.keys.publishable)
	r.Header.Set("Accept-Encoding", "identity")
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = w.Body.Close() }()
	body, err := io.ReadAll(w.Body)
	w.Header.Del("Date")
	w.Header.Del("Content-Length")
	return answer{w.Header, body}, err
}
