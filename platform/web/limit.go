package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/httprate"
)

// Limit counts requests per client address in this process: it slows a flood
// down. What must hold across nodes and restarts is counted in rows.
type Limit struct{ counter *httprate.RateLimiter }

// NewLimit allows so many requests per window and address. IPv6 addresses
// count by their /64, which is what one client has.
func NewLimit(requests int, window time.Duration) *Limit {
	return &Limit{httprate.NewRateLimiter(requests, window, httprate.WithResponseHeaders(httprate.ResponseHeaders{
		Limit: "RateLimit-Limit", Remaining: "RateLimit-Remaining", Reset: "RateLimit-Reset",
	}))}
}

// Check counts the request and sets the RateLimit headers. It returns an error
// of kind Limited, with Retry-After, when the address has used up its window.
func (l *Limit) Check(w http.ResponseWriter, r *http.Request) error {
	over := l.counter.OnLimit(w, r, httprate.CanonicalizeIP(ClientIP(r)))
	h := w.Header()
	reset := time.Second
	if at, err := strconv.ParseInt(h.Get("RateLimit-Reset"), 10, 64); err == nil {
		reset = max(time.Second, time.Until(time.Unix(at, 0)).Round(time.Second))
	}
	h.Set("RateLimit-Reset", strconv.Itoa(int(reset.Seconds()))) // in seconds from now, as the header is defined
	if over {
		return RetryAfter(errLimited, reset)
	}
	return nil
}

// Handler lets requests through to h while they are within the limit.
func (l *Limit) Handler(h http.Handler) http.Handler {
	return Handler(func(w http.ResponseWriter, r *http.Request) error {
		if err := l.Check(w, r); err != nil {
			return err
		}
		h.ServeHTTP(w, r)
		return nil
	})
}
