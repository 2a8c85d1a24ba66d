package storefront

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/ui"
)

// fresh is how lately somebody must have signed in to change how they sign in,
// or to end the account: a borrowed phone is not enough.
const fresh = 15 * time.Minute

// member is a page of somebody's account.
type member struct {
	page
	who  profile.Customer
	at   string // the path of the account's page that it belongs to
	told string // what came of the last change, the end of a message's id; "" for nothing
}

// corner is a page of the account, as its navigation shows it.
type corner struct{ path, title string }

// corners are the pages of the account, in their order.
func (m member) corners() []corner {
	return []corner{{"/account", m.T("shop.account.orders")}, {"/account/addresses", m.T("shop.account.addresses")}, {"/account/wallet", m.T("shop.account.wallet")},
		{"/wishes", m.T("shop.wishes.title")}, {"/account/messages", m.T("shop.account.messages")}, {"/account/security", m.T("shop.account.security")},
		{"/account/privacy", m.T("shop.account.privacy")}}
}

// asMember reads a page of the account at a path for whoever is signed in, or
// sends them to sign in and returns done.
func (s *Shop) asMember(w http.ResponseWriter, r *http.Request, at, title string, read func(ctx context.Context, tx *db.Tx, m *member) error) (m member, done bool, err error) {
	err = s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil || v.customer == "" {
			return err
		}
		m = member{page: s.page(v, v.T(title)).own(), at: at, told: r.URL.Query().Get("told")}
		if m.who, err = profile.Find(r.Context(), tx, s.Keeper, profile.CustomerID(v.customer)); err != nil {
			return err
		}
		return read(r.Context(), tx, &m)
	})
	if err == nil && m.visit == nil {
		return m, true, see(w, r, "/sign-in?"+url.Values{"next": {at}}.Encode())
	}
	return m, err != nil, err
}

// forMember runs a verb for whoever is signed in and goes on to a page; others
// are sent to sign in.
func (s *Shop) forMember(w http.ResponseWriter, r *http.Request, then string, verb func(ctx context.Context, tx *db.Tx, v *visit) error) error {
	signedIn := false
	err := s.DB.Write(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil || v.customer == "" {
			return err
		}
		signedIn = true
		return verb(r.Context(), tx, v)
	})
	if err != nil {
		return err
	}
	if !signedIn {
		return see(w, r, "/sign-in?"+url.Values{"next": {then}}.Encode())
	}
	return see(w, r, then)
}

// lately reports whether the visitor signed in a moment ago.
func (v *visit) lately(now time.Time) bool { return now.Sub(v.since) < fresh }

// again sends somebody to sign in once more before something that matters.
func again(w http.ResponseWriter, r *http.Request, next string) error {
	return see(w, r, "/sign-in?"+url.Values{"next": {next}, "again": {"1"}}.Encode())
}

type accountPage struct {
	member
	orders []order.Order
	next   string
}

// account lists a customer's orders.
func (s *Shop) account(w http.ResponseWriter, r *http.Request) error {
	var p accountPage
	m, done, err := s.asMember(w, r, "/account", "shop.account.title", func(ctx context.Context, tx *db.Tx, m *member) error {
		var next order.ID
		var err error
		p.orders, next, err = order.List(ctx, tx, order.Filter{Customer: m.customer, After: order.ID(r.URL.Query().Get("after")), Limit: 20})
		if next != "" {
			p.next = "/account?" + url.Values{"after": {string(next)}}.Encode()
		}
		return err
	})
	if done {
		return err
	}
	p.member = m
	return write(w, r, http.StatusOK, accountTemplate(p))
}

func orderTone(s order.State) ui.Tone {
	switch s {
	case order.StateOnHold:
		return ui.ToneWarning
	case order.StateCompleted:
		return ui.ToneGood
	case order.StateCanceled:
		return ""
	}
	return ui.ToneInfo
}
