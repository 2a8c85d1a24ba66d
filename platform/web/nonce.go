package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
)

// NonceMark stands in a Content-Security-Policy where an answer's nonce goes:
// "script-src 'nonce-{nonce}'". Then a file of ours runs because the page names
// it with the nonce, and not because of where it lies: what somebody uploads, or
// smuggles into a page, does not know it.
const NonceMark = "{nonce}"

type nonceKey struct{}

// Nonce is the word, of 130 random bits, that lets the scripts and styles run
// that a page names with it; "" where the policy asks for none.
func Nonce(ctx context.Context) string {
	nonce, _ := ctx.Value(nonceKey{}).(string)
	return nonce
}

// Guard gives one answer its Content-Security-Policy and returns the request
// whose context knows the nonce. A request that knows one keeps it.
func Guard(w http.ResponseWriter, r *http.Request, csp string) *http.Request {
	if strings.Contains(csp, NonceMark) {
		nonce := Nonce(r.Context())
		if nonce == "" {
			nonce = rand.Text()
			r = r.WithContext(context.WithValue(r.Context(), nonceKey{}, nonce))
		}
		csp = strings.ReplaceAll(csp, NonceMark, nonce)
	}
	w.Header().Set("Content-Security-Policy", csp)
	return r
}
