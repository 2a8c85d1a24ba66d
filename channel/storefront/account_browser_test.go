package storefront_test

import (
	"context"
	"strings"
	"testing"

	"korzo/platform/db/dbtest"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// The account in a browser: every page is looked at as all pages are, and a
// passkey of a device that the browser plays signs its owner in.
func TestTheAccountInABrowser(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	p := w.phone(t)
	name := strings.Replace(w.base, "127.0.0.1", "localhost", 1) // passkeys want a name
	p.named = true
	p.do(p.authenticator(), chromedp.Navigate(name+"/register"), chromedp.Click(chromedp.CSS(`.consent button[value=none]`)), chromedp.WaitNotPresent(chromedp.CSS(`.consent`)),
		chromedp.SetValue(chromedp.CSS(`#f-name`), "Ada Lovelace"), chromedp.SetValue(chromedp.CSS(`#f-email`), "ada@example.com"),
		chromedp.SetValue(chromedp.CSS(`#f-password`), password), chromedp.Click(chromedp.CSS(`main .button-primary`)), chromedp.WaitVisible(chromedp.CSS(`.account-head`)))
	p.do(chromedp.Navigate(name+"/account/security"), chromedp.Click(chromedp.CSS(`[data-passkey]`)), chromedp.WaitVisible(chromedp.CSS(`.alert-good`)))
	p.shoot("account-security")
	p.do(chromedp.Navigate(name+"/account/addresses"), chromedp.SetValue(chromedp.CSS(`#f-line1`), "Torstraße 1"), chromedp.SetValue(chromedp.CSS(`#f-postal_code`), "10119"),
		chromedp.SetValue(chromedp.CSS(`#f-city`), "Berlin"), chromedp.Click(chromedp.CSS(`main .button-primary`)), chromedp.WaitVisible(chromedp.CSS(`.book`)))
	p.shoot("account-addresses")
	p.do(chromedp.Click(chromedp.CSS(`.book a.button`)), chromedp.WaitVisible(chromedp.CSS(`#f-line1`)))
	p.shoot("account-address")
	w.mails()
	p.do(chromedp.Navigate(name+"/account/privacy"), chromedp.Click(chromedp.CSS(`input[name=figures]`)), chromedp.Click(chromedp.CSS(`form[action="/account/privacy"] button`)), chromedp.WaitVisible(chromedp.CSS(`.disclose`)),
		chromedp.Click(chromedp.CSS(`form[action="/account/exports"] button`)), chromedp.WaitVisible(chromedp.CSS(`#data .kept-row`)))
	w.mails()
	p.do(chromedp.Navigate(name + "/account/privacy"))
	p.shoot("account-privacy")
	for _, page := range []struct{ name, path string }{{"account-wallet", "/account/wallet"}, {"account-messages", "/account/messages"}, {"account-farewell", "/account/farewell"}} {
		p.do(chromedp.Navigate(name + page.path))
		p.shoot(page.name)
	}
	p.do(chromedp.Navigate(name+"/account/messages"), chromedp.Click(chromedp.CSS(`.letter-row`)), chromedp.WaitVisible(chromedp.CSS(`.letter`)))
	p.shoot("account-message")
	p.do(chromedp.Navigate(name+"/account"), chromedp.Click(chromedp.CSS(`.account-head button`)), chromedp.WaitNotPresent(chromedp.CSS(`.account-head`)),
		chromedp.Navigate(name+"/sign-in"))
	p.shoot("sign-in-passkey")
	p.do(chromedp.Click(chromedp.CSS(`[data-passkey]`)), chromedp.WaitVisible(chromedp.CSS(`.account-head`)))
	if text := p.text(`.account-head`); !strings.Contains(text, "ada@example.com") {
		t.Errorf("signed in as %s", text)
	}
	p.do(chromedp.Click(chromedp.CSS(`.account-head button`)), chromedp.WaitNotPresent(chromedp.CSS(`.account-head`)), chromedp.Navigate(name+"/sign-in"),
		chromedp.SetValue(chromedp.CSS(`#f-email`), "ada@example.com"), chromedp.Click(chromedp.CSS(`button[formaction="/sign-in/mail"]`)), chromedp.WaitVisible(chromedp.CSS(`#f-code`)))
	p.shoot("sign-in-code")
	p.do(chromedp.SetValue(chromedp.CSS(`#f-code`), w.mailedCode()), chromedp.Click(chromedp.CSS(`main .button-primary`)), chromedp.WaitVisible(chromedp.CSS(`.account-head`)))
}

// mailedCode is the code of the mail that signs in. Mails of one instant have no order.
func (w *world) mailedCode() string {
	w.t.Helper()
	w.mails()
	all, err := w.outbox.List(w.t.Context(), 10)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range all {
		if code := sixDigits.FindString(m.Mail.Subject); code != "" {
			return code
		}
	}
	w.t.Fatal("no mail has a code")
	return ""
}

// authenticator gives the browser a device that makes passkeys and verifies its
// owner by itself.
func (p *phone) authenticator() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
		return err
	})
}
