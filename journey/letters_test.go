package journey_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/customer/consent"
	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// lettersTo are the mails that an address got, by the words their subject holds.
func lettersTo(t *testing.T, w *apptest.World, to, subject string) (all []message.Mail) {
	t.Helper()
	inbox := w.App.Outbox.(message.Inbox)
	kept, err := inbox.List(t.Context(), 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kept {
		full, err := inbox.Find(t.Context(), k.ID)
		if err != nil {
			t.Fatal(err)
		}
		if full.Mail.To == to && strings.Contains(full.Mail.Subject, subject) {
			all = append(all, full.Mail)
		}
	}
	return all
}

// english is a browser whose reader has chosen English.
func english(t *testing.T, shop string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	home, err := url.Parse(shop)
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(home, []*http.Cookie{{Name: "language", Value: "en", Path: "/"}})
	return &http.Client{Jar: jar}
}

// Somebody types an address at the foot of a page. Nothing is allowed until the
// mail is confirmed by its button; the first letter says how it is ended, and one
// press in the reader's own program ends it.
func TestLettersAreConfirmedByTheirMailboxAndEndedByOnePress(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		browser := english(t, w.URL())
		page := func(want int, r *http.Response, err error) string {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			body, err := io.ReadAll(r.Body)
			if r.StatusCode != want || err != nil {
				t.Fatalf("%s answers %d, not %d, %v", r.Request.URL.Path, r.StatusCode, want, err)
			}
			return string(body)
		}
		get := func(want int, at string) string { t.Helper(); r, err := browser.Get(at); return page(want, r, err) }
		post := func(want int, at string, in url.Values) string {
			t.Helper()
			r, err := browser.PostForm(at, in)
			return page(want, r, err)
		}
		allowed := func(yes, no int64, when string) {
			t.Helper()
			dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
				all, err := consent.Tallies(t.Context(), tx)
				if got := all[0]; got.Yes != yes || got.No != no {
					t.Errorf("%s: %d say yes and %d no", when, got.Yes, got.No)
				}
				return err
			})
		}
		shop := w.URL()
		if !strings.Contains(get(200, shop+"/"), `action="/letters"`) {
			t.Error("the foot of the first page asks for no address")
		}
		if wrong := post(422, shop+"/letters", url.Values{"email": {"ada"}}); !strings.Contains(wrong, `value="ada"`) || !strings.Contains(wrong, "aria-invalid") {
			t.Error("what was typed wrong is not shown with its reason")
		}
		post(200, shop+"/letters", url.Values{"email": {"ada@example.com"}})
		w.Until("her mailbox is asked", func() bool { return len(lettersTo(t, w, "ada@example.com", "One more step")) == 1 })
		confirm := regexp.MustCompile(`http\S+/letters/confirm/\S+`).FindString(lettersTo(t, w, "ada@example.com", "One more step")[0].Text)
		if !strings.Contains(get(200, confirm), "Write me by e-mail about what is new") {
			t.Error("the page of the mail does not show what is agreed to")
		}
		allowed(0, 0, "after the link was opened, as a mail server's scanner does")
		get(404, confirm+"x")
		post(200, confirm, nil)
		allowed(1, 0, "after the button")
		w.Until("she is welcomed", func() bool { return len(lettersTo(t, w, "ada@example.com", "You get mail")) == 1 })
		welcome := lettersTo(t, w, "ada@example.com", "You get mail")[0]
		if !strings.HasPrefix(welcome.End, shop+"/letters/end/") || !strings.Contains(welcome.Text, welcome.End) || !strings.Contains(welcome.HTML, welcome.End) {
			t.Errorf("the letter's end is %q", welcome.End)
		}
		if !strings.Contains(get(200, welcome.End), "End all of it") {
			t.Error("the link at a letter's end opens no page that ends it")
		}
		allowed(1, 0, "after the link was only opened")
		program := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		r, err := program.PostForm(welcome.End, url.Values{"List-Unsubscribe": {"One-Click"}})
		page(303, r, err)
		allowed(0, 1, "after one press")
		post(200, confirm, nil)
		allowed(0, 1, "after the old link was pressed again")
		if n := len(lettersTo(t, w, "ada@example.com", "")); n != 2 {
			t.Errorf("she got %d mails", n)
		}
	})
}
