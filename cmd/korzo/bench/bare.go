package bench

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"

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
