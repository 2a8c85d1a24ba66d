package admin

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"korzo/delivery/promise"
	"korzo/offer/market"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/flaw"
	"korzo/platform/i18n"
	"korzo/platform/id"
	"korzo/platform/idempotency"
	"korzo/platform/rule"
	"korzo/platform/web"
	"korzo/purchase/flow"
	"korzo/purchase/settlement/statement"
	"korzo/ui"
	"korzo/value/calendar"

	"github.com/a-h/templ"
)

// Messages are the texts of this package; Routes brings them into the catalog.
//
//go:embed messages/*.json
var Messages embed.FS

// visit is one request by somebody: what handlers and templates know.
type visit struct {
	i18n.Locale
	w       http.ResponseWriter
	r       *http.Request
	staff   auth.Session // zero: not signed in
	zone    *time.Location
	now     time.Time
	markets []market.Market
	bulk    map[string]string // what changes of many are called, by verb
	section string
	good    string // what was done just now, beside the notice that the address names
	refusal string // why what was asked just now was not done

	kept promise.Kept // what all lanes of the list of promises came to

	passkeys bool // they are possible at the shop's address
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// can says whether the reader's role allows an action.
func (v *visit) can(action string) bool { return v.staff.Can(action) == nil }

// show answers with a page. It is rendered whole first, so that an error is
// still a page of its own.
func (v *visit) show(status int, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(v.ctx(), &b); err != nil {
		return fmt.Errorf("render %s: %w", v.r.Pattern, err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Cache-Control", "private, no-store")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes()) // a reader who has left is no error
	return nil
}

// write adds a page to an answer that has its status already.
func (v *visit) write(page templ.Component) error { return page.Render(v.ctx(), v.w) }

// done sends the reader on to where what was done can be seen, and says what it was.
func (v *visit) done(path, what string) error {
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	http.Redirect(v.w, v.r, path+separator+"done="+url.QueryEscape(what), http.StatusSeeOther)
	return nil
}

// notice is what was done just now, "" for nothing.
func (v *visit) notice() string {
	key := "admin.done." + v.r.URL.Query().Get("done")
	if v.r.Method == http.MethodGet && v.Has(key) {
		return v.T(key)
	}
	return ""
}

// refused splits errors: one the reader can act on becomes the page's refusal
// and its status, any other stays an error.
func (v *visit) refused(err error) (status int, rest error) {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.NotFound, fault.Conflict, fault.Declined, fault.Unavailable, fault.Limited:
		v.refusal = v.faultText(err)
		return web.Status(fault.KindOf(err)), nil
	}
	return 0, err
}

// faultText is a failure in the reader's language, or in English as its package says it.
func (v *visit) faultText(err error) string {
	if e, ok := errors.AsType[*flow.Invalid](err); ok {
		return e.In(v.Locale)
	}
	if e, ok := errors.AsType[*flaw.Error](err); ok {
		return e.In(v.Locale)
	}
	if e := rule.AsError(err); e != nil {
		return e.In(v.Locale)
	}
	if e, ok := errors.AsType[*statement.Unfit](err); ok {
		return v.unfit(e)
	}
	if key := "admin.fault." + fault.CodeOf(err); v.Has(key) {
		return v.T(key)
	}
	return fault.TextOf(err)
}

func (v *visit) readForm() error {
	err := v.r.ParseForm()
	if _, large := errors.AsType[*http.MaxBytesError](err); large || err == nil {
		return err
	}
	return errForm
}

// record writes who did what into the audit, as the last thing of a transaction.
func (v *visit) record(tx *db.Tx, action, subject string, detail ...string) error {
	e := audit.Entry{Actor: v.staff.Subject, Action: action, Subject: subject}
	for i := 0; i+1 < len(detail); i += 2 {
		if e.Detail == nil {
			e.Detail = map[string]string{}
		}
		e.Detail[detail[i]] = detail[i+1]
	}
	return audit.Record(v.ctx(), tx, e)
}

// once does what a form asks once per key of the form, and returns what verb
// returned, however often the form is sent.
func (v *visit) once(tx *db.Tx, route string, verb func() (string, error)) (string, error) {
	sum := sha256.Sum256([]byte(v.r.PostForm.Encode()))
	key := idempotency.Key{Principal: v.staff.Subject, Route: route, Key: v.r.PostForm.Get("key")}
	kept, state, err := idempotency.Open(v.ctx(), tx, key, hex.EncodeToString(sum[:]))
	switch {
	case err != nil:
		return "", err
	case state == idempotency.Done:
		return string(kept.Body), nil
	case state == idempotency.InFlight:
		return "", errAgain
	}
	result, err := verb()
	if err != nil {
		return "", err
	}
	return result, idempotency.Close(v.ctx(), tx, key, idempotency.Reply{Status: http.StatusSeeOther, Body: []byte(result)})
}

// newKey is a form's own key.
func newKey() string { return id.Secret("") }

// link is a path with a query; empty values are left out.
func link(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// with is the address of this page with one part of its query changed and the
// place in the list forgotten.
func (v *visit) with(name, value string) string {
	q := v.r.URL.Query()
	for _, drop := range []string{"after", "before", "done", name} {
		q.Del(drop)
	}
	if value != "" {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return v.r.URL.Path
	}
	return v.r.URL.Path + "?" + q.Encode()
}

func (v *visit) query(name string) string { return strings.TrimSpace(v.r.URL.Query().Get(name)) }

func (v *visit) time(t time.Time) string { return v.DateTime(t, v.zone) }

// promise is a range of civil dates as orders keep them; without a first day, the last.
func (v *visit) promise(from, to string) string {
	first, err := calendar.Parse(cmp.Or(from, to))
	last, also := calendar.Parse(to)
	if err != nil || also != nil {
		return strings.TrimSpace(from + " " + to)
	}
	return v.DateRange(first, last)
}

// market is what a market is called; its code when it is gone.
func (v *visit) market(id string) string {
	for _, m := range v.markets {
		if m.ID == id {
			return m.Name
		}
	}
	return id
}

// localeName is a language, and the country it is spoken in: "Deutsch, Germany".
func (v *visit) localeName(tag string) string {
	language, country, ok := strings.Cut(tag, "-")
	if !ok {
		return v.word("language", language)
	}
	return v.word("language", language) + ", " + v.Country(country)
}

// age is how long ago something was, in one unit.
func (v *visit) age(d time.Duration) string {
	switch {
	case d < time.Hour:
		return v.T("admin.age.minutes", "Count", int(d/time.Minute))
	case d < 48*time.Hour:
		return v.T("admin.age.hours", "Count", int(d/time.Hour))
	}
	return v.T("admin.age.days", "Count", int(d/(24*time.Hour)))
}

// word is one of the shop's own words (a state, a cause) in the reader's language.
func (v *visit) word(kind, word string) string {
	if key := "admin." + kind + "." + word; v.Has(key) {
		return v.T(key)
	}
	return strings.ReplaceAll(word, "_", " ")
}

// tones say how states are meant; what is missing is neutral.
var tones = map[string]ui.Tone{
	"active": ui.ToneGood, "vat_valid": ui.ToneGood, "vat_pending": ui.ToneWarning, "vat_invalid": ui.ToneError, "placed": ui.ToneInfo, "on_hold": ui.ToneWarning, "completed": ui.ToneGood, "published": ui.ToneGood,
	"captured": ui.ToneGood, "authorized": ui.ToneInfo, "declined": ui.ToneError, "unknown": ui.ToneWarning, "pending": ui.ToneWarning,
	"action_required": ui.ToneWarning, "written": ui.ToneWarning, "paid": ui.ToneGood, "open": ui.ToneWarning, "resolved": ui.ToneGood,
	"sent": ui.ToneGood, "failed": ui.ToneError, "queued": ui.ToneInfo, "sending": ui.ToneInfo, "partially_paid": ui.ToneWarning,
	"dispute_open": ui.ToneError, "dispute_answered": ui.ToneWarning, "dispute_won": ui.ToneGood, "dispute_lost": ui.ToneError,
	"link_open": ui.ToneInfo, "link_paying": ui.ToneWarning, "link_paid": ui.ToneGood, "gift_active": ui.ToneGood, "gift_blocked": ui.ToneError,
	"amend_awaiting": ui.ToneWarning, "amend_done": ui.ToneGood, "amend_proposed": ui.ToneWarning, "amend_approved": ui.ToneInfo, "amend_failed": ui.ToneError,
	"matched": ui.ToneGood, "read": ui.ToneInfo, "reading": ui.ToneWarning, "refunded": ui.ToneInfo, "partially_refunded": ui.ToneInfo, "done": ui.ToneGood,
}

func (v *visit) badge(state string) templ.Component {
	return ui.Badge(tones[state], v.word("state", state))
}

// signed is a change: "+3", "−2"; "" for none.
func (v *visit) signed(n int64) string {
	switch {
	case n > 0:
		return "+" + v.Number(n)
	case n < 0:
		return "−" + strings.TrimPrefix(v.Number(n), "-")
	}
	return ""
}

// stamp is a time for machines.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// who did something: by name where there is one, the checkout for its placings,
// the shop for what it does of itself.
func (v *visit) who(names map[string]string, actor string) string {
	if name, ok := names[actor]; ok {
		return name
	}
	switch {
	case strings.HasPrefix(actor, "plc_"):
		return v.T("admin.who.checkout")
	case actor == "command line":
		return v.T("admin.who.local")
	case actor == "system":
		return v.T("admin.who.machine")
	}
	return actor
}
