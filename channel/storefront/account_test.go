package storefront_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"korzo/platform/db/dbtest"
)

const password = "correct horse battery"

// ada registers and is signed in.
func (w *world) ada() *browser {
	w.t.Helper()
	b := w.browser("en")
	b.send("/register", "name", "Ada Lovelace", "email", "ada@example.com", "password", password).at(200, "/account")
	return b
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

func TestSigningInByMail(t *testing.T) {
	each(t, func(w *world) {
		clock := dbtest.Clock(w.d)
		w.ada()
		b, other := w.browser("en"), w.browser("en")
		b.send("/sign-in/mail", "email", "ADA@example.com", "next", "/account/wallet").at(200, "/sign-in/mail").says("ADA@example.com")
		mail := w.mails()
		code := sixDigits.FindString(mail.Subject)
		link := regexp.MustCompile(`/sign-in/link/\S+`).FindString(mail.Text)
		if code == "" || link == "" || mail.To != "ada@example.com" {
			t.Fatalf("%+v", mail)
		}
		other.open(link).says("only in the browser")
		other.send(link).at(403, link).says("only in the browser")
		other.open("/account").at(200, "/sign-in")
		b.send("/sign-in/code", "code", "000000", "email", "ada@example.com", "next", "/account/wallet").at(422, "/sign-in/code").says("does not fit")
		b.send("/sign-in/code", "code", " "+code[:3]+" "+code[3:], "next", "/account/wallet").at(200, "/account/wallet")
		b.send(link).at(422, link).says("used already")

		clock.Advance(time.Minute) // or two mails are equally new
		again := w.browser("en")
		again.send("/sign-in/mail", "email", "ada@example.com")
		link = regexp.MustCompile(`/sign-in/link/\S+`).FindString(w.mails().Text)
		again.open(link).at(200, link) // who opens it is not signed in yet
		again.open("/account").at(200, "/sign-in")
		again.send(link).at(200, "/account").says("Ada Lovelace")
	})
}

func TestWhoHasNoAccountIsAnsweredAlike(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.ada()
	known := w.browser("en").send("/sign-in/mail", "email", "ada@example.com")
	unknown := w.browser("en").send("/sign-in/mail", "email", "eve@example.com")
	if strings.ReplaceAll(known.text(), "ada@", "") != strings.ReplaceAll(unknown.text(), "eve@", "") {
		t.Errorf("known:\n%s\nunknown:\n%s", known.text(), unknown.text())
	}
	w.browser("en").send("/sign-in/mail", "email", "ada").at(422, "/sign-in/mail").says("Please write it like")
}

func TestTheAddressBook(t *testing.T) {
	each(t, func(w *world) {
		b, eve := w.ada(), w.browser("en")
		eve.send("/register", "email", "eve@example.com", "password", password)
		page := b.open("/account/addresses").says("No address yet", "Add an address")
		if page.value("name") != "Ada Lovelace" {
			t.Errorf("the name is %q", page.value("name"))
		}
		good := []string{"name", "Ada Lovelace", "line1", "Torstraße 1", "postal_code", "10119", "city", "Berlin", "country", "DE"}
		b.send("/account/addresses", "name", "Ada Lovelace", "line1", "Torstraße 1", "postal_code", "1", "city", "Berlin", "country", "DE").at(422, "/account/addresses").says("five digits")
		b.send("/account/addresses", good...).says("The address is saved", "Torstraße 1", "Filled in first")
		id := regexp.MustCompile(`action="/account/addresses/(adr_[^"]+)"`).FindStringSubmatch(b.open("/account/addresses").body)[1]
		eve.send("/account/addresses/"+id, "intent", "remove")
		eve.send("/account/addresses", append([]string{"id", id}, good...)...).at(404, "/account/addresses")
		b.open("/account/addresses").says("Torstraße 1")
		b.open("/account/addresses?edit=" + id).says("Change the address")
		b.send("/account/addresses", "id", id, "name", "Ada", "line1", "Torstraße 2", "postal_code", "10119", "city", "Berlin", "country", "DE").says("Torstraße 2").silent("Torstraße 1")
		b.send("/account/addresses/"+id, "intent", "remove").says("The address is removed", "No address yet")
	})
}

func TestChangingHowOneSignsInWantsAFreshSignIn(t *testing.T) {
	each(t, func(w *world) {
		clock := dbtest.Clock(w.d)
		b, phone := w.ada(), w.browser("en")
		phone.send("/sign-in", "email", "ada@example.com", "password", password).at(200, "/account")
		b.open("/account/security").says("Where you are signed in", "This one", "Sign out everywhere else")
		clock.Advance(16 * time.Minute)
		b.send("/account/security/password", "password", "another long password").at(200, "/sign-in").says("confirm that it is you")
		b.open("/account/farewell").at(200, "/sign-in")
		b.send("/sign-in", "email", "ada@example.com", "password", password, "next", "/account/security").at(200, "/account/security")
		b.send("/account/security/password", "password", "short").at(422, "/account/security/password").says("8 characters")
		b.send("/account/security/password", "password", "another long password").at(200, "/account/security").says("The password is set")
		phone.open("/account").at(200, "/sign-in") // signed out everywhere else
		phone.send("/sign-in", "email", "ada@example.com", "password", password).at(401, "/sign-in")
		phone.send("/sign-in", "email", "ada@example.com", "password", "another long password").at(200, "/account")
		b.send("/account/security/sessions").says("Signed out there")
		phone.open("/account").at(200, "/sign-in")
		b.open("/account/security").at(200, "/account/security")
		if mail := w.mails(); !strings.Contains(mail.Subject, "sign in") {
			t.Errorf("the last mail is %q", mail.Subject)
		}
		b.open("/account/messages").says("Your sign-in was changed")
	})
}

func TestConsentsAreKeptWithTheirWords(t *testing.T) {
	each(t, func(w *world) {
		b := w.ada()
		b.open("/account/privacy").says("What you allow").silent("What you said, and when")
		b.send("/account/privacy", "offers", "yes").says("Saved", "We have written to ada@example.com").silent("What you said, and when")
		b.send("/account/privacy", "figures", "yes").says("Saved", "What you said, and when", "Follow my visits")
		dbtest.Clock(w.d).Advance(time.Second)
		b.send("/account/privacy").says("No")
		dbtest.Clock(w.d).Advance(time.Second)
		b.send("/consent", "answer", "all", "back", "/account/privacy").at(200, "/account/privacy")
		if n := strings.Count(b.open("/account/privacy").body, `class="said-row"`); n != 3 {
			t.Errorf("%d answers are kept", n)
		}
	})
}

func TestDataAreExportedToTheirOwnerAlone(t *testing.T) {
	each(t, func(w *world) {
		b, eve := w.ada(), w.browser("en")
		eve.send("/register", "email", "eve@example.com", "password", password)
		b.send("/account/exports").says("We gather your data", "Being gathered")
		if _, err := w.jobs.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		link := regexp.MustCompile(`/account/exports/exp_[^"]+`).FindString(b.open("/account/privacy").body)
		file := b.open(link)
		var read struct{ Profile struct{ Email string } }
		if json.Unmarshal([]byte(file.body), &read) != nil || read.Profile.Email != "ada@example.com" || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %s", link, file.body)
		}
		eve.open(link).at(404, link)
		w.browser("en").open(link).at(200, "/sign-in")
	})
}

func TestAnAccountIsEndedForGood(t *testing.T) {
	each(t, func(w *world) {
		b := w.ada()
		b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1").at(200, "/cart")
		if page := b.post("/checkout", berlin(b.open("/checkout"), "approve")); len(w.orders()) != 1 {
			t.Fatalf("%d orders: %s", len(w.orders()), page.text())
		}
		b.open("/account/farewell").says("What the law makes us keep")
		b.send("/account/farewell").at(200, "/account/farewell") // not ticked
		b.send("/account/farewell", "sure", "yes").at(409, "/account/farewell").says("still on its way")
		b.open("/account").at(200, "/account")

		other := w.browser("en")
		other.send("/register", "email", "bob@example.com", "password", password)
		other.send("/account/farewell", "sure", "yes").at(200, "/farewell").says("Your account is deleted")
		other.open("/account").at(200, "/sign-in")
		other.send("/sign-in", "email", "bob@example.com", "password", password).at(401, "/sign-in")
		other.send("/register", "email", "bob@example.com", "password", password).at(200, "/account") // the address is free again
	})
}

func TestTheAccountIsNobodyElses(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	for _, path := range []string{"/account", "/account/addresses", "/account/wallet", "/account/messages", "/account/security", "/account/privacy", "/account/farewell"} {
		page := w.browser("en").open(path)
		page.at(200, "/sign-in")
		if next := page.value("next"); next != path && path != "/account/farewell" {
			t.Errorf("from %s one goes on to %q", path, next)
		}
	}
	for _, path := range []string{"/account/addresses", "/account/security", "/account/privacy", "/account/exports"} {
		w.browser("en").post(path, url.Values{"name": {"Eve"}, "line1": {"Torstraße 1"}, "postal_code": {"10119"}, "city": {"Berlin"}, "country": {"DE"}}).at(200, "/sign-in")
	}
}

func TestAGiftCardTellsItsBalanceInTheWallet(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	w.ada().send("/account/wallet/balance", "code", "GIFT-0000-0000-0000").at(422, "/account/wallet/balance").silent("are left on")
}
