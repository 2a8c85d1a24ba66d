package auth_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// mailed is a mail to cus_1 whose secrets are told by name.
func mailed(t *testing.T, d *db.DB, name string) auth.Magic {
	t.Helper()
	m := auth.Magic{Token: "token " + name, Code: "482913", Ticket: "ticket " + name}
	dbtest.Write(t, d, func(tx *db.Tx) error { return auth.KeepMagic(t.Context(), tx, auth.RealmCustomer, "cus_1", m) })
	return m
}

func useMagic(t *testing.T, d *db.DB, token, ticket string) (subject string, err error) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		subject, err = auth.UseMagic(t.Context(), tx, auth.RealmCustomer, token, ticket)
		return nil
	})
	return subject, err
}

func TestAMailSignsInOnceAndOnlyTheBrowserThatAsked(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		clock := dbtest.Clock(d)
		m, other := mailed(t, d, "a"), mailed(t, d, "b")
		_, err := useMagic(t, d, m.Token, other.Ticket)
		want(t, "another browser", err, auth.ErrElsewhere)
		_, err = useMagic(t, d, m.Token, "")
		want(t, "a browser that asked for nothing", err, auth.ErrElsewhere)
		subject, err := useMagic(t, d, m.Token, m.Ticket)
		if subject != "cus_1" || err != nil {
			t.Fatalf("the browser that asked: %q, %v", subject, err)
		}
		_, err = useMagic(t, d, m.Token, m.Ticket)
		want(t, "again", err, auth.ErrToken)
		_, err = auth.UseCode(t.Context(), d, auth.RealmCustomer, m.Ticket, m.Code)
		want(t, "its code after its link", err, auth.ErrCode)
		clock.Advance(15 * time.Minute)
		_, err = useMagic(t, d, other.Token, other.Ticket)
		want(t, "after a quarter of an hour", err, auth.ErrToken)
		_, err = auth.UseCode(t.Context(), d, auth.RealmCustomer, other.Ticket, other.Code)
		want(t, "its code then", err, auth.ErrCode)
	})
}

func TestACodeMayBeTypedFiveTimes(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		m, other := mailed(t, d, "a"), mailed(t, d, "b")
		_, err := auth.UseCode(t.Context(), d, auth.RealmStaff, m.Ticket, m.Code)
		want(t, "as staff", err, auth.ErrCode)
		for range 4 {
			_, err = auth.UseCode(t.Context(), d, auth.RealmCustomer, m.Ticket, "000000")
			want(t, "a wrong code", err, auth.ErrCode)
		}
		if subject, err := auth.UseCode(t.Context(), d, auth.RealmCustomer, m.Ticket, m.Code); subject != "cus_1" || err != nil {
			t.Errorf("the fifth try is right: %q, %v", subject, err)
		}
		for range 5 {
			_, err = auth.UseCode(t.Context(), d, auth.RealmCustomer, other.Ticket, "000000")
			want(t, "a wrong code", err, auth.ErrCode)
		}
		_, err = auth.UseCode(t.Context(), d, auth.RealmCustomer, other.Ticket, other.Code)
		want(t, "the right code, but the sixth", err, auth.ErrCode)
		if subject, err := useMagic(t, d, other.Token, other.Ticket); subject != "cus_1" || err != nil {
			t.Errorf("the link stays good: %q, %v", subject, err)
		}
	})
}

func TestOfManyWhoTypeACodeOneSignsIn(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		m := mailed(t, d, "a")
		var in atomic.Int64
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				if _, err := auth.UseCode(t.Context(), d, auth.RealmCustomer, m.Ticket, m.Code); err == nil {
					in.Add(1)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Errorf("%d signed in", in.Load())
		}
	})
}

func TestMailsAreAskedForFiveTimes(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		ask := func(login, ip string) (err error) {
			t.Helper()
			dbtest.Write(t, d, func(tx *db.Tx) error { err = auth.Ask(t.Context(), tx, auth.RealmCustomer, login, ip); return nil })
			return err
		}
		for range 5 {
			want(t, "a mail", ask("h1", address), nil)
		}
		want(t, "the sixth", ask("h1", address), auth.ErrLimited)
		want(t, "for somebody else", ask("h2", address), nil)
		want(t, "from elsewhere", ask("h1", elsewhere), nil)
	})
}

func TestSomebodySeesAndEndsTheirSessions(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		clock := dbtest.Clock(d)
		start := func(subject, device string) (token string) {
			dbtest.Write(t, d, func(tx *db.Tx) (err error) {
				if _, token, err = auth.StartSession(t.Context(), tx, auth.RealmCustomer, subject); err != nil {
					return err
				}
				return auth.Name(t.Context(), tx, auth.RealmCustomer, token, device)
			})
			clock.Advance(time.Minute)
			return token
		}
		phone, desk, tablet, stranger := start("cus_1", "Safari, iOS"), start("cus_1", "Firefox, Windows"), start("cus_1", ""), start("cus_2", "Chrome")
		var mine []auth.OpenSession
		dbtest.Read(t, d, func(tx *db.Tx) (err error) {
			mine, err = auth.Sessions(t.Context(), tx, auth.RealmCustomer, "cus_1", desk)
			return err
		})
		if len(mine) != 3 || mine[0].Device != "" || mine[1].Device != "Firefox, Windows" || !mine[1].Here || mine[0].Here || mine[2].Here {
			t.Fatalf("%+v", mine)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			if err := auth.SignOutOf(t.Context(), tx, auth.RealmCustomer, "cus_2", mine[2].ID); err != nil { // somebody else's
				return err
			}
			return auth.SignOutOf(t.Context(), tx, auth.RealmCustomer, "cus_1", mine[0].ID)
		})
		for _, c := range []struct {
			name, token string
			want        error
		}{{"the phone, which a stranger named", phone, nil}, {"the tablet", tablet, auth.ErrSession}, {"the desk", desk, nil}} {
			_, err := session(t, d, auth.RealmCustomer, c.token)
			want(t, c.name, err, c.want)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			return auth.SignOutElsewhere(t.Context(), tx, auth.RealmCustomer, "cus_1", desk)
		})
		for _, c := range []struct {
			name, token string
			want        error
		}{{"the phone", phone, auth.ErrSession}, {"the desk", desk, nil}, {"a stranger", stranger, nil}} {
			_, err := session(t, d, auth.RealmCustomer, c.token)
			want(t, c.name+" after signing out elsewhere", err, c.want)
		}
	})
}
