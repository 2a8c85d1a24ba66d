package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// Handler is an http.HandlerFunc that may fail. On its own it answers an error
// as a JSON problem; pages give theirs through Pages.
type Handler func(w http.ResponseWriter, r *http.Request) error

// ServeHTTP runs h and answers its error, if any.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h(w, r); err != nil {
		WriteProblem(w, r, err)
	}
}

// Pages answer errors with a page. It shows p in the door's own manner and in
// the reader's language; status and headers are set already.
type Pages func(w http.ResponseWriter, r *http.Request, p *Problem) error

// Handle makes h a handler whose errors are pages. An error page that fails in
// turn is a bug and is answered as a plain problem.
func (pages Pages) Handle(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		p := prepare(w, r, err)
		if x := exchangeOf(r.Context()); x != nil && x.status != 0 {
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(p.Status)
		if err := pages(w, r, p); err != nil {
			_ = report(r.Context(), route(r), err)
		}
	})
}

// SameOrigin refuses what a page of another site sends in the name of a
// signed-in person. It is for doors that know people by a cookie; a door with
// keys needs none.
func SameOrigin(h http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		WriteProblem(w, r, errCrossOrigin)
	}))
	return guard.Handler(h)
}

// Secure says that the client came by https.
func Secure(r *http.Request) bool {
	if x := exchangeOf(r.Context()); x != nil {
		return x.secure()
	}
	return r.TLS != nil
}

// SetCookie sets a cookie that scripts cannot read and other sites do not
// send. By https it is bound to this host (__Host-). A ttl of 0 lasts as long
// as the browser's session.
func SetCookie(w http.ResponseWriter, r *http.Request, name, value string, ttl time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(r, name), Value: value, Path: "/", MaxAge: int(ttl.Seconds()),
		Secure: Secure(r), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Cookie returns the value of a cookie set by SetCookie, or "".
func Cookie(r *http.Request, name string) string {
	c, err := r.Cookie(cookieName(r, name))
	if err != nil {
		return ""
	}
	return c.Value
}

// ClearCookie makes the browser forget a cookie set by SetCookie.
func ClearCookie(w http.ResponseWriter, r *http.Request, name string) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(r, name), Path: "/", MaxAge: -1,
		Secure: Secure(r), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func cookieName(r *http.Request, name string) string {
	if Secure(r) {
		return "__Host-" + name
	}
	return name
}

// ClientIP returns the address a request came from, without its port. What
// X-Forwarded-For says counts only from a trusted proxy, and there only the
// nearest address that is none itself: everything left of it is hearsay.
func ClientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	x := exchangeOf(r.Context())
	if x == nil || len(x.chain.TrustedProxies) == 0 || !x.chain.trusts(host) {
		return host
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		host = hop.Unmap().String()
		if !x.chain.trusts(host) {
			break
		}
	}
	return host
}

func (c *chain) trusts(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range c.TrustedProxies {
		if p.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}
