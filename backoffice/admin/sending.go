package admin

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"korzo/engagement/message"
	"korzo/engagement/message/sender"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/i18n"
	"korzo/platform/id"
	"korzo/ui"
)

// sending is what the page of who writes, and through which servers, shows.
type sending struct {
	Mail, Text sender.Server
	Own        message.Letterhead // where nothing is set
	Heads      []message.Letterhead
	Markets    []market.Market
	form       *form
	of         string // the form that was refused: "mail", "text", "head", "try"
}

// sendingPages are those of how mails and texts leave the shop. Who sets them
// decides who reads them, so each asks for a fresh proof.
func (a *Admin) sendingPages() []page {
	return []page{
		{"GET /admin/sending", "settings.read", "settings", func(v *visit) error { return a.answerSending(v, http.StatusOK, "", nil) }},
		{"POST /admin/sending/server", "sending.write", "settings", a.saveServer},
		{"POST /admin/sending/letterheads", "sending.write", "settings", a.saveLetterhead},
		{"POST /admin/sending/letterheads/delete", "sending.write", "settings", a.deleteLetterhead},
		{"POST /admin/sending/try", "sending.write", "settings", a.trySending},
	}
}

func (a *Admin) answerSending(v *visit, status int, of string, f *form) error {
	p := sending{form: f, of: of, Own: a.Mailer.Own()}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if a.Office != nil {
			if p.Mail, err = a.Office.Server(v.ctx(), tx, message.ByMail); err != nil {
				return err
			}
			if p.Text, err = a.Office.Server(v.ctx(), tx, message.ByText); err != nil {
				return err
			}
		}
		if p.Heads, err = message.Letterheads(v.ctx(), tx); err != nil {
			return err
		}
		p.Markets, err = market.All(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.sendingPage(p))
}

// formOf is the form of a part of the page: as it was typed when that was
// refused, else as things are.
func (p sending) formOf(v *visit, of string) *form {
	if p.of == of {
		return p.form
	}
	f := v.newForm()
	switch of {
	case "mail":
		f.fillServer(p.Mail)
	case "text":
		f.fillServer(p.Text)
	case "try":
		f.set("language", v.Tag())
	}
	return f
}

func (f *form) fillServer(s sender.Server) {
	f.set("way", string(s.Way))
	f.set("host", s.Host)
	if s.Port > 0 {
		f.setNumber("port", s.Port)
	}
	f.set("user", s.User)
	f.set("url", s.URL)
}

// saveServer sets where mails, or texts, go from the next one on. What is typed
// as a secret is sealed and never shown.
func (a *Admin) saveServer(v *visit) error {
	f := v.form()
	by := message.Medium(f.get("medium"))
	if a.Office == nil || by != message.ByMail && by != message.ByText {
		return errForm
	}
	s := sender.Server{Way: sender.Way(f.get("way"))}
	switch s.Way {
	case sender.Gateway:
		s.URL = f.get("url")
	case sender.Plain, sender.Upgraded, sender.Encrypted:
		s.Host, s.User = strings.ToLower(f.get("host")), f.get("user")
		if f.has("port") {
			s.Port = f.whole("port")
		}
	}
	if f.ok() {
		err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
			before, err := a.Office.Server(v.ctx(), tx, by)
			if err != nil {
				return err
			}
			if err := a.Office.SaveServer(v.ctx(), tx, by, s, v.r.PostForm.Get("secret")); err != nil {
				return err
			}
			return v.record(tx, "sending.server", string(by), "way.before", string(before.Way), "way.after", string(s.Way), "server.before", before.Host+before.URL, "server.after", s.Host+s.URL,
				"user.before", before.User, "user.after", s.User, "secret", yes(v.r.PostForm.Get("secret") != ""))
		})
		if err == nil {
			return v.done(Prefix+"/sending", "server_saved")
		}
		if field, known := serverFields[fault.CodeOf(err)]; known {
			f.wrong(field(s), v.faultText(err))
		} else if _, err := v.refused(err); err != nil {
			return err
		}
	}
	f.set("secret", "") // not even who typed it is shown it again
	return a.answerSending(v, http.StatusUnprocessableEntity, string(by), f)
}

// serverFields are the fields whose problem a failure is.
var serverFields = map[string]func(s sender.Server) string{
	"sender.server": func(s sender.Server) string {
		if s.Way == sender.Gateway {
			return "url"
		}
		return "host"
	},
	"sender.secret": func(sender.Server) string { return "secret" },
}

// saveLetterhead sets who writes to readers of a market and a language.
func (a *Admin) saveLetterhead(v *visit) error {
	f := v.form()
	h := message.Letterhead{Market: f.get("market"), Locale: f.get("language"), Name: f.get("sender_name"), Email: f.get("email"), ReplyTo: f.get("reply_to"), Text: f.get("text_from")}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if h.Market != "" {
			if _, err := market.Find(v.ctx(), tx, h.Market); err != nil {
				return err
			}
		}
		if err := message.SaveLetterhead(v.ctx(), tx, h); err != nil {
			return err
		}
		return v.record(tx, "sending.letterhead", h.Market+"/"+h.Locale, "name", h.Name, "email", h.Email, "reply_to", h.ReplyTo, "text", h.Text)
	})
	if err == nil {
		return v.done(Prefix+"/sending", "letterhead_saved")
	}
	fields := map[error]string{message.ErrHeadName: "sender_name", message.ErrHeadEmail: "email", message.ErrHeadText: "text_from"}
	for is, field := range fields {
		if errors.Is(err, is) {
			f.wrong(field, v.faultText(err))
		}
	}
	if f.ok() {
		if _, err := v.refused(err); err != nil {
			return err
		}
	}
	return a.answerSending(v, http.StatusUnprocessableEntity, "head", f)
}

func (a *Admin) deleteLetterhead(v *visit) error {
	f := v.form()
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := message.DeleteLetterhead(v.ctx(), tx, f.get("market"), f.get("language")); err != nil {
			return err
		}
		return v.record(tx, "sending.letterhead_delete", f.get("market")+"/"+f.get("language"))
	})
	if err != nil {
		return err
	}
	return v.done(Prefix+"/sending", "letterhead_deleted")
}

// trySending sends a made-up message as the next one would go, and says what the
// server answered. Nobody but who is named gets it, and it is kept in no row.
func (a *Admin) trySending(v *visit) error {
	f := v.form()
	to, phone := f.get("to"), ""
	if strings.HasPrefix(to, "+") {
		phone = to
	}
	if to == "" || phone == "" && !strings.Contains(to, "@") {
		f.blame("to", "admin.problem.try_to")
		return a.answerSending(v, http.StatusUnprocessableEntity, "try", f)
	}
	err := a.Mailer.Try(v.ctx(), id.New[string]("try", a.DB.Now()), f.get("market"), f.get("language"), to, phone)
	if record := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		return v.record(tx, "sending.try", "", "text", strconv.FormatBool(phone != ""), "taken", strconv.FormatBool(err == nil))
	}); record != nil {
		return record
	}
	if err == nil {
		return v.done(Prefix+"/sending", "tried")
	}
	f.wrong("to", v.T("admin.sending.refused", "Answer", begins(err.Error(), 300)))
	return a.answerSending(v, http.StatusUnprocessableEntity, "try", f)
}

// mailWays and textWays are the ways to choose from.
func (v *visit) mailWays() []ui.Option {
	return v.wayOptions(sender.AsStarted, sender.Keep, sender.Upgraded, sender.Encrypted, sender.Plain)
}

func (v *visit) textWays() []ui.Option {
	return v.wayOptions(sender.AsStarted, sender.Keep, sender.Gateway)
}

func (v *visit) wayOptions(ways ...sender.Way) []ui.Option {
	all := make([]ui.Option, len(ways))
	for i, w := range ways {
		all[i] = ui.Option{Value: string(w), Label: v.T("admin.sending.way." + string(w) + "_")}
	}
	return all
}

// writtenLanguages are those that messages are written in, after any.
func (v *visit) writtenLanguages(any string) []ui.Option {
	all := []ui.Option{}
	if any != "" {
		all = append(all, ui.Option{Label: v.T(any)})
	}
	for _, tag := range i18n.Languages {
		all = append(all, ui.Option{Value: tag, Label: v.word("language", tag)})
	}
	return all
}
