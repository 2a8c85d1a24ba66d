package profile_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/address"
)

var paris = address.Address{Name: "Ada Lovelace", Line1: "1 Rue de Rivoli", City: "Paris", PostalCode: "75001", Country: "FR"}

func record(email, external string) profile.Record {
	return profile.Record{ExternalID: external, Name: "Ada", Email: email, Phone: "+49 30 1", Locale: "de-DE", Market: "DE",
		CreatedAt: time.Date(2010, 12, 1, 8, 0, 0, 0, time.UTC), Book: []profile.Saved{{Address: berlin}, {Address: paris, Default: true}}}
}

// bare is a record without the ids of its addresses, which are not carried.
func bare(r profile.Record) profile.Record {
	for i := range r.Book {
		r.Book[i].ID = ""
	}
	return r
}

func TestAnImportedCustomerIsReadBackAndNobodyRegistered(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		in := record("ada@example.com", "shop:1")
		do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			in.ID, err = profile.Import(ctx, tx, k, in)
			return err
		})
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			got, err := profile.FindRecord(ctx, tx, k, in.ID)
			if !reflect.DeepEqual(bare(got), in) {
				t.Errorf("read back\n%+v\nimported\n%+v", got, in)
			}
			page, next, err2 := profile.Records(ctx, tx, k, "", 10)
			if len(page) != 1 || next != "" || !reflect.DeepEqual(bare(page[0]), in) {
				t.Errorf("%+v %q", page, next)
			}
			external, err3 := profile.FindExternal(ctx, tx, "shop:1")
			byEmail, err4 := profile.FindByEmail(ctx, tx, k, "ADA@example.com")
			if external != in.ID || byEmail.ID != in.ID {
				t.Errorf("found %s and %s", external, byEmail.ID)
			}
			return errors.Join(err, err2, err3, err4)
		})
		if n := facts(t, d, ""); len(n) != 0 {
			t.Errorf("facts: %v", n)
		}
	})
}

func TestWhatAnImportOfCustomersRefuses(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := profile.Import(ctx, tx, k, record("ada@example.com", "shop:1"))
			return err
		})
		noStreet := record("b@example.com", "")
		noStreet.Book[0].Address.Line1 = ""
		foreign := record("b@example.com", "")
		foreign.ID = "17850"
		for _, c := range []struct {
			name string
			in   profile.Record
			want error
		}{
			{"an e-mail address that is taken", record("Ada@Example.com ", ""), profile.ErrEmailTaken},
			{"an external id that is taken", record("", "shop:1"), profile.ErrExternal},
			{"no e-mail address", record("ada", ""), profile.ErrEmail},
			{"an address without a street", noStreet, profile.ErrAddress},
			{"an id of another system", foreign, profile.ErrID},
			{"nobody known by name or address is a customer all the same", profile.Record{ExternalID: "shop:2"}, nil},
		} {
			if err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
				_, err := profile.Import(ctx, tx, k, c.in)
				return err
			}); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			page, _, err := profile.Records(ctx, tx, k, "", 10)
			if len(page) != 2 {
				t.Errorf("%d customers, want 2", len(page))
			}
			return err
		})
	})
}

func TestAMergeAddsAndChangesAndNeverBringsBackTheErased(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k := keeper(t)
		in := profile.Record{ExternalID: "shop:1"}
		do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			in.ID, err = profile.Import(ctx, tx, k, in)
			return err
		})
		full := record("ada@example.com", "shop:1")
		full.ID = in.ID
		for range 2 { // the second time nothing is left to change
			do(t, d, func(ctx context.Context, tx *db.Tx) error { return profile.Merge(ctx, tx, k, full) })
			do(t, d, func(ctx context.Context, tx *db.Tx) error {
				got, err := profile.FindRecord(ctx, tx, k, in.ID)
				if got.Name != "Ada" || got.Email != full.Email || got.Phone != full.Phone || len(got.Book) != 2 || !got.Book[1].Default {
					t.Errorf("%+v", got)
				}
				return err
			})
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			c, err := profile.Find(ctx, tx, k, in.ID)
			if err != nil {
				return err
			}
			return profile.Erase(ctx, tx, c.Person)
		})
		if err := try(t, d, func(ctx context.Context, tx *db.Tx) error { return profile.Merge(ctx, tx, k, full) }); !errors.Is(err, profile.ErrErased) {
			t.Errorf("merging the erased: %v", err)
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			page, _, err := profile.Records(ctx, tx, k, "", 10)
			if _, err := profile.FindExternal(ctx, tx, "shop:1"); !errors.Is(err, profile.ErrNotFound) || len(page) != 0 {
				t.Errorf("%v, %d customers", err, len(page))
			}
			return err
		})
	})
}
