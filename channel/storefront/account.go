package storefront

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"korzo/customer/experiment"
	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/customer/wishlist"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/vault"
	"korzo/ui"
)

type signInPage struct {
	page
	register bool
	next     string
	name     string
	email    string
	problem  string
	wrong    string // the field it is about
}

func (s *Shop) signInPage(w http.ResponseWriter, r *http.Request) error {
	return s.showSignIn(w, r, false)
}

func (s *Shop) registerPage(w http.ResponseWriter, r *http.Request) error {
	return s.showSignIn(w, r, true)
}

func (s *Shop) showSignIn(w http.ResponseWriter, r *http.Request, register bool) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	next := local(r.URL.Query().Get("next"))
	if v.customer != "" {
		return see(w, r, homeOf(next))
	}
	return write(w, r, http.StatusOK, signInTemplate(s.entrance(v, register, next)))
}

func (s *Shop) entrance(v *visit, register bool, next string) signInPage {
	title := "shop.sign_in.title"
	if register {
		title = "shop.register.title"
	}
	return signInPage{page: s.page(v, v.T(title)).own(), register: register, next: next}
}

// homeOf is where somebody goes who has signed in and wanted nowhere else.
func homeOf(next string) string {
	if next == "/" {
		return "/account"
	}
	return next
}

// signIn checks a password. The guest's cart becomes the customer's.
func (s *Shop) signIn(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	session, token, err := auth.SignIn(r.Context(), s.DB, auth.RealmCustomer, profile.HashEmail(s.Keeper, in.Get("email")), in.Get("password"), web.ClientIP(r))
	if err != nil {
		return s.refuseEntrance(w, r, in, false, err)
	}
	return s.welcome(w, r, session, token, in.Get("next"))
}

// register makes a customer and signs them in.
func (s *Shop) register(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	hash, err := auth.HashPassword(r.Context(), in.Get("password")) // slow on purpose: outside any transaction
	var session auth.Session
	var token string
	if err == nil {
		err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
			session, token, err = s.enrol(r, tx, in, hash)
			return err
		})
	}
	if err != nil {
		return s.refuseEntrance(w, r, in, true, err)
	}
	return s.welcome(w, r, session, token, in.Get("next"))
}

func (s *Shop) enrol(r *http.Request, tx *db.Tx, in url.Values, hash string) (auth.Session, string, error) {
	v, err := s.enter(r.Context(), tx, r)
	if err != nil {
		return auth.Session{}, "", err
	}
	c, err := profile.Register(r.Context(), tx, s.Keeper, profile.Registration{Name: strings.TrimSpace(in.Get("name")),
		Email: in.Get("email"), Locale: v.Tag(), Market: v.market.ID})
	if err != nil {
		return auth.Session{}, "", err
	}
	if err := auth.SetPassword(r.Context(), tx, auth.RealmCustomer, string(c.ID), profile.HashEmail(s.Keeper, c.Email), hash); err != nil {
		return auth.Session{}, "", err
	}
	return auth.StartSession(r.Context(), tx, auth.RealmCustomer, string(c.ID))
}

// welcome gives the browser its session and the customer their cart.
func (s *Shop) welcome(w http.ResponseWriter, r *http.Request, session auth.Session, token, next string) error {
	var mine cart.ID
	err := s.DB.Write(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err == nil {
			err = experiment.Recognise(r.Context(), tx, seenBy(r).id, session.Subject)
		}
		if err != nil {
			return err
		}
		if err := wishlist.Merge(r.Context(), tx, web.Cookie(r, cookieWishes), wishlist.Owner(session.Subject)); err != nil {
			return err
		}
		mine, err = v.merge(r.Context(), tx, session.Subject)
		return err
	})
	if err != nil && fault.KindOf(err) != fault.Conflict { // a cart that is being paid stays as it is
		return err
	}
	if mine != "" {
		web.SetCookie(w, r, cookieCart, string(mine), month)
	}
	web.SetCookie(w, r, cookieCustomer, token, month)
	web.ClearCookie(w, r, cookieWishes)
	return see(w, r, homeOf(local(next)))
}

// merge brings the guest's cart to the customer's, or finds the customer's
// when the guest has none.
func (v *visit) merge(ctx context.Context, tx *db.Tx, customer string) (cart.ID, error) {
	guest := v.cart
	if guest.State != cart.StateOpen || guest.Customer != "" {
		if guest.State == cart.StateLocked {
			return "", nil
		}
		var err error
		if guest, err = cart.Create(ctx, tx, cart.Draft{Market: v.market.ID, Channel: v.channel.ID, Locale: v.Tag()}); err != nil {
			return "", err
		}
	}
	c, err := cart.Merge(ctx, tx, guest.ID, customer)
	return c.ID, err
}

// refuseEntrance shows the form again, with what is wrong beside its field.
func (s *Shop) refuseEntrance(w http.ResponseWriter, r *http.Request, in url.Values, register bool, why error) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	p := s.entrance(v, register, local(in.Get("next")))
	text, ok := v.sayError(why)
	if !ok {
		return why
	}
	p.problem, p.name, p.email = text, in.Get("name"), in.Get("email")
	switch {
	case errors.Is(why, profile.ErrEmail), errors.Is(why, profile.ErrEmailTaken), errors.Is(why, auth.ErrLoginTaken):
		p.wrong = "email"
	case errors.Is(why, auth.ErrWeak):
		p.wrong = "password"
	}
	return write(w, r, web.Status(fault.KindOf(why)), signInTemplate(p))
}

// signOut ends the session; the customer's cart stays with the customer.
func (s *Shop) signOut(w http.ResponseWriter, r *http.Request) error {
	err := s.DB.Write(r.Context(), func(tx *db.Tx) error {
		return auth.SignOut(r.Context(), tx, auth.RealmCustomer, web.Cookie(r, cookieCustomer))
	})
	if err != nil {
		return err
	}
	for _, name := range []string{cookieCustomer, cookieCart, cookieOrders} {
		web.ClearCookie(w, r, name)
	}
	return see(w, r, "/")
}

type accountPage struct {
	page
	who    profile.Customer
	orders []order.Order
	next   string
	credit []credit
	cards  []vault.Card
	fields payment.Fields // to add a card with; zero where none is kept
	card   string         // what came of the last change of a card
}

// credit is store credit in one currency, with its last lines.
type credit struct {
	wallet.Balance
	history []wallet.Change
}

// creditOf reads a customer's store credit.
func creditOf(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (all []credit, err error) {
	balances, err := wallet.Balances(ctx, tx, customer)
	for _, b := range balances {
		if err == nil {
			var lines []wallet.Change
			lines, err = wallet.History(ctx, tx, customer, b.Available.Currency, 0, creditLines)
			all = append(all, credit{b, lines})
		}
	}
	return all, err
}

// creditLines are shown of each currency's history.
const creditLines = 20

// account lists a customer's orders.
func (s *Shop) account(w http.ResponseWriter, r *http.Request) error {
	var p accountPage
	err := s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil || v.customer == "" {
			return err
		}
		p.page = s.page(v, v.T("shop.account.title")).own()
		if p.who, err = profile.Find(r.Context(), tx, s.Keeper, profile.CustomerID(v.customer)); err != nil {
			return err
		}
		var next order.ID
		p.orders, next, err = order.List(r.Context(), tx, order.Filter{Customer: v.customer, After: order.ID(r.URL.Query().Get("after")), Limit: 20})
		if next != "" {
			p.next = "/account?" + url.Values{"after": {string(next)}}.Encode()
		}
		if err == nil {
			p.credit, err = creditOf(r.Context(), tx, p.who.ID)
		}
		if err == nil {
			p.cards, err = vault.List(r.Context(), tx, v.customer)
		}
		p.fields, _ = s.keepable()
		p.card = r.URL.Query().Get("card")
		return err
	})
	if err != nil {
		return err
	}
	if p.visit == nil {
		return see(w, r, "/sign-in")
	}
	return write(w, r, http.StatusOK, accountTemplate(p))
}

// action is where the form goes.
func (p signInPage) action() string {
	if p.register {
		return "/register"
	}
	return "/sign-in"
}

// fields of the form, with what was typed and is wrong. A password is asked
// for again.
func (p signInPage) fields() []ui.Input {
	wrong := func(field string) string {
		if p.wrong == field {
			return p.problem
		}
		return ""
	}
	email := ui.Input{Name: "email", Label: p.T("shop.field.email"), Value: p.email, Error: wrong("email"), Type: "email",
		Autocomplete: "username", Mode: "email", MaxLength: 254, Required: true}
	password := ui.Input{Name: "password", Label: p.T("shop.field.password"), Error: wrong("password"), Type: "password",
		Autocomplete: "current-password", MaxLength: 500, Required: true}
	if !p.register {
		return []ui.Input{email, password}
	}
	password.Autocomplete, password.Hint = "new-password", p.T("shop.field.password_hint")
	return []ui.Input{{Name: "name", Label: p.T("shop.field.name"), Value: p.name, Autocomplete: "name", MaxLength: 200,
		Optional: p.T("shop.field.optional")}, email, password}
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
