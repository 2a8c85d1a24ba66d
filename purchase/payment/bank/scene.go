package bank

import (
	"net/http"
	"strings"
)

// What a stopped bank says of a call that it did nothing for, and never will: it
// is a no, not silence, so the money may be asked for elsewhere.
const (
	HeaderDone  = "Bank-Done"
	DoneNothing = "nothing"
)

// Stop turns away every call of the merchant's, until Stop(false). The pages for
// cardholders stay open, as a real bank's do while its interface is down, and the
// book is as it was.
func (b *Bank) Stop(yes bool) { b.stopped.Store(yes) }

// Mute loses every notice that is due, for ever, until Mute(false): the merchant
// has to ask.
func (b *Bank) Mute(yes bool) { b.muted.Store(yes) }

// open answers for a stopped bank in place of its interface.
func (b *Bank) open(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := strings.HasPrefix(r.URL.Path, "/v1/payments") || strings.HasPrefix(r.URL.Path, "/v1/kept") || strings.HasPrefix(r.URL.Path, "/v1/plans") || strings.HasPrefix(r.URL.Path, "/v1/wallets") || strings.HasPrefix(r.URL.Path, "/api/")
		if call && b.stopped.Load() {
			w.Header().Set(HeaderDone, DoneNothing)
			http.Error(w, "the bank is stopped: nothing was done", http.StatusServiceUnavailable)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// scenes is what its page shows.
type scenes struct {
	Title          string
	Stopped, Muted bool
}

func (b *Bank) serveScenes(w http.ResponseWriter, _ *http.Request) error {
	return showAs(w, http.StatusOK, "scenes.html", "'self'", "", scenes{b.name(), b.stopped.Load(), b.muted.Load()})
}

// playScene sets what is wrong with the bank as the page's form says.
func (b *Bank) playScene(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return errAmount
	}
	b.Stop(r.PostForm.Has("stopped"))
	b.Mute(r.PostForm.Has("muted"))
	http.Redirect(w, r, "/scenes", http.StatusSeeOther)
	return nil
}
