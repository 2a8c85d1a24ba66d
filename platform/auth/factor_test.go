package auth_test

import (
	"bytes"
	"encoding/base32"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/seal"
)

func keeper(t *testing.T) *seal.Keeper {
	t.Helper()
	k, err := seal.Open(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The codes of RFC 6238, appendix B.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := auth.TOTP(secret, time.Unix(at, 0), 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

// app is an authenticator app that somebody set up, and their recovery codes.
type app struct {
	secret []byte
	codes  []string
}

func (a app) code(at time.Time) string { return auth.TOTP(a.secret, at, 6) }

func withApp(t *testing.T, d *db.DB, who auth.Staff) (a app) {
	t.Helper()
	k := keeper(t)
	dbtest.Write(t, d, func(tx *db.Tx) error {
		_, text, err := auth.BeginTOTP(t.Context(), tx, k, auth.RealmStaff, string(who.ID), "Phone")
		if err != nil {
			return err
		}
		if a.secret, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text); err != nil {
			return err
		}
		if _, err := auth.ConfirmTOTP(t.Context(), tx, k, auth.RealmStaff, string(who.ID), a.code(tx.Now)); err != nil {
			return err
		}
		a.codes, err = auth.DrawRecovery(t.Context(), tx, k, auth.RealmStaff, string(who.ID))
		return err
	})
	return a
}

func begins(t *testing.T, d *db.DB, who auth.Staff) (token string) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		_, token, err = auth.StartSession(t.Context(), tx, auth.RealmStaff, string(who.ID))
		return err
	})
	return token
}

func TestWhoHasASecondFactorMayDoNothingBeforeItIsShown(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		clock, k := dbtest.Clock(d), keeper(t)
		ada := staff(t, d, "ada@example.com", auth.RoleOwner)
		before := begins(t, d, ada)
		a := withApp(t, d, ada)
		if s, err := session(t, d, auth.RealmStaff, before); err != nil || s.Can("orders.read") != nil {
			t.Errorf("the session that set the factor up: %+v %v", s, err)
		}
		token := begins(t, d, ada)
		s, err := session(t, d, auth.RealmStaff, token)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "reading orders", s.Can("orders.read"), auth.ErrSecond)
		clock.Advance(time.Minute)
		fresh, err := auth.ProveByCode(t.Context(), d, k, auth.RealmStaff, token, a.code(d.Now()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := session(t, d, auth.RealmStaff, token); err == nil {
			t.Error("the token from before the proof is still good")
		}
		if s, err := session(t, d, auth.RealmStaff, fresh); err != nil || s.Can("orders.read") != nil || !s.Fresh(d.Now()) || s.Fresh(d.Now().Add(auth.ProofLife+time.Second)) {
			t.Errorf("after the proof: %+v %v", s, err)
		}
		_, err = auth.ProveByCode(t.Context(), d, k, auth.RealmStaff, fresh, a.code(d.Now()))
		want(t, "the same code again", err, auth.ErrSecondCode)
		_, err = auth.ProveByCode(t.Context(), d, k, auth.RealmStaff, fresh, a.code(d.Now().Add(-30*time.Second)))
		want(t, "the code before it", err, auth.ErrSecondCode)
		clock.Advance(2 * time.Minute)
		_, err = auth.ProveByCode(t.Context(), d, k, auth.RealmStaff, fresh, a.code(d.Now().Add(-time.Minute)))
		want(t, "a code of a minute ago", err, auth.ErrSecondCode)
		_, err = auth.ProveByPassword(t.Context(), d, auth.RealmStaff, fresh, good)
		want(t, "the password instead", err, auth.ErrSecond)
	})
}

func TestARecoveryCodeIsGoodOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k, ada, bob := keeper(t), staff(t, d, "ada@example.com", auth.RoleOwner), staff(t, d, "bob@example.com", auth.RoleOwner)
		a, b := withApp(t, d, ada), withApp(t, d, bob)
		token := begins(t, d, ada)
		_, err := auth.ProveByCode(t.Context(), d, k, auth.RealmStaff, token, b.codes[0])
		want(t, "another's", err, auth.ErrSecondCode)
		token, err = auth.ProveByCode(t.Context(), d, k, auth.RealmStaff, token, " "+a.codes[0][:5]+a.codes[0][6:])
		want(t, "typed without its hyphen", err, nil)
		_, err = auth.ProveByCode(t.Context(), d, k, auth.RealmStaff, token, a.codes[0])
		want(t, "again", err, auth.ErrSecondCode)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			if left, err := auth.RecoveryLeft(t.Context(), tx, auth.RealmStaff, string(ada.ID)); err != nil || left != 9 {
				t.Errorf("%d are left: %v", left, err)
			}
			_, err := auth.DrawRecovery(t.Context(), tx, k, auth.RealmStaff, string(ada.ID))
			return err
		})
		_, err = auth.ProveByCode(t.Context(), d, k, auth.RealmStaff, token, a.codes[1])
		want(t, "one drawn before the last", err, auth.ErrSecondCode)
	})
}

// Of many that send one code at once, one is let in.
func TestOneCodeAtOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		clock, k, ada := dbtest.Clock(d), keeper(t), staff(t, d, "ada@example.com", auth.RoleOwner)
		a := withApp(t, d, ada)
		clock.Advance(time.Minute)
		for _, code := range []string{a.code(d.Now()), a.codes[0]} {
			var in atomic.Int64
			var all sync.WaitGroup
			for range 4 {
				token := begins(t, d, ada)
				all.Go(func() {
					_, err := auth.ProveByCode(t.Context(), d, k, auth.RealmStaff, token, code)
					if err == nil {
						in.Add(1)
					} else {
						want(t, "the others", err, auth.ErrSecondCode)
					}
				})
			}
			all.Wait()
			if in.Load() != 1 {
				t.Errorf("%d were let in by one code", in.Load())
			}
			clock.Advance(16 * time.Minute)
		}
	})
}

func TestFiveWrongCodesInAQuarterOfAnHour(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		clock, k, ada := dbtest.Clock(d), keeper(t), staff(t, d, "ada@example.com", auth.RoleOwner)
		a, token := withApp(t, d, ada), begins(t, d, ada)
		for _, wrong := range []string{"", "abc", "0000000000", "12345678", a.code(d.Now().Add(time.Hour))} {
			_, err := auth.ProveByCode(t.Context(), d, k, auth.RealmStaff, token, wrong)
			want(t, wrong, err, auth.ErrSecondCode)
		}
		clock.Advance(time.Minute)
		_, err := auth.ProveByCode(t.Context(), d, k, auth.RealmStaff, token, a.code(d.Now()))
		want(t, "the right one after five", err, auth.ErrLimited)
		_, err = auth.ProveByCode(t.Context(), d, k, auth.RealmStaff, begins(t, d, ada), a.code(d.Now()))
		want(t, "in another session", err, auth.ErrLimited)
		clock.Advance(14 * time.Minute)
		_, err = auth.ProveByCode(t.Context(), d, k, auth.RealmStaff, token, a.code(d.Now()))
		want(t, "after a quarter of an hour", err, nil)
	})
}

func TestAnAppCountsOnceItShowedACode(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k, ada := keeper(t), staff(t, d, "ada@example.com", auth.RoleOwner)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			_, first, err := auth.BeginTOTP(t.Context(), tx, k, auth.RealmStaff, string(ada.ID), "Phone")
			if err != nil {
				return err
			}
			if _, shown, err := auth.UnconfirmedTOTP(t.Context(), tx, k, auth.RealmStaff, string(ada.ID)); err != nil || shown != first {
				t.Errorf("shown again it is another: %v", err)
			}
			_, err = auth.ConfirmTOTP(t.Context(), tx, k, auth.RealmStaff, string(ada.ID), "000000")
			want(t, "a code of nothing", err, auth.ErrSecondCode)
			return nil
		})
		if s, err := session(t, d, auth.RealmStaff, begins(t, d, ada)); err != nil || s.Second || s.Can("orders.read") != nil {
			t.Errorf("it counts already: %+v %v", s, err)
		}
	})
}

func TestWithoutASecondFactorThePasswordProves(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		argon.Lock()
		defer argon.Unlock()
		clock, ada := dbtest.Clock(d), staff(t, d, "ada@example.com", auth.RoleOwner)
		token := begins(t, d, ada)
		clock.Advance(auth.ProofLife + time.Second)
		if s, err := session(t, d, auth.RealmStaff, token); err != nil || s.Fresh(d.Now()) || s.Can("payments.refund") != nil {
			t.Errorf("after a quarter of an hour: %+v %v", s, err)
		}
		_, err := auth.ProveByPassword(t.Context(), d, auth.RealmStaff, token, "wrong password")
		want(t, "a wrong one", err, auth.ErrSignIn)
		fresh, err := auth.ProveByPassword(t.Context(), d, auth.RealmStaff, token, good)
		want(t, "the right one", err, nil)
		if s, err := session(t, d, auth.RealmStaff, fresh); err != nil || !s.Fresh(d.Now()) {
			t.Errorf("after the proof: %+v %v", s, err)
		}
		for range 5 {
			_, _ = auth.ProveByPassword(t.Context(), d, auth.RealmStaff, fresh, "wrong password")
		}
		_, err = auth.ProveByPassword(t.Context(), d, auth.RealmStaff, fresh, good)
		want(t, "the right one after five", err, auth.ErrLimited)
	})
}

func TestAShopMayAskEverybodyForASecondFactor(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		ada, bob := staff(t, d, "ada@example.com", auth.RoleOwner), staff(t, d, "bob@example.com", auth.RoleManager)
		withApp(t, d, bob)
		token := begins(t, d, ada)
		dbtest.Write(t, d, func(tx *db.Tx) error { return auth.RequireSecond(t.Context(), tx, true) })
		s, err := session(t, d, auth.RealmStaff, token)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "who has none", s.Can("orders.read"), auth.ErrEnroll)
		dbtest.Write(t, d, func(tx *db.Tx) error { return auth.RequireSecond(t.Context(), tx, false) })
		if s, _ := session(t, d, auth.RealmStaff, token); s.Can("orders.read") != nil {
			t.Error("it is still asked for")
		}
	})
}

func TestTheLastFactorTakesTheRecoveryCodesAlong(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		ada := staff(t, d, "ada@example.com", auth.RoleOwner)
		withApp(t, d, ada)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			all, err := auth.Factors(t.Context(), tx, auth.RealmStaff, string(ada.ID))
			if err != nil || len(all) != 1 {
				t.Fatalf("%d factors: %v", len(all), err)
			}
			want(t, "of somebody else", auth.RemoveFactor(t.Context(), tx, auth.RealmStaff, "stf_none", all[0].ID), auth.ErrNotFound)
			want(t, "one's own", auth.RemoveFactor(t.Context(), tx, auth.RealmStaff, string(ada.ID), all[0].ID), nil)
			left, err := auth.RecoveryLeft(t.Context(), tx, auth.RealmStaff, string(ada.ID))
			if left != 0 {
				t.Errorf("%d recovery codes are left", left)
			}
			return err
		})
		if s, err := session(t, d, auth.RealmStaff, begins(t, d, ada)); err != nil || s.Can("orders.read") != nil {
			t.Errorf("without a factor: %+v %v", s, err)
		}
	})
}
