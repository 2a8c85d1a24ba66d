package restock_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"testing"
	"time"

	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/engagement/restock"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/job"
	"korzo/platform/remember"
	"korzo/platform/seal"
)

var schemas = []fs.FS{remember.Schema, event.Schema, job.Schema, exception.Schema, market.Schema, taxonomy.Schema, catalog.Schema, inventory.Schema, profile.Schema, message.Schema, restock.Schema}

type world struct {
	t *testing.T
	d *db.DB
	k *seal.Keeper
	v catalog.VariantID
}

func open(t *testing.T, d *db.DB) *world {
	t.Helper()
	k, err := seal.Open(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, d: d, k: k}
	w.write(func(ctx context.Context, tx *db.Tx) error {
		if err := inventory.SaveLocation(ctx, tx, inventory.Location{ID: "loc_a", Name: "A", Country: "DE", Zone: "Europe/Berlin", Ships: true}); err != nil {
			return err
		}
		p, err := catalog.Create(ctx, tx, catalog.Draft{Slug: "mug", Title: "Mug", Status: catalog.StatusActive, Variants: []catalog.Variant{{SKU: "MUG"}}})
		if err == nil {
			w.v = p.Variants[0].ID
		}
		return err
	})
	return w
}

func (w *world) write(do func(ctx context.Context, tx *db.Tx) error) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error { return do(w.t.Context(), tx) })
}

func (w *world) stock(delta int64) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: w.v, Location: "loc_a", Delta: delta, Cause: inventory.CauseReceived, Actor: "test", Reason: "new"})
		return err
	})
}

func (w *world) ask(email string, customer profile.CustomerID) (err error) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *db.Tx) error {
		err = restock.Ask(ctx, tx, w.k, restock.Wish{Variant: w.v, Channel: "web", Market: "DE", Title: "Mug", Customer: customer, Words: "Write me once.", Locale: "en"}, email)
		return nil
	})
	return err
}

func (w *world) tell() (told int) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *db.Tx) (err error) {
		told, err = restock.Tell(ctx, tx, func(context.Context, *db.Tx, string) (string, error) { return "Korzo", nil })
		return err
	})
	return told
}

func (w *world) mails() (all []message.Sent) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		all, err = message.List(w.t.Context(), tx, message.Filter{})
		return err
	})
	return all
}

func TestWhoAskedIsToldOnceWhenItIsThereAndThenForgotten(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w, clock := open(t, d), dbtest.Clock(d)
		for _, email := range []string{"ada@example.com", " ADA@example.com", "eve@example.com"} {
			if err := w.ask(email, ""); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.tell(); n != 0 || len(w.mails()) != 0 {
			t.Errorf("while it is sold out %d are told", n)
		}
		w.stock(1)
		if n := w.tell(); n != 2 {
			t.Errorf("%d are told, want 2", n)
		}
		w.stock(1)
		if n := w.tell(); n != 0 || len(w.mails()) != 2 {
			t.Errorf("told again: %d, %d mails", n, len(w.mails()))
		}
		contact := profile.ContactID(w.mails()[0].Contact)
		clock.Advance(8 * 24 * time.Hour)
		w.write(restock.Expire)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			if _, err := profile.FindContact(t.Context(), tx, w.k, contact); !errors.Is(err, profile.ErrErased) {
				t.Errorf("a week later the address is %v", err)
			}
			return nil
		})
	})
}

func TestACustomersWishIsTheirsToEndAndTheirContactStays(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w, clock := open(t, d), dbtest.Clock(d)
		var ada profile.Customer
		w.write(func(ctx context.Context, tx *db.Tx) (err error) {
			ada, err = profile.Register(ctx, tx, w.k, profile.Registration{Email: "ada@example.com"})
			return err
		})
		if err := w.ask("ada@example.com", ada.ID); err != nil {
			t.Fatal(err)
		}
		w.write(func(ctx context.Context, tx *db.Tx) error {
			mine, err := restock.List(ctx, tx, ada.ID)
			if err != nil || len(mine) != 1 {
				t.Fatalf("%+v, %v", mine, err)
			}
			if err := restock.Remove(ctx, tx, "cus_eve", mine[0].ID); !errors.Is(err, restock.ErrNotFound) {
				t.Errorf("somebody else ends it: %v", err)
			}
			return restock.Remove(ctx, tx, ada.ID, mine[0].ID)
		})
		w.stock(1)
		if n := w.tell(); n != 0 {
			t.Errorf("%d are told of a wish that was ended", n)
		}
		if err := w.ask("ada@example.com", ada.ID); err != nil {
			t.Fatal(err)
		}
		w.tell()
		clock.Advance(8 * 24 * time.Hour)
		w.write(restock.Expire)
		w.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := profile.Find(ctx, tx, w.k, ada.ID)
			return err
		})
	})
}

func TestWhatIsNoWish(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	if err := w.ask("ada", ""); !errors.Is(err, profile.ErrEmail) {
		t.Errorf("no address: %v", err)
	}
	w.write(func(ctx context.Context, tx *db.Tx) error {
		if err := restock.Ask(ctx, tx, w.k, restock.Wish{Variant: w.v}, "ada@example.com"); !errors.Is(err, restock.ErrWords) {
			t.Errorf("without words: %v", err)
		}
		return nil
	})
}
