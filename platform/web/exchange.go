package web

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"time"
)

// exchange is one request and its answer. It is both the response writer,
// which counts, and the context, which carries the request id: one allocation
// serves for both. It is never reused, because a context may outlive its request.
type exchange struct {
	http.ResponseWriter
	context.Context
	chain  *chain
	id     string
	start  time.Time
	bytes  int64
	status int // 0: no header was written yet
	tls    bool
	failed bool // a problem was sent: what a compressor still holds is dropped
}

type exchangeKey struct{}

// Value finds the exchange itself under its key.
func (x *exchange) Value(key any) any {
	if key == (exchangeKey{}) {
		return x
	}
	return x.Context.Value(key)
}

// exchangeOf returns nil outside a Chain.
func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// RequestID returns the id of the request that ctx belongs to, or "".
func RequestID(ctx context.Context) string {
	if x := exchangeOf(ctx); x != nil {
		return x.id
	}
	return ""
}

// WriteHeader notes the status.
func (x *exchange) WriteHeader(code int) {
	if x.failed {
		return
	}
	if x.status == 0 && code >= 200 {
		x.status = code
	}
	x.ResponseWriter.WriteHeader(code)
}

// Write counts bytes as they leave, after compression.
func (x *exchange) Write(b []byte) (int, error) {
	if x.failed {
		return len(b), nil
	}
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.ResponseWriter.Write(b)
	x.bytes += int64(n)
	return n, err
}

// Flush sends what is buffered.
func (x *exchange) Flush() {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	// A writer that cannot flush has nothing buffered that is ours to send.
	_ = http.NewResponseController(x.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// fail answers p below any compressor, and closes the exchange to what the
// compressor still holds.
func (x *exchange) fail(p *Problem) {
	p.RequestID = x.id
	h := x.Header()
	delete(h, "Content-Encoding")
	delete(h, "Content-Length")
	h.Set("Content-Type", problemType)
	x.WriteHeader(p.Status)
	body, _ := json.Marshal(p) // strings and numbers only
	x.Write(body)
	x.failed = true
}

// answered is the status the client sees: net/http sends 200 for silence.
func (x *exchange) answered() int {
	if x.status == 0 {
		return http.StatusOK
	}
	return x.status
}

func (x *exchange) secure() bool { return x.tls || x.chain.HTTPS }

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// requestID takes over a caller's id if it looks like one, so that one request
// has one name in all logs; anything else is replaced, because it ends in ours.
func requestID(r *http.Request) string {
	if got := r.Header["X-Request-Id"]; len(got) == 1 && wellFormed(got[0]) {
		return got[0]
	}
	// The id is a name, no secret: no strong randomness is spent on it.
	var b [10]byte
	binary.BigEndian.PutUint64(b[:8], rand.Uint64())
	binary.BigEndian.PutUint16(b[8:], uint16(rand.Uint32()))
	var text [20]byte
	copy(text[:], "req_")
	idText.Encode(text[4:], b[:])
	return string(text[:])
}

func wellFormed(id string) bool {
	if len(id) < 8 || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

// body bounds what a client may send and how long it may take. net/http lifts
// the deadline when the body has ended, so a handler may take longer.
type body struct {
	io.ReadCloser
	from    io.ReadCloser // without a bound
	control *http.ResponseController
	time    time.Duration
	armed   bool
}

func newBody(w http.ResponseWriter, from io.ReadCloser, o Options) *body {
	return &body{ReadCloser: http.MaxBytesReader(w, from, o.MaxBody), from: from, control: http.NewResponseController(w), time: o.BodyTime}
}

// Widen lets the body of a request be up to max bytes long, and take a minute and
// a second per megabyte to arrive, where a door takes files. Call it before the body is read.
func Widen(w http.ResponseWriter, r *http.Request, max int64) {
	if b, ok := r.Body.(*body); ok && !b.armed {
		b.ReadCloser, b.time = http.MaxBytesReader(w, b.from, max), time.Minute+time.Duration(max>>20)*time.Second
	}
}

// Read reads under a deadline where the connection knows deadlines.
func (b *body) Read(p []byte) (int, error) {
	if !b.armed {
		b.armed = true
		_ = b.control.SetReadDeadline(time.Now().Add(b.time))
	}
	return b.ReadCloser.Read(p)
}

// tooLarge reports whether err says that a body passed its limit, and which.
func tooLarge(err error) (limit int64, ok bool) {
	if e, found := errors.AsType[*http.MaxBytesError](err); found {
		return e.Limit, true
	}
	return 0, false
}
