package vatid_test

import (
	"bytes"
	"io/fs"
	"log/slog"
	"testing"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/job"
	"korzo/platform/seal"
	"korzo/purchase/tax/vatid"
	"korzo/purchase/tax/vatid/register/fake"
)

var schemas = []fs.FS{event.Schema, job.Schema, exception.Schema, profile.Schema, vatid.Schema}

const known = "DE136695976"

// office is a checker with its register and its jobs.
type office struct {
	t        *testing.T
	d        *db.DB
	keeper   *seal.Keeper
	register *fake.Register
	*vatid.Checker
	pool *job.Pool
}

func each(t *testing.T, test func(o *office)) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		keeper, err := seal.Open(bytes.Repeat([]byte{1}, 32))
		if err != nil {
			t.Fatal(err)
		}
		o := &office{t: t, d: d, keeper: keeper, register: fake.New(), pool: job.NewPool(d)}
		o.pool.Log = slog.New(slog.DiscardHandler)
		o.Checker = vatid.New(d, keeper, o.register)
		o.Checker.Register(o.pool)
		test(o)
	})
}

// wants keeps an id in a contact and has it checked.
func (o *office) wants(contact profile.ContactID, id string) profile.ContactID {
	o.t.Helper()
	dbtest.Write(o.t, o.d, func(tx *db.Tx) (err error) {
		c := profile.Contact{ID: contact, Email: "ada@example.com", Company: "Ada KG", VATID: id}
		if contact == "" {
			contact, err = profile.SaveContact(o.t.Context(), tx, o.keeper, c)
		} else {
			err = profile.UpdateContact(o.t.Context(), tx, o.keeper, c)
		}
		if err != nil {
			return err
		}
		return o.Want(o.t.Context(), tx, contact, id)
	})
	return contact
}

func (o *office) binds(contact profile.ContactID, order string) {
	o.t.Helper()
	dbtest.Write(o.t, o.d, func(tx *db.Tx) error { return o.Bind(o.t.Context(), tx, contact, order) })
}

func (o *office) work() {
	o.t.Helper()
	if _, err := o.pool.RunOnce(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) of(contact profile.ContactID, id string) (k vatid.Check, found bool) {
	o.t.Helper()
	dbtest.Read(o.t, o.d, func(tx *db.Tx) (err error) {
		k, found, err = o.Of(o.t.Context(), tx, contact, id)
		return err
	})
	return k, found
}

func (o *office) troubles() (refs []string) {
	o.t.Helper()
	dbtest.Read(o.t, o.d, func(tx *db.Tx) error {
		all, err := exception.List(o.t.Context(), tx, exception.Filter{Open: true, Kind: vatid.TroubleInvalid})
		for _, e := range all {
			refs = append(refs, e.Ref)
		}
		return err
	})
	return refs
}

func TestAnIDIsAskedAboutOnceAndItsAnswerIsKeptWithTheOrder(t *testing.T) {
	each(t, func(o *office) {
		c := o.wants("", "de 136 695 976")
		if k, found := o.of(c, known); !found || k.State != vatid.StatePending {
			t.Errorf("%+v %t", k, found)
		}
		o.binds(c, "ord_1")
		o.work()
		o.wants(c, known) // the same once more
		o.work()
		k, found := o.of(c, known)
		if !found || k.State != vatid.StateValid || k.Reference != "FAKE-DE" || k.AnsweredAt.IsZero() || k.Attempts != 1 {
			t.Errorf("%+v %t", k, found)
		}
		dbtest.Read(t, o.d, func(tx *db.Tx) error {
			kept, found, err := vatid.ForOrder(t.Context(), tx, "ord_1")
			if !found || kept.Reference != "FAKE-DE" {
				t.Errorf("of the order: %+v %t", kept, found)
			}
			return err
		})
		if refs := o.troubles(); refs != nil {
			t.Errorf("%v", refs)
		}
	})
}

func TestAnIDThatNobodyHasIsSaidOfItsOrder(t *testing.T) {
	each(t, func(o *office) {
		before, after, none := o.wants("", fake.Unknown), o.wants("", fake.Unknown), o.wants("", fake.Unknown)
		o.binds(before, "ord_before")
		o.work()
		o.binds(after, "ord_after") // placed while the office said no
		for _, c := range []profile.ContactID{before, after, none} {
			if k, _ := o.of(c, fake.Unknown); k.State != vatid.StateInvalid {
				t.Errorf("%+v", k)
			}
		}
		if refs := o.troubles(); len(refs) != 2 {
			t.Errorf("%v", refs)
		}
	})
}

func TestAnOfficeThatIsAwayLeavesTheIDPending(t *testing.T) {
	each(t, func(o *office) {
		o.register.SetDown(true)
		c := o.wants("", known)
		o.work()
		if k, found := o.of(c, known); !found || k.State != vatid.StatePending || k.Attempts != 1 || !k.AnsweredAt.IsZero() {
			t.Errorf("%+v %t", k, found)
		}
	})
}

func TestAnotherIDIsAskedAboutAnew(t *testing.T) {
	each(t, func(o *office) {
		c := o.wants("", fake.Unknown)
		o.work()
		o.wants(c, known)
		if _, found := o.of(c, fake.Unknown); found {
			t.Error("the old id's answer stands for the new one")
		}
		o.work()
		if k, _ := o.of(c, known); k.State != vatid.StateValid {
			t.Errorf("%+v", k)
		}
	})
}

func TestWhatCannotBeAnIDAndWhoAsksNobody(t *testing.T) {
	each(t, func(o *office) {
		c := o.wants("", "DE1")
		o.work()
		if k, found := o.of(c, "DE1"); found {
			t.Errorf("%+v", k)
		}
		var nobody *vatid.Checker
		dbtest.Write(t, o.d, func(tx *db.Tx) error {
			if err := nobody.Want(t.Context(), tx, c, known); err != nil {
				return err
			}
			return nobody.Bind(t.Context(), tx, c, "ord_1")
		})
		dbtest.Read(t, o.d, func(tx *db.Tx) error {
			_, found, err := vatid.ForOrder(t.Context(), tx, "ord_1")
			if found {
				t.Error("nobody was asked, and something is kept")
			}
			return err
		})
		erased := o.wants("", known)
		dbtest.Write(t, o.d, func(tx *db.Tx) error { return profile.EraseContact(t.Context(), tx, erased) })
		o.work()
	})
}
