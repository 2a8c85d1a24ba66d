package privacy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"testing"
	"time"

	"korzo/customer/privacy"
	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/platform/auth"
	"korzo/platform/auth/passkey"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/job"
	"korzo/platform/ledger"
	"korzo/platform/seal"
	"korzo/value/money"
)

var schemas = []fs.FS{event.Schema, job.Schema, auth.Schema, passkey.Schema, profile.Schema, ledger.Schema, wallet.Schema, privacy.Schema}

type world struct {
	*privacy.Desk
	t     *testing.T
	pool  *job.Pool
	clock interface{ Advance(time.Duration) }
	ada   profile.Customer
	busy  bool
	told  []privacy.Export
}

func open(t *testing.T, d *db.DB) *world {
	t.Helper()
	k, err := seal.Open(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, pool: job.NewPool(d), clock: dbtest.Clock(d)}
	w.Desk = &privacy.Desk{DB: d, Keeper: k,
		Parts: []privacy.Part{{Name: "profile", Read: func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return profile.FindRecord(ctx, tx, k, c)
		}}},
		Underway: func(context.Context, *db.Tx, profile.CustomerID) (bool, error) { return w.busy, nil },
		Told:     func(_ context.Context, _ *db.Tx, e privacy.Export) error { w.told = append(w.told, e); return nil },
	}
	w.Register(w.pool)
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		w.ada, err = profile.Register(t.Context(), tx, k, profile.Registration{Name: "Ada Lovelace", Email: "ada@example.com"})
		return err
	})
	return w
}

func (w *world) ask() (e privacy.Export) {
	w.t.Helper()
	dbtest.Write(w.t, w.DB, func(tx *db.Tx) (err error) {
		e, err = privacy.Ask(w.t.Context(), tx, w.ada.ID)
		return err
	})
	return e
}

func (w *world) work() {
	w.t.Helper()
	if _, err := w.pool.RunOnce(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) open(who profile.CustomerID, e privacy.ID) (file []byte, err error) {
	w.t.Helper()
	dbtest.Read(w.t, w.DB, func(tx *db.Tx) error {
		file, err = w.Open(w.t.Context(), tx, who, e)
		return nil
	})
	return file, err
}

func (w *world) erase() (err error) {
	w.t.Helper()
	dbtest.Write(w.t, w.DB, func(tx *db.Tx) error {
		err = w.Erase(w.t.Context(), tx, w.ada.ID)
		return nil
	})
	return err
}

func want(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestAnExportIsMadeOnceForItsCustomerAndEnds(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		e := w.ask()
		if again := w.ask(); again.ID != e.ID || e.Ready {
			t.Errorf("asked twice: %+v and %+v", e, again)
		}
		_, err := w.open(w.ada.ID, e.ID)
		want(t, "before it is made", err, privacy.ErrNotFound)
		w.work()
		w.work()
		if len(w.told) != 1 || w.told[0].ID != e.ID || !w.told[0].EndsAt.Equal(d.Now().Add(privacy.Life)) {
			t.Fatalf("told %+v", w.told)
		}
		file, err := w.open(w.ada.ID, e.ID)
		var read struct {
			Customer profile.CustomerID `json:"customer_id"`
			Profile  struct{ Name, Email string }
		}
		if err != nil || json.Unmarshal(file, &read) != nil || read.Profile.Email != "ada@example.com" || read.Customer != w.ada.ID {
			t.Errorf("%s, %v", file, err)
		}
		_, err = w.open("cus_other", e.ID)
		want(t, "somebody else", err, privacy.ErrNotFound)
		w.clock.Advance(2 * time.Hour)
		if later := w.ask(); later.ID == e.ID {
			t.Error("two hours later it is the same export")
		}
		w.clock.Advance(privacy.Life - 2*time.Hour)
		_, err = w.open(w.ada.ID, e.ID)
		want(t, "after a week", err, privacy.ErrNotFound)
		dbtest.Write(t, d, func(tx *db.Tx) error { return privacy.Sweep(t.Context(), tx) })
	})
}

func TestNothingOfAPersonIsReadableInARow(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	w := open(t, d)
	w.ask()
	w.work()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		sealed, err := db.One(t.Context(), tx, func(r db.Row) (b []byte, err error) { return b, r.Scan(&b) }, `SELECT sealed FROM privacy_exports`)
		if len(sealed) == 0 || bytes.Contains(sealed, []byte("ada")) {
			t.Errorf("%q", sealed)
		}
		return err
	})
}

func TestErasingEndsEverythingAtOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		e := w.ask()
		w.work()
		waiting := ""
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			_, waiting, err = auth.StartSession(t.Context(), tx, auth.RealmCustomer, string(w.ada.ID))
			return err
		})
		w.busy = true
		want(t, "with an order on its way", w.erase(), privacy.ErrUnderway)
		if _, err := w.open(w.ada.ID, e.ID); err != nil {
			t.Errorf("what was refused took the export: %v", err)
		}
		w.busy = false
		want(t, "then", w.erase(), nil)
		want(t, "again", w.erase(), nil)
		_, err := w.open(w.ada.ID, e.ID)
		want(t, "the export", err, privacy.ErrNotFound)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			_, err := profile.Find(t.Context(), tx, w.Keeper, w.ada.ID)
			want(t, "the profile", err, profile.ErrErased)
			_, err = auth.FindSession(t.Context(), tx, auth.RealmCustomer, waiting)
			want(t, "the session", err, auth.ErrSession)
			_, err = profile.FindByEmail(t.Context(), tx, w.Keeper, "ada@example.com")
			want(t, "the address", err, profile.ErrNotFound)
			return nil
		})
	})
}

func TestAnExportOfSomebodyErasedMeanwhileIsNotMade(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	w := open(t, d)
	e := w.ask()
	want(t, "erasing", w.erase(), nil)
	w.work()
	if len(w.told) != 0 {
		t.Errorf("told %+v", w.told)
	}
	_, err := w.open(w.ada.ID, e.ID)
	want(t, "the export", err, privacy.ErrNotFound)
}

func TestGiftsAndPointsEndWithTheirCustomerAndADebtDoesNot(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		clerk := wallet.By{Actor: "stf_1", Reason: "as asked"}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			for source, minor := range map[wallet.Source]int64{wallet.SourceRefund: 5_00, wallet.SourceGoodwill: 3_00} {
				if _, err := wallet.Give(t.Context(), tx, wallet.Grant{Customer: w.ada.ID, Amount: money.Of(minor, "EUR"), Source: source, By: clerk, Key: string(source)}); err != nil {
					return err
				}
			}
			return wallet.AdjustPoints(t.Context(), tx, w.ada.ID, 250, clerk, "points")
		})
		for range 2 {
			want(t, "erase", w.erase(), nil)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			points, err := wallet.PointsOf(t.Context(), tx, w.ada.ID)
			credit, err2 := wallet.Spendable(t.Context(), tx, w.ada.ID, "EUR")
			wrong, err3 := wallet.Verify(t.Context(), tx)
			if points.Available.Minor != 0 || credit.Minor != 5_00 || len(wrong) != 0 {
				t.Errorf("%v points and %v are left; %q", points.Available, credit, wrong)
			}
			return errors.Join(err, err2, err3)
		})
	})
}
