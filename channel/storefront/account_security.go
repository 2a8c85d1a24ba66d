package storefront

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"korzo/customer/profile"
	"korzo/customer/visitor"
	"korzo/engagement/message"
	"korzo/platform/auth"
	"korzo/platform/auth/passkey"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/web"
	"korzo/ui"
)

// cookieTicket binds what a browser asked for, a mail or a passkey's challenge,
// to that browser.
const cookieTicket = "ticket"

type securityPage struct {
	member
	phone    string
	sessions []auth.OpenSession
	keys     []passkey.Key
	problem  string // about the field that is wrong
	wrong    string
}

// security shows who the account is of, and how and where they sign in.
func (s *Shop) security(w http.ResponseWriter, r *http.Request) error {
	return s.showSecurity(w, r, "", nil)
}

func (s *Shop) showSecurity(w http.ResponseWriter, r *http.Request, wrong string, why error) error {
	var p securityPage
	m, done, err := s.asMember(w, r, "/account/security", "shop.account.security", func(ctx context.Context, tx *db.Tx, m *member) (err error) {
		if p.sessions, err = auth.Sessions(ctx, tx, auth.RealmCustomer, m.customer, web.Cookie(r, cookieCustomer)); err != nil {
			return err
		}
		if p.keys, err = passkey.List(ctx, tx, auth.RealmCustomer, m.customer); err != nil {
			return err
		}
		c, err := profile.FindContact(ctx, tx, s.Keeper, m.who.Contact)
		p.phone = c.Phone
		return err
	})
	if done {
		return err
	}
	p.member, p.wrong = m, wrong
	if why == nil {
		return write(w, r, http.StatusOK, securityTemplate(p))
	}
	p.problem, _ = p.sayError(why)
	return write(w, r, web.Status(fault.KindOf(why)), securityTemplate(p))
}

// saveDetails changes a customer's name and telephone number.
func (s *Shop) saveDetails(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	err = s.forMember(w, r, "/account/security?told=details", func(ctx context.Context, tx *db.Tx, v *visit) error {
		return profile.Rename(ctx, tx, s.Keeper, profile.CustomerID(v.customer), strings.TrimSpace(in.Get("name")), strings.TrimSpace(in.Get("phone")))
	})
	if errors.Is(err, profile.ErrTooLong) {
		return s.showSecurity(w, r, "name", err)
	}
	return err
}

// setPassword sets a password, or a new one. It ends all other sessions, and
// tells the customer by mail.
func (s *Shop) setPassword(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	v, err := s.visit(r)
	switch {
	case err != nil:
		return err
	case v.customer == "":
		return see(w, r, "/sign-in?next=/account/security")
	case !v.lately(s.DB.Now()):
		return again(w, r, "/account/security")
	}
	hash, err := auth.HashPassword(r.Context(), in.Get("password")) // slow on purpose: outside any transaction
	if err != nil {
		if _, ok := v.sayError(err); ok {
			return s.showSecurity(w, r, "password", err)
		}
		return err
	}
	token := ""
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		who, err := profile.Find(r.Context(), tx, s.Keeper, profile.CustomerID(v.customer))
		if err != nil {
			return err
		}
		if err := auth.SetPassword(r.Context(), tx, auth.RealmCustomer, v.customer, profile.HashEmail(s.Keeper, who.Email), hash); err != nil {
			return err
		}
		if token, err = s.begin(r, tx, v.customer); err != nil {
			return err
		}
		return s.tellChanged(r.Context(), tx, v, who)
	})
	if err != nil {
		return err
	}
	web.SetCookie(w, r, cookieCustomer, token, month)
	return see(w, r, "/account/security?told=password")
}

// begin starts a session that bears the name of the device.
func (s *Shop) begin(r *http.Request, tx *db.Tx, customer string) (token string, err error) {
	if _, token, err = auth.StartSession(r.Context(), tx, auth.RealmCustomer, customer); err != nil {
		return "", err
	}
	return token, auth.Name(r.Context(), tx, auth.RealmCustomer, token, device(r))
}

// device is what a browser says it runs on, in two words: "Firefox, Windows".
func device(r *http.Request) string {
	d := visitor.DeviceOf(r.UserAgent())
	var words []string
	for _, word := range []string{d.Browser, d.OS} {
		if name, ok := deviceNames[word]; ok {
			words = append(words, name)
		}
	}
	return strings.Join(words, ", ")
}

// deviceNames are what browsers and systems are called, in every language.
var deviceNames = map[string]string{"safari": "Safari", "chrome": "Chrome", "firefox": "Firefox", "edge": "Edge", "samsung": "Samsung Internet",
	"ios": "iOS", "android": "Android", "windows": "Windows", "macos": "macOS", "linux": "Linux"}

// tellChanged mails a customer that how they sign in was changed.
func (s *Shop) tellChanged(ctx context.Context, tx *db.Tx, v *visit, who profile.Customer) error {
	return message.Queue(ctx, tx, message.Message{Kind: message.KindChanged, Locale: v.Tag(), Contact: string(who.Contact), Ref: id.New[string]("chg", tx.Now),
		Data: message.Letter{Shop: v.channel.Name}})
}

// endSession signs somebody out on one other device, or on all of them.
func (s *Shop) endSession(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	return s.forMember(w, r, "/account/security?told=signed_out#sessions", func(ctx context.Context, tx *db.Tx, v *visit) error {
		if one := in.Get("session"); one != "" {
			return auth.SignOutOf(ctx, tx, auth.RealmCustomer, v.customer, auth.OpenID(one))
		}
		return auth.SignOutElsewhere(ctx, tx, auth.RealmCustomer, v.customer, web.Cookie(r, cookieCustomer))
	})
}

// maxAnswer bounds what a device says, in bytes.
const maxAnswer = 64 << 10

// answerJSON tells a script what it asked for.
func answerJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "private, no-store")
	return json.NewEncoder(w).Encode(v)
}

var errFresh = fault.New(fault.Forbidden, "storefront.fresh", "sign in again before you change how you sign in")

// person is who makes a passkey, if they signed in a moment ago.
func (s *Shop) person(r *http.Request) (p passkey.Person, v *visit, who profile.Customer, err error) {
	err = s.DB.Read(r.Context(), func(tx *db.Tx) error {
		if v, err = s.enter(r.Context(), tx, r); err != nil {
			return err
		}
		if v.customer == "" || !v.lately(s.DB.Now()) {
			return errFresh
		}
		who, err = profile.Find(r.Context(), tx, s.Keeper, profile.CustomerID(v.customer))
		return err
	})
	return passkey.Person{Realm: auth.RealmCustomer, Subject: string(who.ID), Login: who.Email}, v, who, err
}

// invitePasskey asks the device for a new passkey.
func (s *Shop) invitePasskey(w http.ResponseWriter, r *http.Request) error {
	who, _, _, err := s.person(r)
	if err != nil {
		return err
	}
	options, ticket, err := s.Passkeys.Invite(r.Context(), who)
	if err != nil {
		return err
	}
	web.SetCookie(w, r, cookieTicket, ticket, 0)
	return answerJSON(w, options)
}

// addPasskey keeps the passkey that the device made.
func (s *Shop) addPasskey(w http.ResponseWriter, r *http.Request) error {
	person, v, who, err := s.person(r)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAnswer))
	if err != nil {
		return errForm
	}
	name := device(r)
	if _, err := s.Passkeys.Add(r.Context(), person, web.Cookie(r, cookieTicket), name, answer); err != nil {
		return err
	}
	web.ClearCookie(w, r, cookieTicket)
	if err := s.DB.Write(r.Context(), func(tx *db.Tx) error { return s.tellChanged(r.Context(), tx, v, who) }); err != nil {
		return err
	}
	return answerJSON(w, map[string]string{"next": "/account/security?told=passkey#passkeys"})
}

// removePasskey ends a passkey.
func (s *Shop) removePasskey(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	if v.customer != "" && !v.lately(s.DB.Now()) {
		return again(w, r, "/account/security")
	}
	return s.forMember(w, r, "/account/security?told=passkey_gone#passkeys", func(ctx context.Context, tx *db.Tx, v *visit) error {
		if err := passkey.Remove(ctx, tx, auth.RealmCustomer, v.customer, passkey.ID(r.PathValue("key"))); err != nil {
			return err
		}
		who, err := profile.Find(ctx, tx, s.Keeper, profile.CustomerID(v.customer))
		if err != nil {
			return err
		}
		return s.tellChanged(ctx, tx, v, who)
	})
}

// details are the fields of who the account is of.
func (p securityPage) details() []ui.Input {
	name := ui.Input{Name: "name", Label: p.T("shop.field.name"), Value: p.who.Name, Autocomplete: "name", MaxLength: 200, Optional: p.T("shop.field.optional")}
	if p.wrong == "name" {
		name.Error = p.problem
	}
	return []ui.Input{name, {Name: "phone", Label: p.T("shop.field.phone"), Value: p.phone, Type: "tel", Mode: "tel", Autocomplete: "tel", MaxLength: 40, Optional: p.T("shop.field.optional")}}
}

func (p securityPage) password() ui.Input {
	f := ui.Input{Name: "password", Label: p.T("shop.security.password_new"), Type: "password", Autocomplete: "new-password", MaxLength: 500, Required: true, Hint: p.T("shop.field.password_hint")}
	if p.wrong == "password" {
		f.Error = p.problem
	}
	return f
}
