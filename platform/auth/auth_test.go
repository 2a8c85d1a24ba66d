package auth_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

var schemas = []fs.FS{auth.Schema}

const (
	address   = "203.0.113.7"
	elsewhere = "198.51.100.9"
	good      = "correct horse battery"
)

// argon keeps tests that count hashes from counting each other's.
var argon sync.Mutex

func key(t *testing.T, d *db.DB, n auth.NewKey) (k auth.Key, secret string) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		k, secret, err = auth.CreateKey(t.Context(), tx, n)
		return err
	})
	return k, secret
}

func staff(t *testing.T, d *db.DB, email, role string) (s auth.Staff) {
	t.Helper()
	hash, err := auth.HashPassword(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		s, err = auth.CreateStaff(t.Context(), tx, auth.Staff{Name: "Ada", Email: email, Role: role}, hash)
		return err
	})
	return s
}

func session(t *testing.T, d *db.DB, realm auth.Realm, token string) (s auth.Session, err error) {
	t.Helper()
	readErr := d.Read(t.Context(), func(tx *db.Tx) error {
		s, err = auth.FindSession(t.Context(), tx, realm, token)
		return nil
	})
	if readErr != nil {
		t.Fatal(readErr)
	}
	return s, err
}

func want(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestARevokedKeyIsRefusedAtOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		ctx, gate := t.Context(), auth.NewGate(d)
		k, secret := key(t, d, auth.NewKey{Kind: auth.Secret, Name: "erp", Scopes: []string{"orders.read", "stock.*"}})
		got, err := gate.Key(ctx, secret)
		if err != nil || got.ID != k.ID || !got.Allows("orders.read") || !got.Allows("stock.write") || got.Allows("orders.write") || got.Allows("store") {
			t.Fatalf("%+v, %v", got, err)
		}
		statements := dbtest.Count(d)
		if _, err := gate.Key(ctx, secret); err != nil || statements() != 0 {
			t.Errorf("a key found lately cost %d statements, %v", statements(), err)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			if err := auth.RevokeKey(ctx, tx, k.ID); err != nil {
				return err
			}
			_, err := auth.FindKey(ctx, tx, secret)
			want(t, "in the same transaction", err, auth.ErrKey)
			return nil
		})
		_, err = gate.Key(ctx, secret)
		want(t, "after it", err, auth.ErrKey)
	})
}

func TestARevocationThatIsRolledBackRevokesNothing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k, secret := key(t, d, auth.NewKey{Kind: auth.Publishable, Channel: "web"})
		stop := errors.New("stop")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := auth.RevokeKey(t.Context(), tx, k.ID); err != nil {
				return err
			}
			return stop
		})
		want(t, "the transaction", err, stop)
		got, err := auth.NewGate(d).Key(t.Context(), secret)
		if err != nil || got.Channel != "web" || !got.Allows(auth.ScopeStore) || got.Allows("orders.read") {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestKeysThatAreNone(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		_, secret := key(t, d, auth.NewKey{Kind: auth.Secret, Scopes: []string{"*"}})
		statements := dbtest.Count(d)
		for _, wrong := range []string{"", "sk_", "pk_" + secret[3:], secret + "0", strings.ToUpper(secret), "sk_' OR 1=1"} {
			_, err := auth.NewGate(d).Key(t.Context(), wrong)
			want(t, wrong, err, auth.ErrKey)
		}
		if n := statements(); n != 1 { // only pk_… has the form of a key
			t.Errorf("%d statements", n)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, _, err := auth.CreateKey(t.Context(), tx, auth.NewKey{Kind: auth.Secret, Scopes: []string{"everything"}})
			return err
		})
		want(t, "an unknown scope", err, auth.ErrScopes)
	})
}

func TestUseOfAKeyIsNotedOffTheRequestPath(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		clock, gate := dbtest.Clock(d), auth.NewGate(d)
		_, secret := key(t, d, auth.NewKey{Kind: auth.Secret})
		for range 3 {
			if _, err := gate.Key(t.Context(), secret); err != nil {
				t.Fatal(err)
			}
		}
		if err := auth.Flush(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		statements := dbtest.Count(d)
		clock.Advance(30 * time.Second)
		gate.Key(t.Context(), secret)
		if err := auth.Flush(t.Context(), d); err != nil || statements() != 1 {
			t.Errorf("within a minute %d statements, want 1 that finds the key; %v", statements(), err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			keys, err := auth.ListKeys(t.Context(), tx)
			if err == nil && (len(keys) != 1 || !keys[0].LastUsedAt.Equal(dbtest.Noon) || keys[0].Hint != secret[len(secret)-4:]) {
				t.Errorf("%+v", keys)
			}
			return err
		})
	})
}

func TestRolesAllowWhatIsListedOnly(t *testing.T) {
	for _, c := range []struct {
		role, action string
		want         bool
	}{
		{auth.RoleOwner, "settings.write", true},
		{auth.RoleManager, "settings.write", false},
		{auth.RoleManager, "promotions.write", true},
		{auth.RoleAssociate, "stock.write", true},
		{auth.RoleAssociate, "orders.write", false},
		{auth.RoleSupport, "exceptions.write", true},
		{auth.RoleSupport, "catalog.write", false},
		{auth.RoleOwner, "everything", false},
		{"", "orders.read", false},
		{"root", "orders.read", false},
	} {
		if got := auth.Allowed(c.role, c.action); got != c.want {
			t.Errorf("%q may %q: %v", c.role, c.action, got)
		}
	}
	for _, a := range auth.Actions() {
		if !auth.Allowed(auth.RoleOwner, a) {
			t.Errorf("an owner may not %s", a)
		}
	}
	if err := (auth.Session{Realm: auth.RealmCustomer, Role: auth.RoleOwner}).Can("orders.read"); !errors.Is(err, auth.ErrDenied) {
		t.Errorf("a customer with a role: %v", err)
	}
}

func TestSessionsEnd(t *testing.T) {
	for _, c := range []struct {
		name  string
		realm auth.Realm
		after []time.Duration // seen after each
		ended bool
	}{
		{"staff after half an hour", auth.RealmStaff, []time.Duration{30 * time.Minute}, true},
		{"not before", auth.RealmStaff, []time.Duration{29 * time.Minute}, false},
		{"staff who stay busy stay", auth.RealmStaff, []time.Duration{20 * time.Minute, 20 * time.Minute, 20 * time.Minute}, false},
		{"staff after twelve hours however busy", auth.RealmStaff, busy(25*time.Minute, 29), true},
		{"customers after thirty days", auth.RealmCustomer, []time.Duration{30 * 24 * time.Hour}, true},
		{"customers not before", auth.RealmCustomer, []time.Duration{29 * 24 * time.Hour}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				clock := dbtest.Clock(d)
				subject := "cus_1"
				if c.realm == auth.RealmStaff {
					subject = string(staff(t, d, "ada@example.com", auth.RoleOwner).ID)
				}
				var token string
				dbtest.Write(t, d, func(tx *db.Tx) (err error) {
					_, token, err = auth.StartSession(t.Context(), tx, c.realm, subject)
					return err
				})
				var err error
				for _, wait := range c.after {
					clock.Advance(wait)
					_, err = session(t, d, c.realm, token)
					if err := auth.Flush(t.Context(), d); err != nil {
						t.Fatal(err)
					}
				}
				if ended := errors.Is(err, auth.ErrSession); ended != c.ended {
					t.Errorf("ended: %v, %v", ended, err)
				}
				dbtest.Write(t, d, func(tx *db.Tx) error { return auth.Sweep(t.Context(), tx) })
				if _, err := session(t, d, c.realm, token); (err != nil) != c.ended {
					t.Errorf("after sweeping: %v", err)
				}
			})
		})
	}
}

func busy(every time.Duration, times int) []time.Duration {
	all := make([]time.Duration, times)
	for i := range all {
		all[i] = every
	}
	return all
}

func TestASessionOpensItsRealmOnly(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		ada := staff(t, d, "ada@example.com", auth.RoleManager)
		s, token, err := auth.SignIn(t.Context(), d, auth.RealmStaff, " ADA@example.com", good, address)
		if err != nil || s.Subject != string(ada.ID) || s.Role != auth.RoleManager || s.Name != "Ada" {
			t.Fatalf("%+v, %v", s, err)
		}
		_, err = session(t, d, auth.RealmCustomer, token)
		want(t, "as a customer", err, auth.ErrSession)

		var fresh string
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			fresh, err = auth.RotateSession(t.Context(), tx, auth.RealmStaff, token)
			return err
		})
		_, err = session(t, d, auth.RealmStaff, token)
		want(t, "with the old token", err, auth.ErrSession)
		if _, err = session(t, d, auth.RealmStaff, fresh); err != nil {
			t.Errorf("with the new one: %v", err)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error { return auth.SignOut(t.Context(), tx, auth.RealmStaff, fresh) })
		_, err = session(t, d, auth.RealmStaff, fresh)
		want(t, "signed out", err, auth.ErrSession)
	})
}

func TestARoleChangesInOpenSessions(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		ada, bob := staff(t, d, "ada@example.com", auth.RoleOwner), staff(t, d, "bob@example.com", auth.RoleOwner)
		_, token, err := auth.SignIn(ctx, d, auth.RealmStaff, bob.Email, good, address)
		if err != nil {
			t.Fatal(err)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error { return auth.SetRole(ctx, tx, bob.ID, auth.RoleSupport) })
		if s, err := session(t, d, auth.RealmStaff, token); err != nil || !errors.Is(s.Can("catalog.write"), auth.ErrDenied) || s.Can("orders.read") != nil {
			t.Errorf("%+v, %v", s, err)
		}
		want(t, "the last owner", d.Write(ctx, func(tx *db.Tx) error { return auth.SetRole(ctx, tx, ada.ID, auth.RoleManager) }), auth.ErrLastOwner)
		want(t, "dismissing her", d.Write(ctx, func(tx *db.Tx) error { return auth.Dismiss(ctx, tx, ada.ID) }), auth.ErrLastOwner)
		dbtest.Write(t, d, func(tx *db.Tx) error { return auth.Dismiss(ctx, tx, bob.ID) })
		_, err = session(t, d, auth.RealmStaff, token)
		want(t, "a session of somebody who left", err, auth.ErrSession)
		_, _, err = auth.SignIn(ctx, d, auth.RealmStaff, bob.Email, good, address)
		want(t, "signing in again", err, auth.ErrSignIn)
	})
}

func TestTwoOwnersCannotDemoteEachOther(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		owners := []auth.Staff{staff(t, d, "ada@example.com", auth.RoleOwner), staff(t, d, "bob@example.com", auth.RoleOwner)}
		var done atomic.Int64
		together(8, func(i int) {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				return auth.SetRole(t.Context(), tx, owners[i%2].ID, auth.RoleSupport)
			})
			if err == nil {
				done.Add(1)
			} else {
				want(t, "the other", err, auth.ErrLastOwner)
			}
		})
		dbtest.Read(t, d, func(tx *db.Tx) error {
			everyone, err := auth.ListStaff(t.Context(), tx)
			left := 0
			for _, s := range everyone {
				if s.Role == auth.RoleOwner {
					left++
				}
			}
			if left != 1 {
				t.Errorf("%d owners are left", left)
			}
			return err
		})
	})
}

func together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			fn(i)
		})
	}
	close(start)
	wg.Wait()
}

func TestStaffWhoCannotBe(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		staff(t, d, "ada@example.com", auth.RoleOwner)
		hash, _ := auth.HashPassword(t.Context(), good)
		for _, c := range []struct {
			name        string
			email, role string
			hash        string
			want        error
		}{
			{"an address taken, in other letters", "Ada@Example.com", auth.RoleSupport, hash, auth.ErrLoginTaken},
			{"no address", "ada", auth.RoleSupport, hash, auth.ErrEmail},
			{"no role", "bob@example.com", "boss", hash, auth.ErrRole},
			{"a password in clear", "bob@example.com", auth.RoleSupport, good, nil},
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := auth.CreateStaff(t.Context(), tx, auth.Staff{Email: c.email, Role: c.role}, c.hash)
				return err
			})
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			everyone, err := auth.ListStaff(t.Context(), tx)
			if len(everyone) != 1 {
				t.Errorf("%d members of staff, want 1", len(everyone))
			}
			return err
		})
	})
}

func TestWeakPasswordsAreRefused(t *testing.T) {
	for _, weak := range []string{"", "short", "1234567", "password123", "PassWord123", "aaaaaaaaaaaa", "jelszo123", strings.Repeat("long ", 500)} {
		_, err := auth.HashPassword(t.Context(), weak)
		want(t, fmt.Sprintf("%.20q", weak), err, auth.ErrWeak)
	}
	one, err := auth.HashPassword(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	if two, _ := auth.HashPassword(t.Context(), good); one == two || strings.Contains(one, good) {
		t.Error("two people with one password have one hash")
	}
}
