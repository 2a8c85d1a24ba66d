package auth_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func signIn(t *testing.T, d *db.DB, email, password, ip string) error {
	t.Helper()
	_, token, err := auth.SignIn(t.Context(), d, auth.RealmStaff, email, password, ip)
	if (token != "") != (err == nil) {
		t.Errorf("token %q with error %v", token, err)
	}
	return err
}

// Nobody learns from words, from work or from limits whether an account exists.
func TestUnknownNamesAreAnsweredLikeWrongPasswords(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		argon.Lock()
		defer argon.Unlock()
		staff(t, d, "ada@example.com", auth.RoleOwner)
		var answers [2][]error
		var work, statements [2]int64
		for i, email := range []string{"ada@example.com", "nobody@example.com"} {
			before, count := auth.Runs(), dbtest.Count(d)
			for range 6 {
				answers[i] = append(answers[i], signIn(t, d, email, "a wrong password", address))
			}
			work[i], statements[i] = auth.Runs()-before, int64(count())
		}
		for i := range answers[0] {
			if answers[0][i].Error() != answers[1][i].Error() {
				t.Errorf("try %d: %v and %v", i, answers[0][i], answers[1][i])
			}
		}
		if work[0] != work[1] || work[0] != 5 || statements[0] != statements[1] {
			t.Errorf("argon ran %v times in %v statements", work, statements)
		}
		want(t, "the sixth", answers[1][5], auth.ErrLimited)
	})
}

func TestFiveTriesInAQuarterOfAnHour(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		clock := dbtest.Clock(d)
		staff(t, d, "ada@example.com", auth.RoleOwner)
		for range 5 {
			want(t, "a wrong password", signIn(t, d, "ada@example.com", "wrong password", address), auth.ErrSignIn)
		}
		want(t, "the right one after five", signIn(t, d, "ada@example.com", good, address), auth.ErrLimited)
		want(t, "in other letters", signIn(t, d, "ADA@example.com ", good, address), auth.ErrLimited)
		if err := signIn(t, d, "ada@example.com", good, elsewhere); err != nil {
			t.Errorf("a stranger locked the owner out: %v", err)
		}
		clock.Advance(14*time.Minute + 59*time.Second)
		want(t, "before the time", signIn(t, d, "ada@example.com", good, address), auth.ErrLimited)
		clock.Advance(time.Second)
		if err := signIn(t, d, "ada@example.com", good, address); err != nil {
			t.Errorf("after a quarter of an hour: %v", err)
		}
		for range 4 {
			want(t, "a wrong password", signIn(t, d, "ada@example.com", "wrong password", address), auth.ErrSignIn)
		}
		if err := signIn(t, d, "ada@example.com", good, address); err != nil {
			t.Errorf("the fifth may be right: %v", err)
		}
		want(t, "and counting begins anew", signIn(t, d, "ada@example.com", "wrong password", address), auth.ErrSignIn)
	})
}

// Many tries at once are no way around the limit.
func TestAtOnceOrOneByOneTheLimitIsFive(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		argon.Lock()
		defer argon.Unlock()
		before := auth.Runs()
		var limited atomic.Int64
		together(24, func(int) {
			if errors.Is(signIn(t, d, "ada@example.com", "wrong password", address), auth.ErrLimited) {
				limited.Add(1)
			}
		})
		if limited.Load() != 19 || auth.Runs()-before != 5 {
			t.Errorf("%d were limited, %d were looked at", limited.Load(), auth.Runs()-before)
		}
	})
}

func TestOneNetworkCannotTryAThousandAccounts(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		var limited atomic.Int64
		together(110, func(i int) {
			err := auth.Try(t.Context(), d, fmt.Sprintf("%d@example.com", i), fmt.Sprintf("203.0.113.%d", i))
			if errors.Is(err, auth.ErrLimited) {
				limited.Add(1)
			}
		})
		if limited.Load() != 10 {
			t.Errorf("%d of 110 were limited, want 10", limited.Load())
		}
		if err := auth.Try(t.Context(), d, "ada@example.com", elsewhere); err != nil {
			t.Errorf("another network: %v", err)
		}
	})
}

func TestAResetLinkIsGoodOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		ada := string(staff(t, d, "ada@example.com", auth.RoleOwner).ID)
		_, session1, err := auth.SignIn(ctx, d, auth.RealmStaff, "ada@example.com", good, address)
		if err != nil {
			t.Fatal(err)
		}
		var link, second string
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			if link, err = auth.CreateToken(ctx, tx, auth.RealmStaff, auth.PurposeReset, ada); err != nil {
				return err
			}
			second, err = auth.CreateToken(ctx, tx, auth.RealmStaff, auth.PurposeReset, ada)
			return err
		})
		hash, err := auth.HashPassword(ctx, "another good one")
		if err != nil {
			t.Fatal(err)
		}
		var used atomic.Int64
		together(32, func(int) {
			err := d.Write(ctx, func(tx *db.Tx) error {
				_, err := auth.ResetPassword(ctx, tx, auth.RealmStaff, link, hash)
				return err
			})
			if err == nil {
				used.Add(1)
			} else {
				want(t, "the others", err, auth.ErrToken)
			}
		})
		if used.Load() != 1 {
			t.Errorf("the link was used %d times", used.Load())
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			_, err := auth.ResetPassword(ctx, tx, auth.RealmStaff, second, hash)
			return err
		})
		want(t, "another link of the same person", err, auth.ErrToken)
		_, err = session(t, d, auth.RealmStaff, session1)
		want(t, "a session from before", err, auth.ErrSession)
		want(t, "the old password", signIn(t, d, "ada@example.com", good, address), auth.ErrSignIn)
		if err := signIn(t, d, "ada@example.com", "another good one", address); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}

func TestLinksThatDoNotOpen(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		ctx, clock := t.Context(), dbtest.Clock(d)
		var link string
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			link, err = auth.CreateToken(ctx, tx, auth.RealmCustomer, auth.PurposeMagic, "cus_1")
			return err
		})
		use := func(realm auth.Realm, purpose auth.Purpose, token string) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				_, err := auth.UseToken(ctx, tx, realm, purpose, token)
				return err
			})
		}
		want(t, "another realm", use(auth.RealmStaff, auth.PurposeMagic, link), auth.ErrToken)
		want(t, "another purpose", use(auth.RealmCustomer, auth.PurposeReset, link), auth.ErrToken)
		want(t, "another token", use(auth.RealmCustomer, auth.PurposeMagic, link+"0"), auth.ErrToken)
		clock.Advance(30 * time.Minute)
		want(t, "half an hour later", use(auth.RealmCustomer, auth.PurposeMagic, link), auth.ErrToken)
	})
}

func TestACustomerSignsInByAHashOfTheAddress(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		hash, err := auth.HashPassword(ctx, good)
		if err != nil {
			t.Fatal(err)
		}
		set := func(subject, login string) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				return auth.SetPassword(ctx, tx, auth.RealmCustomer, subject, login, hash)
			})
		}
		if err := set("cus_1", "ada@example.com"); err == nil {
			t.Error("a customer's address was stored in clear")
		}
		if err := set("cus_1", "AbCd"); err != nil {
			t.Fatal(err)
		}
		want(t, "another customer with the address", set("cus_2", "AbCd"), auth.ErrLoginTaken)
		s, _, err := auth.SignIn(ctx, d, auth.RealmCustomer, "AbCd", good, address)
		if err != nil || s.Subject != "cus_1" || s.Role != "" {
			t.Errorf("%+v, %v", s, err)
		}
		_, _, err = auth.SignIn(ctx, d, auth.RealmCustomer, "abcd", good, address)
		want(t, "another hash", err, auth.ErrSignIn)
		dbtest.Write(t, d, func(tx *db.Tx) error { return auth.RemovePassword(ctx, tx, auth.RealmCustomer, "cus_1") })
		_, _, err = auth.SignIn(ctx, d, auth.RealmCustomer, "AbCd", good, address)
		want(t, "an erased customer", err, auth.ErrSignIn)
	})
}

// Who changes the password while an old one is being checked wins.
func TestAPasswordChangedMeanwhileStartsNoSession(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		ada := string(staff(t, d, "ada@example.com", auth.RoleOwner).ID)
		hash, err := auth.HashPassword(ctx, "another good one")
		if err != nil {
			t.Fatal(err)
		}
		var started atomic.Pointer[string]
		together(2, func(i int) {
			if i == 0 {
				_, token, err := auth.SignIn(ctx, d, auth.RealmStaff, "ada@example.com", good, address)
				if err == nil {
					started.Store(&token)
				}
				return
			}
			err := d.Write(ctx, func(tx *db.Tx) error {
				return auth.SetPassword(ctx, tx, auth.RealmStaff, ada, "ada@example.com", hash)
			})
			if err != nil {
				t.Error(err)
			}
		})
		if token := started.Load(); token != nil {
			_, err := session(t, d, auth.RealmStaff, *token)
			want(t, "a session of the old password", err, auth.ErrSession)
		}
	})
}
