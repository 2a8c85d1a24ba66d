package consent_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"korzo/customer/consent"
	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/seal"
)

// rig is a shop that is asked for mail.
type rig struct {
	*testing.T
	d *db.DB
	k *seal.Keeper
}

func each(t *testing.T, run func(r rig)) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k, err := seal.Open(bytes.Repeat([]byte{7}, 32))
		if err != nil {
			t.Fatal(err)
		}
		run(rig{t, d, k})
	})
}

func (r rig) write(do func(ctx context.Context, tx *db.Tx) error) {
	r.Helper()
	dbtest.Write(r.T, r.d, func(tx *db.Tx) error { return do(r.Context(), tx) })
}

// facts are those of a kind that were published since the last call.
func (r rig) facts() (asked []consent.Asked, said []consent.Said) {
	r.Helper()
	bus := &event.Bus{}
	event.On(bus, "test.asked", func(_ context.Context, _ *db.Tx, e consent.Asked) error { asked = append(asked, e); return nil })
	event.On(bus, "test.said", func(_ context.Context, _ *db.Tx, e consent.Said) error { said = append(said, e); return nil })
	for {
		n, err := bus.Deliver(r.Context(), r.d)
		if err != nil {
			r.Fatal(err)
		}
		if n == 0 {
			return asked, said
		}
	}
}

func (r rig) ask(w consent.Wish) (err error) {
	r.Helper()
	w.Purpose, w.Words, w.Locale = consent.Offers, "Write me about offers", "en"
	r.write(func(ctx context.Context, tx *db.Tx) error { err = consent.Ask(ctx, tx, r.k, w); return nil })
	return err
}

func (r rig) confirm(id consent.ID) (err error) {
	r.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		_, err = consent.Confirm(ctx, tx, r.k, consent.ConfirmLink(r.k, id))
		return nil
	})
	return err
}

func (r rig) tally() (t consent.Tally) {
	r.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		all, err := consent.Tallies(ctx, tx)
		t = all[0]
		return err
	})
	return t
}

// allows fails unless a customer allows mail about offers, or not, as they should.
func (r rig) allows(who profile.CustomerID, want bool, when string) {
	r.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		if ok, err := consent.Allows(ctx, tx, who, consent.Offers); ok != want || err != nil {
			r.Errorf("%s: allowed %v, %v", when, ok, err)
		}
		return nil
	})
}

// reader is who a contact's letters lead to.
func (r rig) reader(c profile.ContactID) (is consent.Reader, err error) {
	r.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		is, err = consent.Read(ctx, tx, r.k, consent.Link(r.k, c))
		return nil
	})
	return is, err
}

func TestMailIsAllowedByItsMailboxAlone(t *testing.T) {
	each(t, func(r rig) {
		clock := dbtest.Clock(r.d)
		if err := r.ask(consent.Wish{Email: " Ada@example.com", Source: "checkout", Ref: "ord_1", Version: "2026-11"}); err != nil {
			t.Fatal(err)
		}
		asked, said := r.facts()
		if len(asked) != 1 || len(said) != 0 || r.tally() != (consent.Tally{Purpose: consent.Offers}) {
			t.Fatalf("asked %v, said %v, counted %v", asked, said, r.tally())
		}
		askedAt := r.d.Now()
		clock.Advance(time.Hour)
		if err := r.confirm(asked[0].Wish); err != nil {
			t.Fatal(err)
		}
		_, said = r.facts()
		if len(said) != 1 || !said[0].Given || said[0].Source != "checkout" || said[0].Ref != "ord_1" || said[0].Version != "2026-11" || said[0].Wish != asked[0].Wish || said[0].Customer != "" {
			t.Fatalf("said %+v", said)
		}
		ada, err := r.reader(said[0].Contact)
		proof := ada.Now[consent.Offers]
		if err != nil || ada.Email != "Ada@example.com" || !proof.Given || proof.Words != "Write me about offers" || !proof.AskedAt.Equal(askedAt) || !proof.SaidAt.Equal(r.d.Now()) {
			t.Errorf("the proof is %+v of %q, %v", proof, ada.Email, err)
		}
		if got := r.tally(); got.Yes != 1 || got.No != 0 {
			t.Errorf("counted %v", got)
		}
		clock.Advance(time.Minute)
		r.write(func(ctx context.Context, tx *db.Tx) error { return consent.End(ctx, tx, ada) })
		if err := r.confirm(asked[0].Wish); err != nil {
			t.Errorf("the link again: %v", err)
		}
		if _, said = r.facts(); len(said) != 1 || said[0].Given || r.tally() != (consent.Tally{Purpose: consent.Offers, No: 1}) {
			t.Errorf("after it was ended and the link opened again: %+v, %v", said, r.tally())
		}
	})
}

func TestAnAddressIsNotAskedOverAndOver(t *testing.T) {
	each(t, func(r rig) {
		clock := dbtest.Clock(r.d)
		for _, step := range []struct {
			name  string
			after time.Duration
			mails int
		}{{"the first", 0, 1}, {"at once again", time.Second, 0}, {"later", 11 * time.Minute, 1}, {"later", 11 * time.Minute, 1}, {"later", 11 * time.Minute, 1},
			{"the fifth", 11 * time.Minute, 1}, {"the sixth", 11 * time.Minute, 0}, {"a week on", 8 * 24 * time.Hour, 1}} {
			clock.Advance(step.after)
			if err := r.ask(consent.Wish{Email: "ada@example.com", Source: "page"}); err != nil {
				t.Errorf("%s: %v", step.name, err)
			}
			if asked, _ := r.facts(); len(asked) != step.mails {
				t.Errorf("%s: %d mails", step.name, len(asked))
			}
		}
		for _, bad := range []string{"", "ada", "ada@"} {
			if err := r.ask(consent.Wish{Email: bad}); !errors.Is(err, profile.ErrEmail) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
}

func TestLinksThatAreNone(t *testing.T) {
	each(t, func(r rig) {
		if err := r.ask(consent.Wish{Email: "ada@example.com", Source: "page"}); err != nil {
			t.Fatal(err)
		}
		asked, _ := r.facts()
		id := asked[0].Wish
		r.write(func(ctx context.Context, tx *db.Tx) error {
			for _, link := range []string{"", ".", string(id), string(id) + ".x", consent.ConfirmLink(r.k, "wsh_other"), consent.Link(r.k, profile.ContactID(id))} {
				if _, err := consent.Confirm(ctx, tx, r.k, link); !errors.Is(err, consent.ErrLink) {
					t.Errorf("%q confirms: %v", link, err)
				}
			}
			if _, err := consent.Read(ctx, tx, r.k, consent.ConfirmLink(r.k, id)); !errors.Is(err, consent.ErrLink) {
				t.Errorf("a link that confirms opens the choices: %v", err)
			}
			return nil
		})
		dbtest.Clock(r.d).Advance(consent.Life + time.Second)
		if err := r.confirm(id); !errors.Is(err, consent.ErrLink) {
			t.Errorf("after its week: %v", err)
		}
		if _, said := r.facts(); len(said) != 0 {
			t.Errorf("said %v", said)
		}
	})
}

func TestAnAddressThatNobodyConfirmedIsForgotten(t *testing.T) {
	each(t, func(r rig) {
		for _, email := range []string{"silent@example.com", "ada@example.com"} {
			if err := r.ask(consent.Wish{Email: email, Source: "page"}); err != nil {
				t.Fatal(err)
			}
		}
		asked, _ := r.facts()
		if err := r.confirm(asked[1].Wish); err != nil {
			t.Fatal(err)
		}
		_, said := r.facts()
		dbtest.Clock(r.d).Advance(consent.Life + time.Second)
		r.write(consent.Expire)
		r.write(func(ctx context.Context, tx *db.Tx) error {
			for email, want := range map[string]int{"silent@example.com": 0, "ada@example.com": 1} {
				people, err := profile.PeopleByEmail(ctx, tx, r.k, email)
				if err != nil || len(people) != want {
					t.Errorf("%d people have %s, %v", len(people), email, err)
				}
			}
			return nil
		})
		if ada, err := r.reader(said[0].Contact); err != nil || !ada.Now[consent.Offers].Given {
			t.Errorf("who confirmed: %+v, %v", ada, err)
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			return consent.ForgetContacts(ctx, tx, []profile.ContactID{said[0].Contact})
		})
		if got := r.tally(); got.Yes+got.No != 0 {
			t.Errorf("after all is forgotten: %v", got)
		}
	})
}

func TestWhatAGuestSaidIsTheCustomersWhoRegisters(t *testing.T) {
	each(t, func(r rig) {
		clock := dbtest.Clock(r.d)
		if err := r.ask(consent.Wish{Email: "ada@example.com", Source: "page"}); err != nil {
			t.Fatal(err)
		}
		asked, _ := r.facts()
		if err := r.confirm(asked[0].Wish); err != nil {
			t.Fatal(err)
		}
		_, guest := r.facts()
		var ada profile.Customer
		r.write(func(ctx context.Context, tx *db.Tx) (err error) {
			if ada, err = profile.Register(ctx, tx, r.k, profile.Registration{Email: "ada@example.com"}); err != nil {
				return err
			}
			return consent.Adopt(ctx, tx, r.k, ada.ID)
		})
		allows := func(want bool, when string) { t.Helper(); r.allows(ada.ID, want, when) }
		set := func(given bool) (err error) {
			t.Helper()
			clock.Advance(time.Hour)
			r.write(func(ctx context.Context, tx *db.Tx) error {
				err = consent.Set(ctx, tx, r.k, ada.ID, consent.Answer{Purpose: consent.Offers, Given: given, Words: "Write me", Locale: "en", Source: "account"})
				return nil
			})
			return err
		}
		allows(true, "after registering")
		if err := set(false); err != nil {
			t.Fatal(err)
		}
		allows(false, "after a no in the account")
		if reader, err := r.reader(guest[0].Contact); err != nil || reader.Now[consent.Offers].Given {
			t.Errorf("her first letter's link: %+v, %v", reader, err)
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			if err := consent.Say(ctx, tx, ada.ID, consent.Answer{Purpose: consent.Offers, Given: true, Words: "Write me"}); !errors.Is(err, consent.ErrProof) {
				t.Errorf("a yes without a mail: %v", err)
			}
			return nil
		})
		if err := set(true); err != nil {
			t.Fatal(err)
		}
		allows(false, "before the mailbox said so")
		r.write(func(ctx context.Context, tx *db.Tx) error {
			if waiting, err := consent.Waiting(ctx, tx, ada.ID); err != nil || !slices.Equal(waiting, []consent.Purpose{consent.Offers}) {
				t.Errorf("waiting %v, %v", waiting, err)
			}
			return nil
		})
		asked, _ = r.facts()
		if err := r.confirm(asked[0].Wish); err != nil {
			t.Fatal(err)
		}
		allows(true, "after it did")
		if own, err := r.reader(ada.Contact); err != nil || !own.Now[consent.Offers].Given {
			t.Errorf("her own contact: %+v, %v", own, err)
		}
		r.write(func(ctx context.Context, tx *db.Tx) error { return consent.Forget(ctx, tx, ada.ID) })
		allows(false, "after she is erased")
	})
}
