package admin

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"korzo/platform/auth"
	"korzo/platform/auth/passkey"
	"korzo/platform/db"
	"korzo/platform/web"
)

// security is what somebody of staff proves themselves by, and where they are
// signed in.
type security struct {
	auth.Staff
	Factors  []auth.Factor
	Keys     []passkey.Key
	Left     int64
	Sessions []auth.OpenSession
	Secret   string   // of an app that is being set up
	Codes    []string // recovery codes just drawn: shown this once
	form     *form
}

// mePages are those about oneself.
func (a *Admin) mePages() []page {
	return []page{
		{"GET /admin/me", own, "me", a.showMe},
		{"POST /admin/me/app", own, "me", a.beginApp},
		{"POST /admin/me/app/confirm", own, "me", a.confirmApp},
		{"POST /admin/me/factors/{id}/remove", own, "me", a.removeFactor},
		{"POST /admin/me/passkeys/begin", own, "me", a.beginPasskey},
		{"POST /admin/me/passkeys", own, "me", a.addPasskey},
		{"POST /admin/me/passkeys/{id}/remove", own, "me", a.removePasskey},
		{"POST /admin/me/recovery", own, "me", a.drawRecovery},
		{"POST /admin/me/sessions", own, "me", a.endSessions},
		{"POST /admin/me/password", own, "me", a.changePassword},
	}
}

func (a *Admin) showMe(v *visit) error { return a.answerMe(v, http.StatusOK, v.form(), nil) }

// answerMe shows the page; codes are recovery codes that were drawn just now.
func (a *Admin) answerMe(v *visit, status int, f *form, codes []string) error {
	s := security{Codes: codes, form: f}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if s.Staff, err = auth.FindStaff(v.ctx(), tx, auth.StaffID(v.staff.Subject)); err != nil {
			return err
		}
		if s.Factors, err = auth.Factors(v.ctx(), tx, auth.RealmStaff, v.staff.Subject); err != nil {
			return err
		}
		if s.Keys, err = passkey.List(v.ctx(), tx, auth.RealmStaff, v.staff.Subject); err != nil {
			return err
		}
		if s.Left, err = auth.RecoveryLeft(v.ctx(), tx, auth.RealmStaff, v.staff.Subject); err != nil {
			return err
		}
		_, s.Secret, err = auth.UnconfirmedTOTP(v.ctx(), tx, a.Keeper, auth.RealmStaff, v.staff.Subject)
		if err != nil && !errors.Is(err, auth.ErrNotFound) {
			return err
		}
		s.Sessions, err = auth.Sessions(v.ctx(), tx, auth.RealmStaff, v.staff.Subject, web.Cookie(v.r, sessionCookie))
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.mePage(s))
}

// mine does something to oneself and records it.
func (a *Admin) mine(v *visit, action, done string, verb func(tx *db.Tx) error) error {
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := verb(tx); err != nil {
			return err
		}
		return v.record(tx, action, v.staff.Subject)
	})
	if err != nil {
		return a.refuseMe(v, v.form(), err)
	}
	return v.done(Prefix+"/me", done)
}

func (a *Admin) refuseMe(v *visit, f *form, err error) error {
	status, rest := v.unproved(err)
	if rest != nil {
		if status, rest = v.refused(err); rest != nil {
			return rest
		}
	}
	return a.answerMe(v, status, f, nil)
}

func (a *Admin) beginApp(v *visit) error {
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		_, _, err := auth.BeginTOTP(v.ctx(), tx, a.Keeper, auth.RealmStaff, v.staff.Subject, v.T("admin.me.app"))
		return err
	})
	if err != nil {
		return err
	}
	http.Redirect(v.w, v.r, Prefix+"/me#app", http.StatusSeeOther)
	return nil
}

// confirmApp takes the first code of an app. The first factor brings recovery codes.
func (a *Admin) confirmApp(v *visit) error {
	return a.added(v, "staff.factor_add", auth.FactorTOTP, func(tx *db.Tx) error {
		_, err := auth.ConfirmTOTP(v.ctx(), tx, a.Keeper, auth.RealmStaff, v.staff.Subject, v.form().get("code"))
		return err
	})
}

// added finishes what a new factor begins: recovery codes where there are none.
func (a *Admin) added(v *visit, action, kind string, verb func(tx *db.Tx) error) error {
	var codes []string
	token := ""
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := verb(tx); err != nil {
			return err
		}
		left, err := auth.RecoveryLeft(v.ctx(), tx, auth.RealmStaff, v.staff.Subject)
		if err == nil && left == 0 {
			codes, err = auth.DrawRecovery(v.ctx(), tx, a.Keeper, auth.RealmStaff, v.staff.Subject)
		}
		if err != nil {
			return err
		}
		if token, err = auth.MarkProved(v.ctx(), tx, auth.RealmStaff, web.Cookie(v.r, sessionCookie)); err != nil {
			return err
		}
		return v.record(tx, action, v.staff.Subject, "kind", kind)
	})
	if err != nil {
		f := v.form()
		if errors.Is(err, auth.ErrSecondCode) {
			f.wrong("code", v.faultText(err))
			return a.answerMe(v, http.StatusUnprocessableEntity, f, nil)
		}
		return a.refuseMe(v, f, err)
	}
	web.SetCookie(v.w, v.r, sessionCookie, token, 0)
	v.good, v.staff.Second = v.T("admin.done.factor_added"), true
	return a.answerMe(v, http.StatusOK, v.newForm(), codes)
}

func (a *Admin) removeFactor(v *visit) error {
	return a.mine(v, "staff.factor_remove", "factor_removed", func(tx *db.Tx) error {
		return auth.RemoveFactor(v.ctx(), tx, auth.RealmStaff, v.staff.Subject, auth.FactorID(v.r.PathValue("id")))
	})
}

// person is the reader as a passkey is made for them.
func (a *Admin) person(v *visit) (passkey.Person, error) {
	var s auth.Staff
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		s, err = auth.FindStaff(v.ctx(), tx, auth.StaffID(v.staff.Subject))
		return err
	})
	return passkey.Person{Realm: auth.RealmStaff, Subject: v.staff.Subject, Login: s.Email}, err
}

func (a *Admin) beginPasskey(v *visit) error {
	who, err := a.person(v)
	if err != nil {
		return err
	}
	options, ticket, err := a.keys.Invite(v.ctx(), who)
	return v.options(options, ticket, err)
}

func (a *Admin) addPasskey(v *visit) error {
	f := v.form()
	who, err := a.person(v)
	if err != nil {
		return err
	}
	if _, err := a.keys.Add(v.ctx(), who, web.Cookie(v.r, passkeyCookie), f.get("name"), []byte(f.get("answer"))); err != nil {
		return a.refuseMe(v, f, err)
	}
	return a.added(v, "staff.factor_add", auth.FactorPasskey, func(*db.Tx) error { return nil })
}

func (a *Admin) removePasskey(v *visit) error {
	return a.mine(v, "staff.factor_remove", "factor_removed", func(tx *db.Tx) error {
		return passkey.Remove(v.ctx(), tx, auth.RealmStaff, v.staff.Subject, passkey.ID(v.r.PathValue("id")))
	})
}

func (a *Admin) drawRecovery(v *visit) error {
	var codes []string
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) (err error) {
		if codes, err = auth.DrawRecovery(v.ctx(), tx, a.Keeper, auth.RealmStaff, v.staff.Subject); err != nil {
			return err
		}
		return v.record(tx, "staff.recovery_draw", v.staff.Subject)
	})
	if err != nil {
		return err
	}
	return a.answerMe(v, http.StatusOK, v.newForm(), codes)
}

// endSessions signs the reader out everywhere but here.
func (a *Admin) endSessions(v *visit) error {
	return a.mine(v, "staff.sign_out_elsewhere", "sessions_ended", func(tx *db.Tx) error {
		return auth.SignOutElsewhere(v.ctx(), tx, auth.RealmStaff, v.staff.Subject, web.Cookie(v.r, sessionCookie))
	})
}

// changePassword sets a new password. The reader stays signed in here, nowhere else.
func (a *Admin) changePassword(v *visit) error {
	f := v.form()
	hash, err := auth.HashPassword(v.ctx(), v.r.PostForm.Get("new_password"))
	if errors.Is(err, auth.ErrWeak) {
		f.wrong("new_password", v.faultText(err))
		return a.answerMe(v, http.StatusUnprocessableEntity, f, nil)
	}
	if err != nil {
		return err
	}
	token := ""
	err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		s, err := auth.FindStaff(v.ctx(), tx, auth.StaffID(v.staff.Subject))
		if err != nil {
			return err
		}
		if err := auth.SetPassword(v.ctx(), tx, auth.RealmStaff, v.staff.Subject, s.Email, hash); err != nil {
			return err
		}
		_, started, err := auth.StartSession(v.ctx(), tx, auth.RealmStaff, v.staff.Subject)
		if err != nil {
			return err
		}
		if token, err = auth.MarkProved(v.ctx(), tx, auth.RealmStaff, started); err != nil {
			return err
		}
		return v.record(tx, "staff.password", v.staff.Subject)
	})
	if err != nil {
		return err
	}
	web.SetCookie(v.w, v.r, sessionCookie, token, 0)
	return v.done(Prefix+"/me", "password_changed")
}

// grouped is a secret as it is typed: in fours.
func grouped(secret string) string {
	var parts []string
	for part := range slices.Chunk([]byte(secret), 4) {
		parts = append(parts, string(part))
	}
	return strings.Join(parts, " ")
}

func (v *visit) usedOn(at time.Time) string {
	if at.IsZero() {
		return v.T("admin.me.never_used")
	}
	return v.T("admin.me.used", "Time", v.time(at))
}
