package storefront

import (
	"net/http"

	"korzo/platform/fault"
	"korzo/platform/web"
)

var errLost = fault.New(fault.NotFound, "storefront.not_found", "there is no such page; go to the front page")

// lost answers addresses that lead nowhere.
func (s *Shop) lost(http.ResponseWriter, *http.Request) error { return errLost }

// trouble is the page of an error. When even the visit cannot be learned (the
// database is gone) it has no market and no cart, but speaks the language.
func (s *Shop) trouble(w http.ResponseWriter, r *http.Request, p *web.Problem) error {
	if p.Status >= http.StatusInternalServerError && p.Status != http.StatusServiceUnavailable {
		s.broke(r)
	}
	v, err := s.visit(r)
	if err != nil {
		v = &visit{Locale: s.language(r, ""), here: "/"}
	}
	return troublePage(s.page(v, v.T("shop.trouble."+troubleOf(p.Status)+".title")), p).Render(r.Context(), w)
}

// broke lets whoever listens know that a page failed its visitor.
func (s *Shop) broke(r *http.Request) {
	if s.Broke != nil {
		s.Broke(seenBy(r).id, "page")
	}
}

// troubleOf groups statuses by what a shopper can do about them.
func troubleOf(status int) string {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return "lost"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return "busy"
	}
	if status < http.StatusInternalServerError {
		return "refused"
	}
	return "broken"
}

// say returns the message for a code of a domain, or its own words.
func (v *visit) say(code, content string, args ...any) string {
	for _, id := range []string{"shop.say." + code, "checkout.say." + code} {
		if v.Has(id) {
			return v.T(id, args...)
		}
	}
	return content
}

// sayError returns what a shopper should know of an error that a page shows
// beside what was typed; ok is false for those that are a page of their own.
func (v *visit) sayError(err error) (text string, ok bool) {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.Declined, fault.Unauthorized, fault.Limited:
		return v.say(fault.CodeOf(err), fault.TextOf(err)), true
	case fault.Unavailable:
		return v.say(fault.CodeOf(err), fault.TextOf(err)), fault.CodeOf(err) != ""
	}
	return "", false
}
