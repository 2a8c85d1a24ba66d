package admin

import (
	"net/http"
	"slices"
	"time"

	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/i18n"
	"korzo/platform/web"
)

// language is kept for a year; the session's cookie goes with the browser's session.
const languageLife = 365 * 24 * time.Hour

func (a *Admin) showSignIn(v *visit) error {
	if v.staff.Subject != "" {
		http.Redirect(v.w, v.r, local(v.query("next")), http.StatusSeeOther)
		return nil
	}
	f := v.form()
	f.set("next", local(v.query("next")))
	return v.show(http.StatusOK, v.signInPage(f))
}

// signIn answers a wrong name, a wrong password and too many tries on the same
// page, with the name kept.
func (a *Admin) signIn(v *visit) error {
	f := v.form()
	if answer := f.get("answer"); answer != "" {
		return a.signInByPasskey(v, answer)
	}
	session, token, err := auth.SignIn(v.ctx(), a.DB, auth.RealmStaff, f.get("email"), v.r.PostForm.Get("password"), web.ClientIP(v.r))
	if kind := fault.KindOf(err); kind == fault.Unauthorized || kind == fault.Limited || kind == fault.Unavailable {
		v.refusal = v.faultText(err)
		return v.show(web.Status(kind), v.signInPage(f))
	}
	if err != nil {
		return err
	}
	v.staff = session
	if err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.record(tx, "staff.sign_in", session.Subject) }); err != nil {
		return err
	}
	web.SetCookie(v.w, v.r, sessionCookie, token, 0)
	next := local(f.get("next"))
	if session.ProvedAt.IsZero() {
		next = link(Prefix+"/second", "next", next)
	}
	http.Redirect(v.w, v.r, next, http.StatusSeeOther)
	return nil
}

func (a *Admin) signOut(v *visit) error {
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := auth.SignOut(v.ctx(), tx, auth.RealmStaff, web.Cookie(v.r, sessionCookie)); err != nil || v.staff.Subject == "" {
			return err
		}
		return v.record(tx, "staff.sign_out", v.staff.Subject)
	})
	if err != nil {
		return err
	}
	web.ClearCookie(v.w, v.r, sessionCookie)
	http.Redirect(v.w, v.r, Prefix+"/sign-in", http.StatusSeeOther)
	return nil
}

func (a *Admin) setLanguage(v *visit) error {
	if tag := v.r.PostForm.Get("language"); slices.Contains(i18n.Languages, tag) {
		web.SetCookie(v.w, v.r, languageCookie, tag, languageLife)
	}
	http.Redirect(v.w, v.r, local(v.r.PostForm.Get("back")), http.StatusSeeOther)
	return nil
}
