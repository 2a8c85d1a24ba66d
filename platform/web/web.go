// Package web is what every door shares: the chain a request passes before it
// reaches a handler, the one form in which a failure is answered, and the glue
// that turns Go functions into a documented API.
//
// The chain gives a request its id, bounds its body, compresses the answer,
// sets the security headers, survives a panic and writes one line of access
// log. The line names the route's pattern and never the path or the query: a
// cart's id and an order's token are capabilities and stay out of logs.
//
// A failure is answered as a Problem (RFC 9457), whoever finds it: the JSON
// reader, a handler, the chain. Status is the only table from kinds of failure
// to HTTP statuses. What is Internal is logged here, once, and tells the
// caller nothing but its request id.
package web

import (
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// MaxBody is the size in bytes from which a request's body is refused, unless
// Options say otherwise.
const MaxBody = 1_000_000

// BodyTime is how long a client may take to send a body, unless Options say
// otherwise.
const BodyTime = 30 * time.Second

// minCompressed is the size in bytes from which an answer is compressed: less
// fits in one packet anyway.
const minCompressed = 1000

// defaultCSP suits answers that are no pages. Page doors set their own.
const defaultCSP = "default-src 'none'; frame-ancestors 'none'"

// Options shape a Chain. The zero Options are right for an API.
type Options struct {
	// Log receives the access log (Info) and internal errors (Error);
	// slog.Default() if nil. An access log is avoided by a higher level.
	Log *slog.Logger
	// CSP is the Content-Security-Policy of answers that set none; it should
	// name frame-ancestors. Empty means: nothing may be loaded or framed.
	CSP string
	// MaxBody bounds request bodies in bytes; 0 means the constant MaxBody.
	MaxBody int64
	// BodyTime bounds how long a body may take; 0 means the constant BodyTime.
	BodyTime time.Duration
	// HTTPS says that shoppers reach the shop by https: cookies are Secure,
	// bear the __Host- prefix, and HSTS is sent. TLS in this process implies it.
	HTTPS bool
	// TrustedProxies may tell the client's address in X-Forwarded-For. From
	// anybody else that header is ignored.
	TrustedProxies []netip.Prefix
}

type chain struct {
	Options
	next http.Handler
	gzip http.Handler
	csp  []string
}

// Chain wraps h, once per process or door, in everything a request needs.
func Chain(h http.Handler, o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.CSP == "" {
		o.CSP = defaultCSP
	}
	if o.MaxBody == 0 {
		o.MaxBody = MaxBody
	}
	if o.BodyTime == 0 {
		o.BodyTime = BodyTime
	}
	c := &chain{Options: o, csp: []string{o.CSP}}
	c.next = c.guard(h)
	c.gzip = compress(c.next)
	return c
}

func compress(h http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(minCompressed),
		gzhttp.CompressionLevel(gzip.BestSpeed),
		gzhttp.EnableZstd(false), // its encoders cost memory that a small shop does not have
	)
	if err != nil {
		panic(err) // constant options
	}
	return wrap(h)
}

// ServeHTTP passes one request down the chain.
func (c *chain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{ResponseWriter: w, Context: r.Context(), chain: c, id: requestID(r), tls: r.TLS != nil}
	logged := c.Log.Enabled(x.Context, slog.LevelInfo)
	if logged {
		x.start = time.Now()
	}
	c.setHeaders(w.Header(), x)
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = newBody(w, r.Body, c.Options)
	}
	r = r.WithContext(x)
	if mayCompress(r) {
		c.gzip.ServeHTTP(x, r)
	} else {
		w.Header()["Vary"] = varyEncoding
		c.next.ServeHTTP(x, r)
	}
	if logged {
		c.Log.LogAttrs(x.Context, slog.LevelInfo, "request",
			slog.String("id", x.id), slog.String("route", route(r)), slog.Int("status", x.answered()),
			slog.Int64("bytes", x.bytes), slog.Int64("us", time.Since(x.start).Microseconds()))
	}
}

// mayCompress leaves event streams alone: they are flushed line by line.
func mayCompress(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && !isStream(r)
}

func isStream(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

// route is what a log may say about where a request went.
func route(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}

// Header values that never change are shared by all answers.
var (
	varyEncoding = []string{"Accept-Encoding"}
	noSniff      = []string{"nosniff"}
	referrer     = []string{"strict-origin-when-cross-origin"}
	hsts         = []string{"max-age=31536000"}
)

func (c *chain) setHeaders(h http.Header, x *exchange) {
	h["X-Request-Id"] = []string{x.id}
	h["X-Content-Type-Options"] = noSniff
	h["Referrer-Policy"] = referrer
	h["Content-Security-Policy"] = c.csp
	if x.secure() {
		h["Strict-Transport-Security"] = hsts
	}
}

// guard answers a panic below it with a problem. It stands inside the
// compressor, so that what was compressed half is not sent.
func (c *chain) guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			x := exchangeOf(r.Context())
			if v != http.ErrAbortHandler && r.Context().Err() == nil {
				c.Log.LogAttrs(r.Context(), slog.LevelError, "panic",
					slog.String("id", x.id), slog.String("route", route(r)),
					slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
			}
			if v == http.ErrAbortHandler || x.status != 0 {
				panic(http.ErrAbortHandler) // too late for an answer: cut the connection
			}
			x.fail(problemOf(nil, http.StatusInternalServerError))
		}()
		if !keepableAddress(r.URL) {
			WriteProblem(w, r, errAddress)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// Bearer returns the secret of an Authorization header, false for one of another
// scheme. Schemes are told apart whatever their capitals (RFC 9110, 11.1).
func Bearer(header string) (secret string, ok bool) {
	scheme, secret, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return secret, true
}

// keepableAddress reports whether an address, its escapes undone, is text.
func keepableAddress(u *url.URL) bool {
	if !keepableText(u.Path) {
		return false
	}
	if strings.IndexByte(u.RawQuery, '%') < 0 {
		return true
	}
	query, err := url.QueryUnescape(u.RawQuery)
	return err != nil || keepableText(query) // who cannot be read is nobody's parameter
}

// WithCSP gives the pages of h their own Content-Security-Policy, with a nonce
// for each answer where NonceMark stands. A handler may still set another for
// one answer.
func WithCSP(h http.Handler, csp string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, Guard(w, r, csp))
	})
}
