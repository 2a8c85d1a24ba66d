package admin

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"korzo/platform/auth"
	"korzo/platform/auth/passkey"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
)

// own is the action of pages about oneself: whoever is signed in may.
const own = "own"

const (
	passkeyCookie = "admin_passkey" // the ticket of a challenge
	passkeyLife   = 5 * time.Minute
)

// proofs are the fields that a form bears besides its own after a proof.
var proofs = []string{"proof_code", "proof_password", "proof_answer"}

// enter lets in who is signed in, has shown a second factor if they have one,
// and whose role allows the page's action. What moves money or rights asks for a
// proof of the last quarter of an hour.
func (a *Admin) enter(p page) func(*visit) error {
	return func(v *visit) error {
		v.section = p.section
		switch {
		case v.staff.Subject != "":
		case v.r.Method == http.MethodGet:
			http.Redirect(v.w, v.r, link(Prefix+"/sign-in", "next", v.r.URL.RequestURI()), http.StatusSeeOther)
			return nil
		default:
			return auth.ErrSession
		}
		if err := v.may(p.action); err != nil {
			return v.turnAway(err)
		}
		if p.sensitive() && !v.staff.Fresh(v.now) {
			return v.show(http.StatusForbidden, v.provePage(v.r.URL.RequestURI(), v.r.PostForm))
		}
		for _, name := range proofs {
			v.r.PostForm.Del(name)
		}
		return p.serve(v)
	}
}

// sensitive says whether what the page changes asks for a fresh proof.
func (p page) sensitive() bool {
	return strings.HasPrefix(p.pattern, http.MethodPost) && (auth.Sensitive(p.action) || p.action == own)
}

// may returns nil when the reader may do an action.
func (v *visit) may(action string) error {
	switch {
	case action != own:
		return v.staff.Can(action)
	case v.staff.ProvedAt.IsZero():
		return auth.ErrSecond
	}
	return nil
}

// turnAway leads who has something to show first to where it is shown.
func (v *visit) turnAway(err error) error {
	if v.r.Method == http.MethodGet && errors.Is(err, auth.ErrSecond) {
		http.Redirect(v.w, v.r, link(Prefix+"/second", "next", v.r.URL.RequestURI()), http.StatusSeeOther)
		return nil
	}
	if v.r.Method == http.MethodGet && errors.Is(err, auth.ErrEnroll) {
		http.Redirect(v.w, v.r, Prefix+"/me", http.StatusSeeOther)
		return nil
	}
	return err
}

// proof takes what a form proves by, and returns the session's new token.
func (a *Admin) proof(v *visit, prefix string) (token string, err error) {
	old := web.Cookie(v.r, sessionCookie)
	answer := v.r.PostForm.Get(prefix + "answer")
	switch {
	case answer != "":
		who, err := a.keys.Check(v.ctx(), auth.RealmStaff, web.Cookie(v.r, passkeyCookie), []byte(answer))
		if err != nil {
			return "", err
		}
		if who != v.staff.Subject {
			return "", passkey.ErrRefused
		}
		err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
			token, err = auth.MarkProved(v.ctx(), tx, auth.RealmStaff, old)
			return err
		})
		return token, err
	case v.staff.Second:
		return auth.ProveByCode(v.ctx(), a.DB, a.Keeper, auth.RealmStaff, old, v.r.PostForm.Get(prefix+"code"))
	}
	return auth.ProveByPassword(v.ctx(), a.DB, auth.RealmStaff, old, v.r.PostForm.Get(prefix+"password"))
}

// unproved makes a refused proof the page's refusal and its status.
func (v *visit) unproved(err error) (status int, rest error) {
	switch kind := fault.KindOf(err); kind {
	case fault.Unauthorized, fault.Limited, fault.Unavailable, fault.Forbidden, fault.Conflict:
		v.refusal = v.faultText(err)
		return web.Status(kind), nil
	}
	return 0, err
}

// prove takes a proof for a form that was sent without one, and sends the form
// on as it was: nothing is typed twice.
func (a *Admin) prove(v *visit) error {
	if v.staff.Subject == "" {
		return auth.ErrSession
	}
	to := local(v.query("to"))
	token, err := a.proof(v, "proof_")
	if err != nil {
		status, rest := v.unproved(err)
		if rest != nil {
			return rest
		}
		return v.show(status, v.provePage(to, v.r.PostForm))
	}
	if err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.record(tx, "staff.prove", v.staff.Subject) }); err != nil {
		return err
	}
	web.SetCookie(v.w, v.r, sessionCookie, token, 0)
	http.Redirect(v.w, v.r, to, http.StatusTemporaryRedirect)
	return nil
}

// hidden are the fields of a form that wait for a proof, in no order that matters.
func hidden(form url.Values) url.Values {
	kept := url.Values{}
	for name, all := range form {
		kept[name] = all
	}
	for _, name := range proofs {
		kept.Del(name)
	}
	return kept
}

// showSecond asks who has signed in by password for their second factor.
func (a *Admin) showSecond(v *visit) error {
	if v.staff.Subject == "" || !v.staff.ProvedAt.IsZero() {
		http.Redirect(v.w, v.r, local(v.query("next")), http.StatusSeeOther)
		return nil
	}
	return v.show(http.StatusOK, v.secondPage(local(v.query("next"))))
}

func (a *Admin) second(v *visit) error {
	if v.staff.Subject == "" {
		return auth.ErrSession
	}
	next := local(v.r.PostForm.Get("next"))
	token, err := a.proof(v, "")
	if err != nil {
		status, rest := v.unproved(err)
		if rest != nil {
			return rest
		}
		return v.show(status, v.secondPage(next))
	}
	if err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.record(tx, "staff.second", v.staff.Subject) }); err != nil {
		return err
	}
	web.SetCookie(v.w, v.r, sessionCookie, token, 0)
	http.Redirect(v.w, v.r, next, http.StatusSeeOther)
	return nil
}

// askPasskey tells a browser what to have signed: to sign in, or as a proof.
func (a *Admin) askPasskey(v *visit) error {
	if err := a.asks.Check(v.w, v.r); err != nil {
		return err
	}
	options, ticket, err := a.keys.Ask(v.ctx(), auth.RealmStaff)
	return v.options(options, ticket, err)
}

func (v *visit) options(options []byte, ticket string, err error) error {
	if err != nil {
		return err
	}
	web.SetCookie(v.w, v.r, passkeyCookie, ticket, passkeyLife)
	v.w.Header().Set("Content-Type", "application/json")
	v.w.Header().Set("Cache-Control", "private, no-store")
	_, _ = v.w.Write(options) // a browser that has left is no error
	return nil
}

// signInByPasskey starts a session that has proved itself already.
func (a *Admin) signInByPasskey(v *visit, answer string) error {
	who, err := a.keys.Check(v.ctx(), auth.RealmStaff, web.Cookie(v.r, passkeyCookie), []byte(answer))
	f := v.form()
	if err != nil {
		status, rest := v.unproved(err)
		if rest != nil {
			return rest
		}
		return v.show(status, v.signInPage(f))
	}
	var token string
	err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		session, started, err := auth.StartSession(v.ctx(), tx, auth.RealmStaff, who)
		if err != nil {
			return err
		}
		if token, err = auth.MarkProved(v.ctx(), tx, auth.RealmStaff, started); err != nil {
			return err
		}
		v.staff = session
		return v.record(tx, "staff.sign_in", who, "by", auth.FactorPasskey)
	})
	if err != nil {
		return err
	}
	web.SetCookie(v.w, v.r, sessionCookie, token, 0)
	http.Redirect(v.w, v.r, local(f.get("next")), http.StatusSeeOther)
	return nil
}
