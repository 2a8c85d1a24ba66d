package storefront

import (
	"net/http"
	"strings"

	"korzo/platform/db"
	"korzo/platform/web"
	"korzo/ui"
	"korzo/value/calendar"
)

// cookieConsent is what the visitor said of being remembered beyond what the
// shop needs, and the day: "all 2026-11-22". Without it, and after half a year,
// they are asked, and nothing is kept meanwhile.
const cookieConsent = "consent"

// The answers there are, equally easy to give and to change.
const (
	consentAll  = "all"
	consentNone = "none"

	consentLasts = year / 2
)

// consentOf returns the answer and its day, "" while there is none.
func consentOf(r *http.Request) (answer, day string) {
	answer, day, _ = strings.Cut(web.Cookie(r, cookieConsent), " ")
	if answer != consentAll && answer != consentNone {
		return "", ""
	}
	return answer, day
}

// consented reports whether more may be kept than the shop needs.
func consented(r *http.Request) bool {
	answer, _ := consentOf(r)
	return answer == consentAll
}

// asks is the question, with both of its answers.
func (p page) asks() ui.Consent {
	return ui.Consent{Label: p.T("shop.consent.title"), Action: "/consent", Back: p.here, Text: p.T("shop.consent.ask"), More: p.T("shop.consent.more"), MorePath: "/consent",
		None: p.T("shop.consent.none"), NoneValue: consentNone, All: p.T("shop.consent.all"), AllValue: consentAll}
}

type consentPage struct {
	page
	day string // of the answer; "" while there is none
}

// consentChoices shows what is kept and lets the visitor change their mind.
func (s *Shop) consentChoices(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	p := consentPage{page: s.page(v, v.T("shop.consent.title")).own()}
	v.consent = "asked here"
	if answer, day := consentOf(r); answer != "" {
		if at, err := calendar.Parse(day); err == nil {
			p.day = v.T("shop.consent.said."+answer, "Day", v.Day(at))
		}
	}
	return write(w, r, http.StatusOK, consentTemplate(p))
}

// consent keeps the answer. Who rejects is forgotten at once.
func (s *Shop) consent(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	answer := in.Get("answer")
	if answer != consentAll {
		answer = consentNone
		web.ClearCookie(w, r, cookieVisitor)
		web.ClearCookie(w, r, cookiePath)
	}
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	if v.customer != "" {
		err = s.DB.Write(r.Context(), func(tx *db.Tx) error { return v.followed(r.Context(), tx, v.customer, answer == consentAll) })
		if err != nil {
			return err
		}
	}
	web.SetCookie(w, r, cookieConsent, answer+" "+calendar.DateIn(s.DB.Now(), v.zone).String(), consentLasts)
	return see(w, r, local(in.Get("back")))
}
