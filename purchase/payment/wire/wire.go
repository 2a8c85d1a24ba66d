// Package wire is how a gateway calls its provider's machine over HTTP, so that
// every gateway tells silence from a call that never left.
//
// The one idea: a request whose header was not written has moved no money, and
// may be made elsewhere at once; after that, whatever is not a whole answer is
// silence. Answers are bounded, redirects are not followed (they would carry
// credentials away), and no error repeats what was sent.
//
// Never true: a retry made here. A repeat needs a key, and the gateway has it.
package wire

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"korzo/platform/fault"
	"korzo/purchase/payment"
)

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 1 << 20

// ErrUnsent is a call that never left: no line, no name, no handshake.
var ErrUnsent = fault.New(fault.Unavailable, "payment.unsent", "the payment gateway cannot be reached and nothing was sent; check its address and the network")

// Client returns an HTTP client that calls one provider. How long a call may
// take is its context's to say.
func Client() *http.Client {
	return &http.Client{
		Transport: transport{&http.Transport{
			ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute,
			DialContext: (&net.Dialer{Timeout: 3 * time.Second}).DialContext, TLSHandshakeTimeout: 5 * time.Second, MaxResponseHeaderBytes: 1 << 16,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// transport notes whether a request left.
type transport struct{ next http.RoundTripper }

// RoundTrip makes one call.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var left atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaderField: func(string, []string) { left.Store(true) }, WroteHeaders: func() { left.Store(true) }}
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), trace))
	r.GetBody = nil // or net/http would repeat what has a key when a kept line breaks
	w, err := t.next.RoundTrip(r)
	switch {
	case err != nil && !left.Load():
		return nil, ErrUnsent
	case err != nil:
		return nil, payment.ErrUnknown
	}
	w.Body = &bounded{w.Body, maxAnswer}
	return w, nil
}

// bounded is a body that fails when it is too long.
type bounded struct {
	io.ReadCloser
	left int64
}

// Read reads at most what is left.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("the answer is too long")
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// Classify makes of any error of a call either ErrUnsent or silence. It keeps
// nothing of the original's text but what the two say.
func Classify(err error) error {
	if errors.Is(err, ErrUnsent) {
		return ErrUnsent
	}
	return payment.ErrUnknown
}

// Refused is a call that the provider understood and did not take: a wrong
// setting or a bug, and no money moved. Code is the provider's own, cut short.
func Refused(gateway string, status int, code string) error {
	return fmt.Errorf("%s refused the call with %d %.80q", gateway, status, code)
}
