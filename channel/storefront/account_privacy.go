package storefront

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"korzo/customer/consent"
	"korzo/customer/privacy"
	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/engagement/restock"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
)

type privacyPage struct {
	member
	now     map[consent.Purpose]consent.Answer
	pending []consent.Purpose // asked for, and their mail not confirmed
	history []consent.Answer
	exports []privacy.Export
	waits   []restock.Wish
}

// privacy shows what a customer allowed, and lets them have or end what is kept.
func (s *Shop) privacy(w http.ResponseWriter, r *http.Request) error {
	var p privacyPage
	m, done, err := s.asMember(w, r, "/account/privacy", "shop.account.privacy", func(ctx context.Context, tx *db.Tx, m *member) (err error) {
		if p.now, err = consent.Now(ctx, tx, m.who.ID); err != nil {
			return err
		}
		if p.pending, err = consent.Waiting(ctx, tx, m.who.ID); err != nil {
			return err
		}
		if p.history, err = consent.History(ctx, tx, m.who.ID); err != nil {
			return err
		}
		if p.exports, err = privacy.List(ctx, tx, m.who.ID); err != nil {
			return err
		}
		p.waits, err = restock.List(ctx, tx, m.who.ID)
		return err
	})
	if done {
		return err
	}
	p.member = m
	return write(w, r, http.StatusOK, privacyTemplate(p))
}

// words are what a customer is asked for a purpose: what they agree to.
func (v *visit) words(p consent.Purpose) string { return v.T("shop.consents.ask." + string(p)) }

// saveConsents writes down what a customer allows now.
func (s *Shop) saveConsents(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	return s.forMember(w, r, "/account/privacy?told=consents", func(ctx context.Context, tx *db.Tx, v *visit) error {
		now, err := consent.Now(ctx, tx, profile.CustomerID(v.customer))
		if err != nil {
			return err
		}
		for _, purpose := range consent.Purposes {
			given := in.Get(string(purpose)) == "yes"
			if _, asked := now[purpose]; !asked && !given {
				continue // who was never asked and says nothing has said nothing
			}
			if err := consent.Set(ctx, tx, s.Keeper, profile.CustomerID(v.customer), consent.Answer{Purpose: purpose, Given: given, Words: v.words(purpose), Locale: v.Tag(), Source: "account"}); err != nil {
				return err
			}
		}
		return nil
	})
}

// askExport has all that is kept of a customer put into a file.
func (s *Shop) askExport(w http.ResponseWriter, r *http.Request) error {
	return s.forMember(w, r, "/account/privacy?told=export#data", func(ctx context.Context, tx *db.Tx, v *visit) error {
		_, err := privacy.Ask(ctx, tx, profile.CustomerID(v.customer))
		return err
	})
}

// export downloads such a file.
func (s *Shop) export(w http.ResponseWriter, r *http.Request) error {
	var file []byte
	_, done, err := s.asMember(w, r, "/account/privacy", "shop.account.privacy", func(ctx context.Context, tx *db.Tx, m *member) (err error) {
		file, err = s.Privacy.Open(ctx, tx, m.who.ID, privacy.ID(r.PathValue("export")))
		return err
	})
	if done {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "my-data-"+s.DB.Now().UTC().Format("2006-01-02")+".json"))
	h.Set("Cache-Control", "private, no-store")
	_, _ = w.Write(file) // nobody is left to tell
	return nil
}

// waitNoMore ends a wish to be told that something is back.
func (s *Shop) waitNoMore(w http.ResponseWriter, r *http.Request) error {
	return s.forMember(w, r, "/account/privacy#waits", func(ctx context.Context, tx *db.Tx, v *visit) error {
		err := restock.Remove(ctx, tx, profile.CustomerID(v.customer), restock.ID(r.PathValue("wish")))
		if errors.Is(err, restock.ErrNotFound) {
			return nil
		}
		return err
	})
}

type farewellPage struct {
	member
	lost    []wallet.Balance // store credit that ends with the account
	points  wallet.Balance   // and points
	problem string
}

// farewell says what ending the account means, before it is ended.
func (s *Shop) farewell(w http.ResponseWriter, r *http.Request) error {
	return s.showFarewell(w, r, nil)
}

func (s *Shop) showFarewell(w http.ResponseWriter, r *http.Request, why error) error {
	var p farewellPage
	m, done, err := s.asMember(w, r, "/account/privacy", "shop.farewell.title", func(ctx context.Context, tx *db.Tx, m *member) (err error) {
		if p.points, err = wallet.PointsOf(ctx, tx, m.who.ID); err != nil {
			return err
		}
		balances, err := wallet.Balances(ctx, tx, m.who.ID)
		for _, b := range balances {
			if !b.Available.IsZero() {
				p.lost = append(p.lost, b)
			}
		}
		return err
	})
	if done {
		return err
	}
	if !m.lately(s.DB.Now()) {
		return again(w, r, "/account/farewell")
	}
	p.member = m
	status := http.StatusOK
	if why != nil {
		p.problem, _ = p.sayError(why)
		status = web.Status(fault.KindOf(why))
	}
	return write(w, r, status, farewellTemplate(p))
}

// endAccount forgets a customer for good.
func (s *Shop) endAccount(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	switch {
	case v.customer == "":
		return see(w, r, "/sign-in?next=/account/farewell")
	case !v.lately(s.DB.Now()):
		return again(w, r, "/account/farewell")
	case in.Get("sure") != "yes":
		return see(w, r, "/account/farewell")
	}
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		return s.Privacy.Erase(r.Context(), tx, profile.CustomerID(v.customer))
	})
	if errors.Is(err, privacy.ErrUnderway) {
		return s.showFarewell(w, r, err)
	}
	if err != nil {
		return err
	}
	for _, name := range []string{cookieCustomer, cookieCart, cookieOrders, cookieVisitor, cookiePath, cookieWishes} {
		web.ClearCookie(w, r, name)
	}
	return see(w, r, "/farewell")
}

// gone is what somebody sees who is known here no more.
func (s *Shop) gone(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	return write(w, r, http.StatusOK, goneTemplate(s.page(v, v.T("shop.farewell.done")).own()))
}
