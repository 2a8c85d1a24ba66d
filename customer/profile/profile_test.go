package profile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/seal"
	"korzo/value/address"
)

var schemas = []fs.FS{event.Schema, profile.Schema}

var berlin = address.Address{Name: "Ada Lovelace", Line1: "Unter den Linden 1", City: "Berlin", PostalCode: "10117", Country: "DE"}

func keeper(t *testing.T) *seal.Keeper {
	t.Helper()
	k, err := seal.Open(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// try runs fn in a write transaction and returns its error.
func try(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) error {
	t.Helper()
	return d.Write(t.Context(), func(tx *db.Tx) error { return fn(t.Context(), tx) })
}

func do(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := try(t, d, fn); err != nil {
		t.Fatal(err)
	}
}

func register(t *testing.T, d *db.DB, k *seal.Keeper, email string) profile.Customer {
	t.Helper()
	var c profile.Customer
	do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		c, err = profile.Register(ctx, tx, k, profile.Registration{Name: "Ada", Email: email, Locale: "de-DE", Market: "DE"})
		return err
	})
	return c
}

// facts returns how many facts of a kind were published.
func facts(t *testing.T, d *db.DB, kind string) []string {
	t.Helper()
	var bodies []string
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := event.Facts(t.Context(), tx, kind, 0, 100)
		for _, f := range all {
			bodies = append(bodies, fmt.Sprint(f))
		}
		return err
	})
	return bodies
}

func TestACustomerIsFoundByAnAddressWrittenAnotherWay(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		c := register(t, d, k, " Ada@Example.com ")
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := profile.FindByEmail(t.Context(), tx, k, "ada@example.COM")
			if err != nil {
				return err
			}
			if got != c || got.Email != "Ada@Example.com" || got.Name != "Ada" {
				t.Errorf("found %+v, registered %+v", got, c)
			}
			_, err = profile.FindByEmail(t.Context(), tx, k, "bob@example.com")
			if !errors.Is(err, profile.ErrNotFound) {
				t.Errorf("a stranger: %v, want ErrNotFound", err)
			}
			return nil
		})
		published := facts(t, d, "customer.registered")
		if len(published) != 1 || strings.Contains(strings.ToLower(published[0]), "ada") {
			t.Errorf("facts %v: want one, without personal data", published)
		}
	})
}

func TestOneAddressRegistersOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		var wg sync.WaitGroup
		results := make([]error, 8)
		for i := range results {
			wg.Go(func() {
				results[i] = try(t, d, func(ctx context.Context, tx *db.Tx) error {
					_, err := profile.Register(ctx, tx, k, profile.Registration{Email: "ada@example.com"})
					return err
				})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
			} else if !errors.Is(err, profile.ErrEmailTaken) {
				t.Error(err)
			}
		}
		if won != 1 || len(facts(t, d, "customer.registered")) != 1 {
			t.Errorf("%d of 8 registered, want 1", won)
		}
	})
}

func TestEmail(t *testing.T) {
	for _, tt := range []struct {
		name, email string
		ok          bool
	}{
		{"plain", "ada@example.com", true},
		{"plus and dots", "ada.l+shop@mail.example.co.uk", true},
		{"letters of any script", "ádá@példa.hu", true},
		{"an apostrophe", "o'brien@example.com", true},
		{"no at", "ada.example.com", false},
		{"nothing before the at", "@example.com", false},
		{"no dot in the domain", "ada@localhost", false},
		{"a domain ending in a dot", "ada@example.", false},
		{"two dots in a row", "ada@example..com", false},
		{"a second recipient", "ada@example.com,bob@example.com", false},
		{"a smuggled header", "ada@example.com\r\nBcc: all@example.com", false},
		{"a space inside", "ada love@example.com", false},
		{"255 characters", strings.Repeat("a", 60) + "@" + strings.Repeat("b", 190) + ".com", false},
		{"65 characters before the at", strings.Repeat("a", 65) + "@example.com", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ok, text := profile.CheckEmail(tt.email)
			if ok != tt.ok || ok == (text != "") {
				t.Errorf("%q: %v, %q; want %v, and the remedy if not", tt.email, ok, text, tt.ok)
			}
			d := dbtest.SQLite(t, schemas)
			err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
				_, err := profile.Register(ctx, tx, keeper(t), profile.Registration{Email: tt.email})
				return err
			})
			if tt.ok && err != nil || !tt.ok && !errors.Is(err, profile.ErrEmail) {
				t.Errorf("register %q: %v, want ok %v", tt.email, err, tt.ok)
			}
		})
	}
}

func TestAContactKeepsWhatIsHalfTyped(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		var id profile.ContactID
		do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			id, err = profile.SaveContact(ctx, tx, k, profile.Contact{Email: " ada@exam", Shipping: address.Address{Country: "DE"}})
			return err
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			c, err := profile.FindContact(t.Context(), tx, k, id)
			if c.Email != "ada@exam" || c.Shipping.Country != "DE" {
				t.Errorf("%+v", c)
			}
			return err
		})
		err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := profile.SaveContact(ctx, tx, k, profile.Contact{Email: strings.Repeat("a", 255)})
			return err
		})
		if !errors.Is(err, profile.ErrTooLong) {
			t.Errorf("a page of text as an e-mail address: %v, want ErrTooLong", err)
		}
	})
}

func TestNothingAboutAPersonStandsOpenInTheDatabase(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		c := register(t, d, k, "ada@example.com")
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := profile.AddAddress(ctx, tx, k, c.ID, berlin)
			return err
		})
		for _, query := range []string{
			`SELECT sealed FROM profile_contacts`, `SELECT sealed FROM profile_addresses`,
			`SELECT email_hash FROM profile_contacts`, `SELECT email_hash FROM profile_customers`,
		} {
			dbtest.Read(t, d, func(tx *db.Tx) error {
				stored, err := db.One(t.Context(), tx, func(row db.Row) (b []byte, err error) { return b, row.Scan(&b) }, query)
				for _, secret := range []string{"ada", "Ada", "example", "Linden", "10117"} {
					if bytes.Contains(stored, []byte(secret)) {
						t.Errorf("%s holds %q", query, secret)
					}
				}
				return err
			})
		}
	})
}

func TestAContactIsKeptAndChanged(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		var id profile.ContactID
		do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			id, err = profile.SaveContact(ctx, tx, k, profile.Contact{Email: "bob@example.com", Shipping: berlin})
			return err
		})
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			return profile.UpdateContact(ctx, tx, k, profile.Contact{ID: id, Email: "Bob@Example.org", Phone: "+49 30 1", Shipping: berlin, Billing: berlin})
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			c, err := profile.FindContact(t.Context(), tx, k, id)
			if c.Email != "Bob@Example.org" || c.Phone != "+49 30 1" || c.Billing != berlin || c.Person == "" {
				t.Errorf("contact %+v", c)
			}
			for email, want := range map[string]int{"bob@example.com": 0, "bob@example.org": 1} {
				people, err := profile.PeopleByEmail(t.Context(), tx, k, email)
				if err != nil || len(people) != want {
					t.Errorf("%s: %d people, %v; want %d", email, len(people), err, want)
				}
			}
			return err
		})
		err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
			return profile.UpdateContact(ctx, tx, k, profile.Contact{ID: "ctc_nobody"})
		})
		if !errors.Is(err, profile.ErrNoContact) {
			t.Errorf("an unknown contact: %v, want ErrNoContact", err)
		}
	})
}

// A day of birth waits for a lender a day from the last change, whatever
// becomes of the checkout; the rest of the contact stays.
func TestADayOfBirthThatNoLenderAsksForIsForgottenAfterADay(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		born := func(id profile.ContactID) (c profile.Contact) {
			t.Helper()
			do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
				if err = profile.ForgetBirths(ctx, tx, k); err == nil {
					c, err = profile.FindContact(ctx, tx, k, id)
				}
				return err
			})
			return c
		}
		var left, erased profile.ContactID
		do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			if left, err = profile.SaveContact(ctx, tx, k, profile.Contact{Email: "ada@example.com"}); err == nil {
				erased, err = profile.SaveContact(ctx, tx, k, profile.Contact{Email: "bob@example.com", Birth: "1990-05-17"})
			}
			return err
		})
		dbtest.Clock(d).Advance(20 * time.Hour)
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			gone, err := profile.FindContact(ctx, tx, k, erased)
			return errors.Join(err, profile.Erase(ctx, tx, gone.Person), profile.UpdateContact(ctx, tx, k, profile.Contact{ID: left, Email: "ada@example.com", Birth: "1990-05-17"}))
		})
		dbtest.Clock(d).Advance(23 * time.Hour)
		if c := born(left); c.Birth != "1990-05-17" {
			t.Errorf("forgotten while somebody may still pay: %+v", c)
		}
		dbtest.Clock(d).Advance(2 * time.Hour)
		if c := born(left); c.Birth != "" || c.Email != "ada@example.com" {
			t.Errorf("a day later it is %+v", c)
		}
	})
}

func TestACustomersOwnContactKeepsItsSignInAddress(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		c := register(t, d, k, "ada@example.com")
		register(t, d, k, "eve@example.com")
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			return profile.UpdateContact(ctx, tx, k, profile.Contact{ID: c.Contact, Name: "Countess", Email: "other@example.com"})
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := profile.Find(t.Context(), tx, k, c.ID)
			if got.Name != "Countess" || got.Email != "ada@example.com" {
				t.Errorf("%s <%s>, want Countess <ada@example.com>", got.Name, got.Email)
			}
			return err
		})
		err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
			return profile.ChangeEmail(ctx, tx, k, c.ID, "EVE@example.com")
		})
		if !errors.Is(err, profile.ErrEmailTaken) {
			t.Errorf("another's address: %v, want ErrEmailTaken", err)
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			return profile.ChangeEmail(ctx, tx, k, c.ID, "lovelace@example.com")
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := profile.FindByEmail(t.Context(), tx, k, "lovelace@example.com")
			if got.ID != c.ID || got.Email != "lovelace@example.com" {
				t.Errorf("found %+v", got)
			}
			return err
		})
	})
}

func TestManyContactsAreOneStatement(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		var ids []profile.ContactID
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			ids = nil
			for i := range 20 {
				id, err := profile.SaveContact(ctx, tx, k, profile.Contact{Email: fmt.Sprintf("p%d@example.com", i)})
				if err != nil {
					return err
				}
				ids = append(ids, id)
			}
			return profile.EraseContact(ctx, tx, ids[3])
		})
		count := dbtest.Count(d)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			found, err := profile.Contacts(t.Context(), tx, k, append(ids, "ctc_nobody"))
			if len(found) != 20 || found[ids[7]].Email != "p7@example.com" || found[ids[7]].Erased {
				t.Errorf("%d contacts, the eighth %+v", len(found), found[ids[7]])
			}
			if c := found[ids[3]]; !c.Erased || c.Email != "" {
				t.Errorf("the erased one: %+v", c)
			}
			return err
		})
		if n := count(); n != 1 {
			t.Errorf("%d statements, want 1", n)
		}
	})
}

func TestTheErasedCannotBeReadAndTheOthersCan(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		ada, eve := register(t, d, k, "ada@example.com"), register(t, d, k, "eve@example.com")
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := profile.AddAddress(ctx, tx, k, ada.ID, berlin)
			return err
		})
		for range 2 { // erasing twice erases once
			do(t, d, func(ctx context.Context, tx *db.Tx) error { return profile.Erase(ctx, tx, ada.Person) })
		}
		if n := len(facts(t, d, "customer.erased")); n != 1 {
			t.Errorf("%d facts, want 1", n)
		}
		for name, step := range map[string]func(ctx context.Context, tx *db.Tx) error{
			"find": func(ctx context.Context, tx *db.Tx) error { _, err := profile.Find(ctx, tx, k, ada.ID); return err },
			"find contact": func(ctx context.Context, tx *db.Tx) error {
				_, err := profile.FindContact(ctx, tx, k, ada.Contact)
				return err
			},
			"addresses": func(ctx context.Context, tx *db.Tx) error {
				_, err := profile.Addresses(ctx, tx, k, ada.ID)
				return err
			},
			"add address": func(ctx context.Context, tx *db.Tx) error {
				_, err := profile.AddAddress(ctx, tx, k, ada.ID, berlin)
				return err
			},
			"update contact": func(ctx context.Context, tx *db.Tx) error {
				return profile.UpdateContact(ctx, tx, k, profile.Contact{ID: ada.Contact, Name: "Ada"})
			},
			"a contact more": func(ctx context.Context, tx *db.Tx) error {
				_, err := profile.SaveContact(ctx, tx, k, profile.Contact{Person: ada.Person, Name: "Ada"})
				return err
			},
		} {
			if err := try(t, d, step); !errors.Is(err, profile.ErrErased) {
				t.Errorf("%s: %v, want ErrErased", name, err)
			}
		}
		again := register(t, d, k, "ada@example.com")
		if again.ID == ada.ID {
			t.Error("the erased customer came back")
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := profile.Find(t.Context(), tx, k, eve.ID)
			if got.Email != "eve@example.com" {
				t.Errorf("the other customer: %+v", got)
			}
			return err
		})
		if err := try(t, d, func(ctx context.Context, tx *db.Tx) error { return profile.Erase(ctx, tx, "per_nobody") }); !errors.Is(err, profile.ErrNotFound) {
			t.Errorf("erase nobody: %v, want ErrNotFound", err)
		}
	})
}

func TestAddressBook(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		ada, eve := register(t, d, k, "ada@example.com"), register(t, d, k, "eve@example.com")
		var ids []profile.AddressID
		for range 50 {
			do(t, d, func(ctx context.Context, tx *db.Tx) error {
				id, err := profile.AddAddress(ctx, tx, k, ada.ID, berlin)
				ids = append(ids, id)
				return err
			})
		}
		for _, tt := range []struct {
			name string
			step func(ctx context.Context, tx *db.Tx) error
			want error
		}{
			{"a full book takes no more", func(ctx context.Context, tx *db.Tx) error {
				_, err := profile.AddAddress(ctx, tx, k, ada.ID, berlin)
				return err
			}, profile.ErrAddresses},
			{"an address without a street", func(ctx context.Context, tx *db.Tx) error {
				_, err := profile.AddAddress(ctx, tx, k, eve.ID, address.Address{Name: "Eve", Country: "DE"})
				return err
			}, profile.ErrAddress},
			{"another's address is no default", func(ctx context.Context, tx *db.Tx) error {
				return profile.SetDefaultAddress(ctx, tx, eve.ID, ids[0])
			}, profile.ErrNoAddress},
			{"another's address is not removed", func(ctx context.Context, tx *db.Tx) error {
				return profile.RemoveAddress(ctx, tx, eve.ID, ids[0])
			}, nil},
			{"the default goes", func(ctx context.Context, tx *db.Tx) error {
				return profile.RemoveAddress(ctx, tx, ada.ID, ids[0])
			}, nil},
			{"another becomes the default", func(ctx context.Context, tx *db.Tx) error {
				return profile.SetDefaultAddress(ctx, tx, ada.ID, ids[7])
			}, nil},
		} {
			if err := try(t, d, tt.step); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := profile.AddAddress(ctx, tx, k, eve.ID, address.Address{Name: "Eve", Country: "DE"})
			return err
		})
		for _, field := range []string{"line1: ", "city: ", "postal_code: "} {
			if !strings.Contains(fault.TextOf(err), field) {
				t.Errorf("%v does not name %s", err, field)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			book, err := profile.Addresses(t.Context(), tx, k, ada.ID)
			if err != nil || len(book) != 49 {
				t.Fatalf("%d addresses, %v; want 49", len(book), err)
			}
			for _, a := range book {
				if a.Address != berlin || a.Default != (a.ID == ids[7]) {
					t.Errorf("%+v", a)
				}
			}
			if hers, err := profile.Addresses(t.Context(), tx, k, eve.ID); err != nil || len(hers) != 0 {
				t.Errorf("the other's book: %v, %v", hers, err)
			}
			return nil
		})
	})
}
