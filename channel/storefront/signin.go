package storefront

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"korzo/customer/consent"
	"korzo/customer/experiment"
	"korzo/customer/profile"
	"korzo/customer/wishlist"
	"korzo/engagement/signin"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/ui"
)

type signInPage struct {
	page
	register bool
	again    bool // somebody who is signed in proves it anew
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
	p := s.entrance(v, register, next)
	if p.again = v.customer != "" && r.URL.Query().Has("again"); v.customer != "" && !p.again {
		return see(w, r, homeOf(next))
	}
	return write(w, r, http.StatusOK, signInTemplate(p))
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
	_, token, err := auth.SignIn(r.Context(), s.DB, auth.RealmCustomer, profile.HashEmail(s.Keeper, in.Get("email")), in.Get("password"), web.ClientIP(r))
	if err != nil {
		return s.refuseEntrance(w, r, in, false, err)
	}
	return s.welcome(w, r, token, in.Get("next"))
}

// register makes a customer and signs them in.
func (s *Shop) register(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	hash, err := auth.HashPassword(r.Context(), in.Get("password")) // slow on purpose: outside any transaction
	var token string
	if err == nil {
		err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
			token, err = s.enrol(r, tx, in, hash)
			return err
		})
	}
	if err != nil {
		return s.refuseEntrance(w, r, in, true, err)
	}
	return s.welcome(w, r, token, in.Get("next"))
}

func (s *Shop) enrol(r *http.Request, tx *db.Tx, in url.Values, hash string) (string, error) {
	v, err := s.enter(r.Context(), tx, r)
	if err != nil {
		return "", err
	}
	c, err := profile.Register(r.Context(), tx, s.Keeper, profile.Registration{Name: strings.TrimSpace(in.Get("name")),
		Email: in.Get("email"), Locale: v.Tag(), Market: v.market.ID})
	if err != nil {
		return "", err
	}
	if err := auth.SetPassword(r.Context(), tx, auth.RealmCustomer, string(c.ID), profile.HashEmail(s.Keeper, c.Email), hash); err != nil {
		return "", err
	}
	if in.Get("offers") == "yes" {
		err = consent.Ask(r.Context(), tx, s.Keeper, consent.Wish{Purpose: consent.Offers, Email: c.Email, Words: v.words(consent.Offers), Locale: v.Tag(), Source: "registration"})
	}
	if err != nil {
		return "", err
	}
	return s.begin(r, tx, string(c.ID))
}

// welcome gives the browser its session and the customer their cart. A session
// that the browser had before ends.
func (s *Shop) welcome(w http.ResponseWriter, r *http.Request, token, next string) error {
	var mine cart.ID
	err := s.DB.Write(r.Context(), func(tx *db.Tx) error {
		session, err := auth.FindSession(r.Context(), tx, auth.RealmCustomer, token)
		if err == nil {
			err = auth.Name(r.Context(), tx, auth.RealmCustomer, token, device(r))
		}
		if old := web.Cookie(r, cookieCustomer); err == nil && old != "" {
			err = auth.SignOut(r.Context(), tx, auth.RealmCustomer, old)
		}
		if err != nil {
			return err
		}
		mine, err = s.recognise(r, tx, session.Subject)
		return err
	})
	if err != nil {
		return err
	}
	if mine != "" {
		web.SetCookie(w, r, cookieCart, string(mine), month)
	}
	web.SetCookie(w, r, cookieCustomer, token, month)
	web.ClearCookie(w, r, cookieWishes)
	web.ClearCookie(w, r, cookieTicket)
	return see(w, r, homeOf(local(next)))
}

// recognise brings what a browser gathered before to its customer: cart, wishes,
// experiments, the answer about being followed. It returns the customer's cart.
func (s *Shop) recognise(r *http.Request, tx *db.Tx, customer string) (mine cart.ID, err error) {
	v, err := s.enter(r.Context(), tx, r)
	if err == nil {
		err = experiment.Recognise(r.Context(), tx, seenBy(r).id, customer)
	}
	if err == nil {
		err = wishlist.Merge(r.Context(), tx, web.Cookie(r, cookieWishes), wishlist.ID(customer))
	}
	if err == nil && v.consent != "" {
		err = v.followed(r.Context(), tx, customer, v.consent == consentAll)
	}
	if err != nil {
		return "", err
	}
	err = tx.Savepoint(r.Context(), func() error {
		mine, err = v.merge(r.Context(), tx, customer)
		return err
	})
	if fault.KindOf(err) == fault.Conflict { // a cart that is being paid stays as it is
		return "", nil
	}
	return mine, err
}

// followed writes down whether a customer lets their visits be followed.
func (v *visit) followed(ctx context.Context, tx *db.Tx, customer string, given bool) error {
	return consent.Say(ctx, tx, profile.CustomerID(customer), consent.Answer{Purpose: consent.Figures, Given: given, Words: v.T("shop.consent.ask"), Locale: v.Tag(), Source: "banner"})
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

type codePage struct {
	page
	email   string // that the mail went to, where there is an account
	next    string
	problem string
	link    string // of a mail: the token, where this browser asked for it
}

// askMail mails a link and a code to who wants to sign in by them. The page that
// follows is the same whether there is such an account or not.
func (s *Shop) askMail(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	ticket, err := signin.Ask(r.Context(), s.DB, s.Keeper, signin.Wish{Email: in.Get("email"), Locale: v.Tag(), Shop: v.channel.Name, IP: web.ClientIP(r)})
	if err != nil {
		return s.refuseEntrance(w, r, in, false, err)
	}
	web.SetCookie(w, r, cookieTicket, ticket, 0)
	p := codePage{page: s.page(v, v.T("shop.code.title")).own(), email: strings.TrimSpace(in.Get("email")), next: local(in.Get("next"))}
	return write(w, r, http.StatusOK, codeTemplate(p))
}

// useCode signs in by the code of a mail.
func (s *Shop) useCode(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	code := strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, in.Get("code"))
	subject, err := auth.UseCode(r.Context(), s.DB, auth.RealmCustomer, web.Cookie(r, cookieTicket), code)
	if errors.Is(err, auth.ErrCode) {
		v, again := s.visit(r)
		if again != nil {
			return again
		}
		p := codePage{page: s.page(v, v.T("shop.code.title")).own(), email: in.Get("email"), next: local(in.Get("next"))}
		p.problem, _ = v.sayError(err)
		return write(w, r, http.StatusUnprocessableEntity, codeTemplate(p))
	}
	if err != nil {
		return err
	}
	return s.letThrough(w, r, subject, in.Get("next"))
}

// openLink shows what the link of a mail does. It signs nobody in by itself:
// programs that look into mails open links, and press no buttons.
func (s *Shop) openLink(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	p := codePage{page: s.page(v, v.T("shop.code.title")).own()}
	if web.Cookie(r, cookieTicket) != "" {
		p.link = r.PathValue("token")
	}
	return write(w, r, http.StatusOK, mailLinkTemplate(p))
}

// useLink signs in by the link of a mail, in the browser that asked for it.
func (s *Shop) useLink(w http.ResponseWriter, r *http.Request) error {
	var subject string
	err := s.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		subject, err = auth.UseMagic(r.Context(), tx, auth.RealmCustomer, r.PathValue("token"), web.Cookie(r, cookieTicket))
		return err
	})
	if errors.Is(err, auth.ErrElsewhere) || errors.Is(err, auth.ErrToken) {
		v, again := s.visit(r)
		if again != nil {
			return again
		}
		p := codePage{page: s.page(v, v.T("shop.code.title")).own()}
		p.problem = v.say(fault.CodeOf(err), fault.TextOf(err))
		return write(w, r, web.Status(fault.KindOf(err)), mailLinkTemplate(p))
	}
	if err != nil {
		return err
	}
	return s.letThrough(w, r, subject, "/account")
}

// letThrough starts the session of somebody who has shown who they are.
func (s *Shop) letThrough(w http.ResponseWriter, r *http.Request, subject, next string) error {
	token := ""
	err := s.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if _, err = profile.Find(r.Context(), tx, s.Keeper, profile.CustomerID(subject)); err != nil {
			return err
		}
		_, token, err = auth.StartSession(r.Context(), tx, auth.RealmCustomer, subject)
		return err
	})
	if err != nil {
		return err
	}
	return s.welcome(w, r, token, next)
}

// askPasskey asks the device to sign in.
func (s *Shop) askPasskey(w http.ResponseWriter, r *http.Request) error {
	options, ticket, err := s.Passkeys.Ask(r.Context(), auth.RealmCustomer)
	if err != nil {
		return err
	}
	web.SetCookie(w, r, cookieTicket, ticket, 0)
	return answerJSON(w, options)
}

// usePasskey signs in by what the device answered.
func (s *Shop) usePasskey(w http.ResponseWriter, r *http.Request) error {
	answer, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAnswer))
	if err != nil {
		return errForm
	}
	subject, err := s.Passkeys.Check(r.Context(), auth.RealmCustomer, web.Cookie(r, cookieTicket), answer)
	if err != nil {
		return err
	}
	return s.letThrough(w, r, subject, r.URL.Query().Get("next"))
}
