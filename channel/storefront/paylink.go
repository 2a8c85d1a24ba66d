package storefront

import (
	"net/http"
	"slices"
	"strings"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/purchase/paylink"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
)

// linkPage is where somebody pays a link.
type linkPage struct {
	page
	paylink.Link
	status  string
	ways    []payable
	way     string // chosen
	problem string
	next    string // where their bank waits for them
	to      bool   // they go there by themselves now
	token   string
}

// payLink shows a link: what it is for, how it can be paid, or what came of it.
func (s *Shop) payLink(w http.ResponseWriter, r *http.Request) error {
	p, err := s.linkPage(r)
	if err != nil {
		return err
	}
	if p.State == paylink.StatePaying {
		p.again = r.URL.Path
		if p.to = r.URL.Query().Get("go") == "bank" && p.next != ""; p.to {
			p.again, p.leave = "", p.next
		}
	}
	return write(w, r, http.StatusOK, linkTemplate(p))
}

func (s *Shop) linkPage(r *http.Request) (linkPage, error) {
	v, err := s.visit(r)
	if err != nil {
		return linkPage{}, err
	}
	p := linkPage{page: s.page(v, v.T("shop.link.title")).own(), token: r.PathValue("token")}
	p.bare = true
	err = s.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		p.Link, err = s.Links.Open(r.Context(), tx, p.token)
		return err
	})
	if err != nil {
		return p, err
	}
	var last payment.Attempt
	if p.Link, last, err = s.Links.Sync(r.Context(), p.Link); err != nil {
		return p, err
	}
	if p.State == paylink.StatePaying {
		p.next = last.ActionURL
	}
	var offers []paymethod.Offer
	err = s.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		p.status = p.Link.Status(tx.Now)
		offers, err = s.Links.Methods(r.Context(), tx, p.Link)
		return err
	})
	for i, o := range offers {
		way := payable{Offer: o, chosen: i == 0}
		if name, err := s.Checkout.Payments().Choose(o.Method, nil); err == nil && o.Flow == paymethod.Fields {
			way.fields, _ = s.Checkout.Payments().Fields(name)
			way.sandbox = strings.HasPrefix(way.fields.Page, sandboxPrefix)
		}
		p.ways = append(p.ways, way)
	}
	if p.Failure != "" {
		p.problem = p.say(p.Failure, p.T("checkout.say.payment_declined"))
	}
	return p, err
}

// payByLink begins a try at a link.
func (s *Shop) payByLink(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	p, err := s.linkPage(r)
	if err != nil {
		return err
	}
	if p.status != string(paylink.StateOpen) {
		return see(w, r, r.URL.Path)
	}
	t := paylink.Try{Method: in.Get("method"), Instrument: in.Get("instrument"), IP: web.ClientIP(r), Agent: r.UserAgent()}
	if m, ok := paymethod.Find(t.Method); ok && m.Flow != paymethod.Fields {
		t.Instrument = ""
	} else if card := in.Get("card"); slices.Contains(testCards, card) {
		t.Instrument = sandboxPrefix + card
	}
	if _, err := s.Links.Pay(r.Context(), p.ID, t); err != nil {
		code := fault.CodeOf(err)
		if code == fault.CodeOf(paylink.ErrPaying) || code == fault.CodeOf(paylink.ErrEnded) || code == fault.CodeOf(paylink.ErrNothing) {
			return see(w, r, r.URL.Path)
		}
		text, ok := p.sayError(err)
		if !ok {
			return err
		}
		p.problem, p.way = text, t.Method
		return write(w, r, http.StatusUnprocessableEntity, linkTemplate(p))
	}
	return see(w, r, r.URL.Path+"?go=bank")
}
