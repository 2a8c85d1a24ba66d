package storefront

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/platform/web"
)

// The cookies that tell one visit from another. Both are the shop's own and say
// nothing about the person.
const (
	cookieVisitor = "visitor" // the id that experiments know them by; kept through signing in
	cookiePath    = "path"    // how this visit came and went on; gone half an hour after the last page

	visitEnds = 30 * time.Minute
	maxWord   = 80 // of what addresses say of campaigns
)

// seen is who visits and how they came, as the cookies tell it with the page
// that is asked for now.
type seen struct {
	id   string
	path visitor.Path
}

type seenKey struct{}

// seenBy returns what track learned of a request.
func seenBy(r *http.Request) seen {
	s, _ := r.Context().Value(seenKey{}).(seen)
	return s
}

// track follows a visit from page to page, so that flows can be triggered and
// experiments assigned by it. Only looking at pages counts. Who has not agreed is
// not followed: what this one request tells is all that is known of them.
func (s *Shop) track(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var v seen
		if consented(r) {
			v = seen{id: experiment.Visitor(s.Keeper, web.Cookie(r, cookieVisitor)), path: readPath(web.Cookie(r, cookiePath))}
		}
		if r.Method == http.MethodGet {
			v = s.follow(w, r, v)
		}
		r = r.WithContext(context.WithValue(r.Context(), seenKey{}, v))
		defer func() {
			if trouble := recover(); trouble != nil {
				if err, _ := trouble.(error); !errors.Is(err, http.ErrAbortHandler) {
					s.broke(r)
				}
				panic(trouble)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// follow counts a page, and begins the visit with the first.
func (s *Shop) follow(w http.ResponseWriter, r *http.Request, v seen) seen {
	keep := consented(r)
	first := keep && v.id == ""
	if first {
		issued := experiment.NewVisitor(s.Keeper, s.DB.Now())
		v.id = experiment.Visitor(s.Keeper, issued)
		web.SetCookie(w, r, cookieVisitor, issued, year)
	}
	q := r.URL.Query()
	if v.path.Pages == 0 {
		v.path.New, v.path.Referrer = first, referrer(r)
	}
	if q.Get("utm_campaign") != "" || q.Get("utm_source") != "" { // a later campaign takes over
		v.path.Campaign, v.path.Source, v.path.Medium = word(q.Get("utm_campaign")), word(q.Get("utm_source")), word(q.Get("utm_medium"))
	}
	v.path.Pages++
	if q.Get("q") != "" {
		v.path.Searches++
	}
	if keep {
		web.SetCookie(w, r, cookiePath, writePath(v.path), visitEnds)
	}
	return v
}

// referrer is the host of the page that led here, "" for our own.
func referrer(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host == r.Host {
		return ""
	}
	return word(u.Hostname())
}

// word bounds what an address says.
func word(text string) string {
	if len(text) > maxWord {
		text = text[:maxWord]
	}
	return strings.ToValidUTF8(text, "")
}

func writePath(p visitor.Path) string {
	q := url.Values{"p": {strconv.FormatInt(p.Pages, 10)}}
	for key, value := range map[string]string{"c": p.Campaign, "s": p.Source, "m": p.Medium, "r": p.Referrer} {
		if value != "" {
			q.Set(key, value)
		}
	}
	if p.New {
		q.Set("n", "1")
	}
	if p.Searches > 0 {
		q.Set("f", strconv.FormatInt(p.Searches, 10))
	}
	return q.Encode()
}

// readPath reads what writePath wrote. A shopper may write it anew: it tells
// how they came, and opens nothing.
func readPath(text string) visitor.Path {
	q, err := url.ParseQuery(text)
	if err != nil {
		return visitor.Path{}
	}
	count := func(key string) int64 {
		n, err := strconv.ParseInt(q.Get(key), 10, 32)
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	return visitor.Path{Campaign: word(q.Get("c")), Source: word(q.Get("s")), Medium: word(q.Get("m")), Referrer: word(q.Get("r")),
		New: q.Get("n") == "1", Pages: count("p"), Searches: count("f")}
}
