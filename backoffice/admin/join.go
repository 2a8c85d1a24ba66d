package admin

import (
	"context"
	"errors"
	"net/http"

	"korzo/engagement/message"
	"korzo/offer/market"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/web"
)

// joining is a link to set a password by: an invitation, or a new password.
type joining struct {
	Token, Name, Email string
	Reset              bool
	form               *form
}

func (a *Admin) showJoin(v *visit) error {
	return a.answerJoin(v, http.StatusOK, v.query("token"), v.form())
}

func (a *Admin) answerJoin(v *visit, status int, token string, f *form) error {
	j := joining{Token: token, form: f, Reset: v.query("kind") == "reset"}
	if !j.Reset {
		err := a.DB.Read(v.ctx(), func(tx *db.Tx) error {
			s, err := auth.Invited(v.ctx(), tx, token)
			j.Name, j.Email = s.Name, s.Email
			return err
		})
		if err != nil {
			return err
		}
		if !f.has("name") && j.Name != j.Email {
			f.set("name", j.Name)
		}
	}
	return v.show(status, v.joinPage(j))
}

// join sets the password of an invitation or of a reset link, and leads to the sign-in.
func (a *Admin) join(v *visit) error {
	f, token := v.form(), v.r.PostForm.Get("token")
	hash, err := auth.HashPassword(v.ctx(), v.r.PostForm.Get("new_password"))
	if errors.Is(err, auth.ErrWeak) {
		f.wrong("new_password", v.faultText(err))
		return a.answerJoin(v, http.StatusUnprocessableEntity, token, f)
	}
	if err != nil {
		return err
	}
	err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if v.query("kind") == "reset" {
			who, err := auth.ResetPassword(v.ctx(), tx, auth.RealmStaff, token, hash)
			if err != nil {
				return err
			}
			v.staff.Subject = who
			return v.record(tx, "staff.password", who)
		}
		s, err := auth.Join(v.ctx(), tx, token, f.get("name"), hash)
		if err != nil {
			return err
		}
		v.staff.Subject = string(s.ID)
		return v.record(tx, "staff.join", string(s.ID))
	})
	v.staff = auth.Session{}
	if err != nil {
		return err
	}
	return v.done(Prefix+"/sign-in", "password_set")
}

func (a *Admin) showForgot(v *visit) error {
	return v.show(http.StatusOK, v.forgotPage(v.form(), false))
}

// forgot mails a link to set a new password by. Whoever asks gets one answer,
// whether somebody signs in with the address or not.
func (a *Admin) forgot(v *visit) error {
	f := v.form()
	var who auth.Staff
	token := ""
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := auth.Ask(v.ctx(), tx, auth.RealmStaff, f.get("email"), web.ClientIP(v.r)); err != nil {
			return err
		}
		subject, err := auth.FindLogin(v.ctx(), tx, auth.RealmStaff, f.get("email"))
		if errors.Is(err, auth.ErrNotFound) {
			return nil
		}
		if err == nil {
			who, err = auth.FindStaff(v.ctx(), tx, auth.StaffID(subject))
		}
		if err == nil && who.Active {
			token, err = auth.CreateToken(v.ctx(), tx, auth.RealmStaff, auth.PurposeReset, subject)
		}
		return err
	})
	if fault.KindOf(err) == fault.Limited {
		v.refusal = v.faultText(err)
		return v.show(http.StatusTooManyRequests, v.forgotPage(f, false))
	}
	if err != nil {
		return err
	}
	if token != "" {
		// Whether the mail was taken is not told: it would tell who signs in here.
		_ = a.sendLink(v, who, message.StaffLink{Reset: true, URL: a.BaseURL + link(Prefix+"/join", "kind", "reset", "token", token)})
	}
	return v.show(http.StatusOK, v.forgotPage(f, true))
}

// sendLink mails a link to somebody of staff, in the language of whoever asks.
func (a *Admin) sendLink(v *visit, to auth.Staff, l message.StaffLink) error {
	l.Name = to.Name
	if err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		l.Shop, err = shopName(v.ctx(), tx)
		return err
	}); err != nil {
		return err
	}
	return a.Mailer.SendStaffLink(v.ctx(), id.New[string]("msg", v.now), to.Email, v.Tag(), l)
}

// shopName is what the first channel is called.
func shopName(ctx context.Context, tx *db.Tx) (string, error) {
	all, err := market.Channels(ctx, tx)
	if err != nil || len(all) == 0 {
		return "Korzo", err
	}
	return all[0].Name, nil
}
