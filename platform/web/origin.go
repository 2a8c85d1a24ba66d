package web

import (
	"net/http"
	"strings"
)

// What a page of another origin may send to an open door and read from it.
var (
	openMethods = []string{"GET, POST, PUT, PATCH, DELETE"}
	openHeaders = []string{"Authorization, Content-Type, Customer-Token, Idempotency-Key, If-Match, Order-Token, X-Request-ID"}
	openAnswers = []string{"ETag, Idempotent-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"}
	anyOrigin   = []string{"*"}
	preflight   = []string{"7200"} // seconds a browser may remember the answer
)

// AnyOrigin lets pages of other sites call h: a shop's own front end that
// lives elsewhere. It is for doors that know callers by a key in a header; no
// cookie is sent along, so such a page acts with its own key and nobody's session.
func AnyOrigin(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == "" {
			h.ServeHTTP(w, r)
			return
		}
		header := w.Header()
		header["Access-Control-Allow-Origin"] = anyOrigin
		header["Access-Control-Expose-Headers"] = openAnswers
		if strings.EqualFold(r.Method, http.MethodOptions) && r.Header.Get("Access-Control-Request-Method") != "" {
			header["Access-Control-Allow-Methods"] = openMethods
			header["Access-Control-Allow-Headers"] = openHeaders
			header["Access-Control-Max-Age"] = preflight
			w.WriteHeader(http.StatusNoContent)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// OpenDoors is AnyOrigin for the paths of h that begin with one of under. It
// stands around a mux, because a browser asks first with a method that no route has.
func OpenDoors(h http.Handler, under ...string) http.Handler {
	open := AnyOrigin(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, path := range under {
			if strings.HasPrefix(r.URL.Path, path) {
				open.ServeHTTP(w, r)
				return
			}
		}
		h.ServeHTTP(w, r)
	})
}
