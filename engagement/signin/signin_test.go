package signin_test

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"

	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/engagement/signin"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/job"
	"korzo/platform/remember"
	"korzo/platform/seal"
)

var schemas = []fs.FS{remember.Schema, event.Schema, job.Schema, auth.Schema, profile.Schema, message.Schema}

func keeper(t *testing.T) *seal.Keeper {
	t.Helper()
	k, err := seal.Open(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func wish(email string) signin.Wish {
	return signin.Wish{Email: email, Locale: "de", Shop: "Korzo", IP: "203.0.113.7"}
}

func TestAMailGoesToCustomersAndOthersGetTheSameAnswer(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		var ada profile.Customer
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			ada, err = profile.Register(t.Context(), tx, k, profile.Registration{Email: "ada@example.com"})
			return err
		})
		ticket, err := signin.Ask(t.Context(), d, k, wish(" ADA@example.com"))
		if err != nil {
			t.Fatal(err)
		}
		nobody, err := signin.Ask(t.Context(), d, k, wish("nobody@example.com"))
		if err != nil || len(nobody) != len(ticket) {
			t.Errorf("for nobody %q, %v; for a customer %q", nobody, err, ticket)
		}
		var sent []message.Sent
		dbtest.Read(t, d, func(tx *db.Tx) (err error) {
			sent, err = message.List(t.Context(), tx, message.Filter{})
			return err
		})
		if len(sent) != 1 || sent[0].Contact != string(ada.Contact) || sent[0].Locale != "de" {
			t.Fatalf("%+v", sent)
		}
		token, code := signin.Secrets(k, sent[0].Ref)
		if len(code) != 6 {
			t.Errorf("the code is %q", code)
		}
		if _, err := auth.UseCode(t.Context(), d, auth.RealmCustomer, nobody, code); !errors.Is(err, auth.ErrCode) {
			t.Errorf("another's ticket: %v", err)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			subject, err := auth.UseMagic(t.Context(), tx, auth.RealmCustomer, token, ticket)
			if subject != string(ada.ID) {
				t.Errorf("signed in as %q", subject)
			}
			return err
		})
	})
}

func TestWhatIsNoAddressIsToldAndMailsAreCounted(t *testing.T) {
	d, k := dbtest.SQLite(t, schemas), keeper(t)
	if _, err := signin.Ask(t.Context(), d, k, wish("ada")); !errors.Is(err, profile.ErrEmail) {
		t.Errorf("no address: %v", err)
	}
	for range 5 {
		if _, err := signin.Ask(t.Context(), d, k, wish("nobody@example.com")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := signin.Ask(t.Context(), d, k, wish("Nobody@example.com")); !errors.Is(err, auth.ErrLimited) {
		t.Errorf("the sixth: %v", err)
	}
}

func TestSecretsAreTheSameEachTimeAndOthersForEachMail(t *testing.T) {
	k, codes := keeper(t), map[string]bool{}
	for _, ref := range []string{"mgc_1", "mgc_2", "mgc_3", "mgc_4", "mgc_5"} {
		token, code := signin.Secrets(k, ref)
		again, same := signin.Secrets(k, ref)
		if token != again || code != same || codes[token] || codes[code] {
			t.Errorf("%s: %s %s, %s %s", ref, token, code, again, same)
		}
		codes[token], codes[code] = true, true
	}
}
