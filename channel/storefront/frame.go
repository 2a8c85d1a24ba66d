package storefront

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
)

// Frame is a checkout within somebody else's page. It knows no cookie, because
// browsers keep those of frames away from us: all that it knows stands here, and
// in the address of the frame.
type Frame struct {
	Base   string // under which its pages stand, "/embed/…"
	Cart   cart.ID
	Market string
	Locale string
	Origin string // of the page around it: "https://partner.example"
	Theme  url.Values
	Script string // the address of what tells the page around it how it goes on
}

// errFramed reports a checkout whose flow may not stand where its frame does:
// the page is named by another flow, which this visitor was not given.
var errFramed = fault.New(fault.Forbidden, "embed.flow", "the checkout that this visitor was given may not stand in this page: have the shop's owner add the page's origin to that flow too")

// allows returns errFramed where the pinned flow does not name the page around.
func (f *Frame) allows(c checkout.View) error {
	if f == nil || c.Flow.Embed.Allows(f.Origin) {
		return nil
	}
	return errFramed
}

type frameKey struct{}

// frameOf is the frame that a request is of; nil in the shop itself.
func frameOf(r *http.Request) *Frame {
	f, _ := r.Context().Value(frameKey{}).(*Frame)
	return f
}

// host is the host of the page around the frame.
func (f *Frame) host() string {
	u, err := url.Parse(f.Origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// at is where a page of the checkout stands: in its frame, or in the shop.
func (p page) at(path string) string {
	if p.frame != nil && strings.HasPrefix(path, "/checkout") {
		return p.frame.Base + path
	}
	return path
}

// policy allows the page around to frame it, and nobody else.
func (f *Frame) policy() string {
	return strings.Replace(policy, "frame-ancestors 'none'", "frame-ancestors "+f.Origin, 1)
}

// Framed are the pages of a checkout in a frame, by where they stand below its
// base. open reads the frame of a request, or says why there is none.
func (s *Shop) Framed(open func(r *http.Request) (*Frame, error)) map[string]http.Handler {
	all := map[string]http.Handler{}
	for pattern, h := range map[string]web.Handler{
		"GET /checkout": s.checkout, "GET " + completion: s.places, "POST /checkout": s.submit, "GET /checkout/wait": s.wait, "POST /checkout/cancel": s.cancel, "GET /checkout/done": s.thanks,
	} {
		page := web.Pages(s.trouble).Handle(func(w http.ResponseWriter, r *http.Request) error {
			f, err := open(r)
			if err != nil {
				return err
			}
			csp := f.policy()
			if origins := s.Checkout.Payments().FieldOrigins(); len(origins) > 0 {
				csp += "; frame-src " + strings.Join(origins, " ")
			}
			r = web.Guard(w, r, csp)
			err = h(w, r.WithContext(context.WithValue(r.Context(), frameKey{}, f)))
			if errors.Is(err, errFramed) {
				web.Guard(w, r, policy) // nobody may frame it
			}
			return err
		})
		all[pattern] = web.WithCSP(web.SameOrigin(page), policy) // what fails before its frame is known is framed by nobody
	}
	return all
}

// request is a request that knows nothing but its frame: no cookie counts.
func (f *Frame) request(r *http.Request) *http.Request {
	as := url.Values{askMarket: {f.Market}, askLanguage: {f.Locale}}
	return (&http.Request{Method: http.MethodGet, URL: &url.URL{Path: r.URL.Path, RawQuery: as.Encode()},
		Header: http.Header{"Accept-Language": r.Header["Accept-Language"]}}).WithContext(r.Context())
}

// thanksPage is the end of a checkout in a frame.
type thanksPage struct {
	page
	checkout.View
}

// thanks says that the order is placed, and has the page around it told.
func (s *Shop) thanks(w http.ResponseWriter, r *http.Request) error {
	v, c, err := s.session(r)
	if err != nil || c == nil {
		return seeCart(w, r, err)
	}
	if c.Status != checkout.StatusCompleted {
		return s.forward(w, r, *c, "")
	}
	p := thanksPage{s.page(v, v.T("shop.frame.thanks")).own(), *c}
	p.bare = true
	return write(w, r, http.StatusOK, thanksTemplate(p))
}
